"""What weir sets itself while a graph runs, and what it tells about that."""

import unittest

import harness

# A stage that waits can use as many units as it gets.
STARVED = """
name: starved
processes:
  make: {component: core/generate}
  call: {component: core/work, config: {wait: 5ms}, concurrency: {max: 32}}
  end: {component: core/discard}
connections:
  - make -> call -> end
"""

UNTUNED = STARVED + "tuning: {enabled: false}\n"

LATE = """
name: late
processes:
  make: {component: core/generate, config: {count: 40}}
  call: {component: core/work, config: {wait: 10s, every: 4}, timeout: 5ms, concurrency: UNITS}
  failed: {component: core/print}
  end: {component: core/discard}
connections:
  - make -> call -> end
  - call.error -> failed
"""


class Tuning(harness.TestCase):
    def test_a_waiting_process_gets_units_and_the_log_says_why(self):
        with harness.Weir(STARVED) as weir:
            harness.poll(lambda: weir.graph()["processes"][1]["concurrency"] == 32,
                         "the process has all of its units")
            harness.poll(lambda: weir.get("/api/v1/decisions").json[-1]["to"] == 32,
                         "the decision is in the log")
            decisions = weir.get("/api/v1/decisions").json
            self.assertEqual([d["id"] for d in decisions], list(range(1, len(decisions) + 1)))
            first = decisions[0]
            self.assertEqual((first["process"], first["what"], first["from"]),
                             ("call", "concurrency", 1))
            self.assertRegex(first["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn("1 units have work", first["why"])
            self.assertGreater(first["predicted"], 0)
            self.assertGreater(first["measured"], 0)
            self.assertIs(first["undone"], False)
            metrics = weir.metrics()
            self.assertGreaterEqual(metrics.value("weir_tuner_decisions_total"), len(decisions))
            self.assertGreaterEqual(metrics.value("weir_tuner_probes_total"), 1)

    def test_without_tuning_all_stays_as_it_was(self):
        with harness.Weir(UNTUNED) as weir:
            harness.poll(lambda: weir.graph()["processes"][2]["in"] > 200, "packets come out")
            self.assertEqual(weir.get("/api/v1/decisions").json, [])
            graph = weir.graph()
            self.assertEqual({p["concurrency"] for p in graph["processes"]}, {1})
            self.assertEqual({c["capacity"] for c in graph["connections"]}, {1024})


class Timeouts(harness.TestCase):
    def test_what_waits_too_long_goes_to_error_and_the_rest_goes_on(self):
        for units in ("1", "3"):
            done = harness.run("run", "-", "--listen", "127.0.0.1:0",
                               stdin=LATE.replace("UNITS", units))
            self.assertEqual(done.returncode, 0, done.stderr)
            failed = done.stdout.count('"kind":"timeout"')
            self.assertGreaterEqual(failed, 8 if units == "3" else 10, done.stdout)
            self.assertIn("not done within 5ms, the timeout of process call", done.stdout)


if __name__ == "__main__":
    unittest.main()
