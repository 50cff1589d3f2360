#!/usr/bin/env python3
"""One executed case for each construct of code and types in docs/convert/constructs.md. Usage:
construct_code_test.py PROGRAM"""
import os
import sys
import unittest

import code_test
import construct_test
import postgres


class Code(construct_test.Construct):
    def block(self, declarations, body, expected, setup=""):
        """A procedure of these declarations and this body, behind the setup, prints the lines."""
        return self.shows(f"{setup}\nCREATE OR REPLACE PROCEDURE shown IS\n{declarations}\nBEGIN\n{body}\nEND;\n/\n", expected)


    def block_or_item(self, item, declarations, body, expected, setup=""):
        """The same where the conversion may tell instead, by its item, that it does not convert something of it."""
        text = self.loaded(f"{setup}\nCREATE OR REPLACE PROCEDURE shown IS\n{declarations}\nBEGIN\n{body}\nEND;\n/\n")
        if f"[SCT {item} " not in text:
            self.assertEqual(self.run_sql(self.database, "CALL shown()"), expected, text[-3000:])


T = "CREATE TABLE t (id NUMBER(6) PRIMARY KEY, n NUMBER, s VARCHAR2(20));\n"
ROWS = T + "".join(f"INSERT INTO t VALUES ({i}, {i * 10}, '{s}');\n" for i, s in enumerate(("a", "b", "c", "d"), 1))
LOGGED = T + "CREATE TABLE log (line VARCHAR2(50));\n"


class Routines(Code):
    def test_parameters_defaults_and_named_arguments(self):
        self.block("  a NUMBER := 1; b NUMBER;", """
  p(a, b, c => 5);
  DBMS_OUTPUT.PUT_LINE(a || ' ' || b);
  p(x => a, y => b);
  DBMS_OUTPUT.PUT_LINE(a || ' ' || b || ' ' || f);""", ["2 6", "3 5 7"], """
CREATE OR REPLACE PROCEDURE p (x IN OUT NOCOPY NUMBER, y OUT NUMBER, c NUMBER DEFAULT 3) IS
BEGIN x := x + 1; y := c + x - 1; END;
/
CREATE OR REPLACE FUNCTION f (n IN PLS_INTEGER := 7) RETURN NUMBER DETERMINISTIC IS BEGIN RETURN n; END;
/""")

    def test_routines_in_other_languages(self):
        text = self.loaded("CREATE OR REPLACE FUNCTION f (n NUMBER) RETURN NUMBER AS LANGUAGE JAVA NAME 'x.y(int) return int';\n/\n")
        self.assertIn("9108", text)

    def test_nested_routines(self):
        self.block("""
  total NUMBER := 0;
  PROCEDURE odd (n NUMBER);
  PROCEDURE even (n NUMBER) IS BEGIN IF n > 0 THEN total := total + 1; odd(n - 1); END IF; END;
  PROCEDURE odd (n NUMBER) IS total_ NUMBER := total; BEGIN IF n > 0 THEN total := total_ + 10; even(n - 1); END IF; END;""", """
  even(4);
  DBMS_OUTPUT.PUT_LINE(total);""", ["22"])

    def test_overloads(self):
        self.block("", "  p.w(1); p.w('x'); p.w(DATE '2024-01-02'); p.w(b => 'named');", ["number 1", "text x", "date 2024", "text named"], """
CREATE OR REPLACE PACKAGE p IS
  PROCEDURE w (a NUMBER); PROCEDURE w (b VARCHAR2); PROCEDURE w (c DATE);
END;
/
CREATE OR REPLACE PACKAGE BODY p IS
  PROCEDURE w (a NUMBER) IS BEGIN DBMS_OUTPUT.PUT_LINE('number ' || a); END;
  PROCEDURE w (b VARCHAR2) IS BEGIN DBMS_OUTPUT.PUT_LINE('text ' || b); END;
  PROCEDURE w (c DATE) IS BEGIN DBMS_OUTPUT.PUT_LINE('date ' || TO_CHAR(c, 'YYYY')); END;
END;
/""")

    def test_calls_without_parentheses(self):
        self.block("  n NUMBER;", "  touch; n := p.next + p.next; DBMS_OUTPUT.PUT_LINE(n || ' ' || p.next);", ["touched", "3 3"], """
CREATE OR REPLACE PROCEDURE touch IS BEGIN DBMS_OUTPUT.PUT_LINE('touched'); END;
/
CREATE OR REPLACE PACKAGE p IS FUNCTION next RETURN NUMBER; END;
/
CREATE OR REPLACE PACKAGE BODY p IS
  n NUMBER := 0;
  FUNCTION next RETURN NUMBER IS BEGIN n := n + 1; RETURN n; END;
END;
/""")

    def test_pipelined_functions(self):
        self.block("  n NUMBER;", """
  SELECT SUM(column_value) INTO n FROM TABLE(odd(5)) WHERE ROWNUM <= 2;
  DBMS_OUTPUT.PUT_LINE(n);""", ["4"], """
CREATE TYPE nums AS TABLE OF NUMBER;
/
CREATE OR REPLACE FUNCTION odd (n NUMBER) RETURN nums PIPELINED IS
BEGIN FOR i IN 1 .. n LOOP IF MOD(i, 2) = 1 THEN PIPE ROW (i); END IF; END LOOP; RETURN; END;
/""")


