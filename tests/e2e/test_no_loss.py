"""No line is lost or cut: a drain in mid-stream, and a crash."""

import signal

import harness

GRAPH = """
name: lines
processes:
  read: {component: file/read, config: {path: in.txt}}
  pass: {component: core/pass}
  slow: {component: core/work, config: {spin: 20us}}
  write: {component: file/write, config: {path: out.txt}}
connections: [read -> pass -> slow -> write]
"""
LINES = [f"line {number:07d} {'x' * (number % 90)}" for number in range(300_000)]
TEXT = "\n".join(LINES) + "\n"


class NoLoss(harness.TestCase):
    def written(self, weir):
        path = weir.path / "out.txt"
        return path.read_bytes().count(b"\n") if path.exists() else 0

    def test_a_drain_in_mid_stream_writes_every_line_that_was_read(self):
        with harness.Weir(GRAPH, files={"in.txt": TEXT}) as weir:
            harness.poll(lambda: self.written(weir) > 100, "the first lines")
            weir.signal(signal.SIGTERM)
            self.assertEqual(weir.wait(), 0, weir.stderr)
            out = (weir.path / "out.txt").read_text().splitlines()
            self.assertLess(len(out), len(LINES), "it was stopped in mid-stream")
            self.assertEqual(out, LINES[:len(out)])
            self.assertIn(f"handled {len(out)} packets from the sources", weir.stderr)
            self.assertIn("0 left", weir.stderr)

    def test_a_crash_leaves_whole_lines(self):
        with harness.Weir(GRAPH, files={"in.txt": TEXT}) as weir:
            harness.poll(lambda: self.written(weir) > 100, "the first lines")
            weir.signal(signal.SIGKILL)
            weir.wait()
            text = (weir.path / "out.txt").read_text()
            self.assertTrue(text.endswith("\n"))
            self.assertEqual(text.splitlines(), LINES[:text.count("\n")])


if __name__ == "__main__":
    harness.main()
