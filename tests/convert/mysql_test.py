#!/usr/bin/env python3
"""landfall convert --from mariadb against a real MariaDB and a real PostgreSQL: what the one says of its schema is
converted, loaded in the other, and both are asked. Usage: mysql_test.py PROGRAM"""
import decimal
import os
import subprocess
import sys
import tempfile
import unittest

import mariadb
import postgres

PROGRAM = None
SOURCE = None
TARGET = None

SHOP = """
CREATE DATABASE shop CHARACTER SET utf8mb4;
USE shop;
CREATE TABLE country (
  code char(2) NOT NULL PRIMARY KEY COMMENT 'of ISO 3166',
  name varchar(60) NOT NULL,
  UNIQUE KEY name (name)
) COMMENT='where customers live';
CREATE TRIGGER upper_code BEFORE INSERT ON country FOR EACH ROW SET NEW.code = upper(NEW.code);
CREATE TABLE customer (
  id int unsigned NOT NULL AUTO_INCREMENT,
  Country char(2) DEFAULT NULL,
  email varchar(120) NOT NULL,
  rating enum('low','it''s high','top') NOT NULL DEFAULT 'low',
  tags set('new','vip') NOT NULL DEFAULT '',
  active tinyint(1) NOT NULL DEFAULT 1,
  flags bit(5) NOT NULL DEFAULT b'101',
  credit decimal(12,2) unsigned NOT NULL DEFAULT 0.00,
  points bigint(20) unsigned DEFAULT 18446744073709551615,
  share double DEFAULT 0.5,
  born year(4) DEFAULT 1990,
  opens time DEFAULT '08:30:00',
  since date NOT NULL DEFAULT '2020-02-29',
  seen datetime(3) DEFAULT '2021-01-02 03:04:05.678',
  made timestamp NOT NULL DEFAULT current_timestamp(),
  changed timestamp NULL DEFAULT NULL ON UPDATE current_timestamp(),
  doc json DEFAULT '{"a": 1}',
  raw varbinary(16) DEFAULT 'a\\\\b',
  note text,
  `order` smallint DEFAULT -7,
  label varchar(80) GENERATED ALWAYS AS (concat(upper(email), '/', `order`)) STORED,
  PRIMARY KEY (id),
  UNIQUE KEY mail (email),
  KEY country (Country),
  KEY name_begin (note(20)),
  KEY seen (seen DESC, id),
  CONSTRAINT lives FOREIGN KEY (Country) REFERENCES country (code) ON UPDATE CASCADE ON DELETE SET NULL,
  CONSTRAINT some_credit CHECK (credit <= 1000000)
) AUTO_INCREMENT=500;
CREATE TABLE purchase (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer int unsigned NOT NULL,
  placed datetime NOT NULL,
  amount decimal(10,2) NOT NULL,
  remark text,
  KEY country (placed),
  FULLTEXT KEY words (remark),
  FOREIGN KEY (customer) REFERENCES customer (id) ON DELETE CASCADE
);
CREATE TABLE line (
  purchase bigint unsigned NOT NULL,
  number int NOT NULL,
  what varchar(40) NOT NULL,
  PRIMARY KEY (purchase, number),
  CONSTRAINT of_purchase FOREIGN KEY (purchase) REFERENCES purchase (id)
);
CREATE TABLE visit (
  day date NOT NULL, visitor int NOT NULL, hits int DEFAULT 0,
  PRIMARY KEY (day, visitor)
) PARTITION BY RANGE (YEAR(day)) (
  PARTITION old VALUES LESS THAN (2020), PARTITION recent VALUES LESS THAN (2022), PARTITION later VALUES LESS THAN MAXVALUE);
CREATE SEQUENCE ticket START WITH 100 INCREMENT BY 5;
CREATE VIEW customer_list AS
  SELECT c.id, concat(c.email, ' (', c.Country, ')') AS who, if(c.active, 'yes', 'no') AS is_active,
         ifnull(k.name, '?') AS country, date_format(c.since, '%Y/%m/%d') AS since,
         c.since + INTERVAL 1 MONTH AS due, c.id <=> NULL AS never, c.credit / 3 AS third, c.`order` DIV 2 AS half
  FROM customer c LEFT JOIN country k ON k.code = c.Country ORDER BY c.Country, c.id;
CREATE VIEW sales AS
  SELECT c.email, count(0) AS purchases, sum(p.amount) AS total,
         group_concat(p.remark ORDER BY p.id DESC SEPARATOR '; ') AS remarks, max(year(p.placed)) AS last_year
  FROM customer c JOIN purchase p ON p.customer = c.id GROUP BY c.email HAVING total > 5 LIMIT 10;
CREATE VIEW per_country AS
  SELECT k.code, k.name, count(c.id) AS customers FROM country k LEFT JOIN customer c ON c.Country = k.code GROUP BY k.code;
"""

