"""A real Prometheus scrapes the running program."""

import json
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

import harness

GRAPH = """
name: scraped
processes:
  make: {component: core/generate, config: {count: 1234}}
  end: {component: core/discard}
connections: [make -> end]
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@unittest.skipUnless(shutil.which("prometheus"), "prometheus is not installed")
class Prometheus(harness.TestCase):
    def query(self, expression):
        url = (f"http://127.0.0.1:{self.port}/api/v1/query?"
               + urllib.parse.urlencode({"query": expression}))
        try:
            with urllib.request.urlopen(url, timeout=harness.PATIENCE_S) as answer:
                return json.load(answer)["data"]["result"]
        except OSError:
            return []

    def test_scrapes_every_kind_of_metric(self):
        with tempfile.TemporaryDirectory() as folder, harness.Weir(GRAPH, "--stay") as weir:
            weir.wait_phase("ended")
            target = weir.url.removeprefix("http://")
            with open(f"{folder}/prometheus.yml", "w") as file:
                json.dump({"global": {"scrape_interval": "1s"},
                           "scrape_configs": [{"job_name": "weir", "static_configs":
                                               [{"targets": [target]}]}]}, file)
            self.port = free_port()
            with open(f"{folder}/log", "w") as log:
                server = subprocess.Popen(
                    ["prometheus", f"--config.file={folder}/prometheus.yml",
                     f"--storage.tsdb.path={folder}/data",
                     f"--web.listen-address=127.0.0.1:{self.port}"], stdout=log, stderr=log)
            try:
                result = harness.poll(
                    lambda: self.query('weir_packets_total{graph="scraped",process="end",port="in"}'),
                    "the first scrape")
                self.assertEqual([item["value"][1] for item in result], ["1234"])
                self.assertEqual(self.query("up")[0]["value"][1], "1")
                count = self.query('weir_processing_seconds_count{process="end"}')
                self.assertEqual(count[0]["value"][1], "1234")
                self.assertTrue(self.query('weir_processing_seconds_bucket{process="end",le="1.0"}'))
                self.assertTrue(self.query("histogram_quantile(0.99, weir_processing_seconds_bucket)"))
                self.assertEqual(self.query("weir_build_info")[0]["value"][1], "1")
            finally:
                server.terminate()
                server.wait()


if __name__ == "__main__":
    harness.main()
