"""What the system refuses, descriptors, memory and threads, ends a connection, a packet or the run in
order, never the program by itself."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import resource
import signal
import socket
import sys
import unittest
from pathlib import Path

import harness
import http_servers
import postgres

sys.path.insert(0, str(Path(__file__).resolve().parent / "hostile"))
import client  # noqa: E402

TAKE = """
name: take
processes:
  listen: {component: http/listen, config: {address: "127.0.0.1:0", connections: %d}}
  write: {component: file/write, config: {path: out.txt}}
connections:
  - listen -> write
"""
MANY = """
name: many
processes:
  make: {component: core/generate, config: {count: 10}}
  write: {component: file/write, config: {path: out.txt}}
connections:
  - make -> write
"""
ASK = """
name: ask
processes:
  make: {component: core/generate, config: {rate: 50/s}}
  ask: {component: http/request, config: {url: "%s", retries: 0}}
  format: {component: json/format}
  write: {component: file/write, config: {path: out.txt}}
  reject: {component: file/write, config: {path: reject.jsonl}}
connections:
  - make -> ask -> format -> write
  - ask.error -> reject
"""
ROWS = """
name: rows
processes:
  make: {component: core/generate, config: {rate: 50/s, size: 20}}
  parse: {component: csv/parse, config: {columns: [line]}}
  write: {component: postgres/write, config: {resource: db, table: lines}}
  end: {component: core/discard}
connections:
  - make -> parse -> write -> end
"""
LONG = """
name: long
processes:
  listen: {component: http/listen, config: {address: "127.0.0.1:0", max_line: 1GiB}}
  write: {component: file/write, config: {path: out.txt}}
connections:
  - listen -> write
"""
# Documents take more than what they are made of, and wait in a connection that is never full.
FILL = """
name: fill
processes:
  make: {component: core/generate, config: {size: 100}}
  parse: {component: csv/parse, config: {columns: [a]}}
  slow: {component: core/pass, rate: 10000/s}
  write: {component: json/format}
  end: {component: core/discard}
connections:
  - make -> parse
  - {from: parse.out, to: slow.in, capacity: 1000000}
  - slow -> write -> end
