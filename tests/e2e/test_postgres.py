"""postgres/write against a real server: what is written, what is refused, and that nothing is lost."""

import collections
import json
import os
import signal
import socket
import unittest

import harness
import postgres

# More of them is only slower.
KILLS = int(os.environ.get("WEIR_KILLS", "3"))
ENVIRONMENT = {"WEIR_TEST_PASSWORD": postgres.PASSWORD}

GRAPH = """
name: rows
{resource}
processes:
  read: {{component: file/read, config: {{path: in.jsonl}}}}
  parse: {{component: json/parse}}
  write: {{component: postgres/write, concurrency: {concurrency}, config: {{resource: db, {options}}}}}
  done: {{component: file/write, config: {{path: done.jsonl}}}}
  reject: {{component: file/write, config: {{path: reject.jsonl}}}}
connections:
  - read -> parse -> write -> done
  - write.error -> reject
"""


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class TestPostgres(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = postgres.Postgres()
        cls.addClassCleanup(cls.server.__exit__)

    def graph(self, options, concurrency=1, **config):
        return GRAPH.format(resource=self.server.resource(**config), options=options,
                            concurrency=concurrency)

    def write(self, rows, options, concurrency=1, env=None, **config):
        """Runs a graph to its end. Answers (what was written, what was refused, its log)."""
        with harness.Weir(self.graph(options, concurrency, **config),
                          files={"in.jsonl": lines(rows)}, env=env or ENVIRONMENT) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            return (read_lines(weir.path / "done.jsonl"), read_lines(weir.path / "reject.jsonl"),
                    weir.stderr)

    def test_each_mode_writes_every_row_as_it_is(self):
        rows = [{"id": i, "name": f"row {i}\t\\N \n \"ü\" '", "share": i / 7, "good": i % 3 == 0,
                 "tags": {"list": [i, None, "\\x"]}, "nothing": None} for i in range(5000)]
        for mode in ("copy", "insert", "upsert"):
            with self.subTest(mode=mode):
                self.server.sql("drop table if exists kinds; create table kinds (id int primary "
                                "key, name text, share float8, good bool, tags jsonb, nothing int)")
                options = "table: kinds, mode: " + mode
                options += ", conflict: id" if mode == "upsert" else ""
                done, rejected, _ = self.write(rows, options, concurrency=3)
                self.assertEqual(rejected, [])
                self.assertEqual(done, rows, "they leave in the order in which they came")
                found = self.server.value("select jsonb_agg(kinds order by id) from kinds")
                self.assertEqual(json.loads(found), rows)

    def test_columns_are_taken_from_fields(self):
        self.server.sql("create schema other; create table other.\"Odd Name\" (a int, b text)")
        self.write([{"x": 1, "y": {"z": "deep"}}, {"x": 2}],
                   "table: other.Odd Name, columns: {a: x, b: y.z}")
        self.assertEqual(self.server.sql("select * from other.\"Odd Name\" order by a"),
                         [["1", "deep"], ["2", ""]])

    def test_documents_may_differ_in_their_fields(self):
        self.server.sql("create table mixed (a int, b int, c int default 7)")
        self.write([{"a": 1}, {"b": 2, "a": 2}, {"a": 3, "b": 3}, {"a": 4, "zzz": 1}, {"a": 5}],
                   "table: mixed")
        self.assertEqual(self.server.sql("select * from mixed order by a"),
                         [["1", "", "7"], ["2", "2", "7"], ["3", "3", "7"], ["5", "", "7"]])

    def test_a_field_that_no_column_can_be_is_refused_at_once(self):
        good = [{"id": i} for i in range(50)]
        for mode in ("copy", "insert"):
            for bad in ({"": 1}, {"id": 1, "": 2}, {"id": 1, "x\0y": 2}, {"no such column": 1},
                        {"id": 1, "twice": 7}):
                with self.subTest(mode=mode, bad=bad):
                    self.server.sql("drop table if exists odd; create table odd (id int, twice int "
                                    "generated always as (id * 2) stored)")
                    done, rejected, log = self.write([bad, *good], f"table: odd, mode: {mode}")
                    self.assertEqual(done, good)
                    self.assertEqual([error["packet"] for error in rejected], [bad])
                    self.assertEqual(rejected[0]["kind"], "rejected")
                    self.assertNotIn("written again", log, "it is not tried for as long as retry_for")
                    self.assertEqual(self.server.value("select count(*) from odd"), "50")

    def test_rows_at_fault_are_found_whatever_the_server_calls_it(self):
        for state in ("MY001", "22000", "P0001", "0A000", "XX000", "42883", "42804", "57014"):
            for mode in ("copy", "insert"):
                with self.subTest(state=state, mode=mode):
                    self.server.sql(f"""
                        drop table if exists picky; create table picky (id int);
                        create or replace function pick() returns trigger language plpgsql as $$
                        begin
                          if new.id in (0, 7, 8) then raise exception 'no' using errcode = '{state}';
                          end if;
                          return new; end $$;
                        create trigger pick before insert on picky for each row
                          execute function pick()""")
                    rows = [{"id": i} for i in range(100)]
                    done, rejected, log = self.write(rows, f"table: picky, mode: {mode}")
                    self.assertEqual({error["packet"]["id"] for error in rejected}, {0, 7, 8})
                    self.assertEqual({error["kind"] for error in rejected}, {"rejected"})
                    self.assertEqual(len(done), 97)
                    self.assertNotIn("written again", log)

    def test_what_refuses_every_row_is_not_the_rows_fault(self):
        self.server.sql("""
            create table closed (id int); create sequence knocks;
            create function knock() returns trigger language plpgsql as $$ begin
              if nextval('knocks') < 60 then raise exception 'closed' using errcode = '0A000';
              end if; return null; end $$;
            create trigger knock after insert on closed for each statement
              execute function knock()""")
        rows = [{"id": i} for i in range(200)]
        done, rejected, log = self.write(rows, "table: closed")
        self.assertEqual((done, rejected), (rows, []))
        self.assertIn("closed (0A000)", log)
        self.assertEqual(self.server.value("select count(*) from closed"), "200")

    def test_documents_with_the_same_keys_are_written_together(self):
        self.server.sql("""
            create table sets (id int, a int, b int); create sequence statements;
            create function note() returns trigger language plpgsql as $$ begin
              perform nextval('statements'); return null; end $$;
            create trigger note after insert on sets for each statement execute function note()""")
        rows = [{"id": i, "a": i, "b": 1} if i % 3 == 0 else {"id": i, "a": i} if i % 3 == 1 else
                {"b": 1, "a": i, "id": i} for i in range(3000)]
        done, rejected, _ = self.write(rows, "table: sets, linger: 1s, batch: 3000")
        self.assertEqual(rejected, [])
        self.assertEqual(done, rows, "they leave in the order in which they came")
        self.assertEqual(self.server.value("select count(*) from sets where a = id"), "3000")
        self.assertEqual(self.server.value("select count(*) from sets where b is null"), "1000")
        self.assertLess(int(self.server.value("select nextval('statements')")), 30)

    def test_upsert_of_different_keys_lets_the_last_count(self):
        self.server.sql("create table merged (id int primary key, a int, b int)")
        rows = []
        for i in range(1000):
            rows += [{"id": i, "a": 1, "b": 1}, {"id": i, "a": 2}, {"id": i, "b": 3, "a": 3}]
        rows.append({"id": 5, "a": 4})
        _, rejected, _ = self.write(rows, "table: merged, mode: upsert, conflict: [id], batch: 500")
        self.assertEqual(rejected, [])
        self.assertEqual(self.server.value("select count(*) from merged where a = 3 and b = 3"), "999")
        self.assertEqual(self.server.sql("select a, b from merged where id = 5"), [["4", "3"]])

    def test_copy_and_insert_make_the_same_rows(self):
        values = [None, True, False, 0, 12, -1.5, 1.0, 1e30, "", "text", "true", "12", '{"a":1}', "[1]",
                  '"q"', "{1,2}", "null", "\\N", "a\tb\nc\\", "2024-02-03", "\\x4142", "10.0.0.1",
                  {}, {"a": 1}, {"a": None, "b": [1.0, "x\\y\"z"]}, [], [1, 2], [1, None], ["a,b", "{c}"],
                  [[1, 2], [3, 4]], [True, False], ["\"", "\\"], [{"a": "b\"c"}], [[], []], "(1,x)",
                  {"x": 1, "y": "z"}, [{"x": 1, "y": "z"}]]
        types = ["text", "varchar(4)", "int", "bigint", "float8", "numeric", "bool", "json", "jsonb",
                 "date", "bytea", "inet", "uuid", "int[]", "text[]", "jsonb[]", "json[]", "bool[]",
                 "pair", "pair[]", "checked", "document", "ints"]
        self.server.sql("create type pair as (x int, y text); create domain checked as int check "
                        "(value < 10); create domain document as jsonb; create domain ints as int[]")
        for kind in types:
            found = {}
            for mode in ("copy", "insert"):
                self.server.sql(f"drop table if exists typed; create table typed (id int, v {kind})")
                rows = [{"id": i, "v": value} for i, value in enumerate(values)]
                done, rejected, _ = self.write(rows, f"table: typed, mode: {mode}")
                self.assertEqual(len(done) + len(rejected), len(values))
                found[mode] = self.server.sql("select id, v from typed order by id")
            with self.subTest(type=kind):
                self.assertEqual(found["copy"], found["insert"])

    def test_a_server_that_is_away_is_waited_for_no_longer_than_asked(self):
        port = postgres.free_port()
        with harness.Weir(self.graph("table: t, retry_for: 1s", port=port),
                          files={"in.jsonl": lines([{"id": 1}])}, env=ENVIRONMENT) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            rejected = read_lines(weir.path / "reject.jsonl")
        self.assertEqual(rejected[0]["kind"], "resource_timeout")
        # The pool's own acquire_timeout is 30 s.
        self.assertRegex(rejected[0]["error"], r"no connection of db within (1(\.\d+)?s|\d+ms)")

    def test_upsert_lets_the_last_of_a_key_count(self):
        self.server.sql("create table latest (id int primary key, n int)")
        rows = [{"id": i % 10, "n": i} for i in range(3000)]
        _, rejected, _ = self.write(rows, "table: latest, mode: upsert, conflict: [id]")
        self.assertEqual(rejected, [])
        self.assertEqual(self.server.sql("select id, n from latest order by id"),
                         [[str(i), str(2990 + i)] for i in range(10)])

    def test_only_the_bad_rows_are_refused(self):
        for mode in ("copy", "insert"):
            with self.subTest(mode=mode):
                self.server.sql("drop table if exists strict; create table strict "
                                "(id int primary key, n smallint check (n <> 13))")
                rows = [{"id": i, "n": i % 12} for i in range(2000)]
                rows[100]["n"] = "many"
                rows[700]["n"] = 70000
                rows[701]["n"] = 13
                rows[1999]["id"] = 5
                done, rejected, _ = self.write(rows, f"table: strict, mode: {mode}")
                self.assertEqual(len(done), 1996)
                self.assertEqual(self.server.value("select count(*) from strict"), "1996")
                self.assertEqual({error["kind"] for error in rejected}, {"rejected"})
                self.assertEqual([error["packet"] for error in rejected],
                                 [rows[100], rows[700], rows[701], rows[1999]])
                for error, text in zip(rejected, ("invalid input syntax for type smallint",
                                                  "out of range", "violates check constraint",
                                                  "duplicate key value")):
                    self.assertIn(text, error["error"])

    def test_a_table_that_comes_late_gets_all_rows(self):
        self.server.sql("drop table if exists late")
        rows = [{"id": i} for i in range(500)]
        with harness.Weir(self.graph("table: late"), files={"in.jsonl": lines(rows)},
                          env=ENVIRONMENT) as weir:
            harness.poll(lambda: 'relation "late" does not exist' in weir.stderr, "the complaint")
            self.server.sql("create table late (id int)")
            self.assertEqual(weir.wait(), 0, weir.stderr)
        self.assertEqual(self.server.value("select count(*) from late"), "500")

    def test_a_table_that_never_comes_is_named(self):
        done, rejected, _ = self.write([{"id": 1}, {"id": 2}], "table: never, retry_for: 0.3s")
        self.assertEqual(done, [])
        self.assertEqual([error["kind"] for error in rejected], ["destination"] * 2)
        self.assertIn('relation "never" does not exist (42P01)', rejected[0]["error"])
        self.assertIn("given up after 0.3s (retry_for)", rejected[0]["error"])

    def test_a_wrong_password_is_said_and_no_password_is_shown(self):
        wrong = "not the password"
        graph = self.graph("table: never, retry_for: 0.3s", acquire_timeout="1s")
        with harness.Weir(graph, "--stay", "--log-level", "debug",
                          files={"in.jsonl": lines([{"id": 1}])},
                          env={"WEIR_TEST_PASSWORD": wrong}) as weir:
            harness.poll(lambda: read_lines(weir.path / "reject.jsonl"), "the rejected row")
            shown = weir.stderr
            for page in ("/metrics", "/api/v1/graph", "/"):
                shown += weir.get(page).text
            rejected = read_lines(weir.path / "reject.jsonl")
        self.assertEqual(rejected[0]["kind"], "resource_timeout")
        self.assertIn('password authentication failed for user "postgres"', rejected[0]["error"])
        self.assertIn("0 in use, 0 idle", rejected[0]["error"])
        self.assertIn("resource db: no connection could be made", shown)
        self.assertNotIn(wrong, shown + json.dumps(rejected))

    def test_what_keeps_a_connection_from_being_made_is_said(self):
        with socket.socket() as deaf:
            # Accepts, and says nothing.
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(64)
            for config, text in (
                    ({"host": "no-such-host.invalid"},
                     "the host name no-such-host.invalid cannot be resolved"),
                    ({"port": deaf.getsockname()[1], "connect_timeout": "200ms"},
                     "no answer from 127.0.0.1 port"),
                    ({"port": postgres.free_port()}, "Connection refused"),
                    ({"database": "missing"}, 'database "missing" does not exist'),
                    ({"password_env": "WEIR_NOT_SET"}, "WEIR_NOT_SET (password_env) is not set")):
                with self.subTest(text=text):
                    _, rejected, log = self.write([{"id": 1}], "table: t, retry_for: 1ms",
                                                  acquire_timeout="3s", **config)
                    self.assertEqual(rejected[0]["kind"], "resource_timeout")
                    self.assertIn(text, rejected[0]["error"])
                    self.assertIn(text, log)

    def test_a_password_file_is_read(self):
        self.server.sql("create table filed (id int)")
        with harness.Weir(GRAPH.format(
                resource=self.server.resource(password_file="secret").replace(
                    '"password_env": "WEIR_TEST_PASSWORD", ', ""),
                options="table: filed", concurrency=1),
                files={"in.jsonl": lines([{"id": 1}]), "secret": postgres.PASSWORD + "\n"}) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
        self.assertEqual(self.server.value("select count(*) from filed"), "1")

    def test_conflicts_are_tried_again(self):
        self.server.sql("""
            create table fought (id int primary key); create sequence tries;
            create function fight() returns trigger language plpgsql as $$ begin
              if nextval('tries') % 3 <> 0 then
                raise exception 'could not serialize' using errcode = 'serialization_failure';
              end if;
              return null; end $$;
            create trigger fight after insert on fought for each statement
              execute function fight()""")
        rows = [{"id": i} for i in range(5000)]
        _, rejected, log = self.write(rows, "table: fought, mode: insert", concurrency=2)
        self.assertEqual(rejected, [])
        self.assertEqual(self.server.value("select count(*) from fought"), "5000")
        self.assertIn("could not serialize (40001)", log)

    def test_a_statement_that_hangs_is_given_up(self):
        self.server.sql("""
            create table slow (id int); create sequence naps;
            create function nap() returns trigger language plpgsql as $$ begin
              if nextval('naps') = 1 then perform pg_sleep(600); end if; return null; end $$;
            create trigger nap after insert on slow for each statement execute function nap()""")
        _, rejected, log = self.write([{"id": 1}], "table: slow, timeout: 0.3s")
        self.assertEqual(rejected, [])
        self.assertIn("did not finish a statement within 0.3s", log)
        self.assertEqual(self.server.value("select count(*) from slow"), "1")

    def test_a_batch_that_waits_too_long_goes_to_error(self):
        self.server.sql("""
            create table dozing (id int);
            create function doze() returns trigger language plpgsql as $$ begin
              perform pg_sleep(600); return null; end $$;
            create trigger doze after insert on dozing for each statement execute function doze()""")
        graph = self.graph("table: dozing").replace("component: postgres/write",
                                                  "component: postgres/write, timeout: 0.3s")
        with harness.Weir(graph, files={"in.jsonl": lines({"id": i} for i in range(5))},
                          env=ENVIRONMENT) as weir:
            self.assertEqual(weir.wait(), 0, weir.stderr)
            rejected = read_lines(weir.path / "reject.jsonl")
        self.assertEqual([error["kind"] for error in rejected], ["timeout"] * 5)
        self.assertEqual([error["packet"]["id"] for error in rejected], list(range(5)))
        self.assertEqual(self.server.value("select count(*) from dozing"), "0")

    def test_a_drain_writes_what_was_read(self):
        self.server.sql("create table drained (id int)")
        rows = lines({"id": i} for i in range(400_000))
        # So slow that it is not through before the signal, however late that comes.
        graph = self.graph("table: drained, batch: 100").replace(
            "component: postgres/write", "component: postgres/write, rate: 5000/s")
        with harness.Weir(graph, files={"in.jsonl": rows}, env=ENVIRONMENT) as weir:
            done = weir.path / "done.jsonl"
            harness.poll(lambda: done.exists() and done.stat().st_size > 1000, "rows")
            weir.signal(signal.SIGTERM)
            self.assertEqual(weir.wait(), 0, weir.stderr)
            done = read_lines(weir.path / "done.jsonl")
        self.assertLess(len(done), 400_000)
        self.assertEqual(self.server.value("select count(*) from drained"), str(len(done)))

    def test_the_metrics_of_a_pool(self):
        self.server.sql("create table measured (id int)")
        rows = [{"id": i} for i in range(1000)]
        with harness.Weir(self.graph("table: measured"), "--stay",
                          files={"in.jsonl": lines(rows)}, env=ENVIRONMENT) as weir:
            harness.poll(lambda: len(read_lines(weir.path / "done.jsonl")) == 1000, "the rows")
            metrics = weir.metrics()
            self.assertEqual(metrics.value("weir_resource_pool_max", pool="db"), 4)
            self.assertGreaterEqual(metrics.value("weir_resource_pool_created_total", pool="db"), 1)
            for name in ("wait", "hold", "creation"):
                self.assertGreaterEqual(
                    metrics.value(f"weir_resource_pool_{name}_seconds_count", pool="db"), 1)

    def test_nothing_is_lost_when_the_server_is_killed(self):
        self.server.sql("create table kept (id int primary key, n int);"
                        "create table copied (id int)")
        for options in ("table: kept, mode: upsert, conflict: id, batch: 50",
                        "table: copied, batch: 50"):
            with self.subTest(options=options):
                self.lose_the_server(options)

    def lose_the_server(self, options):
        graph = f"""
name: rows
{self.server.resource(connect_timeout="2s")}
processes:
  read: {{component: stdin/read}}
  parse: {{component: json/parse}}
  write: {{component: postgres/write, concurrency: 4, config: {{resource: db, {options}}}}}
  done: {{component: file/write, config: {{path: done.jsonl}}}}
  reject: {{component: file/write, config: {{path: reject.jsonl}}}}
connections: [read -> parse -> write -> done, write.error -> reject]
"""
        table = options.split(",")[0].split()[1]
        sent = 0
        with harness.Weir(graph, stdin=harness.subprocess.PIPE, env=ENVIRONMENT) as weir:
            def send():
                nonlocal sent
                for _ in range(500):
                    weir.process.stdin.write(b'{"id": %d}\n' % sent)
                    sent += 1
                weir.process.stdin.flush()

            def done():
                path = weir.path / "done.jsonl"
                return path.read_bytes().count(b"\n") if path.exists() else 0
            for _ in range(KILLS):
                target = done() + 300
                # Under load: rows keep coming while the server dies and comes back.
                while done() < target:
                    send()
                self.server.kill()
                send()
                self.server.start()
            weir.process.stdin.close()
            self.assertEqual(weir.wait(), 0, weir.stderr)
            rejected = read_lines(weir.path / "reject.jsonl")
            written = read_lines(weir.path / "done.jsonl")
        self.assertEqual(rejected, [])
        self.assertEqual([row["id"] for row in written], list(range(sent)))
        counts = collections.Counter(int(row[0]) for row in
                                     self.server.sql(f"select id from {table}"))
        self.assertEqual(set(counts), set(range(sent)), "every row arrived")
        if table == "kept":
            self.assertEqual(max(counts.values()), 1)


if __name__ == "__main__":
    harness.main()
