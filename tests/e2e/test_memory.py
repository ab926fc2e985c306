"""The memory budget, rates and blocking components in the real program."""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import unittest
import urllib.error
import urllib.request

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
CLIENTS = """
name: clients
runtime: {memory: 32MiB}
processes:
  listen: {component: http/listen, config: {address: "127.0.0.1:0"}}
  work: {component: core/work, config: {wait: 100us}}
  end: {component: core/discard}
connections: [listen -> work -> end]
"""
LONG_LINE = """
name: long-line
runtime: {memory: 16MiB}
processes:
  read: {component: file/read, config: {path: long.txt, max_line: 64MiB}}
  write: {component: file/write, config: {path: out.txt}}
  reject: {component: file/write, config: {path: rejected.jsonl}}
connections:
  - read -> write
  - read.error -> reject
"""
GROWING = """
name: growing
processes:
  make: {component: core/generate, config: {count: 1000}}
  a: {component: core/clone}
  b: {component: core/clone}
connections:
  - make -> a
  - {from: "a.out[0]", to: b.in, overflow: {limit: 1000, then: fail}}
  - {from: "b.out[0]", to: a.in, overflow: {limit: 1000, then: fail}}
  - {from: "b.out[1]", to: a.in, overflow: {limit: 1000, then: fail}}
"""
SANITIZED = "asan" in harness.WEIR or "tsan" in harness.WEIR
JEMALLOC = "libjemalloc.so.2"


def has_jemalloc():
    done = subprocess.run(["true"], env={**os.environ, "LD_PRELOAD": JEMALLOC},
                          capture_output=True)
    return not done.stderr


class Budget(harness.TestCase):
    def test_buffers_of_many_clients_do_not_hold_the_source_for_ever(self):
        body = b"".join(b"%0999d\n" % number for number in range(100))
        clients = 150
        with harness.Weir(CLIENTS, "--drain-timeout", "120s") as weir:
            weir.wait_phase("running")
            weir.wait_stderr("takes lines at ")
            url = re.search(r"takes lines at (http://\S+)", weir.stderr)[1]

            def post(_):
                # Held back is one that is refused; it sends again until it is taken.
                request = urllib.request.Request(url, data=body, method="POST",
                                                 headers={"Content-Type": "text/plain"})

                def taken():
                    try:
                        with urllib.request.urlopen(request, timeout=harness.PATIENCE_S) as answer:
                            return json.load(answer)["packets"]
                    except urllib.error.HTTPError as error:
                        if error.code != 429:
                            raise
                        return None
                return harness.poll(taken, "an answer of 200")

            with concurrent.futures.ThreadPoolExecutor(clients) as pool:
                self.assertEqual(list(pool.map(post, range(clients))), [100] * clients)
            self.assertEqual(weir.get("/readyz").status, 200)
            self.assertEqual(weir.stop(), 0, weir.stderr)
            self.assertIn(f"handled {100 * clients} packets", weir.stderr)

    def test_what_comes_after_a_line_beyond_the_budget_arrives(self):
        files = {"long.txt": "x" * (8 << 20) + "\nafter\n"}
        with harness.Weir(LONG_LINE, files=files) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            self.assertEqual((weir.path / "out.txt").read_text(), "after\n")
            rejected = json.loads((weir.path / "rejected.jsonl").read_text())
            self.assertEqual(rejected["kind"], "too_long")
            self.assertIn("16MiB", rejected["error"])

    def test_a_cycle_that_overflows_with_fail_ends(self):
        with harness.Weir(GROWING) as weir:
            self.assertEqual(weir.wait(), 1, weir.stderr)
            self.assertIn("overflow.then: fail", weir.stderr)

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
