"""A real PostgreSQL server on loopback, in a folder of its own, for one test file."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import harness

PASSWORD = "open sesame 4711"


def binaries():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert found, "PostgreSQL is not installed; ./dev test installs it (package postgresql)"
    return found[-1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """Over TCP it wants the password, over its Unix socket none. Use it in a with statement."""

    def __init__(self, **settings):
        self.folder = Path(tempfile.mkdtemp(prefix="weir-postgres-"))
        self.data = self.folder / "data"
        self.port = free_port()
        self.settings = {"fsync": "off", "max_connections": "120", **settings}
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            # The server refuses to run as root.
            for path in (self.folder, secret):
                shutil.chown(path, "postgres", "postgres")
        self.command("initdb", "-D", self.data, "-U", "postgres", "--auth-local=trust",
                     "--auth-host=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8",
                     "--locale=C", "--no-sync")
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder)

    def command(self, program, *arguments, check=True):
        command = [str(binaries() / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        return subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=check, timeout=harness.PATIENCE_S)

    def start(self):
        options = " ".join(f"-c {name}={value}" for name, value in self.settings.items())
        options += f" -p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"

        # After a kill the kernel may not have let go of everything yet.
        def started():
            return self.command("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w",
                                "-o", options, "start", check=False).returncode == 0
        harness.poll(started, "the server to start")

    def processes(self):
        """The server and all its children."""
        try:
            server = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return []
        found = [server]
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == server:
                found.append(int(stat.parent.name))
        return found

    def close(self):
        self.__exit__()

    def kill(self):
        """As if the machine had lost its power."""
        for process in self.processes():
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def sql(self, text):
        """The rows of the last statement, as lists of texts."""
        answer = subprocess.run(["psql", "-h", self.folder, "-p", str(self.port), "-U", "postgres",
                                 "-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", text],
                                capture_output=True, text=True, timeout=harness.PATIENCE_S)
        assert answer.returncode == 0, answer.stderr
        return [line.split("\t") for line in answer.stdout.splitlines()]

    def value(self, text):
        return self.sql(text)[0][0]

    def resource(self, **config):
        """`resources:` of a graph, as JSON, which is YAML."""
        import json
        pool = {"type": "postgres", "max": 4,
                "config": {"port": self.port, "password_env": "WEIR_TEST_PASSWORD",
                           "check_after": "100ms", **config}}
        return "resources: " + json.dumps({"db": pool})