"""
NAMES = ("make", "parse", "slow", "write", "end")
COLUMNS = ("in", "out", "created", "consumed", "filtered", "error", "drained", "errors")
# They keep what was freed for a while, and reserve address space beyond every limit.
SANITIZED = "asan" in harness.WEIR or "tsan" in harness.WEIR


def descriptors(most):
    """For preexec: weir may have so many."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def need_descriptors(test, most):
    """The test itself holds so many clients."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < most:
        test.skipTest(f"the hard limit on open files is {hard}, and {most} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    test.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.contextmanager
def few_descriptors(weir, most):
    """Weir gets no new ones meanwhile, if it has so many already."""
    if "asan" in harness.WEIR:
        raise unittest.SkipTest("UndefinedBehaviorSanitizer takes objects for invalid where it gets "
                                "no pipe to look at them through")
    before = resource.prlimit(weir.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(weir.process.pid, resource.RLIMIT_NOFILE, (most, before[1]))
    yield
    resource.prlimit(weir.process.pid, resource.RLIMIT_NOFILE, before)


def ask(peer, *arguments):
    peer.request(*arguments)
    answer = peer.getresponse()
    return answer.status, answer.read().decode()


class Limits(harness.TestCase):
    def open(self, *arguments, **more):
        weir = harness.Weir(*arguments, **more)
        weir.__enter__()
        self.addCleanup(weir.__exit__, None, None, None)
        return weir

    def listening(self, weir):
        weir.wait_phase("running")
        weir.wait_stderr("takes lines at ")
        return int(re.search(r"takes lines at http://127\.0\.0\.1:(\d+)", weir.stderr)[1])

    def connect(self, port):
        peer = socket.create_connection(("127.0.0.1", port), harness.PATIENCE_S)
        self.addCleanup(peer.close)
        return peer

    def keep_alive(self, port):
        peer = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.PATIENCE_S)
        self.addCleanup(peer.close)
        self.assertEqual(ask(peer, "HEAD", "/")[1], "")
        return peer

    def post(self, port, body):
        """The status of a POST on a connection of its own; None if it was closed without one."""
        peer = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.PATIENCE_S)
        with contextlib.closing(peer), contextlib.suppress(ConnectionError):
            peer.request("POST", "/", body=body)
            return peer.getresponse().status


class Descriptors(Limits):
    def test_idle_clients_leave_some_to_the_admin_port_and_to_outputs(self):
        need_descriptors(self, 2500)
        weir = self.open(TAKE % 5000, preexec=descriptors(256))
        port = self.listening(weir)
        admin = int(weir.url.rsplit(":", 1)[1])
        idle = [self.connect(port) for _ in range(1300)]
        idle_admin = [self.connect(admin) for _ in range(400)]
        self.assertEqual(client.probe(admin)[0], 200)
        self.assertEqual(weir.get("/metrics").status, 200)
        self.assertEqual(self.post(port, b"refused\n"), 429)
        weir.wait_stderr("192 of the 256 files and sockets that the program may have are open")
        os.rename(weir.path / "out.txt", weir.path / "out.txt.1")
        weir.signal(signal.SIGHUP)
        harness.poll((weir.path / "out.txt").exists, "the output to be opened anew")
        for peer in idle + idle_admin:
            peer.close()
        harness.poll(lambda: self.post(port, b"taken\n") == 200, "a place")
        harness.poll(lambda: (weir.path / "out.txt").read_text() == "taken\n", "the line")
        self.assertEqual(weir.stderr.count("files and sockets that the program may have"), 1)
        self.assertEqual(weir.stop(), 0, weir.stderr)

    def test_429_at_once_for_each_of_9000_idle_clients(self):
        need_descriptors(self, 9500)
        weir = self.open(TAKE % 100)
        port = self.listening(weir)
        before = client.resident(weir.process.pid)
        idle = [self.connect(port) for _ in range(9000)]
        self.assertEqual(self.post(port, b"refused\n"), 429)
        self.assertEqual(client.probe(int(weir.url.rsplit(":", 1)[1]))[0], 200)
        self.assertLess(client.resident(weir.process.pid) - before, (64 << 20) * (8 if SANITIZED else 1))
        for peer in idle[100:]:
            self.assertIn(b" 429 ", peer.recv(4096))
        # Clients that were there first are served.
        idle[0].sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\na\n")
        self.assertIn(b" 200 ", idle[0].recv(4096))

    def test_none_left_at_all(self):
        weir = self.open(TAKE % 100)
        port = self.listening(weir)
        admin = self.keep_alive(int(weir.url.rsplit(":", 1)[1]))
        taken = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.PATIENCE_S)
        self.addCleanup(taken.close)
        self.assertEqual(ask(taken, "POST", "/", b"one\n")[0], 200)
        out = weir.path / "out.txt"
        harness.poll(lambda: out.read_text() == "one\n", "the first line")
        with few_descriptors(weir, 3):
            out.unlink()
            self.assertEqual(ask(taken, "POST", "/", b"two\n")[0], 200)
            harness.poll(lambda: "too many files are open: raise the limit" in
                         ask(admin, "GET", "/readyz")[1], "the trouble of the output")
            waiting = self.connect(port)
            waiting.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nthree\n")
            weir.wait_stderr("a new client cannot be taken: Too many open files")
            also_waiting = self.connect(int(weir.url.rsplit(":", 1)[1]))
            also_waiting.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            weir.wait_stderr("admin: no connection can be taken for now: Too many open files")
            self.assertEqual(ask(admin, "GET", "/livez")[0], 200)
        self.assertIn(b" 200 ", waiting.recv(4096))
        self.assertIn(b" 200 ", also_waiting.recv(4096))
        harness.poll(lambda: out.exists() and out.read_text() == "two\nthree\n", "the other lines")
        self.assertEqual(weir.stop(), 0, weir.stderr)

    def test_http_request_answers_with_errors_and_goes_on(self):
        with http_servers.Wild() as server:
            weir = self.open(ASK % server.url("/stale"))
            weir.wait_phase("running")
            admin = self.keep_alive(int(weir.url.rsplit(":", 1)[1]))
            out, reject = weir.path / "out.txt", weir.path / "reject.jsonl"
            harness.poll(lambda: out.exists() and out.read_text(), "an answer")
            with few_descriptors(weir, 3):
                harness.poll(lambda: reject.read_text(), "an error")
                self.assertEqual(ask(admin, "GET", "/livez")[0], 200)
            error = json.loads(reject.read_text().splitlines()[0])
            self.assertEqual((error["kind"], error["process"]), ("connection", "ask"))
            answers = len(out.read_text())
            harness.poll(lambda: len(out.read_text()) > answers, "answers again")
            self.assertIn(weir.stop(), (0, 1), weir.stderr)

    def test_postgres_write_waits(self):
        with postgres.Postgres() as server:
            server.sql("CREATE TABLE lines (line text)")
            weir = self.open("\n".join((server.resource(), ROWS)),
                             env={"WEIR_TEST_PASSWORD": postgres.PASSWORD})
            weir.wait_phase("running")
            count = "SELECT count(*) FROM lines"
            harness.poll(lambda: server.value(count) != "0", "rows")
            with few_descriptors(weir, 3):
                # Its connections are gone, and it gets no others.
                server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           "WHERE pid <> pg_backend_pid() AND client_port > 0")
                weir.wait_stderr("Too many open files")
                before = int(server.value(count))
            harness.poll(lambda: int(server.value(count)) > before, "rows again")
            self.assertEqual(weir.stop(), 0, weir.stderr)


@unittest.skipIf(SANITIZED, "they reserve address space, and stop where there is none")
class Memory(Limits):
    def little(self, weir, room):
        """From now on weir gets so many bytes more."""
        size = int(Path(f"/proc/{weir.process.pid}/statm").read_text().split()[0]) * 4096
        resource.prlimit(weir.process.pid, resource.RLIMIT_AS, (size + room, size + room))

    def test_clients_that_send_too_much_lose_their_connections(self):
        weir = self.open(LONG)
        port = self.listening(weir)
        self.little(weir, 64 << 20)
        body = b"x" * (100 << 20) + b"\nend\n"
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for status in pool.map(lambda _: self.post(port, body), range(4)):
                self.assertIsNone(status)
        weir.wait_stderr("a connection was closed without an answer")
        self.assertEqual(client.probe(int(weir.url.rsplit(":", 1)[1]))[0], 200)
        self.assertEqual(self.post(port, b"short\n"), 200)
        harness.poll(lambda: (weir.path / "out.txt").read_text() == "short\n", "the line")
        self.assertEqual(weir.stop(), 0, weir.stderr)

    def test_where_nobody_is_at_fault_it_stops_with_counts(self):
        weir = self.open(FILL, "--drain-timeout", "1s")
        weir.wait_phase("running")
        self.little(weir, 64 << 20)
        self.assertEqual(weir.wait(), 1, weir.stderr)
        self.assertIn("out of memory: the system gives no more", weir.stderr)
        self.assertNotIn("terminate called", weir.stderr)
        rows = {row[0]: dict(zip(COLUMNS, map(int, row[1:])))
                for row in map(str.split, weir.stderr.splitlines()) if row[:1] and row[0] in NAMES}
        self.assertEqual(set(rows), set(NAMES), weir.stderr)
        queued = re.search(r"parse\.out -> slow\.in has (\d+) queued", weir.stderr)
        held = re.search(r"parse holds (\d+)", weir.stderr)
        parse = rows["parse"]
        self.assertEqual(rows["make"]["out"], parse["in"])
        self.assertEqual(parse["in"], parse["out"] + parse["consumed"] + parse["error"] +
                         parse["drained"] + int(held[1] if held else 0))
        self.assertEqual(parse["out"], rows["slow"]["in"] + int(queued[1] if queued else 0))


@unittest.skipIf(SANITIZED, "they have threads of their own")
class Threads(Limits):
    def test_too_few_threads_end_the_run_in_order(self):
        if os.geteuid() != 0:
            self.skipTest("needs users of its own, whom the limit binds")
        # Those for workers, then for the admin server, the watch and the start.
        for most in range(1, 7):
            def as_somebody(most=most):
                os.chmod(".", 0o777)
                # One for each run, since the limit is on all processes of a user.
                user = 20000 + os.getpid() % 40000
                os.setgid(user)
                resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
                os.setuid(user)
            with self.subTest(most=most):
                weir = self.open(MANY, "--workers", 2, preexec=as_somebody)
                self.assertEqual(weir.wait(), 1, weir.stderr)
                self.assertIn("the system gives no more threads; ask for fewer workers", weir.stderr)
                self.assertNotIn("terminate called", weir.stderr)


if __name__ == "__main__":
    harness.main()
