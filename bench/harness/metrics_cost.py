"""What measuring costs: the program as it is beside one built without its own figures, in pairs
of short runs, by processor time per packet. Pairs, because what else the machine does changes
slowly."""

import math
import pathlib
import statistics

from .peers import weir_command
from .places import GRAPHS
from .programs import absent, figures, run_json


def run(normal: pathlib.Path, bare: pathlib.Path, pairs: int, seconds: float) -> str:
    """The report; raises RuntimeError if a program is missing or fails."""
    for binary in (normal, bare):
        if absent(binary):
            raise RuntimeError(f"{absent(binary)}: build it first (the presets release and bare)")
    lines = [f"processor time per packet, {normal} by {bare}, one worker, {pairs} pairs of "
             f"{seconds:g} s"]
    for graph in ("w1-chain-3", "w1-chain-10"):
        ratios = [_pair(normal, bare, graph, seconds, number) for number in range(pairs)]
        low, high = interval(ratios)
        lines.append(f"{graph}: median {statistics.median(ratios):.4f}, "
                     f"95 % interval of the median {low:.4f} to {high:.4f}")
    return "\n".join(lines)


def interval(values: list[float], confidence: float = 0.95) -> tuple[float, float]:
    """For the median, from order statistics: how many values lie below it is binomial, whatever
    they are distributed like. The whole range if there are too few values for the confidence."""
    ordered = sorted(values)
    count = len(ordered)
    # The largest k for which less than half of what confidence leaves lies below the k-th value.
    below, cut = 0.0, 0
    while cut < count // 2:
        below += math.comb(count, cut) / 2**count
        if below > (1 - confidence) / 2:
            break
        cut += 1
    first = max(cut - 1, 0)
    return ordered[first], ordered[count - 1 - first]


def _pair(normal: pathlib.Path, bare: pathlib.Path, graph: str, seconds: float,
          number: int) -> float:
    path = GRAPHS / f"{graph}.yaml"
    if number % 2 == 0:
        return cost(normal, path, seconds) / cost(bare, path, seconds)
    bare_cost = cost(bare, path, seconds)
    return cost(normal, path, seconds) / bare_cost


def cost(binary: pathlib.Path, graph: pathlib.Path, seconds: float) -> float:
    """Seconds of processor time per packet, with one worker."""
    command = weir_command(binary, graph, seconds, workers=1)
    sample = figures(run_json(command, seconds), seconds)
    return sample["cpu_s"] / sample["packets"]
