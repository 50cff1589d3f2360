#!/usr/bin/env python3
"""A schema of Oracle's becomes one of PostgreSQL's and works there. Usage: demo_convert.py PROGRAM REPORT.html

The schema is tools/demo_schema, our own; the PostgreSQL is started for this and gone at the end.
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../tests/convert")
import postgres  # noqa: E402

QUESTIONS = [
    "INSERT INTO places (place_id, name) VALUES (1, 'Delft')",
    "INSERT INTO people (name, salary, place_id) VALUES ('Ada', 5000, 1)",
    "CALL payroll.give_raise(1000, 10)",
    "SELECT name, place, side FROM people_by_place",
    "SELECT before, after FROM raises",
    "SELECT payroll.cost_of(1)",
]


def main():
    program, report = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="landfall-convert-") as folder, postgres.Postgres() as server:
        done = subprocess.run([program, "convert", "--from", "oracle", "--to", "postgresql", "--in", HERE + "/demo_schema",
                               "--out", folder + "/out", "--report", report, "--apply", f"host={server.folder} user=postgres dbname=postgres", "--check"],
                              check=False)
        connection = server.connect()
        with connection.cursor() as cursor:
            for sql in QUESTIONS:
                print(f"postgres=# {sql};")
                cursor.execute(sql)
                for row in cursor.fetchall() if cursor.description else []:
                    print("           " + " | ".join(str(column) for column in row))
        connection.close()
        print(f"the report is {report}")
        return done.returncode


if __name__ == "__main__":
    sys.exit(main())
