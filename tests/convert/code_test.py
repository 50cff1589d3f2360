#!/usr/bin/env python3
"""What converted code does on a real PostgreSQL: each script prints by DBMS_OUTPUT what Oracle would.
Usage: code_test.py PROGRAM"""
import os
import subprocess
import sys
import tempfile
import unittest

import postgres

PROGRAM = None
SERVER = None


class Code(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="landfall-code-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.database = "c" + os.path.basename(self.folder).replace("-", "_")
        self.run_sql("postgres", f'CREATE DATABASE "{self.database}"')

    def run_sql(self, database, sql):
        """The lines that DBMS_OUTPUT wrote."""
        connection = SERVER.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET client_min_messages = notice")
                del connection.notices[:]
                cursor.execute(sql)
            return [line.removeprefix("NOTICE:  ").rstrip() for line in connection.notices]
        finally:
            connection.close()

    def loaded(self, script):
        """Converts the script and applies it; the findings, as all.sql has them."""
        source = self.folder + "/in.sql"
        with open(source, "w", encoding="utf-8") as f:
            f.write(script)
        dsn = f"host={SERVER.folder} user=postgres dbname={self.database}"
        done = subprocess.run([PROGRAM, "convert", "--in", source, "--out", self.folder + "/out", "--layout", "single",
                               "--apply", dsn, "--check"], capture_output=True, text=True, timeout=120, check=False,
                              env={**os.environ, "LANDFALL_CONFIG": "/nonexistent"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(self.folder + "/out/all.sql", encoding="utf-8") as f:
            return f.read()

    def prints(self, declarations, body, expected):
        """A procedure of these declarations and this body prints the lines."""
        text = self.loaded(f"CREATE OR REPLACE PROCEDURE shown IS\n{declarations}\nBEGIN\n{body}\nEND;\n/\n")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), expected, text[-3000:])
        return text


class SuppliedPackages(Code):
    def test_lobs_are_changed_where_the_procedure_changes_them(self):
        self.prints("  c CLOB; n INTEGER := 3;", """
  DBMS_LOB.CREATETEMPORARY(c, TRUE);
  DBMS_LOB.APPEND(c, 'ab');
  DBMS_LOB.WRITEAPPEND(c, n, 'cdef');
  DBMS_OUTPUT.PUT_LINE(c || ' ' || DBMS_LOB.GETLENGTH(c) || ' ' || DBMS_LOB.INSTR(c, 'd'));
  DBMS_LOB.TRIM(c, 2);
  DBMS_OUTPUT.PUT_LINE(c);""", ["abcde 5 4", "ab"])

    def test_types_and_constants_of_packages_are_known(self):
        self.prints("""
  f UTL_FILE.FILE_TYPE;
  names DBMS_SQL.VARCHAR2_TABLE;
  column_ DBMS_SQL.DESC_REC;
  answer UTL_HTTP.RESP;""", """
  names(1) := 'one'; names(7) := 'seven';
  column_.col_name := 'C';
  answer.status_code := UTL_HTTP.HTTP_OK;
  DBMS_OUTPUT.PUT_LINE(names.COUNT || ' ' || names(7) || ' ' || column_.col_name || ' ' || answer.status_code);
  DBMS_OUTPUT.PUT_LINE(DBMS_CRYPTO.HASH_SH256 || ' ' || DBMS_SQL.NATIVE || ' ' || LENGTH(UTL_TCP.CRLF));""",
                    ["2 seven C 200", "4 1 2"])

    def test_bytes_and_urls(self):
        self.prints("  r RAW(10);", """
  r := UTL_RAW.CAST_TO_RAW('abc');
  DBMS_OUTPUT.PUT_LINE(RAWTOHEX(r) || ' ' || UTL_RAW.LENGTH(r) || ' ' || UTL_RAW.CAST_TO_VARCHAR2(UTL_RAW.CONCAT(r, r)));
  DBMS_OUTPUT.PUT_LINE(UTL_URL.ESCAPE('a b&c') || ' ' || UTL_URL.ESCAPE('a b&c', TRUE) || ' ' || UTL_URL.UNESCAPE('%41%20b'));""",
                    ["616263 3 abcabc", "a%20b&c a%20b%26c A b"])

    def test_what_is_not_there_fails_when_it_runs_and_was_told(self):
        text = self.prints("  body VARCHAR2(100);", """
  BEGIN
    body := UTL_HTTP.REQUEST('http://example.com');
  EXCEPTION WHEN OTHERS THEN
    DBMS_OUTPUT.PUT_LINE(SQLERRM);
  END;""", ["ORA-03001: utl_http.request is not available in PostgreSQL"])
        self.assertIn("[SCT 9112 complex]", text)

    def test_the_dictionary_shows_what_is_there(self):
        self.loaded("""
CREATE TABLE things (id NUMBER(10) PRIMARY KEY, name VARCHAR2(10));
CREATE OR REPLACE PROCEDURE shown IS
  t user_tables.table_name%TYPE;
BEGIN
  SELECT table_name INTO t FROM user_tables WHERE table_name = 'THINGS';
  DBMS_OUTPUT.PUT_LINE(t);
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["THINGS"])


class Calls(Code):
    def shown_by(self, package, body, expected):
        text = self.loaded(package + "\nCREATE OR REPLACE PROCEDURE shown IS\n" + body + "\nEND;\n/\n")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), expected, text[-4000:])
        return text

    def test_overloads_that_postgresql_cannot_tell_apart_are_both_there(self):
        text = self.shown_by("""
CREATE OR REPLACE PACKAGE p IS
  FUNCTION size_of (b RAW) RETURN VARCHAR2;
  FUNCTION size_of (b BLOB) RETURN VARCHAR2;
  FUNCTION put (t VARCHAR2 := NULL) RETURN NUMBER;
  PROCEDURE put (t VARCHAR2 := NULL);
  PROCEDURE tint (rgb VARCHAR2 := 'none');
  PROCEDURE tint (red NUMBER := 0, green NUMBER := 0);
END;
/
CREATE OR REPLACE PACKAGE BODY p IS
  FUNCTION size_of (b RAW) RETURN VARCHAR2 IS BEGIN RETURN 'raw'; END;
  FUNCTION size_of (b BLOB) RETURN VARCHAR2 IS BEGIN RETURN 'blob'; END;
  FUNCTION put (t VARCHAR2 := NULL) RETURN NUMBER IS BEGIN RETURN NVL(LENGTH(t), 0); END;
  PROCEDURE put (t VARCHAR2 := NULL) IS n NUMBER := put(t); BEGIN DBMS_OUTPUT.PUT_LINE('put ' || n); END;
  PROCEDURE tint (rgb VARCHAR2 := 'none', back BOOLEAN) IS
  BEGIN DBMS_OUTPUT.PUT_LINE(rgb || CASE WHEN back THEN ' back' ELSE ' front' END); END;
  PROCEDURE tint (rgb VARCHAR2 := 'none') IS BEGIN tint(rgb, FALSE); tint(back => TRUE); END;
  PROCEDURE tint (red NUMBER := 0, green NUMBER := 0) IS BEGIN tint(red || '/' || green, TRUE); END;
END;
/""", """
  r RAW(4) := HEXTORAW('AB'); b BLOB; c VARCHAR2(10) := 'red';
BEGIN
  DBMS_OUTPUT.PUT_LINE(p.size_of(r) || ' ' || p.size_of(b) || ' ' || p.put('abc'));
  p.put('ab');
  p.tint(c);
  p.tint(1, 2);""", ["raw blob 3", "put 2", "red front", "none back", "1/2 back"])
        self.assertIn("[SCT 9113 simple]", text)

    def test_arguments_are_converted_to_the_types_of_their_parameters(self):
        self.shown_by("""
CREATE OR REPLACE PACKAGE p IS
  TYPE answer IS RECORD (status NUMBER, at DATE);
  PROCEDURE put (a VARCHAR2, b VARCHAR2 := NULL, c VARCHAR2 := NULL);
  FUNCTION twice (n NUMBER) RETURN NUMBER;
END;
/
CREATE OR REPLACE PACKAGE BODY p IS
  PROCEDURE put (a VARCHAR2, b VARCHAR2 := NULL, c VARCHAR2 := NULL) IS
  BEGIN DBMS_OUTPUT.PUT_LINE(a || ',' || b || ',' || c); END;
  FUNCTION twice (n NUMBER) RETURN NUMBER IS BEGIN RETURN 2 * n; END;
END;
/""", """
  r p.answer; i PLS_INTEGER := 7; t VARCHAR2(5) := '1.5'; x RAW(2) := HEXTORAW('0AFF');
BEGIN
  r.status := 0.5;
  p.put(1, i, r.status);
  p.put(x, LENGTH(t), p.twice(t));""", ["1,7,.5", "0AFF,3,3"])

    def test_a_function_gives_back_what_is_out_wherever_it_is_called(self):
        self.shown_by("""
CREATE OR REPLACE FUNCTION halve (n NUMBER, rest OUT NUMBER, calls IN OUT NUMBER) RETURN NUMBER IS
BEGIN
  rest := MOD(n, 2); calls := calls + 1;
  RETURN TRUNC(n / 2);
END;
/
CREATE OR REPLACE PROCEDURE put (n NUMBER) IS BEGIN DBMS_OUTPUT.PUT_LINE('put ' || n); END;
/""", """
  r NUMBER; c NUMBER := 0;
BEGIN
  put(halve(9, r, c) + 1);
  IF halve(r + 5, r, c) = 3 THEN
    DBMS_OUTPUT.PUT_LINE(r || ' ' || c);
  END IF;""", ["put 5", "0 2"])

    def test_a_nested_function_changes_what_is_around_it(self):
        self.prints("""
  n NUMBER := 0;
  PROCEDURE more (by_ NUMBER) IS BEGIN n := n + by_; END;
  FUNCTION next_ RETURN NUMBER IS BEGIN more(2); RETURN n * 10; END;""", """
  DBMS_OUTPUT.PUT_LINE(next_ || ' ' || n);
  DBMS_OUTPUT.PUT_LINE(next_() + 1);
  DBMS_OUTPUT.PUT_LINE(n);""", ["20 2", "41", "4"])


class PackageState(Code):
    def test_first_values_and_constants_are_oracles(self):
        self.loaded("""
CREATE OR REPLACE PACKAGE p IS
  third CONSTANT NUMBER := 1 / 3;
  signature RAW(4) := HEXTORAW('504B');
  PROCEDURE put (n NUMBER := ROUND(third, 2));
END;
/
CREATE OR REPLACE PACKAGE BODY p IS
  line VARCHAR2(20) := RPAD(NVL('', 'x'), 3, '-');
  PROCEDURE put (n NUMBER := ROUND(third, 2)) IS
  BEGIN DBMS_OUTPUT.PUT_LINE(line || ' ' || RAWTOHEX(signature) || ' ' || n || ' ' || ROUND(third * 3)); END;
END;
/
CREATE OR REPLACE PROCEDURE shown IS BEGIN p.put; END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["x-- 504B .33 1"])

    def test_records_within_records_are_read_and_written(self):
        self.prints("""
  TYPE place IS RECORD (x NUMBER, y NUMBER);
  TYPE thing IS RECORD (name VARCHAR2(10), at place);
  TYPE things IS TABLE OF thing INDEX BY VARCHAR2(10);
  t thing; k VARCHAR2(10); m things;""", """
  t.name := 'a'; t.at.x := 3; t.at.y := t.at.x + 1;
  m('one') := t;
  k := m.FIRST;
  DBMS_OUTPUT.PUT_LINE(t.at.y || ' ' || k || ' ' || m(k).at.x);""", ["4 one 3"])


class Xml(Code):
    def test_methods_and_functions_of_xmltype(self):
        self.prints("""
  x XMLTYPE := XMLTYPE('<a xmlns="urn:n"><b id="7">one &amp; two</b><b id="8"/></a>');
  y XMLTYPE; t VARCHAR2(100); c CLOB;""", """
  y := x.extract('/a/b[1]', 'xmlns="urn:n"');
  t := x.extract('/a/b/@id', 'xmlns="urn:n"').getStringVal();
  DBMS_OUTPUT.PUT_LINE(t || ' ' || y.existsNode('/b') || y.existsNode('/p:b', 'xmlns:p="urn:n"'));
  SELECT EXTRACTVALUE(x, '/a/b[1]', 'xmlns="urn:n"') INTO t FROM DUAL;
  c := XMLTYPE('<r/>').getClobVal();
  DBMS_OUTPUT.PUT_LINE(t || ' ' || c);""", ["78 01", "one & two <r/>"])


class Texts(Code):
    def test_numbers_and_texts_stand_for_one_another(self):
        self.prints("""
  n NUMBER := 2; t VARCHAR2(5) := '3';""", """
  DBMS_OUTPUT.PUT_LINE(t * n + t || ' ' || REPLACE('a#b', '#', n + 1) || ' ' || CHR(n + 65) || ' ' || ROUND(2.567, n));
  DBMS_OUTPUT.PUT_LINE(ASCIISTR('aé') || ' ' || TO_NUMBER(HEXTORAW('1F'), 'XX'));""",
                    ["9 a3b C 2.57", "a\\00E9 31"])

    def test_a_character_that_postgresql_cannot_hold_fails_when_it_is_made_and_was_told(self):
        text = self.prints("  t VARCHAR2(5);", """
  BEGIN
    t := 'a' || CHR(0);
  EXCEPTION WHEN OTHERS THEN
    DBMS_OUTPUT.PUT_LINE('none');
  END;""", ["none"])
        self.assertIn("[SCT 9114 complex]", text)

    def test_dynamic_cursors_and_lobs_are_read(self):
        self.prints("""
  c NUMBER; v VARCHAR2(20); n NUMBER; b CLOB := 'abcdef'; amount NUMBER := 3; part VARCHAR2(10);""", """
  c := DBMS_SQL.OPEN_CURSOR;
  DBMS_SQL.PARSE(c, 'SELECT 1 + :n AS one', DBMS_SQL.NATIVE);
  DBMS_SQL.BIND_VARIABLE(c, ':n', 4);
  DBMS_SQL.DEFINE_COLUMN(c, 1, v, 20);
  n := DBMS_SQL.EXECUTE(c);
  n := DBMS_SQL.FETCH_ROWS(c);
  DBMS_SQL.COLUMN_VALUE(c, 1, v);
  DBMS_SQL.CLOSE_CURSOR(c);
  DBMS_LOB.READ(b, amount, 3, part);
  DBMS_LOB.COPY(b, 'XY', 2, 2);
  DBMS_OUTPUT.PUT_LINE(v || ' ' || amount || part || ' ' || b);
  SELECT value INTO v FROM nls_session_parameters WHERE parameter = 'NLS_NUMERIC_CHARACTERS';
  DBMS_OUTPUT.PUT_LINE(v);""", ["5 3cde aXYdef", ".,"])


class Moments(Code):
    def test_texts_stand_for_moments_and_for_numbers(self):
        self.prints("  d VARCHAR2(20) := '31-JAN-24'; n VARCHAR2(5) := '2';", """
  DBMS_OUTPUT.PUT_LINE(ADD_MONTHS('31-JAN-24', n) || ' ' || LAST_DAY(d) || ' ' || MONTHS_BETWEEN(d, '31-DEC-23') || ' ' || SUBSTR('abc', n));
  DBMS_OUTPUT.PUT_LINE(NVL(REGEXP_SUBSTR('abc', 'b', 1, NULL), 'none') || ' ' || NVL(LAST_DAY(''), '01-MAY-24'));""",
                    ["31-MAR-24 31-JAN-24 1 bc", "none 01-MAY-24"])

    def test_what_holds_a_text_holds_it_as_oracle_writes_it(self):
        self.loaded("""
CREATE TABLE notes (said VARCHAR2(30), at DATE, raw_ RAW(4));
CREATE OR REPLACE FUNCTION half RETURN VARCHAR2 IS BEGIN RETURN 1 / 2; END;
/
CREATE OR REPLACE PROCEDURE shown IS
  t VARCHAR2(30); u VARCHAR2(30) := DATE '2024-02-29'; n NUMBER := 1.50; d DATE; r RAW(4) := '0AFF';
BEGIN
  t := n;
  d := '31-JAN-24';
  INSERT INTO notes VALUES (d, u, 'ab');
  INSERT INTO notes (at, said) VALUES ('01-MAR-2024', n);
  UPDATE notes SET said = d + 1 WHERE raw_ IS NULL;
  DBMS_OUTPUT.PUT_LINE(t || ' ' || u || ' ' || half || ' ' || TO_CHAR(d, 'YYYY') || ' ' || r);
  SELECT at INTO t FROM notes WHERE said = '01-FEB-24';
  DBMS_OUTPUT.PUT_LINE(t);
  SELECT said || ' ' || raw_ INTO t FROM notes WHERE raw_ IS NOT NULL;
  DBMS_OUTPUT.PUT_LINE(t);
  DBMS_OUTPUT.PUT_LINE(r);
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"),
                         ["1.5 29-FEB-24 .5 2024 0AFF", "01-MAR-24", "31-JAN-24 AB", "0AFF"])

    def test_a_zone_says_which_instant_it_is(self):
        self.prints("  t TIMESTAMP WITH TIME ZONE := TIMESTAMP '2024-08-17 00:41:26 +02:00';", """
  DBMS_OUTPUT.PUT_LINE(TO_CHAR(SYS_EXTRACT_UTC(t), 'YYYY-MM-DD HH24:MI:SS') || ' ' || EXTRACT(HOUR FROM t));
  IF t = TIMESTAMP '2024-08-16 18:41:26 -04:00' THEN DBMS_OUTPUT.PUT_LINE('same'); END IF;""",
                    ["2024-08-16 22:41:26 22", "same"])

    def test_a_length_in_bytes_cuts_at_bytes(self):
        self.prints("  v VARCHAR2(10) := UNISTR('\\00e4bc');", """
  SELECT CAST(v AS VARCHAR2(3 BYTE)) INTO v FROM DUAL;
  DBMS_OUTPUT.PUT_LINE(v || ' ' || LENGTHB(v));""", ["äb 3"])


class Errors(Code):
    def test_the_stack_is_known_in_a_handler(self):
        self.prints("  n NUMBER := 0;", """
  n := 1 / n;
EXCEPTION WHEN OTHERS THEN
  DBMS_OUTPUT.PUT_LINE(RTRIM(DBMS_UTILITY.FORMAT_ERROR_STACK, CHR(10)));""", ["ORA-01476: divisor is equal to zero"])


class DynamicSql(Code):
    def test_texts_that_are_known_are_converted(self):
        self.loaded("""
CREATE TABLE made (a NUMBER(5), b VARCHAR2(10));
CREATE OR REPLACE PROCEDURE shown IS
  n NUMBER; words VARCHAR2(200); part VARCHAR2(30) := 'b';
BEGIN
  EXECUTE IMMEDIATE 'CREATE TABLE other (a NUMBER(5), CONSTRAINT other_pk PRIMARY KEY (a) ENABLE)';
  EXECUTE IMMEDIATE 'ALTER TABLE other ADD (' || part || ' VARCHAR2(10 CHAR))';
  words := 'INSERT INTO made VALUES (:x + NVL(:y, 1), :x)';
  EXECUTE IMMEDIATE words USING 1, n, 'z';
  EXECUTE IMMEDIATE 'SELECT NVL(MAX(a), 0) FROM made WHERE ROWNUM = 1 AND ' || part || ' = :v' INTO n USING 'z';
  DBMS_OUTPUT.PUT_LINE(n);
  EXECUTE IMMEDIATE 'DROP TABLE other';
  SELECT COUNT(*) INTO n FROM user_tables WHERE table_name = 'OTHER';
  DBMS_OUTPUT.PUT_LINE(n);
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["2", "0"])

    def test_a_type_may_come_at_run_time(self):
        self.prints("  kind VARCHAR2(30) := 'VARCHAR2(12 BYTE)'; n NUMBER;", """
  EXECUTE IMMEDIATE 'CREATE TABLE made (a ' || kind || ')';
  SELECT data_length INTO n FROM user_tab_columns WHERE table_name = 'MADE';
  DBMS_OUTPUT.PUT_LINE(n);""", ["12"])


class Queries(Code):
    def test_rows_are_numbered_where_they_are_changed(self):
        self.loaded("""
CREATE TABLE t (x NUMBER, y NUMBER);
CREATE OR REPLACE PROCEDURE shown IS
BEGIN
  INSERT INTO t VALUES (0, 3); INSERT INTO t VALUES (0, 2); INSERT INTO t VALUES (0, 1);
  UPDATE t SET x = ROWNUM WHERE y > 1;
  FOR r IN (SELECT x FROM t ORDER BY x) LOOP DBMS_OUTPUT.PUT_LINE(r.x); END LOOP;
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["0", "1", "2"])

    def test_the_address_of_a_row_finds_it_and_was_told(self):
        text = self.loaded("""
CREATE TABLE t (x NUMBER);
CREATE OR REPLACE PROCEDURE shown IS
  place VARCHAR2(30); n NUMBER;
BEGIN
  INSERT INTO t VALUES (1);
  SELECT ROWID INTO place FROM t;
  UPDATE t SET x = 5 WHERE ROWID = place;
  SELECT x INTO n FROM t;
  DBMS_OUTPUT.PUT_LINE(n);
END;
/
""")
        self.assertIn("[SCT 5595 medium]", text)
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["5"])

    def test_texts_are_numbers_where_they_are_calculated_with(self):
        self.prints("  c VARCHAR2(5) := '10';", """
  DBMS_OUTPUT.PUT_LINE(c + 1);
  DBMS_OUTPUT.PUT_LINE('6' * '7' / 2);
  DBMS_OUTPUT.PUT_LINE(NVL(TO_CHAR(GREATEST(1, NULL, 3)), 'null') || GREATEST(2, '10'));""", ["11", "21", "null10"])

    def test_a_char_keeps_its_blanks_beside_a_varchar2(self):
        self.prints("  c CHAR(5) := 'ab'; v VARCHAR2(5) := 'ab';", """
  IF c = 'ab' THEN DBMS_OUTPUT.PUT_LINE('literal'); END IF;
  IF c <> v THEN DBMS_OUTPUT.PUT_LINE('differs'); END IF;""", ["literal", "differs"])

    def test_rows_of_a_pipelined_function_whichever_comes_first(self):
        self.loaded("""
CREATE TYPE nums AS TABLE OF NUMBER;
/
CREATE OR REPLACE FUNCTION gen(n NUMBER) RETURN nums PIPELINED IS
BEGIN FOR i IN 1..n LOOP PIPE ROW (i * i); END LOOP; RETURN; END;
/
CREATE OR REPLACE PROCEDURE shown IS
  s NUMBER;
BEGIN
  SELECT SUM(column_value) INTO s FROM TABLE(gen(4));
  DBMS_OUTPUT.PUT_LINE(s);
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["30"])

    def test_the_rows_of_insert_all_are_told(self):
        text = self.loaded("""
CREATE TABLE a (x NUMBER);
CREATE OR REPLACE PROCEDURE shown IS
BEGIN
  INSERT ALL INTO a VALUES (v) INTO a VALUES (v + 1) SELECT LEVEL v FROM dual CONNECT BY LEVEL <= 3;
  DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT);
END;
/
""")
        self.assertIn("[SCT 9217 medium]", text)
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["3"])


