"""Writes graphs of many processes that have nothing to do."""

import pathlib

CHAIN = 100


def write(path: pathlib.Path, processes: int) -> None:
    """A source that sends one packet an hour, to the sink through chains of up to CHAIN processes;
    `processes` counts all of them. With two there are only source and sink."""
    lines = ["# Written by bench/harness/idle_graph.py", f"name: idle-{processes}", "processes:",
             "  source: {component: core/generate, config: {rate: 1/h}}",
             "  sink: {component: core/discard}"]
    connections = ["connections:"]
    if processes == 2:
        connections += ["  - source -> sink"]
    else:
        lines += ["  clone: {component: core/clone}"]
        connections += ["  - source -> clone"]
        passes = [f"p{number}" for number in range(processes - 3)]
        lines += [f"  {name}: {{component: core/pass}}" for name in passes]
        for element, first in enumerate(range(0, len(passes), CHAIN)):
            chain = " -> ".join(passes[first:first + CHAIN])
            connections.append(f"  - clone.out[{element}] -> {chain} -> sink")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines + connections) + "\n")
