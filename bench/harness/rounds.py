"""Runs the contestants of a workload, interleaved, and keeps what they measured."""

import statistics
from collections.abc import Callable

from .workloads import Contestant, Sample, Workload

WARM_UP_SECONDS = 0.5


def run(workload: Workload, families: set[str] | None, rounds: int, seconds: float,
        say: Callable[[str], None]) -> dict:
    """The part of results.json that belongs to this workload."""
    chosen = [c for c in workload.contestants
              if families is None or c.family == "weir" or c.family in families]
    workload.prepare()
    entries = [_entry(contestant) for contestant in chosen]
    ready = [(c, e) for c, e in zip(chosen, entries) if "missing" not in e]
    for contestant, entry in ready:
        _run_once(workload, contestant, entry, min(seconds, WARM_UP_SECONDS), keep=False)
    for number in range(rounds):
        say(f"{workload.name}: round {number + 1} of {rounds}")
        # Who goes first changes, so that nobody always follows the same one.
        turn = number % max(1, len(ready))
        for contestant, entry in ready[turn:] + ready[:turn]:
            _run_once(workload, contestant, entry, seconds, keep=True)
    for entry in entries:
        entry["median"] = _medians(entry["samples"])
        entry["spread"] = _spread(entry["samples"], workload.measures[0].key)
    return {"name": workload.name, "title": workload.title, "hops": workload.hops,
            "rounds": rounds, "seconds": seconds, "contestants": entries}


def _entry(contestant: Contestant) -> dict:
    entry = {"name": contestant.name, "group": contestant.group, "samples": []}
    missing = contestant.missing()
    if missing:
        entry["missing"] = missing
    return entry


def _run_once(workload: Workload, contestant: Contestant, entry: dict, seconds: float,
              keep: bool) -> None:
    # One failure says enough: the same would only happen again, and take its time.
    if "failed" in entry:
        return
    try:
        sample = contestant.run(seconds)
    except RuntimeError as error:
        entry["failed"] = str(error)
        return
    if keep:
        entry["samples"].append(_with_processor_time(sample, workload.hops))


def _with_processor_time(sample: Sample, hops: int | None) -> Sample:
    if sample.get("packets") and "cpu_s" in sample:
        sample["cpu_ns_per_packet"] = sample["cpu_s"] / sample["packets"] * 1e9
        if hops:
            sample["cpu_ns_per_hop"] = sample["cpu_ns_per_packet"] / hops
    return sample


def _medians(samples: list[Sample]) -> Sample:
    return {key: statistics.median(sample[key] for sample in samples if key in sample)
            for key in (samples[0] if samples else {})}


def _spread(samples: list[Sample], key: str) -> float | None:
    """From the least to the greatest, as a share of the median."""
    values = [sample[key] for sample in samples if key in sample]
    middle = statistics.median(values) if values else 0
    return (max(values) - min(values)) / middle if middle else None
