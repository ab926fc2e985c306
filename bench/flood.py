#!/usr/bin/env python3
"""A flood into every kind of source: more than ten times what the graph can handle, for a while.

What packets take must stay inside the memory budget, and every packet that was accepted must come out
once, in order. Prints a table; exits with 1 if either fails. Runs the weir of $WEIR, else build/weir.
"""

import argparse
import http.client
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from harness import units
from harness.places import WEIR

BUDGET = 64 << 20
# Lines a second that the graph lets through, and bytes of a line.
CAPACITY = 5000
LINE = 1000
CLIENTS = 4
LINES_OF_A_BODY = 500
# By then what has filled the budget must have drained.
DRAIN_S = 300
GRAPH = """
name: flood
runtime: {{memory: 64MiB, workers: 2}}
processes:
  source: {source}
  slow: {{component: core/pass, rate: {capacity}/s}}
  write: {{component: file/write, config: {{path: out.txt}}}}
  reject: {{component: file/write, config: {{path: reject.jsonl}}}}
connections:
  - {{from: source.out, to: slow.in, capacity: 1048576}}
  - slow -> write
  - source.error -> reject
"""
SERIES = re.compile(r'^(weir_[a-z_]+)\{(.*)\} (\S+)$', re.MULTILINE)


def line(number: int) -> bytes:
    return str(number).encode().ljust(LINE, b".") + b"\n"


class Flood:
    """Sends into one kind of source until it is told to stop."""

    source = ""
    # Packets a second that the graph lets through.
    capacity = CAPACITY
    # What was refused, where the source can refuse.
    refused: int | None = None
    # Packets that were accepted, if the sender knows it.
    accepted: int | None = None
    stdin: int = subprocess.DEVNULL

    def prepare(self, folder: pathlib.Path, seconds: float) -> None:
        pass

    def start(self, process: subprocess.Popen, log: pathlib.Path) -> None:
        pass

    def stop(self) -> None:
        pass


class Generate(Flood):
    name = "core/generate"
    source = f"{{component: core/generate, config: {{size: {LINE}}}}}"


class LargeGenerate(Flood):
    name = "core/generate, 1 MB"
    source = "{component: core/generate, config: {size: 1MB}}"
    capacity = 20


class FileRead(Flood):
    name = "file/read"
    source = "{component: file/read, config: {path: in.txt}}"

    def prepare(self, folder, seconds):
        # More than comes out in that time and fits into the budget.
        count = int(seconds * CAPACITY + 2 * BUDGET / LINE)
        with open(folder / "in.txt", "wb") as out:
            for number in range(count):
                out.write(line(number))


class StdinRead(Flood):
    name = "stdin/read"
    source = "{component: stdin/read}"
    stdin = subprocess.PIPE

    def start(self, process, log):
        self.over = threading.Event()
        self.pipe = process.stdin
        self.thread = threading.Thread(target=self.send, daemon=True)
        self.thread.start()

    def send(self):
        number = 0
        try:
            while not self.over.is_set():
                self.pipe.write(b"".join(line(n) for n in range(number, number + 64)))
                number += 64
        except (BrokenPipeError, ValueError):
            pass

    def stop(self):
        # The thread may be inside a write that only the program's end will end.
        self.over.set()


class HttpListen(Flood):
    name = "http/listen"
    source = "{component: http/listen, config: {address: 127.0.0.1:0}}"

    def start(self, process, log):
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.refused = self.accepted = 0
        port = poll(lambda: re.search(r"takes lines at http://127\.0\.0\.1:(\d+)", log.read_text()))
        self.threads = [threading.Thread(target=self.send, args=(int(port[1]),))
                        for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def send(self, port):
        body = b"".join(line(n) for n in range(LINES_OF_A_BODY))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DRAIN_S)
        while not self.over.is_set():
            try:
                connection.request("POST", "/", body)
                response = connection.getresponse()
                answer = json.loads(response.read() or b"{}")
                status = response.status
            except (OSError, http.client.HTTPException):
                # Refused and closed before all of the body was read.
                answer, status = {}, 429
                connection.close()
            with self.lock:
                self.accepted += int(answer.get("packets", 0))
                self.refused += status != 200

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def poll(condition):
    deadline = time.monotonic() + 60
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise RuntimeError("weir did not start in a minute")
        time.sleep(0.02)
    return found


