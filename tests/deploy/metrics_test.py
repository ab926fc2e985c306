"""What deploy/ asks Prometheus for exists, and is asked in words that Prometheus understands."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "weir-rules.yml"
ALERTS = ROOT / "deploy" / "prometheus" / "weir-alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "weir.json"
PROMTOOL = sys.argv.pop() if len(sys.argv) > 1 else "promtool"

NAME = re.compile(r"(?<![\w:])weir_[a-z_]+")
RECORDED = re.compile(r"(?<![\w:])[a-z]+:weir_[a-z_]+:[a-z0-9_]+")
METRIC = re.compile(r"^\| `(weir_[a-z_]+)` \| (\w+) \|", re.MULTILINE)


def known():
    """The names of all series, those of histograms written out."""
    names = set()
    for name, kind in METRIC.findall((ROOT / "docs" / "metrics.md").read_text()):
        names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" \
            else {name}
    return names


def strings(value):
    """All values of the keys that hold queries, anywhere in a document."""
    if isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("expr", "query", "definition") and isinstance(item, str):
                yield item
            else:
                yield from strings(item)


class Metrics(unittest.TestCase):
    def assert_known(self, text, where):
        missing = set(NAME.findall(RECORDED.sub("", text))) - known()
        self.assertFalse(missing, f"{where} asks for what docs/metrics.md does not have")

    def test_the_rules_and_alerts_ask_for_metrics_that_exist(self):
        for path in (RULES, ALERTS):
            lines = [line for line in path.read_text().splitlines()
                     if not re.match(r"\s*(#|- alert:|- record:|summary:|- name:)", line)]
            text = "\n".join(lines).replace("weir-", "")
            self.assert_known(text, path.name)

    def test_the_dashboard_asks_for_metrics_that_exist(self):
        queries = list(strings(json.loads(DASHBOARD.read_text())))
        self.assertGreater(len(queries), 20)
        for query in queries:
            self.assert_known(query, f"weir.json in {query}")

    def test_recorded_figures_that_are_asked_for_are_recorded(self):
        recorded = set(re.findall(r"- record: (\S+)", RULES.read_text()))
        for text in (ALERTS.read_text(), DASHBOARD.read_text()):
            self.assertLessEqual(set(RECORDED.findall(text)), recorded)

    def test_prometheus_understands_the_queries_of_the_dashboard(self):
        queries = [query for query in strings(json.loads(DASHBOARD.read_text()))
                   if not query.startswith("label_values(") and query != "prometheus"]
        rules = [{"record": f"query:{at}", "expr": re.sub(r"\$\w+", "x", query)}
                 for at, query in enumerate(queries)]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "queries.yml"
            # JSON is YAML.
            path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
            result = subprocess.run([PROMTOOL, "check", "rules", path], capture_output=True,
                                    text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_every_panel_has_a_place_and_a_number_of_its_own(self):
        panels = json.loads(DASHBOARD.read_text())["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, f"{panel['title']} lies over another panel")
            taken |= cells

    def test_every_alert_is_described_and_tested(self):
        text = ALERTS.read_text()
        alerts = re.findall(r"- alert: (\w+)", text)
        described = re.findall(r"^## (\w+)$", (ROOT / "docs" / "alerts.md").read_text(), re.MULTILINE)
        self.assertEqual(alerts, described, "docs/alerts.md has one heading for each, in order")
        tests = (ROOT / "tests" / "deploy" / "alerts_test.yml").read_text()
        for alert in alerts:
            self.assertIn(f"runbook_url: docs/alerts.md#{alert.lower()}", text)
            fires = re.search(rf"alertname: {alert}\n\s+exp_alerts:", tests)
            self.assertTrue(fires, f"no test in which {alert} fires")
            self.assertRegex(tests, rf"\{{eval_time: \w+, alertname: {alert}\}}",
                             f"no test in which {alert} does not fire")


if __name__ == "__main__":
    unittest.main()
