"""The two HTTP ports under a hostile client: what must be refused is, and nothing grows.

WEIR_HOSTILE_S is how long the floods last in all; 15 s unless set.
"""

import os
import re
import socket
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

import client  # noqa: E402
import harness  # noqa: E402
import websocket  # noqa: E402

GRAPH = """
name: hostile
runtime: {memory: 64MiB}
processes:
  listen: {component: http/listen, config: {address: "127.0.0.1:0", limit: 64MiB, connections: 250}}
  end: {component: core/discard}
connections:
  - listen -> end
"""
# Sanitizers keep what was freed for a while, and shadows of it all.
SANITIZED = "asan" in harness.WEIR or "tsan" in harness.WEIR
GROWTH_MAX = (64 * 1024 * 1024) * (8 if SANITIZED else 1)
FLOOD_S = float(os.environ.get("WEIR_HOSTILE_S", "15"))
CONNECTIONS = 200


class Hostile(harness.TestCase):
    def setUp(self):
        self.weir = harness.Weir(GRAPH)
        self.weir.__enter__()
        self.addCleanup(self.weir.__exit__, None, None, None)
        self.weir.wait_phase("running")
        self.weir.wait_stderr("takes lines at ")
        self.admin = int(self.weir.url.rsplit(":", 1)[1].strip("/"))
        self.listen = int(re.search(r"takes lines at http://127\.0\.0\.1:(\d+)", self.weir.stderr)[1])
        self.ports = {"admin": (self.admin, b"/livez"), "listen": (self.listen, b"/")}

    def tearDown(self):
        self.assertIsNone(self.weir.process.poll(), self.weir.stderr)
        self.assertEqual(client.probe(self.admin)[0], 200)

    def test_what_the_rfcs_refuse_is_refused_and_the_connection_closed(self):
        for name, (port, path) in self.ports.items():
            for status, text in client.REFUSED:
                with self.subTest(port=name, text=text):
                    answer = client.ask(port, client.filled(text, path))
                    self.assertEqual(client.status(answer), status, answer)
                    self.assertEqual(len(re.findall(rb"HTTP/1\.1 \d{3} ", answer)), 1,
                                     "a hidden request was answered")

    def test_memory_is_bounded_whatever_part_of_a_message_grows(self):
        idle = client.resident(self.weir.process.pid)
        peak, each = idle, FLOOD_S / (2 * len(client.GROWING))
        for part, (begin, repeat) in client.GROWING.items():
            for name, (port, path) in self.ports.items():
                flood = client.Flood(port, CONNECTIONS, client.filled(begin, path), repeat)
                end = time.monotonic() + each
                while time.monotonic() < end:
                    flood.push()
                    peak = max(peak, client.resident(self.weir.process.pid))
                self.assertEqual(client.probe(self.admin)[0], 200, f"{part} at {name}")
                flood.close()
                self.assertLess(peak - idle, GROWTH_MAX, f"{part} at {name}")

    def test_silent_clients_lock_nobody_out(self):
        silent = [socket.create_connection(("127.0.0.1", port), 60)
                  for port, _ in self.ports.values() for _ in range(400)]
        self.assertEqual(client.probe(self.admin)[0], 200)
        answer = client.ask(self.listen, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                                         b"Connection: close\r\n\r\na\n")
        self.assertEqual(client.status(answer), 429, answer)
        for peer in silent:
            peer.close()

    def test_floods_of_a_websocket_are_closed(self):
        frames = {"pings": b"\x89\x80" + bytes(4), "pongs": b"\x8a\x80" + bytes(4),
                  "messages": b"\x81\x80" + bytes(4), "fragments": b"\x00\x80" + bytes(4)}
        for name, frame in frames.items():
            with websocket.WebSocket(self.weir.url, "/api/v1/events") as peer:
                if name == "fragments":
                    peer.socket.sendall(b"\x01\x80" + bytes(4))
                peer.socket.sendall(frame * 1000)
                text = peer.buffer
                while struct.pack(">BBH", 0x88, 2, 1008) not in text:
                    chunk = peer.socket.recv(65536)
                    self.assertTrue(chunk, f"{name}: closed without a code")
                    text = text[-8:] + chunk


if __name__ == "__main__":
    harness.main()
