"""Random graphs with one planted bottleneck, and what limits them: by construction, and next."""

import dataclasses
import math
import random

KINDS = ("cpu", "waiting", "rate", "source", "cores", "resource", "loop")
# How much more than the planted bottleneck everything else could take at least.
MARGIN = 1.35
# What a real timer is late, in seconds.
LATE = 60e-6


@dataclasses.dataclass
class Place:
    """A process that costs something: packets through it for each of the source, and its share."""
    name: str
    visits: float
    spin: float = 0.0
    wait: float = 0.0
    units: int = 1
    late: float = 0.0

    def bound(self) -> float:
        service = self.spin + self.wait + (self.late if self.wait else 0)
        return self.units / (self.visits * service) if service else math.inf


@dataclasses.dataclass
class Planted:
    seed: int
    kind: str
    graph: dict
    places: list
    # What limits it: a process, or None for the machine and for loops.
    root: str | None
    # Packets a second that can leave the source.
    throughput: float
    # By bound: (kind, process), packets a second.
    bounds: dict


class Shape:
    """Grows a graph link by link; knows how many packets reach each."""

    def __init__(self, choose: random.Random):
        self.choose = choose
        self.processes = {"source": {"component": "core/generate"}}
        self.connections = []
        self.places = []
        self.tips = [("source", 1.0)]

    def add(self, component: str, **config) -> str:
        name = f"p{len(self.processes)}"
        self.processes[name] = {"component": component}
        if config:
            self.processes[name]["config"] = config
        return name

    def join(self, into: str) -> float:
        """Connects all open ends; answers the packets that arrive."""
        for end, _ in self.tips:
            self.connections.append(f"{end} -> {into}")
        return sum(visits for _, visits in self.tips)

    def work(self) -> None:
        name = self.add("core/work")
        visits = self.join(name)
        self.places.append(Place(name, visits))
        self.tips = [(name, visits)]

    def filter(self) -> None:
        every = self.choose.choice([2, 3, 5])
        name = self.add("core/sample", every=every)
        visits = self.join(name)
        self.tips = [(name, visits / every)]

    def multiply(self) -> None:
        name = self.add("core/clone")
        visits = self.join(name)
        self.tips = [(f"{name}.out[0]", visits), (f"{name}.out[1]", visits)]

    def fan(self) -> None:
        """Two branches that share the work."""
        name = self.add("core/split")
        visits = self.join(name)
        self.branches([(f"{name}.out[0]", visits / 2), (f"{name}.out[1]", visits / 2)])

    def diamond(self) -> None:
        """Two branches that get every packet."""
        name = self.add("core/pass")
        visits = self.join(name)
        self.branches([(name, visits), (name, visits)])

    def branches(self, tips) -> None:
        ends = []
        for tip in tips:
            self.tips = [tip]
            self.work()
            ends += self.tips
        self.tips = ends

    def cycle(self) -> None:
        """Every other packet goes round once more."""
        name = self.add("core/work")
        visits = 2 * self.join(name)
        self.places.append(Place(name, visits))
        split = self.add("core/split")
        self.connections += [f"{name} -> {split}", f"{split}.out[1] -> {name}"]
        self.tips = [(f"{split}.out[0]", visits / 2)]

    def end(self) -> None:
        name = self.add("core/discard")
        self.join(name)


def shape(choose: random.Random, simulated: bool) -> Shape:
    made = Shape(choose)
    made.work()
    for _ in range(choose.randint(1, 4)):
        kinds = [made.work, made.filter, made.multiply, made.fan, made.diamond]
        if not simulated or choose.random() < 0.5:
            kinds.append(made.cycle)
        choose.choice(kinds)()
        if sum(visits for _, visits in made.tips) < 0.1:
            break
    made.work()
    made.end()
    return made


def bounds_of(places, cores: int) -> dict:
    bounds = {}
    for place in places:
        kind = "cpu" if place.spin > place.wait else "waiting"
        bounds[(kind, place.name)] = place.bound()
    spun = sum(place.visits * place.spin for place in places)
    bounds[("cores", None)] = cores / spun if spun else math.inf
    return bounds


