#!/usr/bin/env python3
"""Tables with their rows and keys from a MariaDB to a PostgreSQL, beside pgloader.
Usage: load_mariadb.py LANDFALL [ROUNDS [ROWS]]   (of each of two tables: integers and a text; mixed types)"""
import os
import shutil
import socket
import subprocess
import sys

import measure
from measure import ask, dsn, shell

import mariadb  # the harness of the tests, beside postgres

TABLES = """CREATE DATABASE bench; USE bench;
CREATE TABLE accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));
INSERT INTO accounts SELECT seq, seq % 10, 0, '' FROM seq_1_to_{rows};
CREATE TABLE mixed (id bigint PRIMARY KEY, name varchar(200), amount decimal(14,2), ratio double, born date, at datetime,
    note text);
INSERT INTO mixed SELECT seq, concat('name ', seq), seq / 7, seq / 3, date '1990-01-01' + interval seq % 9000 day,
    timestamp '2020-01-01 00:00:00' + interval seq second, if(seq % 4 > 0, repeat('x', seq % 150), NULL)
    FROM seq_1_to_{rows};
CREATE USER bench@'%' IDENTIFIED BY 'bench'; GRANT ALL ON *.* TO bench@'%'"""
COUNTS = "SELECT count(*), sum(aid), sum(bid) FROM {0}.accounts UNION ALL SELECT count(*), sum(id), round(sum(amount), 2) FROM {0}.mixed"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def landfall(program, port, target, to):
    shell(f"{program} migrate --name {to} --from mysql://bench:bench@127.0.0.1:{port}/bench --to '{dsn(target, to)}' "
          "--full-load --workers 2 --no-validation")


def pgloader(_, port, target, to):
    said = subprocess.run(["pgloader", f"mysql://bench:bench@127.0.0.1:{port}/bench",
                           f"postgresql://postgres@unix:{target.folder}:5432/{to}"], capture_output=True, text=True, check=False)
    if said.returncode != 0:
        raise RuntimeError(said.stdout[-2000:] + said.stderr[-2000:])


def main(program, rounds=3, rows=1_000_000):
    print(f"machine: {measure.machine()}; medians of {rounds} interleaved rounds, ratios to pgloader")
    port = free_port()
    options = ("--log-bin=bin", "--server-id=7", "--skip-networking=0", "--bind-address=127.0.0.1", f"--port={port}",
               "--innodb-buffer-pool-size=1G")
    with mariadb.Mariadb(*options) as source, measure.postgres.Postgres(measure.SETTINGS) as target:
        source.run(TABLES.format(rows=rows))
        ways = {"landfall": landfall}
        if shutil.which("pgloader"):
            ways["pgloader"] = pgloader
        else:
            print("pgloader is not installed: no such peer")
        seen = {name: [] for name in ways}
        for turn in range(rounds):
            for name, how in ways.items():
                to = f"{name}_{turn}"
                with measure.database(target, to):
                    with measure.Meter((target,), (source.server.pid,)) as meter:
                        how(program, port, target, to)
                    counts = ask(target, to, COUNTS.format("bench"))
                    if counts[0][0] != rows or counts[1][0] != rows:
                        raise RuntimeError(f"{name}: {counts}")
                seen[name].append(meter)
        print(f"load of {2 * rows:,} rows, keys included     wall s   ratio  CPU s (servers + client)  ratio")
        base = seen.get("pgloader", seen["landfall"])
        for name, runs in seen.items():
            wall, cpu, servers, clients = (measure.median(runs, what) for what in ("wall", "cpu", "servers", "clients"))
            print(f"{name:<38} {wall:>10.1f} {wall / measure.median(base, 'wall'):>7.2f} {cpu:>7.1f} ({servers:.1f} + {clients:.1f})"
                  f" {cpu / measure.median(base, 'cpu'):>14.2f}", flush=True)


if __name__ == "__main__":
    if measure.postgres.programs() is None or not mariadb.installed():
        sys.exit("PostgreSQL or MariaDB is not installed")
    main(os.path.abspath(sys.argv[1]), *map(int, sys.argv[2:]))
