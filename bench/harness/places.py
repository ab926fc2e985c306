"""Where things are."""

import os
import pathlib

BENCH = pathlib.Path(__file__).resolve().parents[1]
ROOT = BENCH.parent
GRAPHS = BENCH / "workloads"
BUILD = ROOT / "build" / "bench"
PEERS = BUILD / "peers"
RESULTS = BUILD / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "benchmarks.svg"
WEIR = pathlib.Path(os.environ.get("WEIR", ROOT / "build" / "weir"))
BARE = ROOT / "build" / "bare" / "weir"