class Packages(Code):
    def test_state_and_initialisation(self):
        self.block("", "  DBMS_OUTPUT.PUT_LINE(p.c || ' ' || p.n); p.n := p.n + 1; p.up; DBMS_OUTPUT.PUT_LINE(p.n || ' ' || p.rate);",
                   ["started", "limit 10", "12 .5"], """
CREATE OR REPLACE PACKAGE p IS
  c CONSTANT VARCHAR2(10) := 'limit'; rate CONSTANT NUMBER := 1 / 2; n NUMBER := 3;
  PROCEDURE up;
END;
/
CREATE OR REPLACE PACKAGE BODY p IS
  PROCEDURE up IS BEGIN n := n + 1; END;
BEGIN
  n := 10;
  DBMS_OUTPUT.PUT_LINE('started');
END;
/""")

    def test_a_rollback_undoes_state_and_was_told(self):
        text = self.block("", """
  p.n := 5;
  ROLLBACK;
  DBMS_OUTPUT.PUT_LINE(p.n);""", ["1"], "CREATE OR REPLACE PACKAGE p IS n NUMBER := 1; END;\n/\n")  # Oracle: 5
        self.assertIn("5569", text)

    def test_a_body_that_is_missing(self):
        text = self.loaded("CREATE OR REPLACE PACKAGE p IS PROCEDURE q; END;\n/\n")
        self.assertIn("9109", text)

    def test_types_cursors_and_exceptions_of_packages(self):
        self.block("  r p.pair; v p.names; x p.c%ROWTYPE;", """
  r.a := 1; r.b := 'z'; v(3) := 'three';
  OPEN p.c(2); FETCH p.c INTO x; CLOSE p.c;
  DBMS_OUTPUT.PUT_LINE(r.a || r.b || v(3) || x.s);
  RAISE p.bad;
EXCEPTION WHEN p.bad THEN DBMS_OUTPUT.PUT_LINE('bad ' || SQLCODE);""", ["1zthreeb", "bad -20077"], ROWS + """
CREATE OR REPLACE PACKAGE p IS
  TYPE pair IS RECORD (a NUMBER, b VARCHAR2(5));
  TYPE names IS TABLE OF VARCHAR2(10) INDEX BY PLS_INTEGER;
  CURSOR c (i NUMBER) IS SELECT s, n FROM t WHERE id = i;
  bad EXCEPTION;
  PRAGMA EXCEPTION_INIT(bad, -20077);
END;
/""")


