#!/usr/bin/env python3
"""Changes from one PostgreSQL to another, beside PostgreSQL's own logical replication: how long a backlog of pgbench's
TPC-B takes, how late a row is at half of that rate, how much memory one large transaction costs.
Usage: changes.py LANDFALL [ROUNDS [TRANSACTIONS [LARGE]]]"""
import contextlib
import os
import statistics
import subprocess
import sys
import threading
import time

import measure
from measure import ask, dsn

SCALE = 10
PROBES_EVERY = 0.05


class Landfall:
    """`landfall migrate --cdc` that is started and stopped."""

    def __init__(self, program, source, target, database, options=()):
        self.program, self.source, self.target, self.database = program, source, target, database
        self.options = options

    def start(self):
        self.process = subprocess.Popen(
            [self.program, "migrate", "--name", self.database, "--from", dsn(self.source, "bench"), "--to",
             dsn(self.target, self.database), "--full-load", "--cdc", "--no-validation", *self.options],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read)
        self.follows = threading.Event()
        self.told = []
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.told = [*self.told[-5:], line]
            if line.startswith("follows"):
                self.follows.set()

    def prepare(self):
        """Rows are loaded; the changes stay in the log."""
        self.start()
        self.follows.wait(600)
        self.stop()

    def stop(self):
        """Peak memory in MiB."""
        self.process.terminate()
        self.reader.join()
        _, _, used = os.wait4(self.process.pid, 0)
        self.process.returncode = 0
        return used.ru_maxrss / 1024


class Native:
    """A subscription. Its worker commits each of the source's transactions by itself, as PostgreSQL's own default is with
    synchronous_commit = off: with `on`, which is how landfall commits, each would wait for the disk."""

    def __init__(self, source, target, database):
        self.source, self.target, self.database = source, target, database

    def prepare(self):
        tables = "bench_end pgbench_accounts pgbench_branches pgbench_tellers pgbench_history probe large".split()
        dump = f"{measure.program('pg_dump')} -h {self.source.folder} -U postgres"
        measure.shell(f"{dump} bench | {measure.program('psql')} -q -h {self.target.folder} -U postgres {self.database}")
        ask(self.source, "bench", f"CREATE PUBLICATION {self.database} FOR TABLE {', '.join(tables)}")
        ask(self.source, "bench", f"SELECT pg_create_logical_replication_slot('{self.database}', 'pgoutput')")
        ask(self.target, self.database, f"CREATE SUBSCRIPTION {self.database} CONNECTION '{dsn(self.source, 'bench')}' PUBLICATION "
            f"{self.database} WITH (enabled = false, create_slot = false, slot_name = '{self.database}', copy_data = false)")

    def start(self):
        ask(self.target, self.database, f"ALTER SUBSCRIPTION {self.database} ENABLE")

    def stop(self):
        ask(self.target, self.database, f"ALTER SUBSCRIPTION {self.database} DISABLE")
        while ask(self.source, "bench", f"SELECT active FROM pg_replication_slots WHERE slot_name = '{self.database}'") == [(True,)]:
            time.sleep(0.05)
        return 0

    def forget(self):
        ask(self.target, self.database, f"DROP SUBSCRIPTION {self.database}")


def make_source(source):
    ask(source, "postgres", "CREATE DATABASE bench")
    measure.pgbench(source, "bench", "-i", "-q", "-s", SCALE)
    ask(source, "bench", "ALTER TABLE pgbench_history REPLICA IDENTITY FULL; CREATE TABLE bench_end (id int PRIMARY KEY);"
        "CREATE TABLE probe (id int PRIMARY KEY, at timestamptz DEFAULT clock_timestamp());"
        "CREATE TABLE large (id int PRIMARY KEY, n int, name text)")


