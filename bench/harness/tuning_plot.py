"""docs/tuning.svg: two real runs, one of concurrency and one of capacity."""

import pathlib

from .running import Running, packets_into

UNITS = {"name": "units",
         "processes": {"source": {"component": "core/generate"},
                       "call": {"component": "core/work", "config": {"wait": "5ms"},
                                "concurrency": {"max": 200}},
                       "sink": {"component": "core/discard"}},
         "connections": ["source -> call -> sink"]}
ROOM = {"name": "room",
        "processes": {
            "source": {"component": "core/generate"},
            "first": {"component": "core/work", "config": {"spin": "20us"}, "concurrency": 1},
            "second": {"component": "core/work", "concurrency": 1,
                       "config": {"spin": "40ms", "every": 2000}},
            "sink": {"component": "core/discard"}},
        "connections": [{"from": "source", "to": "first", "capacity": 64},
                        {"from": "first", "to": "second", "capacity": {"min": 8}},
                        "second -> sink"]}


def _watch(graph: dict, seconds: float, read) -> tuple[list, list, list]:
    """Times, packets a second into the sink, and what `read` finds in the graph."""
    times, rates, values = [], [], []
    with Running(graph) as weir:
        last = None
        for now, figures in weir.watch(seconds, 0.05):
            count = packets_into(figures, "sink")
            if last is not None:
                times.append(now)
                rates.append((count - last[1]) / (now - last[0]))
                values.append(read(figures))
            last = (now, count)
    return times, rates, values


def write(path: pathlib.Path) -> None:
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "weir"
    from matplotlib import pyplot

    runs = [
        ("concurrency: a stage that waits 5 ms, at most 200 units", "units",
         _watch(UNITS, 4, lambda g: g["processes"][1]["concurrency"])),
        ("capacity: a consumer that pauses 40 ms after every 2,000 packets", "capacity",
         _watch(ROOM, 8, lambda g: g["connections"][1]["capacity"])),
    ]
    figure, axes = pyplot.subplots(1, 2, figsize=(12, 3.4), layout="constrained")
    for axis, (title, label, (times, rates, values)) in zip(axes, runs):
        axis.set_title(title, fontsize=10)
        axis.plot(times, rates, color="#b6bcc4", label="packets/s")
        axis.set_xlabel("seconds")
        axis.set_ylabel("packets/s")
        axis.set_ylim(bottom=0)
        right = axis.twinx()
        right.step(times, values, where="post", color="#1f6feb")
        right.set_ylabel(label, color="#1f6feb")
        right.set_ylim(bottom=0)
    figure.savefig(path, metadata={"Date": None})
