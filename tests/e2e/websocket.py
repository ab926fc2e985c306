"""A WebSocket client, as much of RFC 6455 as the tests need."""

import base64
import hashlib
import json
import os
import socket
import struct
import urllib.parse

import harness

TEXT, CLOSE, PING = 1, 8, 9


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class WebSocket:
    """An open WebSocket; the constructor raises Refused if it is not opened."""

    def __init__(self, url, path, headers=None):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), harness.PATIENCE_S)
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        wanted = {"Host": parts.netloc, "Upgrade": "websocket", "Connection": "Upgrade",
                  "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key, **(headers or {})}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in wanted.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        fields = {name.lower(): value for name, value in
                  (line.split(": ", 1) for line in head.decode().splitlines()[1:])}
        if status != 101:
            body = self._take(int(fields.get("content-length", 0)))
            self.close()
            raise Refused(status, body.decode())
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        assert fields["sec-websocket-accept"] == base64.b64encode(digest).decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def _fill(self):
        chunk = self.socket.recv(65536)
        if not chunk:
            raise EOFError
        self.buffer += chunk

    def _take(self, size):
        while len(self.buffer) < size:
            self._fill()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def frame(self):
        """The next frame as (opcode, payload)."""
        first, size = self._take(2)
        size &= 0x7f
        if size == 126:
            size, = struct.unpack(">H", self._take(2))
        elif size == 127:
            size, = struct.unpack(">Q", self._take(8))
        return first & 0x0f, self._take(size)

    def message(self):
        """The next message as JSON; None if the server closes."""
        while True:
            opcode, payload = self.frame()
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == CLOSE:
                return None

    def close_code(self):
        """Reads to the end and answers why the server closes."""
        while True:
            opcode, payload = self.frame()
            if opcode == CLOSE:
                return struct.unpack(">H", payload[:2])[0]
