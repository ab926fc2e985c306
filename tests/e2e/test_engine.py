"""What the engine promises of connections and processes: overflow, concurrency, cycles, rest."""

import re
import unittest
from pathlib import Path

import harness

# A source that never waits, a sink that does.
FLOOD = """
name: flood
processes:
  make: {{component: core/generate, config: {{count: 5000}}}}
  slow: {{component: core/work, config: {{wait: 20us}}}}
  end: {{component: core/discard}}
connections:
  - {{from: make, to: slow, capacity: 64, overflow: {{limit: 100, then: {then}}}}}
  - slow -> end
"""

CONCURRENT = """
name: concurrent
processes:
  make: {{component: core/generate, config: {{count: 2000}}}}
  call: {{component: core/work, config: {{wait: 1ms}}, concurrency: {units}, order: {order}}}
  write: {{component: stdout/write}}
connections:
  - make -> call -> write
"""

# Half of what comes round leaves the cycle each time.
CYCLE = """
name: cycle
processes:
  make: {component: core/generate, config: {count: 5000}}
  enter: {component: core/pass}
  work: {component: core/work, concurrency: 2}
  leave: {component: core/split}
  end: {component: core/discard}
connections:
  - make -> enter -> work -> leave
  - "leave.out[0] -> end"
  - {from: "leave.out[1]", to: enter, capacity: 8}
"""

IDLE = """
name: idle
processes:
  read: {component: stdin/read}
  pass: {component: core/pass}
  end: {component: core/discard}
connections:
  - read -> pass -> end
"""


class Overflow(harness.TestCase):
    def dropped(self, then):
        with harness.Weir(FLOOD.format(then=then), "--stay") as weir:
            metrics = weir.wait_phase("ended").metrics()
            self.assert_identities(weir, metrics)
            dropped = metrics.value("weir_dropped_packets_total", connection="make.out -> slow.in",
                                    reason="overflow")
            taken = metrics.value("weir_connection_taken_packets_total",
                                  connection="make.out -> slow.in")
            self.assertEqual(dropped + taken, 5000)
            self.assertEqual(weir.stop(), 0)
            return dropped

    def test_block_drops_nothing(self):
        self.assertEqual(self.dropped("block"), 0)

    def test_the_newest_are_dropped_and_counted(self):
        self.assertGreater(self.dropped("drop_newest"), 0)

    def test_the_oldest_are_dropped_and_counted(self):
        self.assertGreater(self.dropped("drop_oldest"), 0)

    def test_fail_stops_the_network_and_names_the_connection(self):
        with harness.Weir(FLOOD.format(then="fail")) as weir:
            self.assertEqual(weir.wait(), 1)
            self.assertIn("make.out -> slow.in", weir.stderr)
            self.assertIn("overflow.then: fail", weir.stderr)
            self.assertIn("0 left", weir.stderr)


class Concurrency(harness.TestCase):
    def numbers(self, units, order):
        with harness.Weir(CONCURRENT.format(units=units, order=order)) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            return [int(line) for line in weir.stdout.split()]

    def test_order_is_kept_beside_others(self):
        self.assertEqual(self.numbers(16, "keep"), list(range(2000)))

    def test_order_any_loses_nothing(self):
        self.assertEqual(sorted(self.numbers(16, "any")), list(range(2000)))

    def test_the_units_are_shown(self):
        with harness.Weir(CONCURRENT.format(units=16, order="keep"), "--stay") as weir:
            metrics = weir.wait_phase("ended").metrics()
            self.assertEqual(metrics.value("weir_process_concurrency", process="call"), 16)
            self.assert_identities(weir, metrics)


class Cycles(harness.TestCase):
    def test_a_cycle_ends_when_it_is_empty(self):
        with harness.Weir(CYCLE, "--stay") as weir:
            metrics = weir.wait_phase("ended").metrics()
            self.assert_identities(weir, metrics)
            self.assertEqual(metrics.value("weir_packets_ended_total", process="end",
                                           reason="consumed"), 5000)
            self.assertEqual(weir.stop(), 0)


class Rest(harness.TestCase):
    """An idle program uses no processor time: its threads do not even wake up."""

    @staticmethod
    def switches(weir):
        """How often each thread of the engine has given its processor away, and the main thread."""
        engine = {}
        for task in Path(f"/proc/{weir.process.pid}/task").iterdir():
            name = (task / "comm").read_text().strip()
            status = (task / "status").read_text()
            count = int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M)[1])
            if name.startswith("worker-") or name == "watch":
                engine[name] = count
            elif task.name == str(weir.process.pid):
                main = count
        return engine, main

    def test_idle_workers_and_their_watch_do_not_wake_up(self):
        with harness.Weir(IDLE, stdin=harness.subprocess.PIPE) as weir:
            weir.wait_phase("running")
            since = [None]

            def rests():
                # The main thread looks round once a second, so that it shows the time that passed.
                engine, main = self.switches(weir)
                if since[0] is None or since[0][0] != engine:
                    since[0] = engine, main
                return main >= since[0][1] + 3
            harness.poll(rests, "three looks of the main thread without a wake-up of the engine")
            weir.process.stdin.close()
            self.assertEqual(weir.wait(), 0)


if __name__ == "__main__":
    harness.main()
