"""The contestants that more than one workload has: weir with a graph, the programs in peers/."""

import pathlib

from .places import GRAPHS, PEERS, WEIR
from .programs import absent, figures, run_json
from .workloads import Contestant, Sample

ONE = "one thread"
ALL = "all cores"


def weir_command(binary: pathlib.Path, graph: pathlib.Path, seconds: float,
                 workers: int | None = None) -> list[str]:
    command = [str(binary), "bench", str(graph), "--for", f"{seconds:g}s", "--json"]
    return command + (["--workers", str(workers)] if workers else [])


def weir(graph: str, name: str = "weir", workers: int | None = None) -> Contestant:
    def run(seconds: float) -> Sample:
        command = weir_command(WEIR, GRAPHS / f"{graph}.yaml", seconds, workers)
        return figures(run_json(command, seconds), seconds)
    return Contestant(name, "weir", run, lambda: absent(WEIR), ONE if workers == 1 else ALL)


def peer(name: str, program: str, workload: str, hops: int, threads: int | None = None,
         group: str | None = None) -> Contestant:
    def run(seconds: float) -> Sample:
        command = [str(PEERS / program), workload, str(hops), f"{seconds:g}"]
        command += [str(threads)] if threads else []
        return figures(run_json(command, seconds), seconds)
    return Contestant(name, program.split("_")[0], run, lambda: absent(PEERS / program),
                      group or (ONE if threads == 1 else ALL))