ROWS = """
INSERT INTO {0}country VALUES ('AT','Austria'), ('DE','Germany'), ('xx','Nowhere');
INSERT INTO {0}customer (email, country) VALUES ('ann@example.org', 'AT'), ('bob@example.org', NULL);
INSERT INTO {0}purchase (customer, placed, amount, remark) VALUES
  (500, '2021-05-06 07:08:09', 12.50, 'first'), (500, '2022-05-06 07:08:09', 1.25, 'second'), (501, '2020-01-01 00:00:00', 3, 'small');
INSERT INTO {0}visit VALUES ('2019-12-31', 1, 5), ('2020-01-01', 1, 6), ('2030-01-01', 1, 7);
"""


def convert(text, *arguments):
    """The conversion of a script: what psql gets."""
    with tempfile.TemporaryDirectory(prefix="landfall-convert-") as folder:
        with open(folder + "/in.sql", "w", encoding="utf-8") as f:
            f.write(text)
        done = subprocess.run([PROGRAM, "convert", "--from", "mariadb", "--in", folder + "/in.sql", "--out", folder + "/out", "--layout",
                               "single", *arguments], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "LANDFALL_CONFIG": "/nonexistent"})
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        with open(folder + "/out/all.sql", encoding="utf-8") as f:
            return f.read()


class Loaded:
    """A database of PostgreSQL's with a converted script in it."""

    def __init__(self, name, script):
        admin = TARGET.connect()
        with admin.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        admin.close()
        self.connection = TARGET.connect(name)
        with self.connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute(script)

    def rows(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(self.text(v) for v in row) for row in cursor.fetchall()]

    @staticmethod
    def text(value):
        if value is None:
            return None
        return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)

    def run(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)


def source_rows(sql, database="shop"):
    lines = SOURCE.run(sql, database).splitlines()
    return [tuple(None if v == "NULL" else v for v in line.split("\t")) for line in lines]


class Dump(unittest.TestCase):
    """The dump of a schema, as mariadb-dump --no-data writes it."""

    @classmethod
    def setUpClass(cls):
        SOURCE.run(SHOP)
        cls.dump = SOURCE.dump("shop", "--no-data", "--routines", "--triggers")
        cls.script = convert(cls.dump)
        cls.loaded = Loaded("dumped", cls.script)
        cls.loaded.run(ROWS.format(""))
        SOURCE.run(ROWS.format("shop."))

    @classmethod
    def tearDownClass(cls):
        cls.loaded.connection.close()

    def test_every_column_is_there_with_its_nullability(self):
        source = source_rows("SELECT lower(table_name), lower(column_name), is_nullable FROM information_schema.columns "
                             "WHERE table_schema = 'shop' AND table_name IN (SELECT table_name FROM information_schema.tables "
                             "WHERE table_schema = 'shop' AND table_type = 'BASE TABLE') ORDER BY 1, ordinal_position")
        target = self.loaded.rows("SELECT table_name, column_name, is_nullable FROM information_schema.columns WHERE "
                                  "table_schema = 'public' AND table_name IN ('country', 'customer', 'line', 'purchase', 'visit') "
                                  "ORDER BY 1, ordinal_position")
        self.assertEqual(source, target)

    def test_keys_and_foreign_keys_are_those_of_the_source(self):
        source = source_rows("SELECT lower(table_name), constraint_type, count(*) FROM information_schema.table_constraints WHERE "
                             "table_schema = 'shop' AND constraint_type <> 'CHECK' GROUP BY 1, 2 ORDER BY 1, 2")
        target = self.loaded.rows(
            "SELECT c.relname, CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' ELSE 'FOREIGN KEY' END, count(*) "
            "FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid WHERE NOT c.relispartition AND k.contype IN ('p', 'u', 'f') "
            "AND c.relnamespace = 'public'::regnamespace GROUP BY 1, 2 ORDER BY 1, 2")
        self.assertEqual(source, target)
        actions = self.loaded.rows("SELECT confupdtype, confdeltype FROM pg_constraint WHERE conname = 'lives'")
        self.assertEqual(actions, [("c", "n")])

    def test_every_index_is_there(self):
        source = source_rows("SELECT count(DISTINCT table_name, index_name) FROM information_schema.statistics WHERE table_schema = 'shop'")
        target = self.loaded.rows("SELECT count(*) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid WHERE "
                                  "c.relnamespace = 'public'::regnamespace AND NOT c.relispartition")
        self.assertEqual(source, target)

    def test_defaults_give_the_same_row(self):
        columns = ("id, rating, tags, active, credit, points, share, born, opens, since, seen, note, `order`, label, "
                   "changed, hex(raw), flags + 0, json_value(doc, '$.a')")
        source = source_rows(f"SELECT {columns} FROM customer ORDER BY id")
        target = self.loaded.rows("SELECT id, rating, tags, active, credit, points, share, born, to_char(opens, 'HH24:MI:SS'), since, "
                                  "to_char(seen, 'YYYY-MM-DD HH24:MI:SS.MS'), note, \"order\", label, changed, upper(encode(raw, 'hex')), "
                                  "flags::integer, doc->>'a' FROM customer ORDER BY id")
        self.assertEqual(source, target)

    def test_automatic_numbers_go_on_where_the_source_does(self):
        self.assertEqual(self.loaded.rows("SELECT min(id), max(id) FROM customer"), [("500", "501")])
        self.assertEqual(self.loaded.rows("SELECT nextval('ticket'), nextval('ticket')"), [("100", "105")])

    def test_an_update_sets_the_time(self):
        self.loaded.run("UPDATE customer SET note = 'x' WHERE id = 501")
        self.assertEqual(self.loaded.rows("SELECT changed IS NOT NULL FROM customer WHERE id = 501"), [("True",)])
        self.loaded.run("UPDATE customer SET note = NULL, changed = '2001-01-01' WHERE id = 501")
        self.loaded.run("UPDATE customer SET changed = NULL WHERE id = 501")
        self.loaded.run("ALTER TABLE customer DISABLE TRIGGER on_update")
        self.loaded.run("UPDATE customer SET changed = NULL WHERE id = 501")
        self.loaded.run("ALTER TABLE customer ENABLE TRIGGER on_update")

    def test_rows_go_into_their_partitions(self):
        self.assertEqual(self.loaded.rows("SELECT tableoid::regclass, hits FROM visit ORDER BY hits"),
                         [("visit_old", "5"), ("visit_recent", "6"), ("visit_later", "7")])

    def test_comments_are_kept(self):
        self.assertEqual(self.loaded.rows("SELECT obj_description('country'::regclass), col_description('country'::regclass, 1)"),
                         [("where customers live", "of ISO 3166")])

    def test_views_give_the_same_rows(self):
        def plain(rows):
            return [tuple(v if v is None else v.rstrip("0").rstrip(".") if "." in v and v.replace(".", "").isdigit() else v for v in row)
                    for row in rows]
        for view in ("customer_list", "sales", "per_country"):
            order = "" if view == "customer_list" else " ORDER BY 1"
            source = plain(source_rows(f"SELECT * FROM {view}{order}"))
            target = plain(self.loaded.rows(f"SELECT * FROM {view}{order}"))
            for row, other in zip(source, target):
                for value, against in zip(row, other):
                    if value is not None and value.replace(".", "").isdigit() and "." in value:
                        self.assertAlmostEqual(float(value), float(against), places=3)
                    else:
                        self.assertEqual(value, against, view)
            self.assertEqual(len(source), len(target), view)

    def test_the_same_dump_converts_to_the_same_text(self):
        self.assertEqual(self.script, convert(self.dump))