def series(url: str) -> dict[str, float]:
    """The series of the source, of memory, and of the program, as name{labels}."""
    text = urllib.request.urlopen(f"{url}/metrics", timeout=60).read().decode()
    def others(labels: str) -> str:
        return labels.replace('graph="flood"', "").strip(",")
    return {f"{name}{{{others(labels)}}}": float(value)
            for name, labels, value in SERIES.findall(text)}


def watch(url: str, seconds: float) -> dict[str, float]:
    """The most of each series in that time."""
    most: dict[str, float] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, value in series(url).items():
            most[name] = max(most.get(name, 0), value)
        time.sleep(0.05)
    return most


def written(path: pathlib.Path, numbered: bool) -> tuple[int, bool]:
    """Lines that came out, and whether they are numbered from 0 without a gap."""
    count, right = 0, True
    with open(path, "rb") as lines:
        for text in lines:
            right = right and (not numbered or int(text[:20].rstrip(b".\n")) == count)
            count += 1
    return count, right


def run(flood: Flood, seconds: float) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="weir-flood-") as name:
        folder = pathlib.Path(name)
        flood.prepare(folder, seconds)
        (folder / "graph.yaml").write_text(GRAPH.format(source=flood.source, capacity=flood.capacity))
        log = folder / "log"
        with open(log, "wb") as stderr:
            process = subprocess.Popen(
                [WEIR.resolve(), "run", "graph.yaml", "--listen", "127.0.0.1:0", "--drain-timeout",
                 f"{DRAIN_S}s"], cwd=folder, stdin=flood.stdin, stderr=stderr,
                stdout=subprocess.DEVNULL)
        try:
            url = poll(lambda: re.search(r"admin page\s+(http://\S+?)/\s", log.read_text()))[1]
            poll(lambda: "ready;" in log.read_text())
            flood.start(process, log)
            most = watch(url, seconds)
            flood.stop()
            process.send_signal(signal.SIGTERM)
            status = process.wait(timeout=DRAIN_S + 60)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if status != 0:
            raise RuntimeError(f"{flood.name}: exit {status}: {log.read_text()[-500:]}")
        count, right = written(folder / "out.txt", flood.name != HttpListen.name)
        lost = 0 if flood.accepted is None else flood.accepted - count
    used = most['weir_memory_bytes{kind="used"}']
    fine = used <= BUDGET and lost == 0 and right
    return [flood.name, f"{count:,}", str(lost) if right else "out of order",
            "" if flood.refused is None else f"{flood.refused:,}", units.size(used),
            units.size(most['weir_memory_bytes{kind="pool"}']),
            units.size(most['weir_memory_bytes{kind="resident"}']),
            f"{most['weir_memory_held_total{}']:.0f}", "yes" if fine else "NO"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of each flood; default 60")
    parser.add_argument("--only", metavar="NAME", help="this source alone, such as file/read")
    chosen = parser.parse_args()
    floods = [Generate(), LargeGenerate(), FileRead(), StdinRead(), HttpListen()]
    print(f"budget {units.size(BUDGET)}, {chosen.seconds:g} s each")
    rows = [["source", "packets out", "lost", "refused", "used", "pool", "resident", "held",
             "holds"]]
    for flood in floods:
        if chosen.only in (None, flood.name):
            print(f"{flood.name} ...", file=sys.stderr, flush=True)
            rows.append(run(flood, chosen.seconds))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    return 0 if all(row[-1] == "yes" for row in rows[1:]) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        print(f"flood: {error}", file=sys.stderr)
        sys.exit(2)
