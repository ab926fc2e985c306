"""A running weir that is watched over HTTP."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from .places import WEIR


class Running:
    """`weir run` on a graph (a dict), until close()."""

    def __init__(self, graph: dict, workers: int | None = None):
        self.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(self.folder.name) / "graph.yaml"
        path.write_text(json.dumps(graph))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [str(WEIR), "run", str(path), "--listen", f"127.0.0.1:{self.port}",
                   "--drain-timeout", "1ms"]
        if workers is not None:
            command += ["--workers", str(workers)]
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 20
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.log.seek(0)
                raise RuntimeError(f"weir did not start: {self.log.read()}")
            time.sleep(0.005)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def get(self, path: str):
        url = f"http://127.0.0.1:{self.port}{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.loads(answer.read())

    def graph(self) -> dict:
        return self.get("/api/v1/graph")

    def watch(self, seconds: float, every: float = 0.1):
        """(time, what /api/v1/graph answers) about every so often."""
        begin = time.monotonic()
        while (now := time.monotonic() - begin) < seconds:
            graph = self.graph()
            yield time.monotonic() - begin, graph
            time.sleep(max(0.0, every - (time.monotonic() - begin - now)))

    def series(self, seconds: float, process: str, every: float = 0.1) -> list[tuple]:
        """(time, packets into the process) about every so often."""
        return [(at, packets_into(graph, process)) for at, graph in self.watch(seconds, every)]

    def _answers(self) -> bool:
        try:
            return bool(self.get("/readyz")["ready"])
        except (OSError, ValueError):
            return False


def packets_into(graph: dict, process: str) -> int:
    return next(p["in"] for p in graph["processes"] if p["name"] == process)


def rate(points: list[tuple], begin: float, end: float) -> float:
    """Packets a second between two times of a series."""
    inside = [point for point in points if begin <= point[0] <= end]
    if len(inside) < 2:
        return 0.0
    return (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0])
