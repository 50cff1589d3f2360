"""`landfall migrate --to s3://…` from PostgreSQL and MariaDB into buckets of our own server: files_test.py PROGRAM"""
import contextlib
import csv
import gzip
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "convert"), os.path.join(HERE, "..", "client")]
import harness  # noqa: E402
import mariadb  # noqa: E402
import mysql_client  # noqa: E402
import postgres  # noqa: E402
from mariadb_test import VALUES as MARIADB_VALUES  # noqa: E402
from migrate_test import KILLS, LOGICAL, PROGRAM, VALUES  # noqa: E402

csv.field_size_limit(1 << 30)
BUCKET = "lake"
MARIADB_BYTES = re.compile("binary|varbinary|blob|point")
MARIADB = ("--log-bin=bin", "--server-id=7", "--binlog-format=ROW", "--binlog-row-image=FULL", "--max-connections=60")


class Files(unittest.TestCase):
    """What every test needs: the server that has the bucket, a folder of the test's own."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(harness.Server(PROGRAM))
        cls.s3 = cls.server.boto3_client("s3")
        cls.s3.create_bucket(Bucket=BUCKET)

    def setUp(self):
        self.folder = self._testMethodName[:60]
        self.environment = {**self.server.environment(), "AWS_ENDPOINT_URL": self.server.url}

    def arguments(self, *more, folder=None):
        return [PROGRAM, "migrate", "--from", self.source_dsn(), "--to", f"s3://{BUCKET}/{folder or self.folder}", "--full-load", *more]

    def migrate(self, *more, code=0, folder=None, environment=None):
        done = subprocess.run(self.arguments(*more, folder=folder), capture_output=True, text=True, timeout=120, check=False,
                              env=environment or self.environment)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def keys(self, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{self.folder}/{prefix}")
        return [each["Key"][len(self.folder) + 1:] for page in pages for each in page.get("Contents", [])]

    def text(self, key):
        return self.s3.get_object(Bucket=BUCKET, Key=f"{self.folder}/{key}")["Body"].read().decode()

    def rows(self, key):
        return list(csv.reader(io.StringIO(self.text(key), newline="")))

    def manifest(self, name="default"):
        return json.loads(self.text(f"landfall-{name}.json"))

    def loaded(self, table):
        return [row for key in self.keys(table + "/LOAD") for row in self.rows(key)]

    def changed(self, table):
        """Of the files that the manifest tells of, in their order."""
        return [row for key in self.keys(table + "/2") for row in self.rows(key)]

    def replayed(self, table, key=0):
        """What a reader of the files holds at the end. An insert of what is there and a change of what is not are failures."""
        held = {}
        for row in self.loaded(table):
            self.assertNotIn(row[key], held)
            held[row[key]] = row
        for operation, *row in self.changed(table):
            if operation == "I":
                self.assertNotIn(row[key], held, row)
            else:
                self.assertIn(row[key], held, (operation, row))
            if operation == "D":
                del held[row[key]]
            else:
                held[row[key]] = row
        return held

    @contextlib.contextmanager
    def following(self, *more):
        """`--cdc` beside the block; told to stop at its end."""
        running = subprocess.Popen(self.arguments("--cdc", "--setting", "CdcMaxBatchInterval=1", *more), stderr=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True, env=self.environment)
        try:
            told = []
            for line in running.stderr:
                told.append(line)
                if line.startswith("follows"):
                    break
            else:
                self.fail("it does not follow: " + "".join(told))
            drain = threading.Thread(target=running.stderr.read)
            drain.start()
            yield running
            running.terminate()
            running.wait(timeout=60)
            drain.join()
        finally:
            if running.poll() is None:
                running.kill()
            running.communicate()

    def until(self, question):
        harness.eventually(question, seconds=60)


class FromPostgres(Files):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source_server = cls.enterClassContext(postgres.Postgres(LOGICAL))

    def setUp(self):
        super().setUp()
        self.database = self.folder
        with contextlib.closing(self.source_server.connect()) as connection:
            self.run_sql(f'CREATE DATABASE "{self.database}"', connection)
        self.source = self.source_server.connect(database=self.database)
        self.addCleanup(self.source.close)

    def source_dsn(self):
        return f"host={self.source_server.folder} user=postgres dbname={self.database}"

    def run_sql(self, sql, connection=None):
        with (connection or self.source).cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    def test_rows_become_files_of_their_tables(self):
        self.run_sql("""CREATE TABLE customer (id int PRIMARY KEY, name text, twice int GENERATED ALWAYS AS (id * 2) STORED);
            INSERT INTO customer SELECT i, 'c' || i FROM generate_series(1, 1000) i;
            CREATE SCHEMA "we/ird%"; CREATE TABLE "we/ird%"."T a" (a int); INSERT INTO "we/ird%"."T a" VALUES (1);
            CREATE TABLE empty (id int PRIMARY KEY)""")
        done = self.migrate()
        self.assertIn("3 tables, 1001 rows loaded", done.stdout)
        self.assertEqual(self.keys(), ["landfall-default.json", "public/customer/LOAD00000001.csv", "we%2Fird%25/T a/LOAD00000001.csv"])
        self.assertEqual(sorted(self.loaded("public/customer"), key=lambda row: int(row[0])), [[str(i), f"c{i}"] for i in range(1, 1001)])
        manifest = self.manifest()
        self.assertEqual((manifest["phase"], manifest["database"]), ("finished", self.folder))
        self.assertEqual([(t["name"], t["rows"], t["files"], t["loaded"]) for t in manifest["tables"]],
                         [("customer", 1000, 1, 1), ("empty", 0, 0, 1), ("T a", 1, 1, 1)])
        self.assertIn("is finished", self.migrate(code=1).stderr)
        self.assertIn("holds files of public.customer already", self.migrate("--name", "other", code=1).stderr)

    def test_every_type_as_its_server_prints_it(self):
        self.run_sql("CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE DOMAIN mood2 AS mood; CREATE DOMAIN percent AS numeric CHECK (VALUE <= 100)")
        for i, (kind, values) in enumerate(VALUES):
            self.run_sql(f"CREATE TABLE t{i} (n int, v {kind})")
            for n, value in enumerate((*values, "NULL")):
                self.run_sql(f"INSERT INTO t{i} VALUES ({n}, {value})")
        self.migrate("--setting", "CsvNullValue=NIL")
        self.run_sql("SET extra_float_digits = 3; SET TimeZone = 'UTC'; SET bytea_output = hex; SET intervalstyle = postgres")
        for i, (kind, values) in enumerate(VALUES):
            found = dict(self.loaded(f"public/t{i}"))
            for n, text in self.run_sql(f"SELECT n, v::text FROM t{i}"):
                if kind == "bytea" and text is not None:
                    text = text[2:]
                if kind.startswith("char(") and text is not None:
                    text = text.ljust(5)
                if kind == "inet" and text is not None:
                    text = text.removesuffix("/32")
                with self.subTest(kind, value=text):
                    self.assertEqual(found[str(n)], "NIL" if text is None else text)

    def test_null_is_not_the_empty_text(self):
        self.run_sql("CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, NULL), (2, ''), (3, E'a\"b,c\\r\\nd'), (4, '\\N')")
        self.migrate()
        self.assertEqual(self.text("public/t/LOAD00000001.csv"), '1,\n2,""\n3,"a""b,c\r\nd"\n4,\\N\n')
        # What PostgreSQL itself makes of it.
        self.run_sql("CREATE TABLE back (LIKE t)")
        with self.source.cursor() as cursor:
            cursor.copy_expert("COPY back FROM STDIN (FORMAT csv)", io.StringIO(self.text("public/t/LOAD00000001.csv"), newline=""))
        self.assertEqual(self.run_sql("(TABLE t EXCEPT TABLE back) UNION ALL (TABLE back EXCEPT TABLE t)"), [])

    def test_settings_of_files(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY, v text, ok bool); INSERT INTO t VALUES (1, 'a;b', true), (2, NULL, false); CREATE TABLE empty (a int)")
        self.migrate("--setting", "CsvDelimiter=;", "--setting", "CsvRowDelimiter=\\r\\n", "--setting", "CsvNullValue=NULL", "--setting", "AddColumnName=true",
                     "--setting", "IncludeOpForFullLoad=true", "--setting", "TimestampColumnName=at")
        lines = self.text("public/t/LOAD00000001.csv").split("\r\n")
        self.assertEqual(lines[0], "Op;id;v;ok;at")
        self.assertRegex(lines[1], r'^I;1;"a;b";true;20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$')
        self.assertRegex(lines[2], r"^I;2;NULL;false;")
        self.assertEqual(self.text("public/empty/LOAD00000001.csv"), "Op;a;at\r\n")

    def test_a_large_table_comes_in_parts(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, 40000) i")
        self.migrate("--setting", "MaxFileSize=500")
        keys = self.keys("public/t/")
        self.assertEqual(keys, [f"public/t/LOAD{i:08X}.csv" for i in range(1, len(keys) + 1)])
        self.assertGreater(len(keys), 10)
        self.assertEqual(sorted(int(row[0]) for row in self.loaded("public/t")), list(range(1, 40001)))

    def test_changes_become_files_by_time(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY, v text, b bytea); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 10) i")
        with self.following("--setting", "TimestampColumnName=at", "--setting", "DatePartitionEnabled=true"):
            self.run_sql("UPDATE t SET v = 'new' WHERE id = 1; DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (11, NULL, '\\x00ff'); UPDATE t SET id = 12 WHERE id = 3")
            self.until(lambda: len(self.keys("public/t/2")) == 1)
        key = self.keys("public/t/2")[0]
        self.assertRegex(key, r"^public/t/(\d{4})/(\d\d)/(\d\d)/\1\2\3-\d{10}\.csv$")
        self.assertEqual([row[:-1] for row in self.rows(key)],
                         [["U", "1", "new", ""], ["D", "2", "", ""], ["I", "11", "", "00ff"], ["D", "3", "", ""], ["I", "12", "v3", ""]])
        self.assertTrue(all(re.match(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$", row[-1]) for row in self.rows(key)))

    def test_compressed_files_and_a_killed_batch_keeps_its_settings(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 300) FROM generate_series(1, 5000) i")
        with self.following("--setting", "CompressionType=gzip"):
            self.run_sql("INSERT INTO t SELECT i, repeat('y', 300) FROM generate_series(5001, 9000) i")
            self.until(lambda: self.keys("public/t/2"))
        load, changes = self.keys("public/t/")[::-1] if self.keys("public/t/")[0].startswith("public/t/2") else self.keys("public/t/")
        self.assertEqual(load, "public/t/LOAD00000001.csv.gz")
        self.assertRegex(changes, r"/\d{8}-\d{10}\.csv\.gz$")
        for key, first, count in ((load, "1,xxx", 5000), (changes, "I,5001,yyy", 4000)):
            stored = self.s3.get_object(Bucket=BUCKET, Key=f"{self.folder}/{key}")["Body"].read()
            lines = gzip.decompress(stored).decode().splitlines()
            self.assertEqual(len(lines), count)
            self.assertTrue(lines[0].startswith(first))
            self.assertLess(len(stored), 200_000)
        # What a run that was killed within a batch leaves: the batch is in the manifest, its files may be there.
        manifest = self.manifest()
        manifest.update(batch_to="FF/0", batch_stamp=manifest["stamp"] + 1, batch_layout="other")
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.folder}/landfall-default.json", Body=json.dumps(manifest))
        self.assertIn("in another form", self.migrate("--cdc", code=1).stderr)

    def test_inserts_alone_and_inserts_and_updates(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY, v text)")
        for setting, wanted in (("CdcInsertsOnly", ["I"]), ("CdcInsertsAndUpdates", ["I", "U"])):
            self.folder = f"{self._testMethodName[:50]}_{setting}"
            self.run_sql("DELETE FROM t")
            with self.following("--setting", setting + "=true", "--name", setting.lower()):
                self.run_sql("INSERT INTO t VALUES (1, 'a'); UPDATE t SET v = 'b'; DELETE FROM t")
                self.until(lambda: self.keys("public/t/2"))
            self.assertEqual([row[0] for row in self.changed("public/t")], wanted)

    def test_a_value_that_the_log_does_not_carry_is_never_guessed(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY, n int, v text); ALTER TABLE t ALTER v SET STORAGE EXTERNAL; INSERT INTO t VALUES (1, 1, repeat('x', 100000))")
        with self.following() as running:
            self.run_sql("UPDATE t SET n = 2")
            running.wait(timeout=60)
        self.assertEqual(self.keys("public/t/2"), [])
        self.assertIn("REPLICA IDENTITY FULL", self.migrate("--cdc", code=1).stderr)
        with self.following("--setting", "UseCsvNoSupValue=true", "--setting", "CsvNoSupValue=same"):
            self.until(lambda: self.keys("public/t/2"))
        self.assertEqual(self.changed("public/t"), [["U", "1", "2", "same"]])
        self.run_sql("ALTER TABLE t REPLICA IDENTITY FULL")
        with self.following():
            self.run_sql("UPDATE t SET n = 3")
            self.until(lambda: len(self.keys("public/t/2")) == 2)
        self.assertEqual(self.changed("public/t")[1], ["U", "1", "3", "x" * 100000])

    def test_what_files_cannot_say_ends_the_run(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY, v int)")
        with self.following() as running:
            self.run_sql("TRUNCATE t")
            running.wait(timeout=60)
        self.assertIn("public.t was truncated", self.migrate("--cdc", code=1).stderr)
        self.assertIn("--cutover", self.migrate("--cdc", "--cutover", code=2).stderr)
        self.assertIn("is no setting", self.migrate("--setting", "Nonsense=1", code=2).stderr)
        self.assertIn("CdcMaxBatchInterval must be a number", self.migrate("--setting", "CdcMaxBatchInterval=x", code=2).stderr)

    def test_errors_name_the_bucket_and_no_secret(self):
        self.run_sql("CREATE TABLE t (id int)")
        done = subprocess.run([PROGRAM, "migrate", "--from", self.source_dsn(), "--to", "s3://nothing-there/x", "--full-load"], capture_output=True, text=True,
                              check=False, env=self.environment, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("NoSuchBucket", done.stderr)
        wrong = {**self.environment, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "notthesecret"}
        told = self.migrate(code=1, environment=wrong).stderr
        self.assertIn("InvalidAccessKeyId", told)
        self.assertNotIn("notthesecret", told)
        nobody = {k: v for k, v in self.environment.items() if not k.startswith("AWS_")} | {"HOME": "/nonexistent"}
        self.assertIn("no credentials", self.migrate(code=1, environment=nobody).stderr)

    def test_a_second_run_takes_over(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY)")
        with self.following() as first:
            with self.following():
                self.run_sql("INSERT INTO t SELECT generate_series(1, 100)")
                self.until(lambda: self.keys("public/t/2"))
                self.assertEqual(first.wait(timeout=60), 1)
        self.assertEqual(len(self.replayed("public/t")), 100)

    def test_kills_lose_no_row_and_double_none(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY, v int, pad text); INSERT INTO t SELECT i, 0, repeat('p', 500) FROM generate_series(1, 20000) i;"
                     "CREATE TABLE u (id int PRIMARY KEY, v int)")
        writer = threading.Thread(target=self.write_for_a_while)
        writer.start()
        chance = random.Random(7)
        arguments = self.arguments("--cdc", "--setting", "CdcMaxBatchInterval=1", "--setting", "CdcMinFileSize=1", "--setting", "MaxFileSize=1000")
        for _ in range(KILLS):
            running = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=self.environment)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=chance.uniform(0.05, 1.2))
                self.fail(f"it ended by itself: {running.stderr.read()}")
            running.send_signal(signal.SIGKILL)
            running.communicate()
        writer.join()
        with self.following():
            self.run_sql("INSERT INTO u VALUES (-1, 0)")
            self.until(lambda: any(row[1] == "-1" for key in self.keys("public/u/2")[-2:] for row in self.rows(key)))
        for table in ("t", "u"):
            there = {str(row[0]): str(row[1]) for row in self.run_sql(f"SELECT id, v FROM {table}")}
            self.assertEqual({key: row[1] for key, row in self.replayed(f"public/{table}").items()}, there)

    def write_for_a_while(self):
        chance = random.Random(11)
        with contextlib.closing(self.source_server.connect(database=self.database)) as connection:
            until = time.monotonic() + KILLS * 0.6
            n = 100000
            while time.monotonic() < until:
                n += 1
                self.run_sql(f"INSERT INTO t VALUES ({n}, 1, 'x'); INSERT INTO u VALUES ({n}, 1); UPDATE t SET v = v + 1 WHERE id = {chance.randint(1, 20000)};"
                             f"DELETE FROM t WHERE id = {chance.randint(1, 20000)}; UPDATE u SET id = -id WHERE id = {chance.randint(100000, n)}", connection)


class FromMariadb(Files):
    @classmethod
    def setUpClass(cls):
        if not mariadb.installed():
            raise unittest.SkipTest("no MariaDB is installed")
        super().setUpClass()
        cls.source_server = cls.enterClassContext(mariadb.Mariadb(*MARIADB))

    def setUp(self):
        super().setUp()
        self.database = re.sub("^test_", "", self.folder)
        self.source = self.session()
        self.source.run(f"CREATE DATABASE `{self.database}` CHARACTER SET utf8mb4; USE `{self.database}`")

    def session(self):
        session = mysql_client.Session(self.source_server.folder + "/socket")
        session.run("SET sql_mode='ALLOW_INVALID_DATES'")
        return session

    def source_dsn(self):
        return f"mysql://root@localhost/{self.database}?socket={self.source_server.folder}/socket"

    def test_every_type_loaded_and_changed(self):
        for n, (kind, values) in enumerate(MARIADB_VALUES):
            self.source.run(f"CREATE TABLE v{n} (id int PRIMARY KEY, v {kind})")
            for i, (value, _) in enumerate(values):
                self.source.run(f"INSERT INTO v{n} VALUES ({i}, {value})")
        with self.following("--setting", "CsvNullValue=NIL"):
            for n in range(len(MARIADB_VALUES)):
                self.source.run(f"INSERT INTO v{n} SELECT id + 1000, v FROM v{n} ORDER BY id")
            self.until(lambda: self.keys(f"{self.database}/v{len(MARIADB_VALUES) - 1}/2"))
        for n, (kind, values) in enumerate(MARIADB_VALUES):
            texts = ["NIL" if text is None else text for _, text in values]
            if MARIADB_BYTES.match(kind):
                texts = [text[2:] for text in texts]
            if kind.startswith("inet"):  # as text PostgreSQL adds the mask
                texts = [text.split("/")[0] for text in texts]
            with self.subTest(kind):
                self.assertEqual(self.loaded(f"{self.database}/v{n}"), [[str(i), text] for i, text in enumerate(texts)])
                self.assertEqual(self.changed(f"{self.database}/v{n}"), [["I", str(1000 + i), text] for i, text in enumerate(texts)])

    def test_changes_and_kills(self):
        self.source.run("CREATE TABLE t (id int PRIMARY KEY, v int, `odd ``n\"ame` text, g int GENERATED ALWAYS AS (v + 1) STORED);"
                        "INSERT INTO t (id, v) SELECT seq, 0 FROM seq_1_to_20000")
        writer = threading.Thread(target=self.write_for_a_while)
        writer.start()
        chance = random.Random(7)
        arguments = self.arguments("--cdc", "--setting", "CdcMaxBatchInterval=1", "--setting", "CdcMinFileSize=1", "--setting", "MaxFileSize=100")
        for _ in range(KILLS):
            running = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=self.environment)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=chance.uniform(0.05, 1.2))
                self.fail(f"it ended by itself: {running.stderr.read()}")
            running.send_signal(signal.SIGKILL)
            running.communicate()
        writer.join()
        with self.following():
            self.source.run("INSERT INTO t (id, v) VALUES (-1, 0)")
            self.until(lambda: any(row[1] == "-1" for key in self.keys(f"{self.database}/t/2")[-2:] for row in self.rows(key)))
        there = {row[0].decode(): row[1].decode() for row in self.source.run("SELECT id, v FROM t")}
        self.assertEqual({key: row[1] for key, row in self.replayed(f"{self.database}/t").items()}, there)

    def write_for_a_while(self):
        chance = random.Random(11)
        session = self.session()
        session.run(f"USE `{self.database}`")
        until = time.monotonic() + KILLS * 0.6
        n = 100000
        while time.monotonic() < until:
            n += 1
            for sql in (f"INSERT INTO t (id, v) VALUES ({n}, 1)", f"UPDATE t SET v = v + 1 WHERE id = {chance.randint(1, 20000)}",
                        f"DELETE FROM t WHERE id = {chance.randint(1, 20000)}", f"UPDATE t SET id = id + 1000000 WHERE id = {chance.randint(100000, n)}"):
                session.run(sql)

    def test_changes_that_no_log_tells_of_are_refused(self):
        self.source.run("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int, FOREIGN KEY (a) REFERENCES a (id) ON DELETE CASCADE)")
        self.assertIn("CASCADE", self.migrate("--cdc", code=1).stderr)
        self.migrate()


if __name__ == "__main__":
    if postgres.programs() is None:
        sys.exit(postgres.SKIP)
    harness.own_processes()
    unittest.main(verbosity=2)
