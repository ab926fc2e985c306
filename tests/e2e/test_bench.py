"""weir bench: what it measures is sane, and it ends when it should."""

import json
import signal
import subprocess
import tempfile
from pathlib import Path

import harness

# Endless, and nothing in it allocates.
CHAIN = """
name: chain
processes:
  make: {component: core/generate}
  pass: {component: core/pass}
  end: {component: core/discard}
connections: [make -> pass -> end]
"""
KEYS = ["throughput_pps", "sinks", "latency_us", "allocations_per_packet", "cpu_s", "max_rss_bytes",
        "load_s", "start_s", "report"]
SANITIZED = "asan" in harness.WEIR or "tsan" in harness.WEIR


class Bench(harness.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name)

    def bench(self, graph, *arguments):
        (self.path / "graph.yaml").write_text(graph)
        return harness.run("bench", "graph.yaml", *arguments, cwd=self.path)

    def figures(self, graph, *arguments):
        result = self.bench(graph, "--json", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        figures = json.loads(result.stdout)
        self.assert_sane(figures)
        return figures

    def assert_sane(self, figures):
        self.assertEqual(list(figures), KEYS)
        self.assertGreater(figures["throughput_pps"], 0)
        latency = figures["latency_us"]
        self.assertEqual(list(latency), ["p50", "p99", "p999"])
        self.assertGreaterEqual(latency["p50"], 0)
        self.assertLessEqual(latency["p50"], latency["p99"])
        self.assertLessEqual(latency["p99"], latency["p999"])
        for key in ("cpu_s", "max_rss_bytes", "load_s", "start_s"):
            self.assertGreater(figures[key], 0, key)

    def test_an_endless_graph_ends_after_its_time(self):
        figures = self.figures(CHAIN, "--for", "1s")
        self.assertEqual(list(figures["sinks"]), ["end"])
        self.assertGreater(figures["sinks"]["end"], 0)
        self.assertLessEqual(figures["sinks"]["end"], figures["throughput_pps"])

    def test_a_graph_that_ends_is_measured_to_its_end_and_writes_its_outputs(self):
        graph = """
name: ends
processes:
  make: {component: core/generate, config: {count: 1000}}
  write: {component: file/write, config: {path: out.txt}}
  also: {component: core/discard}
connections: [make -> write, make -> also]
"""
        figures = self.figures(graph, "--for", "1h", "--workers", 1)
        self.assertEqual(len((self.path / "out.txt").read_bytes().splitlines()), 1000)
        self.assertEqual(list(figures["sinks"]), ["write", "also"])
        self.assertEqual(figures["sinks"]["write"], figures["throughput_pps"])
        self.assertEqual(figures["sinks"]["also"], figures["throughput_pps"])

    def test_steady_state_does_not_allocate(self):
        allocations = self.figures(CHAIN, "--for", "1s")["allocations_per_packet"]
        if SANITIZED:
            self.assertIsNone(allocations)
        else:
            self.assertGreaterEqual(allocations, 0)
            self.assertLess(allocations, 0.01)

    def test_what_allocates_is_seen_to(self):
        graph = CHAIN.replace("core/pass}", "core/set, config: {attributes: {a: b}}}")
        graph = graph.replace("core/generate}", "core/generate, config: {fields: {a: 1}}}")
        allocations = self.figures(graph, "--for", "1s")["allocations_per_packet"]
        if SANITIZED:
            self.assertIsNone(allocations)
        else:
            self.assertGreaterEqual(allocations, 1)

    def test_a_rate_holds(self):
        figures = self.figures(CHAIN, "--for", "1s", "--set", "make.rate=500/s")
        # The first packet is due at the start.
        self.assertLessEqual(figures["throughput_pps"], 501)

    def test_words(self):
        result = self.bench(CHAIN, "--for", "200ms", "--set", "make.rate=1000/s")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"^throughput +\d+ packets/s from the sources, over \S+ s\n"
                                        r" +\d+ packets/s into end\n"
                                        r"latency +p50 \S+ \w+, p99 \S+ \w+, p99.9 \S+ \w+ \(of ")
        self.assertIn("measures chain (graph.yaml)", result.stderr)

    def test_an_invalid_graph_is_2(self):
        result = self.bench(CHAIN.replace("core/pass", "core/pas"))
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn('graph.yaml:5:21: error: unknown component "core/pas"; did you mean',
                      result.stderr)
        result = self.bench(CHAIN, "--for", "soon")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("--for: write a duration", result.stderr)

    def test_a_failure_is_1_and_what_was_measured_is_told(self):
        graph = """
name: fails
processes:
  make: {component: core/generate}
  work: {component: core/work, config: {fail: 1}, on_error: stop}
connections: [make -> work]
"""
        result = self.bench(graph, "--json")
        self.assertEqual(result.returncode, 1)
        self.assertIn("injected", result.stderr)
        self.assertEqual(list(json.loads(result.stdout)), KEYS)

    def test_a_process_that_cannot_start_is_1(self):
        graph = CHAIN.replace("core/discard}", "file/write, config: {path: none/out.txt}}")
        result = self.bench(graph)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("none/out.txt", result.stderr)


class Signals(harness.TestCase):
    def start(self, *arguments):
        weir = subprocess.Popen([harness.WEIR, "bench", "-", "--json", "--for", "1h", *arguments],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        self.addCleanup(weir.wait)
        self.addCleanup(weir.kill)
        return weir

    def begin(self, weir, graph):
        weir.stdin.write(graph)
        weir.stdin.close()
        self.assertIn("measures", weir.stderr.readline())

    def test_the_first_ends_the_measured_time(self):
        with self.start() as weir:
            self.begin(weir, CHAIN)
            weir.send_signal(signal.SIGINT)
            figures = json.loads(weir.stdout.read())
            self.assertEqual(weir.wait(harness.PATIENCE_S), 0)
        self.assertEqual(list(figures), KEYS)

    def test_the_second_stops_at_once(self):
        slow = CHAIN.replace("core/pass}", "core/work, config: {wait: 60s}}")
        slow = slow.replace("connections: [", "  show: {component: core/print}\n"
                                              "connections: [make -> show, ")
        with self.start("--drain-timeout", "1h") as weir:
            self.begin(weir, slow)
            self.assertEqual(weir.stdout.readline(), "0\n", "a packet has left the source")
            weir.send_signal(signal.SIGTERM)
            self.assertIn("SIGTERM: finishing", weir.stderr.readline())
            weir.send_signal(signal.SIGTERM)
            figures = json.loads(weir.stdout.read().splitlines()[-1])
            self.assertEqual(weir.wait(harness.PATIENCE_S), 1)
            self.assertIn("could not be finished", weir.stderr.read())
        self.assertEqual(list(figures), KEYS)


if __name__ == "__main__":
    harness.main()
