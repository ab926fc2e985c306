"""How many seconds of data it takes until the report names a new root: a server becomes slow while
a graph runs, and fast again."""

import statistics
import time

from .diagnosis import Server
from .running import Running

GRAPH = {
    "name": "turns",
    "processes": {
        "source": {"component": "core/generate"},
        "work": {"component": "core/work", "concurrency": 1, "config": {"wait": "10ms"}},
        "ask": {"component": "http/request", "concurrency": 4, "order": "any",
                "config": {"answer": "body"}},
        "end": {"component": "core/discard"},
    },
    "connections": ["source -> work -> ask -> end"],
}
FAST_S, SLOW_S = 0.001, 0.080


def until(weir: Running, process: str, most_s: float = 20) -> float:
    """Seconds until the report names the process and goes on doing so for two seconds."""
    begin = time.monotonic()
    since = None
    while time.monotonic() - begin < most_s:
        limit = weir.get("/api/v1/report")["limit"]
        now = time.monotonic()
        if limit is None or limit["process"] != process:
            since = None
        elif since is None:
            since = now
        elif now - since > 2:
            return since - begin
        time.sleep(0.05)
    return most_s


def run(changes: int, say) -> str:
    server = Server(FAST_S)
    graph = {**GRAPH, "processes": {**GRAPH["processes"]}}
    graph["processes"]["ask"] = {**GRAPH["processes"]["ask"],
                                 "config": {"answer": "body", "url": server.url}}
    times = []
    with Running(graph) as weir:
        until(weir, "work")
        time.sleep(5)
        for change in range(changes):
            slow = change % 2 == 0
            server.delay_s = SLOW_S if slow else FAST_S
            times.append(until(weir, "ask" if slow else "work"))
            say(f"change {change}: {times[-1]:.2f} s")
            time.sleep(3)
    server.close()
    return (f"{changes} changes of the root: the new one is named after "
            f"{statistics.median(times):.2f} s (median), {max(times):.2f} s at most")
