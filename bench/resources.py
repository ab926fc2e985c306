#!/usr/bin/env python3
"""Pools and postgres/write against a real PostgreSQL on loopback: rows a second with COPY, also of
documents with different keys, and what a pool does under a load that steps from 10 to 1000 requests
a second and back. docs/resources.md has the results. Needs the optimised program: ./dev build."""

import argparse
import contextlib
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
os.environ.setdefault("WEIR", str(ROOT / "build" / "weir"))
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import harness  # noqa: E402
import postgres  # noqa: E402

ENVIRONMENT = {"WEIR_TEST_PASSWORD": postgres.PASSWORD}

COPY = """
name: rows
{resource}
processes:
  make:
    component: core/generate
    config: {{count: {count}, fields: {{id: "{{n}}", name: "user {{n}}", share: 0.5, paid: true}}}}
  write: {{component: postgres/write, concurrency: {units}, config: {{resource: db, table: rows, batch: {batch}}}}}
connections: [make -> write]
"""

STEPS = """
name: steps
resources:
  db:
    type: postgres
    min: 1
    max: 100
    config: {{port: {port}, password_env: WEIR_TEST_PASSWORD, shrink_after: 5s}}
processes:
  read: {{component: stdin/read}}
  parse: {{component: json/parse}}
  write:
    component: postgres/write
    concurrency: 256
    order: any
    config: {{resource: db, table: steps, mode: insert, batch: 1, linger: 0s}}
connections: [read -> parse -> write]
"""


def copy_rows(server, count, units, batch):
    """Rows a second, from the start of the program to its end."""
    server.sql("drop table if exists rows; "
               "create table rows (id bigint, name text, share float8, paid bool)")
    graph = COPY.format(resource=server.resource(), count=count, units=units, batch=batch)
    begin = time.monotonic()
    with harness.Weir(graph, env=ENVIRONMENT, listen=None) as weir:
        code = weir.wait()
        took = time.monotonic() - begin
        assert code == 0, weir.stderr
    assert server.value("select count(*) from rows") == str(count)
    return count / took


KEYS = """
name: keys
{resource}
processes:
  read: {{component: file/read, config: {{path: in.jsonl}}}}
  parse: {{component: json/parse}}
  write: {{component: postgres/write, config: {{resource: db, table: rows}}}}
connections: [read -> parse -> write]
"""


def keyed_rows(server, count, sets):
    """Rows a second of documents with so many sets of keys, in turn."""
    server.sql("drop table if exists rows; create table rows (id bigint, name text, share float8, "
               "paid bool, a int, b int, c int)")
    columns = ["paid", "a", "b", "c"]
    lines = []
    for number in range(count):
        row = {"id": number, "name": f"user {number}", "share": 0.5, "paid": True, "a": 1, "b": 2, "c": 3}
        # A set leaves out the columns that the bits of its number name.
        for bit, column in enumerate(columns):
            if number % sets >> bit & 1:
                del row[column]
        lines.append(json.dumps(row))
    begin = time.monotonic()
    with harness.Weir(KEYS.format(resource=server.resource()), env=ENVIRONMENT, listen=None,
                      files={"in.jsonl": "\n".join(lines) + "\n"}) as weir:
        code = weir.wait()
        took = time.monotonic() - begin
        assert code == 0, weir.stderr
    assert server.value("select count(*) from rows") == str(count)
    return count / took


class Requests:
    """Lines to weir's standard input at random times, at a rate that can be changed."""

    def __init__(self, weir):
        self.pipe = weir.process.stdin
        self.rate = 0.0
        self.over = False
        self.sent = 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        due = time.monotonic()
        while not self.over:
            if self.rate == 0:
                time.sleep(0.001)
                due = time.monotonic()
                continue
            due += random.expovariate(self.rate)
            wait = due - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            self.pipe.write(b'{"id": %d}\n' % self.sent)
            self.pipe.flush()
            self.sent += 1

    def end(self):
        self.over = True
        self.thread.join()
        self.pipe.close()


def histogram(metrics, name):
    buckets = {float(labels["le"]): value for labels, value in
               metrics.find(f"weir_resource_pool_{name}_seconds_bucket", pool="db")}
    return buckets, metrics.value(f"weir_resource_pool_{name}_seconds_sum", pool="db")


def between(before, after):
    return ({bound: after[0][bound] - before[0][bound] for bound in after[0]}, after[1] - before[1])


def mean(times):
    count = times[0][float("inf")]
    return times[1] / count if count else 0.0


def percentile(times, share):
    """As Prometheus's histogram_quantile does it: linear within a bucket."""
    wanted = share * times[0][float("inf")]
    low, below = 0.0, 0.0
    for bound, count in sorted(times[0].items()):
        if count >= wanted:
            if bound == float("inf"):
                return low
            return low + (bound - low) * ((wanted - below) / (count - below) if count > below else 0)
        low, below = bound, count
    return low


