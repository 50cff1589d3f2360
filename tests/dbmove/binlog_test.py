#!/usr/bin/env python3
"""The decoder of binary logs against a real MariaDB: what the log's rows become must be what SELECT returns, in the text
protocol, of a session with time_zone='+00:00', sql_mode='', NAMES utf8mb4. Usage: binlog_test.py PROBE"""
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "convert"))
import binlog_values  # noqa: E402
import mariadb  # noqa: E402
import mysql_client  # noqa: E402

PROBE = None
SERVER = None
TLS = None

MODES = {
    "plain": "binlog_checksum=NONE, binlog_row_metadata=NO_LOG, log_bin_compress=0",
    "checked": "binlog_checksum=CRC32, binlog_row_metadata=MINIMAL, log_bin_compress=0",
    "full": "binlog_checksum=CRC32, binlog_row_metadata=FULL, log_bin_compress=0",
    "compressed": "binlog_checksum=CRC32, binlog_row_metadata=FULL, log_bin_compress=1, log_bin_compress_min_len=10",
    "compressed_bare": "binlog_checksum=NONE, binlog_row_metadata=NO_LOG, log_bin_compress=1, log_bin_compress_min_len=10",
}


def cells(row):
    """None for NULL, False for absent, bytes."""
    return tuple(bytes.fromhex(cell) if isinstance(cell, str) else cell for cell in row)


