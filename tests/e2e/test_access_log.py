"""The main job: config/access-log.yaml on the recorded log, compared line for line with jq."""

import json
import os
import signal
import subprocess
import urllib.request

import harness

RECORDING = harness.SOURCE / "config" / "access-log" / "access.jsonl"
GRAPH = (harness.SOURCE / "config" / "access-log.yaml").read_text()
TROUBLE = ("select(.status >= 500 or .request_time >= 0.5) | "
           "{time, status, took: .request_time, request: .method, uri}")


def jq(program, lines):
    return subprocess.run(["jq", "-c", program], input=b"".join(lines), check=True,
                          capture_output=True).stdout.splitlines()


def is_utf8(line):
    try:
        line.decode()
        return True
    except UnicodeDecodeError:
        return False


class AccessLog(harness.TestCase):
    def start(self, folder_files=None, log=RECORDING):
        weir = harness.Weir(GRAPH, files=folder_files, env={
            "ACCESS_LOG": str(log), "OUT": ".", "LISTEN": "127.0.0.1:0"})
        self.enterContext(weir)
        return weir

    def enterContext(self, context):
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def post(self, weir, body):
        weir.wait_stderr("takes lines at ")
        url = weir.stderr.split("takes lines at ")[1].split()[0]
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method="POST")) as answer:
            return json.load(answer)

    def test_agrees_with_jq_line_for_line(self):
        weir = self.start()
        lines = RECORDING.read_bytes().splitlines(keepends=True)
        good = [line for line in lines if is_utf8(line)]
        bad = [line for line in lines if not is_utf8(line)]
        self.assertTrue(len(good) > 3000 and bad, "the recording has both kinds of lines")
        harness.poll(lambda: weir.metrics().value("weir_packets_total", process="read",
                                                  port="out") == len(lines), "all lines read")
        metrics = weir.wait_rest()
        self.assert_identities(weir, metrics)
        self.assertEqual(weir.stop(), 0, weir.stderr)
        self.assertIn(f"handled {len(lines)} packets", weir.stderr)
        # jq writes 0.0 as 0, where weir keeps a real a real.
        written = (weir.path / "trouble.jsonl").read_bytes().splitlines(keepends=True)
        self.assertEqual(jq(".", written), jq(TROUBLE, good))
        self.assertIn(b'"took":0.0,', b"".join(written))
        counts = {}
        for line in (weir.path / "status-classes.jsonl").read_text().splitlines():
            entry = json.loads(line)
            counts[entry["status"]] = counts.get(entry["status"], 0) + entry["count"]
        expected = {}
        for status in jq(".status", good):
            key = f"{int(status) // 100}xx"
            expected[key] = expected.get(key, 0) + 1
        self.assertEqual(counts, expected)
        rejected = [json.loads(line) for line in
                    (weir.path / "rejected.jsonl").read_text().splitlines()]
        self.assertEqual(len(rejected), len(bad))
        for entry in rejected:
            self.assertEqual((entry["kind"], entry["process"]), ("parse", "parse"))
            self.assertIn("UTF-8", entry["error"])
            self.assertIn("packet_base64", entry)

    def test_follows_the_log_and_takes_posted_lines(self):
        weir = self.start({"growing.jsonl": ""}, log="growing.jsonl")
        weir.wait_phase("running")
        entry = {"time": "t", "status": 503, "request_time": 0.1, "method": "GET", "uri": "/a"}
        with open(weir.path / "growing.jsonl", "a") as log:
            log.write(json.dumps(entry) + "\n")
        written = weir.path / "trouble.jsonl"
        harness.poll(lambda: written.read_text().count("\n") == 1, "the line that was appended")
        body = b'{"status": 200, "request_time": 2.5, "uri": "/b"}\n{"status": 200}\nnot json\n'
        self.assertEqual(self.post(weir, body), {"packets": 3})
        harness.poll(lambda: written.read_text().count("\n") == 2, "the line that was posted")
        rejected = weir.path / "rejected.jsonl"
        harness.poll(lambda: rejected.read_text().count("\n") == 1, "the line that is no JSON")
        self.assertEqual(json.loads(rejected.read_text())["packet"], "not json")
        self.assert_identities(weir, weir.wait_rest())
        os.rename(weir.path / "growing.jsonl", weir.path / "growing.jsonl.1")
        (weir.path / "growing.jsonl").write_text(json.dumps(entry) + "\n")
        harness.poll(lambda: written.read_text().count("\n") == 3, "the line after the rotation")
        weir.signal(signal.SIGINT)
        self.assertEqual(weir.wait(), 0, weir.stderr)


if __name__ == "__main__":
    harness.main()
