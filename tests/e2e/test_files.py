"""Files as users have them: outputs that are inputs, files out of reach, one header per file."""

import contextlib
import json
import os
import signal
import subprocess

import harness

LOOP = """
name: loop
processes:
  read: {component: file/read, config: {path: "*.log", follow: true%s}}
  write: {component: file/write, config: {path: %s}}
connections:
  - read -> write
"""

CSV = """
name: csv
processes:
  read: {component: file/read, config: {path: "*.csv"}}
  parse: {component: csv/parse, concurrency: 1}
  pass: {component: core/filter, concurrency: 4, config: {where: {field: id, exists: true}}}
  write: {component: file/write, config: {path: out.jsonl}}
  reject: {component: file/write, config: {path: reject.jsonl}}
connections:
  - read -> parse -> pass -> write
  - parse.error -> reject
"""

LISTEN = """
name: bodies
processes:
  listen: {component: http/listen, config: {address: 127.0.0.1:0}}
  parse: {component: csv/parse}
  write: {component: file/write, config: {path: out.jsonl}}
  reject: {component: file/write, config: {path: reject.jsonl}}
connections:
  - listen -> parse -> write
  - parse.error -> reject
"""

FOLLOW = """
name: follow
processes:
  read: {component: file/read, config: {path: in.log, follow: true}}
  write: {component: file/write, config: {path: out.txt}}
connections:
  - read -> write
"""

ONCE = FOLLOW.replace("in.log, follow: true", '"*.log"')


FULL = """
name: full
processes:
  make: {component: core/generate, config: {size: 99, count: 20000}}
  write: {component: file/write, config: {path: %s/out.txt}}
connections:
  - make -> write
"""


FAIL = FULL.replace("out.txt}", "out.txt, when_full: fail}").replace("connections:", """\
  reject: {component: file/write, config: {path: reject.jsonl}}
connections:
  - write.error -> reject""")


def line(number):
    return str(number).ljust(99, ".") + "\n"


@contextlib.contextmanager
def small_disk(test):
    """A folder on a file system of 2 MiB, of which half is taken by `filler`."""
    with harness.tempfile.TemporaryDirectory(prefix="weir-e2e-") as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder],
                              capture_output=True, text=True)
        if done.returncode != 0:
            test.skipTest(f"no file system can be mounted: {done.stderr}")
        try:
            (harness.Path(folder) / "filler").write_bytes(b"x" * (1 << 20))
            yield harness.Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def as_nobody():
    """Root may read everything."""
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


