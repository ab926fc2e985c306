#!/usr/bin/env python3
"""What the tuner reaches, beside what a search for the best fixed numbers finds."""

import argparse
import sys

from harness import allocation, places, response, sizing, tuning_cost, tuning_plot


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    graphs = what.add_parser("allocation", help="concurrency on random skewed graphs")
    graphs.add_argument("--graphs", type=int, default=50)
    graphs.add_argument("--seed", type=int, default=1)
    times = what.add_parser("response", help="time to 90 %% of the final throughput")
    times.add_argument("--rounds", type=int, default=5)
    what.add_parser("sizing", help="capacities for bursty and jittering consumers")
    what.add_parser("plot", help="draw docs/tuning.svg from two runs")
    cost = what.add_parser("cost", help="what tuning itself costs on W1")
    cost.add_argument("--pairs", type=int, default=30)
    cost.add_argument("--seconds", type=float, default=0.5)
    chosen = parser.parse_args()
    if chosen.what == "allocation":
        print(allocation.run(chosen.graphs, chosen.seed, say))
    elif chosen.what == "response":
        print(response.run(chosen.rounds))
    elif chosen.what == "sizing":
        print(sizing.run(say))
    elif chosen.what == "plot":
        tuning_plot.write(places.ROOT / "docs" / "tuning.svg")
    else:
        print(tuning_cost.run(chosen.pairs, chosen.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