class Log:
    """What a session writes to the log, read back."""

    def __init__(self, name, mode):
        self.schema = name
        self.session = mysql_client.Session(SERVER.folder + "/socket")
        for setting in MODES[mode].split(", "):
            self.session.run("SET GLOBAL " + setting)
        self.session.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4; USE {name}; SET sql_mode='ALLOW_INVALID_DATES'")
        self.session.run("FLUSH BINARY LOGS")
        self.begin()

    def begin(self):
        self.start = self.place()

    def place(self):
        row = self.session.run("SHOW MASTER STATUS")[0]
        return row[0].decode(), row[1].decode()

    def facts(self):
        rows = self.session.run("SELECT table_name, column_name, data_type, column_type, ifnull(character_set_name, ''), "
                                "ifnull(datetime_precision, 0) FROM information_schema.columns "
                                f"WHERE table_schema='{self.schema}' ORDER BY table_name, ordinal_position")
        return b"".join(b"\t".join(row) + b"\n" for row in rows)

    def read(self, facts=None, start=None):
        """The events since begin(), as the probe prints them."""
        end = self.place()
        done = subprocess.run([PROBE, SERVER.folder + "/socket", *(start or self.start), *end, self.schema],
                              input=self.facts() if facts is None else facts, capture_output=True, timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        events = [json.loads(line) for line in done.stdout.decode().splitlines()]
        for event in events:
            for side in ("before", "after"):
                if side in event:
                    event[side] = cells(event[side])
        return events

    def close(self):
        self.session.run(f"DROP DATABASE {self.schema}")
        self.session.close()


def rows_of(events, table):
    return [event for event in events if event.get("table") == table]


def single(text):
    """The bits of a FLOAT that a decimal text means."""
    return None if text is None else struct.pack("<f", float(text))


class Values(unittest.TestCase):
    maxDiff = 2000

    def compare(self, table, columns, got, expected):
        kinds = [part.split()[1] for part in ("id int, " + columns).split(", ") if len(part.split()) > 1]
        self.assertEqual(len(got), len(expected), table)
        for mine, theirs in zip(got, expected):
            for kind, a, b in zip(kinds, mine, theirs):
                if kind == "float":
                    self.assertEqual(single(a), single(b), (table, theirs[0], a, b))
                    continue
                self.assertEqual(a, b, (table, theirs[0], kind))

    @staticmethod
    def columns_of(table, log):
        """FLOAT through DOUBLE: the server prints six digits of it, which are not its value."""
        rows = log.session.run("SELECT column_name, data_type FROM information_schema.columns WHERE "
                               f"table_schema='{log.schema}' AND table_name='{table}' ORDER BY ordinal_position")
        return ", ".join(f"CAST({n} AS DOUBLE)" if t == "float" else n for n, t in [(a.decode(), b.decode()) for a, b in rows])

    def run_mode(self, mode):
        log = Log("values_" + mode, mode)
        try:
            for name, columns, rows in binlog_values.TABLES:
                charset = "latin1" if name == "latin" else "utf8mb4"
                log.session.run(f"CREATE TABLE {name} (id int AUTO_INCREMENT PRIMARY KEY, {columns}) CHARACTER SET {charset}")
                listed = ", ".join(p.split()[0] for p in columns.split(", ") if len(p.split()) > 1)
                log.session.run("SET timestamp=DEFAULT")
                for row in rows:
                    log.session.run(f"INSERT INTO {name} ({listed}) VALUES ({', '.join(row)})")
            expected = {n: log.session.run(f"SELECT {self.columns_of(n, log)} FROM {n} ORDER BY id") for n, _, _ in binlog_values.TABLES}
            events = log.read()
            for name, columns, _ in binlog_values.TABLES:
                with self.subTest(table=name):
                    mine = rows_of(events, name)
                    self.assertTrue(all(e["kind"] == "insert" and e["before"] == () for e in mine))
                    self.compare(name, columns, [e["after"] for e in mine], expected[name])
        finally:
            log.close()


for _mode in MODES:
    setattr(Values, "test_every_value_is_what_select_prints_" + _mode, lambda self, mode=_mode: self.run_mode(mode))


class Changes(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.log = Log("changes", "full")
        self.run_sql = self.log.session.run

    def tearDown(self):
        self.log.close()

    def shape(self, events):
        return [(e["kind"], e.get("table")) for e in events if e["kind"] in ("insert", "update", "delete", "XID", "QUERY")]

    def test_images_before_and_after_are_the_rows_before_and_after(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                self.log.close()
                self.log = Log("changes", mode)
                run = self.run_sql = self.log.session.run
                run("CREATE TABLE t (id int PRIMARY KEY, a varchar(20) character set latin1, b decimal(8,3), c blob, d timestamp(3) NULL, e enum('x','y'))")
                run("INSERT INTO t VALUES (1,'eins',1.5,'b','2020-01-01','x'), (2,NULL,NULL,NULL,NULL,NULL), (3,'drei',-3,'','2021-01-01','y')")
                before = run("SELECT * FROM t ORDER BY id")
                self.log.begin()
                run("UPDATE t SET a='grün', c=0x00ff, id=id+10, d=NULL, e='y'")
                after = run("SELECT * FROM t ORDER BY id")
                run("DELETE FROM t ORDER BY id")
                events = rows_of(self.log.read(), "t")
                updates = [e for e in events if e["kind"] == "update"]
                deletes = [e for e in events if e["kind"] == "delete"]
                self.assertEqual(sorted(e["before"] for e in updates), sorted(before))
                self.assertEqual(sorted(e["after"] for e in updates), sorted(after))
                self.assertEqual(sorted(e["before"] for e in deletes), sorted(after))
                self.assertTrue(all(e["after"] == () for e in deletes))

    def test_the_oldest_forms_of_moments_have_no_fractions(self):
        self.run_sql("SET GLOBAL mysql56_temporal_format=OFF; CREATE TABLE t (id int PRIMARY KEY, t time, d datetime, s timestamp NULL); "
                     "CREATE TABLE f (id int PRIMARY KEY, t time(3)); SET GLOBAL mysql56_temporal_format=ON")
        self.log.begin()
        self.run_sql("INSERT INTO t VALUES (1,'-838:59:59','9999-12-31 23:59:59','2038-01-19 03:14:07'), (2,'12:34:56','0000-00-00','0000-00-00'), "
                     "(3,NULL,NULL,NULL), (4,'-00:00:01','2020-00-00','1970-01-01 00:00:01')")
        self.assertEqual([e["after"] for e in rows_of(self.log.read(), "t")], self.run_sql("SELECT * FROM t ORDER BY id"))
        self.log.begin()
        self.run_sql("INSERT INTO f VALUES (1,'00:00:01.5')")
        with self.assertRaisesRegex(AssertionError, "precondition: column t of changes.f: a fraction of a second"):
            self.log.read()

    def test_a_minimal_image_leaves_cells_absent(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY, a int, b int); INSERT INTO t VALUES (1,2,3); SET binlog_row_image=MINIMAL")
        self.log.begin()
        self.run_sql("UPDATE t SET b=4; DELETE FROM t; SET binlog_row_image=FULL")
        self.assertEqual([(e["before"], e["after"]) for e in rows_of(self.log.read(), "t")],
                         [((b"1", False, False), (False, False, b"4")), ((b"1", False, False), ())])

    def test_what_was_rolled_back_is_not_there(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY)")
        self.log.begin()
        self.run_sql("BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO SAVEPOINT s; "
                     "INSERT INTO t VALUES (3); COMMIT; BEGIN; INSERT INTO t VALUES (4); ROLLBACK")
        events = self.log.read()
        self.assertEqual([e["after"] for e in rows_of(events, "t")], [(b"1",), (b"3",)])
        self.assertEqual([e["kind"] for e in events if e["kind"] == "XID"], ["XID"])

    def test_a_transaction_of_several_tables_keeps_its_order(self):
        self.run_sql("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, t text)")
        self.log.begin()
        self.run_sql("BEGIN; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1,'x'); UPDATE a SET id=2; DELETE FROM b; COMMIT")
        self.run_sql("INSERT INTO a VALUES (5), (6); UPDATE a, b SET a.id=a.id+10, b.t='z'; DELETE a FROM a")
        changes = [s for s in self.shape(self.log.read()) if s[0] != "QUERY"]
        self.assertEqual(changes, [("insert", "a"), ("insert", "b"), ("update", "a"), ("delete", "b"), ("XID", None),
                                   ("insert", "a"), ("insert", "a"), ("XID", None), ("delete", "a"), ("delete", "a"), ("delete", "a"),
                                   ("XID", None)])

    def test_one_statement_that_changes_two_tables(self):
        self.run_sql("CREATE TABLE a (id int PRIMARY KEY, v int); CREATE TABLE b (id int PRIMARY KEY, v int); "
                     "INSERT INTO a VALUES (1,1),(2,2); INSERT INTO b VALUES (1,1),(2,2)")
        self.log.begin()
        self.run_sql("UPDATE a JOIN b USING (id) SET a.v=10, b.v=20")
        events = self.log.read()
        self.assertEqual([e["after"] for e in rows_of(events, "a")], [(b"1", b"10"), (b"2", b"10")])
        self.assertEqual([e["after"] for e in rows_of(events, "b")], [(b"1", b"20"), (b"2", b"20")])

    def test_rows_larger_than_a_packet_and_many_in_one_statement(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY, b longblob); SET GLOBAL log_bin_compress=1")
        self.log.begin()
        self.run_sql("INSERT INTO t VALUES (1, repeat(0x00ff, 10000000))")
        self.run_sql("SET GLOBAL log_bin_compress=0; INSERT INTO t VALUES (2, repeat(0xff00, 10000000))")
        rows = rows_of(self.log.read(), "t")
        self.assertEqual([(e["after"][0], len(e["after"][1]), set(e["after"][1])) for e in rows],
                         [(b"1", 20000000, {0, 255}), (b"2", 20000000, {0, 255})])
        self.log.begin()
        self.run_sql("INSERT INTO t SELECT seq, seq FROM seq_10_to_20009")
        self.assertEqual([e["after"] for e in rows_of(self.log.read(), "t")], [(b"%d" % i, b"%d" % i) for i in range(10, 20010)])

    def test_statements_have_their_schema_and_text(self):
        self.log.begin()
        self.run_sql("CREATE TABLE t (id int, `ü` int); ALTER TABLE t ADD x int; TRUNCATE t; DROP TABLE t")
        texts = [bytes.fromhex(e["text"]).decode() for e in self.log.read() if e["kind"] == "QUERY" and e["schema"] == "changes"]
        self.assertEqual([t.split()[0] for t in texts], ["CREATE", "ALTER", "TRUNCATE", "DROP"])
        self.assertIn("`ü`", texts[0])

    def test_full_metadata_needs_no_facts(self):
        for name, columns, rows in binlog_values.TABLES:
            if name in binlog_values.NEED_FACTS:
                continue
            with self.subTest(table=name):
                self.run_sql(f"CREATE TABLE {name} (id int AUTO_INCREMENT PRIMARY KEY, {columns})")
                listed = ", ".join(p.split()[0] for p in columns.split(", ") if len(p.split()) > 1)
                self.log.begin()
                for row in rows:
                    self.run_sql(f"INSERT INTO {name} ({listed}) VALUES ({', '.join(row)})")
                self.assertEqual([e["after"] for e in rows_of(self.log.read(facts=b""), name)], [e["after"] for e in rows_of(self.log.read(), name)])

    def test_a_log_without_metadata_needs_facts(self):
        self.log.close()
        self.log = Log("changes", "plain")
        self.log.session.run("CREATE TABLE t (id int, name varchar(9))")
        self.log.begin()
        self.log.session.run("INSERT INTO t VALUES (1,'a')")
        with self.assertRaisesRegex(AssertionError, "precondition: column 1 of changes.t: neither the log nor the catalog says whether"):
            self.log.read(facts=b"")

    def test_xa_transactions_come_as_they_are_prepared_and_committed(self):
        self.run_sql("CREATE TABLE t (id int PRIMARY KEY)")
        self.log.begin()
        self.run_sql("XA START 'x'; INSERT INTO t VALUES (1); XA END 'x'; XA PREPARE 'x'; XA COMMIT 'x'")
        kinds = [e["kind"] for e in self.log.read()]
        self.assertEqual([k for k in kinds if k in ("insert", "XA_PREPARE")], ["insert", "XA_PREPARE"])


class Stream(unittest.TestCase):
    def setUp(self):
        self.log = Log("streamed", "full")
        self.log.session.run("CREATE TABLE t (id int PRIMARY KEY)")

    def tearDown(self):
        self.log.close()

    def test_a_start_by_gtid_goes_on_after_it(self):
        self.log.session.run("INSERT INTO t VALUES (1)")
        gtid = self.log.session.run("SELECT @@global.gtid_binlog_pos")[0][0].decode()
        self.log.session.run("INSERT INTO t VALUES (2); FLUSH BINARY LOGS; INSERT INTO t VALUES (3)")
        events = self.log.read(start=("gtid", gtid))
        self.assertEqual([e["after"] for e in rows_of(events, "t")], [(b"2",), (b"3",)])
        self.assertTrue(any(e.get("gtid", "").startswith("0-101-") for e in events))

    def test_several_files_are_read_as_one_whatever_their_checksums(self):
        self.log.begin()
        for number, checksum in enumerate(("CRC32", "NONE", "CRC32", "NONE")):
            self.log.session.run(f"SET GLOBAL binlog_checksum={checksum}; INSERT INTO t VALUES ({number})")
        for server in ("CRC32", "NONE"):
            self.log.session.run(f"SET GLOBAL binlog_checksum={server}")
            self.assertEqual([e["after"] for e in rows_of(self.log.read(), "t")], [(b"0",), (b"1",), (b"2",), (b"3",)])

    def test_a_stream_that_starts_after_an_event_gives_the_next_one(self):
        self.log.begin()
        for number in range(6):
            self.log.session.run(f"INSERT INTO t VALUES ({number})" + ("; FLUSH BINARY LOGS" if number in (1, 4) else ""))
        events = self.log.read()
        commits = [e for e in events if e["kind"] == "XID"]
        self.assertEqual(len(commits), 6)
        for done, commit in enumerate(commits, 1):
            rest = self.log.read(start=(commit["file"], str(commit["next"])))
            self.assertEqual([e["after"][0] for e in rows_of(rest, "t")], [b"%d" % n for n in range(done, 6)])

    def test_a_log_that_is_purged_is_not_found(self):
        self.log.session.run("FLUSH BINARY LOGS; INSERT INTO t VALUES (1); FLUSH BINARY LOGS")
        self.log.session.run(f"PURGE BINARY LOGS TO '{self.log.place()[0]}'")
        with self.assertRaisesRegex(AssertionError, r"not_found: reading the log: .*\(1236\)"):
            self.log.read()
        with self.assertRaisesRegex(AssertionError, r"not_found: reading the log: .*\((1236|1945|1955)\)"):
            self.log.read(start=("gtid", "0-101-1"))

    def test_an_offset_behind_the_end_is_not_found(self):
        with self.assertRaisesRegex(AssertionError, r"not_found: reading the log: .*\(1236\)"):
            self.log.read(start=(self.log.place()[0], "99999999"))

    def probe(self, *arguments, **environment):
        return subprocess.run([PROBE, *arguments], input=b"", capture_output=True, timeout=60, check=False, env={**os.environ, **environment})

    def test_a_wrong_password_is_denied_and_in_no_text(self):
        self.log.session.run("CREATE USER reader@localhost IDENTIFIED BY 'right'; GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO reader@localhost")
        try:
            place = self.log.place()
            arguments = (SERVER.folder + "/socket", *place, *place, self.log.schema)
            done = self.probe(*arguments, PROBE_USER="reader", PROBE_PASSWORD="not-the-password")
            self.assertEqual(done.returncode, 1)
            self.assertIn(b"denied: connecting to", done.stderr)
            self.assertNotIn(b"not-the-password", done.stderr)
            done = self.probe(*arguments, PROBE_USER="reader", PROBE_PASSWORD="right")
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.log.session.run("REVOKE REPLICATION SLAVE ON *.* FROM reader@localhost")
            done = self.probe(*arguments, PROBE_USER="reader", PROBE_PASSWORD="right")
            self.assertIn(b"denied: ", done.stderr)
        finally:
            self.log.session.run("DROP USER reader@localhost")

    def test_tls_is_used_and_the_certificate_checked_where_it_must_be(self):
        arguments = (SERVER.folder + "/socket", *self.log.place(), *self.log.place(), self.log.schema)
        ca = TLS + "/tls.pem"
        self.log.session.run("CREATE USER safe@localhost REQUIRE SSL; GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO safe@localhost")
        try:
            self.assertIn(b"denied: ", self.probe(*arguments, PROBE_USER="safe").stderr)
            self.assertEqual(self.probe(*arguments, PROBE_USER="safe", PROBE_TLS="required").stderr, b"")
            self.assertEqual(self.probe(*arguments, PROBE_USER="safe", PROBE_TLS="verified", PROBE_CA=ca).stderr, b"")
            self.assertIn(b"denied: connecting to", self.probe(*arguments, PROBE_USER="safe", PROBE_TLS="verified").stderr)
        finally:
            self.log.session.run("DROP USER safe@localhost")

    def test_no_server_is_unavailable(self):
        done = self.probe(SERVER.folder + "/nobody", "log.000001", "4", "log.000001", "4", "x")
        self.assertIn(b"unavailable: connecting to", done.stderr)

    def test_a_connection_that_is_killed_is_unavailable(self):
        place = self.log.place()
        with subprocess.Popen([PROBE, SERVER.folder + "/socket", *place, "nothing", "0", "x"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as probe:
            for line in probe.stdout:  # the server has nothing to say but that it lives
                if b"HEARTBEAT" in line:
                    break
            dumps = self.log.session.run("SELECT id FROM information_schema.processlist WHERE command='Binlog Dump'")
            self.log.session.run("; ".join("KILL " + row[0].decode() for row in dumps))
            self.assertIn(b"unavailable: ", probe.stderr.read())
            probe.stdout.close()

    def test_a_server_that_is_silent_is_unavailable(self):
        place = self.log.place()
        with subprocess.Popen([PROBE, SERVER.folder + "/socket", *place, "nothing", "0", "x"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**os.environ, "PROBE_SILENCE": "1"}) as probe:
            for line in probe.stdout:
                if b"HEARTBEAT" in line:
                    break
            SERVER.server.send_signal(signal.SIGSTOP)
            try:
                self.assertIn(b"unavailable: reading the log", probe.stderr.read())
            finally:
                SERVER.server.send_signal(signal.SIGCONT)
            probe.stdout.close()

    def test_stop_ends_a_wait(self):
        place = self.log.place()
        done = self.probe(SERVER.folder + "/socket", *place, "nothing", "0", "x", PROBE_STOP="1")
        self.assertEqual(done.stderr, b"cancelled: reading the log was stopped\n")


class Charsets(unittest.TestCase):
    """Every character that the server itself converts."""

    def sweep(self, charset, units):
        log = Log("charsets", "plain")
        try:
            log.session.run(f"CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, c varchar(4) character set {charset})")
            for at in range(0, len(units), 5000):
                log.session.run("INSERT INTO t (c) VALUES " + ",".join(f"(0x{u})" for u in units[at:at + 5000]))
            expected = log.session.run("SELECT id, c, hex(c) FROM t ORDER BY id")
            got = [e["after"] for e in rows_of(log.read(), "t")]
            self.assertEqual(len(got), len(units))
            wrong = [(row[2], mine[1], row[1]) for mine, row in zip(got, expected) if mine != row[:2]]
            self.assertEqual((len(wrong), wrong[:40]), (0, []), charset)
        finally:
            log.close()

    def test_one_byte(self):
        for charset in binlog_values.ONE_BYTE:
            with self.subTest(charset=charset):
                self.sweep(charset, [f"{b:02x}" for b in range(256)])

    def test_two_bytes(self):
        for charset in binlog_values.TWO_BYTES:
            with self.subTest(charset=charset):
                self.sweep(charset, [f"{a:02x}{b:02x}" for a in range(0x80, 256) for b in range(0x21, 256)])

    def test_three_bytes(self):
        for charset in ("ujis", "eucjpms"):
            with self.subTest(charset=charset):
                self.sweep(charset, [f"8f{a:02x}{b:02x}" for a in range(0xa1, 255) for b in range(0xa1, 255)])

    def test_utf16(self):
        for charset in ("ucs2", "utf16"):  # but halves of pairs, of which the server makes bytes that are not UTF-8
            with self.subTest(charset=charset):
                self.sweep(charset, [f"{a:02x}{b:02x}" for a in range(256) for b in range(256) if not 0xd8 <= a <= 0xdf])


def certificate(folder):
    """One of localhost's own in tls.pem, with its key: the server's and the one to check it against."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-days", "2", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/tls.pem"], check=True, capture_output=True, timeout=60)
    for name in ("key.pem", "tls.pem"):  # the server runs as another user
        os.chmod(f"{folder}/{name}", 0o644)
    os.chmod(folder, 0o755)


def main():
    global PROBE, SERVER, TLS
    PROBE = os.path.abspath(sys.argv.pop(1))
    with tempfile.TemporaryDirectory(prefix="landfall-tls-") as TLS:
        certificate(TLS)
        with mariadb.Mariadb("--log-bin=log", "--server-id=101", "--binlog-format=ROW", "--max-allowed-packet=256M",
                             f"--ssl-cert={TLS}/tls.pem", f"--ssl-key={TLS}/key.pem") as SERVER:
            return unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    if not mariadb.installed():
        print("no MariaDB here")
        sys.exit(77)
    sys.exit(0 if main() else 1)
