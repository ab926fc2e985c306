"""results.json: what was measured last of each workload."""

import json
import os

from .places import RESULTS


def load() -> list[dict]:
    if not RESULTS.exists():
        return []
    return json.loads(RESULTS.read_text())["workloads"]


def merge(new: list[dict]) -> list[dict]:
    """Replaces the workloads that were run again and keeps the others."""
    by_name = {result["name"]: result for result in load()}
    by_name.update({result["name"]: {**result, "cores": os.cpu_count()} for result in new})
    merged = sorted(by_name.values(), key=lambda result: (result["name"].split()[0],
                                                          len(result["name"]), result["name"]))
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"workloads": merged}, indent=1) + "\n")
    return merged