def costs(choose, places, kind: str, cores: int, simulated: bool):
    """Gives every process its cost: the planted one exactly what limits at a rate, the others a
    part of that. Answers the rate and the process."""
    root = choose.choice(places)
    for place in places:
        place.late = 0 if simulated else LATE
    spins = kind in ("cpu", "cores")
    target = 10 ** (choose.uniform(3.7, 4.3) if spins else choose.uniform(2.5, 3.5))
    if kind == "cores":
        # All take part, each with as many units as it likes.
        shares = [choose.uniform(0.7, 1.3) for _ in places]
        for place, share in zip(places, shares):
            place.spin = cores * share / sum(shares) / target / place.visits
            place.units = 4 * cores
        return target, None
    spare = 0.45 * (cores - (1 if kind == "cpu" else 0))
    for place in places:
        if place is root and kind in ("cpu", "waiting"):
            continue
        most = 1 / MARGIN / target / place.visits
        share = choose.uniform(0.05, 1) ** 2
        if not simulated and spare > 0.02 and choose.random() < 0.5:
            place.spin = most * share * min(1.0, spare)
            spare -= place.spin * place.visits * target
        else:
            place.units = choose.choice([1, 1, 2, 4, 8])
            place.wait = max(0.0, most * share * place.units - place.late)
    if kind == "cpu":
        root.spin = 1 / target / root.visits
    elif kind == "waiting":
        root.units = choose.choice([1, 2, 4, 8])
        root.wait = root.units / target / root.visits - root.late
    return target, root.name


def limit_rate(made, planted: Planted) -> None:
    made.processes[planted.root]["rate"] = (
        f"{planted.throughput * visits_of(made, planted.root):.3f}/s")


def visits_of(made, name: str) -> float:
    return next(place.visits for place in made.places if place.name == name)


def pace_source(made, planted: Planted) -> None:
    planted.root = "source"
    made.processes["source"]["config"] = {"rate": f"{planted.throughput:.3f}/s"}


def go_round(made, planted: Planted) -> None:
    """A copy of each packet goes round, for ever."""
    planted.root = None
    first = made.places[0].name
    copy, sink = made.add("core/clone"), made.add("core/discard")
    made.connections += [f"{first} -> {copy}", f"{copy}.out[0] -> {first}",
                         f"{copy}.out[1] -> {sink}"]


def ask_a_server(made, planted: Planted, url: str) -> None:
    """A process asks a server that answers after 20 ms, by a pool of four: 200 a second."""
    visits = visits_of(made, planted.root)
    asks, sink = made.add("http/request", url=url, resource="web", answer="body"), \
        made.add("core/discard")
    made.processes[asks].update(concurrency=16, order="any")
    made.connections.append(f"{planted.root} -> {asks} -> {sink}")
    planted.graph["resources"] = {"web": {"type": "http", "max": 4}}
    rate = 4 / 0.020 / visits
    slower = min(1.0, planted.throughput / rate)
    for place in made.places:
        place.spin *= slower
        place.wait *= slower
    planted.root, planted.throughput = asks, rate


def short(chain: str) -> list[dict]:
    """Connections that are full soon, so that a few seconds show the steady state."""
    ends = chain.split(" -> ")
    return [{"from": a, "to": b, "capacity": {"max": 128}} for a, b in zip(ends, ends[1:])]


def make(seed: int, cores: int = 2, simulated: bool = False, url: str | None = None) -> Planted:
    """Where `simulated`, nothing spins. `url`: a server that answers after 20 ms."""
    choose = random.Random(seed)
    kinds = ["waiting", "rate", "source", "loop"] if simulated else [
        kind for kind in KINDS if url or kind != "resource"]
    kind = kinds[seed % len(kinds)]
    made = shape(choose, simulated)
    target, root = costs(choose, made.places, kind, cores, simulated)
    planted = Planted(seed, kind, {"name": f"planted-{seed}"}, made.places, root, target, {})
    if kind == "rate":
        limit_rate(made, planted)
    elif kind == "source":
        pace_source(made, planted)
    elif kind == "loop":
        go_round(made, planted)
    elif kind == "resource":
        ask_a_server(made, planted, url)
    for place in made.places:
        config = made.processes[place.name].setdefault("config", {})
        if place.spin:
            config["spin"] = f"{place.spin * 1e9:.0f}ns"
            config["serial"] = kind != "cores"
        if place.wait:
            config["wait"] = f"{place.wait * 1e9:.0f}ns"
        made.processes[place.name]["concurrency"] = place.units
    planted.bounds = {key: value for key, value in bounds_of(made.places, cores).items()
                      if value < math.inf}
    if kind in ("rate", "source", "resource"):
        planted.bounds[(kind, planted.root)] = planted.throughput
    planted.graph.update(processes=made.processes, connections=[
        connection for chain in made.connections for connection in short(chain)])
    return planted