class Flow(Code):
    def test_blocks_and_loops(self):
        self.block("  n NUMBER := 0;", """
  <<outer>>
  FOR i IN REVERSE 1 .. 3 LOOP
    FOR j IN 1 .. 3 LOOP
      CONTINUE WHEN j = 2;
      EXIT outer WHEN i = 1;
      n := n + i * j;
    END LOOP;
  END LOOP;
  DECLARE n VARCHAR2(5) := 'in'; BEGIN DBMS_OUTPUT.PUT_LINE(n); END;
  WHILE n > 15 LOOP n := n - 1; END LOOP;
  LOOP n := n - 1; EXIT WHEN n <= 12; END LOOP;
  CASE n WHEN 12 THEN DBMS_OUTPUT.PUT_LINE('twelve'); ELSE NULL; END CASE;
  CASE WHEN n > 50 THEN NULL; WHEN n > 5 THEN DBMS_OUTPUT.PUT_LINE('more'); END CASE;
  IF n = 1 THEN NULL; ELSIF n = 12 THEN DBMS_OUTPUT.PUT_LINE(n); ELSE NULL; END IF;""", ["in", "twelve", "more", "12"])

    def test_case_not_found(self):
        self.block("  n NUMBER := 3;", """
  CASE n WHEN 1 THEN NULL; END CASE;
EXCEPTION WHEN CASE_NOT_FOUND THEN DBMS_OUTPUT.PUT_LINE(SQLCODE);""", ["-6592"])

    def test_goto(self):
        text = self.loaded("CREATE OR REPLACE PROCEDURE p IS\n  n NUMBER := 0;\nBEGIN\n  <<again>>\n  n := n + 1;\n"
                           "  IF n < 3 THEN GOTO again; END IF;\nEND;\n/\n")
        self.assertTrue("5335" in text or "LOOP" in text)

    def test_select_into(self):
        self.block("  v VARCHAR2(20); i NUMBER;", """
  FOR wanted IN 1 .. 3 LOOP
    BEGIN
      SELECT s INTO v FROM t WHERE n = 10 * wanted;
      DBMS_OUTPUT.PUT_LINE(v);
    EXCEPTION
      WHEN NO_DATA_FOUND THEN DBMS_OUTPUT.PUT_LINE('none ' || v || SQLCODE);
      WHEN TOO_MANY_ROWS THEN DBMS_OUTPUT.PUT_LINE('many ' || SQLCODE);
    END;
  END LOOP;""", ["a", "none a100", "many -1422"], T + "INSERT INTO t VALUES (1, 10, 'a');\nINSERT INTO t VALUES (3, 30, 'x');\nINSERT INTO t VALUES (4, 30, 'y');\n")


