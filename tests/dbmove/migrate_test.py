"""`landfall migrate` between two PostgreSQL servers: migrate_test.py PROGRAM"""
import contextlib
import os
import random
import re
import subprocess
import sys
import threading
import time
import unittest

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "convert"))
import postgres  # noqa: E402

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else None
KILLS = int(os.environ.get("LANDFALL_KILLS", "30"))
LOGICAL = ("wal_level=logical", "max_replication_slots=20", "max_wal_senders=20")


# A type and values that a copy through text or through another type would change.
VALUES = (
    ("smallint", ("-32768", "32767")), ("integer", ("-2147483648", "0")), ("bigint", ("-9223372036854775808", "9223372036854775807")),
    ("numeric", ("'NaN'", "1e-130", "123456789012345678901234567890.123456789", "'Infinity'", "0.10")),
    ("numeric(65,30)", ("1.000000000000000000000000000001",)),
    ("real", ("3.1400001", "'-0'", "'NaN'", "'-Infinity'", "1e-45")),
    ("double precision", ("0.1", "'-0'", "'NaN'", "'Infinity'", "4.9e-324", "1.7976931348623157e308")),
    ("money", ("'-12.34'",)), ("boolean", ("true", "false")), ("char(5)", ("'ab'", "''")), ("varchar(3)", ("''", "'äöü'")),
    ("text", ("''", "E'a\\tb\\nc\\\\d'", "'👩‍👩‍👧 \\N'", "repeat('x', 100000)")), ('"char"', ("'x'", "''")), ("name", ("'n'",)),
    ("bytea", ("'\\x'", "'\\x00ff00'", "decode(repeat('ab', 50000), 'hex')")),
    ("date", ("'infinity'", "'-infinity'", "'0044-03-15 BC'", "'5874897-12-31'")),
    ("time", ("'24:00:00'", "'00:00:00.000001'")), ("timetz", ("'24:00:00+15:59'", "'12:00-15:59'")),
    ("timestamp", ("'infinity'", "'0001-01-01 BC'", "'294276-12-31 23:59:59.999999'")),
    ("timestamptz", ("'-infinity'", "'2021-03-14 02:30 America/Los_Angeles'", "'2020-01-01 00:00+15:59'")),
    ("interval", ("'-1 year 2 mons -3 days 04:05:06.789'", "'178000000 years'", "'0'")),
    ("bit(3)", ("B'101'",)), ("varbit", ("B''", "B'1010101010101'")), ("uuid", ("'00000000-0000-0000-0000-000000000001'",)),
    ("inet", ("'::1/64'", "'10.1.2.3'")), ("cidr", ("'10.0.0.0/8'",)), ("macaddr", ("'08:00:2b:01:02:03'",)),
    ("macaddr8", ("'08:00:2b:01:02:03:04:05'",)), ("json", ("'{\"a\" : 1, \"a\":2}'", "'null'")), ("jsonb", ("'{\"b\":1.10,\"a\":null}'",)),
    ("xml", ("'<a>ä</a>'", "'text'")), ("tsvector", ("'a:1A b'",)), ("tsquery", ("'a & !b'",)), ("jsonpath", ("'$.a[*]'",)),
    ("int[]", ("'{}'", "'[-1:1]={1,NULL,3}'", "'{{1,2},{3,4}}'")), ("text[]", ("ARRAY['', NULL, 'NULL', 'a,b', '\"']",)),
    ("int4range", ("'empty'", "'[1,)'")), ("tstzrange", ("'(,infinity)'",)), ("int8multirange", ("'{[1,3),[5,7)}'",)),
    ("point", ("'(1e-300,-0)'",)), ("path", ("'[(0,0),(1,1)]'",)), ("polygon", ("'((0,0),(1,1),(1,0))'",)), ("circle", ("'<(0,0),1>'",)),
    ("lseg", ("'[(0,0),(1,1)]'",)), ("box", ("'(1,1),(0,0)'",)), ("line", ("'{1,2,3}'",)),
    ("pg_lsn", ("'16/B374D848'",)), ("oid", ("4294967295",)), ("mood", ("'sad'", "'it''s ok'")), ("mood[]", ("ARRAY['sad', NULL]::mood[]",)),
    ("mood2", ("'sad'",)), ("percent", ("99.5",)),
)


class Following:
    """`landfall migrate --cdc` beside the block; told to stop at its end, when all it was sent is applied."""

    def __init__(self, arguments, ends):
        self.arguments = arguments
        self.ends = ends

    def __enter__(self):
        self.running = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        told = []
        for line in self.running.stderr:
            told.append(line)
            if line.startswith("follows"):
                return self
        raise AssertionError(f"it does not follow: {self.running.communicate()[0]}{''.join(told)}")

    def wait(self):
        """Until it ends by itself."""
        self.running.wait(timeout=60)

    def __exit__(self, *_):
        self.running.terminate()
        out, err = self.running.communicate(timeout=60)
        assert self.running.returncode == 1 and re.search(self.ends, err), out + err


