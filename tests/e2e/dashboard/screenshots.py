"""Takes the pictures of docs/dashboard.md anew: screenshots.py WEIR FOLDER"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
os.environ["WEIR"] = str(Path(sys.argv[1]).resolve())
sys.path.insert(0, str(HERE.parent))

import harness  # noqa: E402  after WEIR is set, which it reads
import test_dashboard  # noqa: E402

GRAPH = """
name: orders
processes:
  read:
    component: core/generate
    config: {fields: {id: "{n}", user: "user-{n}", paid: true, country: NZ}}
  parse: {component: core/work, config: {spin: 5us, fail: 0.002}}
  enrich: {component: core/work, config: {wait: 2ms}, concurrency: 4}
  count: {component: core/count, config: {by: country, every: 1s}}
  shape: {component: core/select, config: {fields: {id: id, user: user}}}
  write: {component: file/write, config: {path: orders.jsonl}}
  totals: {component: file/write, config: {path: totals.jsonl}}
  reject: {component: file/write, config: {path: rejected.jsonl}}
connections:
  - read -> parse -> enrich -> shape -> write
  - enrich -> count -> totals
  - parse.error -> reject
"""


def varied():
    """Five hundred, some of which wait and some of which fail."""
    text = test_dashboard.many(500)
    for at in range(33, 490, 13):
        text = text.replace(f"  p{at}: {{component: core/pass}}",
                            f"  p{at}: {{component: core/work, config: {{wait: 40ms, fail: 0.02}}}}")
    return text


def main():
    folder = Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with harness.Weir(GRAPH) as few, harness.Weir(varied()) as many:
        subprocess.run(["node", HERE / "screenshots.mjs", few.url, many.url, folder], check=True,
                       env={**os.environ, "WEIR_NPM": test_dashboard.NPM})


if __name__ == "__main__":
    main()
