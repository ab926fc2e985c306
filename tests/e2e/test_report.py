"""The bottleneck report of a real weir: over HTTP, on the command line, in metrics, at the end."""

import concurrent.futures
import json
import urllib.error
import urllib.request

import harness

CHAIN = """
name: chain
processes:
  make: {component: core/generate}
  quick: {component: core/work, concurrency: 4, config: {wait: 1ms}}
  slow: {component: core/work, concurrency: 2, config: {wait: 5ms}}
  end: {component: core/discard}
connections:
  - {from: make, to: quick, capacity: 64}
  - {from: quick, to: slow, capacity: 64}
  - {from: slow, to: end, capacity: 64}
"""
FREE = CHAIN.replace("slow: {component: core/work, concurrency: 2,",
                     "slow: {component: core/work, concurrency: {min: 2, max: 64},")
KEYS = ["generation", "window_s", "throughput_pps", "limit", "machine", "sources", "changes", "processes",
        "symptoms"]


def post(weir, body, path="/api/v1/report"):
    """(status, document) of a POST."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(weir.url + path, data=data, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def limit(weir):
    return weir.get("/api/v1/report").json["limit"]


class Report(harness.TestCase):
    def ask(self, weir, *arguments, code=0):
        result = harness.run("report", "--url", weir.url, *arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        return result.stdout if code == 0 else result.stderr

    def test_names_the_root_and_what_would_help(self):
        with harness.Weir(CHAIN + "thresholds: {queue_length: 8, processing_time: 4ms}\n") as weir:
            harness.poll(lambda: (limit(weir) or {}).get("process") == "slow", "the verdict")
            report = weir.get("/api/v1/report").json
            self.assertEqual(list(report), KEYS)
            self.assertEqual(report["limit"]["kind"], "waiting")
            self.assertEqual(report["sources"][0]["limit"], "slow")
            for process in report["processes"]:
                self.assertAlmostEqual(sum(process["state"].values()), 1, 3)
            self.assertEqual({change["change"]["process"] for change in report["changes"]}, {"slow"})
            self.assertIn({"processing_time", "queue_length"},
                          [{symptom["type"] for symptom in report["symptoms"]}])
            self.assertEqual({symptom["caused_by"] for symptom in report["symptoms"]}, {"slow"})

            words = self.ask(weir)
            self.assertTrue(words.startswith("slow limits (waiting): "), words)
            self.assertIn("what would help", words)
            self.assertIn("slow.concurrency=", words)
            self.assertIn("then quick limits (waiting)", words)
            self.assertEqual(weir.get("/api/v1/report?format=text").headers["content-type"],
                             "text/plain; charset=utf-8")
            self.assertEqual(json.loads(self.ask(weir, "--json"))["limit"]["process"], "slow")

            metrics = weir.metrics()
            self.assertEqual(metrics.value("weir_bottleneck", process="slow", kind="waiting"), 1)
            self.assertGreater(metrics.value("weir_predicted_gain_ratio", process="slow"), 1.5)
            self.assertGreater(metrics.value("weir_process_priority", process="slow"), 1.5)
            self.assertGreater(
                metrics.value("weir_process_seconds_total", process="slow", state="waiting"), 0)

    def test_a_what_if_of_too_many_changes_is_refused_and_holds_nobody_up(self):
        with harness.Weir(CHAIN) as weir:
            harness.poll(lambda: (limit(weir) or {}).get("process") == "slow", "the verdict")
            change = {"process": "slow", "service": 0.99}
            for changes in (257, 1000):
                status, answer = post(weir, {"if": [change] * changes})
                self.assertEqual(status, 400, answer)
                self.assertIn("256", answer["detail"])
            # More than fits into the body of a request is not even read.
            self.assertEqual(post(weir, {"if": [change] * 20_000})[0], 413)
            # The answer to as many as may be is waited for by who asked alone.
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                asked = [pool.submit(post, weir, {"if": [change] * 256}) for _ in range(8)]
                while not all(each.done() for each in asked):
                    self.assertEqual(weir.get("/livez").status, 200)
                self.assertEqual({each.result()[0] for each in asked}, {200})

    def test_a_what_if_is_answered_and_changes_nothing(self):
        with harness.Weir(CHAIN) as weir:
            harness.poll(lambda: (limit(weir) or {}).get("process") == "slow", "the verdict")
            now = weir.get("/api/v1/report").json["throughput_pps"]
            status, then = post(weir, {"if": [{"process": "slow", "service": 0.5}]})
            self.assertEqual(status, 200, then)
            self.assertEqual(then["if"], [{"process": "slow", "service": 0.5}])
            self.assertGreater(then["throughput_pps"], 1.7 * now)
            words = self.ask(weir, "--if", "slow.concurrency=64")
            self.assertIn("then", words)
            self.assertIn("quick is what limits (waiting)", words)
            self.assertEqual(weir.graph()["processes"][2]["concurrency"], 2)
            for body in (b"{", b"[]", {"if": 5}, {"if": []}, {"if": [{"process": "slow"}]},
                         {"if": [{"process": "nobody", "concurrency": 2}]},
                         {"if": [{"process": "slow", "concurrency": "2"}]},
                         {"if": [{"process": "slow", "service": -1}]},
                         {"verify": True, "if": [{"process": "slow", "service": 0.5}]}):
                status, problem = post(weir, body)
                self.assertEqual((status, problem["status"]), (400, 400), body)
                self.assertTrue(problem["detail"])
            self.assertIn('did you mean "slow"', self.ask(weir, "--if", "slwo.service=-50%", code=1))
            self.assertIn("is no change", self.ask(weir, "--if", "faster", code=1))
            self.assertEqual(post(weir, {}, "/api/v1/report?format=xml")[0], 400)

    def test_a_change_is_made_measured_and_kept(self):
        with harness.Weir(FREE + "tuning: {enabled: false}\n") as weir:
            harness.poll(lambda: (limit(weir) or {}).get("process") == "slow", "the verdict")
            words = self.ask(weir, "--verify")
            self.assertIn("it is kept", words)
            self.assertGreater(weir.graph()["processes"][2]["concurrency"], 2)
            verification = weir.get("/api/v1/report").json["verification"]
            self.assertEqual((verification["state"], verification["undone"]), ("done", False))
            self.assertGreater(verification["measured_pps"], 1.5 * verification["before_pps"])
            decision = weir.get("/api/v1/decisions").json[-1]
            self.assertEqual((decision["process"], decision["undone"]), ("slow", False))

    def test_what_the_graph_does_not_allow_is_not_tried(self):
        with harness.Weir(CHAIN) as weir:
            harness.poll(lambda: (limit(weir) or {}).get("process") == "slow", "the verdict")
            self.assertIn("no change can be made", self.ask(weir, "--verify", code=1))
            self.assertEqual(post(weir, {"verify": True})[0], 409)

    def test_is_honest_when_there_is_nothing_to_say(self):
        with harness.Weir("name: g\nprocesses:\n  read: {component: stdin/read}\n"
                          "  end: {component: core/discard}\nconnections: [read -> end]\n",
                          "--stay") as weir:
            harness.poll(lambda: weir.get("/api/v1/report").json.get("reason") == "idle", "the end")
            self.assertIn("no packets leave the sources", self.ask(weir))

    def test_nobody_there_is_said(self):
        result = harness.run("report", "--url", "http://127.0.0.1:9")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no weir answers", result.stderr)

    def test_load_tests_and_finite_runs_end_with_it(self):
        graph = CHAIN.replace("core/generate}", "core/generate, config: {count: 1500}}")
        result = harness.run("bench", "-", "--json", stdin=graph)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["report"]["limit"]["process"], "slow")
        self.assertIn("slow limits (waiting)", harness.run("bench", "-", stdin=graph).stdout)
        result = harness.run("run", "-", "--listen", "127.0.0.1:0", stdin=graph)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("slow limits (waiting)", result.stderr)


if __name__ == "__main__":
    harness.main()
