#!/usr/bin/env python3
"""Records config/access-log/access.jsonl: runs Debian's nginx on loopback under mixed traffic.

Pages, missing and forbidden ones, a slow and a failing upstream, an upstream that is down, malformed
requests, clients that give up, and user agents that are not UTF-8. nginx writes them down itself.

    apt-get install nginx-light && config/access-log/record.py [--requests 4000] [--out FILE]
"""

import argparse
import concurrent.futures
import http.server
import pathlib
import random
import socket
import subprocess
import tempfile
import threading
import time

CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 2;
events {{ worker_connections 256; }}
http {{
  log_format json_lines escape=json '{{"time":"$time_iso8601","remote":"$remote_addr",'
    '"method":"$request_method","uri":"$uri","args":"$args","status":$status,'
    '"bytes":$body_bytes_sent,"request_time":$request_time,'
    '"upstream_time":"$upstream_response_time","agent":"$http_user_agent",'
    '"request_id":"$request_id"}}';
  access_log {log} json_lines;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/www;
    location /private/ {{ deny all; }}
    location /api/ {{
      proxy_pass http://127.0.0.1:{upstream};
      proxy_read_timeout 900ms;
    }}
    location /legacy/ {{ proxy_pass http://127.0.0.1:{down}; }}
    location /download/ {{ limit_rate 64k; }}
  }}
}}
"""

AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "curl/7.88.1",
    'odd "quoted" agent \\ with a backslash',
    "Größenwahn/1.0 (ü)",
    "probe/2",
]


class Upstream(http.server.BaseHTTPRequestHandler):
    """Answers after a while, and now and then with an error."""

    def do_GET(self):
        if "slow" in self.path:
            time.sleep(random.uniform(0.25, 1.2))
        status = 200
        if "orders" in self.path and random.random() < 0.2:
            status = random.choice([500, 500, 503, 422])
        body = b'{"ok": true}' if status == 200 else b'{"ok": false}'
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *args):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def request(port, number):
    """One request of a random kind, the same mix every time."""
    chance = random.random()
    agent = random.choice(AGENTS).encode()
    path = random.choice(["/", "/index.html", "/style.css", "/about.html"])
    give_up = False
    if chance < 0.10:
        path = f"/missing/{number}?page={number % 7}"
    elif chance < 0.13:
        path = "/private/keys"
    elif chance < 0.40:
        path = f"/api/orders/{number}"
    elif chance < 0.44:
        path = f"/api/slow/{number}"
    elif chance < 0.47:
        path = "/legacy/report"
    elif chance < 0.48:
        path = "/download/large.bin"
        give_up = True
    elif chance < 0.49:
        agent = b"broken \xff\xfe agent"
    raw = (f"GET {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\nUser-Agent: ").encode()
    raw += agent + b"\r\n\r\n"
    if 0.49 <= chance < 0.50:
        raw = b"G\x01T / HTTP/1.1\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(raw)
        if give_up:
            client.recv(1024)
            return
        while client.recv(65536):
            pass


def wait_for(port):
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)


def record(requests, out):
    random.seed(1)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        www = folder / "www"
        for page in ["index.html", "style.css", "about.html", "download/large.bin"]:
            (www / page).parent.mkdir(parents=True, exist_ok=True)
            (www / page).write_bytes(b"x" * (3_000_000 if "large" in page else 700))
        port, upstream, down = free_port(), free_port(), free_port()
        log = folder / "access.jsonl"
        (folder / "nginx.conf").write_text(
            CONFIG.format(folder=folder, log=log, port=port, upstream=upstream, down=down))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", upstream), Upstream)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        nginx = subprocess.Popen(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")],
                                 stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            with concurrent.futures.ThreadPoolExecutor(24) as clients:
                list(clients.map(lambda number: request(port, number), range(requests)))
        finally:
            nginx.terminate()
            nginx.wait()
            server.shutdown()
        out.write_bytes(log.read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path(__file__).with_name("access.jsonl"))
    options = parser.parse_args()
    record(options.requests, options.out)
    lines = options.out.read_bytes().count(b"\n")
    print(f"{lines} lines in {options.out}")


if __name__ == "__main__":
    main()
