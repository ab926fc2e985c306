"""Servers for the tests of HTTP clients: a real nginx, and one in Python that misbehaves on demand.

Both listen on free ports of the loopback and are used in a with statement.
"""

import contextlib
import email.utils
import gzip
import json
import os
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import zlib
from pathlib import Path

import harness

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")

NGINX_CONF = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 100000;
  server {{
    listen 127.0.0.1:{port};
    {tls}
    default_type text/plain;
    location / {{ return 200 $request_uri; }}
    location /connection {{ return 200 $connection; }}
    location /protocol {{ return 200 $server_protocol; }}
    location /json {{ default_type application/json; return 200 '{{"uri": "$request_uri"}}'; }}
    {statuses}
    location /files/ {{ alias {folder}/files/; }}
    location /slow/ {{ alias {folder}/files/; limit_rate 1; }}
  }}
}}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port):
    """True if somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Nginx:
    """With a certificate, `port` is for https and HTTP/2."""

    def __init__(self, certificate=None, key=None):
        self.folder = tempfile.TemporaryDirectory(prefix="weir-nginx-")
        # nginx drops root's rights, where it has them.
        os.chmod(self.folder.name, 0o755)
        self.port = free_port()
        tls = (f"ssl_certificate {certificate}; ssl_certificate_key {key};" if certificate else "")
        listen = f"{self.port} ssl http2" if certificate else str(self.port)
        path = Path(self.folder.name)
        (path / "files").mkdir()
        (path / "files" / "text").write_text("from a file\n")
        statuses = "\n".join(f"location = /status/{code} {{ return {code}; }}"
                             for code in (301, 400, 404, 418, 500))
        self.conf = path / "nginx.conf"
        self.conf.write_text(NGINX_CONF.format(folder=path, port=listen, tls=tls,
                                              statuses=statuses))
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self.folder.cleanup()

    def start(self):
        # In a group of its own: killed, the master would leave its worker behind.
        self.process = subprocess.Popen([NGINX, "-c", self.conf], stderr=subprocess.PIPE,
                                        start_new_session=True)

        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"nginx ended: {self.process.stderr.read().decode()}")
            return answers(self.port)
        harness.poll(ready, "nginx")

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        self.process.stderr.close()
        harness.poll(lambda: not answers(self.port), "nginx to be gone")


class Request:
    def __init__(self, method, target, headers, body, at):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.at = at


class Wild:
    """A server that does what the first part of the path says; see Handler. All requests that it
    has read are in `requests`."""

    def __init__(self):
        self.requests = []
        self.connections = 0
        self.lock = threading.Lock()
        self.stopping = threading.Event()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128
            wild = self
        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def count(self, path):
        with self.lock:
            return sum(request.target == path for request in self.requests)


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        self.wild = self.server.wild
        self.served = 0
        with self.wild.lock:
            self.wild.connections += 1
        with contextlib.suppress(OSError, ValueError):
            while self.serve():
                self.served += 1

    def serve(self):
        line = self.rfile.readline()
        if not line:
            return False
        method, target, _ = line.decode().split(" ", 2)
        headers = {}
        while (header := self.rfile.readline().strip()):
            name, value = header.decode("latin-1").split(":", 1)
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", 0)))
        with self.wild.lock:
            self.wild.requests.append(Request(method, target, headers, body, time.monotonic()))
            before = sum(request.target == target for request in self.wild.requests) - 1
        _, what, *arguments = target.split("?")[0].split("/")
        return getattr(self, "do_" + what, self.do_drop)(method, target, headers, body, before, *arguments)

    def answer(self, status, body=b"", **headers):
        head = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}"]
        head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        return True

    def do_echo(self, method, target, headers, body, before, *_):
        return self.answer(200, json.dumps({
            "method": method, "target": target, "headers": headers,
            "body": body.decode("latin-1")}).encode(), Content_Type="application/json; charset=utf-8")

    def do_bytes(self, method, target, headers, body, *_):
        return self.answer(200, b"as it is: \xff", Content_Type="application/octet-stream")

    def do_lie(self, *_):
        return self.answer(200, b"{no json", Content_Type="application/json")

    def do_hang(self, *_):
        self.wild.stopping.wait()
        return False

    def do_cut(self, *_):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nnot all of it")
        return False

    def do_garbage(self, *_):
        self.wfile.write(b"\x00\x01\x02 this is not HTTP\r\n\r\n" * 10)
        return False

    def do_endless(self, *_):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not self.wild.stopping.is_set():
            self.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        return False

    def do_round(self, method, target, *_):
        return self.answer(302, Location=target)

    def do_drop(self, *_):
        """Closes without an answer."""
        return False

    def do_stale(self, *arguments):
        """Answers the first request of a connection and closes it at the second."""
        return self.do_echo(*arguments) if self.served == 0 else False

    def do_busy(self, method, target, headers, body, before, times, status, retry_after=None, *_):
        """Answers so often with the status, then well. `date+5` is five seconds from now."""
        if before >= int(times):
            return self.answer(200, b"at last")
        if retry_after is None:
            return self.answer(status)
        if retry_after.startswith("date+"):
            retry_after = email.utils.formatdate(time.time() + int(retry_after[5:]), usegmt=True)
        return self.answer(status, Retry_After=retry_after)

    def do_redirect(self, method, target, headers, body, before, status, *path):
        return self.answer(int(status), Location=f"/{'/'.join(path)}")

    def do_packed(self, method, target, headers, body, before, coding, *_):
        text = b'{"packed": true}' * 1
        packed = {"gzip": gzip.compress, "deflate": zlib.compress, "odd": bytes}[coding](text)
        return self.answer(200, packed, Content_Encoding=coding, Content_Type="application/json")

    def do_bomb(self, *_):
        return self.answer(200, gzip.compress(b"x" * (64 << 20)), Content_Encoding="gzip")

    def do_text(self, method, target, headers, body, before, charset, hexadecimal, *_):
        kind = "text/plain" + (f"; charset={charset}" if charset != "none" else "")
        return self.answer(200, bytes.fromhex(hexadecimal), Content_Type=kind)

    def do_header(self, *_):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Name: caf\xe9\r\n\r\n")
        return True

    def do_to(self, method, target, headers, body, before, port, *path):
        return self.answer(302, Location=f"http://127.0.0.1:{port}/{'/'.join(path)}")


def certificate(folder, name, days=1):
    """A self-signed certificate for 127.0.0.1; with less than 0 days it has expired. Answers the
    paths of certificate and key."""
    cert, key = Path(folder) / f"{name}.pem", Path(folder) / f"{name}.key"
    request = Path(folder) / f"{name}.csr"
    extensions = Path(folder) / f"{name}.ext"
    extensions.write_text("subjectAltName=IP:127.0.0.1\n")

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=weir", "-keyout", key, "-out",
            request)
    # Of x509 only `-days` is there in all versions, and it takes no end in the past but a negative
    # number of days.
    openssl("x509", "-req", "-in", request, "-signkey", key, "-days", days, "-extfile", extensions,
            "-out", cert)
    return cert, key
