#!/usr/bin/env python3
"""How right the bottleneck report is: on random graphs with a planted bottleneck, and how soon."""

import argparse
import json
import os
import sys

from harness import diagnosis, diagnosis_delay, near, planted


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    graphs = what.add_parser("planted", help="is the root named right, do predictions come true")
    graphs.add_argument("--graphs", type=int, default=300)
    graphs.add_argument("--seed", type=int, default=0)
    graphs.add_argument("--seconds", type=float, default=3)
    graphs.add_argument("--follow", type=int, default=1,
                        help="make the proposed change for every so many; 0 for none")
    graphs.add_argument("--near", action="store_true",
                        help="first and second limit 1.05 to 1.6 apart; all kinds of changes")
    graphs.add_argument("--cores", type=int, default=min(2, os.cpu_count() or 1),
                        help="with --near: workers, all of which must have a processor")
    delay = what.add_parser("delay", help="how soon a new root is named")
    delay.add_argument("--changes", type=int, default=20)
    show = what.add_parser("show", help="print a random graph")
    show.add_argument("seed", type=int)
    corpus = what.add_parser("corpus", help="graphs for tests/diagnosis, one JSON a line")
    corpus.add_argument("--graphs", type=int, default=60)
    chosen = parser.parse_args()
    if chosen.what == "planted" and chosen.near:
        print(near.run(chosen.graphs, chosen.seed, chosen.cores, max(chosen.seconds, 6), say))
    elif chosen.what == "planted":
        print(diagnosis.run(chosen.graphs, chosen.seed, chosen.seconds, chosen.follow, say))
    elif chosen.what == "delay":
        print(diagnosis_delay.run(chosen.changes, say))
    elif chosen.what == "show":
        case = planted.make(chosen.seed, url="http://127.0.0.1:8080/")
        print(json.dumps(case.graph, indent=1))
        say(f"{case.kind} of {case.root}, {case.throughput:.0f}/s; {case.bounds}")
    else:
        for seed in range(chosen.graphs):
            case = planted.make(seed, cores=1, simulated=True)
            print(json.dumps({"kind": case.kind, "root": case.root, "pps": case.throughput,
                              "graph": json.dumps(case.graph)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
