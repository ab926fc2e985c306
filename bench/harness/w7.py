"""W7, requests: an HTTP client beside wrk on the same nginx, with as many connections."""

import os
import re
import resource
import shutil
import subprocess

from . import nginx, units
from .peers import weir
from .programs import GRACE
from .workloads import Contestant, Measure, Sample, Workload

# As in workloads/w7-requests.yaml.
CONNECTIONS = 64
PORT = "WEIR_BENCH_PORT"
WRK = shutil.which("wrk")


def prepare() -> None:
    if not nginx.missing():
        os.environ[PORT] = str(nginx.start())


def wrk(seconds: float) -> Sample:
    # It takes whole seconds alone.
    seconds = max(1, round(seconds))
    command = [WRK, f"-t{os.cpu_count()}", f"-c{CONNECTIONS}", f"-d{seconds}s",
               f"http://127.0.0.1:{os.environ[PORT]}/"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + GRACE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if done.returncode != 0 or not rate or "Non-2xx" in done.stdout:
        raise RuntimeError(f"wrk: exit {done.returncode}: {done.stdout} {done.stderr}")
    return {"throughput_pps": float(rate[1]), "packets": float(rate[1]) * seconds,
            "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def workloads() -> list[Workload]:
    return [Workload(
        name="W7 requests",
        title=f"requests to nginx over {CONNECTIONS} connections",
        measures=[Measure("throughput_pps", "requests/s", units.rate, more_is_better=True)],
        prepare=prepare,
        contestants=[
            weir("w7-requests"),
            Contestant("wrk", "wrk", wrk,
                       lambda: nginx.missing() or (None if WRK else "no wrk: install wrk")),
        ])]
