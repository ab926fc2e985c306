#!/usr/bin/env python3
"""What following many files costs: processor time with one active file among many that rest,
against one file alone, the same lines written at the same pace.

    bench/followed.py [--weir build/weir] [--files 10000] [--seconds 10] [--rate 1000]

Prints both figures and their ratio; exits with 1 if it is above 2. The two run at the same time, so
that what else the machine does meets both.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GRAPH = """
name: followed
processes:
  read: {component: file/read, config: {path: "logs/*.log", follow: true}}
  end: {component: core/discard}
connections:
  - read -> end
"""


def processor_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(weir, folder, files):
    (folder / "logs").mkdir(parents=True)
    for number in range(files):
        (folder / "logs" / f"{number:05}.log").write_text("a line that was there before\n")
    (folder / "graph.yaml").write_text(GRAPH)
    return subprocess.Popen([weir, "run", "graph.yaml", "--listen", "127.0.0.1:0"], cwd=folder,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def settle(pids):
    """Waits until all that was there has been read: no processor time to speak of in a second."""
    while True:
        before = [processor_s(pid) for pid in pids]
        time.sleep(1)
        if all(processor_s(pid) - was < 0.1 for pid, was in zip(pids, before)):
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", default="build/weir")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=int, default=1000, help="lines a second")
    options = parser.parse_args()
    weir = str(Path(options.weir).resolve())
    with tempfile.TemporaryDirectory(prefix="weir-bench-") as name:
        folders = [Path(name) / "one", Path(name) / "many"]
        running = [start(weir, folder, files)
                   for folder, files in zip(folders, (1, options.files))]
        try:
            pids = [process.pid for process in running]
            settle(pids)
            before = [processor_s(pid) for pid in pids]
            active = [open(folder / "logs" / "00000.log", "a", buffering=1) for folder in folders]
            begin = time.monotonic()
            for line in range(int(options.rate * options.seconds)):
                time.sleep(max(0, begin + line / options.rate - time.monotonic()))
                for file in active:
                    file.write(f"line {line} of a file that is active\n")
            one, many = (processor_s(pid) - was for pid, was in zip(pids, before))
        finally:
            for process in running:
                process.send_signal(signal.SIGTERM)
                process.wait()
    ratio = many / one if one else float("inf")
    print(f"one file: {one:.2f} s of processor time in {options.seconds:g} s; "
          f"{options.files:,} files, one active: {many:.2f} s; ratio {ratio:.2f}")
    return 0 if ratio <= 2 else 1


if __name__ == "__main__":
    sys.exit(main())
