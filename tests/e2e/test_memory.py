"""The memory budget, rates and blocking components in the real program."""

import os
import signal
import subprocess
import unittest

import harness

FLOOD = """
name: flood
runtime: {memory: 32MiB}
processes:
  make: {component: core/generate, config: {size: 100kB}}
  slow: {component: core/pass, rate: 100/s}
  write: {component: file/write, config: {path: out.txt}}
connections:
  - {from: make.out, to: slow.in, capacity: 100000}
  - slow -> write
"""
RATE = """
name: rate
processes:
  make: {component: core/generate, config: {count: 100}}
  slow: {component: core/pass, rate: {rate: 1/h, burst: 3}}
  write: {component: file/write, config: {path: out.txt}}
connections:
  - make -> slow -> write
"""
BLOCK = """
name: block
runtime: {workers: 1}
processes:
  make: {component: core/generate, config: {count: 40}}
  block: {component: core/work, config: {block: 60s}, concurrency: 20}
  end: {component: core/discard}
  other: {component: core/generate, config: {count: 100000}}
  write: {component: file/write, config: {path: out.txt}}
connections:
  - make -> block -> end
  - other -> write
"""
IDLE = """
name: idle
processes:
  make: {component: core/generate, config: {rate: 1/h}}
  end: {component: core/discard}
connections:
  - make -> end
"""
SANITIZED = "asan" in harness.WEIR or "tsan" in harness.WEIR
JEMALLOC = "libjemalloc.so.2"


def has_jemalloc():
    done = subprocess.run(["true"], env={**os.environ, "LD_PRELOAD": JEMALLOC},
                          capture_output=True)
    return not done.stderr


class Budget(harness.TestCase):
    def test_a_flood_stays_inside_and_nothing_is_lost(self):
        with harness.Weir(FLOOD, "--drain-timeout", "120s") as weir:
            metrics = harness.poll(lambda: self.held(weir), "sources to be held")
            budget = metrics.value("weir_memory_bytes", kind="budget")
            self.assertEqual(budget, 32 * 2**20)
            self.assertLessEqual(metrics.value("weir_memory_bytes", kind="used"), budget)
            self.assertGreaterEqual(metrics.value("weir_memory_held_total"), 1)
            memory = weir.get("/api/v1/graph").json["memory"]
            self.assertEqual(memory["budget"], budget)
            self.assertGreaterEqual(memory["times_held"], 1)
            weir.signal(signal.SIGTERM)
            self.assertEqual(weir.wait(), 0, weir.stderr)
            with open(weir.path / "out.txt", "rb") as lines:
                for number, line in enumerate(lines):
                    self.assertEqual(line[:12].rstrip(b"."), str(number).encode())
            self.assertGreater(number, 100)

    def held(self, weir):
        metrics = weir.metrics()
        used = metrics.value("weir_memory_bytes", kind="used")
        self.assertLessEqual(used, 32 * 2**20)
        return metrics if metrics.value("weir_memory_holds_sources") == 1 else None

    def test_there_is_always_one_and_it_shows(self):
        with harness.Weir(IDLE) as weir:
            metrics = weir.wait_rest()
            kinds = {labels["kind"] for labels, _ in metrics.find("weir_memory_bytes")}
            self.assertEqual(kinds, {"budget", "used", "readers", "pool", "resident"} |
                             (set() if SANITIZED else {"heap"}))
            self.assertGreater(metrics.value("weir_memory_bytes", kind="budget"), 2**20)
            self.assertFalse(weir.get("/api/v1/graph").json["memory"]["holds_sources"])
            self.assertEqual(weir.stop(), 0)


class HeapProfile(harness.TestCase):
    def test_without_jemalloc_it_says_how(self):
        with harness.Weir(IDLE) as weir:
            answer = weir.get("/api/v1/heap-profile")
            self.assertEqual(answer.status, 501)
            self.assertIn("LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF=prof:true",
                          answer.json["detail"])

    @unittest.skipIf(SANITIZED, "sanitizers have an allocator of their own")
    @unittest.skipUnless(has_jemalloc(), "there is no libjemalloc.so.2")
    def test_with_jemalloc(self):
        with harness.Weir(IDLE, env={"LD_PRELOAD": JEMALLOC}) as weir:
            answer = weir.get("/api/v1/heap-profile")
            self.assertEqual(answer.status, 501)
            self.assertIn("does not profile", answer.json["detail"])
        profiled = {"LD_PRELOAD": JEMALLOC, "MALLOC_CONF": "prof:true,lg_prof_sample:12"}
        with harness.Weir(IDLE, env=profiled) as weir:
            answer = weir.get("/api/v1/heap-profile")
            self.assertEqual(answer.status, 200, answer.text)
            self.assertTrue(answer.text.startswith("heap_v2/"), answer.text[:100])
            self.assertGreater(weir.metrics().value("weir_memory_bytes", kind="heap"), 0)
            self.assertEqual(weir.stop(), 0, weir.stderr)


class Rate(harness.TestCase):
    def test_no_more_than_the_burst_passes_and_what_is_left_is_counted(self):
        with harness.Weir(RATE, "--drain-timeout", "100ms") as weir:
            harness.poll(lambda: self.activity(weir, "slow") == "throttled", "the rate to hold")
            metrics = weir.wait_rest()
            self.assertEqual(metrics.value("weir_packets_total", process="slow", port="in"), 3)
            self.assert_identities(weir, metrics)
            weir.signal(signal.SIGTERM)
            self.assertEqual(weir.wait(), 1)
            self.assertIn("97 packets could not be finished", weir.stderr)
            self.assertEqual((weir.path / "out.txt").read_text(), "0\n1\n2\n")

    def activity(self, weir, name):
        processes = weir.get("/api/v1/graph").json["processes"]
        return next(p["activity"] for p in processes if p["name"] == name)


class Blocking(harness.TestCase):
    def test_twenty_that_block_hold_up_nobody(self):
        with harness.Weir(BLOCK, "--drain-timeout", "100ms") as weir:
            harness.poll(lambda: weir.metrics().value("weir_blocking_threads") == 20,
                         "twenty threads")
            harness.poll(lambda: weir.metrics().value("weir_packets_total", process="write",
                                                      port="in") == 100_000, "the others")
            self.assertEqual(weir.get("/livez").status, 200)
            self.assertEqual(weir.metrics().value("weir_workers"), 1)
            weir.process.kill()


if __name__ == "__main__":
    harness.main()
