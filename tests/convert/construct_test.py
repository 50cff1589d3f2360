#!/usr/bin/env python3
"""One executed case for each construct of scripts, tables and queries in docs/convert/constructs.md: converted,
applied to a real PostgreSQL, and asked for what Oracle would answer. Usage: construct_test.py PROGRAM"""
import glob
import os
import re
import sys
import unittest

import code_test
import postgres


class Construct(code_test.Code):
    def rows(self, sql):
        """What each row says, its columns with a blank between."""
        connection = code_test.SERVER.connect(self.database)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET search_path = public, oracle_ext; " + sql)
                return [" ".join("-" if column is None else str(column) for column in row) for row in cursor.fetchall()]
        finally:
            connection.close()

    def put_before(self, sql):
        self.run_sql(self.database, sql)

    def gives(self, script, query, expected):
        """The converted script, applied, answers so."""
        text = self.loaded(script)
        self.assertEqual(self.rows(query), expected, text[-3000:])
        return text

    def shows(self, script, expected):
        """The procedure SHOWN of the script prints these lines."""
        text = self.loaded(script)
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), expected, text[-3000:])
        return text

    def selects(self, setup, query, expected):
        """A view of this query gives these rows."""
        return self.gives(setup + "\nCREATE OR REPLACE VIEW asked AS " + query + ";\n", "SELECT * FROM asked", expected)

    def refuses(self, sql, state):
        import psycopg2
        with self.assertRaises(psycopg2.Error) as raised:
            self.rows(sql)
        self.assertEqual(raised.exception.pgcode, state, raised.exception)


EMPLOYEES = """
CREATE TABLE emp (id NUMBER(6) PRIMARY KEY, name VARCHAR2(20), boss NUMBER(6), dept NUMBER(4), pay NUMBER(8,2));
CREATE TABLE dept (id NUMBER(4) PRIMARY KEY, name VARCHAR2(20));
INSERT INTO dept VALUES (1, 'north');
INSERT INTO dept VALUES (2, 'south');
INSERT INTO emp VALUES (1, 'king', NULL, 1, 500);
INSERT INTO emp VALUES (2, 'ada', 1, 1, 300);
INSERT INTO emp VALUES (3, 'bob', 1, NULL, 200.5);
INSERT INTO emp VALUES (4, 'cid', 2, 2, 300);
"""


class Scripts(Construct):
    def test_variables(self):
        self.gives("DEFINE size = 7\nDEFINE word = hello\nCREATE TABLE t (a VARCHAR2(&size));\n"
                   "INSERT INTO t VALUES ('&&word');\n", "SELECT a, length(a) FROM t", ["hello 5"])

    def test_commands(self):
        text = self.gives("SET ECHO OFF\nREM it's a remark\nPROMPT it's told\nSPOOL x.log\nCREATE TABLE t (a NUMBER);\nSHOW ERRORS\n"
                          "HOST rm x\n", "SELECT count(*) FROM t", ["0"])
        self.assertIn("9004", text)

    def test_encodings(self):
        source = "CREATE TABLE t (a VARCHAR2(10));\nINSERT INTO t VALUES ('é€');\n"
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
            with self.subTest(encoding):
                self.setUp()
                with open(self.folder + "/bytes.sql", "wb") as file:
                    file.write(source.encode(encoding))
                self.loaded("@bytes.sql\n")
                self.assertEqual(self.rows("SELECT a FROM t"), ["é€"])

    def test_branches(self):
        text = self.shows("""
CREATE OR REPLACE PROCEDURE shown IS
$IF FALSE $THEN
  n NUMBER := 1;
BEGIN
$ELSE
  n NUMBER := 2;
BEGIN
$END
  DBMS_OUTPUT.PUT_LINE(n);
END;
/
""", ["2"])
        self.assertIn("n NUMBER := 1", text)

    def test_comments(self):
        text = self.gives("-- it's first; really\nCREATE TABLE t (\n  a VARCHAR2(20) DEFAULT 'a /* b */ -- c' -- behind it\n);\n",
                          "INSERT INTO t DEFAULT VALUES RETURNING a", ["a /* b */ -- c"])
        self.assertIn("-- it's first; really", text)
        self.assertIn("-- behind it", text)

    def test_what_is_not_ended(self):
        text = self.gives("CREATE TABLE t (a NUMBER);\nINSERT INTO t VALUES ('abc);\n", "SELECT count(*) FROM t", ["0"])
        self.assertIn("9007", text)


    def test_formats_of_the_session(self):
        self.gives("ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY';\nCREATE TABLE t (d DATE);\nINSERT INTO t VALUES ('03.04.2024');\n",
                   "SELECT d FROM t", ["2024-04-03 00:00:00"])

    def test_anonymous_blocks(self):
        self.gives("CREATE TABLE t (a NUMBER);\nDECLARE\n  n NUMBER := 3;\nBEGIN\n  INSERT INTO t VALUES (n * 2);\nEND;\n/\n",
                   "SELECT a FROM t", ["6"])


