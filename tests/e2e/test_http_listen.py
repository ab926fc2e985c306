"""http/listen as clients see it."""

import ctypes
import gzip
import http.client
import json
import re
import signal
import socket
import threading
import zlib
from pathlib import Path

import harness

OPEN = """
name: take
processes:
  listen: {component: http/listen, config: {address: "127.0.0.1:0", path: /lines, limit: 1MiB, max_line: 1KiB}}
  write: {component: file/write, config: {path: out.txt}}
  reject: {component: file/write, config: {path: reject.jsonl}}
connections:
  - listen -> write
  - listen.error -> reject
"""
# The work never ends, so that what lies before it fills up.
FULL = """
name: full
processes:
  listen: {component: http/listen, config: {address: "127.0.0.1:0"}}
  hold: {component: core/work, config: {wait: 1h}}
  end: {component: core/discard}
connections:
  - {from: listen.out, to: hold.in, capacity: 4}
  - hold -> end
"""

# Slower than its clients, with little room.
SLOW = """
name: slow
processes:
  listen: {component: http/listen, config: {address: "127.0.0.1:0", connections: 8}}
  work: {component: core/work, config: {wait: 200us}}
  write: {component: file/write, config: {path: out.txt}}
connections:
  - {from: listen.out, to: work.in, capacity: 4}
  - work -> write
"""
FEW = OPEN.replace("path: /lines", "path: /lines, connections: 2")
HASTY = OPEN.replace("path: /lines", "path: /lines, client_timeout: 200ms")


ZSTD = ctypes.CDLL("libzstd.so.1")
ZSTD.ZSTD_compressBound.restype = ZSTD.ZSTD_compress.restype = ctypes.c_size_t


def zstd(text):
    room = ctypes.create_string_buffer(ZSTD.ZSTD_compressBound(ctypes.c_size_t(len(text))))
    size = ZSTD.ZSTD_compress(room, ctypes.c_size_t(len(room)), text, ctypes.c_size_t(len(text)), 3)
    return room.raw[:size]