class Cursors(Code):
    def test_explicit_cursors(self):
        self.block("  CURSOR c (least_ NUMBER := 20) IS SELECT id, s FROM t WHERE n >= least_ ORDER BY id FOR UPDATE; r c%ROWTYPE;", """
  OPEN c;
  LOOP
    FETCH c INTO r;
    EXIT WHEN c%NOTFOUND;
    UPDATE t SET n = n + 1 WHERE CURRENT OF c;
    DBMS_OUTPUT.PUT_LINE(c%ROWCOUNT || r.s);
  END LOOP;
  CLOSE c;
  IF NOT c%ISOPEN THEN DBMS_OUTPUT.PUT_LINE('closed'); END IF;
  FOR x IN c(40) LOOP DBMS_OUTPUT.PUT_LINE(x.id); END LOOP;
  SELECT SUM(n) INTO r.id FROM t;
  DBMS_OUTPUT.PUT_LINE(r.id || ' ' || SQL%ROWCOUNT);""", ["1b", "2c", "3d", "closed", "4", "103 1"], ROWS)

    def test_ref_cursors(self):
        self.block("  c SYS_REFCURSOR; v VARCHAR2(20); n NUMBER;", """
  opened(c);
  LOOP FETCH c INTO v, n; EXIT WHEN c%NOTFOUND; DBMS_OUTPUT.PUT_LINE(v || n); END LOOP;
  CLOSE c;
  OPEN c FOR 'SELECT s FROM t WHERE id = :i' USING 3;
  FETCH c INTO v;
  DBMS_OUTPUT.PUT_LINE(v);
  CLOSE c;""", ["a10", "b20", "c"], ROWS + """
CREATE OR REPLACE PROCEDURE opened (c OUT SYS_REFCURSOR) IS BEGIN OPEN c FOR SELECT s, n FROM t WHERE n <= 20 ORDER BY id; END;
/""")

    def test_attributes_of_statements(self):
        self.block("", """
  UPDATE t SET n = 0 WHERE id > 2;
  DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT);
  DELETE FROM t WHERE id = 77;
  IF SQL%NOTFOUND THEN DBMS_OUTPUT.PUT_LINE('none'); END IF;
  INSERT INTO t SELECT id + 10, n, s FROM t;
  IF SQL%FOUND THEN DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT); END IF;""", ["2", "none", "4"], ROWS)

    def test_bulk_collect_and_forall(self):
        self.block("""
  TYPE nums IS TABLE OF t.id%TYPE; TYPE recs IS TABLE OF t%ROWTYPE INDEX BY PLS_INTEGER;
  ids nums; all_ recs; CURSOR c IS SELECT id FROM t ORDER BY id; failed NUMBER;
  bulk_errors EXCEPTION; PRAGMA EXCEPTION_INIT(bulk_errors, -24381);""", """
  SELECT * BULK COLLECT INTO all_ FROM t ORDER BY id;
  DBMS_OUTPUT.PUT_LINE(all_.COUNT || all_(2).s);
  OPEN c;
  LOOP FETCH c BULK COLLECT INTO ids LIMIT 3; EXIT WHEN ids.COUNT = 0; DBMS_OUTPUT.PUT_LINE(ids.COUNT); END LOOP;
  CLOSE c;
  ids := nums(1, 2);
  FORALL i IN 1 .. ids.COUNT UPDATE t SET n = n + 5 WHERE id >= ids(i);
  DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT);
  ids := nums(9, 1, 8, 2);
  BEGIN
    FORALL i IN ids.FIRST .. ids.LAST SAVE EXCEPTIONS INSERT INTO t (id) VALUES (ids(i));
  EXCEPTION WHEN bulk_errors THEN
    FOR k IN 1 .. SQL%BULK_EXCEPTIONS.COUNT LOOP
      DBMS_OUTPUT.PUT_LINE(SQL%BULK_EXCEPTIONS(k).ERROR_INDEX || ' ' || SQL%BULK_EXCEPTIONS(k).ERROR_CODE);
    END LOOP;
  END;
  SELECT COUNT(*) INTO failed FROM t;
  DBMS_OUTPUT.PUT_LINE(failed);""", ["4b", "3", "1", "7", "2 1", "4 1", "6"], ROWS)

    def test_returning(self):
        self.block_or_item("5087", "  i NUMBER; TYPE nums IS TABLE OF NUMBER; gone nums;", """
  INSERT INTO t VALUES (7, 1, 'x') RETURNING id + 1 INTO i;
  DELETE FROM t WHERE id < 3 RETURNING n BULK COLLECT INTO gone;
  DBMS_OUTPUT.PUT_LINE(i || ' ' || gone.COUNT);""", ["8 2"], ROWS)


