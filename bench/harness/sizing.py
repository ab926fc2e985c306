"""`capacity: auto` against the best fixed capacity, where consumers pause and jitter."""

import statistics
import time

from .running import Running, packets_into, rate

CAPACITIES = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536]


def cases() -> list[dict]:
    """Twenty tandems of two costs: equal or uneven, paid evenly, with jitter, or in bursts."""
    found = []
    for mean, uneven in ((5, 1.0), (20, 1.0), (100, 1.0), (20, 1.3)):
        for kind in ("even", "jitter", "bursts", "long bursts", "both burst"):
            first, second = {"spin": f"{mean}us"}, {"spin": f"{mean * uneven:.1f}us"}
            if kind == "jitter":
                first["jitter"] = second["jitter"] = True
            elif kind != "even":
                every = 50 if kind == "bursts" else 400
                second = {"spin": f"{mean * uneven * every:.0f}us", "every": every}
                if kind == "both burst":
                    first = {"spin": f"{mean * every:.0f}us", "every": every}
            found.append({"name": f"{mean} us x {uneven:g}, {kind}", "first": first,
                          "second": second})
    return found


def graph_of(case: dict, capacity) -> dict:
    return {"name": "sizing",
            "processes": {
                "source": {"component": "core/generate"},
                "first": {"component": "core/work", "config": case["first"], "concurrency": 1},
                "second": {"component": "core/work", "config": case["second"], "concurrency": 1},
                "sink": {"component": "core/discard"}},
            "connections": [{"from": "source", "to": "first", "capacity": 64},
                            {"from": "first", "to": "second", "capacity": capacity},
                            {"from": "second", "to": "sink", "capacity": 64}]}


def measure(case: dict, capacity, warm: float, seconds: float) -> tuple[float, float]:
    """Throughput, and the mean capacity while it was measured."""
    with Running(graph_of(case, capacity)) as weir:
        time.sleep(warm)
        points, capacities = [], []
        for at, graph in weir.watch(seconds):
            points.append((at, packets_into(graph, "sink")))
            capacities.append(next(c["capacity"] for c in graph["connections"]
                                   if c["name"] == "first.out -> second.in"))
        return rate(points, 0, seconds + 1), statistics.mean(capacities)


def run(say, warm: float = 0.4, seconds: float = 1.2) -> str:
    ratios, memory = [], []
    for case in cases():
        fixed = {c: measure(case, c, warm, seconds)[0] for c in CAPACITIES}
        best = max(fixed, key=fixed.get)
        # The best and auto once more, side by side.
        auto = [measure(case, "auto", 4.0, 2.0), measure(case, "auto", 4.0, 2.0)]
        again = [measure(case, best, warm, 2.0)[0], measure(case, best, warm, 2.0)[0]]
        reached = statistics.mean(a[0] for a in auto)
        size = statistics.mean(a[1] for a in auto)
        smallest = min(c for c, pps in fixed.items() if pps >= 0.97 * fixed[best])
        ratios.append(reached / statistics.mean(again))
        memory.append(size / smallest)
        say(f"{case['name']}: auto {reached:.0f}/s at {size:.0f}, {ratios[-1]:.3f} of the best "
            f"({best}); the smallest within 3 % is {smallest}")
    return "\n".join([
        f"{len(ratios)} bursty and jittering consumers, capacity: auto",
        f"  throughput against the best fixed capacity: median {statistics.median(ratios):.3f}, "
        f"worst {min(ratios):.3f}",
        f"  mean capacity against the smallest fixed one within 3 % of the best: median "
        f"{statistics.median(memory):.2f}, worst {max(memory):.2f}"])