class Migrations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.source_server = cls.enterClassContext(postgres.Postgres(LOGICAL))
        cls.target_server = cls.enterClassContext(postgres.Postgres())

    def setUp(self):
        """A database of the test's own on each side."""
        self.database = self._testMethodName[:60]
        for server in (self.source_server, self.target_server):
            with contextlib.closing(server.connect()) as connection:
                self.ask(connection, f'CREATE DATABASE "{self.database}"')
        self.source, self.target = (self.open(server) for server in (self.source_server, self.target_server))

    def open(self, server):
        connection = server.connect(database=self.database)
        self.addCleanup(connection.close)
        return connection

    def dsn(self, server):
        return f"host={server.folder} user=postgres dbname={self.database}"

    apply = "transactional"

    def arguments(self, *more):
        return [PROGRAM, "migrate", "--from", self.dsn(self.source_server), "--to", self.dsn(self.target_server),
                "--full-load", "--apply", self.apply, *more]

    def migrate(self, *more, code=0):
        done = subprocess.run(self.arguments(*more), capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def ask(self, connection, sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def both(self, sql):
        return self.ask(self.source, sql), self.ask(self.target, sql)

    def assertSame(self, sql):
        left, right = self.both(sql)
        self.assertEqual(left, right, sql)
        return left

    def make_shop(self):
        self.ask(self.source, """
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
            CREATE DOMAIN price AS numeric(12,2) CHECK (VALUE >= 0);
            CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, feels mood DEFAULT 'ok',
                born date, CONSTRAINT name_is CHECK (name <> ''));
            CREATE TABLE orders (id serial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customer ON DELETE CASCADE,
                total price, doc jsonb, tags text[], at timestamptz DEFAULT now(),
                twice numeric GENERATED ALWAYS AS (total * 2) STORED);
            CREATE TABLE visit (day date, n int, PRIMARY KEY (day, n)) PARTITION BY RANGE (day);
            CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
            CREATE TABLE visit_new PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
            INSERT INTO visit SELECT date '2019-12-01' + i, i FROM generate_series(1, 100) i;
            CREATE INDEX orders_at ON orders (at DESC) WHERE total > 0;
            CREATE UNIQUE INDEX customer_name ON customer (lower(name));
            COMMENT ON TABLE orders IS 'it''s what they buy';
            COMMENT ON COLUMN orders.doc IS 'as it came';
            CREATE SEQUENCE ticket START 100 INCREMENT 5;
            INSERT INTO customer (name, born) SELECT 'c' || i, date '1990-01-01' + i FROM generate_series(1, 1000) i;
            INSERT INTO orders (customer_id, total, doc, tags) SELECT 1 + i % 1000, i / 7.0, jsonb_build_object('i', i), ARRAY['a', NULL, i::text]
                FROM generate_series(1, 20000) i;
            SELECT nextval('ticket'), nextval('ticket');""")

    def assert_shop_is_same(self):
        for table in ("customer", "orders", "visit", "visit_old", "visit_new"):
            self.assertSame(f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t")
        self.assertSame("SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0 "
                        "AND connamespace = 'public'::regnamespace ORDER BY 1, 2")
        self.assertSame("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        self.assertSame("SELECT obj_description('orders'::regclass), col_description('orders'::regclass, 4)")
        self.assertSame("SELECT sequencename, data_type, start_value, increment_by, last_value FROM pg_sequences WHERE schemaname = "
                        "'public' ORDER BY 1")
        self.assertSame("SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated FROM pg_attribute "
                        "WHERE attrelid IN ('orders'::regclass, 'customer'::regclass) AND attnum > 0 ORDER BY attrelid, attnum")

    def test_a_full_load_brings_definitions_rows_and_sequences(self):
        self.make_shop()
        done = self.migrate()
        self.assertIn("4 tables, 21100 rows loaded\n21100 rows compared, all the same", done.stdout)
        self.assert_shop_is_same()
        self.ask(self.target, "INSERT INTO customer (name) VALUES ('next'); INSERT INTO orders (customer_id) VALUES (1)")

    def test_changes_follow_and_the_cutover_moves_over(self):
        self.make_shop()
        with self.written_to():
            done = self.migrate("--cdc", "--cutover")
        self.assertRegex(done.stdout, r"[1-9]\d* transactions \([1-9].* inserts, [1-9].* updates, [1-9].* deletes\) applied")
        self.assertRegex(done.stdout, r"downtime \d+\.\d\d s")
        self.source = self.open(self.source_server)
        self.assert_shop_is_same()
        with self.assertRaisesRegex(Exception, "read-only"):
            self.ask(self.source, "INSERT INTO customer (name) VALUES ('late')")

    def test_killed_at_any_moment_it_goes_on_exactly(self):
        self.make_shop()
        random.seed(1)
        with self.written_to():
            for kill in range(KILLS):
                running = subprocess.Popen(self.arguments("--cdc"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                try:
                    running.wait(timeout=random.uniform(0.05, 0.3 if kill % 2 else 1.5))
                    self.fail(running.communicate())
                except subprocess.TimeoutExpired:
                    running.kill()
                    running.communicate()
            done = self.migrate("--cdc", "--cutover")
        self.assertRegex(done.stdout, r"downtime \d+\.\d\d s")
        self.source = self.open(self.source_server)
        self.assert_shop_is_same()

    def test_a_target_that_crashes_loses_nothing_that_the_source_was_told(self):
        """What it had committed and did not have on its disk is applied again."""
        self.target_server = self.enterContext(postgres.Postgres())
        self.ask(self.target_server.connect(), f'CREATE DATABASE "{self.database}"')
        self.make_shop()
        random.seed(2)
        with self.written_to():
            for _ in range(3):
                with self.follow(ends="the target") as following:
                    with self.assertRaises(subprocess.TimeoutExpired):
                        following.running.wait(timeout=random.uniform(0.3, 1.6))
                    self.target_server.crash()
                    following.wait()
            self.migrate("--cdc", "--cutover")
        self.source, self.target = self.open(self.source_server), self.open(self.target_server)
        self.assert_shop_is_same()

    def follow(self, *more, ends="stopped; the next run goes on from"):
        """A run that follows changes until the block's end, when it is told to stop."""
        return Following(self.arguments("--cdc", *more), ends)

    def wait_until_applied(self, count):
        deadline = time.monotonic() + 60
        while self.ask(self.target, count)[0][0] == 0:
            self.assertLess(time.monotonic(), deadline, count)
            time.sleep(0.02)

    def assertTablesSame(self, *tables):
        for table in tables:
            self.assertSame(f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t")

    def moved(self, make, change, *tables):
        """Definitions and rows are loaded, changes made while they are followed, then all is cut over; both sides are equal."""
        self.ask(self.source, make)
        with self.follow():
            for statement in change:
                self.ask(self.source, statement)
        done = self.migrate("--cdc", "--cutover")
        self.source = self.open(self.source_server)
        self.assertTablesSame(*tables)
        return done

    def test_values_of_every_type_are_the_same_loaded_and_changed(self):
        columns = ", ".join(f"c{i} {kind}" for i, (kind, _) in enumerate(VALUES))
        most = max(len(values) for _, values in VALUES)
        rows = [", ".join(values[n] if n < len(values) else "NULL" for _, values in VALUES) for n in range(most)]
        inserts = [f"INSERT INTO kinds VALUES ({n}, {row})" for n, row in enumerate(rows)]
        changes = [f"INSERT INTO kinds VALUES ({100 + n}, {row})" for n, row in enumerate(rows)]
        changes += [f"UPDATE kinds SET ({', '.join(f'c{i}' for i in range(len(VALUES)))}) = ROW({row}) WHERE id = {most - 1 - n}"
                    for n, row in enumerate(rows)]
        self.moved("CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE DOMAIN percent AS numeric CHECK (VALUE BETWEEN 0 AND 100);"
                   "CREATE DOMAIN mood2 AS mood;"
                   f"CREATE TABLE kinds (id int PRIMARY KEY, {columns});" + ";".join(inserts), changes, "kinds")
        (count,), = self.assertSame("SELECT count(*) FROM kinds")
        self.assertEqual(count, 2 * most)

    def test_what_is_stored_apart_and_did_not_change_stays(self):
        self.moved("CREATE TABLE t (id int PRIMARY KEY, n int, big text, raw bytea);"
                   "ALTER TABLE t ALTER big SET STORAGE EXTERNAL;"
                   "INSERT INTO t SELECT i, 0, repeat(md5(i::text), 40000), decode(repeat('00ff', 100000), 'hex') FROM generate_series(1, 3) i",
                   ("UPDATE t SET n = 1 WHERE id = 1", "UPDATE t SET id = 20 WHERE id = 2", "UPDATE t SET big = 'x' WHERE id = 3",
                    "UPDATE t SET id = 30, n = 5 WHERE id = 3", "INSERT INTO t VALUES (4, 4, repeat('ä', 700000), '')"), "t")

    def test_keys_move_and_swap(self):
        self.moved("CREATE TABLE t (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, u int UNIQUE DEFERRABLE, v text);"
                   "ALTER TABLE t REPLICA IDENTITY FULL;"
                   "INSERT INTO t SELECT i, i, 'v' || i FROM generate_series(1, 100) i",
                   ("UPDATE t SET id = id + 1", "BEGIN; UPDATE t SET id = -1 WHERE id = 5; UPDATE t SET id = 5 WHERE id = 6; "
                    "UPDATE t SET id = 6 WHERE id = -1; COMMIT", "UPDATE t SET u = 101 - u"), "t")

    def test_a_row_with_an_identity_that_is_always_made_changes(self):
        self.moved("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text); INSERT INTO t (v) SELECT 'v' FROM generate_series(1, 9)",
                   ("UPDATE t SET v = 'w' WHERE id < 5", "DELETE FROM t WHERE id = 7"), "t")

    def test_rows_without_a_key_are_told_apart_one_by_one(self):
        self.moved("CREATE TABLE t (a int, b text, c json); ALTER TABLE t REPLICA IDENTITY FULL;"
                   "INSERT INTO t VALUES (1, 'x', '{}'), (1, 'x', '{}'), (1, 'x', '{}'), (2, NULL, NULL), (2, NULL, NULL)",
                   ("DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t WHERE a = 1)",
                    "UPDATE t SET b = 'new' WHERE ctid = (SELECT min(ctid) FROM t WHERE a = 2)"), "t")
        self.assertSame("SELECT a, b, count(*) FROM t GROUP BY 1, 2 ORDER BY 1, 2")

    def test_tables_that_cannot_be_followed_are_refused_before_anything_changes(self):
        self.ask(self.source, "CREATE TABLE good (id int PRIMARY KEY); CREATE TABLE bad (a int); CREATE TABLE late (id int PRIMARY KEY DEFERRABLE)")
        done = self.migrate("--cdc", code=1)
        self.assertIn("no key that is checked at once and no replica identity: public.bad, public.late. Leave them out, or run ALTER TABLE", done.stderr)
        self.assertEqual(self.ask(self.source, "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"), [(0,)])
        self.assertEqual(self.ask(self.source, "SELECT count(*) FROM pg_publication"), [(0,)])
        self.assertEqual(self.ask(self.target, "SELECT to_regclass('good')"), [(None,)])
        with self.follow("--tables", "public.g*"):
            self.ask(self.source, "INSERT INTO good VALUES (1); INSERT INTO bad VALUES (1); UPDATE bad SET a = 2")
        self.migrate("--cdc", "--cutover", "--tables", "public.g*")
        self.source = self.open(self.source_server)
        self.assertTablesSame("good")

    def test_truncate_savepoints_partitions_and_odd_names(self):
        self.moved("""
            CREATE SCHEMA "Odd ""o";
            CREATE TABLE "Odd ""o"."select %" ("Id" int PRIMARY KEY, "a'b" text, "ümlaut" int GENERATED ALWAYS AS ("Id" * 2) STORED);
            CREATE TABLE p (day date, n int, PRIMARY KEY (day, n)) PARTITION BY RANGE (day);
            CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
            CREATE TABLE p2 PARTITION OF p DEFAULT PARTITION BY HASH (n);
            CREATE TABLE p20 PARTITION OF p2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE p21 PARTITION OF p2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            CREATE INDEX ON p (n);
            CREATE TABLE emptied (id serial PRIMARY KEY); CREATE TABLE emptied_too (id int PRIMARY KEY REFERENCES emptied);
            CREATE TABLE nothing (id int PRIMARY KEY); CREATE TABLE columnless ();
            ALTER TABLE columnless REPLICA IDENTITY FULL;
            INSERT INTO columnless DEFAULT VALUES;
            INSERT INTO p SELECT date '2020-06-01' + i * 30, i FROM generate_series(1, 100) i;
            INSERT INTO emptied DEFAULT VALUES; INSERT INTO emptied_too VALUES (1);
            INSERT INTO "Odd ""o"."select %" VALUES (1, 'x')""",
                   ("TRUNCATE emptied CASCADE", "INSERT INTO emptied VALUES (7)",
                    "BEGIN; INSERT INTO nothing VALUES (1); SAVEPOINT s; INSERT INTO nothing VALUES (2); ROLLBACK TO s; "
                    "INSERT INTO nothing VALUES (3); COMMIT",
                    "UPDATE p SET day = day + 400 WHERE n % 3 = 0", "DELETE FROM p WHERE n % 7 = 0",
                    """UPDATE "Odd ""o"."select %" SET "a'b" = E'tab\t\\ "quoted" \n' """,
                    """INSERT INTO "Odd ""o"."select %" VALUES (2, NULL), (3, '')"""),
                   "p", "p1", "p20", "emptied", "emptied_too", "nothing", '"Odd ""o"."select %"', "columnless")

    def test_transactions_whose_begin_and_commit_cross_are_all_there(self):
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY)")
        with self.follow():
            first, second = self.open(self.source_server), self.open(self.source_server)
            self.ask(first, "BEGIN; INSERT INTO t VALUES (1)")
            self.ask(second, "BEGIN; INSERT INTO t VALUES (2)")
            self.ask(second, "COMMIT")
            self.eventually_on_target("SELECT id FROM t", [(2,)])
        with self.follow():
            self.ask(first, "COMMIT")
            self.eventually_on_target("SELECT id FROM t ORDER BY 1", [(1,), (2,)])
        self.migrate("--cdc", "--cutover")

    def test_a_slot_that_is_gone_or_made_anew_is_never_gone_on_from(self):
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY)")
        with self.follow():
            self.ask(self.source, "INSERT INTO t VALUES (1)")
            self.eventually_on_target("SELECT id FROM t", [(1,)])
        ((slot,),) = self.ask(self.source, "SELECT slot_name FROM pg_replication_slots WHERE database = current_database()")
        self.ask(self.source, f"SELECT pg_drop_replication_slot('{slot}')")
        self.assertIn(f"the slot {slot} is gone", self.migrate("--cdc", code=1).stderr)
        self.ask(self.source, "INSERT INTO t VALUES (2)")
        self.ask(self.source, f"SELECT pg_create_logical_replication_slot('{slot}', 'pgoutput')")
        self.assertIn("it was made anew or read by others", self.migrate("--cdc", code=1).stderr)
        self.ask(self.source, f"SELECT pg_drop_replication_slot('{slot}')")

    def test_somebody_elses_writes_on_the_target_are_told_with_table_and_key(self):
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 9) i")
        with self.follow():
            self.eventually_on_target("SELECT count(*) FROM t", [(9,)])
        self.ask(self.target, "DELETE FROM t WHERE id = 5; INSERT INTO t VALUES (10, 'mine')")
        self.ask(self.source, "UPDATE t SET v = 'w' WHERE id < 7")
        self.assertIn("an update of public.t where id = '5' found 0 rows on the target: somebody else writes there",
                      self.migrate("--cdc", code=1).stderr)
        self.assertEqual(self.ask(self.target, "SELECT count(*) FROM t WHERE v = 'w'"), [(0,)])
        self.ask(self.target, "INSERT INTO t VALUES (5, 'v')")
        self.ask(self.source, "INSERT INTO t VALUES (10, 'theirs')")
        self.assertRegex(self.migrate("--cdc", code=1).stderr,
                         r"an insert into public.t where id = '10': .* duplicate key value violates unique constraint .t_pkey.")
        self.ask(self.target, "DELETE FROM t WHERE id = 10")
        self.migrate("--cdc", "--cutover")
        self.source = self.open(self.source_server)
        self.assertTablesSame("t")

    def test_a_load_that_was_not_compared_to_its_end_is_compared_by_the_next_run(self):
        self.make_shop()
        self.migrate()
        self.ask(self.target, "UPDATE landfall.migration SET phase = 'following'; UPDATE visit SET n = 1000 WHERE n = 5")
        self.assertIn("2 rows are not the same: public.visit_old where", self.migrate(code=1).stderr)
        self.ask(self.target, "UPDATE visit SET n = 5 WHERE n = 1000")
        self.assertIn("21100 rows compared, all the same", self.migrate().stdout)
        self.assertIn("is finished", self.migrate(code=1).stderr)

    def test_rows_that_are_not_the_same_are_named_and_nothing_is_cut_over(self):
        self.ask(self.source, "CREATE TABLE t (id int, at date, v text, PRIMARY KEY (id, at)); CREATE TABLE bag (a text, b int);"
                 "ALTER TABLE bag REPLICA IDENTITY FULL; INSERT INTO bag VALUES ('x', 1), ('x', 1), (NULL, 2), ('', 2), (E'a\\tb', -3);"
                 "INSERT INTO t SELECT i - 500, '2020-01-01', 'v' || i FROM generate_series(1, 3000) i;"
                 "CREATE TABLE word (w text COLLATE \"en-x-icu\" PRIMARY KEY);"
                 "INSERT INTO word VALUES ('a'), ('B'), ('b'), ('Ä'), ('z'), ('_'), ('10'), ('9')")
        with self.follow():
            self.eventually_on_target("SELECT count(*) FROM word", [(8,)])
        self.ask(self.target, "UPDATE t SET v = v || '!' WHERE id = 7; DELETE FROM t WHERE id = -9; INSERT INTO t VALUES (9, '2021-01-01', NULL);"
                 "DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE a = 'x'); INSERT INTO bag VALUES ('x', NULL);"
                 "UPDATE word SET w = 'Z' WHERE w = 'z'")
        with self.written_to_t():
            done = self.migrate("--cdc", "--cutover", code=1)
        self.assertIn("5 rows are not the same: ", done.stderr)
        self.ask(self.source, "INSERT INTO t VALUES (99999, '2020-01-01', 'not frozen')")
        self.ask(self.target, "UPDATE t SET v = replace(v, '!', '') WHERE id = 7; INSERT INTO t VALUES (-9, '2020-01-01', 'v491');"
                 "DELETE FROM t WHERE at = '2021-01-01'; UPDATE word SET w = 'z' WHERE w = 'Z'")
        told = done.stderr
        done = self.migrate("--cdc", "--cutover", code=1)
        self.assertIn("2 rows are not the same: ", done.stderr)
        done.stderr += told
        for words in ( "public.t where id = '7', at = '2020-01-01' differs",
                      "public.t where id = '-9', at = '2020-01-01' is not on the target",
                      "public.t where id = '9', at = '2021-01-01' is not at the source",
                      "public.bag where a = 'x', b = '1' is not on the target", "public.bag where a = 'x', b = NULL is not at the source",
                      "public.word where w = 'z' is not on the target", "public.word where w = 'Z' is not at the source",
                      "The source is read-only: the next run goes on, or ALTER DATABASE"):
            self.assertIn(words, done.stderr)
        self.ask(self.target, "DELETE FROM bag WHERE b IS NULL; INSERT INTO bag VALUES ('x', 1)")
        self.assertRegex(self.migrate("--cdc", "--cutover").stdout, r"\d+ rows compared, all the same")
        self.source = self.open(self.source_server)
        self.assertTablesSame("t", "bag", "word")

    @contextlib.contextmanager
    def written_to_t(self):
        """Rows that come, change and go while others are compared."""
        def write():
            connection = self.source_server.connect(database=self.database)
            with contextlib.suppress(psycopg2.Error), contextlib.closing(connection):
                for i in range(1_000_000):
                    self.ask(connection, f"INSERT INTO t VALUES ({10000 + i}, '2022-01-01', 'new'); "
                             f"UPDATE t SET v = 'changed' WHERE id = {100 + i % 2000}; DELETE FROM t WHERE id = {9990 + i}")
                    if stop.is_set():
                        return
        stop = threading.Event()
        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def test_changed_definitions_stop_with_their_names(self):
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY, v varchar(5), gone int)")
        for change, told, undo in (
                ("ADD fresh int", "the column fresh is new", "DROP fresh"),
                ("ALTER v TYPE text", r"the column v is not character varying\(5\) any more", "ALTER v TYPE varchar(5)"),
                ("DROP gone", "the column gone is gone", "ADD gone int")):
            with self.subTest(change):
                with self.follow("--no-validation", "--ddl", "stop", ends=f"the definition of public.t has changed at the source: {told}; changes of def") as following:
                    self.ask(self.source, f"ALTER TABLE t {change}; INSERT INTO t (id) VALUES (1)")
                    following.wait()
                self.assertRegex(self.migrate("--cdc", "--ddl", "stop", code=1).stderr, "the definitions of public.t are not the same any more: the column")
                # What the log holds of the other definition is there all the same: the next run stops at it again.
                self.ask(self.source, f"ALTER TABLE t {undo}")
                self.assertRegex(self.migrate("--cdc", "--ddl", "stop", code=1).stderr, f"{told}|columns came and went" if "gone" in change else told)
                self.ask(self.target, "TRUNCATE landfall.migration CASCADE; DROP TABLE t")
                self.ask(self.source, "TRUNCATE t")

    COLUMNS = ("SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid) FROM "
               "pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT "
               "attisdropped ORDER BY attname")

    def test_changed_definitions_are_followed_between_the_same_rows(self):
        """Each in a transaction that writes before and behind it, so that rows of both shapes are in one."""
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY, v varchar(5) DEFAULT 'd' NOT NULL, gone int, n numeric(5,2), \"odd \"\"one\" text); "
                              "CREATE INDEX by_gone ON t (gone, n); INSERT INTO t SELECT i, 'v' || i % 10, i, i % 900 FROM generate_series(1, 1000) i")
        changes = ("ADD fresh int", "ADD filled text DEFAULT 'it''s, {\"x\"}' NOT NULL", "ALTER filled SET DEFAULT 'later'", "ADD at timestamptz DEFAULT now()",
                   "ALTER v TYPE text", "ALTER v DROP NOT NULL", "ALTER n TYPE numeric(9,2)", "DROP gone", "RENAME fresh TO a", "ADD tags int[] DEFAULT '{1,2}'",
                   'RENAME "odd ""one" TO odd', "ADD double numeric GENERATED ALWAYS AS (n * 2) STORED", "DROP double", "DROP tags")
        with self.follow(ends=r"\A(?![\s\S]*anew)[\s\S]*stopped; the next run goes on"):
            for i, change in enumerate(changes):
                at = 10 * (i + 1)
                self.ask(self.source, f"BEGIN; UPDATE t SET n = n + 1 WHERE id <= {at}; INSERT INTO t (id) VALUES ({2000 + at}); ALTER TABLE t {change}; "
                                      f"INSERT INTO t (id) VALUES ({5000 + at}); UPDATE t SET n = n + 1, v = NULL WHERE id = {at} AND {'DROP NOT' in change}; "
                                      f"UPDATE t SET v = v || 'x' WHERE id BETWEEN {at} AND {at + 3}; DELETE FROM t WHERE id = {500 + i}; COMMIT")
                # What has changed again by the time that the log is read is loaded anew.
                self.wait_until_applied(f"SELECT count(*) FROM t WHERE id = {5000 + at}")
            # Names that move in a circle, and one of a column that went.
            self.ask(self.source, "BEGIN; ALTER TABLE t RENAME v TO between; ALTER TABLE t RENAME odd TO v; ALTER TABLE t RENAME between TO odd; "
                                  "ALTER TABLE t RENAME a TO gone; INSERT INTO t (id, v, odd, gone) VALUES (9000, 'v', 'odd', 7); COMMIT")
            self.wait_until_applied("SELECT count(*) FROM t WHERE id = 9000")
        done = self.migrate("--cdc", "--cutover")
        self.assertIn("all the same", done.stdout)
        self.source = self.open(self.source_server)
        self.assertSame("SELECT * FROM (SELECT to_jsonb(t) j FROM t) x ORDER BY (j->>'id')::int")
        self.assertSame(self.COLUMNS)

    def test_a_table_whose_rows_were_written_anew_is_loaded_again(self):
        """Values that the log does not tell; other tables follow meanwhile, and what is written to this one while it is loaded is not lost."""
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY, v int, s text); CREATE TABLE child (id int PRIMARY KEY REFERENCES t, n int); "
                              "INSERT INTO t SELECT i, i, i FROM generate_series(1, 5000) i; INSERT INTO child SELECT i, 0 FROM generate_series(1, 100) i")
        for i, change in enumerate(("ALTER v TYPE bigint USING v * 2", "ADD r double precision DEFAULT random()", "ADD own bigint GENERATED ALWAYS AS IDENTITY",
                                    "ADD serially serial", "ALTER s TYPE int USING s::int")):
            with self.subTest(change):
                with self.follow(ends="stopped; the next run goes on"):
                    self.ask(self.source, f"ALTER TABLE t {change}")
                    for n in range(20):
                        self.ask(self.source, f"UPDATE t SET v = v + 1 WHERE id % 20 = {n}; INSERT INTO t (id, v) VALUES ({10000 + 100 * i + n}, 1); "
                                              "UPDATE child SET n = n + 1")
                    self.wait_until_applied(f"SELECT count(*) FROM t WHERE id = {10000 + 100 * i + 19}")
                self.assertSame(self.COLUMNS)
        # One after the other, faster than they are followed; and a column that went and came again, which its description does not tell.
        with self.follow(ends="stopped; the next run goes on"):
            for n in range(5):
                self.ask(self.source, f"ALTER TABLE t ADD x{n} int DEFAULT {n}; UPDATE t SET v = v + 1, x{n} = 7 WHERE id % 7 = 0; ALTER TABLE t RENAME x{n} TO y{n}; "
                                      f"UPDATE t SET y{n} = 8 WHERE id % 9 = 0; ALTER TABLE t DROP y{n}")
            self.ask(self.source, "INSERT INTO t (id) VALUES (21000)")
            self.wait_until_applied("SELECT count(*) FROM t WHERE id = 21000")
            self.ask(self.source, "ALTER TABLE t DROP v, ADD v bigint; INSERT INTO t (id) VALUES (22000)")
            self.wait_until_applied("SELECT count(*) FROM t WHERE id = 22000")
        self.assertSame("SELECT to_jsonb(t) FROM t ORDER BY id")
        # And while nobody follows.
        self.ask(self.source, "ALTER TABLE t DROP v, ADD v bigint; INSERT INTO t (id) VALUES (23000)")
        with self.follow("--no-validation", ends="stopped; the next run goes on"):
            self.wait_until_applied("SELECT count(*) FROM t WHERE id = 23000")
        self.assertSame("SELECT to_jsonb(t) FROM t ORDER BY id")
        self.ask(self.source, "ALTER TABLE t ADD last int DEFAULT 5; ALTER TABLE t RENAME s TO text; INSERT INTO t (id) VALUES (20000); CREATE INDEX fresh ON t (text)")
        done = self.migrate("--cdc", "--cutover")
        self.assertRegex(done.stdout, "public.t is loaded anew, its definition has changed: the column")
        self.source = self.open(self.source_server)
        for sql in (self.COLUMNS, "SELECT to_jsonb(t) FROM t ORDER BY id", "SELECT * FROM child ORDER BY id",
                    "SELECT indexdef FROM pg_indexes WHERE tablename IN ('t', 'child') ORDER BY 1"):
            self.assertSame(sql)
        self.ask(self.target, "INSERT INTO t (id) VALUES (30000)")

    def test_a_table_that_is_written_anew_between_the_snapshot_and_its_load_is_not_taken_for_empty(self):
        """What ALTER TABLE and TRUNCATE leave is empty to every older snapshot."""
        self.ask(self.source, "CREATE TABLE first AS SELECT i id, repeat('x', 100) v FROM generate_series(1, 300000) i; ALTER TABLE first ADD PRIMARY KEY (id); "
                              "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i")
        migrating = subprocess.Popen(self.arguments("--cdc", "--cutover", "--workers", "1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not self.ask(self.source, "SELECT 1 FROM pg_replication_slots WHERE confirmed_flush_lsn IS NOT NULL AND database = current_database()"):
            self.assertIsNone(migrating.poll())
        self.ask(self.source, "ALTER TABLE t ALTER v TYPE bigint USING v * 2")
        out, err = migrating.communicate(timeout=120)
        self.assertEqual(migrating.returncode, 0, out + err)
        self.assertIn("public.t was loaded anew, its definition has changed: while it was loaded", out)
        self.source = self.open(self.source_server)
        self.assertEqual(self.assertSame("SELECT count(*), sum(v) FROM t"), [(1000, 1001000)])
        # Without changes nothing tells what it held: an error.
        self.ask(self.target, "TRUNCATE landfall.migration CASCADE; DROP TABLE t, first")
        self.ask(self.source, "SET default_transaction_read_only = off")
        self.ask(self.source, f'ALTER DATABASE "{self.database}" RESET default_transaction_read_only')
        migrating = subprocess.Popen(self.arguments("--workers", "1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while not self.ask(self.source, "SELECT 1 FROM pg_stat_activity WHERE query ~ '^COPY'"):
            self.assertIsNone(migrating.poll())
        self.ask(self.source, "TRUNCATE t")
        out, err = migrating.communicate(timeout=120)
        self.assertIn("public.t: the source", err)
        self.assertIn("the table was written anew", err)

    def test_a_suspended_table_never_stops_others(self):
        """One that cannot be completed, one that somebody wrote to: all others go on, nothing is cut over until both were loaded anew."""
        self.ask(self.source, "CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'; CREATE TABLE bad (id int PRIMARY KEY CHECK (f(id))); "
                              "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE other (id int PRIMARY KEY REFERENCES t, v int); "
                              "INSERT INTO bad SELECT generate_series(1, 10); INSERT INTO t SELECT i, 0 FROM generate_series(1, 100) i; INSERT INTO other SELECT i, 0 FROM generate_series(1, 100) i")
        with self.follow("--on-error", "suspend", ends="note: public.t is suspended: an insert into public.t.*duplicate key value[\\s\\S]*stopped; the next run goes on"):
            self.ask(self.target, "INSERT INTO t VALUES (500, 1)")
            for n in range(3):
                self.ask(self.source, f"BEGIN; INSERT INTO t VALUES ({500 + n}, 0); INSERT INTO other VALUES ({500 + n}, 0); UPDATE other SET v = v + 1; "
                                      f"UPDATE t SET v = v + 1; INSERT INTO bad VALUES ({500 + n}); COMMIT")
            self.wait_until_applied("SELECT count(*) FROM other WHERE id = 502")
        self.assertSame("SELECT * FROM other ORDER BY id")
        self.assertEqual(self.ask(self.target, "SELECT count(*), sum(v) FROM t"), [(101, 1)])
        self.assertRegex(self.migrate("--cdc", "--cutover", "--on-error", "suspend", code=1).stderr,
                         r"suspended tables are to be loaded anew first \(--reload\): public.bad: .*function public.f\(integer\) does not exist; public.t: an insert into public.t.*duplicate key value")
        self.ask(self.source, "INSERT INTO t VALUES (600, 0); INSERT INTO other VALUES (600, 0)")  # nothing is frozen
        self.assertIn("public.none is not of the migration", self.migrate("--cdc", "--reload", "public.none", code=1).stderr)
        self.ask(self.target, "CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true'")
        self.migrate("--cdc", "--cutover", "--reload", "public.t", "--reload", "public.bad")
        self.source = self.open(self.source_server)
        for table in ("t", "other", "bad"):
            self.assertSame(f"SELECT * FROM {table} ORDER BY id")
        self.assertSame("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1")

    def test_tables_that_become_others_stop_with_the_reason(self):
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); "
                              "CREATE TABLE p1 PARTITION OF p DEFAULT")
        for change, told in (("ALTER TABLE t RENAME TO other; INSERT INTO other VALUES (1)", "it is called public.other there; tables that are renamed"),
                             ("ALTER TABLE p ADD n int; INSERT INTO p VALUES (1)", "public.p1 has changed at the source: the column n is new; those of part")):
            with self.subTest(told):
                with self.follow("--no-validation", "--tables", "public.t", "--tables", "public.p*", ends=told) as following:
                    self.ask(self.source, change)
                    following.wait()
                self.ask(self.target, "TRUNCATE landfall.migration CASCADE; DROP TABLE t, p")
                self.ask(self.source, "ALTER TABLE IF EXISTS other RENAME TO t; TRUNCATE t, p")

    def test_a_cutover_without_the_rights_for_it_is_refused_at_once(self):
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY); CREATE ROLE mover LOGIN REPLICATION; GRANT ALL ON t TO mover")
        self.addCleanup(lambda: self.ask(self.source, "REVOKE ALL ON t FROM mover; DROP ROLE mover"))
        arguments = [argument.replace("user=postgres", "user=mover", 1) if argument == self.dsn(self.source_server) else argument
                     for argument in self.arguments("--cdc", "--cutover")]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("the role needs pg_signal_backend", done.stderr)
        self.assertEqual(self.ask(self.target, "SELECT to_regclass('t')"), [(None,)])

    def test_wrong_addresses_and_names_are_told_without_passwords(self):
        for source, code, words in (("nonsense", 2, "no connection string"), ("postgresql://u:hush@/x?hostx=1", 2, "no connection string"),
                                    (f"host={self.source_server.folder} user=nobody dbname=postgres password=hush", 1, "nobody"),
                                    ("host=/nowhere user=u password=hush dbname=d", 1, "/nowhere"),
                                    ("@/nowhere", 2, "/nowhere cannot be read"), (self.dsn(self.target_server), 2, "same database")):
            done = subprocess.run([PROGRAM, "migrate", "--from", source, "--to", self.dsn(self.target_server), "--full-load"],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertNotIn("hush", done.stdout + done.stderr)

    def test_a_source_that_dies_in_the_load_is_a_failure_that_can_be_gone_on_from(self):
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY, v text);"
                 "INSERT INTO t SELECT i, repeat(md5(i::text), 5) FROM generate_series(1, 300000) i")
        running = subprocess.Popen(self.arguments("--cdc"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.eventually(lambda: self.ask(self.source, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND "
                                         "datname = current_database()") != [(0,)])
        self.ask(self.source, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND datname = current_database()")
        out, err = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 1, out + err)
        self.assertIn("public.t: the connection to the source", err)
        self.migrate("--cdc", "--cutover")
        self.source = self.open(self.source_server)
        self.assertTablesSame("t")

    def eventually(self, condition, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it did not come to pass")
            time.sleep(0.02)

    def eventually_on_target(self, sql, rows):
        def there():
            try:
                return self.ask(self.target, sql) == rows
            except psycopg2.errors.UndefinedTable:
                return False
        self.eventually(there)

    @contextlib.contextmanager
    def written_to(self, writers=4):
        """Sessions that change the source until the block ends or the source is frozen."""
        stop = threading.Event()
        threads = [threading.Thread(target=self.write, args=(stop, n)) for n in range(writers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def write(self, stop, n):
        """Inserts, updates and deletes until the source is frozen."""
        connection = self.source_server.connect(database=self.database)
        try:
            with connection.cursor() as cursor:
                for i in range(1_000_000):
                    if stop.is_set():
                        return
                    cursor.execute("BEGIN")
                    cursor.execute("INSERT INTO customer (name) VALUES (%s) RETURNING id", (f"w{n}-{i}",))
                    (new,) = cursor.fetchone()
                    cursor.execute("INSERT INTO orders (customer_id, total, doc) VALUES (%s, %s, '{}')", (new, i))
                    cursor.execute("UPDATE orders SET total = total + 1 WHERE id = %s", (1 + (i * 7 + n) % 20000,))
                    cursor.execute("DELETE FROM orders WHERE id = %s", (1 + (i * 13 + n) % 20000,))
                    cursor.execute("ROLLBACK" if i % 10 == 9 else "COMMIT")
        except Exception:  # noqa: BLE001: the cutover ends every session
            return
        finally:
            connection.close()


class InBatches(Migrations):
    """All of that with what many changes leave of each row written at once, and what only such batches can get wrong."""
    apply = "batch"

    def test_many_rows_of_one_batch_move_swap_and_go(self):
        odd = "E'a\\\\b\\tc\\nd\\re\\\\N' || i"
        self.moved("CREATE TABLE swapped (id int PRIMARY KEY, u int UNIQUE, v text); CREATE TABLE shifted (id int PRIMARY KEY, v text);"
                   "CREATE TABLE apart (id numeric, t text, n int, big text, PRIMARY KEY (id, t)); ALTER TABLE apart ALTER big SET STORAGE EXTERNAL;"
                   "CREATE TABLE bag (a int, b text); ALTER TABLE bag REPLICA IDENTITY FULL;"
                   "CREATE TABLE named (id int, code text NOT NULL UNIQUE, n int GENERATED ALWAYS AS IDENTITY, twice int GENERATED ALWAYS AS (id * 2) STORED);"
                   "ALTER TABLE named REPLICA IDENTITY USING INDEX named_code_key;"
                   "INSERT INTO swapped SELECT i, i, 'v' FROM generate_series(1, 300) i; INSERT INTO shifted SELECT id, v || id FROM swapped;"
                   "INSERT INTO apart SELECT i, 't' || i, 0, repeat(md5(i::text), 200) FROM generate_series(1, 300) i;"
                   "INSERT INTO bag SELECT i % 7, 'x' FROM generate_series(1, 300) i; INSERT INTO named SELECT i, 'c' || i FROM generate_series(1, 300) i",
                   ("UPDATE swapped SET u = -u; UPDATE swapped SET u = 301 + u, v = v || '!'",
                    "UPDATE shifted SET id = id + 1000; UPDATE shifted SET id = id - 999",
                    f"INSERT INTO shifted SELECT 5000 + i, {odd} FROM generate_series(1, 300) i; UPDATE shifted SET v = NULL WHERE id % 3 = 0;"
                    "DELETE FROM shifted WHERE id % 5 = 0; INSERT INTO shifted SELECT i * 5, 'again' FROM generate_series(1, 50) i",
                    "UPDATE apart SET n = n + 1; UPDATE apart SET n = n + 1, big = 'y' WHERE id < 100; DELETE FROM apart WHERE id > 200;"
                    "UPDATE apart SET id = -id WHERE id BETWEEN 100 AND 120",
                    f"INSERT INTO bag SELECT i, {odd} FROM generate_series(1, 300) i; DELETE FROM bag WHERE a = 3; INSERT INTO bag SELECT 3, NULL FROM bag",
                    "UPDATE named SET id = id + 1; UPDATE named SET code = code || 'x' WHERE id % 2 = 0; DELETE FROM named WHERE id % 7 = 0",
                    "TRUNCATE swapped; INSERT INTO swapped SELECT i, i FROM generate_series(1, 200) i; UPDATE swapped SET v = 'w'"),
                   "swapped", "shifted", "apart", "bag", "named")

    def test_a_row_of_a_batch_that_is_not_as_it_must_be_is_named(self):
        self.ask(self.source, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 300) i")
        for break_it, change, told, mend, rows in (
                ("DELETE FROM t WHERE id = 5", "UPDATE t SET v = 'w'", "an update of public.t where id = '5' found 299 of 300 rows on the target: ",
                 "INSERT INTO t VALUES (5, 'v')", 300),
                ("INSERT INTO t VALUES (310, 'mine')", "INSERT INTO t SELECT i, 'w' FROM generate_series(301, 400) i",
                 r"an insert into public.t: .* duplicate key value .*\(id\)=\(310\)", "DELETE FROM t WHERE id = 310", 400),
                ("DELETE FROM t WHERE id = 7", "DELETE FROM t WHERE id < 200", "a delete from public.t where id = '7' found 198 of 199 rows",
                 "INSERT INTO t VALUES (7, 'w')", 201)):
            with self.follow("--no-validation"):
                self.eventually_on_target("SELECT count(*) > 0 FROM t", [(True,)])
            self.ask(self.target, break_it)
            self.ask(self.source, change)
            self.assertRegex(self.migrate("--cdc", code=1).stderr, told)
            self.ask(self.target, mend)
            with self.follow("--no-validation"):
                self.eventually_on_target("SELECT count(*) FROM t WHERE v = 'w'", [(rows,)])
        self.migrate("--cdc", "--cutover")
        self.source = self.open(self.source_server)
        self.assertTablesSame("t")

    def test_readers_see_only_moments_of_the_source_though_it_is_killed(self):
        self.ask(self.source, "CREATE TABLE account (id int PRIMARY KEY, balance bigint); CREATE TABLE branch (id int PRIMARY KEY, balance bigint);"
                 "CREATE TABLE history (account int, delta int); ALTER TABLE history REPLICA IDENTITY FULL;"
                 "INSERT INTO account SELECT i, 0 FROM generate_series(1, 5000) i; INSERT INTO branch SELECT i, 0 FROM generate_series(1, 5) i")
        sums = "SELECT (SELECT sum(balance) FROM account), (SELECT sum(balance) FROM branch), (SELECT coalesce(sum(delta), 0) FROM history)"
        with self.follow("--no-validation"):
            self.eventually_on_target("SELECT count(*) FROM branch", [(5,)])
        random.seed(2)
        stop = threading.Event()
        writers = [threading.Thread(target=self.write_banks, args=(stop, n)) for n in range(3)]
        for writer in writers:
            writer.start()
        seen = set()
        for _ in range(KILLS):
            running = subprocess.Popen(self.arguments("--cdc", "--no-validation"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            until = time.monotonic() + random.uniform(0.1, 1.0)
            while time.monotonic() < until:
                (account, branch, history), = self.ask(self.target, sums)
                self.assertTrue(account == branch == history, (account, branch, history))
                seen.add(account)
            running.kill()
            running.wait()
        self.assertGreater(len(seen), 2)
        stop.set()
        for writer in writers:
            writer.join()
        self.migrate("--cdc", "--cutover")
        self.source = self.open(self.source_server)
        self.assertTablesSame("account", "branch", "history")

    def write_banks(self, stop, n):
        """TPC-B: the three sums are the same at every commit; here and there one transaction changes much."""
        choose = random.Random(n)
        with contextlib.closing(self.source_server.connect(database=self.database)) as connection:
            while not stop.is_set():
                first, delta = choose.randrange(1, 5000), choose.randrange(-1000, 1000)
                rows = 500 if choose.random() < 0.02 else 1
                with contextlib.suppress(psycopg2.errors.DeadlockDetected):
                    self.ask(connection, f"WITH a AS (UPDATE account SET balance = balance + {delta} WHERE id >= {first} AND id < {first + rows} "
                             f"RETURNING id), h AS (INSERT INTO history SELECT id, {delta} FROM a) "
                             f"UPDATE branch SET balance = balance + {delta} * (SELECT count(*) FROM a) WHERE id = {1 + first % 5}")


if __name__ == "__main__":
    if postgres.programs() is None:
        sys.exit(postgres.SKIP)
    unittest.main(verbosity=2)