class Collections(Code):
    def test_associative_arrays(self):
        self.block("  TYPE m IS TABLE OF NUMBER INDEX BY VARCHAR2(10); TYPE l IS TABLE OF VARCHAR2(5) INDEX BY PLS_INTEGER; a m; b l; k VARCHAR2(10);", """
  a('x') := 1; a('b') := 2; a('mm') := 3;
  k := a.FIRST;
  WHILE k IS NOT NULL LOOP DBMS_OUTPUT.PUT_LINE(k || a(k)); k := a.NEXT(k); END LOOP;
  a.DELETE('mm');
  b(-5) := 'neg'; b(10) := 'ten'; b(2) := 'two';
  DBMS_OUTPUT.PUT_LINE(a.COUNT || a.LAST || b.FIRST || b(b.LAST) || b.PRIOR(10) || CASE WHEN b.EXISTS(3) THEN 'y' ELSE 'n' END);
  b.DELETE(-5, 2);
  DBMS_OUTPUT.PUT_LINE(b.COUNT || b(10));
  k := b(99);
EXCEPTION WHEN NO_DATA_FOUND THEN DBMS_OUTPUT.PUT_LINE('none');""", ["b2", "mm3", "x1", "2x-5ten2n", "1ten", "none"])

    def test_nested_tables(self):
        self.block("  TYPE l IS TABLE OF VARCHAR2(5); a l := l('p', 'q'); b l;", """
  a.EXTEND; a(3) := 'r'; a.EXTEND(2, 1); a.TRIM;
  DBMS_OUTPUT.PUT_LINE(a.COUNT || a(a.LAST) || CASE WHEN b IS NULL THEN '-' END || a.NEXT(1) || NVL(a.PRIOR(1), 0));
  a.DELETE;
  DBMS_OUTPUT.PUT_LINE(a.COUNT);""", ["4p-20", "0"])

    def test_an_index_beyond_the_end_was_told(self):
        text = self.block("  TYPE l IS TABLE OF NUMBER; a l := l(1); i NUMBER := 2;", """
  DBMS_OUTPUT.PUT_LINE(NVL(a(i), 0));""", ["0"])  # Oracle: ORA-06533
        self.assertIn("9043", text)

    def test_sets_of_nested_tables(self):
        self.block_or_item("9020", "  TYPE l IS TABLE OF VARCHAR2(5); a l := l('p', 'q'); b l;", """
  a.EXTEND; a(3) := 'r';
  DBMS_OUTPUT.PUT_LINE(CASE WHEN 'q' MEMBER OF a THEN 'in' END);
  b := l('q', 'z') MULTISET UNION DISTINCT a;
  DBMS_OUTPUT.PUT_LINE(b.COUNT || ' ' || CARDINALITY(a MULTISET EXCEPT l('p')));""", ["in", "4 2"])

    def test_varrays_and_records_in_collections(self):
        self.block("""  TYPE v IS VARRAY(3) OF NUMBER; TYPE r IS RECORD (n v, t t%ROWTYPE); TYPE rs IS TABLE OF r INDEX BY PLS_INTEGER; x r; y rs;""", """
  x.n := v(1, 2); x.t.s := 'rec';
  y(1) := x; y(1).t.s := 'changed'; y(1).n(2) := 9;
  DBMS_OUTPUT.PUT_LINE(x.n.LIMIT || x.t.s || y(1).t.s || y(1).n(2) || x.n(2));""", ["3recchanged92"], T)