class Synonyms(Code):
    def test_of_a_package_a_routine_a_table_and_a_sequence(self):
        self.loaded("""
CREATE TABLE things (id NUMBER(10) PRIMARY KEY);
CREATE SEQUENCE ids;
CREATE OR REPLACE FUNCTION twice(n NUMBER) RETURN NUMBER IS BEGIN RETURN 2 * n; END;
/
CREATE OR REPLACE PACKAGE counting AS
  FUNCTION add_one(n NUMBER DEFAULT 1) RETURN NUMBER;
  PROCEDURE into_(n IN OUT NUMBER);
END;
/
CREATE OR REPLACE PACKAGE BODY counting AS
  FUNCTION add_one(n NUMBER DEFAULT 1) RETURN NUMBER IS BEGIN RETURN n + 1; END;
  PROCEDURE into_(n IN OUT NUMBER) IS BEGIN n := n + 1; END;
END;
/
CREATE SYNONYM stuff FOR things;
CREATE SYNONYM c FOR counting;
CREATE SYNONYM double_ FOR twice;
CREATE OR REPLACE PROCEDURE shown IS
  n NUMBER := 5;
BEGIN
  INSERT INTO stuff VALUES (ids.NEXTVAL);
  c.into_(n);
  DBMS_OUTPUT.PUT_LINE(c.add_one || ' ' || n || ' ' || double_(4));
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["2 6 8"])
        # Who comes from outside finds the same.
        self.assertEqual(self.run_sql(self.database, """DO $$ DECLARE n numeric := 7; BEGIN CALL c.into_(n);
            RAISE NOTICE '% % % %', n, c.add_one(), double_(1), (SELECT count(*) FROM stuff); END $$"""), ["8 2 2 1"])


class Objects(Code):
    def test_views_of_objects_and_collected_rows(self):
        self.loaded("""
CREATE TYPE item_t AS OBJECT (id NUMBER(5), product REF item_t);
/
CREATE TYPE items_t AS TABLE OF item_t;
/
CREATE TYPE order_t AS OBJECT (id NUMBER(5), items items_t);
/
CREATE TABLE orders (id NUMBER(5) PRIMARY KEY);
CREATE TABLE lines (order_id NUMBER(5), id NUMBER(5));
CREATE TABLE kept OF order_t (id PRIMARY KEY);
CREATE VIEW order_objects OF order_t WITH OBJECT IDENTIFIER (id) AS
  SELECT o.id, CAST(MULTISET(SELECT l.id, MAKE_REF(order_objects, l.id) FROM lines l WHERE l.order_id = o.id) AS items_t)
  FROM orders o;
CREATE OR REPLACE PROCEDURE shown IS
  n NUMBER;
BEGIN
  INSERT INTO orders VALUES (1);
  INSERT INTO lines VALUES (1, 7);
  INSERT INTO lines VALUES (1, 8);
  SELECT COUNT(*) INTO n FROM order_objects o WHERE o.id = 1;
  DBMS_OUTPUT.PUT_LINE(n);
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["1"])
        self.assertEqual(self.run_sql(self.database, """DO $$ BEGIN
            RAISE NOTICE '%', (SELECT string_agg(i.id || ' ' || i.product, ', ') FROM order_objects, unnest(items) AS i); END $$"""),
                         ['7 order_objects(7), 8 order_objects(8)'])


