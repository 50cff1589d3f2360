#!/usr/bin/env python3
"""A database's rows and keys from one PostgreSQL to another, beside a pipe of COPY BINARY, pg_dump and pgcopydb.
Usage: load.py LANDFALL [ROUNDS [SCALE]]   (scale: pgbench's; a table of mixed types has 25,000 rows a unit more)"""
import os
import shutil
import sys

import measure
from measure import ask, dsn, program, shell

MIXED = """CREATE TABLE mixed (id bigint PRIMARY KEY, code uuid NOT NULL, name text, amount numeric(14,2), ratio double precision,
    flag boolean, born date, at timestamptz, doc jsonb, tags text[], raw bytea, note varchar(200));
INSERT INTO mixed SELECT i, md5(i::text)::uuid, 'name ' || i, i / 7.0, i / 3.0, i % 3 = 0, date '1990-01-01' + i % 9000,
    timestamptz '2020-01-01 00:00Z' + i * interval '1 s', jsonb_build_object('i', i, 'half', i / 2.0), ARRAY['a', i::text, NULL],
    decode(md5(i::text), 'hex'), CASE WHEN i % 4 > 0 THEN repeat('x', i % 150) END FROM generate_series(1, {rows}) i"""
KEYS = {"pgbench_accounts": "aid", "pgbench_branches": "bid", "pgbench_tellers": "tid", "mixed": "id", "pgbench_history": None}


class Loads:
    def __init__(self, landfall, source, target, folder):
        self.landfall, self.source, self.target, self.folder = landfall, source, target, folder
        self.runs = 0

    def pipe(self, to):
        """Table after table; the definitions are there already."""
        client = [f"{program('psql')} -q -h {server.folder} -U postgres" for server in (self.source, self.target)]
        for table, key in KEYS.items():
            shell(f'{client[0]} bench -c "COPY {table} TO STDOUT (FORMAT binary)" | '
                  f'{client[1]} {to} -c "COPY {table} FROM STDIN (FORMAT binary)"')
            if key:
                shell(f'{client[1]} {to} -c "ALTER TABLE {table} ADD PRIMARY KEY ({key})"')

    def migrate(self, to, *more):
        shell(f"{self.landfall} migrate --name {to} --from '{dsn(self.source, 'bench')}' --to '{dsn(self.target, to)}' "
              f"--full-load --workers 2 {' '.join(more)}")

    def validated(self, to):
        self.migrate(to)

    def unvalidated(self, to):
        self.migrate(to, "--no-validation")

    def dump_restore(self, to):
        folder = f"{self.folder}/{to}"
        shell(f"{program('pg_dump')} -h {self.source.folder} -U postgres -Fd -Z0 -j2 -f {folder} bench && "
              f"{program('pg_restore')} -h {self.target.folder} -U postgres -j2 -d {to} {folder}")
        shutil.rmtree(folder)

    def dump_psql(self, to):
        shell(f"{program('pg_dump')} -h {self.source.folder} -U postgres bench | "
              f"{program('psql')} -q -v ON_ERROR_STOP=1 -h {self.target.folder} -U postgres {to}")

    def pgcopydb(self, to):
        shell(f"pgcopydb clone --source '{dsn(self.source, 'bench')}' --target '{dsn(self.target, to)}' --table-jobs 2 "
              f"--index-jobs 2 --dir {self.folder}/{to}")

    def same(self, to):
        for table in KEYS:
            sql = f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t"
            if ask(self.source, "bench", sql) != ask(self.target, to, sql):
                raise RuntimeError(f"{to}: {table} is not the same")

    def once(self, name, how):
        self.runs += 1
        with measure.database(self.target, f"to_{self.runs}") as to:
            if name == "pipe":
                shell(f"{program('pg_dump')} -h {self.source.folder} -U postgres -s --section=pre-data bench | "
                      f"{program('psql')} -q -h {self.target.folder} -U postgres {to}")
            with measure.Meter((self.source, self.target)) as meter:
                how(to)
            self.same(to)
        return meter


def main(landfall, rounds=3, scale=20):
    print(f"machine: {measure.machine()}; medians of {rounds} interleaved rounds, ratios to the pipe")
    with measure.two_servers() as (source, target), measure.scratch() as folder:
        ask(source, "postgres", "CREATE DATABASE bench")
        measure.pgbench(source, "bench", "-i", "-q", "-s", scale)
        ask(source, "bench", MIXED.format(rows=25_000 * scale))
        ask(source, "bench", "VACUUM ANALYZE")
        rows = sum(ask(source, "bench", f"SELECT count(*) FROM {table}")[0][0] for table in KEYS)
        loads = Loads(landfall, source, target, folder)
        ways = {"pipe": loads.pipe, "landfall": loads.unvalidated, "landfall, validated": loads.validated,
                "pg_dump -j2, pg_restore -j2": loads.dump_restore, "pg_dump | psql": loads.dump_psql}
        if shutil.which("pgcopydb"):
            ways["pgcopydb"] = loads.pgcopydb
        else:
            print("pgcopydb is not installed: no such peer")
        seen = {name: [] for name in ways}
        for _ in range(rounds):
            for name, how in ways.items():
                seen[name].append(loads.once(name, how))
        print(f"load of {rows:,} rows, keys included        wall s   ratio  CPU s (servers + clients)  ratio")
        pipe = seen["pipe"]
        for name, runs in seen.items():
            wall, clients, servers = (measure.median(runs, what) for what in ("wall", "clients", "servers"))
            cpu = measure.median(runs, "cpu")
            print(f"{name:<40} {wall:>10.1f} {wall / measure.median(pipe, 'wall'):>7.2f} {cpu:>7.1f} ({servers:.1f} + {clients:.1f})"
                  f" {cpu / measure.median(pipe, 'cpu'):>14.2f}")
        pairs = zip(seen["landfall, validated"], seen["landfall"])
        took = sorted(a.wall - b.wall for a, b in pairs)[rounds // 2]
        if took > 0:
            print(f"validation: {took:.1f} s more, {rows / took:,.0f} rows/s")


if __name__ == "__main__":
    if measure.postgres.programs() is None:
        sys.exit("PostgreSQL is not installed")
    main(os.path.abspath(sys.argv[1]), *map(int, sys.argv[2:]))