class Errors(Code):
    def test_errors_by_name_and_by_number(self):
        self.block("  own EXCEPTION; x VARCHAR2(3) := 'x'; dup EXCEPTION; PRAGMA EXCEPTION_INIT(dup, -1);", """
  BEGIN INSERT INTO t VALUES (1, 1, 'x'); EXCEPTION WHEN dup THEN DBMS_OUTPUT.PUT_LINE('dup ' || SQLCODE); END;
  BEGIN RAISE own; EXCEPTION WHEN own THEN DBMS_OUTPUT.PUT_LINE(SQLCODE || SQLERRM); END;
  BEGIN RAISE_APPLICATION_ERROR(-20123, 'told'); EXCEPTION WHEN OTHERS THEN DBMS_OUTPUT.PUT_LINE(SQLCODE || ' ' || SQLERRM); END;
  BEGIN
    BEGIN RAISE ZERO_DIVIDE; EXCEPTION WHEN ZERO_DIVIDE THEN DBMS_OUTPUT.PUT_LINE('again'); RAISE; END;
  EXCEPTION WHEN OTHERS THEN DBMS_OUTPUT.PUT_LINE(SQLCODE);
  END;
  BEGIN DBMS_OUTPUT.PUT_LINE(TO_NUMBER(x)); EXCEPTION WHEN INVALID_NUMBER OR VALUE_ERROR THEN DBMS_OUTPUT.PUT_LINE('number'); END;
  DBMS_OUTPUT.PUT_LINE(SQLCODE);""", ["dup -1", "1User-Defined Exception", "-20123 ORA-20123: told", "again", "-1476", "number", "0"], ROWS)

    def test_a_handler_behind_changes(self):
        text = self.block("  n NUMBER;", """
  BEGIN
    UPDATE t SET n = 99 WHERE id = 1;
    INSERT INTO t VALUES (2, 2, 'twice');
  EXCEPTION WHEN DUP_VAL_ON_INDEX THEN DBMS_OUTPUT.PUT_LINE('twice');
  END;
  SELECT n INTO n FROM t WHERE id = 1;
  DBMS_OUTPUT.PUT_LINE(n);""", ["twice", "99"], ROWS)
        self.assertIsNotNone(text)

    def test_ends_of_transactions(self):
        self.shows(T + """
CREATE OR REPLACE PROCEDURE shown IS
  n NUMBER;
BEGIN
  INSERT INTO t VALUES (1, 1, 'x');
  COMMIT;
  INSERT INTO t VALUES (2, 2, 'y');
  ROLLBACK;
  SELECT COUNT(*) INTO n FROM t;
  DBMS_OUTPUT.PUT_LINE(n);
END;
/
""", ["1"])

    def test_ends_of_transactions_where_there_are_none(self):
        text = self.loaded(T + "CREATE OR REPLACE FUNCTION f RETURN NUMBER IS BEGIN SAVEPOINT s; INSERT INTO t VALUES (1, 1, 'x'); COMMIT; RETURN 1; END;\n/\n")
        self.assertIn("5350", text)
        self.assertIn("5611", text)

    def test_autonomous_transactions(self):
        text = self.loaded(LOGGED + "CREATE OR REPLACE PROCEDURE logged (l VARCHAR2) IS\n  PRAGMA AUTONOMOUS_TRANSACTION;\n"
                           "BEGIN INSERT INTO log VALUES (l); COMMIT; END;\n/\n")
        self.assertIn("5663", text)


class Dynamic(Code):
    def test_statements_with_binds(self):
        self.block("  n NUMBER; v VARCHAR2(20) := 's'; c NUMBER;", """
  EXECUTE IMMEDIATE 'UPDATE t SET n = n + :1 WHERE id <= :2' USING 5, 2;
  DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT);
  EXECUTE IMMEDIATE 'SELECT SUM(n) FROM t' INTO n;
  EXECUTE IMMEDIATE 'SELECT ' || v || ' FROM t WHERE id = :i' INTO v USING 2;
  EXECUTE IMMEDIATE 'INSERT INTO t VALUES (9, 1, :s) RETURNING id INTO :i' USING 'q' RETURNING INTO c;
  DBMS_OUTPUT.PUT_LINE(n || v || c);""", ["2", "110b9"], ROWS)

    def test_blocks_with_results(self):
        self.block_or_item("5334", "  n NUMBER := 4;", """
  EXECUTE IMMEDIATE 'BEGIN p(:a, :b); END;' USING 3, OUT n;
  DBMS_OUTPUT.PUT_LINE(n);""", ["6"], "CREATE OR REPLACE PROCEDURE p (a NUMBER, b OUT NUMBER) IS BEGIN b := 2 * a; END;\n/\n")