class Packages(Code):
    def test_a_function_and_a_procedure_of_one_name_and_the_same_parameters(self):
        self.loaded("""
CREATE OR REPLACE PACKAGE p AS
  FUNCTION f(a VARCHAR2 DEFAULT 'x') RETURN VARCHAR2;
  PROCEDURE f(a VARCHAR2 DEFAULT 'x');
  PROCEDURE go;
END;
/
CREATE OR REPLACE PACKAGE BODY p AS
  FUNCTION f(a VARCHAR2 DEFAULT 'x') RETURN VARCHAR2 IS BEGIN RETURN 'function ' || a; END;
  PROCEDURE f(a VARCHAR2 DEFAULT 'x') IS BEGIN DBMS_OUTPUT.PUT_LINE('procedure ' || a); END;
  PROCEDURE go IS BEGIN DBMS_OUTPUT.PUT_LINE(f('y')); f; END;
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL p.go()"), ["function y", "procedure x"])


class Transactions(Code):
    TABLES = "CREATE TABLE t (id NUMBER(9) PRIMARY KEY, v VARCHAR2(20));\n"

    def committed(self, script, call="CALL shown()"):
        """What DBMS_OUTPUT wrote outside of a transaction block, and what is in t afterwards."""
        text = self.loaded(self.TABLES + script)
        connection = SERVER.connect(self.database)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SET client_min_messages = notice")
                cursor.execute(call)
                lines = [line.removeprefix("NOTICE:  ").rstrip() for line in connection.notices]
                cursor.execute("SELECT id FROM t ORDER BY id")
                return text, lines, [row[0] for row in cursor.fetchall()]
        finally:
            connection.close()

    def test_commit_and_rollback_in_a_block_with_handlers(self):
        text, lines, rows = self.committed("""
CREATE OR REPLACE PROCEDURE shown IS
BEGIN
  INSERT INTO t VALUES (1, 'a');
  COMMIT;
  INSERT INTO t VALUES (2, 'a');
  INSERT INTO t VALUES (1, 'twice');
  COMMIT;
EXCEPTION WHEN OTHERS THEN
  ROLLBACK;
  INSERT INTO t VALUES (9, 'told');
  COMMIT;
  DBMS_OUTPUT.PUT_LINE('failed');
END;
/
""")
        self.assertEqual((lines, rows), (["failed"], [1, 9]), text[-3000:])
        self.assertNotIn("SCT 5350", text)

    def test_commit_in_a_loop_under_a_handler_that_raises_again(self):
        text, lines, rows = self.committed("""
INSERT INTO t VALUES (10, 'a'); INSERT INTO t VALUES (11, 'a'); INSERT INTO t VALUES (12, 'a');
CREATE OR REPLACE PROCEDURE work IS
BEGIN
  FOR r IN (SELECT id FROM t WHERE id >= 10 ORDER BY id) LOOP
    INSERT INTO t VALUES (r.id - 10, 'x');
    COMMIT;
    IF r.id = 11 THEN RAISE_APPLICATION_ERROR(-20001, 'enough'); END IF;
  END LOOP;
EXCEPTION WHEN OTHERS THEN
  DBMS_OUTPUT.PUT_LINE(SQLERRM);
  RAISE;
END;
/
CREATE OR REPLACE PROCEDURE shown IS BEGIN work; END;
/
""", "DO $$ BEGIN CALL shown(); EXCEPTION WHEN OTHERS THEN NULL; END $$")
        self.assertIn("COMMIT;", text)
        self.assertNotIn("SCT 5350", text)

    def test_changes_of_a_loop_stay_when_a_handler_swallows(self):
        text, lines, rows = self.committed("""
CREATE OR REPLACE PROCEDURE shown IS
BEGIN
  INSERT INTO t VALUES (1, 'a');
  FOR i IN 2..5 LOOP
    INSERT INTO t VALUES (i, 'l');
    IF i = 3 THEN RAISE NO_DATA_FOUND; END IF;
  END LOOP;
EXCEPTION WHEN NO_DATA_FOUND THEN DBMS_OUTPUT.PUT_LINE('out');
END;
/
""")
        self.assertEqual((lines, rows), (["out"], [1, 2, 3]), text[-3000:])

    def test_savepoints_of_handlers_and_of_branches(self):
        text, lines, rows = self.committed("""
CREATE OR REPLACE PROCEDURE shown IS
  n NUMBER;
BEGIN
  FOR i IN 1..3 LOOP
    SAVEPOINT s1;
    BEGIN
      INSERT INTO t VALUES (i, 'a');
      INSERT INTO t VALUES (CASE i WHEN 2 THEN 1 ELSE i + 10 END, 'b');
    EXCEPTION WHEN DUP_VAL_ON_INDEX THEN
      ROLLBACK TO SAVEPOINT s1;
      DBMS_OUTPUT.PUT_LINE('undone ' || i);
    END;
  END LOOP;
  SAVEPOINT s2;
  INSERT INTO t VALUES (20, 'c');
  SELECT COUNT(*) INTO n FROM t;
  IF n = 5 THEN
    ROLLBACK TO s2;
    DBMS_OUTPUT.PUT_LINE('back');
  END IF;
  INSERT INTO t VALUES (21, 'c');
  SAVEPOINT s3;
  INSERT INTO t VALUES (22, 'c');
  INSERT INTO t VALUES (21, 'c');
EXCEPTION WHEN OTHERS THEN
  ROLLBACK TO s3;
  DBMS_OUTPUT.PUT_LINE(SQLCODE);
END;
/
""")
        self.assertEqual((lines, rows), (["undone 2", "back", "-1"], [1, 3, 11, 13, 21]), text[-3000:])
        self.assertNotIn("SCT 5611", text)

    def test_an_autonomous_transaction_leaves_that_of_its_caller_open(self):
        text, lines, rows = self.committed("""
CREATE OR REPLACE PROCEDURE note(n NUMBER) IS
  PRAGMA AUTONOMOUS_TRANSACTION;
BEGIN
  INSERT INTO t VALUES (n, 'n');
  INSERT INTO t VALUES (n, 'twice');
  COMMIT;
EXCEPTION WHEN OTHERS THEN ROLLBACK;
END;
/
CREATE OR REPLACE PROCEDURE shown IS
BEGIN
  INSERT INTO t VALUES (1, 'a');
  note(2);
  ROLLBACK;
  INSERT INTO t VALUES (3, 'a');
  note(4);
END;
/
""")
        self.assertEqual((lines, rows), ([], [3]), text[-3000:])
        self.assertIn("SCT 5663", text)


class Jumps(Code):
    def test_goto_forward_back_and_out_of_loops_and_handlers(self):
        text = self.prints("  n NUMBER := 0;", """
  FOR i IN 1..3 LOOP
    IF i = 2 THEN GOTO next_one; END IF;
    DBMS_OUTPUT.PUT_LINE('i ' || i);
    <<next_one>> NULL;
  END LOOP;
  <<again>>
  n := n + 1;
  IF n < 3 THEN GOTO again; END IF;
  DBMS_OUTPUT.PUT_LINE('n ' || n);
  FOR i IN 1..3 LOOP
    BEGIN
      IF i = 2 THEN RAISE NO_DATA_FOUND; END IF;
    EXCEPTION WHEN NO_DATA_FOUND THEN GOTO done;
    END;
  END LOOP;
  DBMS_OUTPUT.PUT_LINE('not here');
  <<done>>
  DBMS_OUTPUT.PUT_LINE('done');""", ["i 1", "i 3", "n 3", "done"])
        self.assertNotIn("SCT 5335", text)


class Rows(Code):
    def test_what_dynamic_sql_gives_back(self):
        text = self.loaded("""
CREATE TABLE t (id NUMBER(9), v VARCHAR2(20));
CREATE OR REPLACE PROCEDURE add_to(a IN NUMBER, b OUT NUMBER) IS BEGIN b := a + 10; END;
/
CREATE OR REPLACE PROCEDURE shown IS
  n NUMBER; m NUMBER; s VARCHAR2(20);
BEGIN
  EXECUTE IMMEDIATE 'BEGIN :x := :y + :y; END;' USING OUT n, IN 4;
  EXECUTE IMMEDIATE 'BEGIN add_to(:1, :2); END;' USING n, OUT m;
  EXECUTE IMMEDIATE 'INSERT INTO t (id, v) VALUES (:1, :2) RETURNING id INTO :3' USING 5, 'x' RETURNING INTO n;
  EXECUTE IMMEDIATE 'UPDATE t SET v = :1 WHERE id = :2 RETURNING v INTO :3' USING 'y', 5, OUT s;
  DBMS_OUTPUT.PUT_LINE(n || ' ' || m || ' ' || s);
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["5 18 y"], text[-3000:])

    def test_rows_are_found_by_the_rowid_that_a_variable_holds(self):
        text = self.loaded("""
CREATE TABLE t (id NUMBER(9), v VARCHAR2(20));
CREATE OR REPLACE PROCEDURE shown IS
  r ROWID; s VARCHAR2(20);
BEGIN
  INSERT INTO t VALUES (1, 'a'); INSERT INTO t VALUES (2, 'b');
  SELECT ROWID INTO r FROM t WHERE id = 2;
  UPDATE t SET v = 'found' WHERE ROWID = r;
  SELECT v INTO s FROM t WHERE id = 2;
  DBMS_OUTPUT.PUT_LINE(s);
  FOR each IN (SELECT ROWID AS place, id FROM t) LOOP
    DELETE FROM t WHERE ROWID = each.place;
    DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT);
  END LOOP;
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["found", "1", "1"], text[-3000:])

    def test_windows_that_ignore_nulls(self):
        self.loaded("""
CREATE TABLE t (id NUMBER(9), v VARCHAR2(20));
CREATE OR REPLACE PROCEDURE shown IS
BEGIN
  INSERT INTO t VALUES (1, NULL); INSERT INTO t VALUES (2, 'b'); INSERT INTO t VALUES (3, NULL);
  INSERT INTO t VALUES (4, 'd'); INSERT INTO t VALUES (5, NULL);
  FOR r IN (SELECT id, LAG(v IGNORE NULLS) OVER (ORDER BY id) a, LEAD(v, 1, 'z') IGNORE NULLS OVER (ORDER BY id) b,
                   LAST_VALUE(v IGNORE NULLS) OVER (ORDER BY id) c, FIRST_VALUE(v) IGNORE NULLS OVER (ORDER BY id) d
            FROM t ORDER BY id) LOOP
    DBMS_OUTPUT.PUT_LINE(r.id || NVL(r.a, '-') || NVL(r.b, '-') || NVL(r.c, '-') || NVL(r.d, '-'));
  END LOOP;
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"),
                         ["1-b--", "2-dbb", "3bdbb", "4bzdb", "5dzdb"])