def there(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def same(source, target, database):
    for table in ("pgbench_accounts", "pgbench_branches", "pgbench_tellers", "pgbench_history", "large"):
        sql = f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t"
        if ask(source, "bench", sql) != ask(target, database, sql):
            raise RuntimeError(f"{database}: {table} is not the same")


def drained(peer, source, target, marker):
    """Time and CPU until the target shows the marker behind the backlog, and the peer's peak memory."""
    with measure.Meter((source, target)) as meter:
        peer.start()
        with contextlib.closing(target.connect(database=peer.database)) as connection:
            while there(connection, f"SELECT count(*) FROM bench_end WHERE id = {marker}") == 0:
                time.sleep(0.02)
                if isinstance(peer, Landfall) and not peer.reader.is_alive():
                    raise RuntimeError("".join(peer.told))
        wall = time.monotonic() - meter.before[0]
        memory = peer.stop()
    meter.wall, meter.memory = wall, memory
    same(source, target, peer.database)
    return meter


def peers_of(landfall, source, target, stack, suffix):
    peers = {"landfall, transactional": Landfall(landfall, source, target, f"trans_{suffix}"),
             "native": Native(source, target, f"native_{suffix}")}
    if b"--apply" in subprocess.run([landfall, "migrate", "--help"], capture_output=True, check=True).stdout:
        peers["landfall, transactional"].options = ("--apply", "transactional")
        peers["landfall, batch"] = Landfall(landfall, source, target, f"batch_{suffix}", ("--apply", "batch"))
    for peer in peers.values():
        stack.enter_context(measure.database(target, peer.database))
        peer.prepare()
        if isinstance(peer, Native):
            stack.callback(peer.forget)
    return peers


def end_with(source, marker):
    ask(source, "bench", f"INSERT INTO bench_end VALUES ({marker})")


def tpcb(landfall, source, target, rounds, transactions):
    """Changes a second of each peer, the same backlog for all."""
    seen = {}
    with contextlib.ExitStack() as stack:
        peers = peers_of(landfall, source, target, stack, "tpcb")
        for marker in range(rounds):
            measure.pgbench(source, "bench", "-n", "-c", 4, "-t", transactions // 4)
            end_with(source, marker)
            for name, peer in peers.items():
                seen.setdefault(name, []).append(drained(peer, source, target, marker))
        changes = 4 * transactions
        native = measure.median(seen["native"], "wall")
        print(f"TPC-B, a backlog of {changes:,} changes      changes/s   ratio   CPU s (servers + client)   MiB")
        for name, runs in seen.items():
            wall, cpu, servers, clients, memory = (
                measure.median(runs, what) for what in ("wall", "cpu", "servers", "clients", "memory"))
            print(f"{name:<40} {changes / wall:>10,.0f} {native / wall:>7.2f} {cpu:>10.1f} ({servers:.1f} + {clients:.1f})"
                  f" {memory:>11.0f}", flush=True)
        rate = transactions / native / 2
        for name, peer in peers.items():
            lag(name, peer, source, target, rate)


def lag(name, peer, source, target, rate):
    """How late rows appear on the target while pgbench writes at that many transactions a second."""
    seconds, sent, seen = 20, {}, {}
    ask(source, "bench", "TRUNCATE probe")
    peer.start()
    with contextlib.closing(source.connect(database="bench")) as ours, \
            contextlib.closing(target.connect(database=peer.database)) as theirs:
        # What the rates of other peers left in the log comes first: it is no lag of this one.
        ask(source, "bench", "INSERT INTO bench_end SELECT max(id) + 1 FROM bench_end")
        newest = there(ours, "SELECT max(id) FROM bench_end")
        while there(theirs, f"SELECT count(*) FROM bench_end WHERE id = {newest}") == 0:
            time.sleep(0.02)
        load = threading.Thread(target=measure.pgbench, args=(
            source, "bench", "-n", "-c", 4, "-T", seconds, "-R", int(rate)))
        load.start()
        time_of_next, last = time.monotonic(), 0
        while load.is_alive() or len(seen) < len(sent):
            now = time.monotonic()
            if now >= time_of_next and load.is_alive():
                number = len(sent) + 1
                with ours.cursor() as cursor:
                    cursor.execute("INSERT INTO probe VALUES (%s)", (number,))
                sent[number] = time.monotonic()
                time_of_next = now + PROBES_EVERY
            newest = there(theirs, "SELECT coalesce(max(id), 0) FROM probe")
            for number in range(last + 1, newest + 1):
                seen[number] = time.monotonic()
            last = newest
            time.sleep(0.004)
        load.join()
    peer.stop()
    late = sorted(seen[number] - sent[number] for number in sent)
    print(f"lag at {rate:,.0f} transactions/s, {name}: p50 {statistics.median(late) * 1000:.0f} ms, "
          f"p99 {late[len(late) * 99 // 100] * 1000:.0f} ms", flush=True)


def large(landfall, source, target, rows):
    """Memory and time of one transaction that inserts so many rows, and of one that changes them."""
    with contextlib.ExitStack() as stack:
        peers = peers_of(landfall, source, target, stack, "large")
        for marker, sql in enumerate((
                f"INSERT INTO large SELECT i, 0, 'row ' || i FROM generate_series(1, {rows}) i", "UPDATE large SET n = n + 1"), 1000):
            ask(source, "bench", sql)
            end_with(source, marker)
            for name, peer in peers.items():
                meter = drained(peer, source, target, marker)
                print(f"one transaction of {rows:,} ({sql[:6]}), {name}: {rows / meter.wall:,.0f} rows/s, peak {meter.memory:.0f} MiB",
                      flush=True)


def main(program, rounds=3, transactions=60_000, rows=5_000_000):
    print(f"machine: {measure.machine()}; medians of {rounds} rounds, each peer drains the same backlog from its own slot")
    with measure.two_servers() as (source, target):
        make_source(source)
        tpcb(program, source, target, rounds, transactions)
        if rows > 0:
            large(program, source, target, rows)


if __name__ == "__main__":
    if measure.postgres.programs() is None:
        sys.exit("PostgreSQL is not installed")
    main(os.path.abspath(sys.argv[1]), *map(int, sys.argv[2:]))
