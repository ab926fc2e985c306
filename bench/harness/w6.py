"""W6, idle scale: what processes cost that have nothing to do. Memory is that above a network of
two processes, measured in the same round."""

import pathlib

from . import idle_graph, units
from .peers import weir_command
from .places import BUILD, PEERS, WEIR
from .programs import absent, run_json_watching_memory
from .workloads import Contestant, Measure, Sample, Workload

EMPTY = 2
# Nothing happens in it: long enough to look at the memory a few times.
SECONDS = 1.0
GO = PEERS / "go"


def workloads() -> list[Workload]:
    return [idle(1_000), idle(10_000)]


def graph(processes: int) -> pathlib.Path:
    return BUILD / "graphs" / f"idle-{processes}.yaml"


def idle(processes: int) -> Workload:
    def prepare() -> None:
        for count in (EMPTY, processes):
            idle_graph.write(graph(count), count)

    def weir_idle(count: int) -> list[str]:
        return weir_command(WEIR, graph(count), SECONDS)

    def go_idle(count: int) -> list[str]:
        return [str(GO), "idle", str(count), f"{SECONDS:g}"]

    return Workload(
        name=f"W6 {processes:,} idle",
        title=f"{processes:,} idle processes",
        measures=[Measure("start_s", "start", units.seconds),
                  Measure("memory_bytes", "memory", units.size),
                  Measure("memory_bytes_per_process", "memory/process", units.size),
                  Measure("load_s", "load", units.seconds)],
        prepare=prepare,
        contestants=[
            Contestant("weir", "weir", lambda _: above_empty(weir_idle, processes),
                       lambda: absent(WEIR)),
            Contestant("Go channels", "go", lambda _: above_empty(go_idle, processes),
                       lambda: absent(GO)),
        ])


def above_empty(command, processes: int) -> Sample:
    _, empty = run_json_watching_memory(command(EMPTY), SECONDS)
    output, full = run_json_watching_memory(command(processes), SECONDS)
    sample = {key: float(output[key]) for key in ("start_s", "load_s") if key in output}
    sample["memory_bytes"] = max(0.0, full - empty)
    sample["memory_bytes_per_process"] = sample["memory_bytes"] / (processes - EMPTY)
    return sample
