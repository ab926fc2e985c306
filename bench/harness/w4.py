"""W4, JSON lines: two million lines through a file to a file, weir beside what people use for it."""

import os

from . import json_lines, units
from .places import BUILD
from .workloads import Contestant, Measure, Sample, Workload

LINES = int(os.environ.get("WEIR_W4_LINES", 2_000_000))
FOLDER = BUILD / "w4"
SOURCE = FOLDER / "input.jsonl"
EXPECTED = FOLDER / "expected.jsonl"
NAMES = {"weir": "weir", "simdjson": "simdjson by hand, one thread", "jq": "jq", "node": "Node.js",
         "rsyslog": "rsyslog", "syslog-ng": "syslog-ng"}


def workloads() -> list[Workload]:
    kept = []

    def prepare() -> None:
        """Writes the input, and what jq makes of it, which is right."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        kept.append(json_lines.write_input(SOURCE, LINES))
        EXPECTED.unlink(missing_ok=True)
        judge = json_lines.programs(FOLDER, SOURCE, ["jq"])[0]
        if json_lines.missing(judge) is None:
            json_lines.run(judge, kept[-1])
            judge.output.rename(EXPECTED)

    def contestant(name: str) -> Contestant:
        def run(_: float) -> Sample:
            program = json_lines.programs(FOLDER, SOURCE, [name])[0]
            measured = json_lines.run(program, kept[-1])
            if EXPECTED.exists() and json_lines.differs(program, EXPECTED):
                raise RuntimeError("its output is not that of jq")
            return {"throughput_pps": LINES / measured.wall, "packets": float(LINES),
                    "cpu_s": measured.cpu}

        def missing() -> str | None:
            return json_lines.missing(json_lines.programs(FOLDER, SOURCE, [name])[0])
        return Contestant(NAMES[name], name, run, missing)

    return [Workload(
        name="W4 JSON lines",
        title="JSON lines: parse, filter, reshape, write",
        measures=[Measure("throughput_pps", "lines/s", units.rate, more_is_better=True)],
        prepare=prepare,
        contestants=[contestant(name) for name in NAMES])]
