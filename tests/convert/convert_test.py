#!/usr/bin/env python3
"""landfall convert as people run it, with a real PostgreSQL behind --apply. Usage: convert_test.py PROGRAM"""
import os
import subprocess
import sys
import tempfile
import unittest

import postgres

PROGRAM = None
SERVER = None

SCHEMA = """
REM a shop
CREATE TABLE customers (
  id NUMBER(10) CONSTRAINT customers_pk PRIMARY KEY,
  name VARCHAR2(40) NOT NULL,
  since DATE DEFAULT SYSDATE
);
CREATE VIEW loud AS SELECT id, UPPER(name) AS name FROM customers;
CREATE SEQUENCE customer_ids START WITH 100;
"""


def query(sql, database="postgres"):
    """What each row says, its columns with a bar between."""
    connection = SERVER.connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
    return ["|".join("" if column is None else str(column) for column in row) for row in rows]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="landfall-convert-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.out = self.folder + "/out"

    def put(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as f:
            return f.read()

    def convert(self, *arguments, code=0, source=None):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        environment["LANDFALL_CONFIG"] = "/nonexistent"  # of no concern to a conversion
        done = subprocess.run([PROGRAM, "convert", "--in", source or self.folder + "/in", "--out", self.out, *arguments],
                              capture_output=True, text=True, timeout=120, check=False, env=environment, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def outputs(self):
        return sorted(name for name in os.listdir(self.out) if not name.startswith("."))


OWNED = """
CREATE VIEW hr.v2 AS SELECT id FROM v1;
CREATE OR REPLACE TYPE hr.pairs AS TABLE OF hr.pair;
/
CREATE OR REPLACE TYPE hr.pair AS OBJECT (a NUMBER, b VARCHAR2(10));
/
CREATE VIEW hr.v1 AS SELECT id, name FROM emp;
CREATE MATERIALIZED VIEW hr.kept AS SELECT id FROM v2;
CREATE INDEX hr.kept_ids ON hr.kept (id);
CREATE TABLE hr.emp (id NUMBER(6) CONSTRAINT emp_pk PRIMARY KEY, name VARCHAR2(20));
CREATE TABLE sales.emp (total NUMBER);
CREATE VIEW sales.totals AS SELECT total FROM emp;
CREATE TABLE counted (n NUMBER DEFAULT base_number(2), p hr.pairs);
CREATE OR REPLACE FUNCTION base_number(n NUMBER) RETURN NUMBER IS r hr.v2%ROWTYPE; BEGIN RETURN n * 2; END;
/
"""


class LoadOrder(Case):
    """all.sql is run once, and stops at the first error."""

    def loaded(self, script):
        self.put("in/a.sql", script)
        done = self.convert()
        database = "o" + os.path.basename(self.folder).replace("-", "_")
        query(f'CREATE DATABASE "{database}"')
        psql = subprocess.run([postgres.programs() + "/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", SERVER.folder,
                               "-U", "postgres", "-d", database, "-f", self.out + "/all.sql"],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(psql.returncode, 0, psql.stderr)
        return database, done

    def test_what_is_needed_comes_first_whatever_its_kind(self):
        database, _ = self.loaded(OWNED)
        query("SET search_path = public, hr; INSERT INTO hr.emp VALUES (7, 'x'); INSERT INTO counted DEFAULT VALUES;"
              "REFRESH MATERIALIZED VIEW hr.kept", database)
        self.assertEqual(query("SELECT n, p FROM counted", database), ["4|"])
        self.assertEqual(query("SELECT id FROM hr.kept", database), ["7"])

    def test_names_without_a_schema_are_the_owner_s(self):
        database, _ = self.loaded(OWNED)
        query("INSERT INTO sales.emp VALUES (3); INSERT INTO hr.emp VALUES (7, 'x')", database)
        self.assertEqual(query("SELECT total FROM sales.totals", database), ["3"])
        self.assertEqual(query("SELECT name FROM hr.v1", database), ["x"])

    def test_a_circle_is_told(self):
        self.put("in/a.sql", "CREATE FORCE VIEW a AS SELECT 1 x FROM b;\nCREATE FORCE VIEW b AS SELECT 1 x FROM a;\n")
        self.convert("--report", self.folder + "/report.html")
        self.assertIn("9041", self.read("report.html"))


class Files(Case):
    def test_a_file_an_object_and_one_of_all(self):
        self.put("in/shop.sql", SCHEMA)
        done = self.convert()
        names = self.outputs()
        self.assertEqual(names[0], "0000_runtime_pack.sql")
        self.assertEqual(names[-1], "all.sql")
        for kind in ("table_customers", "view_loud", "sequence_customer_ids"):
            self.assertTrue(any(name.endswith(f"_{kind}.sql") for name in names), (kind, names))
        everything = self.read("out/all.sql")
        for name in names[:-1]:
            self.assertIn(self.read("out/" + name), everything)
        self.assertRegex(done.stdout, r"(?m)^table +1 ")
        self.assertRegex(done.stdout, r"(?m)^all ")

    def test_layouts_leave_one_or_the_other_out(self):
        self.put("in/shop.sql", SCHEMA)
        self.convert("--layout", "single")
        self.assertEqual(self.outputs(), ["all.sql"])
        self.convert("--layout", "objects")
        self.assertNotIn("all.sql", self.outputs())

    def test_a_second_run_touches_nothing(self):
        self.put("in/shop.sql", SCHEMA)
        self.convert()
        before = {name: os.stat(f"{self.out}/{name}").st_mtime_ns for name in self.outputs()}
        done = self.convert()
        self.assertEqual(before, {name: os.stat(f"{self.out}/{name}").st_mtime_ns for name in self.outputs()})
        self.assertIn(" 0 files written", done.stdout)

    def test_what_an_earlier_run_wrote_goes_and_what_others_wrote_stays(self):
        self.put("in/a.sql", "CREATE TABLE first (a NUMBER);")
        self.put("in/b.sql", "CREATE TABLE second (a NUMBER);")
        self.convert()
        self.put("out/notes.txt", "of a person")
        edited = next(name for name in self.outputs() if "second" in name)
        with open(f"{self.out}/{edited}", "a", encoding="utf-8") as f:
            f.write("-- by hand\n")
        os.remove(self.folder + "/in/b.sql")
        done = self.convert()
        names = self.outputs()
        self.assertNotIn(edited, names)
        self.assertIn(edited + ".edited", names)
        self.assertIn("notes.txt", names)
        self.assertIn(edited + ".edited", done.stdout)
        self.assertTrue(self.read(f"out/{edited}.edited").endswith("-- by hand\n"))

    def test_a_strangers_file_in_the_way_is_an_error_and_nothing_changes(self):
        self.put("in/shop.sql", SCHEMA)
        self.put("out/all.sql", "precious")
        done = self.convert(code=1)
        self.assertIn("all.sql is in the way", done.stderr)
        self.assertEqual(self.outputs(), ["all.sql"])
        self.assertEqual(self.read("out/all.sql"), "precious")

    def test_includes_are_found_beside_their_file_and_read_once(self):
        self.put("in/install.sql", "@@tables/all\n@views.sql\n")
        self.put("in/tables/all.sql", "@@one.sql\n")
        self.put("in/tables/one.sql", "CREATE TABLE one (a NUMBER);\n")
        self.put("in/views.sql", "CREATE VIEW v AS SELECT a FROM one;\n")
        done = self.convert()
        self.assertRegex(done.stdout, r"(?m)^table +1 ")
        self.assertRegex(done.stdout, r"(?m)^view +1 ")
        self.assertIn("3 files are read where others include them", done.stdout)

    def test_files_that_include_each_other_come_to_an_end(self):
        self.put("in/a.sql", "@@b.sql\nCREATE TABLE a (x NUMBER);\n")
        self.put("in/b.sql", "@@a.sql\nCREATE TABLE b (x NUMBER);\n")
        done = self.convert()
        self.assertRegex(done.stdout, r"(?m)^table +2 ")

    def test_the_output_may_lie_within_the_input(self):
        self.put("in/shop.sql", SCHEMA)
        self.out = self.folder + "/in/pg"
        first = self.convert().stdout
        self.assertEqual(first.splitlines()[-1], self.convert().stdout.splitlines()[-1])
        self.out = self.folder + "/in"
        self.assertIn("read and written", self.convert(code=2).stderr)

    def test_variables_come_from_the_command_line(self):
        self.put("in/shop.sql", "CREATE TABLE &name (a NUMBER);\n")
        self.convert("--define", "name=customers")
        self.assertTrue(any(name.endswith("_table_customers.sql") for name in self.outputs()), self.outputs())


class Reports(Case):
    def test_the_suffix_says_which(self):
        self.put("in/shop.sql", SCHEMA)
        wanted = [f"{self.folder}/report{suffix}" for suffix in (".html", ".pdf", ".csv")]
        self.convert(*(argument for name in wanted for argument in ("--report", name)))
        self.assertIn("<html", self.read("report.html"))
        with open(wanted[1], "rb") as f:
            self.assertEqual(f.read(5), b"%PDF-")
        for name in ("report_Summary.csv", "report.csv", "report_Action_Items_Summary.csv"):
            self.assertTrue(self.read(name).startswith('"'), name)

    def test_a_suffix_that_is_none_is_told_before_anything_is_written(self):
        self.put("in/shop.sql", SCHEMA)
        self.assertIn("expected a name in .html", self.convert("--report", "report.doc", code=2).stderr)
        self.assertFalse(os.path.exists(self.out))


class BadInput(Case):
    def test_wrong_usage_is_told_in_a_sentence(self):
        self.put("in/shop.sql", SCHEMA)
        self.put("settings.toml", "# ours\npackages = \"both\"\n")
        settings = self.folder + "/settings.toml"
        for arguments, said in ((["--check"], "--check needs --apply"), (["--define", "x"], "expected NAME=VALUE"),
                                (["--settings", settings], "settings.toml line 2: packages: expected \"schema\" or \"prefix\""),
                                (["--from", "db2"], "--from"), (["--apply", "nonsense password=secret"], "no connection string")):
            done = self.convert(*arguments, code=2)
            self.assertIn(said, done.stderr + done.stdout)
            self.assertNotIn("secret", done.stderr + done.stdout)

    def test_a_key_that_is_none_is_told_with_its_line(self):
        self.put("in/shop.sql", SCHEMA)
        settings = self.put("settings.toml", "\n\npackage = \"schema\"\n")
        self.assertIn("line 3: package: there is no such setting", self.convert("--settings", settings, code=2).stderr)

    def test_nothing_to_read_is_an_error(self):
        os.mkdir(self.folder + "/in")
        self.assertIn("there is no script", self.convert(code=2).stderr)
        self.assertIn("no such file", self.convert(code=1, source=self.folder + "/nowhere").stderr)

    def test_a_server_that_does_not_answer_is_an_error(self):
        self.put("in/shop.sql", SCHEMA)
        done = self.convert("--apply", f"host={self.folder} password=secret", code=1)
        self.assertIn("--apply", done.stderr)
        self.assertNotIn("secret", done.stderr + done.stdout)

    def test_garbage_is_no_crash(self):
        with open(self.put("in/garbage.sql", ""), "wb") as f:
            f.write(bytes(range(256)) * 64 + b"'")
        self.convert()


class Apply(Case):
    def setUp(self):
        super().setUp()
        self.database = "t" + os.path.basename(self.folder).replace("-", "_")
        query(f'CREATE DATABASE "{self.database}"')
        self.dsn = f"host={SERVER.folder} user=postgres dbname={self.database}"

    def query(self, sql):
        return query(sql, self.database)

    def test_a_schema_is_there_and_works(self):
        self.put("in/shop.sql", SCHEMA)
        self.convert("--apply", self.dsn)
        self.query("INSERT INTO customers (id, name) VALUES (1, 'ada')")
        self.assertEqual(self.query("SELECT name FROM loud"), ["ADA"])
        self.assertEqual(self.query("SELECT count(*) FROM customers WHERE since IS NOT NULL"), ["1"])
        self.assertEqual(self.query("SELECT nextval('customer_ids')"), ["100"])

    def test_owners_are_schemas(self):
        self.put("in/two.sql", "CREATE TABLE shop.items (id NUMBER(10) PRIMARY KEY);\n"
                               "CREATE TABLE \"Back\".orders (item NUMBER(10) REFERENCES shop.items (id));\n")
        self.convert("--apply", self.dsn)
        self.assertEqual(self.query("SELECT conrelid::regclass, confrelid::regclass FROM pg_constraint "
                                    "WHERE contype = 'f'"), ['"Back".orders|shop.items'])

    def test_what_is_there_already_is_told_and_left_alone(self):
        self.put("in/shop.sql", "CREATE TABLE customers (id NUMBER(10) PRIMARY KEY);")
        self.query("CREATE TABLE customers (mine int)")
        done = self.convert("--apply", self.dsn, code=1)
        self.assertIn("was there", done.stdout)
        self.assertEqual(self.query("SELECT attname FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attnum > 0"),
                         ["mine"])

    def test_all_sql_loads_by_psql_too(self):
        self.put("in/shop.sql", SCHEMA)
        self.convert()
        self.query(self.read("out/all.sql"))
        self.assertEqual(self.query("SELECT count(*) FROM loud"), ["0"])

    def test_routines_are_checked_where_they_were_made(self):
        self.put("in/code.sql", """
CREATE TABLE customers (id NUMBER(10) PRIMARY KEY);
CREATE OR REPLACE PROCEDURE good IS n NUMBER; BEGIN SELECT COUNT(*) INTO n FROM customers; END;
/
CREATE OR REPLACE PROCEDURE bad IS n NUMBER; BEGIN SELECT COUNT(*) INTO n FROM nowhere; END;
/
""")
        done = self.convert("--apply", self.dsn, "--check", code=1)
        self.assertIn("2 routines checked, 1 faults", done.stdout)
        self.assertRegex(done.stderr, r"bad\(\): line \d+: 42P01 .*nowhere")
        self.assertEqual(self.query("SELECT count(*) FROM pg_extension WHERE extname = 'plpgsql_check'"), ["0"])


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if postgres.programs() is None:
        sys.exit(postgres.SKIP)
    with postgres.Postgres() as SERVER:
        outcome = unittest.main(exit=False).result
    sys.exit(not outcome.wasSuccessful())