class Json(Code):
    def test_json_is_read_and_written(self):
        text = self.loaded("""
CREATE TABLE t (id NUMBER(9), doc CLOB, v VARCHAR2(10));
CREATE OR REPLACE PROCEDURE shown IS
  s VARCHAR2(200);
BEGIN
  INSERT INTO t VALUES (1, '{"a":{"b":"x"},"n":2.50,"items":[{"id":1,"kids":["p","q"]},{"id":2,"name":"two"}]}', 'a"b');
  INSERT INTO t VALUES (2, 'no json', NULL);
  FOR r IN (SELECT id, JSON_VALUE(doc, '$.a.b') a, JSON_VALUE(doc, '$.n' RETURNING NUMBER) + 1 n,
                   JSON_VALUE(doc, '$.z' DEFAULT 'none' ON ERROR DEFAULT 'none' ON EMPTY) z, JSON_QUERY(doc, '$.items[*].id' WITH WRAPPER) w,
                   CASE WHEN JSON_EXISTS(doc, '$.items') THEN 'yes' ELSE 'no' END e
            FROM t ORDER BY id) LOOP
    DBMS_OUTPUT.PUT_LINE(r.id || ' ' || r.a || ' ' || r.n || ' ' || r.z || ' ' || r.w || ' ' || r.e);
  END LOOP;
  FOR r IN (SELECT jt.* FROM t, JSON_TABLE(t.doc, '$.items[*]' COLUMNS (rn FOR ORDINALITY, id NUMBER PATH '$.id',
                   name VARCHAR2(10), e NUMBER EXISTS PATH '$.name',
                   NESTED PATH '$.kids[*]' COLUMNS (kid VARCHAR2(10) PATH '$'))) jt ORDER BY rn, kid) LOOP
    DBMS_OUTPUT.PUT_LINE(r.rn || ' ' || r.id || ' ' || NVL(r.name, '-') || ' ' || r.e || ' ' || NVL(r.kid, '-'));
  END LOOP;
  SELECT JSON_OBJECT('id' VALUE id, KEY 'v' IS v, 'in' VALUE JSON_ARRAY(1, 'x', NULL)) INTO s FROM t WHERE id = 1;
  DBMS_OUTPUT.PUT_LINE(s);
  SELECT JSON_ARRAYAGG(JSON_OBJECT('id' VALUE id, 'v' VALUE v ABSENT ON NULL) ORDER BY id DESC) INTO s FROM t;
  DBMS_OUTPUT.PUT_LINE(s);
  SELECT JSON_OBJECTAGG(KEY TO_CHAR(id) VALUE v) INTO s FROM t;
  DBMS_OUTPUT.PUT_LINE(LENGTH(s));
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), [
            "1 x 3.5 none [1, 2] yes", "2   none  no", "1 1 - 0 p", "1 1 - 0 q", "2 2 two 1 -",
            '{"id":1,"v":"a\\"b","in":[1,"x"]}', '[{"id":2},{"id":1,"v":"a\\"b"}]', "21"], text[-4000:])


class Order(Code):
    def test_a_materialized_view_that_a_routine_needs_has_the_rows_of_the_scripts(self):
        text = self.loaded("""
CREATE TABLE t (a NUMBER);
CREATE MATERIALIZED VIEW m AS SELECT SUM(a) AS s FROM t;
CREATE OR REPLACE FUNCTION f(r m%ROWTYPE) RETURN NUMBER IS BEGIN RETURN r.s; END;
/
INSERT INTO t VALUES (3);
INSERT INTO t VALUES (4);
CREATE OR REPLACE PROCEDURE shown IS r m%ROWTYPE;
BEGIN SELECT * INTO r FROM m; DBMS_OUTPUT.PUT_LINE(f(r)); END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["7"], text[-3000:])

    def test_a_name_of_with_is_no_relation_of_that_name(self):
        text = self.loaded("""
CREATE TABLE t (a NUMBER);
CREATE VIEW w AS SELECT a FROM v;
CREATE VIEW v AS WITH w AS (SELECT a FROM t) SELECT a FROM w;
""")
        self.assertNotIn("9041", text)


