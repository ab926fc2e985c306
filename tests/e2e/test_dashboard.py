"""The dashboard of the running program, in a real browser."""

import os
import shutil
import subprocess
import unittest
from pathlib import Path

import harness

GRAPH = """
name: shown
processes:
  make: {component: core/generate, config: {rate: 2000/s}}
  work: {component: core/work, config: {fail: 0.05}}
  end: {component: core/discard}
  reject: {component: core/discard}
connections:
  - make -> work -> end
  - work.error -> reject
"""

ENDS = """
name: ends
processes:
  make: {component: core/generate, config: {count: 10}}
  end: {component: core/discard}
connections: [make -> end]
"""

SCENARIOS = Path(__file__).resolve().parent / "dashboard" / "scenarios.mjs"
CHROMIUM = os.environ.get("WEIR_CHROMIUM") or shutil.which("chromium")
NPM = os.environ.get("WEIR_NPM") or str(harness.SOURCE / "build" / "npm")


def many(count):
    """Ten sources, each with a chain of processes behind it."""
    lines = ["name: many", "processes:"]
    chains = [list(range(first, count, 10)) for first in range(10)]
    for chain in chains:
        lines.append(f"  p{chain[0]}: {{component: core/generate, config: {{rate: 20/s}}}}")
        lines += [f"  p{each}: {{component: core/pass}}" for each in chain[1:]]
    lines.append("connections:")
    lines += ["  - " + " -> ".join(f"p{each}" for each in chain) for chain in chains]
    lines += [f"  - p{first} -> p{first + 11}" for first in range(9)]
    text = "\n".join(lines)
    for chain in chains:
        text = text.replace(f"  p{chain[-1]}: {{component: core/pass}}",
                            f"  p{chain[-1]}: {{component: core/discard}}")
    return text + "\n"


@unittest.skipUnless(CHROMIUM and shutil.which("node"), "needs chromium and node")
class Dashboard(harness.TestCase):
    def start(self, scenario, url, *more):
        return subprocess.Popen(["node", SCENARIOS, scenario, url, *more], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, "WEIR_NPM": NPM, "WEIR_CHROMIUM": CHROMIUM})

    def browse(self, scenario, weir, *more):
        with self.start(scenario, weir.url, *more) as driver:
            said, complaint = driver.communicate(timeout=harness.PATIENCE_S)
        self.assertEqual(driver.returncode, 0, said + complaint)

    def test_shows_the_graph_and_its_figures(self):
        with harness.Weir(GRAPH) as weir:
            streams = weir.get("/api/v1/events").status != 404
            self.browse("shows", weir, "live" if streams else "polling")

    def test_works_from_a_keyboard(self):
        with harness.Weir(GRAPH) as weir:
            self.browse("keyboard", weir)

    def test_dark_and_light_can_be_read(self):
        with harness.Weir(GRAPH) as weir:
            self.browse("schemes", weir)

    def test_fits_a_phone(self):
        with harness.Weir(GRAPH) as weir:
            self.browse("phone", weir)

    def test_shows_five_hundred_processes(self):
        with harness.Weir(many(500)) as weir:
            self.browse("many", weir)

    def test_reconnects_after_a_restart(self):
        with harness.Weir(GRAPH) as first:
            address = first.url.removeprefix("http://")
            with self.start("reconnect", first.url) as driver:
                self.assertEqual(driver.stdout.readline().strip(), "stop", first.stderr)
                first.process.kill()
                first.process.wait()
                driver.stdin.write("stopped\n")
                driver.stdin.flush()
                self.assertEqual(driver.stdout.readline().strip(), "start")
                with harness.Weir(GRAPH, listen=address) as second:
                    second.wait_phase("running")
                    said, complaint = driver.communicate("started\n", timeout=harness.PATIENCE_S)
            self.assertEqual(driver.returncode, 0, said + complaint)

    def test_asks_for_the_token_where_other_machines_reach_it(self):
        with harness.Weir(GRAPH, "--admin-token-file", "token", listen="0.0.0.0:0",
                          files={"token": "a-long-secret\n"}) as weir:
            self.browse("login", weir, "a-long-secret")

    def test_says_how_to_set_a_token_where_there_is_none(self):
        with harness.Weir(GRAPH, listen="0.0.0.0:0") as weir:
            self.browse("refused", weir)

    def test_text_from_elsewhere_is_never_executed(self):
        with harness.Weir(GRAPH) as weir:
            self.browse("hostile", weir)

    def test_says_what_limits_the_graph(self):
        with harness.Weir(GRAPH) as weir:
            self.browse("verdicts", weir)

    def test_says_that_a_graph_has_ended(self):
        with harness.Weir(ENDS, "--stay") as weir:
            weir.wait_phase("ended")
            self.browse("finished", weir)

    def test_links_to_the_figures_where_there_are_no_scripts(self):
        with harness.Weir(GRAPH) as weir:
            page = weir.get("/")
            fallback = page.text.split("<noscript>")[1].split("</noscript>")[0]
            for path in ("/metrics", "/api/v1/graph"):
                self.assertIn(f'href="{path}"', fallback)


if __name__ == "__main__":
    harness.main()
