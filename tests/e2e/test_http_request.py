"""http/request against real servers: nginx, and one that misbehaves."""

import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import harness
import http_servers

GRAPH = """
name: ask
processes:
  read: {component: stdin/read}
  parse: {component: json/parse}
  ask: {component: http/request, concurrency: %d, config: %s}
  write: {component: file/write, config: {path: out.jsonl}}
  reject: {component: file/write, config: {path: reject.jsonl}}
connections:
  - read -> %s ask -> write
  - parse.error -> reject
  - ask.error -> reject
"""
# How often nginx is killed under load.
RESTARTS = int(os.environ.get("WEIR_HTTP_RESTARTS", "20"))
# The shortest pauses, so that what is tried again is tried soon.
SOON = {"backoff": "1ms", "backoff_limit": "10ms"}


class HttpRequest(harness.TestCase):
    def setUp(self):
        self.wild = http_servers.Wild()
        self.wild.__enter__()
        self.addCleanup(self.wild.__exit__, None, None, None)

    def nginx(self, *arguments):
        nginx = http_servers.Nginx(*arguments)
        nginx.__enter__()
        self.addCleanup(nginx.__exit__, None, None, None)
        return nginx

    def ask(self, lines, parse=True, concurrency=1, env=None, pool=None, **config):
        """Sends the lines, or documents, through http/request, with the requests of a resource if
        `pool` describes one. Answers what left `out` as bytes and `error` as documents."""
        config = {**SOON, **config}
        resources = ""
        if pool is not None:
            config["resource"] = "web"
            resources = "resources: " + json.dumps({"web": {"type": "http", **pool}})
        graph = resources + GRAPH % (concurrency, json.dumps(config), "parse ->" if parse else "")
        if not parse:
            graph = graph.replace("  parse: {component: json/parse}\n", "")
            graph = graph.replace("  - parse.error -> reject\n", "")
        text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n"
                       for line in lines)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "graph.yaml").write_text(graph)
            result = harness.run("run", "graph.yaml", "--listen", "127.0.0.1:0", stdin=text,
                                 cwd=folder, env={**os.environ, **(env or {})})
            self.assertEqual(result.returncode, 0, result.stderr)
            self.stderr = result.stderr
            out, rejected = [(Path(folder) / name).read_bytes().splitlines()
                             for name in ("out.jsonl", "reject.jsonl")]
        return out, [json.loads(line) for line in rejected]

    def ask_one(self, packet=None, **config):
        """The one answer, as JSON."""
        out, rejected = self.ask([packet or {}], **config)
        self.assertEqual((len(out), rejected), (1, []), self.stderr)
        return json.loads(out[0])

    def fail_one(self, kind, packet=None, **config):
        """The text of the one error."""
        out, rejected = self.ask([packet or {}], **config)
        self.assertEqual((out, len(rejected)), ([], 1), self.stderr)
        self.assertEqual((rejected[0]["kind"], rejected[0]["process"]), (kind, "ask"),
                         rejected[0]["error"])
        self.assertEqual(rejected[0]["packet"], packet or {})
        return rejected[0]["error"]

    # What is sent.

    def test_templates_in_url_headers_and_body(self):
        packet = {"user": {"id": "a/b ä?&"}, "n": 5, "ok": True, "tags": ["x"]}
        answer = self.ask_one(packet, url=self.wild.url("/echo/{user.id}?n={n}&ok={ok}"),
                              headers={"X-Id": "{user.id:url} {n}", "X-Empty": ""}, method="POST",
                              body='{{"id": {user.id:json}, "n": {n}, "tags": {tags}}')
        echo = answer["body"]
        self.assertEqual(echo["target"], "/echo/a%2Fb%20%C3%A4%3F%26?n=5&ok=true")
        self.assertEqual(echo["headers"]["x-id"], "a%2Fb%20%C3%A4%3F%26 5")
        self.assertEqual(echo["headers"]["x-empty"], "")
        self.assertEqual(echo["body"].encode("latin-1").decode(),
                         '{"id": "a/b ä?&", "n": 5, "tags": ["x"]}')
        self.assertEqual(echo["headers"]["content-type"], "text/plain; charset=utf-8")
        self.assertNotIn("expect", echo["headers"])

    def test_a_posted_payload_is_the_body(self):
        for method in ("POST", "PUT", "PATCH"):
            echo = self.ask_one({"a": [1, "x"]}, url=self.wild.url("/echo"), method=method)["body"]
            self.assertEqual((echo["method"], echo["body"]), (method, '{"a":[1,"x"]}'))
            self.assertEqual(echo["headers"]["content-type"], "application/json")
        out, _ = self.ask(["plain text"], parse=False, url=self.wild.url("/echo"), method="POST",
                          answer="json")
        echo = json.loads(out[0])
        self.assertEqual(echo["body"], "plain text")
        self.assertEqual(echo["headers"]["content-type"], "application/octet-stream")
        echo = self.ask_one({"a": 1}, url=self.wild.url("/echo"), method="POST",
                            headers={"content-type": "application/x-own"})["body"]
        self.assertEqual(echo["headers"]["content-type"], "application/x-own")

    def test_methods_without_a_body(self):
        for method in ("GET", "DELETE", "OPTIONS"):
            echo = self.ask_one({"a": 1}, url=self.wild.url("/echo"), method=method)["body"]
            self.assertEqual((echo["method"], echo["body"]), (method, ""))
        nginx = self.nginx()
        answer = self.ask_one({}, url=f"http://127.0.0.1:{nginx.port}/files/text", method="HEAD")
        self.assertEqual((answer["status"], answer["body"]), (200, ""))
        self.assertEqual(answer["headers"]["content-length"], "12")

    def test_what_a_packet_lacks_is_an_error_of_kind_request(self):
        self.assertIn("url needs the field id", self.fail_one("request", url=self.wild.url("/echo/{id}")))
        self.assertIn("null", self.fail_one("request", {"id": None}, url=self.wild.url("/echo/{id}")))
        self.assertIn("header X would contain a line end",
                      self.fail_one("request", {"a": "1\r\nX-Evil: 2"}, url=self.wild.url("/echo"),
                                    headers={"X": "{a}"}))
        self.fail_one("request", {"u": "not an address"}, url="{u:text}")
        self.fail_one("response", {"u": "file:///etc/passwd"}, url="{u:text}")
        self.assertEqual(self.wild.requests, [])

    # What comes back.

    def test_answers_as_document_body_json_and_field(self):
        answer = self.ask_one({}, url=self.wild.url("/echo"))
        self.assertEqual((answer["status"], answer["body"]["method"]), (200, "GET"))
        self.assertEqual(answer["headers"]["content-type"], "application/json; charset=utf-8")
        out, _ = self.ask([{}], url=self.wild.url("/bytes"), answer="body")
        self.assertEqual(out, [b"as it is: \xff"])
        self.assertEqual(self.ask_one({}, url=self.wild.url("/echo"), answer="json")["method"], "GET")
        answer = self.ask_one({"id": 7}, url=self.wild.url("/echo/{id}"), answer="field", field="got")
        self.assertEqual((answer["id"], answer["got"]["target"]), (7, "/echo/7"))

    def test_an_answer_that_is_no_json_though_it_should_be(self):
        for answer in ("document", "json", "field"):
            self.assertIn("not JSON", self.fail_one("response", url=self.wild.url("/lie"),
                                                    answer=answer))
        out, _ = self.ask([{}], url=self.wild.url("/lie"), answer="body")
        self.assertEqual(out, [b"{no json"])

    def test_status_codes(self):
        nginx = self.nginx()
        url = f"http://127.0.0.1:{nginx.port}/status/{{code}}"
        for code in (301, 400, 404, 500):
            self.assertIn(str(code), self.fail_one("http_status", {"code": code}, url=url))
        self.assertEqual(self.ask_one({"code": 404}, url=url, success=["2xx", 404])["status"], 404)
        self.assertEqual(self.ask_one({"code": 418}, url=url, success="400-499")["status"], 418)

    # What goes wrong.

    def test_misbehaving_servers(self):
        for path, kind, words, config in (
                ("/hang", "timeout", "timed out", {"timeout": "200ms"}),
                ("/cut", "connection", "", {}),
                ("/drop", "connection", "", {}),
                ("/garbage", "response", "", {}),
                ("/endless", "response", "larger than answer_limit, 1MiB", {"answer_limit": "1MiB"})):
            with self.subTest(path):
                text = self.fail_one(kind, url=self.wild.url(path), retries=1, **config)
                self.assertIn(words, text)
                # What is not the network's fault is not tried again.
                again = 1 if kind == "response" else 2
                self.assertEqual(self.wild.count(path), again)

    def test_nobody_listens_and_names_that_do_not_resolve(self):
        port = http_servers.free_port()
        text = self.fail_one("connection", url=f"http://127.0.0.1:{port}/", retries=2)
        self.assertIn("tried 3 times", text)
        self.fail_one("connection", url="http://no-such-host.invalid/", retries=0)

    def test_a_slow_server_times_out(self):
        nginx = self.nginx()
        self.fail_one("timeout", url=f"http://127.0.0.1:{nginx.port}/slow/text", timeout="300ms",
                      retries=0)

    def test_certificates(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            good = http_servers.certificate(folder, "good")
            expired = http_servers.certificate(folder, "expired", days=-1)
            nginx, old = self.nginx(*good), self.nginx(*expired)
            url = f"https://127.0.0.1:{nginx.port}/protocol"
            old_url = f"https://127.0.0.1:{old.port}/protocol"
            self.assertIn("self", self.fail_one("tls", url=url))
            answer = self.ask_one({}, url=url, ca_file=str(good[0]))
            self.assertEqual(answer["body"], "HTTP/2.0")
            self.assertIn("expired", self.fail_one("tls", url=old_url, ca_file=str(expired[0])))
            self.assertEqual(self.ask_one({}, url=old_url, tls_verify=False)["status"], 200)
            self.fail_one("tls", url=self.wild.url("/echo").replace("http:", "https:"), retries=0)
            out, rejected = self.ask([{"n": n} for n in range(200)], concurrency=20, answer="body",
                                     url=f"https://127.0.0.1:{nginx.port}/{{n}}",
                                     ca_file=str(good[0]))
            self.assertEqual((out, rejected), ([b"/%d" % n for n in range(200)], []))

    # What is tried again.

    def test_a_post_that_may_have_been_acted_on_is_not_repeated(self):
        for path in ("/cut", "/drop"):
            self.fail_one("connection", url=self.wild.url(path), method="POST")
            self.assertEqual(self.wild.count(path), 1)
            self.fail_one("connection", url=self.wild.url(path), method="POST", retry_posts=True,
                          retries=2)
            self.assertEqual(self.wild.count(path), 4)
        port = http_servers.free_port()
        self.assertIn("tried 3 times", self.fail_one("connection", url=f"http://127.0.0.1:{port}/",
                                                     method="POST", retries=2))

    def test_a_post_is_not_repeated_when_a_kept_connection_was_closed(self):
        out, rejected = self.ask([{}, {}], url=self.wild.url("/stale"), method="POST")
        self.assertEqual((len(out), [error["kind"] for error in rejected]), (1, ["connection"]))
        self.assertIn("retry_posts", rejected[0]["error"])
        self.assertEqual(self.wild.count("/stale"), 2)
        out, rejected = self.ask([{}, {}], url=self.wild.url("/stale?get"))
        self.assertEqual((len(out), rejected), (2, []))
        self.assertEqual(self.wild.count("/stale?get"), 3)

    def test_statuses_that_are_tried_again(self):
        for status in (429, 502, 503, 504):
            path = f"/busy/2/{status}"
            self.assertEqual(self.ask_one({}, url=self.wild.url(path))["body"], "at last")
            self.assertEqual(self.wild.count(path), 3)
        path = "/busy/1/500"
        self.fail_one("http_status", url=self.wild.url(path))
        self.assertEqual(self.wild.count(path), 1)
        self.assertIn("tried 3 times",
                      self.fail_one("http_status", url=self.wild.url("/busy/9/503"), retries=2))
        # Refused: the server has not acted on it.
        for path, times in (("/busy/1/429?post", 2), ("/busy/1/503/1?post", 2),
                            ("/busy/1/503?post", 1), ("/busy/1/502?post", 1)):
            self.ask([{}], url=self.wild.url(path), method="POST")
            self.assertEqual(self.wild.count(path), times, path)

    def test_retry_after_in_seconds_and_as_a_date(self):
        for path in ("/busy/1/429/1", "/busy/1/503/date+3"):
            self.assertEqual(self.ask_one({}, url=self.wild.url(path))["body"], "at last")
            first, second = [r.at for r in self.wild.requests if r.target == path]
            # A lower bound holds on any machine; back-off alone would be milliseconds.
            self.assertGreaterEqual(second - first, 1)
        for path in ("/busy/1/429/9999", "/busy/1/503/date+9999"):
            self.fail_one("http_status", url=self.wild.url(path))
            self.assertEqual(self.wild.count(path), 1)

    def test_redirects(self):
        with http_servers.Wild() as other:
            path = f"/to/{other.port}/echo"
            self.fail_one("http_status", url=self.wild.url(path))
            self.assertEqual(other.requests, [])
            echo = self.ask_one({}, url=self.wild.url(path), follow_redirects=True,
                                bearer_token="s3cret")["body"]
            self.assertEqual(self.wild.requests[-1].headers["authorization"], "Bearer s3cret")
            self.assertNotIn("authorization", echo["headers"])
        self.assertIn("redirects", self.fail_one("response", url=self.wild.url("/round"),
                                                 follow_redirects=True))
        self.assertEqual(self.wild.count("/round"), 11)

    def test_redirects_change_the_method_as_browsers_do(self):
        payload = '{"a":1}'
        for status in (301, 302, 303, 307, 308):
            for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                with self.subTest(status=status, method=method):
                    self.wild.requests.clear()
                    # The second packet goes as the first: what a redirect changed is undone.
                    out, rejected = self.ask([{"a": 1}, {"a": 1}], follow_redirects=True, method=method,
                                             url=self.wild.url(f"/redirect/{status}/echo"))
                    self.assertEqual((len(out), rejected), (2, []))
                    becomes_get = (status == 303 and method != "HEAD" or
                                   status in (301, 302) and method == "POST")
                    sends = method in ("POST", "PUT", "PATCH")
                    for first, second in zip(self.wild.requests[::2], self.wild.requests[1::2]):
                        self.assertEqual((first.method, second.method),
                                         (method, "GET" if becomes_get else method))
                        self.assertEqual(first.body.decode(), payload if sends else "")
                        kept = sends and not becomes_get
                        self.assertEqual(second.body.decode(), payload if kept else "")
                        self.assertEqual("content-type" in second.headers, kept)

    def test_redirects_one_after_the_other(self):
        url = self.wild.url("/redirect/307/redirect/303/redirect/308/echo")
        echo = self.ask_one({"a": 1}, follow_redirects=True, method="PUT", url=url)["body"]
        self.assertEqual([request.method for request in self.wild.requests],
                         ["PUT", "PUT", "GET", "GET"])
        self.assertEqual((echo["method"], echo["body"]), ("GET", ""))

    def test_values_do_not_change_where_a_request_goes(self):
        for template, values in (
                ("/users/{id}", ("..", ".", "")), ("/{id}/items", ("..", ".", "")), ("/{id}", ("",)),
                ("/a/.{id}", (".", "")), ("/a/%2e{id}/b", (".", "")), ("/a/{id}?x=1", ("..", "")),
                ("/a/{id:text}", ("..", "b/../c", "%2e%2E", "./x", "", "%2e")),
                ("/a/{id}{id}", (".", ""))):
            for value in values:
                with self.subTest(template=template, value=value):
                    text = self.fail_one("request", {"id": value}, method="DELETE",
                                         url=self.wild.url(template))
                    self.assertIn("id would make a part of the url's path", text)
        self.assertEqual(self.wild.requests, [])
        for template, value, target in (("/a/{id}", "...", "/a/..."), ("/a/{id}", "a..b", "/a/a..b"),
                                        ("/a/{id}", "../b", "/a/..%2Fb"), ("/a?q={id}", "", "/a?q="),
                                        ("/a?q={id}", "..", "/a?q=.."), ("/a-{id}", "", "/a-"),
                                        ("/a/{id:text}", "b/c?d", "/a/b/c?d"), ("/x/../{id}", "b", "/b")):
            with self.subTest(template=template, value=value):
                out, rejected = self.ask([{"id": value}], url=self.wild.url(template), success="2xx")
                self.assertEqual(self.wild.requests[-1].target, target)

    def test_hosts_from_values(self):
        for template, value in (("http://{h}/", ""), ("http://{h}/", "a/b"), ("http://{h}/", "a@b"),
                                ("http://{h}.example.com/", ""), ("http://{h}.example.com/", "evil.com/"),
                                ("http://{h:text}.example.com/", "evil.com/"),
                                ("http://{h:text}.example.com/", "evil.com#"),
                                ("http://{h:text}.example.com/", "x@evil.com:80/"),
                                ("http://{h:text}@example.com/", "u@evil.com/"),
                                ("http://x.{h}.example.com/", ""), ("http://{h}.example.com/", "a.")):
            with self.subTest(template=template, value=value):
                self.assertIn("the host in the url", self.fail_one("request", {"h": value}, url=template))
        self.ask_one({"h": "127.0.0.1"}, url=f"http://{{h}}:{self.wild.port}/echo")
        self.ask_one({"h": f"127.0.0.1:{self.wild.port}"}, url="http://{h:text}/echo")
        self.ask_one({"u": self.wild.url("/echo"), "p": "b"}, url="{u:text}/{p}")
        self.assertEqual(self.wild.requests[-1].target, "/echo/b")
        self.fail_one("request", {"u": self.wild.url("/echo"), "p": ".."}, url="{u:text}/{p}")

    def test_packed_answers_are_decoded(self):
        for coding in ("gzip", "deflate"):
            answer = self.ask_one(url=self.wild.url(f"/packed/{coding}"))
            self.assertEqual(answer["body"], {"packed": True})
            self.assertIn("gzip", self.wild.requests[-1].headers["accept-encoding"])
        self.assertIn("weir takes gzip", self.fail_one("response", url=self.wild.url("/packed/odd")))
        self.assertIn("answer_limit", self.fail_one("response", url=self.wild.url("/bomb"),
                                                    answer_limit="1MiB"))

    def test_answers_that_are_not_utf8(self):
        cafe, latin = "caf\u00e9".encode().hex(), "caf\u00e9".encode("latin-1").hex()
        for charset in ("none", "utf-8", "UTF-8", '"utf-8"'):
            self.assertEqual(self.ask_one(url=self.wild.url(f"/text/{charset}/{cafe}"))["body"], "caf\u00e9")
        self.assertEqual(self.ask_one(url=self.wild.url(f"/text/ISO-8859-1/{b'plain'.hex()}"))["body"], "plain")
        for charset, body in (("ISO-8859-1", latin), ("windows-1252", cafe), ("utf-16le", "61006200"),
                              ("iso-2022-jp", b"plain".hex())):
            self.assertIn(f'text in "{charset}"', self.fail_one("response", url=self.wild.url(f"/text/{charset}/{body}")))
        self.assertIn("not UTF-8 text (byte 4", self.fail_one("response", url=self.wild.url(f"/text/none/{latin}")))
        out, _ = self.ask([{}], url=self.wild.url(f"/text/ISO-8859-1/{latin}"), answer="body")
        self.assertEqual(out, [b"caf\xe9"])
        self.assertEqual(self.ask_one(url=self.wild.url("/header"))["headers"]["x-name"], "caf\u00e9")

    # Secrets, proxies, connections.

    def test_secrets_are_sent_and_shown_nowhere(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "secret")
            Path(path).write_text("from-a-file\n")
            env = {"SECRET": "12345678"}
            ways = (({"bearer_token": "${SECRET}"}, "Bearer 12345678"),
                    ({"bearer_token_file": path}, "Bearer from-a-file"),
                    ({"user": "u", "password": "${SECRET}"}, "Basic dToxMjM0NTY3OA=="),
                    ({"user": "u", "password_file": path}, "Basic dTpmcm9tLWEtZmlsZQ=="),
                    ({"headers": {"Authorization": "Own ${SECRET}"}}, "Own 12345678"))
            for config, sent in ways:
                out, rejected = self.ask([{}], env=env, url=self.wild.url("/drop/${SECRET}"),
                                         retries=0, **config)
                self.assertEqual((out, len(rejected)), ([], 1))
                self.assertEqual(self.wild.requests[-1].headers["authorization"], sent)
                self.assertEqual(self.wild.requests[-1].target, "/drop/12345678")
                for word in ("12345678", "from-a-file"):
                    self.assertNotIn(word, self.stderr)
                    self.assertNotIn(word, json.dumps(rejected))
            graph = GRAPH % (1, json.dumps({"url": self.wild.url("/hang"), "user": "u",
                                            "password": "hidden-word"}), "parse ->")
            with harness.Weir(graph, stdin=subprocess.PIPE) as weir:
                weir.process.stdin.write(b"{}\n")
                weir.process.stdin.flush()
                harness.poll(lambda: self.wild.count("/hang") == 1, "the request")
                for page in ("/api/v1/graph", "/metrics", "/"):
                    self.assertNotIn("hidden-word", weir.get(page).text)

    def test_a_missing_secret_stops_the_start(self):
        graph = GRAPH % (1, json.dumps({"url": "http://127.0.0.1/", "bearer_token_file": "none"}),
                         "parse ->")
        with harness.Weir(graph) as weir:
            self.assertEqual(weir.wait(), 1)
            self.assertIn("cannot read none", weir.stderr)

    def test_proxies_of_the_environment_are_used_only_when_asked_for(self):
        nginx = self.nginx()
        env = {"http_proxy": self.wild.url(""), "no_proxy": "", "NO_PROXY": ""}
        url = f"http://127.0.0.1:{nginx.port}/x"
        out, _ = self.ask([{}], env=env, url=url, answer="body")
        self.assertEqual((out, self.wild.connections), ([b"/x"], 0))
        self.ask([{}], env=env, url=url, proxy_from_environment=True, retries=0)
        self.assertGreater(self.wild.connections, 0)

    def test_connections_are_used_again(self):
        nginx = self.nginx()
        out, rejected = self.ask([{}] * 300, concurrency=4, answer="body",
                                 url=f"http://127.0.0.1:{nginx.port}/connection")
        self.assertEqual((len(out), rejected), (300, []))
        self.assertLessEqual(len(set(out)), 4)

    def test_answers_leave_in_the_order_of_the_packets(self):
        nginx = self.nginx()
        out, _ = self.ask([{"n": n} for n in range(500)], concurrency=64, answer="body",
                          url=f"http://127.0.0.1:{nginx.port}/{{n}}")
        self.assertEqual(out, [b"/%d" % n for n in range(500)])

    # Requests from a pool.

    def test_a_resource_bounds_what_a_server_is_asked_at_once(self):
        nginx = self.nginx()
        url = f"http://127.0.0.1:{nginx.port}/connection"
        out, rejected = self.ask([{}] * 300, concurrency=16, answer="body", url=url, pool={"max": 2})
        self.assertEqual((len(out), rejected), (300, []))
        self.assertLessEqual(len(set(out)), 2)

    def test_a_resource_says_how_its_server_is_reached(self):
        pool = {"config": {"bearer_token": "s3cret", "timeout": "200ms"}}
        packet = {"a": 1}
        echo = self.ask_one(packet, url=self.wild.url("/echo"), method="POST", pool=pool)["body"]
        self.assertEqual((echo["method"], echo["body"]), ("POST", '{"a":1}'))
        self.assertEqual(echo["headers"]["authorization"], "Bearer s3cret")
        self.fail_one("timeout", url=self.wild.url("/hang"), retries=1, pool=pool)
        self.assertEqual(self.wild.count("/hang"), 2)
        path = "/busy/2/503"
        self.assertEqual(self.ask_one({}, url=self.wild.url(path), pool=pool)["body"], "at last")
        self.assertIn("url needs the field id",
                      self.fail_one("request", url=self.wild.url("/echo/{id}"), pool=pool))

    def test_a_resource_that_cannot_be_made_is_said(self):
        pool = {"config": {"bearer_token_file": "none", "acquire_timeout": "200ms"}}
        text = self.fail_one("resource_timeout", url=self.wild.url("/echo"), retries=1, pool=pool)
        self.assertIn("cannot read none", text)
        self.assertIn("tried 2 times", text)
        self.assertEqual(self.wild.requests, [])

    def test_a_packet_that_waits_too_long_for_a_request_times_out(self):
        graph = """
name: late
resources: {web: {type: http, max: 1}}
processes:
  numbers: {component: core/generate, config: {count: 2}}
  ask: {component: http/request, concurrency: 2, timeout: 300ms,
        config: {resource: web, url: "%s", answer: body}}
  reject: {component: file/write, config: {path: reject.jsonl}}
connections: [ask.error -> reject, numbers -> ask]
""" % self.wild.url("/hang/{.}")
        with harness.Weir(graph) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            errors = [json.loads(line) for line in
                      (weir.path / "reject.jsonl").read_text().splitlines()]
        self.assertEqual([error["kind"] for error in errors], ["timeout"] * 2)
        self.assertEqual(sorted(error["packet"] for error in errors), [0, 1])

    # The end.

    def test_a_request_under_way_is_finished_or_given_up_at_the_deadline(self):
        graph = """
name: stop
processes:
  numbers: {component: core/generate, config: {count: 3}}
  ask: {component: http/request, concurrency: 2, config: {url: "%s", timeout: 1h}}
  end: {component: core/discard}
  reject: {component: core/discard}
connections: [numbers -> ask -> end, ask.error -> reject]
""" % self.wild.url("/hang/{.}")
        with harness.Weir(graph, "--drain-timeout", "100ms") as weir:
            harness.poll(lambda: len(self.wild.requests) == 2, "requests")
            weir.signal(signal.SIGTERM)
            self.assertEqual(weir.wait(), 1)
            self.assertIn("ask", weir.stderr)

    def test_nginx_killed_under_load_loses_nothing(self):
        self.kill_under_load(RESTARTS, "", "")

    def test_nginx_killed_under_load_loses_nothing_of_a_pool(self):
        self.kill_under_load(max(1, RESTARTS // 10), "resources: {web: {type: http, max: 20}}",
                             "resource: web, ")

    def kill_under_load(self, restarts, resources, option):
        nginx = self.nginx()
        graph = """
name: restarts
%s
processes:
  numbers: {component: core/generate, config: {rate: 2000/s}}
  ask:
    component: http/request
    concurrency: 40
    order: any
    config: {%surl: "http://127.0.0.1:%d/{.}", answer: body, backoff: 5ms}
  write: {component: file/write, config: {path: out.txt}}
  reject: {component: file/write, config: {path: reject.jsonl}}
connections: [numbers -> ask -> write, ask.error -> reject]
""" % (resources, option, nginx.port)
        with harness.Weir(graph, "--drain-timeout", "60s") as weir:
            weir.wait_phase("running")

            def answered():
                return weir.metrics().value("weir_packets_total", process="ask", port="out")
            for _ in range(restarts):
                before = answered()
                harness.poll(lambda: answered() > before + 100, "answers")
                nginx.kill()
                nginx.start()
            self.assertEqual(weir.stop(), 0, weir.stderr)
            out = [int(line[1:]) for line in (weir.path / "out.txt").read_text().split()]
            errors = [json.loads(line) for line in
                      (weir.path / "reject.jsonl").read_text().splitlines()]
        self.assertEqual({error["kind"] for error in errors} - {"connection", "timeout"}, set())
        numbers = sorted(out + [error["packet"] for error in errors])
        self.assertEqual(numbers, list(range(len(numbers))), "each packet once, somewhere")
        self.assertGreater(len(out), 100 * restarts)

    def test_wrong_configurations_are_refused(self):
        for config, words in (
                ({"url": "ftp://x/"}, "must begin with http://"),
                ({"url": "http://x/{id"}, "has no }"),
                ({"url": "{next}"}, "is written {next:text}"),
                ({"url": "{base}/x"}, "is written {base:text}"),
                ({"url": "http://x/{id:hex}"}, "no form"),
                ({"url": "http://x/", "headers": {"a b": "c"}}, "no name of a header"),
                ({"url": "http://x/", "headers": {"content-length": "1"}}, "is set by"),
                ({"url": "http://x/", "success": ["2yy"]}, "status codes"),
                ({"url": "http://x/", "user": "u"}, "no password"),
                ({"url": "http://x/", "resource": "w"}, "the resource \"w\", but the graph has none"),
                ({"url": "http://x/", "resource": "w", "timeout": "1s"},
                 "\"timeout\" belongs to the resource"),
                ({"url": "http://x/", "bearer_token": "t", "bearer_token_file": "f"}, "not both")):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "graph.yaml"
                path.write_text(GRAPH % (1, json.dumps(config), "parse ->"))
                result = harness.run("check", path)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(words, result.stderr)


if __name__ == "__main__":
    harness.main()