def least_that_does(rate, hold, patience, requests=40_000):
    """The least number of connections with which the p99 wait is within `patience`, by trial:
    requests at random times that hold one for `hold`."""
    source = random.Random(1)
    arrivals, now = [], 0.0
    for _ in range(requests):
        now += source.expovariate(rate)
        arrivals.append(now)
    for size in range(1, 1000):
        free = [0.0] * size
        waits = []
        for number, arrival in enumerate(arrivals):
            # Equal times of holding: they become free in the order in which they were taken.
            begin = max(arrival, free[number % size])
            free[number % size] = begin + hold
            waits.append(begin - arrival)
        waits.sort()
        if waits[int(0.99 * len(waits))] <= patience:
            return size
    return None


def watch(weir, seconds):
    """The settled figures of so long a time."""
    before = weir.metrics()
    sizes = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        sizes.append(weir.metrics().value("weir_resource_pool_size", pool="db"))
        time.sleep(0.1)
    after = weir.metrics()
    times = {name: between(histogram(before, name), histogram(after, name))
             for name in ("wait", "hold")}
    times["creation"] = histogram(after, "creation")
    return sizes, times, after


def steps(server, hold_ms, settle, seconds):
    server.sql(f"""
        drop table if exists steps; create table steps (id bigint);
        create or replace function nap() returns trigger language plpgsql as $$ begin
          perform pg_sleep({hold_ms / 1000}); return null; end $$;
        create trigger nap after insert on steps for each statement execute function nap()""")
    results = []
    with harness.Weir(STEPS.format(port=server.port), stdin=subprocess.PIPE,
                      env=ENVIRONMENT) as weir:
        requests = Requests(weir)
        for rate in (10, 1000, 10):
            requests.rate = rate
            time.sleep(settle)
            sizes, times, metrics = watch(weir, seconds)
            creation, hold = mean(times["creation"]), mean(times["hold"])
            sizes.sort()
            results.append({
                "rate": times["wait"][0][float("inf")] / seconds, "size": sizes[len(sizes) // 2],
                "sizes": [sizes[0], sizes[-1]], "hold_ms": 1e3 * hold, "creation_ms": 1e3 * creation,
                "p99_wait_ms": 1e3 * percentile(times["wait"], 0.99),
                "least": least_that_does(rate, hold, creation)})
            print(json.dumps(results[-1]), flush=True)
        errors = metrics.sum("weir_errors_total") + metrics.sum("weir_resource_pool_timeouts_total")
        requests.end()
        assert weir.wait() == 0, weir.stderr
    assert int(server.value("select count(*) from steps")) == requests.sent
    for result in results:
        result["holds"] = (result["p99_wait_ms"] <= result["creation_ms"] and
                           abs(result["size"] - result["least"]) <= max(1, 0.2 * result["least"]))
    return results, errors


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["copy", "keys", "steps"])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hold", type=float, default=20, help="of a request, in ms")
    parser.add_argument("--settle", type=float, default=45, help="seconds after each step")
    parser.add_argument("--seconds", type=float, default=20, help="to watch after that")
    chosen = parser.parse_args()
    failed = False
    with contextlib.closing(postgres.Postgres(max_connections="200")) as server:
        if chosen.only in (None, "copy"):
            for units in (1, 2, 4):
                rates = sorted(copy_rows(server, chosen.rows, units, 1000)
                               for _ in range(chosen.rounds))
                print(f"COPY, concurrency {units}: {rates[len(rates) // 2]:,.0f} rows/s "
                      f"({rates[0]:,.0f} to {rates[-1]:,.0f})", flush=True)
                failed |= rates[len(rates) // 2] < 10_000
        if chosen.only in (None, "keys"):
            # Interleaved, since the machine has its own moods.
            rates = {sets: [] for sets in (1, 2, 4, 16)}
            for _ in range(chosen.rounds):
                for sets, found in rates.items():
                    found.append(keyed_rows(server, chosen.rows // 10, sets))
            equal = sorted(rates[1])[chosen.rounds // 2]
            for sets, found in rates.items():
                rate = sorted(found)[chosen.rounds // 2]
                print(f"{sets} sets of keys: {rate:,.0f} rows/s, {rate / equal:.2f} of equal keys",
                      flush=True)
                failed |= sets == 2 and rate < 0.5 * equal
        if chosen.only in (None, "steps"):
            results, errors = steps(server, chosen.hold, chosen.settle, chosen.seconds)
            failed |= errors != 0 or not all(result["holds"] for result in results)
            print(f"errors: {errors:.0f}; " + ("all held" if not failed else "NOT all held"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
