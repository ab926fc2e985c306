"""Exit codes, usage errors, and what is printed where."""

import json
import socket
import subprocess
import tempfile
from pathlib import Path

import harness

ENDS = """
name: ends
processes:
  make: {component: core/generate, config: {count: 10}}
  end: {component: core/discard}
connections: [make -> end]
"""


class ExitCodes(harness.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name)

    def write(self, text, name="graph.yaml"):
        (self.path / name).write_text(text)
        return self.path / name

    def run_graph(self, text, *arguments):
        if "--listen" not in arguments:
            arguments = ("--listen", "127.0.0.1:0", *arguments)
        return harness.run("run", self.write(text), *arguments, cwd=self.path)

    def test_a_graph_that_ends_is_0_and_summed_up(self):
        result = self.run_graph(ENDS)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, "", "standard output belongs to the graph")
        self.assertRegex(result.stderr, r"admin page +http://127\.0\.0\.1:[1-9]\d*/\n")
        self.assertRegex(result.stderr, r"metrics +http://127\.0\.0\.1:[1-9]\d*/metrics\n")
        self.assertRegex(result.stderr, r"\nend +10 +0 +0 +10 +0 +0 +0 +0\n")
        self.assertRegex(result.stderr, r"\nhandled 10 packets from the sources in \S+ s, 0 left\n$")

    def test_a_graph_from_standard_input(self):
        result = harness.run("run", "-", "--listen", "127.0.0.1:0", stdin=ENDS)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("runs ends (standard input)", result.stderr)

    def test_the_files_that_are_written_are_named(self):
        result = self.run_graph("""
name: files
processes:
  make: {component: core/generate, config: {count: 3}}
  write: {component: file/write, config: {path: out.txt}}
connections: [make -> write]
""")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, r"writes +out\.txt \(write\)\n")
        self.assertEqual(len((self.path / "out.txt").read_text().splitlines()), 3)

    def test_an_option_set_on_the_command_line(self):
        result = self.run_graph(ENDS, "--set", "make.count=7")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("handled 7 packets", result.stderr)
        for wrong in ("make.count", "count=7", "make.cuont=7", "nobody.count=7", "make.count=x"):
            result = self.run_graph(ENDS, "--set", wrong)
            self.assertEqual(result.returncode, 2, wrong)
            self.assertNotEqual(result.stderr, "")

    def test_an_invalid_graph_is_2_with_every_error(self):
        result = self.run_graph(ENDS.replace("core/discard", "core/discrad")
                                .replace("count: 10", "cuont: 10"))
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"graph\.yaml:4:\d+: .*cuont.*count")
        self.assertRegex(result.stderr, r"graph\.yaml:5:\d+: .*core/discrad.*core/discard")
        self.assertEqual(harness.run("check", self.path / "graph.yaml").returncode, 2)

    def test_a_graph_that_is_not_there_is_2(self):
        for command in ("run", "check", "graph"):
            result = harness.run(command, self.path / "nothing.yaml")
            self.assertEqual(result.returncode, 2, command)
            self.assertIn("nothing.yaml", result.stderr)

    def test_a_process_that_cannot_start_is_1_and_named(self):
        result = self.run_graph("""
name: unstartable
processes:
  read: {component: file/read, config: {path: nothing.txt}}
  end: {component: core/discard}
connections: [read -> end]
""")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r"read.*nothing\.txt")

    def test_a_process_that_fails_is_1_and_named(self):
        result = self.run_graph("""
name: failing
processes:
  make: {component: core/generate, config: {count: 10}}
  work: {component: core/work, config: {fail: 1}, on_error: stop}
  end: {component: core/discard}
connections: [make -> work -> end]
""")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r"failed: .*work")

    def test_check_answers_0_for_valid_graphs(self):
        result = harness.run("check", self.write(ENDS), self.write(ENDS, "second.yaml"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(result.stdout.splitlines()), 2)

    def test_check_starts_nothing(self):
        graph = self.write("""
name: writes
processes:
  make: {component: core/generate, config: {count: 3}}
  write: {component: file/write, config: {path: out.txt}}
connections: [make -> write]
""")
        self.assertEqual(harness.run("check", graph, cwd=self.path).returncode, 0)
        self.assertEqual([entry.name for entry in self.path.iterdir()], ["graph.yaml"])

    def test_wrong_usage_is_2_with_a_suggestion(self):
        graph = self.write(ENDS)
        for arguments, expected in (
                (["rnu"], 'did you mean "run"?'),
                (["chekc", graph], 'did you mean "check"?'),
                (["reprot"], 'there is no command "reprot"; did you mean "report"'),
                (["halt"], 'there is no command "halt"'),
                (["run"], "GRAPH"),
                (["check"], "GRAPH"),
                (["run", graph, "--wokrers", "2"], 'did you mean "--workers"?'),
                (["run", graph, "--watch"], 'unexpected option "--watch"'),
                (["run", graph, "another"], 'unexpected argument "another"'),
                (["run", graph, "--workers", "0"], "--workers"),
                (["run", graph, "--workers", "many"], "--workers"),
                (["run", graph, "--listen", "7070"], "has no port"),
                (["run", graph, "--listen", "localhost:99999"], "not a number from 0 to 65535"),
                (["run", graph, "--drain-timeout", "soon"], "10s"),
                (["run", graph, "--log-format", "xml"], "--log-format"),
                (["run", graph, "--admin-token-file", self.path / "nothing"], "nothing"),
                (["run", graph, "--admin-token-file", self.write(" \n", "token")], "is empty"),
                (["graph", graph, "--format", "png"], "--format"),
                (["components", "core/fitler"], "core/filter"),
                (["--nonsense"], "--help"),
                ([], "Usage")):
            result = harness.run(*arguments)
            self.assertEqual(result.returncode, 2, (arguments, result.stderr))
            self.assertIn(expected, result.stderr, arguments)
            self.assertEqual(result.stdout, "", arguments)

    def test_help_and_version_are_0_on_standard_output(self):
        result = harness.run("--version")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"^weir \d+\.\d+\.\d+ \(([0-9a-f]{7,40}|unknown)\)\n$")
        for arguments in (["--help"], ["run", "--help"], ["check", "--help"]):
            result = harness.run(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
            self.assertIn("Usage", result.stdout)
        self.assertNotIn("docs", harness.run("--help").stdout)

    def test_an_output_that_cannot_be_written_is_1(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([harness.WEIR, "schema"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"standard output", result.stderr)

    def test_a_port_in_use_is_1_and_nothing_is_touched(self):
        graph = self.write("""
name: writes
processes:
  make: {component: core/generate, config: {count: 3}}
  write: {component: file/write, config: {path: out.txt}}
connections: [make -> write]
""")
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            result = harness.run("run", graph, "--listen", f"127.0.0.1:{port}", cwd=self.path)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"cannot listen on 127.0.0.1:{port}: the port is in use", result.stderr)
        self.assertIn("--listen", result.stderr)
        self.assertFalse((self.path / "out.txt").exists())

    def test_json_logs_are_json_in_every_line(self):
        for arguments, code, expected in (([], 0, "handled 10 packets"),
                                          (["--set", "make.cuont=1"], 2, "cuont"),
                                          (["--listen", "7070"], 2, "has no port"),
                                          (["--listen", "192.0.2.1:0"], 1, "cannot listen")):
            result = self.run_graph(ENDS, "--log-format", "json", *arguments)
            self.assertEqual(result.returncode, code, result.stderr)
            lines = [json.loads(line) for line in result.stderr.splitlines()]
            self.assertTrue(any(expected in line["message"] for line in lines), result.stderr)
            for line in lines:
                self.assertEqual(list(line), ["time", "level", "message"])

    def test_a_log_level_silences_what_is_below_it(self):
        self.assertEqual(self.run_graph(ENDS, "--log-level", "error").stderr, "")


if __name__ == "__main__":
    harness.main()