class Triggers(Code):
    def test_row_and_statement_triggers(self):
        self.block("  n NUMBER;", """
  INSERT INTO t (id, s) VALUES (1, 'a');
  UPDATE t SET n = 5, s = 'b';
  UPDATE t SET s = 'b';
  DELETE FROM t;
  FOR r IN (SELECT line FROM log) LOOP DBMS_OUTPUT.PUT_LINE(r.line); END LOOP;""",
                   ["I -/1", "after", "U 1/5", "n changed", "after", "U 5/5", "after", "D 5/-", "after"], LOGGED + """
CREATE OR REPLACE TRIGGER before_row BEFORE INSERT OR UPDATE OR DELETE ON t REFERENCING NEW AS n OLD AS o FOR EACH ROW
BEGIN
  IF INSERTING THEN :n.n := NVL(:n.n, 1); INSERT INTO log VALUES ('I -/' || :n.n);
  ELSIF UPDATING THEN INSERT INTO log VALUES ('U ' || :o.n || '/' || :n.n); IF UPDATING('N') AND :o.n <> :n.n THEN INSERT INTO log VALUES ('n changed'); END IF;
  ELSE INSERT INTO log VALUES ('D ' || :o.n || '/-'); END IF;
END;
/
CREATE OR REPLACE TRIGGER after_all AFTER INSERT OR UPDATE OR DELETE ON t BEGIN INSERT INTO log VALUES ('after'); END;
/""")

    def test_conditions_and_columns(self):
        self.block("  n NUMBER;", """
  INSERT INTO t VALUES (1, 1, 'a');
  UPDATE t SET s = 'b'; UPDATE t SET n = 2; UPDATE t SET n = 50;
  FOR r IN (SELECT line FROM log) LOOP DBMS_OUTPUT.PUT_LINE(r.line); END LOOP;""", ["50"], LOGGED + """
CREATE OR REPLACE TRIGGER big AFTER UPDATE OF n ON t FOR EACH ROW WHEN (new.n > 10)
DECLARE v NUMBER := :NEW.n; BEGIN INSERT INTO log VALUES (v); END;
/""")

    def test_instead_of(self):
        self.block("  n NUMBER;", """
  INSERT INTO v (id, who) VALUES (3, 'x');
  UPDATE v SET who = 'y';
  SELECT s INTO n FROM (SELECT COUNT(*) AS s FROM t WHERE s = 'Y');
  DBMS_OUTPUT.PUT_LINE(n);""", ["1"], T + """
CREATE OR REPLACE VIEW v AS SELECT id, s AS who FROM t;
CREATE OR REPLACE TRIGGER v_io INSTEAD OF INSERT OR UPDATE ON v FOR EACH ROW
BEGIN
  IF INSERTING THEN INSERT INTO t (id, s) VALUES (:NEW.id, :NEW.who); ELSE UPDATE t SET s = UPPER(:NEW.who) WHERE id = :OLD.id; END IF;
END;
/""")

    def test_compound_triggers(self):
        self.block("", """
  INSERT INTO t SELECT LEVEL, 1, 'x' FROM dual CONNECT BY LEVEL <= 3;
  FOR r IN (SELECT line FROM log) LOOP DBMS_OUTPUT.PUT_LINE(r.line); END LOOP;""", ["begin", "row 1", "row 2", "row 3", "end 3"], LOGGED + """
CREATE OR REPLACE TRIGGER counted FOR INSERT ON t COMPOUND TRIGGER
  n NUMBER := 0;
  BEFORE STATEMENT IS BEGIN INSERT INTO log VALUES ('begin'); END BEFORE STATEMENT;
  BEFORE EACH ROW IS BEGIN :NEW.n := 7; END BEFORE EACH ROW;
  AFTER EACH ROW IS BEGIN n := n + 1; INSERT INTO log VALUES ('row ' || :NEW.id); END AFTER EACH ROW;
  AFTER STATEMENT IS BEGIN INSERT INTO log VALUES ('end ' || n); END AFTER STATEMENT;
END counted;
/""")

    def test_triggers_of_a_schema(self):
        text = self.loaded(LOGGED + "CREATE OR REPLACE TRIGGER d AFTER DDL ON SCHEMA BEGIN INSERT INTO log VALUES ('x'); END;\n/\n")
        self.assertIn("5311", text)