class Documentation(unittest.TestCase):
    def test_each_case_that_it_names_is_there(self):
        here = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(here, "../../docs/convert/constructs.md"), encoding="utf-8") as file:
            named = set(re.findall(r"\btest_\w+(?<!_test)\b", file.read().split("## The cases")[1]))
        made = set()
        for path in glob.glob(os.path.join(here, "*_test.py")):
            with open(path, encoding="utf-8") as file:
                made |= set(re.findall(r"def (test_\w+)", file.read()))
        self.assertEqual(named - made, set())


class Tables(Construct):
    def test_what_no_script_makes(self):
        self.put_before("CREATE SCHEMA elsewhere; CREATE TYPE elsewhere.kind AS (a int); CREATE TABLE elsewhere.t (a int)")
        text = self.gives("CREATE TABLE t (a elsewhere.kind, n NUMBER);\nCREATE VIEW v AS SELECT a FROM elsewhere.t;\n",
                          "SELECT count(*) FROM v", ["0"])
        self.assertIn("9038", text)

    def test_types(self):
        self.gives("""CREATE TABLE t (a NUMBER, b NUMBER(5,2), c VARCHAR2(5), d DATE, e TIMESTAMP(3), f RAW(4), g CLOB, h BLOB,
  i CHAR(3), j FLOAT, k BINARY_DOUBLE, l INTERVAL DAY TO SECOND, m NVARCHAR2(3), n LONG, o NUMBER(*,1), p INTEGER);
INSERT INTO t (a, b, c, d, e, f, i, o, l) VALUES (1/4, 1.005, 'abc', TO_DATE('2024-02-29 13:14:15', 'YYYY-MM-DD HH24:MI:SS'),
  TIMESTAMP '2024-02-29 13:14:15.1239', HEXTORAW('0AFF'), 'x', 2.25, INTERVAL '1 2:03:04' DAY TO SECOND);
""", "SELECT a, b, c, d, e, encode(f, 'hex'), i || '|', o, l FROM t",
                   ["0.25000000000000000000 1.01 abc 2024-02-29 13:14:15 2024-02-29 13:14:15.124000 0aff x| 2.3 1 day, 2:03:04"])

    def test_numbers_as_integers(self):
        text = self.gives("CREATE TABLE t (a NUMBER(4), b NUMBER(9), c NUMBER(18), d NUMBER(19));\n",
                          "SELECT string_agg(format_type(atttypid, atttypmod), ' ' ORDER BY attnum) FROM pg_attribute "
                          "WHERE attrelid = 't'::regclass AND attnum > 0", ["smallint integer bigint numeric(19,0)"])
        self.assertIn("9037", text)

    def test_types_of_oracles_own(self):
        text = self.gives("CREATE TABLE t (a NUMBER, place SDO_GEOMETRY);\n", "SELECT count(place) FROM t", ["0"])
        self.assertIn("5028", text)

    def test_constraints(self):
        self.gives("""CREATE TABLE p (id NUMBER(10) PRIMARY KEY, code VARCHAR2(3) UNIQUE);
CREATE TABLE t (p NUMBER(10) REFERENCES p ON DELETE CASCADE, n NUMBER CHECK (n > 0), m VARCHAR2(3) NOT NULL);
INSERT INTO p VALUES (1, 'a');
INSERT INTO t VALUES (1, 2, 'x');
""", "DELETE FROM p; SELECT count(*) FROM t", ["0"])
        self.refuses("INSERT INTO t VALUES (7, 1, 'x') RETURNING 1", "23503")
        self.refuses("INSERT INTO t VALUES (NULL, 0, 'x') RETURNING 1", "23514")
        self.refuses("INSERT INTO t VALUES (NULL, 1, NULL) RETURNING 1", "23502")

    def test_constraints_that_do_not_hold(self):
        text = self.gives("""CREATE TABLE t (a NUMBER, b NUMBER, CONSTRAINT off_ CHECK (a > 0) DISABLE);
INSERT INTO t VALUES (-1, -1);
ALTER TABLE t ADD CONSTRAINT from_now CHECK (b > 0) ENABLE NOVALIDATE;
""", "SELECT convalidated FROM pg_constraint WHERE conname = 'from_now'", ["False"])
        self.assertIn("9031", text)
        self.refuses("INSERT INTO t VALUES (-1, -1) RETURNING 1", "23514")

    def test_tables_that_cannot_be_partitioned(self):
        text = self.gives("CREATE TABLE t (a NUMBER(4) PRIMARY KEY, b NUMBER(4)) PARTITION BY RANGE (b) (PARTITION p VALUES LESS THAN (5));\n"
                          "INSERT INTO t VALUES (1, 1);\n", "SELECT relkind FROM pg_class WHERE relname = 't'", ["r"])
        self.assertIn("9035", text)

    def test_defaults(self):
        text = self.gives("CREATE TABLE t (a NUMBER, b NUMBER DEFAULT 7, c NUMBER DEFAULT ON NULL 8, d DATE DEFAULT SYSDATE);\n"
                          "INSERT INTO t (a) VALUES (1);\n", "SELECT b, c, d IS NULL FROM t", ["7 8 False"])
        self.assertIn("9030", text)

    def test_identity(self):
        self.gives("CREATE TABLE t (id NUMBER GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 2), a NUMBER);\n"
                   "INSERT INTO t (a) VALUES (1);\nINSERT INTO t (a) VALUES (2);\n", "SELECT id FROM t ORDER BY 1", ["5", "7"])

    def test_virtual_columns(self):
        text = self.gives("CREATE TABLE t (a NUMBER, b NUMBER, s NUMBER GENERATED ALWAYS AS (a + b) VIRTUAL, c VARCHAR2(5), u AS (UPPER(c) || a));\n"
                          "INSERT INTO t (a, b, c) VALUES (1, 2, 'x');\n", "SELECT s, u FROM t", ["3 X1"])
        self.assertIn("5554", text)

    def test_temporary_tables(self):
        text = self.loaded("""CREATE GLOBAL TEMPORARY TABLE held (a NUMBER) ON COMMIT PRESERVE ROWS;
CREATE OR REPLACE PROCEDURE shown IS
  n NUMBER;
BEGIN
  INSERT INTO held VALUES (1);
  SELECT COUNT(*) INTO n FROM held;
  DBMS_OUTPUT.PUT_LINE(n);
END;
/
""")
        self.assertIn("5198", text)
        made = text[text.index("CREATE TEMPORARY TABLE"):].split(";")[0]  # what each session does first
        self.assertEqual(self.run_sql(self.database, made + "; CALL shown()"), ["1"])

    def test_partitions(self):
        text = self.gives("""CREATE TABLE r (d DATE, n NUMBER) PARTITION BY RANGE (d) SUBPARTITION BY LIST (n) SUBPARTITION TEMPLATE
  (SUBPARTITION a VALUES (1), SUBPARTITION b VALUES (DEFAULT))
  (PARTITION p1 VALUES LESS THAN (DATE '2024-01-01'), PARTITION p2 VALUES LESS THAN (MAXVALUE));
CREATE TABLE l (c VARCHAR2(5)) PARTITION BY LIST (c) (PARTITION x VALUES ('a', 'b'), PARTITION y VALUES (DEFAULT));
CREATE TABLE h (n NUMBER(6)) PARTITION BY HASH (n) PARTITIONS 3;
INSERT INTO r VALUES (DATE '2023-05-05', 1);
INSERT INTO r VALUES (DATE '2024-05-05', 2);
INSERT INTO l VALUES ('b');
INSERT INTO h VALUES (4);
""", "SELECT (SELECT count(DISTINCT tableoid) FROM r), (SELECT count(*) FROM l), (SELECT count(*) FROM h)", ["2 1 1"])
        self.assertIn("5201", text)

    def test_intervals_of_partitions(self):
        text = self.gives("CREATE TABLE t (d DATE) PARTITION BY RANGE (d) INTERVAL (NUMTOYMINTERVAL(1, 'MONTH')) "
                          "(PARTITION p VALUES LESS THAN (DATE '2024-01-01'));\nINSERT INTO t VALUES (DATE '2024-06-01');\n",
                          "SELECT count(*) FROM t", ["1"])
        self.assertIn("5201", text)

    def test_tables_of_other_organizations(self):
        text = self.gives("""CREATE TABLE i (a NUMBER PRIMARY KEY, b NUMBER) ORGANIZATION INDEX TABLESPACE users PCTFREE 5;
CREATE TABLE e (a NUMBER, b VARCHAR2(5)) ORGANIZATION EXTERNAL (TYPE ORACLE_LOADER DEFAULT DIRECTORY d
  ACCESS PARAMETERS (RECORDS DELIMITED BY NEWLINE FIELDS TERMINATED BY ',') LOCATION ('e.csv'));
INSERT INTO i VALUES (1, 2);
""", "SELECT b, (SELECT count(*) FROM e) FROM i", ["2 0"])
        self.assertIn("5581", text)
        self.assertIn("5200", text)

    def test_object_tables(self):
        text = self.gives("CREATE TYPE pt AS OBJECT (x NUMBER, y NUMBER);\n/\nCREATE TABLE pts OF pt (x PRIMARY KEY);\n"
                          "INSERT INTO pts VALUES (1, 2);\nINSERT INTO pts VALUES (pt(3, 4));\n", "SELECT x, y FROM pts ORDER BY x", ["1 2", "3 4"])
        self.assertIn("5196", text)

    def test_alter_table(self):
        self.gives("""CREATE TABLE t (a NUMBER(4), b VARCHAR2(5), z NUMBER) STORAGE (INITIAL 64K) TABLESPACE x NOLOGGING;
ALTER TABLE t ADD (c NUMBER DEFAULT 3, d DATE);
ALTER TABLE t MODIFY (b VARCHAR2(50) NOT NULL);
ALTER TABLE t RENAME COLUMN a TO aa;
ALTER TABLE t DROP COLUMN z;
INSERT INTO t (aa, b) VALUES (1, 'a longer text');
""", "SELECT * FROM t", ["1 a longer text 3 -"])