class Tables(Code):
    def test_a_key_that_is_enabled_later_holds(self):
        self.loaded("""
CREATE TABLE t (a NUMBER(10), b NUMBER(10), CONSTRAINT k PRIMARY KEY (a) DISABLE, CONSTRAINT u UNIQUE (b));
ALTER TABLE t ENABLE PRIMARY KEY;
ALTER TABLE t DROP CONSTRAINT u;
CREATE OR REPLACE PROCEDURE shown IS
BEGIN
  INSERT INTO t VALUES (1, 1);
  INSERT INTO t VALUES (2, 1);
  INSERT INTO t VALUES (1, 2);
EXCEPTION WHEN DUP_VAL_ON_INDEX THEN
  DBMS_OUTPUT.PUT_LINE('twice');
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["twice"])

    def test_json_and_years_of_partitions(self):
        self.loaded("""
CREATE TABLE t (j CLOB CHECK (j IS JSON), d DATE)
PARTITION BY RANGE (d) (
  PARTITION p1 VALUES LESS THAN (TO_DATE(' 1996-01-01 00:00:00', 'SYYYY-MM-DD HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN')),
  PARTITION p2 VALUES LESS THAN (MAXVALUE));
CREATE OR REPLACE PROCEDURE shown IS
BEGIN
  INSERT INTO t VALUES ('{"a": 1}', DATE '1995-12-31');
  DBMS_OUTPUT.PUT_LINE('in');
  INSERT INTO t VALUES ('{a', DATE '1995-12-31');
EXCEPTION WHEN OTHERS THEN
  DBMS_OUTPUT.PUT_LINE(SQLCODE);
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["in", "-2290"])


