"""Input that is broken, and a world that is: clear errors, bounded memory, nothing lost in silence."""

import json
import os
import resource
import signal

import harness

READ = """
name: bad-input
processes:
  read: {component: file/read, config: {path: in.txt}}
  parse: {component: json/parse}
  write: {component: file/write, config: {path: out.txt}}
  reject: {component: file/write, config: {path: reject.jsonl}}
connections:
  - read -> parse -> write
  - read.error -> reject
  - parse.error -> reject
"""
FULL_DISK = """
name: full-disk
processes:
  make: {component: core/generate, config: {count: 10}}
  write: {component: file/write, config: {path: /dev/full, when_full: %s}}
  reject: {component: file/write, config: {path: reject.jsonl}}
connections:
  - make -> write
  - write.error -> reject
"""


def lines_of(weir, name):
    return (weir.path / name).read_bytes().splitlines()


def rejected(weir):
    return [json.loads(line) for line in lines_of(weir, "reject.jsonl")]


class BrokenLines(harness.TestCase):
    def handle(self, content):
        """What is written and what is rejected of this input."""
        with harness.Weir(READ, files={"in.txt": content}) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            return lines_of(weir, "out.txt"), rejected(weir)

    def test_json_that_is_cut_off(self):
        written, wrong = self.handle(b'{"a":1}\n{"a":\n{"a":[1,2\n"open\n\n{"a":2}\n')
        self.assertEqual(written, [b'{"a":1}', b'{"a":2}'])
        self.assertEqual([entry["packet"] for entry in wrong], ['{"a":', '{"a":[1,2', '"open', ""])
        self.assertTrue(all(entry["kind"] == "parse" and entry["error"] for entry in wrong), wrong)

    def test_invalid_utf8(self):
        written, wrong = self.handle(b'{"a":"\xff\xfe"}\n{"a":"ok"}\n')
        self.assertEqual(written, [b'{"a":"ok"}'])
        self.assertIn("packet_base64", wrong[0])

    def test_numbers_out_of_range(self):
        written, wrong = self.handle(
            b'[18446744073709551615,-9223372036854775808]\n[18446744073709551616]\n[1e999]\n')
        self.assertEqual(written, [b"[18446744073709551615,-9223372036854775808]"])
        self.assertEqual([entry["packet"] for entry in wrong],
                         ["[18446744073709551616]", "[1e999]"])

    def test_deep_nesting(self):
        written, wrong = self.handle(b"[" * 10_000 + b"]" * 10_000 + b"\n{}\n")
        self.assertEqual(written, [b"{}"])
        self.assertEqual(wrong[0]["kind"], "parse")

    def test_zero_bytes_and_carriage_returns(self):
        written, wrong = self.handle(b'{"a":1}\r\n\0\n')
        self.assertEqual(written, [b'{"a":1}'])
        self.assertEqual(len(wrong), 1)


class LongLine(harness.TestCase):
    def test_a_line_of_1_gib_stays_in_bounded_memory(self):
        with harness.Weir(READ, "--stay", "--set", f"read.path={self.big_file()}") as weir:
            harness.poll(lambda: weir.get("/readyz").json["phase"] == "ended", "the end")
            resident = weir.metrics().value("weir_memory_bytes", kind="resident")
            self.assertEqual(weir.stop(), 0, weir.stderr)
            self.assertEqual(lines_of(weir, "out.txt"), [b'{"after":1}'])
            (entry,) = rejected(weir)
            self.assertEqual((entry["kind"], entry["process"]), ("too_long", "read"))
            self.assertIn(str(1 << 30), entry["error"])
        # The sanitizers keep shadows and freed memory of their own.
        if "asan" not in harness.WEIR and "tsan" not in harness.WEIR:
            self.assertLess(resident, 100 * 2**20)

    def big_file(self):
        path = f"/tmp/weir-e2e-{os.getpid()}-big.txt"
        self.addCleanup(os.unlink, path)
        with open(path, "wb") as out:
            out.seek(1 << 30)
            out.write(b'\n{"after":1}\n')
        return path


class BrokenWorld(harness.TestCase):
    def test_a_missing_input(self):
        with harness.Weir(READ) as weir:
            self.assertEqual(weir.wait(), 1)
            self.assertIn("process read", weir.stderr)
            self.assertIn("in.txt", weir.stderr)
            self.assertIn("No such file", weir.stderr)

    def test_a_folder_for_an_input(self):
        with harness.Weir(READ, "--set", "read.path=/") as weir:
            self.assertEqual(weir.wait(), 1)
            self.assertIn("process read", weir.stderr)

    def test_a_missing_folder_for_an_output(self):
        with harness.Weir(READ, "--set", "write.path=none/out.txt", files={"in.txt": ""}) as weir:
            self.assertEqual(weir.wait(), 1)
            self.assertIn("process write", weir.stderr)
            self.assertIn("none/out.txt", weir.stderr)

    def test_two_writers_of_one_file(self):
        with harness.Weir(READ, "--set", "reject.path=./out.txt", files={"in.txt": ""}) as weir:
            self.assertEqual(weir.wait(), 2)
            self.assertIn("out.txt", weir.stderr)

    def test_a_full_disk_holds_the_graph_and_loses_nothing(self):
        with harness.Weir(FULL_DISK % "wait", "--drain-timeout", "100ms") as weir:
            weir.wait_stderr("disk full")
            metrics = weir.wait_rest()
            self.assert_identities(weir, metrics)
            self.assertEqual(metrics.sum("weir_packets_held") + metrics.sum("weir_queue_packets"), 10)
            weir.signal(signal.SIGTERM)
            self.assertEqual(weir.wait(), 1)
            self.assertIn("10 packets could not be finished", weir.stderr)

    def test_a_full_disk_goes_to_error_if_asked(self):
        with harness.Weir(FULL_DISK % "fail") as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            wrong = rejected(weir)
            self.assertEqual([entry["packet"] for entry in wrong], list(range(10)))
            self.assertEqual({entry["kind"] for entry in wrong}, {"disk_full"})

    def test_a_file_size_limit_is_an_error_not_a_death(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        content = b'{"a":1}\n' * 5000
        with harness.Weir(READ, "--drain-timeout", "100ms", files={"in.txt": content},
                          preexec=limit) as weir:
            weir.wait_stderr("out.txt")
            weir.signal(signal.SIGTERM)
            self.assertEqual(weir.wait(), 1)
            out = (weir.path / "out.txt").read_bytes()
            self.assertEqual(out, b'{"a":1}\n' * (len(out) // 8), "whole lines alone")


if __name__ == "__main__":
    harness.main()
