"""Does the report name the planted bottleneck, and does what it predicts come true?"""

import copy
import json
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import planted
from .places import WEIR

TIE = 1.05


class Server:
    """Answers every request after a time that can be changed."""

    def __init__(self, delay_s: float = 0.020):
        self.delay_s = delay_s
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # An answer in two pieces would wait for an acknowledgement in between.
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_GET(self):
                time.sleep(outer.delay_s)
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client that has gone is no news."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def bench(graph: dict, seconds: float) -> dict:
    """What `weir bench` says of a graph."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "graph.yaml"
        path.write_text(json.dumps(graph))
        run = subprocess.run(
            [str(WEIR), "bench", str(path), "--for", f"{seconds}s", "--json", "--drain-timeout",
             "1ms"], capture_output=True, text=True, timeout=120 + seconds)
        if not run.stdout:
            raise RuntimeError(run.stderr)
        return json.loads(run.stdout)


def changed(graph: dict, change: dict) -> dict | None:
    """The graph with a change that a report proposes; None if a file cannot say it."""
    graph = copy.deepcopy(graph)
    if "resource" in change:
        graph["resources"][change["resource"]]["max"] = int(change["max"])
        return graph
    if "process" not in change:
        return None
    process = graph["processes"][change["process"]]
    if "concurrency" in change:
        process["concurrency"] = change["concurrency"]
    elif "rate" in change:
        process["rate"] = f"{change['rate']}/s"
    else:
        config = process.setdefault("config", {})
        if not any(key in config for key in ("spin", "wait")):
            return None
        for key in ("spin", "wait"):
            if key in config:
                config[key] = f"{float(config[key][:-2]) * change['service']:.0f}ns"
    return graph


def named(limit: dict | None) -> tuple:
    if limit is None:
        return (None, None)
    return (limit["kind"], limit["process"])


def right(case, limit: dict | None) -> bool:
    kind, process = named(limit)
    if case.kind == "loop":
        return kind == "deadlock"
    if case.kind == "cores":
        return kind == "cores"
    if process == case.root:
        return True
    # As near as that is as true.
    near = case.bounds.get((kind, process))
    return near is not None and near <= TIE * case.throughput


def what_follows(case, report: dict, seconds: float) -> dict | None:
    """Makes the first proposed change that a graph file can express."""
    for proposal in report["changes"]:
        graph = changed(case.graph, proposal["change"])
        if graph is None:
            continue
        after = bench(graph, seconds)
        return {"change": proposal["change"], "predicted": proposal["throughput_pps"],
                "measured": after["report"]["throughput_pps"], "then": named(proposal["then"]),
                "limit": named(after["report"]["limit"])}
    return None


def one(seed: int, url: str, seconds: float, follow: bool) -> dict:
    case = planted.make(seed, url=url)
    result = bench(case.graph, seconds)
    report = result["report"]
    row = {"seed": seed, "kind": case.kind, "root": case.root, "expected": case.throughput,
           "throughput": report["throughput_pps"], "named": named(report["limit"]),
           "right": right(case, report["limit"]),
           "confidence": (report["limit"] or {}).get("confidence")}
    if follow and row["right"]:
        row["follows"] = what_follows(case, report, seconds)
    return row


def run(graphs: int, first: int, seconds: float, follow: int, say) -> str:
    server = Server()
    rows = []
    for seed in range(first, first + graphs):
        try:
            row = one(seed, server.url, seconds, follow > 0 and seed % follow == 0)
        except (RuntimeError, subprocess.TimeoutExpired, KeyError) as error:
            say(f"seed {seed}: {error!r}")
            continue
        rows.append(row)
        text = f"seed {seed}: {row['kind']} of {row['root']}: "
        text += "right" if row["right"] else f"WRONG: {row['named']}"
        text += f", {row['throughput']:.0f}/s of {row['expected']:.0f}/s"
        text += f", confidence {row['confidence']}"
        if row.get("follows"):
            after = row["follows"]
            text += (f"; {after['change']}: {after['predicted']:.0f} predicted, "
                     f"{after['measured']:.0f} measured; next {after['then']}, is {after['limit']}")
        say(text)
    server.close()
    return summary(rows)


def summary(rows: list[dict]) -> str:
    lines = [f"{len(rows)} random graphs with a planted bottleneck: the root is named right in "
             f"{100 * sum(row['right'] for row in rows) / len(rows):.1f} %"]
    for kind in planted.KINDS:
        of_kind = [row["right"] for row in rows if row["kind"] == kind]
        if of_kind:
            lines.append(f"  {kind}: {sum(of_kind)} of {len(of_kind)}")
    after = [row["follows"] for row in rows if row.get("follows")]
    if after:
        errors = [abs(each["predicted"] / max(each["measured"], 1e-9) - 1) for each in after]
        lines.append(f"what-if against measured, {len(after)} changes made: median error "
                     f"{100 * statistics.median(errors):.1f} %, mean "
                     f"{100 * statistics.mean(errors):.1f} %, worst {100 * max(errors):.0f} %")
        same = [each["then"] == each["limit"] for each in after]
        lines.append(f"what limits next: right in {100 * sum(same) / len(same):.1f} %")
    return "\n".join(lines)
