#!/usr/bin/env python3
"""weir beside its peers on the same work: interleaved runs, medians, one table. docs/benchmarks.md
says what is compared. Results are kept in build/bench/results.json."""

import argparse
import os
import pathlib
import sys

from harness import metrics_cost, page, places, plot, rounds, store, table
from harness.workloads import all_workloads


def words(text: str) -> set[str]:
    return {word for word in text.split(",") if word}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog="./dev bench --parts [...] runs the benchmarks of the parts with Google Benchmark's "
        "options, ./dev bench --access-log weir beside jq and Node.js.")
    parser.add_argument("--only", type=words, metavar="W1,W5", help="these workloads")
    parser.add_argument("--peers", type=words, metavar="go,tbb", help="weir and these peers")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each contestant")
    parser.add_argument("--seconds", type=float, help="of each run; default 2, or 0.5 for "
                        "--metrics-cost")
    parser.add_argument("--plot", action="store_true",
                        help="draw docs/benchmarks.svg from the results of the last runs")
    parser.add_argument("--write-docs", action="store_true",
                        help="put the table of the last runs into docs/benchmarks.md")
    parser.add_argument("--metrics-cost", action="store_true",
                        help="compare weir with one built without figures instead")
    parser.add_argument("--pairs", type=int, default=30, help="runs for --metrics-cost")
    parser.add_argument("--bare", type=pathlib.Path, default=places.BARE,
                        help="the program built without figures")
    return parser.parse_args()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def measure(chosen: argparse.Namespace, workloads: list) -> int:
    known = {workload.key for workload in workloads}
    unknown = (chosen.only or set()) - known
    if unknown:
        raise RuntimeError(f"unknown workloads {', '.join(sorted(unknown))}; there are "
                           f"{', '.join(sorted(known))}")
    load = os.getloadavg()[0]
    if load > 0.5:
        say(f"The machine is not idle (load {load:.1f}): look at the column spread.")
    picked = [w for w in workloads if chosen.only is None or w.key in chosen.only]
    results = [rounds.run(workload, chosen.peers, chosen.rounds, chosen.seconds or 2.0, say)
               for workload in picked]
    store.merge(results)
    print(table.text(results, workloads))
    return 1 if any("failed" in e for r in results for e in r["contestants"]) else 0


def show(chosen: argparse.Namespace, workloads: list) -> None:
    results = store.load()
    if not results:
        raise RuntimeError(f"no {places.RESULTS}: run ./dev bench first")
    if chosen.plot:
        plot.write(places.PLOT, results, workloads)
    if chosen.write_docs:
        picture = f"\n\n![The results as bars]({places.PLOT.name})" if places.PLOT.exists() else ""
        page.fill(places.PAGE, table.markdown(results, workloads) + picture)


def main() -> int:
    chosen = options()
    try:
        if chosen.metrics_cost:
            print(metrics_cost.run(places.WEIR, chosen.bare, chosen.pairs, chosen.seconds or 0.5))
            return 0
        if chosen.plot or chosen.write_docs:
            show(chosen, all_workloads())
            return 0
        return measure(chosen, all_workloads())
    except RuntimeError as error:
        say(f"bench: {error}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