class Owners(Code):
    def test_what_a_schema_owns_is_found_from_any_session(self):
        text = self.loaded("""
CREATE TABLE hr.emp (id NUMBER(9) PRIMARY KEY, name VARCHAR2(20));
CREATE VIEW hr.v AS SELECT id, name FROM hr.emp;
CREATE SEQUENCE hr.sq;
CREATE TYPE hr.names AS TABLE OF VARCHAR2(20);
/
CREATE OR REPLACE PROCEDURE hr.add_emp(p_name IN hr.emp.name%TYPE, p_id OUT emp.id%TYPE) IS
  r v%ROWTYPE; n names := names(p_name);
  PROCEDURE put IS BEGIN INSERT INTO emp (id, name) VALUES (p_id, n(1)); END;
BEGIN
  SELECT sq.NEXTVAL INTO p_id FROM dual;
  put;
  SELECT * INTO r FROM hr.v WHERE id = p_id;
  COMMIT;
END;
/
CREATE OR REPLACE FUNCTION hr.emps RETURN NUMBER IS n NUMBER; BEGIN SELECT COUNT(*) INTO n FROM emp; RETURN n; END;
/
CREATE OR REPLACE FUNCTION other.emps RETURN NUMBER IS BEGIN RETURN -1; END;
/
CREATE OR REPLACE PACKAGE hr.pk IS
  g NUMBER := 3;
  PROCEDURE p(x IN OUT NUMBER);
  FUNCTION f RETURN NUMBER;
END;
/
CREATE OR REPLACE PACKAGE BODY hr.pk IS
  PROCEDURE p(x IN OUT NUMBER) IS BEGIN x := x + g + emps; END;
  FUNCTION f RETURN NUMBER IS BEGIN RETURN hr.emps + 1; END;
END;
/
CREATE OR REPLACE TRIGGER hr.tr BEFORE INSERT ON emp FOR EACH ROW
BEGIN
  IF :NEW.id IS NULL THEN :NEW.id := sq.NEXTVAL; END IF;
END;
/
CREATE VIEW hr.w AS SELECT id, emps AS n, hr.pk.f AS f FROM hr.emp;
CREATE OR REPLACE PROCEDURE shown IS i NUMBER; BEGIN
  hr.add_emp('a', i);
  hr.pk.p(i);
  INSERT INTO hr.emp (name) VALUES ('b');
  DBMS_OUTPUT.PUT_LINE(i || ' ' || hr.emps || ' ' || other.emps() || ' ' || hr.pk.f || ' ' || hr.pk.g);
  FOR r IN (SELECT * FROM hr.w ORDER BY id) LOOP DBMS_OUTPUT.PUT_LINE(r.id || ' ' || r.n || ' ' || r.f); END LOOP;
END;
/
""")
        self.assertEqual(self.run_sql(self.database, "CALL shown()"), ["5 2 -1 3 3", "1 2 3", "2 2 3"], text[-3000:])


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if postgres.programs() is None:
        sys.exit(postgres.SKIP)
    with postgres.Postgres() as SERVER:
        outcome = unittest.main(exit=False).result
    sys.exit(not outcome.wasSuccessful())
