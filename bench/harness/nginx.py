"""An nginx for benchmarks of HTTP clients: one worker, a short answer from memory."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import time

from .places import BUILD

PROGRAM = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
PATIENCE = 10.0

CONF = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    default_type application/json;
    location / {{ return 200 '{{"ok":true}}'; }}
  }}
}}
"""


def missing() -> str | None:
    return None if PROGRAM else "no nginx: install nginx-light"


def start() -> int:
    """Starts it, to run until this program ends. Returns its port."""
    folder = (BUILD / "nginx").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    conf = folder / "nginx.conf"
    conf.write_text(CONF.format(folder=folder, port=port))
    process = subprocess.Popen([PROGRAM, "-c", str(conf)], start_new_session=True,
                               stderr=subprocess.DEVNULL)
    atexit.register(_stop, process)
    deadline = time.monotonic() + PATIENCE
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"nginx does not run: see {folder / 'error.log'}")
        time.sleep(0.02)
    return port


def _stop(process: subprocess.Popen) -> None:
    # Its worker too, which is in the same group.
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