class BesideTables(Construct):
    def test_indexes(self):
        text = self.gives("""CREATE TABLE t (a NUMBER(6), b VARCHAR2(20), c NUMBER(1), j CLOB);
CREATE UNIQUE INDEX u ON t (UPPER(b));
CREATE INDEX d ON t (a DESC, NVL(c, 0));
CREATE BITMAP INDEX m ON t (c);
CREATE INDEX r ON t (a) REVERSE TABLESPACE x ONLINE;
CREATE INDEX w ON t (j) INDEXTYPE IS CTXSYS.CONTEXT;
INSERT INTO t (b) VALUES ('x');
""", "SELECT count(*) FROM pg_indexes WHERE tablename = 't'", ["5"])
        self.assertIn("5206", text)
        self.assertIn("5208", text)
        self.refuses("INSERT INTO t (b) VALUES ('X') RETURNING 1", "23505")

    def test_indexes_of_keys(self):
        text = self.gives("CREATE TABLE t (a NUMBER(6));\nCREATE UNIQUE INDEX t_pk ON t (a);\n"
                          "ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY (a) USING INDEX t_pk;\n",
                          "SELECT count(*) FROM pg_indexes WHERE tablename = 't'", ["1"])
        self.assertIn("9034", text)

    def test_sequences(self):
        self.gives("CREATE SEQUENCE s START WITH 3 INCREMENT BY 2 MAXVALUE 6 MINVALUE 1 CYCLE NOCACHE ORDER;\n"
                   "CREATE SEQUENCE down INCREMENT BY -1 START WITH -1 MAXVALUE 9999999999999999999999999999;\n",
                   "SELECT nextval('s'), nextval('s'), nextval('s'), nextval('down')", ["3 5 1 -1"])

    def test_views(self):
        text = self.gives(EMPLOYEES + """
CREATE OR REPLACE FORCE VIEW rich (id, who, much) AS SELECT id, name, pay FROM emp WHERE pay >= 300 WITH CHECK OPTION CONSTRAINT c;
CREATE VIEW fixed_ AS SELECT name FROM emp WITH READ ONLY;
""", "SELECT who FROM rich ORDER BY who", ["ada", "cid", "king"])
        self.assertIn("5075", text)
        self.refuses("INSERT INTO rich VALUES (9, 'poor', 1) RETURNING 1", "44000")

    def test_materialized_views(self):
        text = self.gives(EMPLOYEES + "CREATE MATERIALIZED VIEW sums BUILD IMMEDIATE REFRESH COMPLETE ON DEMAND AS "
                          "SELECT dept, SUM(pay) AS total FROM emp GROUP BY dept;\n",
                          "REFRESH MATERIALIZED VIEW sums; SELECT total FROM sums WHERE dept = 1", ["800.00"])
        self.assertIn("5094", text)

    def test_synonyms_that_lead_away(self):
        text = self.gives("CREATE TABLE t (a NUMBER);\nCREATE SYNONYM far FOR x.y@link;\nCREATE SYNONYM t FOR t;\n",
                          "SELECT count(*) FROM t", ["0"])
        self.assertIn("5352", text)

    def test_comments_and_rights(self):
        text = self.gives("CREATE TABLE t (a NUMBER);\nCOMMENT ON TABLE t IS 'it''s t';\nCOMMENT ON COLUMN t.a IS 'a of t';\n"
                          "GRANT SELECT, INSERT ON t TO PUBLIC;\nGRANT CREATE SESSION TO somebody;\nCREATE USER u IDENTIFIED BY p;\n",
                          "SELECT obj_description('t'::regclass), col_description('t'::regclass, 1), "
                          "has_table_privilege('pg_monitor', 't', 'select')", ["it's t a of t True"])
        self.assertIn("9033", text)