class Files(harness.TestCase):
    def check(self, graph, prepare=lambda path: None):
        with harness.tempfile.TemporaryDirectory(prefix="weir-e2e-") as folder:
            path = harness.Path(folder)
            (path / "graph.yaml").write_text(graph)
            prepare(path)
            return harness.run("check", "graph.yaml", cwd=path)

    def test_an_output_that_is_read_again_is_an_error_however_it_is_spelt(self):
        def links(path):
            (path / "real").mkdir()
            (path / "link").symlink_to(path / "real")
            (path / "there.log").write_text("")
            os.link(path / "there.log", path / "other.txt")
        for output in ("z.log", "./z.log", "{path: ./sub/../z.log}", "other.txt"):
            with self.subTest(output=output):
                given = output.removeprefix("{path: ").removesuffix("}")
                result = self.check(LOOP % ("", given), links)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn("it would be read again without end", result.stderr)
        through_link = (LOOP % ("", "real/z.log")).replace('"*.log"', "link/*.log")
        self.assertEqual(self.check(through_link, links).returncode, 2)
        through_wildcard = (LOOP % ("", "real/z.log")).replace('"*.log"', '"**/*.log"')
        self.assertEqual(self.check(through_wildcard, links).returncode, 2)
        rotated = (LOOP % ("", "z.txt, rotate: {size: 1MB}")).replace('"*.log"', '"*.txt.*"')
        self.assertEqual(self.check(rotated).returncode, 2)
        self.assertEqual(self.check(LOOP % (", exclude: z.log", "z.log")).returncode, 0)
        self.assertEqual(self.check(LOOP % ("", "z.txt")).returncode, 0)

    def test_one_output_by_two_paths_is_an_error(self):
        graph = """
name: two
processes:
  make: {component: core/generate, config: {count: 1}}
  one: {component: file/write, config: {path: real/out}}
  two: {component: file/write, config: {path: link/out}}
connections:
  - make -> one
  - make -> two
"""
        def links(path):
            (path / "real").mkdir()
            (path / "link").symlink_to("real")
        result = self.check(graph, links)
        self.assertEqual(result.returncode, 2)
        self.assertIn("which is the file \"real/out\" that one (line 5) writes", result.stderr)

    def test_each_file_has_its_own_header_with_many_units_beside(self):
        files = {}
        for number in range(20):
            header = "id,name" if number % 2 == 0 else "name,id"
            rows = [f"i{k},n{k}" if number % 2 == 0 else f"n{k},i{k}" for k in range(500)]
            files[f"{number:02}.csv"] = "\n".join([header, *rows]) + "\n"
        with harness.Weir(CSV, files=files) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            rows = [json.loads(line) for line in (weir.path / "out.jsonl").read_text().splitlines()]
            self.assertEqual(len(rows), 20 * 500)
            self.assertTrue(all(row["id"][0] == "i" and row["name"][0] == "n" for row in rows))
            self.assertEqual((weir.path / "reject.jsonl").read_text(), "")

    def test_each_body_has_its_own_header(self):
        with harness.Weir(LISTEN) as weir:
            weir.wait_phase("running")
            weir.wait_stderr("takes lines at")
            url = harness.re.search(r"takes lines at (http://\S+)", weir.stderr)[1]
            for body in (b"id,name\n1,x\n", b"\xef\xbb\xbfname,id\ny,2\n"):
                request = harness.urllib.request.Request(url, data=body, method="POST")
                with harness.urllib.request.urlopen(request, timeout=harness.PATIENCE_S) as answer:
                    self.assertEqual(answer.status, 200)
            self.assertEqual(weir.stop(), 0)
            self.assertEqual((weir.path / "out.jsonl").read_text(),
                             '{"id":"1","name":"x"}\n{"name":"y","id":"2"}\n')

    def test_a_file_out_of_reach_is_shown_by_readyz(self):
        def prepare():
            os.chmod("in.log", 0)
            os.chmod(".", 0o777)
            as_nobody()
        with harness.Weir(FOLLOW, files={"in.log": "x\n"}, preexec=prepare) as weir:
            weir.wait_phase("running")
            answer = weir.get("/readyz")
            self.assertEqual(answer.status, 200)
            (trouble,) = answer.json["troubles"]
            self.assertEqual(trouble["process"], "read")
            self.assertIn("Permission denied", trouble["text"])
            self.assertNotIn("waiting for it", weir.stderr)
            os.chmod(weir.path / "in.log", 0o644)
            harness.poll(lambda: "troubles" not in weir.get("/readyz").json, "the file to be read")
            harness.poll(lambda: (weir.path / "out.txt").read_text() == "x\n", "its line")

    def test_a_matched_file_that_cannot_be_read_makes_the_run_fail(self):
        def prepare():
            os.chmod("b.log", 0)
            os.chmod(".", 0o777)
            as_nobody()
        files = {"a.log": "a\n", "b.log": "b\n", "c.log": "c\n"}
        with harness.Weir(ONCE, files=files, preexec=prepare) as weir:
            self.assertEqual(weir.wait(), 1)
            self.assertIn("Permission denied", weir.stderr)
            self.assertEqual((weir.path / "out.txt").read_text(), "a\nc\n")

    def test_a_second_writer_of_a_file_does_not_start(self):
        with harness.Weir(FOLLOW, files={"in.log": "x\n"}) as weir:
            weir.wait_phase("running")
            second = harness.run("run", "graph.yaml", "--listen", "127.0.0.1:0", cwd=weir.path)
            self.assertEqual(second.returncode, 1)
            self.assertIn(f"process {weir.process.pid} writes it", second.stderr)

    def test_a_full_disk_loses_no_line_and_breaks_none(self):
        with small_disk(self) as disk, harness.Weir(FULL % disk) as weir:
            weir.wait_phase("running")
            harness.poll(lambda: "disk full" in weir.get("/readyz").text, "the disk to be full")
            second = harness.run("run", "graph.yaml", "--listen", "127.0.0.1:0", cwd=weir.path)
            self.assertEqual(second.returncode, 1)
            self.assertIn(f"process {weir.process.pid} writes it", second.stderr)
            metrics = weir.wait_rest()
            taken = int(metrics.value("weir_packets_ended_total", process="write", reason="consumed"))
            self.assertGreater(taken, 1000)
            self.assertEqual((disk / "out.txt").read_text(), "".join(map(line, range(taken))))
            (disk / "filler").unlink()
            weir.wait_stderr("there is room again, nothing was lost")
            self.assertEqual(weir.wait(), 0, weir.stderr)
            self.assertEqual((disk / "out.txt").read_text(), "".join(map(line, range(20_000))))

    def test_what_a_full_disk_fails_is_on_error_and_nothing_else(self):
        with small_disk(self) as disk, harness.Weir(FAIL % disk) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            rejected = [json.loads(each) for each in
                        (weir.path / "reject.jsonl").read_text().splitlines()]
            self.assertEqual({each["kind"] for each in rejected}, {"disk_full"})
            written = (disk / "out.txt").read_text().splitlines(keepends=True)
            self.assertEqual(sorted(written + [each["packet"] + "\n" for each in rejected]),
                             sorted(map(line, range(20_000))))

    def test_after_a_kill_the_file_holds_whole_lines(self):
        graph = """
name: full-speed
processes:
  make: {component: core/generate, config: {size: 1000}}
  write: {component: file/write, config: {path: out.txt}}
connections:
  - make -> write
"""
        with harness.Weir(graph) as weir:
            out = weir.path / "out.txt"
            harness.poll(lambda: out.exists() and out.stat().st_size > 1 << 20, "lines")
            weir.signal(signal.SIGKILL)
            weir.process.wait()
            with open(out, "ab") as file:
                file.write(b"a fragment")
            once = harness.run("run", "graph.yaml", "--set", "make.count=1", cwd=weir.path)
            self.assertEqual(once.returncode, 0, once.stderr)
            self.assertIn("were moved to out.txt.torn", once.stderr)
            lines = out.read_bytes().split(b"\n")
            self.assertEqual(lines.pop(), b"")
            self.assertEqual({len(line) for line in lines}, {1000})
            self.assertTrue((weir.path / "out.txt.torn").read_bytes().endswith(b"a fragment\n"))


if __name__ == "__main__":
    harness.main()