class HttpListen(harness.TestCase):
    def open(self, graph, *arguments):
        weir = harness.Weir(graph, *arguments)
        weir.__enter__()
        self.addCleanup(weir.__exit__, None, None, None)
        weir.wait_phase("running")
        weir.wait_stderr("takes lines at ")
        self.port = int(re.search(r"takes lines at http://127\.0\.0\.1:(\d+)", weir.stderr)[1])
        return weir

    def client(self):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.PATIENCE_S)
        self.addCleanup(client.close)
        return client

    def ask(self, body, path="/lines", method="POST", client=None, **arguments):
        client = client or self.client()
        client.request(method, path, body=body, **arguments)
        answer = client.getresponse()
        text = answer.read()
        return answer, json.loads(text) if text else None

    def raw(self, *pieces):
        """Sends pieces, answers all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), harness.PATIENCE_S) as peer:
            for piece in pieces:
                peer.sendall(piece)
            peer.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := peer.recv(65536):
                answer += chunk
            return answer

    def lines(self, weir):
        return (weir.path / "out.txt").read_bytes().splitlines()

    def test_a_line_is_a_packet_and_the_answer_counts_them(self):
        weir = self.open(OPEN)
        client = self.client()
        answer, body = self.ask(b"one\ntwo\n\nlast without end", client=client)
        self.assertEqual((answer.status, body), (200, {"packets": 4}))
        answer, body = self.ask(b"on the same connection\n", client=client)
        self.assertEqual((answer.status, body), (200, {"packets": 1}))
        answer, body = self.ask(b"", client=client)
        self.assertEqual((answer.status, body), (200, {"packets": 0}))
        harness.poll(lambda: len(self.lines(weir)) == 5, "the lines")
        self.assertEqual(self.lines(weir), [b"one", b"two", b"", b"last without end",
                                            b"on the same connection"])

    def test_chunked_bodies_and_100_continue(self):
        weir = self.open(OPEN)
        answer = self.raw(b"POST /lines HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                          b"Expect: 100-continue\r\nConnection: close\r\n\r\n",
                          b"5\r\nfirst\r\n", b"7\r\n\nsecond\r\n", b"0\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 100 "), answer)
        self.assertIn(b'{"packets":2}', answer)
        harness.poll(lambda: self.lines(weir) == [b"first", b"second"], "the lines")

    def test_a_large_body_is_taken_at_the_graphs_pace(self):
        weir = self.open(OPEN)
        lines = [b"%d" % number for number in range(100_000)]
        answer, body = self.ask(b"\n".join(lines))
        self.assertEqual((answer.status, body), (200, {"packets": len(lines)}))
        harness.poll(lambda: len(self.lines(weir)) == len(lines), "the lines")
        self.assertEqual(self.lines(weir), lines)

    def test_429_when_the_output_is_full_and_nothing_is_taken(self):
        weir = self.open(FULL)
        answer, body = self.ask(b"1\n2\n3\n4\n5\n", path="/")
        self.assertEqual((answer.status, body), (200, {"packets": 5}))
        harness.poll(lambda: weir.metrics().sum("weir_queue_packets") == 4, "a full connection")
        answer, body = self.ask(b"6\n", path="/")
        self.assertEqual((answer.status, body["packets"]), (429, 0))
        self.assertEqual(answer.getheader("Retry-After"), "1")
        self.assertEqual(answer.getheader("Content-Type"), "application/problem+json")
        self.assertEqual(weir.metrics().value("weir_packets_total", process="listen", port="out"), 5)

    def test_under_overload_what_is_accepted_is_handled_and_the_rest_gets_429(self):
        weir = self.open(SLOW)
        accepted, refused, others = [], [], []

        def send(client):
            for number in range(40):
                line = f"{client}-{number}".encode()
                # A connection for each, so that their number is over the limit at times.
                try:
                    answer, body = self.ask(line + b"\n", path="/")
                except OSError as error:
                    others.append(error)
                    continue
                if answer.status == 200:
                    accepted.append((line, body["packets"]))
                elif answer.status == 429 and answer.getheader("Retry-After"):
                    refused.append(body["packets"])
                else:
                    others.append(answer.status)
        clients = [threading.Thread(target=send, args=(client,)) for client in range(32)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.assertEqual(others, [])
        self.assertEqual({count for _, count in accepted}, {1})
        self.assertEqual(set(refused), {0}, "refused requests, of which nothing was taken")
        self.assertEqual(len(accepted) + len(refused), 32 * 40)
        harness.poll(lambda: len(self.lines(weir)) >= len(accepted), "the lines")
        self.assertEqual(sorted(self.lines(weir)), sorted(line for line, _ in accepted))
        # Bounded: no more than capacity, a step's worth, and what the clients have in flight.
        peak = re.search(r"VmHWM:\s+(\d+) kB",
                         (Path("/proc") / str(weir.process.pid) / "status").read_text())
        self.assertLess(int(peak[1]), 512 * 1024)

    def test_clients_beyond_the_limit_get_429_and_the_others_go_on(self):
        weir = self.open(FEW)
        first, second = self.client(), self.client()
        for client in (first, second):
            self.assertEqual(self.ask(b"a\n", client=client)[0].status, 200)
        answer, body = self.ask(b"b\n")
        self.assertEqual((answer.status, body["packets"]), (429, 0))
        self.assertEqual(answer.getheader("Retry-After"), "1")
        self.assertEqual(self.ask(b"c\n", client=second)[0].status, 200)
        first.close()
        harness.poll(lambda: self.ask(b"d\n")[0].status == 200, "a place")
        harness.poll(lambda: len(self.lines(weir)) == 4, "the lines")
        self.assertEqual(self.lines(weir), [b"a", b"a", b"c", b"d"])

    def test_slow_clients_are_cut_off(self):
        weir = self.open(HASTY)
        for begun, expected in (
                (b"", b""), (b"POST /lines HT", b" 408 "),
                (b"POST /lines HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nhal", b" 408 ")):
            with socket.create_connection(("127.0.0.1", self.port), harness.PATIENCE_S) as peer:
                peer.sendall(begun)
                answer = b""
                while chunk := peer.recv(65536):
                    answer += chunk
                self.assertIn(expected, answer)
                self.assertTrue(expected or not answer, answer)
        reject = weir.path / "reject.jsonl"
        harness.poll(lambda: reject.read_text().count("\n") == 1, "the half line")
        self.assertEqual(json.loads(reject.read_text())["packet"], "hal")

    def test_413_from_the_announced_length_takes_nothing(self):
        weir = self.open(OPEN)
        answer, body = self.ask(b"x" * 100 + b"\n", headers={"Content-Length": "9999999"})
        self.assertEqual((answer.status, body["packets"]), (413, 0))
        self.assertEqual(weir.metrics().value("weir_packets_total", process="listen", port="out"), 0)

    def test_413_in_mid_body_says_how_many_were_taken(self):
        weir = self.open(OPEN)
        answer, body = self.ask(iter([b"a line\n"] * 200_000), encode_chunked=True,
                                headers={"Transfer-Encoding": "chunked"})
        self.assertEqual(answer.status, 413)
        self.assertGreater(body["packets"], 0)
        harness.poll(lambda: len(self.lines(weir)) == body["packets"], "the lines that were taken")

    def test_a_line_that_is_too_long_goes_to_error(self):
        weir = self.open(OPEN)
        self.ask(b"short\n" + b"x" * 5000 + b"\nshort again\n")
        harness.poll(lambda: len(self.lines(weir)) == 2, "the short lines")
        reject = weir.path / "reject.jsonl"
        harness.poll(lambda: reject.read_text().count("\n") == 1, "the long line")
        entry = json.loads(reject.read_text())
        self.assertEqual((entry["kind"], entry["process"]), ("too_long", "listen"))
        self.assertIn("5000", entry["error"])

    def test_a_client_that_goes_away_loses_only_the_line_it_did_not_finish(self):
        weir = self.open(OPEN)
        self.raw(b"POST /lines HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nwhole\nhalf a li")
        harness.poll(lambda: self.lines(weir) == [b"whole"], "the whole line")
        reject = weir.path / "reject.jsonl"
        harness.poll(lambda: reject.read_text().count("\n") == 1, "the half line")
        entry = json.loads(reject.read_text())
        self.assertEqual((entry["kind"], entry["packet"]), ("incomplete", "half a li"))

    def test_a_body_that_breaks_in_the_middle_is_answered_with_what_was_taken(self):
        weir = self.open(OPEN)
        head = b"POST /lines HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = self.raw(head + b"8\r\nL1a\nL2a\n\r\nZZ\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.assertIn(b'"packets":2', answer)
        harness.poll(lambda: self.lines(weir) == [b"L1a", b"L2a"], "the whole lines")

    def test_compressed_bodies_are_decoded_and_bounded(self):
        weir = self.open(OPEN)
        plain = b"one\ntwo\n"
        for coding, body in (("gzip", gzip.compress(plain)), ("deflate", zlib.compress(plain)),
                             ("gzip", gzip.compress(b"one\n") + gzip.compress(b"two\n"))):
            answer, said = self.ask(body, headers={"Content-Encoding": coding})
            self.assertEqual((answer.status, said), (200, {"packets": 2}), coding)
        for coding, body in (("zstd", zstd(plain)), ("zstd", zstd(b"one\n") + zstd(b"two\n"))):
            answer, said = self.ask(body, headers={"Content-Encoding": coding})
            self.assertEqual((answer.status, said), (200, {"packets": 2}), coding)
        answer, _ = self.ask(b"x", headers={"Content-Encoding": "br"})
        self.assertEqual((answer.status, answer.getheader("Accept-Encoding")),
                         (415, "gzip, deflate, zstd"))
        bomb = b"0123456789\n" * 2_000_000
        for coding, compress in (("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstd)):
            with self.subTest(coding):
                headers = {"Content-Encoding": coding}
                answer, said = self.ask(b"not compressed", headers=headers)
                self.assertEqual((answer.status, said["packets"]), (400, 0))
                answer, said = self.ask(compress(plain)[:-4], headers=headers)
                self.assertEqual(answer.status, 400)
                answer, said = self.ask(compress(bomb), headers=headers)
                self.assertEqual(answer.status, 413)
                self.assertLess(said["packets"], 200_000)

    def test_web_pages_of_others_cannot_send_lines(self):
        self.open(OPEN)
        for headers, status in (({"Host": "evil.example"}, 403),
                                ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403),
                                ({"Origin": f"http://127.0.0.1:{self.port}"}, 200)):
            self.assertEqual(self.ask(b"a\n", headers=headers)[0].status, status, headers)

    def test_hosts_says_who_else_may(self):
        self.open(OPEN.replace("path: /lines", "path: /lines, hosts: [lines.example.org]"))
        for headers, status in (({"Host": "lines.example.org"}, 200), ({"Host": "evil.example"}, 403),
                                ({"Origin": "https://lines.example.org"}, 200)):
            self.assertEqual(self.ask(b"a\n", headers=headers)[0].status, status, headers)
        self.open(OPEN.replace("path: /lines", 'path: /lines, hosts: "*"'))
        self.assertEqual(self.ask(b"a\n", headers={"Host": "evil.example"})[0].status, 200)

    def test_strip_cr(self):
        weir = self.open(OPEN.replace("path: /lines", "path: /lines, strip_cr: true"))
        self.ask(b"one\r\ntwo\n")
        harness.poll(lambda: self.lines(weir) == [b"one", b"two"], "the lines")

    def test_a_body_of_a_byte_now_and_then_is_cut_off(self):
        weir = self.open(OPEN.replace("path: /lines",
                                      "path: /lines, client_timeout: 300ms, min_rate: 1MiB"))
        with socket.create_connection(("127.0.0.1", self.port), harness.PATIENCE_S) as peer:
            peer.sendall(b"POST /lines HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\na\n")
            peer.settimeout(0.05)
            answer = b""

            def answered():
                nonlocal answer
                try:
                    answer += peer.recv(65536)
                except TimeoutError:
                    peer.sendall(b"x")
                return b"packets" in answer
            harness.poll(answered, "the end of its time")
        self.assertIn(b" 408 ", answer)
        self.assertIn(b'"packets":1', answer)

    def test_wrong_requests_are_problem_details(self):
        self.open(OPEN)
        answer, body = self.ask(b"", path="/other")
        self.assertEqual((answer.status, body["status"]), (404, 404))
        self.assertIn("/lines", body["detail"])
        answer, body = self.ask(None, method="GET")
        self.assertEqual((answer.status, answer.getheader("Allow")), (405, "POST"))
        # The answer to HEAD has no body, whatever its length says: it would be taken for the next.
        answer = self.raw(b"HEAD /lines HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertRegex(answer, rb"^HTTP/1\.1 405 ")
        self.assertRegex(answer, rb"(?i)content-length: [1-9]")
        self.assertTrue(answer.endswith(b"\r\n\r\n"), answer)
        self.assertIn(b" 400 ", self.raw(b"this is no HTTP\r\n\r\n").splitlines()[0])
        self.assertIn(b" 431 ", self.raw(b"POST /lines HTTP/1.1\r\nX: " + b"y" * 30_000 + b"\r\n\r\n")
                      .splitlines()[0])

    def test_new_requests_are_refused_while_draining(self):
        weir = self.open(FULL, "--drain-timeout", "60s")
        client = self.client()
        self.ask(b"1\n2\n", path="/", client=client)
        weir.signal(signal.SIGTERM)
        weir.wait_phase("draining")
        answer, body = self.ask(b"3\n", path="/", client=client)
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.getheader("Content-Type"), "application/problem+json")
        weir.signal(signal.SIGTERM)
        self.assertEqual(weir.wait(), 1)


if __name__ == "__main__":
    harness.main()
