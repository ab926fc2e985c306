"""The picture of the results: a panel per workload, a bar per contestant, weir's highlighted."""

import pathlib

from .workloads import Measure, Workload

WEIR_COLOUR = "#1f6feb"
PEER_COLOUR = "#b6bcc4"
COLUMNS = 2


def write(path: pathlib.Path, results: list[dict], workloads: list[Workload]) -> None:
    # Only who draws needs the library.
    try:
        import matplotlib
    except ImportError:
        raise RuntimeError("this Python has no matplotlib: ./dev bench --plot installs it and uses "
                           "Debian's") from None
    matplotlib.use("Agg")
    # The same results make the same file.
    matplotlib.rcParams["svg.hashsalt"] = "weir"
    from matplotlib import pyplot

    measures = {workload.name: workload.measures[0] for workload in workloads}
    panels = [(result, _bars(result, measures[result["name"]].key)) for result in results
              if result["name"] in measures]
    panels = [(result, bars) for result, bars in panels if bars]
    if not panels:
        raise RuntimeError("there are no results to draw")
    lines = -(-len(panels) // COLUMNS)
    figure, axes = pyplot.subplots(lines, COLUMNS, figsize=(12, 3.2 * lines), squeeze=False,
                                   layout="constrained")
    for axis, (result, bars) in zip(axes.flat, panels):
        _draw(axis, result, bars, measures[result["name"]])
    for axis in list(axes.flat)[len(panels):]:
        axis.set_axis_off()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _bars(result: dict, key: str) -> list[tuple[str, float]]:
    several = len({entry["group"] for entry in result["contestants"]}) > 1
    return [(f"{entry['name']}, {entry['group']}" if several else entry["name"],
             entry["median"][key])
            for entry in result["contestants"] if entry["median"].get(key)]


def _draw(axis, result: dict, bars: list[tuple[str, float]], measure: Measure) -> None:
    bars = sorted(bars, key=lambda bar: bar[1], reverse=not measure.more_is_better)
    names = [name for name, _ in bars]
    values = [value for _, value in bars]
    colours = [WEIR_COLOUR if name.startswith("weir") else PEER_COLOUR for name in names]
    places = axis.barh(range(len(bars)), values, color=colours)
    axis.set_yticks(range(len(bars)), names)
    axis.bar_label(places, [measure.show(value) for value in values], padding=3, fontsize=8)
    axis.set_xscale("log")
    # Room for the labels behind the longest bar.
    axis.set_xlim(min(values) / 3, max(values) * 6)
    better = "more is better" if measure.more_is_better else "less is better"
    axis.set_title(f"{result['name'].split()[0]}: {result['title']}", fontsize=10)
    axis.set_xlabel(f"{measure.label}, {better}", fontsize=8)
    axis.spines[["top", "right"]].set_visible(False)
