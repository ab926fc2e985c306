"""weir tap, and the WebSockets of a running weir."""

import json
import os
import signal
import socket
import subprocess
import threading

import harness
from harness import WEIR, poll
from websocket import Refused, WebSocket

LINES = """
name: lines
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  end: {component: core/discard}
  bad: {component: core/discard}
connections: [read -> parse -> end, parse.error -> bad]
"""

FAST = """
name: fast
processes:
  make: {component: core/generate, config: {fields: {service: api, status: 200}}}
  end: {component: core/discard}
connections: [make -> end]
"""


class Tap:
    """A `weir tap` in the background, whose lines are read one by one."""

    def __init__(self, weir, *arguments, url=None):
        self.process = subprocess.Popen(
            [WEIR, "tap", "--url", url or weir.url, *map(str, arguments)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def line(self):
        return json.loads(self.process.stdout.readline())

    def error_line(self):
        return self.process.stderr.readline().decode()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(harness.PATIENCE_S)


class TapTest(harness.TestCase):
    def tap(self, weir, *arguments):
        """Runs a tap to its end."""
        return harness.run("tap", "--url", weir.url, *arguments)

    def test_shows_packets_as_json_lines_up_to_the_limit(self):
        with harness.Weir(FAST) as weir:
            result = self.tap(weir, "make.out", "--limit", 5)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            lines = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual(len(lines), 5)
            for line in lines:
                self.assertEqual(line["port"], "make.out")
                self.assertEqual(line["packet"]["service"], "api")
                self.assertEqual(line["attributes"], {})
                self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_the_kinds_of_payload_and_the_conditions(self):
        with harness.Weir(LINES, stdin=subprocess.PIPE) as weir:
            with Tap(weir, "read.out") as text, Tap(weir, "parse.out") as documents, \
                    Tap(weir, "parse.error") as errors, \
                    Tap(weir, "parse.out", "--where", "status>=500", "--where",
                        "path~/api") as filtered:
                # A tap shows what passes once it stands: lines are sent until all have shown one.
                shown = {}
                taps = {"text": text, "documents": documents, "errors": errors,
                        "filtered": filtered}
                data = (b'{"status":200,"path":"/api"}\n{"status":503,"path":"/"}\n'
                        b'{"status":500,"path":"/api/x"}\n\xff\n')

                def read_one(name, tap):
                    shown[name] = tap.line()

                readers = [threading.Thread(target=read_one, args=item) for item in taps.items()]
                for reader in readers:
                    reader.start()

                def all_shown():
                    weir.process.stdin.write(data)
                    weir.process.stdin.flush()
                    return len(shown) == len(taps)
                poll(all_shown, "a packet in each tap")
                for reader in readers:
                    reader.join()
                self.assertTrue("packet" in shown["text"] or "packet_base64" in shown["text"])
                self.assertIn(shown["documents"]["packet"]["status"], (200, 500, 503))
                self.assertEqual(shown["errors"]["packet"]["packet_base64"], "/w==")
                self.assertEqual(shown["filtered"]["packet"], {"status": 500, "path": "/api/x"})
                for tap in taps.values():
                    self.assertEqual(tap.interrupt(), 0)

    def test_errors_are_clear(self):
        with harness.Weir(FAST) as weir:
            for arguments, code, text in (
                    (("mkae.out",), 1, 'did you mean "make.out"?'),
                    (("make.error",), 1, "nothing is connected to make.error"),
                    (("make.out", "--where", "status"), 1, "write FIELD, one of"),
                    (("make.out", "--limit", "0"), 2, "--limit"),
                    ((), 2, "PORT")):
                result = self.tap(weir, *arguments)
                self.assertEqual(result.returncode, code, arguments)
                self.assertIn(text, result.stderr)
                self.assertEqual(result.stdout, "")
            url = weir.url
        gone = harness.run("tap", "make.out", "--url", url)
        self.assertEqual(gone.returncode, 1)
        self.assertIn(f"no weir answers at {url}: connection refused", gone.stderr)
        self.assertIn("--url", gone.stderr)
        for bad in ("https://localhost:1", "http://", "http://a b"):
            result = harness.run("tap", "make.out", "--url", bad)
            self.assertEqual(result.returncode, 2, bad)
            self.assertIn("--url", result.stderr)

    def test_needs_the_token_where_others_do(self):
        files = {"token": "a-long-secret", "wrong": "another-secret"}
        with harness.Weir(FAST, "--admin-token-file", "token", listen="0.0.0.0:0",
                          files=files) as weir:
            refused = self.tap(weir, "make.out", "--limit", 1)
            self.assertEqual(refused.returncode, 1)
            self.assertIn("--token-file", refused.stderr)
            wrong = self.tap(weir, "make.out", "--limit", 1, "--token-file", weir.path / "wrong")
            self.assertIn("The token is not the one", wrong.stderr)
            missing = self.tap(weir, "make.out", "--token-file", weir.path / "missing")
            self.assertEqual(missing.returncode, 2)
            given = self.tap(weir, "make.out", "--limit", 1, "--token-file", weir.path / "token")
            self.assertEqual((given.returncode, given.stderr), (0, ""))

    def test_a_closed_pipe_ends_it_quietly(self):
        with harness.Weir(FAST) as weir:
            result = subprocess.run(
                f"'{WEIR}' tap make.out --url {weir.url} | head -n 2", shell=True,
                capture_output=True, text=True, timeout=harness.PATIENCE_S)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertEqual(len(result.stdout.splitlines()), 2)

    def test_comes_back_when_the_daemon_is_restarted(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        listen = f"127.0.0.1:{port}"
        with harness.Weir(FAST, listen=listen) as first:
            tap = Tap(first, "make.out")
            self.addCleanup(tap.__exit__)
            tap.line()
        self.assertRegex(self.drained(tap), r"weir tap: .*; trying again in \d")
        with harness.Weir(FAST, listen=listen) as second:
            second.wait_phase("running")
            while "connected again" not in tap.error_line():
                pass
            self.assertEqual(tap.line()["port"], "make.out")
            self.assertEqual(tap.interrupt(), 0)

    def drained(self, tap):
        """What was shown until the connection was lost; answers what was said about that."""
        os.set_blocking(tap.process.stdout.fileno(), False)
        said = []
        os.set_blocking(tap.process.stderr.fileno(), False)

        def lost():
            tap.process.stdout.read()
            said.append((tap.process.stderr.read() or b"").decode())
            return "trying again" in "".join(said)
        poll(lost, "the loss of the connection")
        tap.process.stdout.read()
        os.set_blocking(tap.process.stdout.fileno(), True)
        os.set_blocking(tap.process.stderr.fileno(), True)
        return "".join(said)


class WebSockets(harness.TestCase):
    def test_events_tell_the_state_each_second(self):
        with harness.Weir(FAST) as weir, WebSocket(weir.url, "/api/v1/events") as events:
            first, second = events.message(), events.message()
            for message in (first, second):
                self.assertEqual(message["graph"]["name"], "fast")
                self.assertIn("report", message)
            self.assertLess(first["time"], second["time"])

    def test_pages_of_other_sites_are_refused(self):
        with harness.Weir(FAST) as weir:
            for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
                for path in ("/api/v1/events", "/api/v1/tap?port=make.out"):
                    with self.assertRaises(Refused) as refused:
                        WebSocket(weir.url, path, headers)
                    self.assertEqual(refused.exception.status, 403)
            WebSocket(weir.url, "/api/v1/events", {"Origin": weir.url}).close()
            self.assertEqual(weir.get("/api/v1/events").status, 426)

    def test_a_hundred_taps_some_of_which_do_not_read_hold_up_nobody(self):
        with harness.Weir(FAST) as weir:
            weir.wait_phase("running")
            taps = [WebSocket(weir.url, "/api/v1/tap?port=make.out") for _ in range(100)]
            for tap in taps[::10]:
                self.assertEqual(tap.message()["port"], "make.out")
            before = weir.metrics().sum("weir_packets_total", process="end")
            poll(lambda: weir.metrics().sum("weir_packets_total", process="end") > before + 100_000,
                 "packets that move")
            with WebSocket(weir.url, "/api/v1/events") as events:
                self.assertEqual(events.message()["graph"]["name"], "fast")
            self.assertEqual(weir.get("/livez").status, 200)
            self.assertEqual(weir.stop(), 0)
            self.assertEqual(taps[0].close_code(), 1001)
            for tap in taps:
                tap.close()


if __name__ == "__main__":
    harness.main()
