"""A hostile client, as raw sockets: what it sends is wrong, endless, slow or silent."""

import contextlib
import socket
import time
from pathlib import Path

CHUNKED = b"POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"

# Each part of a message: how it begins, and what is repeated without end.
GROWING = {
    "request line": (b"GET /", b"a"),
    "empty lines": (b"", b"\r\n"),
    "one header": (b"GET %s HTTP/1.1\r\nHost: localhost\r\nX: ", b"a"),
    "many headers": (b"GET %s HTTP/1.1\r\nHost: localhost\r\n", b"X: y\r\n"),
    "chunk size": (CHUNKED, b"0"),
    "chunk extension": (CHUNKED + b"3;", b"a"),
    "chunk extensions": (CHUNKED, b"1;" + b"a" * 200 + b"\r\nx\r\n"),
    "trailer": (CHUNKED + b"0\r\nX: ", b"a"),
    "trailers": (CHUNKED + b"0\r\n", b"X: y\r\n"),
    "body": (CHUNKED, b"8000\r\n" + b"\n" * 0x8000 + b"\r\n"),
}

# What RFC 9110 and 9112 say must be refused, and with what.
_GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\n"
_POST = b"POST %s HTTP/1.1\r\nHost: localhost\r\n"
REFUSED = [
    (400, b"GET %s HTTP/1.1\r\n\r\n"),
    (400, _GET + b"Host: localhost\r\n\r\n"),
    (400, _GET + b"X: a\r\n b\r\n\r\n"),
    (400, _GET + b"X : a\r\n\r\n"),
    (400, _GET + b"X: a\rb\r\n\r\n"),
    (400, _GET + b"X: a\x00b\r\n\r\n"),
    (400, b"GET %s HTTP/1.1\nHost: localhost\n\n"),
    (400, b"GET  %s HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    (400, b"GET %s HTTP/3.7\r\nHost: localhost\r\n\r\n"),
    (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    (400, _POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    (400, _POST + b"Content-Length: -1\r\n\r\n"),
    (400, _POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (400, _POST + b"Transfer-Encoding: chunked, identity\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    (400, b"POST %s HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (501, _POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n"),
    (417, _POST + b"Expect: wonders\r\nContent-Length: 1\r\n\r\n"),
]


def filled(text, path):
    return text.replace(b"%s", path)


def ask(port, data, patience=60):
    """Sends the bytes; answers all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), patience) as peer:
        peer.sendall(data)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while chunk := peer.recv(65536):
                answer += chunk
        return answer


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


class Flood:
    """Many connections that send as much as is taken; those that are closed are opened anew."""

    def __init__(self, port, count, begin, repeat):
        self.port, self.begin = port, begin
        self.piece = repeat * (16384 // len(repeat) + 1)
        self.peers = [None] * count

    def _open(self):
        peer = socket.socket()
        peer.settimeout(5)
        peer.connect(("127.0.0.1", self.port))
        peer.setblocking(False)
        with contextlib.suppress(OSError):
            peer.send(self.begin)
        return peer

    def push(self):
        """One round: a piece for each connection."""
        for index, peer in enumerate(self.peers):
            try:
                if peer is None:
                    self.peers[index] = peer = self._open()
                peer.send(self.piece)
            except BlockingIOError:
                pass
            except OSError:
                if peer is not None:
                    peer.close()
                self.peers[index] = None

    def close(self):
        for peer in self.peers:
            if peer is not None:
                peer.close()


def resident(pid):
    """Bytes of memory that the program has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def probe(port):
    """Asks for /livez on a connection of its own. Answers (status, seconds)."""
    begin = time.monotonic()
    answer = ask(port, b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return status(answer), time.monotonic() - begin
