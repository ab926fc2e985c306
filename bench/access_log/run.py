#!/usr/bin/env python3
"""weir beside jq and a Node.js program: the same lines, the same job, interleaved, the same output.

The input is the recorded access log, without the lines that are not JSON, repeated up to a number of
lines. Prints the median time of each, lines per second, and how many times weir's the others take.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RECORDING = ROOT / "config" / "access-log" / "access.jsonl"
JQ = ("select(.status >= 500 or .request_time >= 0.5) | "
      "{time, status, took: .request_time, request: .method, uri}")


def is_json(line):
    try:
        json.loads(line.decode("utf-8"))
        return True
    except ValueError:
        return False


def write_input(path, lines):
    recorded = [line for line in RECORDING.read_bytes().splitlines(keepends=True) if is_json(line)]
    with open(path, "wb") as out:
        left = lines
        while left > 0:
            out.write(b"".join(recorded[:left]))
            left -= len(recorded)


def commands(folder):
    source = str(folder / "input.jsonl")
    weir = os.environ.get("WEIR", str(ROOT / "build" / "weir"))
    return {
        "weir": ([weir, "run", str(HERE / "graph.yaml"), "--listen", "127.0.0.1:0",
                  "--log-level", "error"],
                 {"INPUT": source, "OUTPUT": str(folder / "weir.out")}),
        "jq": (["sh", "-c", f'exec jq -c "$0" {source} > {folder}/jq.out', JQ], {}),
        "node": (["node", str(HERE / "filter.js"), source, str(folder / "node.out")], {}),
    }


def run(command, environment):
    """Wall-clock and processor seconds."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **environment},
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command[0]} failed")
    return took, usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_input(folder / "input.jsonl", options.lines)
        size = (folder / "input.jsonl").stat().st_size
        print(f"{options.lines} lines, {size / 1e6:.0f} MB, {options.rounds} rounds", flush=True)
        times = {}
        for _ in range(options.rounds):
            for program, (command, environment) in commands(folder).items():
                times.setdefault(program, []).append(run(command, environment))
        expected = (folder / "jq.out").read_bytes()
        for program in times:
            if (folder / f"{program}.out").read_bytes() != expected:
                sys.exit(f"the output of {program} is not that of jq")
        print(f"all wrote the same {expected.count(10)} lines")
        weir = statistics.median(wall for wall, _ in times["weir"])
        for program, runs in times.items():
            wall = statistics.median(wall for wall, _ in runs)
            cpu = statistics.median(cpu for _, cpu in runs)
            print(f"{program:5} {wall:7.2f} s {cpu:7.2f} s of processor "
                  f"{options.lines / wall:12,.0f} lines/s {wall / weir:6.2f} x weir's time")


if __name__ == "__main__":
    main()
