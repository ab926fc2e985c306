#!/usr/bin/env python3
"""Holds the instructions that weir executes for a packet of W1 (three hops) to a recorded number.

Instructions, unlike seconds, are the same in every run: one thread, virtual time, and a C library
held to its plain variants. What the start costs is taken out by the difference of two runs.

  check.py PROGRAM            fails if the number is not within 0.1 % of the recorded one
  check.py PROGRAM --record   records it
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BOUND = pathlib.Path(__file__).with_name("instructions.json")
TOLERANCE = 0.001
PACKETS = (200_000, 600_000)
# The C library chooses its copying routines by processor; these are what every x86-64 has.
TUNABLES = "glibc.cpu.hwcaps=" + ",".join(
    f"-{name}" for name in ("AVX2_Usable", "AVX2", "AVX512F", "AVX512VL", "ERMS", "FSRM",
                            "AVX_Fast_Unaligned_Load", "Prefer_No_VZEROUPPER"))


def instructions(program: str, packets: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program,
             str(packets)],
            capture_output=True, text=True, cwd=folder,
            env={"PATH": os.environ["PATH"], "GLIBC_TUNABLES": TUNABLES})
    counted = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or counted is None or done.stdout.strip() != str(packets):
        sys.exit(f"{program} {packets}: exit {done.returncode}\n{done.stderr}")
    return int(counted[1])


def compiler() -> str:
    return subprocess.run(["c++", "-dumpfullversion"], capture_output=True, text=True,
                          check=True).stdout.strip()


def main(program: str, record: bool) -> int:
    few, many = (instructions(program, packets) for packets in PACKETS)
    found = (many - few) / (PACKETS[1] - PACKETS[0])
    if record:
        BOUND.write_text(json.dumps({"instructions_per_packet": round(found, 3),
                                     "compiler": compiler()}, indent=2) + "\n")
        print(f"recorded {found:.3f} instructions per packet")
        return 0
    recorded = json.loads(BOUND.read_text())
    bound = recorded["instructions_per_packet"]
    print(f"W1: {found:.3f} instructions per packet, recorded {bound:.3f} "
          f"({found / bound - 1:+.3%})")
    if compiler() != recorded["compiler"]:
        print(f"this compiler is {compiler()}, the number was recorded with "
              f"{recorded['compiler']}: not compared")
        return 0
    if abs(found / bound - 1) <= TOLERANCE:
        return 0
    print("more than 0.1 % away: find out why, or, if it is meant, record it with --record",
          file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(str(pathlib.Path(sys.argv[1]).resolve()), "--record" in sys.argv[2:]))
