"""The table of all results, as text for a terminal and as Markdown."""

from .units import nanoseconds
from .workloads import Measure, Workload

HEADS = ["workload", "contestant", "means", "result", "also", "spread", "cpu ns/packet",
         "cpu ns/hop", "weir/it", "cpu weir/it"]
RIGHT = set(range(5, len(HEADS)))
PROBLEMS = ("missing", "failed")
NOTE = ("weir/it: weir's result by that of the contestant with the same means; above 1 weir is "
        "ahead where the result is packets/s, below 1 where it is a time. cpu: processor time of "
        "the whole program.")


def rows(results: list[dict], workloads: list[Workload]) -> list[list[str]]:
    measures = {workload.name: workload.measures for workload in workloads}
    return [_row(result, entry, measures[result["name"]])
            for result in results if result["name"] in measures
            for entry in result["contestants"]]


def problems(results: list[dict]) -> list[str]:
    """What the rows that say missing or failed stand for."""
    return [f"{result['name']}, {entry['name']}, {entry['group']}: {problem}: {entry[problem]}"
            for result in results for entry in result["contestants"]
            for problem in PROBLEMS if problem in entry]


def text(results: list[dict], workloads: list[Workload]) -> str:
    table = [HEADS, *rows(results, workloads)]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEADS))]
    lines = ["  ".join(cell.rjust(width) if i in RIGHT else cell.ljust(width)
                       for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
             for row in table]
    return "\n".join([*lines, NOTE, *problems(results)])


def markdown(results: list[dict], workloads: list[Workload]) -> str:
    rule = ["---:" if i in RIGHT else "---" for i in range(len(HEADS))]
    lines = ["| " + " | ".join(row) + " |" for row in [HEADS, rule, *rows(results, workloads)]]
    return "\n".join([*lines, "", NOTE, _conditions(results)])


def _conditions(results: list[dict]) -> str:
    """How the rows came about, workloads with the same conditions together."""
    same: dict[str, list[str]] = {}
    for result in results:
        how = f"{result['rounds']} x {result['seconds']:g} s on {result['cores']} cores"
        same.setdefault(how, []).append(result["name"])
    return "Medians of " + "; ".join(f"{how} ({', '.join(names)})"
                                     for how, names in same.items()) + "."


def _row(result: dict, entry: dict, measures: list[Measure]) -> list[str]:
    start = [result["name"], entry["name"], entry["group"]]
    for problem in PROBLEMS:
        if problem in entry:
            return [*start, problem, *[""] * (len(HEADS) - 4)]
    median = entry["median"]
    shown = [f"{measure.label} {measure.show(median[measure.key])}" if i else
             measure.show(median[measure.key])
             for i, measure in enumerate(measures) if measure.key in median]
    spread = entry["spread"]
    return [*start, shown[0] if shown else "", ", ".join(shown[1:]),
            f"{spread:.0%}" if spread is not None else "",
            *[nanoseconds(median[key]) if key in median else ""
              for key in ("cpu_ns_per_packet", "cpu_ns_per_hop")],
            _ratio(result, entry, measures[0].key), _ratio(result, entry, "cpu_ns_per_packet")]


def _ratio(result: dict, entry: dict, key: str) -> str:
    weir = next((other for other in result["contestants"]
                 if other["name"] == "weir" and other["group"] == entry["group"]), None)
    if weir is None or weir is entry:
        return ""
    ours, theirs = weir.get("median", {}).get(key), entry["median"].get(key)
    return f"{ours / theirs:.2f}" if ours and theirs else ""
