"""`landfall migrate` from a MariaDB to a PostgreSQL: mariadb_test.py PROGRAM"""
import contextlib
import os
import random
import re
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "convert"))
import mariadb  # noqa: E402
import mysql_client  # noqa: E402
import postgres  # noqa: E402
from migrate_test import KILLS, PROGRAM, Following  # noqa: E402

SERVER = ("--log-bin=bin", "--server-id=7", "--binlog-format=ROW", "--binlog-row-image=FULL", "--max-connections=60")

# A type, and values with what PostgreSQL must have for them: as text, None for NULL.
VALUES = (
    ("tinyint", (("-128", "-128"), ("127", "127"))), ("tinyint unsigned", (("255", "255"),)),
    ("tinyint(1)", (("1", "1"), ("-1", "-1"))), ("smallint unsigned", (("65535", "65535"),)),
    ("mediumint", (("-8388608", "-8388608"),)), ("int unsigned", (("4294967295", "4294967295"),)),
    ("int(10) unsigned zerofill", (("42", "42"), ("0", "0"))),
    ("bigint", (("-9223372036854775808", "-9223372036854775808"),)),
    ("bigint unsigned", (("18446744073709551615", "18446744073709551615"), ("0", "0"))),
    ("decimal(65,30)", (("-1.000000000000000000000000000001", "-1.000000000000000000000000000001"),
                        ("99999999999999999999999999999999999.9", "99999999999999999999999999999999999.900000000000000000000000000000"))),
    ("decimal(10,2)", (("0.1", "0.10"), ("-0.01", "-0.01"))),
    ("float", (("3.1400001", "3.14"), ("16777216", "1.6777216e+07"), ("-1e-45", "-1e-45"), ("1234567.8", "1.2345678e+06"))),
    ("double", (("0.1", "0.1"), ("4.9e-324", "5e-324"), ("1.7976931348623157e308", "1.7976931348623157e+308"),
                ("123456789012345678", "1.2345678901234568e+17"), ("100000", "100000"))),
    ("bit(1)", (("b'1'", "1"), ("b'0'", "0"))), ("bit(64)", (("b'1'", "0" * 63 + "1"), ("~0", "1" * 64))), ("bit(10)", (("b'1000000001'", "1000000001"),)),
    ("year", (("0", "0"), ("2155", "2155"))), ("date", (("'1000-01-01'", "1000-01-01"), ("'9999-12-31'", "9999-12-31"), ("'0000-00-00'", None))),
    ("datetime", (("'2021-03-14 02:30:00'", "2021-03-14 02:30:00"), ("'0000-00-00 00:00:00'", None))),
    ("datetime(6)", (("'9999-12-31 23:59:59.999999'", "9999-12-31 23:59:59.999999"), ("'2020-01-01 00:00:00.5'", "2020-01-01 00:00:00.5"),
                     ("'2020-01-01'", "2020-01-01 00:00:00"))),
    ("timestamp(3) null", (("'2021-03-14 02:30:00.120'", "2021-03-14 02:30:00.12+00"), ("'2038-01-19 03:14:07.999'", "2038-01-19 03:14:07.999+00"))),
    ("time", (("'-838:59:59'", "-838:59:59"), ("'838:59:59'", "838:59:59"), ("'00:00:00'", "00:00:00"))),
    ("time(6)", (("'-00:00:00.000001'", "-00:00:00.000001"), ("'01:02:03.5'", "01:02:03.5"))),
    ("char(5)", (("'ab'", "ab"), ("''", ""))), ("varchar(20)", (("'ab  '", "ab  "), ("''", ""), ("'it''s'", "it's"))),
    ("varchar(20) character set latin1", (("'äöü€'", "äöü€"),)), ("varchar(20) character set utf8mb3", (("'ä☃'", "ä☃"),)),
    ("varchar(20) character set gbk", (("'中文'", "中文"),)), ("varchar(20) character set utf16", (("'ä👩'", "ä👩"),)),
    ("text", (("'a\\tb\\nc\\\\d\\re\\\\.'", "a\tb\nc\\d\re\\."), ("'👩‍👩‍👧 \\\\N'", "👩‍👩‍👧 \\N"), ("repeat('x', 60000)", "x" * 60000))),
    ("longtext", (("repeat('äb', 1000000)", "äb" * 1000000),)),
    ("binary(4)", (("x'01'", "\\x01000000"), ("x''", "\\x00000000"))), ("varbinary(10)", (("x'00ff00'", "\\x00ff00"), ("''", "\\x"))),
    ("blob", (("x'00'", "\\x00"), ("repeat(x'ab', 50000)", "\\x" + "ab" * 50000))),
    ("enum('a','it''s','ü')", (("'a'", "a"), ("'it''s'", "it's"), ("'ü'", "ü"))), ("set('x','y','z')", (("'x,z'", "x,z"), ("''", ""))),
    ("json", (("'{\"b\" : 1.10, \"a\":null, \"a\":2}'", '{"b" : 1.10, "a":null, "a":2}'), ("'null'", "null"))),
    ("uuid", (("'123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),)),
    ("inet4", (("'10.1.2.3'", "10.1.2.3/32"),)), ("inet6", (("'2001:db8::ff00:42:8329'", "2001:db8::ff00:42:8329/128"), ("'::'", "::/128"))),
    ("point", (("point(1, -2)", "\\x000000000101000000000000000000f03f00000000000000c0"),)),
)


class Migrations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not mariadb.installed():
            raise unittest.SkipTest("no MariaDB is installed")
        cls.source_server = cls.enterClassContext(mariadb.Mariadb(*SERVER))
        cls.target_server = cls.enterClassContext(postgres.Postgres())

    def setUp(self):
        """A database of the test's own on each side."""
        self.name = re.sub("^test_", "", self._testMethodName)[:60]
        self.source_server.run("SET GLOBAL read_only = OFF")
        self.source = self.session()
        self.source.run(f"CREATE DATABASE `{self.name}` CHARACTER SET utf8mb4; USE `{self.name}`")
        with contextlib.closing(self.target_server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{self.name}"')
        self.target = self.target_server.connect(database=self.name)
        self.addCleanup(self.target.close)
        self.addCleanup(self.drop)

    def drop(self):
        self.source_server.run(f"SET GLOBAL read_only = OFF; DROP DATABASE `{self.name}`")

    def session(self):
        session = mysql_client.Session(self.source_server.folder + "/socket")
        session.run("SET sql_mode='ALLOW_INVALID_DATES'")
        return session

    def arguments(self, *more):
        return [PROGRAM, "migrate", "--from", f"mysql://root@localhost/{self.name}?socket={self.source_server.folder}/socket",
                "--to", f"host={self.target_server.folder} user=postgres dbname={self.name}", "--full-load", *more]

    def migrate(self, *more, code=0):
        done = subprocess.run(self.arguments(*more), capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        if "--cutover" in more and code == 0:  # it ended our session
            self.source = self.session()
            self.source.run(f"USE `{self.name}`")
        return done

    def there(self, sql):
        with self.target.cursor() as cursor:
            cursor.execute(f'SET search_path = "{self.name}"; ' + sql)
            return cursor.fetchall() if cursor.description else None

    def here(self, sql):
        return [tuple(None if cell is None else cell.decode() for cell in row) for row in self.source.run(sql)]

    def assertSame(self, sql):
        left = self.here(sql)
        right = [tuple(None if cell is None else str(cell) for cell in row) for row in self.there(sql)]
        self.assertEqual(left, right, sql)
        return left

    def make_values(self):
        for n, (kind, values) in enumerate(VALUES):
            self.source.run(f"CREATE TABLE v{n} (id int PRIMARY KEY, v {kind})")
            for i, (value, _) in enumerate(values):
                self.source.run(f"INSERT INTO v{n} VALUES ({i}, {value})")
            self.source.run(f"INSERT INTO v{n} VALUES (100, NULL)")

    def check_values(self, first):
        for n, (kind, values) in enumerate(VALUES):
            expected = [(first + i, text) for i, (_, text) in enumerate(values)] + [(first + 100, None)]
            self.assertEqual(self.there(f"SELECT id, v::text FROM v{n} WHERE id >= {first} AND id < {first + 1000} ORDER BY id"), expected, kind)

    def test_values_of_every_type_are_the_same_loaded_and_changed(self):
        self.make_values()
        with Following(self.arguments("--cdc"), "stopped"):
            for n in range(len(VALUES)):
                self.source.run(f"INSERT INTO v{n} SELECT id + 1000, v FROM v{n} ORDER BY id")
        self.migrate("--cdc", "--cutover")
        self.check_values(0)
        self.check_values(1000)

    def make_shop(self):
        self.source.run("""
            CREATE TABLE customer (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL COMMENT 'who',
                mood enum('sad', 'ok') DEFAULT 'ok', UNIQUE KEY name_u (name)) COMMENT 'it''s them';
            CREATE TABLE orders (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id bigint unsigned NOT NULL, total decimal(10,2),
                at timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
                twice decimal(12,2) GENERATED ALWAYS AS (total * 2) STORED, thrice decimal(12,2) GENERATED ALWAYS AS (total * 3) VIRTUAL,
                KEY at_k (at), CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE);
            CREATE TABLE visit (day date NOT NULL, n int NOT NULL, PRIMARY KEY (day, n)) PARTITION BY RANGE COLUMNS (day)
                (PARTITION p0 VALUES LESS THAN ('2020-01-01'), PARTITION p1 VALUES LESS THAN MAXVALUE);
            INSERT INTO visit SELECT date '2019-12-01' + INTERVAL seq DAY, seq FROM seq_1_to_100;
            INSERT INTO customer (name) SELECT concat('c', seq) FROM seq_1_to_1000;
            INSERT INTO orders (customer_id, total) SELECT 1 + seq % 1000, seq / 7 FROM seq_1_to_20000""")

    def check_shop(self):
        self.assertSame("SELECT count(*), sum(id) FROM customer")
        self.assertSame("SELECT id, name, mood FROM customer ORDER BY id")
        self.assertSame("SELECT id, customer_id, total, twice, thrice FROM orders ORDER BY id")
        self.assertSame("SELECT day, n FROM visit ORDER BY day, n")

    def test_a_full_load_brings_definitions_rows_and_counters(self):
        self.make_shop()
        done = self.migrate()
        self.check_shop()
        self.assertIn("rows compared, all the same", done.stdout)
        following = self.here(f"SELECT auto_increment FROM information_schema.tables WHERE table_schema = '{self.name}' AND table_name = 'customer'")
        self.assertEqual(self.there("INSERT INTO customer (name) VALUES ('new') RETURNING id::text"), following)
        self.assertEqual(self.there("SELECT obj_description('customer'::regclass)"), [("it's them",)])
        keys = self.there("SELECT conname, contype::text FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND conparentid = 0 AND connamespace = current_schema()::regnamespace ORDER BY 1")
        self.assertEqual([kind for _, kind in keys], ["p", "f", "u", "p", "p"])
        with self.assertRaisesRegex(Exception, "foreign key"):
            self.there("INSERT INTO orders (customer_id) VALUES (77777)")
        self.assertIn("is finished", self.migrate(code=1).stderr)

    def test_changes_follow_and_the_cutover_moves_over(self):
        self.make_shop()
        with Following(self.arguments("--cdc"), "stopped"):
            self.source.run("INSERT INTO customer (name) VALUES ('late'); UPDATE customer SET name = concat(name, '!') WHERE id % 100 = 0")
            self.source.run("DELETE FROM customer WHERE id IN (5, 6)")  # the log does not tell of their orders
            self.source.run("BEGIN; UPDATE orders SET total = 1 WHERE id = 100; ROLLBACK")
            self.source.run("BEGIN; INSERT INTO visit VALUES ('2030-01-01', 1); SAVEPOINT a; INSERT INTO visit VALUES ('2030-01-01', 2); "
                            "ROLLBACK TO a; UPDATE visit SET day = '2018-01-01' WHERE day = '2030-01-01'; COMMIT")
            self.source.run("UPDATE visit SET n = n + 1000")
        done = self.migrate("--cdc", "--cutover")
        self.assertRegex(done.stdout, r"cut over: .* downtime \d+\.\d\d s")
        self.check_shop()
        self.assertEqual(self.source_server.run("SELECT @@read_only").strip(), "1")

    def test_keys_move_and_swap_rows_without_a_key_and_truncate(self):
        self.source.run("CREATE TABLE k (id int PRIMARY KEY, u int UNIQUE); INSERT INTO k SELECT seq, seq FROM seq_1_to_50; "
                        "CREATE TABLE b (a int, t varchar(20), d double); INSERT INTO b VALUES (1, 'x', 0.1), (1, 'x', 0.1), (1, 'x', 0.1), (NULL, NULL, NULL); "
                        "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
        with Following(self.arguments("--cdc"), "stopped"):
            self.source.run("UPDATE k SET id = id + 1 ORDER BY id DESC; BEGIN; UPDATE k SET u = -1 WHERE id = 10; UPDATE k SET u = 9 WHERE id = 11; "
                            "UPDATE k SET u = 10 WHERE id = 10; COMMIT")
            self.source.run("DELETE FROM b WHERE a = 1 LIMIT 1; UPDATE b SET t = 'y' WHERE a IS NULL; INSERT INTO t VALUES (3); TRUNCATE t; INSERT INTO t VALUES (4)")
        self.migrate("--cdc", "--cutover")
        self.assertSame("SELECT id, u FROM k ORDER BY id")
        self.assertSame("SELECT a, t, d FROM b ORDER BY a IS NULL")
        self.assertSame("SELECT id FROM t")

    def test_what_cannot_be_followed_stops_with_its_name(self):
        self.source.run("CREATE TABLE a (id int PRIMARY KEY, v int); CREATE TABLE b (id int PRIMARY KEY)")
        with Following(self.arguments("--cdc"), r"the definition of \w+\.a has changed at the source: alter table a add w int") as following:
            self.source.run("CREATE TABLE elsewhere (id int); ALTER TABLE elsewhere ADD a int; CREATE INDEX v ON a (v); INSERT INTO a VALUES (1, 1)")
            self.source.run("alter table a add w int")
            following.wait()
        self.assertEqual(self.there("SELECT id, v FROM a"), [(1, 1)])
        self.assertRegex(self.migrate("--cdc", code=1).stderr, r"the definition of \w+\.a has changed")
        self.source.run("CREATE TABLE c (id int PRIMARY KEY)")
        with Following(self.arguments("--cdc", "--name", "other", "--tables", "*.c"), "were changed by a statement, not by rows") as following:
            self.source.run("SET SESSION binlog_format = STATEMENT; INSERT INTO c VALUES (1)")
            following.wait()

    def test_what_cannot_begin_is_refused_before_anything_changes(self):
        self.source.run("CREATE TABLE m (id int PRIMARY KEY) ENGINE=Aria")
        self.assertRegex(self.migrate(code=1).stderr, r"only InnoDB has snapshots.*\.m \(Aria\)")
        self.source.run("ALTER TABLE m ENGINE=InnoDB; SET GLOBAL binlog_row_image = MINIMAL")
        self.addCleanup(self.source_server.run, "SET GLOBAL binlog_row_image = FULL")
        self.assertIn("binlog_row_image is MINIMAL; changes need FULL", self.migrate("--cdc", code=1).stderr)
        self.source.run("SET GLOBAL binlog_row_image = FULL; CREATE USER poor IDENTIFIED BY 'se cret'; GRANT ALL ON *.* TO poor; "
                        "REVOKE RELOAD ON *.* FROM poor")
        self.addCleanup(self.source_server.run, "DROP USER poor")
        arguments = self.arguments()
        arguments[3] = arguments[3].replace("root@", "poor:se%20cret@")
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        self.assertRegex(done.stderr, "needs the privilege RELOAD")
        arguments[3] = arguments[3].replace("se%20cret", "wrong%2Fone")
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Access denied", done.stderr)
        self.assertNotIn("wrong", done.stderr)
        self.assertEqual(self.there("SELECT count(*) FROM pg_class WHERE relname = 'm'"), [(0,)])

    def test_values_without_a_place_are_told_with_their_column(self):
        self.source.run("CREATE TABLE z (id int PRIMARY KEY, t text); INSERT INTO z VALUES (1, 'a\\0b')")
        self.assertRegex(self.migrate(code=1).stderr, r"\.z: column t: the value 'a' holds a zero byte")
        self.source.run("UPDATE z SET t = 'ab'; CREATE TABLE d (id int PRIMARY KEY, d date); INSERT INTO d VALUES (1, '2020-00-10')")
        self.assertRegex(self.migrate("--name", "again", "--tables", "*.d", code=1).stderr, r"\.d: column d: the value '2020-00-10' is no date")
        self.source.run("UPDATE d SET d = '0000-00-00'")
        self.assertRegex(self.migrate("--name", "again", "--tables", "*.d").stdout, r"d\.d: zero dates became NULL")

    def test_rows_that_are_not_the_same_are_named_and_nothing_is_cut_over(self):
        self.make_shop()
        with Following(self.arguments("--cdc"), "stopped"):
            pass
        self.there("SET session_replication_role = replica; UPDATE customer SET name = 'other' WHERE id = 77; DELETE FROM visit WHERE n = 3")
        stderr = self.migrate("--cdc", "--cutover", code=1).stderr
        self.assertRegex(stderr, r"2 rows are not the same: .*customer where id = '77' differs")
        self.assertRegex(stderr, r"visit where day = '2019-12-04', n = '3' is not on the target")
        self.assertEqual(self.source_server.run("SELECT @@read_only").strip(), "0")

    def test_a_log_that_is_purged_or_begun_anew_is_never_gone_on_from(self):
        self.source.run("CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1)")
        with Following(self.arguments("--cdc"), "stopped"):
            self.source.run("INSERT INTO p VALUES (2)")
        self.source.run("INSERT INTO p VALUES (3); FLUSH BINARY LOGS; INSERT INTO p VALUES (4)")
        last = self.here("SHOW MASTER STATUS")[0][0]
        while self.here("SHOW BINARY LOGS")[0][0] != last:  # not while a reader that has gone is not missed
            self.source.run(f"PURGE BINARY LOGS TO '{last}'")
        self.assertRegex(self.migrate("--cdc", "--cutover", code=1).stderr, "(?i)purged|not in the master's binlog|is gone")
        self.source.run("RESET MASTER")
        self.assertRegex(self.migrate("--cdc", "--cutover", code=1).stderr, "begun anew|not in the master's binlog")

    def test_killed_at_any_moment_it_goes_on_exactly(self):
        """Writers keep sums; landfall is killed again and again, from its first moment on."""
        self.source.run("CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL); INSERT INTO account SELECT seq, 0 FROM seq_1_to_20000; "
                        "CREATE TABLE history (id bigint AUTO_INCREMENT PRIMARY KEY, account int, delta bigint); "
                        "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent SELECT seq FROM seq_1_to_20000; "
                        "CREATE TABLE child (id int PRIMARY KEY, parent int, FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE); "
                        "INSERT INTO child SELECT seq, 1 + seq % 20000 FROM seq_1_to_60000")
        ended = threading.Event()

        def write():
            session = self.session()
            session.run(f"USE `{self.name}`")
            while not ended.is_set():
                account, delta = random.randrange(1, 20001), random.randrange(-500, 500)
                session.run(f"BEGIN; UPDATE account SET balance = balance + {delta} WHERE id = {account}; "
                            f"INSERT INTO history (account, delta) VALUES ({account}, {delta}); COMMIT")
                if delta % 10 == 0:
                    session.run(f"DELETE FROM parent WHERE id = {account}")
            session.close()
        writers = [threading.Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        try:
            for _ in range(KILLS):
                with subprocess.Popen(self.arguments("--cdc", "--no-validation"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
                    time.sleep(random.uniform(0, 1.5))  # the moment of the kill is the test's input
                    self.assertIsNone(running.poll(), running.stderr.read() if running.poll() is not None else "")
                    running.kill()
        finally:
            ended.set()
            for writer in writers:
                writer.join()
        self.migrate("--cdc", "--cutover")
        self.assertSame("SELECT count(*), sum(delta) FROM history")
        self.assertSame("SELECT sum(balance), count(*) FROM account")
        self.assertSame("SELECT count(*), sum(id), sum(parent) FROM child")
        wrong = "SELECT count(*) FROM account a JOIN (SELECT account, sum(delta) s FROM history GROUP BY 1) h ON h.account = a.id WHERE balance <> s"
        self.assertEqual(self.there(wrong), [(0,)])


if __name__ == "__main__":
    if PROGRAM is None:
        raise SystemExit(__doc__)
    unittest.main(verbosity=2)
