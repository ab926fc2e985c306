"""/metrics of the running program: the identities, the formats, the linter."""

import shutil
import subprocess
import unittest

import harness

# Every way that a packet can take: copied, split, filtered, failed, held back.
WIDE = """
name: wide
processes:
  make: {component: core/generate, config: {count: 20000}}
  copy: {component: core/clone}
  work: {component: core/work, config: {fail: 0.1}}
  sometimes: {component: core/work, config: {fail: 0.1}}
  sample: {component: core/sample, config: {every: 3}}
  share: {component: core/split}
  join: {component: core/merge}
  end: {component: core/discard}
  errors: {component: core/discard}
connections:
  - make -> copy
  - "copy.out[0] -> work"
  - "copy.out[1] -> sample"
  - {from: work.out, to: share.in, capacity: 8}
  - work.error -> errors
  - "share.out[0] -> join.in[0]"
  - "share.out[1] -> join.in[1]"
  - sample -> sometimes -> end
  - join -> end
"""

HELD = """
name: held
processes:
  make: {component: core/generate}
  copy: {component: core/clone}
  hold: {component: core/work, config: {wait: 1h}}
  end: {component: core/discard}
connections:
  - make -> copy
  - "copy.out[0] -> hold"
  - "copy.out[1] -> end"
  - hold -> end
"""


class MetricsPage(harness.TestCase):
    def test_the_identities_hold_at_the_end(self):
        for workers in (1, 2, 4):
            with harness.Weir(WIDE, "--stay", "--workers", workers) as weir:
                weir.wait_phase("ended")
                metrics = weir.metrics()
                self.assert_identities(weir, metrics)
                self.assertEqual(metrics.value("weir_made_packets_total", process="make"), 20000)
                self.assertEqual(metrics.value("weir_packet_pool_live_packets"), 0)
                self.assertEqual(metrics.value("weir_workers"), workers)
                self.assertGreater(metrics.sum("weir_errors_total", process="sometimes"), 0)
                self.assertEqual(metrics.sum("weir_packets_ended_total", reason="drained"), 0)
                self.assertEqual(weir.stop(), 0, weir.stderr)

    def test_the_identities_hold_at_rest_with_packets_in_flight(self):
        with harness.Weir(HELD) as weir:
            metrics = weir.wait_rest()
            self.assertGreater(metrics.sum("weir_packets_held"), 0)
            self.assertGreater(metrics.sum("weir_queue_packets"), 0)
            self.assert_identities(weir, metrics)

    def test_the_figures_agree_with_the_api(self):
        with harness.Weir(WIDE, "--stay") as weir:
            weir.wait_phase("ended")
            metrics, graph = weir.metrics(), weir.graph()
            self.assertEqual(graph["name"], "wide")
            self.assertEqual(graph["generation"], 1)
            for process in graph["processes"]:
                name = process["name"]
                self.assertEqual(process["errors"], metrics.sum("weir_errors_total", process=name))
                self.assertEqual(process["created"],
                                 metrics.value("weir_made_packets_total", process=name))
                self.assertEqual(process["concurrency"],
                                 metrics.value("weir_process_concurrency", process=name))
            for connection in graph["connections"]:
                for figure, metric in (("packets", "weir_queue_packets"),
                                       ("capacity", "weir_queue_capacity_packets"),
                                       ("overflow", "weir_overflow_packets"),
                                       ("dropped", "weir_dropped_packets_total")):
                    self.assertEqual(connection[figure],
                                     metrics.value(metric, connection=connection["name"]))

    def test_every_series_carries_the_graph(self):
        with harness.Weir(WIDE, "--stay") as weir:
            weir.wait_phase("ended")
            for name, series in weir.metrics().series.items():
                for labels, _ in series:
                    self.assertEqual(labels.get("graph"), "wide", name)

    def test_processing_times_count_packets(self):
        with harness.Weir(WIDE, "--stay") as weir:
            weir.wait_phase("ended")
            metrics = weir.metrics()
            for process in ("copy", "work", "end"):
                self.assertEqual(metrics.value("weir_processing_seconds_count", process=process),
                                 metrics.value("weir_processing_seconds_bucket", process=process,
                                               le="+Inf"))
                taken = sum(port["packets"] for item in weir.graph()["processes"]
                            if item["name"] == process
                            for port in item["ports"] if port["direction"] == "in")
                self.assertEqual(metrics.value("weir_processing_seconds_count", process=process),
                                 taken)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_the_linter_has_nothing_to_say(self):
        with harness.Weir(WIDE, "--stay") as weir:
            weir.wait_phase("ended")
            result = subprocess.run(["promtool", "check", "metrics"], input=weir.metrics().text,
                                    capture_output=True, text=True)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_the_reference_parser_takes_openmetrics(self):
        # Debian's own Python, which has the package.
        parse = ("import sys; from prometheus_client.openmetrics.parser import "
                 "text_string_to_metric_families as parse; "
                 "print(len(list(parse(sys.stdin.read()))))")
        with harness.Weir(WIDE, "--stay") as weir:
            weir.wait_phase("ended")
            answer = weir.get("/metrics", {"Accept": "application/openmetrics-text;version=1.0.0"})
            result = subprocess.run(["/usr/bin/python3", "-c", parse], input=answer.text,
                                    capture_output=True, text=True)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertGreater(int(result.stdout), 20)

    def test_openmetrics_on_request(self):
        with harness.Weir(WIDE, "--stay") as weir:
            weir.wait_phase("ended")
            answer = weir.get("/metrics", {"Accept": "application/openmetrics-text;version=1.0.0"})
            self.assertEqual(answer.headers["Content-Type"],
                             "application/openmetrics-text; version=1.0.0; charset=utf-8")
            lines = answer.text.splitlines()
            self.assertEqual(lines[-1], "# EOF")
            self.assertIn("# TYPE weir_packets counter", lines)
            plain = weir.get("/metrics")
            self.assertEqual(plain.headers["Content-Type"],
                             "text/plain; version=0.0.4; charset=utf-8")


if __name__ == "__main__":
    harness.main()
