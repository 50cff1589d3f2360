#!/usr/bin/env python3
"""A MariaDB that is written to all the time becomes a managed PostgreSQL. Usage: demo_move.py ENDPOINT PROGRAM

The PostgreSQL is made by `aws rds create-db-instance`; the MariaDB is a shop's, started for this and gone at the end.
"""
import contextlib
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../tests/convert")
sys.path.insert(0, HERE + "/../tests/dbmove")
import mariadb  # noqa: E402
import mysql_client  # noqa: E402

NAME = "shop-target"
SHOP = """
    CREATE DATABASE shop CHARACTER SET utf8mb4; USE shop;
    CREATE TABLE customer (id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL, mood enum('sad', 'ok', 'happy') DEFAULT 'ok');
    CREATE TABLE orders (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id int unsigned NOT NULL, total decimal(10,2) NOT NULL,
        doc json, at timestamp(3) NOT NULL DEFAULT current_timestamp(3), KEY at_k (at),
        CONSTRAINT of_customer FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE);
    INSERT INTO customer (name) SELECT concat('customer ', seq) FROM seq_1_to_20000;
    INSERT INTO orders (customer_id, total, doc) SELECT 1 + seq % 20000, seq / 7, json_object('n', seq) FROM seq_1_to_200000"""
CHECK = "SELECT count(*), sum(customer_id), sum(total), (SELECT sum(id) FROM {0}customer) FROM {0}orders"


def aws(endpoint, *arguments):
    done = subprocess.run(["/usr/bin/aws", "--endpoint-url", endpoint, "--output", "json", "rds", *arguments],
                          check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout) if done.stdout.strip() else None


def described(endpoint):
    """None once it is gone."""
    instances = aws(endpoint, "describe-db-instances")["DBInstances"]
    return next((each for each in instances if each["DBInstanceIdentifier"] == NAME), None)


@contextlib.contextmanager
def managed(endpoint, password):
    print(f"$ aws rds create-db-instance --engine postgres --db-instance-identifier {NAME} …", flush=True)
    aws(endpoint, "create-db-instance", "--engine", "postgres", "--db-instance-identifier", NAME, "--db-instance-class", "db.t3.micro",
        "--allocated-storage", "5", "--master-username", "admin1", "--master-user-password", password, "--db-name", "shop",
        "--backup-retention-period", "0")
    try:
        while (instance := described(endpoint)) and instance["DBInstanceStatus"] == "creating":
            time.sleep(0.2)  # `aws rds wait` looks every 30 s
        if instance["DBInstanceStatus"] != "available":
            raise RuntimeError(instance["DBInstanceStatus"])
        yield instance["Endpoint"]
    finally:
        aws(endpoint, "delete-db-instance", "--db-instance-identifier", NAME, "--skip-final-snapshot")
        while described(endpoint):
            time.sleep(0.2)


class Load:
    """Customers come, buy and go until the source lets nobody write any more."""

    def __init__(self, server):
        self.server = server
        self.committed = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def run(self):
        session = mysql_client.Session(self.server.folder + "/socket", "shop")
        with contextlib.suppress(RuntimeError):
            while not self.ended.is_set():
                customer = random.randrange(1, 20001)
                session.run(f"BEGIN; INSERT IGNORE INTO customer (id, name) VALUES ({customer}, 'back'); "
                            f"INSERT INTO orders (customer_id, total) VALUES ({customer}, {random.randrange(1, 9999)} / 7); "
                            f"UPDATE customer SET mood = 'happy' WHERE id = {customer}; COMMIT")
                session.run(f"DELETE FROM customer WHERE id = {random.randrange(1, 20001)}")
                self.committed += 2
                self.ended.wait(0.002)  # a shop, not a benchmark

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()


def write_private(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def move(program, source, endpoint, password, folder):
    """Addresses hold passwords: they are in files, not in a list of processes."""
    place = f"host={endpoint['Address']} port={endpoint['Port']} dbname=shop user=admin1 password={password}"
    write_private(folder + "/target", place)
    command = ["migrate", "--from", f"mysql://root@localhost/shop?socket={source.folder}/socket", "--to", "@" + folder + "/target",
               "--full-load", "--cdc", "--cutover"]
    print("$ landfall " + " ".join(command), flush=True)
    subprocess.run([program, *command], check=True)
    return place


def main():
    endpoint, program = sys.argv[1:]
    password = secrets.token_hex(12)
    with tempfile.TemporaryDirectory(prefix="landfall-move-") as folder, mariadb.Mariadb("--log-bin=bin", "--server-id=1", "--binlog-format=ROW") as source, \
            managed(endpoint, password) as target:
        source.run(SHOP)
        with Load(source) as load:
            place = move(program, source, target, password, folder)
        print(f"   {load.committed} transactions were committed meanwhile")
        with contextlib.closing(psycopg2.connect(place)) as connection, connection.cursor() as cursor:
            cursor.execute(CHECK.format("shop."))
            there = "\t".join(str(cell) for cell in cursor.fetchone())
        here = source.run(CHECK.format("shop.")).strip()
        print(f"   orders at the source: {here}\n   on the target:        {there}")
        return 0 if here == there else 1


if __name__ == "__main__":
    sys.exit(main())
