"""Signals: the drain and its deadline, the second signal, --stay, the service manager."""

import os
import re
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import harness

ENDLESS = """
name: endless
processes:
  make: {component: core/generate}
  pass: {component: core/pass}
  end: {component: core/discard}
connections: [make -> pass -> end]
"""

# The sink takes one packet and keeps it, so everything before it fills up and comes to rest.
STUCK_SINK = """
name: stuck-sink
processes:
  make: {component: core/generate}
  pass: {component: core/pass}
  hold: {component: core/work, config: {wait: 1h}}
  end: {component: core/discard}
connections:
  - make -> pass
  - {from: pass.out, to: hold.in, capacity: 16}
  - hold -> end
"""

ENDS = """
name: ends
processes:
  make: {component: core/generate, config: {count: 10}}
  end: {component: core/discard}
connections: [make -> end]
"""

LINES = """
name: lines
processes:
  read: {component: stdin/read}
  slow: {component: core/work, config: {spin: 50us}}
  write: {component: stdout/write}
connections: [read -> slow -> write]
"""


class Signals(harness.TestCase):
    def test_a_drain_in_time_is_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with harness.Weir(ENDLESS) as weir:
                weir.wait_phase("running")
                weir.signal(number)
                self.assertEqual(weir.wait(), 0, weir.stderr)
                self.assertIn("finishing what is in flight", weir.stderr)
                self.assertRegex(weir.stderr, r"\nhandled \d+ packets? from the sources in .*, 0 left\n")
                sent = int(re.search(r"handled (\d+) packet", weir.stderr)[1])
                self.assertRegex(weir.stderr, rf"\nend +{sent} +0 +0 +{sent} ")

    def test_a_drain_loses_no_line_that_was_read(self):
        lines = b"".join(b"line %d\n" % number for number in range(2_000_000))
        with harness.Weir(LINES, stdin=subprocess.PIPE) as weir:
            os.set_blocking(weir.process.stdin.fileno(), False)
            given = 0

            def feed():
                nonlocal given
                try:
                    given += os.write(weir.process.stdin.fileno(), lines[given:given + 65536])
                except BlockingIOError:
                    pass
                return weir.stdout.count(b"\n") > 1000
            harness.poll(feed, "a thousand lines to come out")
            self.assertEqual(weir.stop(), 0, weir.stderr)
            self.assertTrue(lines.startswith(weir.stdout), "a line is missing, changed or cut")
            self.assertTrue(weir.stdout.endswith(b"\n"))
            handled = int(re.search(r"handled (\d+) packet", weir.stderr)[1])
            self.assertEqual(weir.stdout.count(b"\n"), handled)

    def test_what_is_left_at_the_deadline_is_counted_and_named_and_1(self):
        with harness.Weir(STUCK_SINK, "--drain-timeout", "100ms") as weir:
            metrics = weir.wait_rest()
            self.assert_identities(weir, metrics)
            self.assertGreaterEqual(metrics.value("weir_queue_packets",
                                                  connection="pass.out -> hold.in"), 16)
            self.assertEqual(weir.stop(), 1, weir.stderr)
            left = re.search(r"(\d+) packets could not be finished: (.*)", weir.stderr)
            self.assertIsNotNone(left, weir.stderr)
            self.assertIn("pass.out -> hold.in has ", left[2])
            self.assertIn("hold holds 1", left[2])
            counted = sum(map(int, re.findall(r"(?:holds|has) (\d+)", left[2])))
            self.assertEqual(counted, int(left[1]))
            self.assertIn(f", {counted} left", weir.stderr)

    def test_not_ready_while_draining_but_alive(self):
        with harness.Weir(STUCK_SINK, "--drain-timeout", "1h") as weir:
            weir.wait_rest()
            weir.signal(signal.SIGTERM)
            weir.wait_phase("draining")
            ready = weir.get("/readyz")
            self.assertEqual(ready.status, 503)
            self.assertIn("draining", ready.json["reason"])
            self.assertEqual(weir.get("/livez").status, 200)
            self.assertEqual(weir.get("/metrics").status, 200)

    def test_a_second_signal_stops_now_and_is_1(self):
        with harness.Weir(STUCK_SINK, "--drain-timeout", "1h") as weir:
            weir.wait_rest()
            weir.signal(signal.SIGINT)
            weir.wait_stderr("finishing what is in flight")
            weir.signal(signal.SIGINT)
            self.assertEqual(weir.wait(), 1, weir.stderr)
            self.assertIn("could not be finished", weir.stderr)

    def test_hangup_and_usr1_open_output_files_anew(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "out.log")
            graph = (
                "name: g\nprocesses:\n"
                "  make: {component: core/generate, config: {rate: 1/h}}\n"
                "  write: {component: file/write, config: {path: %s}}\n"
                "connections: [make -> write]\n" % path)
            with harness.Weir(graph) as weir:
                weir.wait_phase("running")
                for number in (signal.SIGHUP, signal.SIGUSR1):
                    harness.poll(path.exists, "the file")
                    path.unlink()
                    weir.signal(number)
                    harness.poll(path.exists, "the file")
                    self.assertEqual(weir.get("/readyz").status, 200)
                self.assertIn("output files are opened anew", weir.stderr)
                self.assertEqual(weir.stop(), 0, weir.stderr)

    def test_usr2_does_nothing(self):
        with harness.Weir(ENDLESS) as weir:
            weir.wait_phase("running")
            weir.signal(signal.SIGUSR2)
            self.assertEqual(weir.get("/readyz").status, 200)
            self.assertEqual(weir.stop(), 0, weir.stderr)

    def test_quit_drains(self):
        with harness.Weir(ENDLESS) as weir:
            weir.wait_phase("running")
            weir.signal(signal.SIGQUIT)
            self.assertEqual(weir.wait(), 0, weir.stderr)
            self.assertIn("SIGQUIT: finishing what is in flight", weir.stderr)

    def test_a_signal_before_it_runs_is_not_its_end(self):
        program = subprocess.Popen([harness.WEIR, "run", "-", "--listen", "127.0.0.1:0"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        # Reading standard input it can be interrupted, as programs can.
        program.terminate()
        self.assertEqual(program.wait(30), -signal.SIGTERM)
        for pipe in (program.stdin, program.stdout, program.stderr):
            pipe.close()
        with tempfile.TemporaryDirectory() as folder:
            graph = Path(folder, "g.yaml")
            graph.write_text(ENDLESS)
            # Inherited blocked and pending, as if it came with the first instruction.
            def early():
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
                os.kill(os.getpid(), signal.SIGTERM)
            result = subprocess.run([harness.WEIR, "run", graph, "--listen", "127.0.0.1:0"],
                                    preexec_fn=early, capture_output=True, text=True, timeout=60)
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_closed_standard_descriptors_are_not_taken_by_others(self):
        with tempfile.TemporaryDirectory() as folder:
            graph = Path(folder, "g.yaml")
            out = Path(folder, "out.log")
            graph.write_text(ENDS.replace("core/discard}",
                                          "file/write, config: {path: %s}}" % out))
            def close():
                for number in range(3):
                    os.close(number)
            result = subprocess.run([harness.WEIR, "run", graph, "--listen", "127.0.0.1:0"],
                                    preexec_fn=close, timeout=60)
            self.assertEqual(result.returncode, 0)
            self.assertEqual(len(out.read_text().splitlines()), 10)

    def test_sigint_is_heard_although_the_shell_ignored_it(self):
        ignore = lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)
        with harness.Weir(ENDLESS, preexec=ignore) as weir:
            weir.wait_phase("running")
            weir.signal(signal.SIGINT)
            self.assertEqual(weir.wait(), 0, weir.stderr)

    def test_a_read_from_a_pipe_that_nobody_writes_can_be_stopped(self):
        graph = """
name: waits
processes:
  read: {component: file/read, config: {path: pipe}}
  end: {component: core/discard}
connections: [read -> end]
"""
        with tempfile.TemporaryDirectory() as folder:
            os.mkfifo(f"{folder}/pipe")
            with harness.Weir(graph, "--set", f"read.path={folder}/pipe") as weir:
                def heard():
                    blocked = Path(f"/proc/{weir.process.pid}/status").read_text()
                    return int(re.search(r"SigBlk:\s+(\w+)", blocked)[1], 16)
                harness.poll(heard, "the signals to be taken over")
                weir.signal(signal.SIGTERM)
                weir.wait_stderr("finishing what is in flight")
                weir.signal(signal.SIGTERM)
                self.assertIn(weir.wait(), (0, 1), weir.stderr)

    def test_stay_serves_until_a_signal(self):
        with harness.Weir(ENDS, "--stay") as weir:
            weir.wait_phase("ended")
            self.assertEqual(weir.get("/readyz").status, 200)
            self.assertEqual(weir.metrics().value("weir_packets_total", process="end", port="in"), 10)
            self.assertIsNone(weir.process.poll())
            self.assertEqual(weir.stop(), 0, weir.stderr)
            self.assertEqual(weir.stderr.count("handled 10 packets"), 1)

    def test_stay_after_a_failure_is_not_ready_and_ends_with_1(self):
        graph = """
name: failing
processes:
  make: {component: core/generate, config: {count: 10}}
  work: {component: core/work, config: {fail: 1}, on_error: stop}
  end: {component: core/discard}
connections: [make -> work -> end]
"""
        with harness.Weir(graph, "--stay") as weir:
            weir.wait_phase("failed")
            ready = weir.get("/readyz")
            self.assertEqual(ready.status, 503)
            self.assertIn("work", ready.json["reason"])
            self.assertEqual(weir.get("/livez").status, 200)
            weir.wait_stderr("until Ctrl-C")
            self.assertEqual(weir.stop(), 1, weir.stderr)

    def test_the_service_manager_is_told(self):
        with tempfile.TemporaryDirectory() as folder, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(f"{folder}/notify")
            manager.settimeout(harness.PATIENCE_S)
            with harness.Weir(ENDLESS, env={"NOTIFY_SOCKET": f"{folder}/notify",
                                            "WATCHDOG_USEC": "200000"}) as weir:
                seen = set()
                while seen != {b"READY=1", b"WATCHDOG=1"}:
                    seen.add(manager.recv(256))
                self.assertEqual(weir.get("/readyz").status, 200)
                weir.signal(signal.SIGTERM)
                message = b""
                while message != b"STOPPING=1":
                    message = manager.recv(256)
                self.assertEqual(weir.wait(), 0, weir.stderr)


if __name__ == "__main__":
    harness.main()
