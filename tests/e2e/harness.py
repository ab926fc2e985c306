"""Runs the real weir as a user would: in a folder of its own, talked to over HTTP and by signals.

Nothing here sleeps for a fixed time or asserts a duration: everything is polled until a deadline that
only a broken program reaches.
"""

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

WEIR = os.environ.get("WEIR") or str(Path(__file__).resolve().parents[2] / "build" / "weir")
SOURCE = Path(os.environ.get("WEIR_SOURCE") or Path(__file__).resolve().parents[2])
PATIENCE_S = 120


def poll(condition, what):
    """Waits until `condition()` is true and answers what it answered."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_S} s in vain for {what}")
        time.sleep(0.02)


def run(*arguments, stdin="", cwd=None, env=None):
    """Runs weir to its end. Answers a CompletedProcess with texts."""
    return subprocess.run([WEIR, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                          errors="backslashreplace", cwd=cwd, env=env, timeout=PATIENCE_S)


class Metrics:
    """A parsed /metrics page: series by name and labels."""

    LINE = re.compile(r'^([a-z_]+)\{(.*)\} (\S+)$')
    LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')

    def __init__(self, text):
        self.text = text
        self.series = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            match = self.LINE.match(line)
            assert match, f"not a series with labels: {line}"
            labels = {name: re.sub(r'\\(.)', lambda m: "\n" if m[1] == "n" else m[1], value)
                      for name, value in self.LABEL.findall(match[2])}
            self.series.setdefault(match[1], []).append((labels, float(match[3])))

    def find(self, name, **labels):
        return [(found, value) for found, value in self.series.get(name, [])
                if all(found.get(key) == wanted for key, wanted in labels.items())]

    def sum(self, name, **labels):
        """The sum of all series with these labels; 0 if there is none."""
        return sum(value for _, value in self.find(name, **labels))

    def value(self, name, **labels):
        found = self.find(name, **labels)
        assert len(found) == 1, f"{name}{labels}: {len(found)} series"
        return found[0][1]


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


class Weir:
    """A `weir run` in the background. Use it in a with statement."""

    def __init__(self, graph, *arguments, listen="127.0.0.1:0", files=None, stdin=subprocess.DEVNULL,
                 stdout=subprocess.PIPE, env=None, preexec=None):
        self.folder = tempfile.TemporaryDirectory(prefix="weir-e2e-")
        self.path = Path(self.folder.name)
        for name, content in (files or {}).items():
            (self.path / name).write_bytes(content if isinstance(content, bytes)
                                           else content.encode())
        (self.path / "graph.yaml").write_text(graph)
        command = [WEIR, "run", "graph.yaml", *map(str, arguments)]
        if listen is not None:
            command += ["--listen", listen]
        self.process = subprocess.Popen(command, cwd=self.path, stdin=stdin, stdout=stdout,
                                        stderr=subprocess.PIPE, preexec_fn=preexec,
                                        env={**os.environ, **(env or {})})
        self.stdout = b""
        self._stderr = []
        self._readers = [threading.Thread(target=self._read_stderr, daemon=True)]
        if stdout == subprocess.PIPE:
            self._readers.append(threading.Thread(target=self._read_stdout, daemon=True))
        for reader in self._readers:
            reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        self.folder.cleanup()

    def _read_stderr(self):
        for line in self.process.stderr:
            self._stderr.append(line.decode(errors="backslashreplace"))

    def _read_stdout(self):
        while chunk := self.process.stdout.read1(65536):
            self.stdout += chunk

    @property
    def stderr(self):
        return "".join(self._stderr)

    def _found_url(self):
        match = re.search(r"admin page\s+(http://\S+?)/\s", self.stderr)
        if not match and self.process.poll() is not None:
            raise AssertionError(f"weir ended with {self.process.returncode}:\n{self.stderr}")
        return match and match[1]

    @property
    def url(self):
        """Where the admin page is, once weir has said so."""
        return poll(self._found_url, "the address of the admin page")

    def get(self, path, headers=None, method="GET", url=None):
        request = urllib.request.Request((url or self.url) + path, headers=headers or {},
                                         method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE_S) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def metrics(self):
        answer = self.get("/metrics")
        assert answer.status == 200, answer.status
        return Metrics(answer.text)

    def graph(self):
        return self.get("/api/v1/graph").json

    def wait_phase(self, phase):
        """Waits until /readyz says that the network is in this phase."""
        def reached():
            now = self.get("/readyz").json["phase"]
            assert phase == "failed" or now != "failed", self.stderr
            return now == phase
        poll(reached, f"the phase {phase}")
        return self

    def wait_rest(self):
        """Waits until no packet has moved between two looks. Answers the metrics of the second."""
        last = [None]

        def rests():
            now = self.metrics()
            key = [now.series.get(name) for name in
                   ("weir_connection_put_packets_total", "weir_connection_taken_packets_total",
                    "weir_made_packets_total", "weir_packets_ended_total", "weir_packets_total",
                    "weir_packets_held")]
            same, last[0] = key == last[0], key
            return now if same and now.sum("weir_made_packets_total") > 0 else None
        return poll(rests, "the network to rest")

    def wait_stderr(self, text):
        poll(lambda: text in self.stderr or self.process.poll() is not None, f"'{text}' on stderr")
        assert text in self.stderr, self.stderr

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """Waits for the end; answers the exit code. All of stdout and stderr is then there."""
        code = self.process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join()
        return code

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()


class TestCase(unittest.TestCase):
    maxDiff = None

    def assert_identities(self, weir, metrics=None):
        """The identities of docs/metrics.md, at every process and connection of a network at rest."""
        metrics = metrics or weir.metrics()
        graph = weir.graph()
        for process in graph["processes"]:
            name = process["name"]
            inward = {port["name"] for port in process["ports"] if port["direction"] == "in"}
            passed = {labels["port"]: value
                      for labels, value in metrics.find("weir_packets_total", process=name)}
            taken = sum(value for port, value in passed.items() if port in inward)
            sent = sum(value for port, value in passed.items() if port not in inward)
            self.assertEqual(
                taken + metrics.value("weir_made_packets_total", process=name),
                sent + metrics.sum("weir_packets_ended_total", process=name)
                + metrics.value("weir_packets_held", process=name),
                f"in + created = out + ended + held of {name}: {passed}")
        for connection in graph["connections"]:
            name = connection["name"]
            self.assertEqual(
                metrics.value("weir_connection_put_packets_total", connection=name),
                metrics.value("weir_connection_taken_packets_total", connection=name)
                + metrics.sum("weir_dropped_packets_total", connection=name)
                + metrics.value("weir_queue_packets", connection=name),
                f"put = taken + dropped + queued of {name}")
        self.assertEqual(metrics.value("weir_packet_pool_live_packets"),
                         metrics.sum("weir_packets_held") + metrics.sum("weir_queue_packets"),
                         "live packets = held + queued")


def main():
    unittest.main(verbosity=2)
