"""The admin server of the running program: security, robustness, a full data plane."""

import gzip
import http.client
import re
import socket
import subprocess
import urllib.parse

import harness

ENDLESS = """
name: endless
processes:
  make: {component: core/generate}
  end: {component: core/discard}
connections: [make -> end]
"""

BUSY = """
name: busy
processes:
  make: {component: core/generate}
  work: {component: core/work, config: {spin: 200ms}}
  more: {component: core/work, config: {spin: 200ms}}
  end: {component: core/discard}
connections: [make -> work -> end, make -> more -> end]
"""

BLOCKED = """
name: blocked
processes:
  make: {component: core/generate, config: {size: 100}}
  write: {component: stdout/write}
connections: [make -> write]
"""


class Admin(harness.TestCase):
    def assert_all_answer(self, weir):
        for path in ("/metrics", "/livez", "/readyz", "/api/v1/graph", "/"):
            self.assertEqual(weir.get(path).status, 200, path)

    def test_answers_while_all_workers_are_inside_long_steps(self):
        with harness.Weir(BUSY, "--workers", 1) as weir:
            weir.wait_phase("running")
            self.assert_all_answer(weir)

    def test_answers_while_the_sink_is_blocked(self):
        with harness.Weir(BLOCKED, stdout=subprocess.DEVNULL, files={}) as weir:
            weir.wait_phase("running")
        reading, writing = socket.socketpair()
        with reading, writing, harness.Weir(BLOCKED, stdout=writing.fileno()) as weir:
            metrics = weir.wait_rest()
            self.assert_identities(weir, metrics)
            self.assert_all_answer(weir)
            self.assertGreaterEqual(
                metrics.value("weir_queue_packets", connection="make.out -> write.in"), 1)

    def test_the_page_and_its_files_are_kept_by_browsers(self):
        with harness.Weir(ENDLESS) as weir:
            page = weir.get("/")
            self.assertEqual(page.headers["Content-Type"], "text/html; charset=utf-8")
            self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
            self.assertEqual(page.headers["Cache-Control"], "no-cache")
            files = set(re.findall(r'"(/assets/[^"]+)"', page.text))
            self.assertGreater(len(files), 2)
            for path in {"/", *files}:
                answer = weir.get(path)
                self.assertEqual(answer.status, 200, path)
                again = weir.get(path, {"If-None-Match": answer.headers["ETag"]})
                self.assertEqual((again.status, again.body), (304, b""), path)
                zipped = weir.get(path, {"Accept-Encoding": "gzip"})
                self.assertEqual(gzip.decompress(zipped.body), answer.body, path)
                if path != "/":
                    self.assertIn("immutable", answer.headers["Cache-Control"], path)

    def test_errors_are_problem_details(self):
        with harness.Weir(ENDLESS) as weir:
            for path, method, status in (("/nothing", "GET", 404), ("/metrics", "POST", 405)):
                answer = weir.get(path, method=method)
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
                self.assertEqual(answer.json["status"], status)
            self.assertEqual(answer.headers["Allow"], "GET, HEAD")
            self.assertEqual(weir.get("/api/v1/graph", {"Accept": "image/png"}).status, 406)

    def test_head_is_get_without_a_body(self):
        with harness.Weir(ENDLESS) as weir:
            for path in ("/metrics", "/livez", "/readyz", "/api/v1/graph", "/"):
                answer = weir.get(path, method="HEAD")
                self.assertEqual((answer.status, answer.body), (200, b""))
                self.assertGreater(int(answer.headers["Content-Length"]), 0)

    def test_foreign_hosts_and_origins_are_refused(self):
        graph = ENDLESS + "admin: {hosts: [weir.example.org]}\n"
        with harness.Weir(graph) as weir:
            for host, status in (("evil.example", 403), ("localhost", 200), ("127.0.0.1:1", 200),
                                 ("[::1]", 200), ("weir.example.org", 200), ("10.0.0.1", 403)):
                for path in ("/metrics", "/readyz", "/api/v1/graph"):
                    self.assertEqual(weir.get(path, {"Host": host}).status, status, (host, path))
            for origin, status in (("http://evil.example", 403), ("null", 403), (weir.url, 200),
                                   ("https://weir.example.org", 200)):
                self.assertEqual(weir.get("/metrics", {"Origin": origin}).status, status, origin)

    def test_on_every_address_the_token_is_asked_for(self):
        with harness.Weir(ENDLESS, "--admin-token-file", "token", listen="0.0.0.0:0",
                          files={"token": "a-long-secret\n"}) as weir:
            for path in ("/metrics", "/livez", "/readyz"):
                self.assertEqual(weir.get(path, {"Host": "pod.example:7070"}).status, 200)
            self.assertEqual(weir.get("/").status, 200, "the page holds no data")
            for path in ("/api/v1/decisions", "/api/v1/graph"):
                refused = weir.get(path)
                self.assertEqual(refused.status, 401)
                self.assertIn("Bearer", refused.headers["WWW-Authenticate"])
                self.assertEqual(weir.get(path, {"Authorization": "Bearer wrong"}).status, 401)
                self.assertEqual(weir.get(path, {"Authorization": "Bearer a-long-secret"}).status, 200)
                self.assertEqual(weir.get(path, {"Authorization": "Bearer a-long-secret",
                                                 "Host": "evil.example"}).status, 403)
            for _ in range(50):
                self.assertEqual(weir.get(path, {"Authorization": "Bearer guessed"}).status, 401)
            weir.wait_stderr("since it came with a wrong token")
            # 52 wrong ones are one line, or two on a machine that took ten seconds for them.
            self.assertLessEqual(weir.stderr.count("wrong token"), 2)
            self.assertNotIn("guessed", weir.stderr)

    def test_the_token_is_traded_for_a_session(self):
        with harness.Weir(ENDLESS, "--admin-token-file", "token", listen="0.0.0.0:0",
                          files={"token": "a-long-secret\n"}) as weir:
            path = "/api/v1/session"
            self.assertEqual(weir.get(path, method="POST").status, 401)
            given = weir.get(path, {"Authorization": "Bearer a-long-secret"}, "POST")
            self.assertEqual(given.status, 204)
            self.assertIsNone(given.headers["Content-Length"])
            cookie = given.headers["Set-Cookie"]
            self.assertIn("HttpOnly; SameSite=Strict", cookie)
            session = {"Cookie": cookie.split(";")[0]}
            self.assertEqual(weir.get("/api/v1/graph", session).status, 200)
            self.assertEqual(weir.get("/api/v1/graph", {**session, "Origin": "http://evil.example"})
                             .status, 403)
            self.assertEqual(weir.get("/api/v1/graph", {"Cookie": cookie.split("=")[0] + "=1.2"})
                             .status, 401)
            self.assertIn("Max-Age=0", weir.get(path, session, "DELETE").headers["Set-Cookie"])
            self.assertEqual(weir.get(path, session).status, 405)

    def test_on_every_address_without_a_token_only_the_open_paths_answer(self):
        with harness.Weir(ENDLESS, listen=":0") as weir:
            for path in ("/metrics", "/livez", "/readyz"):
                self.assertEqual(weir.get(path).status, 200)
            refused = weir.get("/api/v1/graph")
            self.assertEqual(refused.status, 403)
            self.assertIn("--admin-token-file", refused.json["detail"])
            self.assertIn("--admin-token-file", weir.stderr)

    def test_listens_on_ipv6(self):
        if not socket.has_ipv6:
            self.skipTest("no IPv6")
        with harness.Weir(ENDLESS, listen="[::1]:0") as weir:
            self.assertRegex(weir.url, r"^http://\[::1\]:\d+$")
            self.assertEqual(weir.get("/readyz").status, 200)

    def test_the_graph_file_may_say_where_to_listen(self):
        graph = ENDLESS + "admin: {listen: '127.0.0.1:0'}\n"
        with harness.Weir(graph, listen=None) as weir:
            self.assertNotIn(":7070", weir.url)
            self.assertEqual(weir.get("/readyz").status, 200)

    def test_many_connections_at_once(self):
        with harness.Weir(ENDLESS) as weir:
            address = urllib.parse.urlsplit(weir.url)
            held = [http.client.HTTPConnection(address.hostname, address.port) for _ in range(400)]
            try:
                for connection in held:
                    connection.connect()
                self.assertEqual(weir.get("/readyz").status, 200)
            finally:
                for connection in held:
                    connection.close()


if __name__ == "__main__":
    harness.main()
