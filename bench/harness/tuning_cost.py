"""What tuning costs on W1: processor time per packet with the tuner on and off, in pairs."""

import statistics

from .metrics_cost import cost, interval
from .places import BUILD, GRAPHS, WEIR


def run(pairs: int, seconds: float) -> str:
    lines = [f"processor time per packet with tuning by without, one worker, {pairs} pairs of "
             f"{seconds:g} s"]
    for graph in ("w1-chain-3", "w1-chain-10"):
        ratios = []
        for number in range(pairs):
            order = (True, False) if number % 2 == 0 else (False, True)
            costs = {tuned: _cost(graph, tuned, seconds) for tuned in order}
            ratios.append(costs[True] / costs[False])
        low, high = interval(ratios)
        lines.append(f"{graph}: median {statistics.median(ratios):.4f}, "
                     f"95 % interval of the median {low:.4f} to {high:.4f}")
    return "\n".join(lines)


def _cost(graph: str, tuned: bool, seconds: float) -> float:
    path = GRAPHS / f"{graph}.yaml"
    if not tuned:
        untuned = BUILD / f"{graph}-untuned.yaml"
        untuned.parent.mkdir(parents=True, exist_ok=True)
        untuned.write_text(path.read_text() + "tuning: {enabled: false}\n")
        path = untuned
    return cost(WEIR, path, seconds)