class Queries(Construct):
    def test_dual_and_minus(self):
        self.selects("", "SELECT 1 AS a FROM dual UNION SELECT 2 FROM sys.dual MINUS SELECT 2 FROM dual", ["1"])

    def test_outer_joins(self):
        self.selects(EMPLOYEES, "SELECT e.name, d.name AS dept, b.name AS boss FROM emp e, dept d, emp b "
                     "WHERE e.dept = d.id(+) AND d.name(+) <> 'south' AND b.id(+) = e.boss AND b.pay(+) > 400 ORDER BY e.id",
                     ["king north -", "ada north king", "bob - king", "cid - -"])

    def test_rownum(self):
        self.selects(EMPLOYEES, "SELECT name, n FROM (SELECT name, ROWNUM AS n FROM (SELECT name FROM emp ORDER BY name DESC) "
                     "WHERE ROWNUM <= 3) WHERE n >= 2", ["cid 2", "bob 3"])

    def test_rownum_beside_order_by(self):
        self.selects(EMPLOYEES, "SELECT name FROM emp WHERE ROWNUM = 1 ORDER BY name", ["king"])
        self.setUp()
        text = self.selects(EMPLOYEES, "SELECT e.name FROM emp e, dept d WHERE e.dept = d.id AND ROWNUM <= 9 ORDER BY e.name", ["ada", "cid", "king"])
        self.assertIn("9207", text)

    def test_hierarchies(self):
        self.selects(EMPLOYEES, "SELECT LEVEL AS l, name, PRIOR name AS boss, CONNECT_BY_ROOT name AS top, "
                     "SYS_CONNECT_BY_PATH(name, '/') AS path, CONNECT_BY_ISLEAF AS leaf FROM emp "
                     "START WITH boss IS NULL CONNECT BY PRIOR id = boss ORDER SIBLINGS BY name DESC",
                     ["1 king - king /king 0", "2 bob king king /king/bob 1", "2 ada king king /king/ada 0", "3 cid ada king /king/ada/cid 1"])

    def test_circles_of_hierarchies(self):
        text = self.selects("CREATE TABLE t (a NUMBER, b NUMBER);\nINSERT INTO t VALUES (1, 2);\nINSERT INTO t VALUES (2, 1);\n",
                            "SELECT a, LEVEL AS l, CONNECT_BY_ISCYCLE AS c FROM t START WITH a = 1 CONNECT BY NOCYCLE PRIOR b = a",
                            ["1 1 0", "2 2 0"])  # Oracle says 1 in the last row
        self.assertIn("9214", text)

    def test_row_generators(self):
        self.selects("", "SELECT LEVEL * 2 AS n FROM dual CONNECT BY LEVEL <= 3", ["2", "4", "6"])

    def test_pivot_and_unpivot(self):
        self.selects(EMPLOYEES, "SELECT * FROM (SELECT dept, pay FROM emp WHERE dept IS NOT NULL) "
                     "PIVOT (SUM(pay) AS total, COUNT(*) AS n FOR dept IN (1 AS north, 2 AS south))", ["800.00 2 300.00 1"])
        self.setUp()
        self.selects("CREATE TABLE q (id NUMBER, a NUMBER, b NUMBER);\nINSERT INTO q VALUES (1, 10, NULL);\nINSERT INTO q VALUES (2, 20, 30);\n",
                     "SELECT id, which, amount FROM q UNPIVOT (amount FOR which IN (a AS 'A', b AS 'B')) ORDER BY 1, 2",
                     ["1 A 10", "2 A 20", "2 B 30"])

    def test_apply_and_collections_in_from(self):
        self.selects(EMPLOYEES + "CREATE TYPE nums AS TABLE OF NUMBER;\n/\n",
                     "SELECT d.name, e.name AS who, t.column_value AS n FROM dept d "
                     "CROSS APPLY (SELECT x.name FROM emp x WHERE x.dept = d.id AND x.boss IS NOT NULL) e, TABLE(nums(7, 8)) t ORDER BY 1, 3",
                     ["north ada 7", "north ada 8", "south cid 7", "south cid 8"])

    def test_what_postgresql_does_not_have(self):
        for query, item in (("SELECT a, CURSOR(SELECT b FROM t) AS c FROM t", "9020"), ("SELECT * FROM t AS OF TIMESTAMP SYSDATE - 1", "9209"),
                            ("SELECT a FROM t ORDER BY a FETCH FIRST 10 PERCENT ROWS ONLY", "9211"),
                            ("SELECT a FROM t MODEL DIMENSION BY (a) MEASURES (b) RULES (b[1] = 2)", "5126"),
                            ("SELECT t.a FROM t PARTITION BY (a) RIGHT OUTER JOIN u ON t.b = u.b", "9210"),
                            ("SELECT a FROM t PARTITION (p)", "9208")):
            with self.subTest(item):
                self.setUp()
                text = self.loaded("CREATE TABLE t (a NUMBER, b NUMBER);\nCREATE TABLE u (b NUMBER);\nCREATE VIEW v AS " + query + ";\n")
                self.assertIn("SCT " + item, text)

    def test_locks(self):
        text = self.shows(EMPLOYEES + """CREATE OR REPLACE PROCEDURE shown IS
  n VARCHAR2(20);
BEGIN
  SELECT e.name INTO n FROM emp e, dept d WHERE e.dept = d.id AND e.id = 4 FOR UPDATE OF e.pay WAIT 5;
  DBMS_OUTPUT.PUT_LINE(n);
  SELECT name INTO n FROM emp WHERE id = 1 FOR UPDATE SKIP LOCKED;
  DBMS_OUTPUT.PUT_LINE(n);
END;
/
""", ["cid", "king"])
        self.assertIn("5144", text)

    def test_nulls_and_texts(self):
        self.selects("CREATE TABLE t (a VARCHAR2(5), n NUMBER);\nINSERT INTO t VALUES ('', 1);\nINSERT INTO t VALUES ('x', NULL);\n",
                     "SELECT NVL(a, '-'), a || 'y' || n AS j, DECODE(a, NULL, 'none', 'x', 'ex') AS d, NVL2(n, 1, 0) AS v, "
                     "COALESCE(a, 'z') AS z, CASE WHEN a = '' THEN 1 ELSE 0 END AS e, LENGTH('') AS l FROM t ORDER BY n",
                     ["- y1 none 1 z 0 -", "x xy ex 0 x 0 -"])

    def test_dates_and_numbers(self):
        self.selects("CREATE TABLE t (d DATE, n NUMBER(4), m NUMBER(4));\nINSERT INTO t VALUES (TO_DATE('2024-01-31 18:00', 'YYYY-MM-DD HH24:MI'), 7, 2);\n",
                     "SELECT TO_CHAR(d + 1, 'DD.MM HH24') AS a, d - DATE '2024-01-01' AS b, n / m AS c, TO_CHAR(ADD_MONTHS(d, 1), 'DD.MM') AS e, "
                     "TO_CHAR(TRUNC(d, 'MM') + 1/24, 'DD HH24') AS f, MOD(-n, m) AS g, TO_CHAR(n / 8) AS h, ROUND(d) - d AS i FROM t",
                     ["01.02 18 30.75 3.5000000000000000 29.02 01 01 -1 .875 0.25"])

    def test_aggregates(self):
        text = self.selects(EMPLOYEES, "SELECT LISTAGG(name, ', ' ON OVERFLOW TRUNCATE) WITHIN GROUP (ORDER BY name DESC) AS a, MEDIAN(pay) AS m, "
                            "MAX(name) KEEP (DENSE_RANK FIRST ORDER BY pay DESC) AS k, COUNT(DISTINCT pay) AS n, STATS_MODE(pay) AS s FROM emp",
                            ["king, cid, bob, ada 300.0 king 3 300.00"])
        self.assertIn("9201", text)

    def test_analytic_functions(self):
        text = self.selects(EMPLOYEES, "SELECT name, RANK() OVER (ORDER BY pay DESC) AS r, LAG(name) OVER (ORDER BY id) AS l, "
                            "SUM(pay) OVER (PARTITION BY dept) AS s, RATIO_TO_REPORT(pay) OVER () AS q, "
                            "LAST_VALUE(dept IGNORE NULLS) OVER (ORDER BY id) AS v, LAG(dept, 2) IGNORE NULLS OVER (ORDER BY id) AS w "
                            "FROM emp WHERE dept = 1 ORDER BY id",
                            ["king 1 - 800.00 0.62500000000000000000 1 -", "ada 2 king 800.00 0.37500000000000000000 1 -"])
        self.assertIn("9202", text)

    def test_sequences_in_statements(self):
        self.gives("CREATE SEQUENCE s;\nCREATE TABLE t (a NUMBER, b NUMBER);\nINSERT INTO t VALUES (s.NEXTVAL, 1);\n"
                   "INSERT INTO t SELECT s.NEXTVAL, s.CURRVAL FROM dual;\n", "SELECT a FROM t ORDER BY a", ["1", "2"])

    def test_inserts_into_several_tables(self):
        self.gives(EMPLOYEES + "CREATE TABLE low (n VARCHAR2(20));\nCREATE TABLE high (n VARCHAR2(20), p NUMBER);\n"
                   "INSERT FIRST WHEN pay > 400 THEN INTO high VALUES (name, pay) WHEN pay > 250 THEN INTO low VALUES (name) "
                   "ELSE INTO low VALUES ('rest') SELECT name, pay FROM emp;\n"
                   "INSERT ALL INTO low VALUES (name) INTO high (n) VALUES (name) SELECT 'both' AS name FROM dual;\n",
                   "SELECT (SELECT string_agg(n, ',' ORDER BY n) FROM low), (SELECT string_agg(n, ',' ORDER BY n) FROM high)",
                   ["ada,both,cid,rest both,king"])

    def test_merge(self):
        self.gives(EMPLOYEES + "CREATE TABLE t (id NUMBER PRIMARY KEY, pay NUMBER);\nINSERT INTO t VALUES (1, 1);\nINSERT INTO t VALUES (2, 2);\n"
                   "MERGE INTO t USING (SELECT id, pay FROM emp WHERE id < 4) e ON (t.id = e.id) "
                   "WHEN MATCHED THEN UPDATE SET t.pay = t.pay + e.pay DELETE WHERE t.pay > 400 "
                   "WHEN NOT MATCHED THEN INSERT (id, pay) VALUES (e.id, e.pay);\n",
                   "SELECT id, pay FROM t ORDER BY id", ["2 302.00", "3 200.50"])

    def test_changes_of_subqueries(self):
        self.gives(EMPLOYEES + "UPDATE (SELECT id, pay, name FROM emp WHERE dept = 2) SET pay = 0 WHERE name = 'cid';\n"
                   "DELETE FROM (SELECT * FROM emp WHERE pay > 400);\nINSERT INTO (SELECT id, name FROM dept) VALUES (3, 'west');\n"
                   "UPDATE emp SET (name, pay) = (SELECT 'x', 1 FROM dual) WHERE id = 2;\n",
                   "SELECT id, name, pay, (SELECT count(*) FROM dept) FROM emp ORDER BY id", ["2 x 1.00 3", "3 bob 200.50 3", "4 cid 0.00 3"])

    def test_hints_and_logged_errors(self):
        text = self.gives("CREATE TABLE t (a NUMBER);\nINSERT /*+ APPEND */ INTO t SELECT /*+ FULL(x) */ 1 FROM dual x LOG ERRORS REJECT LIMIT UNLIMITED;\n",
                          "SELECT a FROM t", ["1"])
        self.assertIn("5103", text)
        self.assertIn("5070", text)


if __name__ == "__main__":
    code_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    if postgres.programs() is None:
        sys.exit(postgres.SKIP)
    with postgres.Postgres() as code_test.SERVER:
        outcome = unittest.main(exit=False).result
    sys.exit(not outcome.wasSuccessful())
