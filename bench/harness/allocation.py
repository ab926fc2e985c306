"""Concurrency left to weir against what a search finds: random skewed chains."""

import random
import statistics

from .running import Running, rate

UNITS = 512
# While the search goes on: with a fixed number the flow is steady as soon as these are full, whereas
# connections that become smaller let go for seconds of what is queued.
CAPACITY = 256
# Until that is over, too.
WARM = 4.0


def random_graph(seed: int) -> dict:
    """A chain of 3 to 12 processes that spin and wait; its costs are spread over two decades."""
    choose = random.Random(seed)
    processes = {"source": {"component": "core/generate"}}
    names = ["source"]
    for number in range(choose.randint(3, 12)):
        config = {}
        kind = choose.choice(["spin", "spin", "wait", "both"])
        if kind != "wait":
            config["spin"] = f"{10 ** choose.uniform(0, 2) :.1f}us"
        if kind != "spin":
            config["wait"] = f"{10 ** choose.uniform(2, 4):.0f}us"
        names.append(f"p{number}")
        processes[names[-1]] = {"component": "core/work", "config": config}
    processes["sink"] = {"component": "core/discard"}
    return {"name": f"skew-{seed}", "processes": processes,
            "connections": [" -> ".join(names + ["sink"])]}


def cost(process: dict) -> float:
    """Seconds of a unit for a packet."""
    config = process.get("config", {})
    return sum(float(config.get(key, "0us")[:-2]) * 1e-6 for key in ("spin", "wait"))


def with_units(graph: dict, units: dict[str, int], capacity: int | str = "auto") -> dict:
    processes = {name: dict(process) for name, process in graph["processes"].items()}
    for name, number in units.items():
        processes[name]["concurrency"] = number
    names = graph["connections"][0].split(" -> ")
    connections = [{"from": a, "to": b, "capacity": capacity} for a, b in zip(names, names[1:])]
    return {**graph, "processes": processes, "connections": connections}


def throughput(graph: dict, warm: float, seconds: float) -> float:
    with Running(graph) as weir:
        points = weir.series(warm + seconds, "sink")
    return rate(points, warm, warm + seconds + 1)


def search(graph: dict, warm: float, seconds: float) -> tuple[float, dict[str, int]]:
    """The best static allocation that is found: first units in proportion to the costs, for one
    total after the other, then one process at a time half and twice as many."""
    costs = {name: cost(process) for name, process in graph["processes"].items()
             if process["component"] == "core/work"}
    best, best_units = 0.0, {}

    def attempt(units: dict[str, int]) -> bool:
        nonlocal best, best_units
        reached = throughput(with_units(graph, units, CAPACITY), warm, seconds)
        if reached <= best:
            return False
        best, best_units = reached, units
        return True

    total = len(costs)
    without_gain = 0
    while total <= UNITS and without_gain < 2:
        share = total / sum(costs.values())
        units = {name: max(1, round(c * share)) for name, c in costs.items()}
        without_gain = 0 if attempt(units) else without_gain + 1
        total *= 2
    for name in sorted(costs, key=costs.get, reverse=True)[:3]:
        for factor in (2, 0.5):
            attempt({**best_units, name: max(1, round(best_units[name] * factor))})
    return best, best_units


def one(seed: int) -> dict:
    graph = random_graph(seed)
    work = [n for n, p in graph["processes"].items() if p["component"] == "core/work"]
    ones = throughput(with_units(graph, {name: 1 for name in work}, CAPACITY), 0.7, 1.0)
    best, units = search(graph, 0.7, 1.0)
    equal = max(1, round(sum(units.values()) / len(work)))
    # Interleaved, so that what the machine does otherwise falls on all.
    contestants = {"auto": graph, "best": with_units(graph, units),
                   "equal": with_units(graph, {name: equal for name in work})}
    reached = {name: [] for name in contestants}
    for _ in range(2):
        for name, contestant in contestants.items():
            reached[name].append(throughput(contestant, WARM, 2.0))
    row = {name: max(statistics.mean(rates), 1e-9) for name, rates in reached.items()}
    return {"seed": seed, "processes": len(work), "ones": ones, **row}


def run(graphs: int, first_seed: int, say) -> str:
    rows = []
    for seed in range(first_seed, first_seed + graphs):
        row = one(seed)
        rows.append(row)
        say(f"seed {seed}: {row['processes']} processes, auto {row['auto']:.0f}/s, "
            f"{row['auto'] / row['best']:.3f} of the best static, "
            f"{row['auto'] / row['ones']:.2f} of ones, {row['auto'] / row['equal']:.2f} of equal")
    against = {key: sorted(row["auto"] / max(row[key], 1e-9) for row in rows)
               for key in ("best", "ones", "equal")}
    return "\n".join([
        f"{graphs} random skewed graphs, everything on auto, throughput against",
        f"  the best static allocation found: median {statistics.median(against['best']):.3f}, "
        f"worst {against['best'][0]:.3f}",
        f"  one unit each: median {statistics.median(against['ones']):.2f}, "
        f"worst {against['ones'][0]:.3f}",
        f"  equal shares of the best's units: median {statistics.median(against['equal']):.2f}, "
        f"worst {against['equal'][0]:.3f}"])
