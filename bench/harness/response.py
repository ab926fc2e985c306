"""How long it takes to reach 90 % of the final throughput after a start from one unit each."""

import statistics

from .running import Running, rate

WAITS = ("1ms", "5ms", "20ms", "100ms")


def graph_of(wait: str) -> dict:
    return {"name": "response",
            "processes": {"source": {"component": "core/generate"},
                          "work": {"component": "core/work", "config": {"wait": wait},
                                   "concurrency": {"max": 100}},
                          "sink": {"component": "core/discard"}},
            "connections": ["source -> work -> sink"]}


def seconds_to_reach(points: list[tuple], share: float) -> float:
    final = rate(points, points[-1][0] - 2, points[-1][0])
    for before, after in zip(points, points[2:]):
        if (after[1] - before[1]) / (after[0] - before[0]) >= share * final:
            return before[0]
    return points[-1][0]


def run(rounds: int) -> str:
    lines = ["seconds from the start with one unit to 90 % of the throughput with a hundred"]
    for wait in WAITS:
        times = []
        for _ in range(rounds):
            with Running(graph_of(wait)) as weir:
                times.append(seconds_to_reach(weir.series(6, "sink", 0.05), 0.9))
        lines.append(f"  wait {wait:>5}: median {statistics.median(times):.2f} s, "
                     f"worst {max(times):.2f} s")
    return "\n".join(lines)
