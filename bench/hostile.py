#!/usr/bin/env python3
"""How fast /livez is answered, and how much memory weir takes, while a hostile client floods both ports.

python3 bench/hostile.py build/weir [SECONDS]
"""

import os
import re
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
os.environ["WEIR"] = str(Path(sys.argv[1]).resolve())
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "e2e" / "hostile")]

import client  # noqa: E402
import harness  # noqa: E402
from test_hostile import GRAPH  # noqa: E402


def p99(times):
    return sorted(times)[int(0.99 * (len(times) - 1))] * 1000


def main():
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20
    with harness.Weir(GRAPH) as weir:
        weir.wait_phase("running")
        weir.wait_stderr("takes lines at ")
        admin = int(weir.url.rsplit(":", 1)[1].strip("/"))
        listen = int(re.search(r"takes lines at http://127\.0\.0\.1:(\d+)", weir.stderr)[1])
        quiet = [client.probe(admin)[1] for _ in range(300)]
        idle = peak = client.resident(weir.process.pid)
        loud = []
        for begin, repeat in client.GROWING.values():
            floods = [client.Flood(port, 200, client.filled(begin, path), repeat)
                      for port, path in ((admin, b"/livez"), (listen, b"/"))]
            end = time.monotonic() + seconds / len(client.GROWING)
            while time.monotonic() < end:
                for flood in floods:
                    flood.push()
                loud.append(client.probe(admin)[1])
                peak = max(peak, client.resident(weir.process.pid))
            for flood in floods:
                flood.close()
    print(f"/livez p99: {p99(quiet):.1f} ms idle, {p99(loud):.1f} ms under the hostile client")
    print(f"memory: {idle / 2**20:.1f} MiB idle, {(peak - idle) / 2**20:.1f} MiB more at most")


if __name__ == "__main__":
    main()
