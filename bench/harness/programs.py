"""Runs a program and reads the line of JSON that it prints."""

import json
import pathlib
import subprocess
import tempfile
import time

from .workloads import Sample

GRACE = 60.0


def run_json(command: list[str], seconds: float) -> dict:
    """Raises RuntimeError with what the program said if it fails, hangs or prints no JSON."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + GRACE)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{command[0]} had not ended {GRACE:.0f} s after its time") from None
    return _parse(command, done.returncode, done.stdout, done.stderr)


def run_json_watching_memory(command: list[str], seconds: float) -> tuple[dict, float]:
    """The same, and the resident memory in bytes while it ran: the median of the second half."""
    # Files, since nobody reads while the memory is watched and a pipe would fill up.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        resident = []
        deadline = time.monotonic() + seconds + GRACE
        while process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise RuntimeError(f"{command[0]} had not ended {GRACE:.0f} s after its time")
            resident.append(_resident_bytes(process.pid))
            time.sleep(0.02)
        out.seek(0)
        err.seek(0)
        output = _parse(command, process.returncode, out.read(), err.read())
    second_half = sorted(resident[len(resident) // 2:])
    return output, second_half[len(second_half) // 2] if second_half else 0.0


def absent(program: pathlib.Path) -> str | None:
    return None if program.exists() else f"no {program}"


def figures(output: dict, seconds: float) -> Sample:
    """The sample in what a peer or `weir bench --json` printed."""
    sample = {key: float(value) for key, value in output.items()
              if isinstance(value, (int, float)) and not isinstance(value, bool)}
    for name, value in (output.get("latency_us") or {}).items():
        if value is not None:
            sample[f"{name}_us"] = float(value)
    if "throughput_pps" in sample:
        sample.setdefault("packets", sample["throughput_pps"] * seconds)
    return sample


def _parse(command: list[str], status: int, out: str, err: str) -> dict:
    if status != 0:
        last = err.strip().splitlines()[-1:] or ["it said nothing"]
        raise RuntimeError(f"{' '.join(command)}: exit {status}: {last[0]}")
    try:
        return json.loads(out)
    except ValueError:
        raise RuntimeError(f"{' '.join(command)}: no JSON in what it printed") from None


def _resident_bytes(pid: int) -> float:
    try:
        fields = pathlib.Path(f"/proc/{pid}/status").read_text().split("VmRSS:")
    except OSError:
        return 0.0
    return float(fields[1].split()[0]) * 1024 if len(fields) > 1 else 0.0
