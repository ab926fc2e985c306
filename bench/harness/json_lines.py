"""The job of W4: parse JSON lines, keep server errors and slow requests, reshape, write.

weir beside jq, Node.js, a loop written by hand around simdjson, rsyslog and syslog-ng: the same
lines, the same job, the same output. The input is the recorded access log, without the lines that
are not JSON, repeated up to a number of lines. w4.py measures it.
"""

import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

BENCH = pathlib.Path(__file__).resolve().parents[1]
ROOT = BENCH.parent
RECORDING = ROOT / "config" / "access-log" / "access.jsonl"
BUILD = pathlib.Path(os.environ.get("WEIR_BENCH_BUILD", ROOT / "build" / "bench"))
JQ = ("select(.status >= 500 or .request_time >= 0.5) | "
      "{time, status, took: .request_time, request: .method, uri}")
# A daemon that has not written all by then is taken for stuck.
LONGEST = 600.0


@dataclasses.dataclass
class Program:
    """One contestant. `output` is what it writes; `exact` means byte for byte what jq writes,
    otherwise the same values in any order."""

    name: str
    command: list
    output: pathlib.Path
    environment: dict = dataclasses.field(default_factory=dict)
    exact: bool = True
    # A daemon does not end by itself: it has done the job when so many lines are there.
    daemon: bool = False
    # What it remembers of an earlier run, to be forgotten.
    state: pathlib.Path | None = None


@dataclasses.dataclass
class Run:
    """One measured run: wall-clock and processor seconds."""

    wall: float
    cpu: float


def recorded_lines():
    lines = []
    for line in RECORDING.read_bytes().splitlines(keepends=True):
        try:
            lines.append((line, json.loads(line.decode("utf-8"))))
        except ValueError:
            continue
    return lines


def write_input(path, count):
    """Writes `count` lines; returns how many of them the job keeps."""
    recorded = recorded_lines()
    kept = [entry["status"] >= 500 or entry["request_time"] >= 0.5 for _, entry in recorded]
    everything = b"".join(line for line, _ in recorded)
    rounds, rest = divmod(count, len(recorded))
    with open(path, "wb") as out:
        for _ in range(rounds):
            out.write(everything)
        out.write(b"".join(line for line, _ in recorded[:rest]))
    return rounds * sum(kept) + sum(kept[:rest])


def _weir(folder, source):
    weir = os.environ.get("WEIR", str(ROOT / "build" / "weir"))
    output = folder / "weir.out"
    command = [weir, "run", str(BENCH / "workloads" / "w4-json-lines.yaml"), "--listen", "127.0.0.1:0",
               "--log-level", "error"]
    return Program("weir", command, output, {"INPUT": str(source), "OUTPUT": str(output)})


def _simdjson(folder, source):
    output = folder / "simdjson.out"
    return Program("simdjson", [str(BUILD / "peers" / "w4_simdjson"), str(source), str(output)], output)


def _jq(folder, source):
    output = folder / "jq.out"
    return Program("jq", ["sh", "-c", f'exec jq -c "$0" {source} > {output}', JQ], output)


def _node(folder, source):
    output = folder / "node.out"
    script = BENCH / "peers" / "node" / "filter.js"
    return Program("node", ["node", str(script), str(source), str(output)], output)


def _configured(name, folder, source, output):
    """The folder for a daemon's state, with its configuration in it."""
    state = folder / name
    state.mkdir(parents=True, exist_ok=True)
    text = (BENCH / "peers" / name / "filter.conf").read_text()
    for key, value in {"INPUT": source, "OUTPUT": output, "FOLDER": state}.items():
        text = text.replace(f"@{key}@", str(value))
    (state / "filter.conf").write_text(text)
    return state


def _rsyslog(folder, source):
    output = folder / "rsyslog.out"
    state = _configured("rsyslog", folder, source, output)
    daemons = BUILD / "daemons"
    command = [str(daemons / "usr/sbin/rsyslogd"), "-n", "-f", str(state / "filter.conf"),
               "-i", str(state / "pid"), "-M", str(daemons / "usr/lib/x86_64-linux-gnu/rsyslog")]
    return Program("rsyslog", command, output, exact=False, daemon=True, state=state)


def _syslog_ng(folder, source):
    output = folder / "syslog-ng.out"
    state = _configured("syslog-ng", folder, source, output)
    daemons = BUILD / "daemons"
    command = [str(daemons / "usr/sbin/syslog-ng"), "-F", "-f", str(state / "filter.conf"),
               "--persist-file", str(state / "persist"), "--pidfile", str(state / "pid"),
               "--control", str(state / "control"), "--no-caps",
               "--module-path", str(daemons / "usr/lib/syslog-ng/3.38")]
    return Program("syslog-ng", command, output,
                   {"LD_LIBRARY_PATH": str(daemons / "usr/lib/syslog-ng")}, exact=False,
                   daemon=True, state=state)


PROGRAMS = {"weir": _weir, "simdjson": _simdjson, "jq": _jq, "node": _node, "rsyslog": _rsyslog,
            "syslog-ng": _syslog_ng}


def programs(folder, source, wanted=tuple(PROGRAMS)):
    return [PROGRAMS[name](folder, source) for name in wanted]


def missing(program):
    """What is not there, or None if the program can be run."""
    return None if shutil.which(program.command[0]) else f"no {program.command[0]}"


def _forget(program):
    program.output.unlink(missing_ok=True)
    if program.state is not None:
        for path in program.state.iterdir():
            if path.name != "filter.conf":
                path.unlink()


def _wait_for_lines(process, program, lines):
    """Until the daemon has written so many lines."""
    deadline = time.monotonic() + LONGEST
    seen = 0
    offset = 0
    while seen < lines:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{program.name} wrote {seen} of {lines} lines")
        time.sleep(0.01)
        if not program.output.exists():
            continue
        with open(program.output, "rb") as output:
            output.seek(offset)
            news = output.read()
        offset += len(news)
        seen += news.count(b"\n")


def run(program, kept):
    """Runs a program on the input of which it keeps `kept` lines."""
    _forget(program)
    start = time.perf_counter()
    process = subprocess.Popen(program.command, env={**os.environ, **program.environment},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = None
    if program.daemon:
        try:
            _wait_for_lines(process, program, kept)
            wall = time.perf_counter() - start
        finally:
            process.send_signal(signal.SIGTERM)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{program.name} failed with {process.returncode}")
    if wall is None:
        wall = time.perf_counter() - start
    return Run(wall, usage.ru_utime + usage.ru_stime)


def _values(path):
    """The lines as values, in an order of their own: rsyslog's workers overtake each other."""
    with open(path, "rb") as lines:
        return sorted(tuple(sorted(json.loads(line).items())) for line in lines)


def differs(program, expected):
    """True if the program's output is not what the file `expected` holds."""
    if program.exact:
        return program.output.read_bytes() != expected.read_bytes()
    return _values(program.output) != _values(expected)
