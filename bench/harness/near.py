"""Random graphs whose first and second limit are 1.05 to 1.6 apart: is the root named, does what
the report predicts of a change come true when it is made, and does what it says limit then?"""

import copy
import json
import random
import statistics
import time
import urllib.request

from . import planted
from .diagnosis import named
from .running import Running

TIE = 1.05


class Near:
    """A graph with spins and waits mixed, one to three units each, and on some a paced source."""

    def __init__(self, seed: int, cores: int):
        choose = random.Random(seed)
        made = planted.shape(choose, simulated=False)
        self.cores, self.made, self.places = cores, made, made.places
        first = 10 ** choose.uniform(2.3, 3.2)
        second = first * choose.uniform(1.05, 1.6)
        limits = [*self.places, "source", "cores"]
        choose.shuffle(limits)
        rates = {0: first, 1: second}
        pps = {id(limit) if isinstance(limit, planted.Place) else limit:
               rates.get(at, second * choose.uniform(1.02, 3)) for at, limit in enumerate(limits)}
        for place in self.places:
            place.units, place.late = choose.randint(1, 3), planted.LATE
            service = place.units / (place.visits * pps[id(place)])
            place.spin = service * choose.choice([0, 1, choose.uniform(0.1, 0.9)])
            place.wait = max(0.0, service - place.spin - place.late)
        self.pace = pps["source"] if choose.random() < 0.5 or "source" in limits[:2] else None
        # What the machine cannot do beside the rest waits instead.
        spins = sum(place.visits * place.spin for place in self.places)
        factor = min(1.0, cores / spins / pps["cores"]) if spins else 1
        for place in self.places:
            place.wait += (1 - factor) * place.spin
            place.spin *= factor

    def graph(self) -> dict:
        processes = copy.deepcopy(self.made.processes)
        if self.pace:
            processes["source"]["config"] = {"rate": f"{self.pace:.3f}/s"}
        for place in self.places:
            processes[place.name].update(
                concurrency=place.units,
                config={"spin": f"{place.spin * 1e9:.0f}ns", "wait": f"{place.wait * 1e9:.0f}ns"})
        return {"name": "near", "processes": processes, "connections": [
            connection for chain in self.made.connections for connection in planted.short(chain)]}

    def bounds(self) -> dict:
        bounds = {("unit", place.name): place.bound() for place in self.places}
        spins = sum(place.visits * place.spin for place in self.places)
        if spins:
            bounds[("cores", None)] = self.cores / spins
        if self.pace:
            bounds[("source", "source")] = self.pace
        return bounds

    def right(self, limit: dict | None) -> bool:
        """Limits that are as near to one another as that are both right."""
        kind, process = named(limit)
        kind = "unit" if kind in ("cpu", "waiting") else kind
        bounds = self.bounds()
        return bounds.get((kind, process), float("inf")) <= TIE * min(bounds.values())

    def with_change(self, change: dict) -> "Near | None":
        changed = copy.deepcopy(self)
        if "cores" in change or "workers" in change:
            return None
        place = next((p for p in changed.places if p.name == change.get("process")), None)
        if place is None:
            return None
        if "concurrency" in change:
            place.units = int(change["concurrency"])
        elif "service" in change:
            place.spin *= change["service"]
            place.wait *= change["service"]
            place.late *= change["service"]
        else:
            return None
        return changed


def ask(weir: Running, change: dict) -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{weir.port}/api/v1/report", method="POST",
        data=json.dumps({"if": [change]}).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def one(seed: int, cores: int, seconds: float) -> dict:
    case = Near(seed, cores)
    choose = random.Random(seed)
    predictions = []
    with Running(case.graph(), workers=cores) as weir:
        time.sleep(seconds)
        report = weir.get("/api/v1/report")
        other = choose.choice(case.places)
        changes = [proposal["change"] for proposal in report["changes"][:1]]
        changes += [{"process": other.name, "concurrency": other.units + 1},
                    {"process": other.name, "service": 0.5}]
        for change in changes:
            if case.with_change(change) is not None:
                predictions.append((change, ask(weir, change)))
    row = {"seed": seed, "right": case.right(report["limit"]), "named": named(report["limit"]),
           "pps": report["throughput_pps"], "bounds": sorted(case.bounds().items(),
                                                             key=lambda item: item[1])[:3],
           "changes": []}
    for change, predicted in predictions:
        changed = case.with_change(change)
        with Running(changed.graph(), workers=cores) as weir:
            time.sleep(seconds)
            after = weir.get("/api/v1/report")
        row["changes"].append({
            "change": change, "predicted": predicted["throughput_pps"],
            "measured": after["throughput_pps"],
            "next_right": named(predicted["limit"]) == named(after["limit"])
            or changed.right(predicted["limit"])})
    return row


def run(graphs: int, first: int, cores: int, seconds: float, say) -> str:
    rows = []
    for seed in range(first, first + graphs):
        try:
            rows.append(one(seed, cores, seconds))
        except (RuntimeError, OSError, KeyError) as error:
            say(f"seed {seed}: {error!r}")
            continue
        row = rows[-1]
        say(f"seed {seed}: {'right' if row['right'] else 'WRONG'}: {row['named']} at "
            f"{row['pps']:.0f}/s; {row['bounds']}")
        for each in row["changes"]:
            say(f"  {each['change']}: {each['predicted']:.0f} predicted, "
                f"{each['measured']:.0f} measured, next "
                f"{'right' if each['next_right'] else 'WRONG'}")
    changes = [each for row in rows for each in row["changes"]]
    if not changes:
        return "nothing was measured"
    errors = sorted(abs(each["predicted"] / max(each["measured"], 1e-9) - 1) for each in changes)
    rights = 100 * sum(row["right"] for row in rows) / len(rows)
    nexts = 100 * sum(each["next_right"] for each in changes) / len(changes)
    return (f"{len(rows)} graphs whose limits are near: the root is named right in {rights:.1f} %; "
            f"{len(changes)} changes made: error of what was predicted "
            f"{100 * statistics.median(errors):.1f} % in the median, "
            f"{100 * errors[int(0.95 * (len(errors) - 1))]:.1f} % at the 95th percentile; what "
            f"limits next is right in {nexts:.1f} %")