class Types(Code):
    def test_objects_with_methods_and_supertypes(self):
        text = self.block("  c disc := disc('c', 2); s shape; n NUMBER;", """
  s := c;
  DBMS_OUTPUT.PUT_LINE(c.area || ' ' || c.name || ' ' || s.told('!') || ' ' || shape.made);
  c.grow(2);
  DBMS_OUTPUT.PUT_LINE(c.r);""", ["12 c c! 7", "4"], """
CREATE OR REPLACE TYPE shape AS OBJECT (name VARCHAR2(10), MEMBER FUNCTION area RETURN NUMBER,
  MEMBER FUNCTION told (b VARCHAR2) RETURN VARCHAR2, STATIC FUNCTION made RETURN NUMBER) NOT FINAL;
/
CREATE OR REPLACE TYPE BODY shape AS
  MEMBER FUNCTION area RETURN NUMBER IS BEGIN RETURN 0; END;
  MEMBER FUNCTION told (b VARCHAR2) RETURN VARCHAR2 IS BEGIN RETURN name || b; END;
  STATIC FUNCTION made RETURN NUMBER IS BEGIN RETURN 7; END;
END;
/
CREATE OR REPLACE TYPE disc UNDER shape (r NUMBER, OVERRIDING MEMBER FUNCTION area RETURN NUMBER, MEMBER PROCEDURE grow (f NUMBER));
/
CREATE OR REPLACE TYPE BODY disc AS
  OVERRIDING MEMBER FUNCTION area RETURN NUMBER IS BEGIN RETURN 3 * r * r; END;
  MEMBER PROCEDURE grow (f NUMBER) IS BEGIN SELF.r := SELF.r * f; END;
END;
/""")
        self.assertIn("5577", text)  # which method of a subtype runs is decided when it is converted

    def test_constructors_in_queries(self):
        self.block("  n NUMBER; a names;", """
  INSERT INTO people VALUES (1, person('ada', 36), names('x', 'y'));
  SELECT p.who.age, p.nicks INTO n, a FROM people p;
  DBMS_OUTPUT.PUT_LINE(n || a(2));""", ["36y"], PEOPLE)

    def test_collected_rows(self):
        self.block_or_item("9020", "  a names;", """
  SELECT CAST(MULTISET(SELECT s FROM t ORDER BY id) AS names) INTO a FROM dual;
  DBMS_OUTPUT.PUT_LINE(a.COUNT || a(1));""", ["4a"], PEOPLE)

    def test_attributes_in_views(self):
        self.gives(PEOPLE + "INSERT INTO people VALUES (1, person('ada', 36), names('x', 'y'));\n"
                   "CREATE VIEW ages AS SELECT p.id, p.who.age AS age FROM people p WHERE p.who.name = 'ada';\n",
                   "SELECT age FROM ages", ["36"])


PEOPLE = ROWS + """
CREATE TYPE person AS OBJECT (name VARCHAR2(10), age NUMBER);
/
CREATE TYPE names AS TABLE OF VARCHAR2(10);
/
CREATE TABLE people (id NUMBER, who person, nicks names) NESTED TABLE nicks STORE AS nicks_tab;
"""


if __name__ == "__main__":
    code_test.PROGRAM = os.path.abspath(sys.argv.pop(1))
    if postgres.programs() is None:
        sys.exit(postgres.SKIP)
    with postgres.Postgres() as code_test.SERVER:
        outcome = unittest.main(exit=False).result
    sys.exit(not outcome.wasSuccessful())
