#!/usr/bin/env python3
"""The decoder of binary logs against a real MariaDB: what the log's rows become must be what SELECT returns, in the text
protocol, of a session with time_zone='+00:00', sql_mode='', NAMES utf8mb4. Usage: binlog_test.py PROBE"""
import json
import os
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "convert"))
import binlog_values  # noqa: E402
import mariadb  # noqa: E402
import mysql_client  # noqa: E402

PROBE = None
SERVER = None

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


if __name__ == "__main__":
    if not mariadb.installed():
        print("no MariaDB here")
        sys.exit(77)
    PROBE = os.path.abspath(sys.argv.pop(1))
    with mariadb.Mariadb("--log-bin=log", "--server-id=101", "--binlog-format=ROW", "--max-allowed-packet=256M") as server:
        SERVER = server
        unittest.main(argv=sys.argv[:1] + sys.argv[1:], exit=False).result.wasSuccessful() or sys.exit(1)