class ShowCreate(unittest.TestCase):
    def test_what_show_create_table_says_is_a_script(self):
        SOURCE.run("CREATE DATABASE one; USE one; CREATE TABLE a (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, k int, KEY k (k));"
                   "CREATE TABLE b (id int NOT NULL PRIMARY KEY, k int, KEY k (k), CONSTRAINT to_a FOREIGN KEY (k) REFERENCES a (id))")
        answers = [SOURCE.run(f"SHOW CREATE TABLE {table}", "one").split("\t", 1)[1] for table in ("b", "a")]
        loaded = Loaded("shown", convert("".join(answers)))
        self.assertEqual(loaded.rows("SELECT relname FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace ORDER BY 1"),
                         [("a_k",), ("a_pkey",), ("b_k",), ("b_pkey",)])
        loaded.connection.close()

    def test_rows_of_a_dump_arrive(self):
        SOURCE.run("CREATE DATABASE rows_; USE rows_; CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, b bit(9), v varbinary(9),"
                   " s varchar(20), d decimal(5,2)); INSERT INTO t VALUES (7, b'100000001', x'00ff27', 'it''s\\n\\\\', -1.5), (9, NULL, NULL, NULL, NULL)")
        loaded = Loaded("dumped_rows", convert(SOURCE.dump("rows_", "--hex-blob")))
        self.assertEqual(loaded.rows("SELECT id, b::text, encode(v, 'hex'), s, d FROM t ORDER BY id"),
                         [("7", "100000001", "00ff27", "it's\n\\", "-1.50"), ("9", None, None, None, None)])
        self.assertEqual(loaded.rows("INSERT INTO t DEFAULT VALUES RETURNING id"), [("10",)])
        loaded.connection.close()


def main():
    global PROGRAM, SOURCE, TARGET
    if postgres.programs() is None or not mariadb.installed():
        print("PostgreSQL or MariaDB is not installed")
        return postgres.SKIP
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    with mariadb.Mariadb() as SOURCE, postgres.Postgres() as TARGET:
        return 0 if unittest.main(exit=False, verbosity=1).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
