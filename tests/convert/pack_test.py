#!/usr/bin/env python3
"""The runtime pack on a real PostgreSQL: pack_test.py FOLDER_OF_THE_PACK

It is installed by a role that is no superuser, twice; every function passes plpgsql_check; and the values are those of
Oracle's documentation (EXPECTED, and the claims below it).
"""
import calendar
import decimal
import glob
import itertools
import os
import random
import sys
import unittest

import postgres

# (expression, what Oracle gives as text; None: NULL). f() stands for oracle_ext.f().
EXPECTED = [
    # '' is NULL
    ("nvl('', 'd')", "d"), ("length('')", None), ("concat('', 'b')", "b"), ("concat('a', NULL)", "a"),
    ("concat('', NULL::text)", None), ("nvl2('', 'x', 'y')", "y"), ("to_char('')", None), ("replace('a', 'a', '')", None),
    ("trim('   ')", None), ("upper('')", None), ("instr('abc', '')", None), ("to_date('', 'YYYY')", None), ("to_number('')", None),
    # SUBSTR, INSTR
    ("substr('ABCDEFG', 3, 4)", "CDEF"), ("substr('ABCDEFG', -5, 4)", "CDEF"), ("substr('abc', 0, 2)", "ab"),
    ("substr('abc', -4)", None), ("substr('abc', 2, 0)", None), ("substr('abc', 4)", None), ("substr(1234, 2, 2)", "23"),
    ("instr('CORPORATE FLOOR', 'OR', 3, 2)", "14"), ("instr('CORPORATE FLOOR', 'OR', -3, 2)", "2"),
    ("instr('abc', 'b', 0)", "0"), ("instr('abc', 'x')", "0"), ("instrb('CORPORATE FLOOR', 'OR', 5, 2)", "14"),
    ("lengthb('été')", "5"), ("substrb('été', 1, 2)", "é"),
    # text
    ("lpad('Page 1', 15, '*.')", "*.*.*.*.*Page 1"), ("rpad('MORRISON', 12, 'ab')", "MORRISONabab"), ("lpad('abc', 2)", "ab"),
    ("lpad('abc', 0)", None), ("ltrim('<=====>BROWNING<=====>', '<>=')", "BROWNING<=====>"), ("rtrim('ab  ')", "ab"),
    ("replace('JACK and JUE', 'J', 'BL')", "BLACK and BLUE"), ("replace('abc', NULL, 'x')", "abc"),
    ("translate('SQL*Plus User''s Guide', ' */''', '___')", "SQL_Plus_Users_Guide"), ("initcap('the soap')", "The Soap"),
    ("soundex('Smith')", "S530"), ("soundex('SMYTHE')", "S530"), ("chr(67) || oracle_ext.chr(65)", "CA"), ("ascii('Q')", "81"),
    ("length('ab'::char(5))", "5"), ("unistr('\\00e9')", "é"), ("asciistr('ABÄCDE')", "AB\\00C4CDE"),
    ("greatest(1, NULL, 3)", None), ("least(2, 1)", "1"), ("greatest(1, 5, 3, 4)", "5"), ("decode(NULL::text, NULL, 1, 2)", "1"),
    ("decode(3, 1, 'a', 2, 'b')", None),
    # the blanks of a CHAR count wherever it stands
    ("ltrim('  abc'::text, 'a'::char(3))", "bc"), ("rtrim('abc  '::text, 'c'::char(3))", "ab"), ("btrim(' cbc '::bpchar, 'c'::char(2))", "b"),
    ("instr('ab'::text, 'b'::char(2))", "0"), ("instr('ab x'::text, 'b'::char(2))", "2"), ("rpad('a'::text, 4, 'b'::char(2))", "ab b"),
    # Oracle's bytes
    ("dump(10)", "Typ=2 Len=2: 193,11"), ("dump(10.23)", "Typ=2 Len=3: 193,11,24"), ("dump(-100)", "Typ=2 Len=3: 61,100,102"),
    ("dump(0)", "Typ=2 Len=1: 128"), ("dump(0.001)", "Typ=2 Len=2: 191,11"), ("dump(1000000)", "Typ=2 Len=2: 196,2"), ("dump(NULL::numeric)", "NULL"),
    ("dump(timestamp '2008-10-10 01:02:03')", "Typ=12 Len=7: 120,108,10,10,2,3,4"), ("dump('ab'::char(3))", "Typ=96 Len=3: 97,98,32"),
    ("dbms_assert_enquote_literal('a')", "'a'"), ("dbms_assert_enquote_literal('''it''''s''')", "'it''s'"),
    ("dbms_assert_enquote_name('a')", '"A"'), ("dbms_assert_enquote_name('a', false)", '"a"'), ("dbms_assert_enquote_name('\"a\"\"b\"')", '"a""b"'),
    # regular expressions
    ("regexp_substr('500 Oracle Parkway, Redwood Shores, CA', ',[^,]+,')", ", Redwood Shores,"),
    ("regexp_replace('500   Oracle     Parkway,    Redwood  Shores, CA', '( ){2,}', ' ')", "500 Oracle Parkway, Redwood Shores, CA"),
    ("regexp_instr('500 Oracle Parkway, Redwood Shores, CA', '[^ ]+', 1, 6)", "37"),
    ("regexp_count('123123123123123', '(12)3', 1, 'i')", "5"), ("regexp_substr('0123456789', '(123)(4(56)(78))', 1, 1, 'i', 4)", "78"),
    ("regexp_like('a' || chr(10) || 'b', 'a.b')", "false"), ("regexp_like('a' || chr(10) || 'b', 'a.b', 'n')", "true"),
    ("regexp_like('x' || chr(10) || 'b', '^b')", "false"), ("regexp_like('x' || chr(10) || 'b', '^b', 'm')", "true"),
    ("regexp_like('Abc', 'a')", "false"), ("regexp_like('Abc', 'a', 'ci')", "true"), ("regexp_like('Abc', 'a', 'ic')", "false"),
    ("regexp_substr('a,b' || chr(10) || 'c,d', '[^,]+', 1, 2)", "b\nc"), ("regexp_like('a\\b', '[\\]')", "true"),
    ("regexp_replace('abc', 'b')", "ac"), ("regexp_substr('', 'a')", None),
    # numbers
    ("to_char(0.25)", ".25"), ("to_char(-0.25)", "-.25"), ("to_char(1200.50)", "1200.5"), ("to_char(0)", "0"), ("to_char(100)", "100"),
    ("to_char(1 / 4.0)", ".25"), ("to_char(divide(1, 3))", "." + "3" * 40), ("to_char(divide(10, 3))", "3." + "3" * 38),
    ("to_char(divide(7, 2))", "3.5"), ("to_char(divide(2, 3))", "." + "6" * 39 + "7"), ("divide(1, 4)", "0.25"),
    ("to_char(1234.5, '9,999.99')", " 1,234.50"), ("to_char(-1234.5, '9,999.99')", "-1,234.50"), ("to_char(0, '90.99')", "  0.00"),
    ("to_char(12345, '999')", "####"), ("to_char(1234, 'FM9999')", "1234"), ("to_char(5, 'FM000')", "005"), ("to_char(5, '000')", " 005"),
    ("to_char(-5, '999MI')", "  5-"), ("to_char(-5, '999PR')", "  <5>"), ("to_char(5, 'S99')", " +5"),
    ("to_char(255, 'XX')", " FF"), ("to_char(255, 'FMxx')", "ff"), ("to_char(255, '0XXX')", " 00FF"), ("to_char(4, 'FMRN')", "IV"),
    ("to_char(1234.5, '$9,999.99')", " $1,234.50"), ("to_char(0.5, 'FM99.99')", ".5"), ("to_char(12345, '9.99EEEE')", " 1.23E+04"),
    ("to_char(12.5, 'TM9')", "12.5"), ("to_char(10000, 'L99G999D99MI')", "$10,000.00 "),
    ("to_number('100.00', '9G999D99')", "100.00"), ("to_number('-$1,234.5', '$9,999.9')", "-1234.5"), ("to_number('FF', 'XX')", "255"),
    ("to_number(' 12 ')", "12"), ("to_number('<5>', '9PR')", "-5"), ("to_number('5-', '9MI')", "-5"), ("to_number('.5')", "0.5"),
    ("mod(11, 4)", "3"), ("mod(-11, 4)", "-3"), ("mod(11, 0)", "11"), ("remainder(11, 4)", "-1"), ("remainder(10, 4)", "2"),
    ("bitand(6, 3)", "2"), ("bin_to_num(1, 0, 1, 0)", "10"), ("trunc(15.79, 1)", "15.7"), ("trunc(15.79, -1)", "10"),
    ("round(15.193, 1)", "15.2"), ("round(2.5)", "3"), ("round(-2.5)", "-3"), ("power(3, 2)", "9"),
    # moments
    ("to_char(date_add(to_date('2008-08-12 14:28:00', 'YYYY-MM-DD HH24:MI:SS'), 1), 'YYYY-MM-DD HH24:MI:SS')", "2008-08-13 14:28:00"),
    ("date_add(timestamp '2024-02-28', 1)", "2024-02-29 00:00:00"), ("date_add(timestamp '2024-02-29 23:00', 1 / 24.0)", "2024-03-01 00:00:00"),
    ("date_add(timestamp '2024-03-01', -0.5)", "2024-02-29 12:00:00"), ("date_diff(timestamp '2024-03-01', timestamp '2024-02-28')", "2"),
    ("date_diff(timestamp '2024-03-01 12:00', timestamp '2024-03-01')", "0.5"),
    ("add_months(timestamp '2024-02-29', 12)", "2025-02-28 00:00:00"), ("add_months(timestamp '2023-02-28 10:00', 12)", "2024-02-29 10:00:00"),
    ("add_months(timestamp '2024-01-31', 1)", "2024-02-29 00:00:00"), ("add_months(timestamp '2024-03-30', -1)", "2024-02-29 00:00:00"),
    ("add_months(date '2024-04-30', 1)", "2024-05-31 00:00:00"),
    ("round(months_between(timestamp '1995-02-02', timestamp '1995-01-01'), 14)", "1.03225806451613"),
    ("months_between(timestamp '2024-02-29', timestamp '2024-01-31')", "1"), ("last_day(timestamp '2024-02-10 10:00')", "2024-02-29 10:00:00"),
    ("next_day(timestamp '2009-10-15', 'TUESDAY')", "2009-10-20 00:00:00"), ("next_day(timestamp '2024-01-02', 3)", "2024-01-09 00:00:00"),
    ("trunc(timestamp '1992-10-27 10:00', 'YEAR')", "1992-01-01 00:00:00"), ("round(timestamp '2000-10-27', 'YEAR')", "2001-01-01 00:00:00"),
    ("trunc(timestamp '2024-11-23 15:45')", "2024-11-23 00:00:00"), ("round(timestamp '2024-11-23 12:00')", "2024-11-24 00:00:00"),
    ("round(timestamp '2024-11-16', 'MM')", "2024-12-01 00:00:00"), ("round(timestamp '2024-11-15 23:59', 'MM')", "2024-11-01 00:00:00"),
    ("round(timestamp '2024-05-16', 'Q')", "2024-07-01 00:00:00"), ("trunc(timestamp '2024-11-23', 'IW')", "2024-11-18 00:00:00"),
    ("trunc(timestamp '2024-11-23', 'D')", "2024-11-17 00:00:00"), ("trunc(timestamp '2024-01-01', 'IYYY')", "2024-01-01 00:00:00"),
    ("to_date('January 15, 1989, 11:00 A.M.', 'Month dd, YYYY, HH:MI A.M.')", "1989-01-15 11:00:00"),
    ("to_date('27-OCT-98', 'DD-MON-RR')", "1998-10-27 00:00:00"), ("to_date('27-OCT-17', 'DD-MON-RR')", "2017-10-27 00:00:00"),
    ("to_date('20240229', 'YYYYMMDD')", "2024-02-29 00:00:00"), ("to_date('2024/02/29', 'YYYY-MM-DD')", "2024-02-29 00:00:00"),
    ("to_date('2024-02-29', 'YYYY-MM-DD HH24:MI:SS')", "2024-02-29 00:00:00"), ("to_date('1-1-2024', 'DD-MM-YYYY')", "2024-01-01 00:00:00"),
    ("to_date('12:30 AM 01.02.2024', 'HH:MI AM DD.MM.YYYY')", "2024-02-01 00:30:00"), ("to_date('2460000', 'J')", "2023-02-24 00:00:00"),
    ("to_date('2024060', 'YYYYDDD')", "2024-02-29 00:00:00"), ("to_timestamp('2024-02-29 10:11:12.345', 'YYYY-MM-DD HH24:MI:SS.FF')", "2024-02-29 10:11:12.345"),
    ("sys_extract_utc(to_timestamp_tz('2024-02-29 10:00:00 -05:30', 'YYYY-MM-DD HH24:MI:SS TZH:TZM'))", "2024-02-29 15:30:00"),
    ("to_char(timestamp '2024-11-03 15:04:05', 'DD-MON-YYYY HH24:MI:SS')", "03-NOV-2024 15:04:05"),
    ("to_char(timestamp '2024-11-03', 'fmDay, Month DD, YYYY')", "Sunday, November 3, 2024"), ("to_char(timestamp '2024-11-03')", "03-NOV-24"),
    ("to_char(timestamp '2024-11-03', 'DDth \"of\" Month')", "03rd of November "), ("to_char(timestamp '2024-11-03 15:04:05', 'SSSSS')", "54245"),
    ("to_char(timestamp '2024-11-03', 'RR Q WW IW D J')", "24 4 44 44 1 2460618"), ("new_time(timestamp '2009-11-10 01:23:45', 'AST', 'PST')", "2009-11-09 21:23:45"),
    ("to_char(numtodsinterval(100, 'MINUTE'))", "+00 01:40:00.000000"), ("to_yminterval('01-02')", "1 year 2 mons"),
    ("sys_extract_utc(from_tz(timestamp '2000-03-28 08:00:00', '+03:00'))", "2000-03-28 05:00:00"),
    # errors
    ("sqlcode('P0002')", "100"), ("sqlcode('OR055')", "-20055"), ("sqlcode('UX0AB')", "1"), ("sqlcode('23505')", "-1"), ("sqlcode('22003')", "-1438"),
    ("sqlcode(sqlstate_of(-24381))", "-24381"), ("sqlerrm('OR055', 'ORA-20055: boom')", "ORA-20055: boom"), ("sqlerrm('UX0AB', 'User-Defined Exception')", "User-Defined Exception"),
    ("sqlerrm(-1403)", "ORA-01403: no data found"), ("sqlerrm(100)", "ORA-01403: no data found"), ("sqlerrm(0)", "ORA-0000: normal, successful completion"),
    # types of texts of dynamic SQL
    ("type_of_text('VARCHAR2(30)')", "varchar(30)"), ("type_of_text('varchar2(30 CHAR)')", "varchar(30)"), ("type_of_text('NUMBER')", "numeric"),
    ("type_of_text('NUMBER(10,2)')", "numeric(10,2)"), ("type_of_text('DATE')", "timestamp(0)"), ("type_of_text('RAW(16)')", "bytea"), ("type_of_text('mine')", "mine"),
    # raw
    ("rawtohex(hextoraw('7d'))", "7D"), ("utl_raw_cast_to_varchar2(utl_raw_cast_to_raw('é'))", "é"), ("rawtohex(utl_raw_bit_xor(hextoraw('0F0F'), hextoraw('FF')))", "F00F"),
    ("rawtohex(dbms_crypto_hash('a', 2))", "0CC175B9C0F1B6A831C399E269772661"), ("dbms_lob_substr('abcdef', 3, 2)", "bcd"), ("length(sys_guid())", "16"),
    ("utl_raw_cast_to_binary_integer(utl_raw_cast_from_binary_integer(-2))", "-2"),
]
REFUSED = [  # (expression, SQLCODE)
    ("to_date('2024-02-30', 'YYYY-MM-DD')", -1839), ("to_date('2024-13-01', 'YYYY-MM-DD')", -1843), ("to_date('x', 'YYYY')", -1858),
    ("to_date('2024-01-01 x', 'YYYY-MM-DD')", -1830), ("to_char(timestamp '2024-01-01', 'bad')", -1821),
    ("to_number('12a')", -1722), ("to_number('1,2')", -1722), ("raise_application_error(-20055, 'boom')", -20055), ("raise_application_error(-1, 'x')", -21000),
    ("next_day(timestamp '2024-01-01', 'foo')", -1846), ("to_date('25', 'HH24')", -1850), ("map_get('{}', 'a')", 100), ("dbms_assert_simple_sql_name('a b')", -44003),
    ("dbms_assert_enquote_literal('it''s')", -6502), ("dbms_assert_enquote_name('a\"b')", -44003),
]


def read_all(paths):
    text = ""
    for path in paths:
        with open(path, encoding="utf-8") as file:
            text += file.read()
    return text


class Pack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = postgres.Postgres().__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        admin = cls.server.connect().cursor()
        admin.execute("CREATE ROLE plain LOGIN")
        admin.execute("CREATE DATABASE scratch OWNER plain")
        cls.script = read_all(sorted(glob.glob(os.path.join(FOLDER, "*.sql"))))
        cls.connection = cls.server.connect("scratch", "plain")
        for _ in range(2):
            cls.connection.cursor().execute(cls.script)

    def setUp(self):
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET search_path = oracle_ext, pg_catalog, public; SET TimeZone = 'America/New_York'")

    def one(self, sql, *values):
        self.cursor.execute(sql, values or None)
        return self.cursor.fetchone()[0]

    def test_values_are_those_of_the_documentation(self):
        for expression, expected in EXPECTED:
            with self.subTest(expression):
                got = self.one(f"SELECT (oracle_ext.{expression})::text")
                self.assertEqual(got, expected)

    def test_errors_have_oracles_numbers(self):
        import psycopg2
        for expression, number in REFUSED:
            with self.subTest(expression):
                with self.assertRaises(psycopg2.Error) as raised:
                    self.one(f"SELECT oracle_ext.{expression}")
                self.assertEqual(self.one("SELECT oracle_ext.sqlcode(%s)", raised.exception.pgcode), number)

    def test_substr_follows_the_rule_at_every_position(self):
        def model(text, start, size):
            start = 1 if start == 0 else start
            begin = start - 1 if start > 0 else len(text) + start
            if begin < 0 or size is not None and size < 1:
                return None
            return text[begin:None if size is None else begin + size] or None
        for start, size in itertools.product(range(-5, 6), (None, -1, 0, 1, 2, 3, 4)):
            with self.subTest(start=start, size=size):
                got = self.one("SELECT oracle_ext.substr('abc', %s)" % (start if size is None else f"{start}, {size}"))
                self.assertEqual(got, model("abc", start, size))

    def test_quotients_are_written_with_the_digits_of_number(self):
        draw = random.Random(30)
        for _ in range(100):
            p, q = draw.randint(-10 ** draw.randint(1, 9), 10 ** 9), draw.randint(1, 10 ** draw.randint(1, 6))
            with self.subTest(p=p, q=q):
                got = self.one("SELECT oracle_ext.to_char(oracle_ext.divide(%s, %s))", p, q)
                self.assertFalse(got.startswith(("0.", "-0.")) or "." in got and got.endswith("0"))
                exact = decimal.Context(prec=60).divide(decimal.Decimal(p), decimal.Decimal(q))
                self.assertLessEqual(abs(decimal.Decimal(got) - exact), decimal.Context(prec=60).scaleb(abs(exact), -37))

    def test_months_go_from_last_day_to_last_day(self):
        for year, month, step in itertools.product((2023, 2024), range(1, 13), range(-13, 14)):
            first = f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"
            months = year * 12 + month - 1 + step
            last = f"{months // 12}-{months % 12 + 1:02}-{calendar.monthrange(months // 12, months % 12 + 1)[1]} 00:00:00"
            self.assertEqual(self.one("SELECT oracle_ext.add_months(%s::timestamp, %s)::text", first, step), last)
            self.assertEqual(self.one("SELECT oracle_ext.months_between(%s::timestamp, %s::timestamp)", last, first), step)

    def test_the_two_ways_of_reading_a_date_agree(self):
        draw = random.Random(5)
        for _ in range(60):
            given = f"{draw.randint(1, 31):02}-{draw.choice('JAN apr Jul OCT'.split())}-{draw.randint(1600, 2500)} {draw.randint(0, 23):02}:{draw.randint(0, 59):02}"
            form = "DD-MON-YYYY HH24:MI"
            fast, careful = (self.read(f"SELECT oracle_ext.to_date(%s, '{shape}')::text", given) for shape in (form, "FX" + form))
            self.assertEqual(fast, careful)

    def read(self, sql, value):
        import psycopg2
        try:
            return self.one(sql, value)
        except psycopg2.Error as error:
            return error.pgcode

    def test_a_date_has_no_gap_of_daylight_saving(self):
        self.assertEqual(self.one("SELECT oracle_ext.to_date('2024-03-10 02:30', 'YYYY-MM-DD HH24:MI')::text"), "2024-03-10 02:30:00")

    def test_days_are_whole_seconds_apart(self):
        draw = random.Random(4)
        for _ in range(50):
            a, b = (f"2024-0{draw.randint(1, 9)}-{draw.randint(10, 28)} {draw.randint(10, 23)}:{draw.randint(10, 59)}:07" for _ in range(2))
            days = self.one("SELECT oracle_ext.date_diff(%s::timestamp, %s::timestamp)", a, b)
            self.assertEqual(self.one("SELECT oracle_ext.date_add(%s::timestamp, %s)::text", b, days), a)

    def test_state_survives_a_rollback_and_ends_with_the_session(self):
        values = ["a", "it's", "back\\slash", "", "x" * 5000, "é\n\"$$", None, "NULL", "'"]
        for value in values:
            self.cursor.execute("BEGIN")
            self.cursor.execute("SELECT oracle_ext.state_set('p.v', %s)", (value,))
            self.cursor.execute("ROLLBACK")
            self.assertEqual(self.one("SELECT oracle_ext.state_get('p.v')"), value)
        self.cursor.execute("DO $$ BEGIN PERFORM oracle_ext.state_set('p.n', '7'); PERFORM 1 / 0; "
                            "EXCEPTION WHEN division_by_zero THEN NULL; END $$")
        self.assertEqual(self.one("SELECT oracle_ext.state_get('p.n', NULL::numeric)"), 7)
        self.assertEqual([self.one("SELECT oracle_ext.init_once('p')") for _ in range(2)], [True, False])
        other = self.server.connect("scratch", "plain")
        self.addCleanup(other.close)
        cursor = other.cursor()
        cursor.execute("SELECT oracle_ext.state_get('p.n')")
        self.assertIsNone(cursor.fetchone()[0])
        self.cursor.execute("SELECT oracle_ext.dbms_session_reset_package()")
        self.assertIsNone(self.one("SELECT oracle_ext.state_get('p.n')"))

    def test_output_takes_any_type(self):
        del self.connection.notices[:]
        self.cursor.execute("SELECT oracle_ext.dbms_output_put_line('a'), oracle_ext.dbms_output_put_line(0.50), "
                            "oracle_ext.dbms_output_put_line(7), oracle_ext.dbms_output_put_line(timestamp '2024-11-03'), "
                            "oracle_ext.dbms_output_put('x'), oracle_ext.dbms_output_put(1.0), oracle_ext.dbms_output_new_line(), "
                            "oracle_ext.dbms_output_put_line(NULL)")
        lines = [notice.split("\n")[0].replace("NOTICE:  ", "") for notice in self.connection.notices]
        self.assertEqual(lines, ["a", ".5", "7", "03-NOV-24", "x1", ""])

    def test_buffered_output_is_read_line_by_line(self):
        self.cursor.execute("SET oracle_ext.dbms_output = 'buffer'")
        self.addCleanup(self.cursor.execute, "RESET oracle_ext.dbms_output")
        self.cursor.execute("SELECT oracle_ext.dbms_output_put_line('a'), oracle_ext.dbms_output_put_line('b'), oracle_ext.dbms_output_put_line('c')")
        self.cursor.execute("SELECT * FROM oracle_ext.dbms_output_get_line()")
        self.assertEqual(self.cursor.fetchone(), ("a", 0))
        self.cursor.execute("SELECT * FROM oracle_ext.dbms_output_get_lines(10)")
        self.assertEqual(self.cursor.fetchone(), (["b", "c"], 2))
        self.cursor.execute("SELECT * FROM oracle_ext.dbms_output_get_line()")
        self.assertEqual(self.cursor.fetchone(), (None, 1))

    def test_maps_behave_as_an_ordered_map(self):
        for text_keys in (False, True):
            draw, model, kept = random.Random(18), {}, "{}"
            suffix, kind = ("_text", "text") if text_keys else ("", "numeric")
            for step in range(200):
                key = draw.choice("aBczZ_9é") * draw.randint(1, 2) if text_keys else draw.randint(-9, 9)
                if draw.random() < 0.6:
                    model[key] = step
                    kept = self.one(f"SELECT oracle_ext.map_put(%s::jsonb, %s::{kind}, to_jsonb(%s))::text", kept, key, step)
                else:
                    model.pop(key, None)
                    kept = self.one(f"SELECT oracle_ext.map_delete(%s::jsonb, %s::{kind})::text", kept, key)
                keys = sorted(model, key=lambda k: k.encode() if text_keys else k)
                self.cursor.execute(
                    f"SELECT map_count(m), map_first{suffix}(m), map_last{suffix}(m), map_next{suffix}(m, k), map_prior{suffix}(m, k), "
                    f"map_exists(m, k), map_find(m, k::text), map_keys{suffix}(m) FROM (SELECT %s::jsonb AS m, %s::{kind} AS k) AS q",
                    (kept, key))
                order = (lambda k: k.encode()) if text_keys else (lambda k: k)
                after = [k for k in keys if order(k) > order(key)]
                before = [k for k in keys if order(k) < order(key)]
                self.assertEqual(self.cursor.fetchone(), (
                    len(model), keys[0] if keys else None, keys[-1] if keys else None, after[0] if after else None,
                    before[-1] if before else None, key in model, str(model[key]) if key in model else None, keys))

    def test_dynamic_sql_binds_by_name_outside_of_strings(self):
        self.cursor.execute("CREATE TEMP TABLE t (a numeric, b text); INSERT INTO t VALUES (1, 'x:b'), (2, NULL)")
        c = self.one("SELECT oracle_ext.dbms_sql_open_cursor()")
        self.cursor.execute("SELECT oracle_ext.dbms_sql_parse(%s, %s)", (c, "SELECT a, b, ':a' FROM t WHERE a >= :a AND :a IS NOT NULL ORDER BY a"))
        self.cursor.execute("SELECT oracle_ext.dbms_sql_bind_variable(%s, ':A', 1)", (c,))
        self.assertEqual(self.one("SELECT oracle_ext.dbms_sql_execute(%s)", c), 0)
        rows = []
        while self.one("SELECT oracle_ext.dbms_sql_fetch_rows(%s)", c):
            rows.append([self.one("SELECT oracle_ext.dbms_sql_column_value(%s, %s)", c, i) for i in (1, 2, 3)])
        self.assertEqual(rows, [["1", "x:b", ":a"], ["2", None, ":a"]])
        self.cursor.execute("SELECT oracle_ext.dbms_sql_close_cursor(%s)", (c,))
        self.assertFalse(self.one("SELECT oracle_ext.dbms_sql_is_open(%s)", c))

    def test_an_autonomous_transaction_survives_or_says_what_it_needs(self):
        import psycopg2
        with self.assertRaisesRegex(psycopg2.Error, "needs the extension dblink"):
            self.one("SELECT oracle_ext.autonomous('SELECT 1')")
        admin = self.server.connect("scratch").cursor()
        admin.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'dblink'")
        if admin.fetchone()[0] == 0:
            return
        admin.execute("CREATE EXTENSION dblink; CREATE TABLE public.log (line text)")
        cursor = admin.connection.cursor()
        cursor.execute("SET oracle_ext.autonomous_connection = %s", (f"host={self.server.folder} dbname=scratch user=postgres",))
        cursor.execute("BEGIN")
        cursor.execute("SELECT oracle_ext.autonomous($$INSERT INTO public.log VALUES ('kept')$$)")
        cursor.execute("ROLLBACK")
        cursor.execute("SELECT line FROM public.log")
        self.assertEqual(cursor.fetchall(), [("kept",)])

    def test_the_dictionary_shows_tables_columns_and_keys(self):
        self.cursor.execute("SET search_path = public; DROP TABLE IF EXISTS public.emp; DROP SCHEMA IF EXISTS s CASCADE; CREATE SCHEMA s; SET search_path = s; "
                            "CREATE TABLE emp (id numeric(5) PRIMARY KEY, name varchar(10) NOT NULL, hired timestamp(0))")
        self.cursor.execute("SELECT column_name, data_type, data_length, data_precision, nullable FROM oracle_ext.user_tab_columns "
                            "WHERE table_name = 'EMP' ORDER BY column_id")
        self.assertEqual(self.cursor.fetchall(), [("ID", "NUMBER", 22, 5, "N"), ("NAME", "VARCHAR2", 10, None, "N"), ("HIRED", "DATE", 8, None, "Y")])
        self.assertEqual(self.one("SELECT constraint_type FROM oracle_ext.user_constraints WHERE table_name = 'EMP'"), "P")
        self.cursor.execute("DROP SCHEMA s CASCADE")
        for view in self.views():
            self.cursor.execute(f'SELECT * FROM oracle_ext."{view}" LIMIT 1')

    def views(self):
        self.cursor.execute("SELECT viewname FROM pg_catalog.pg_views WHERE schemaname = 'oracle_ext'")
        return [row[0] for row in self.cursor.fetchall()]

    def test_every_function_passes_plpgsql_check(self):
        admin = self.server.connect("scratch").cursor()
        admin.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'plpgsql_check'")
        if admin.fetchone()[0] == 0:
            self.skipTest("plpgsql_check is not installed")
        admin.execute("CREATE EXTENSION plpgsql_check")
        admin.execute("SELECT p.oid::regprocedure::text, c.message FROM pg_proc AS p "
                      "JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql' "
                      "CROSS JOIN LATERAL plpgsql_check_function_tb(p.oid::regprocedure) AS c "
                      "WHERE p.pronamespace = 'oracle_ext'::regnamespace AND c.level = 'error'")
        self.assertEqual(admin.fetchall(), [])
        admin.execute("DROP EXTENSION plpgsql_check")


if __name__ == "__main__":
    if postgres.programs() is None:
        print("PostgreSQL is not installed")
        sys.exit(postgres.SKIP)
    FOLDER = sys.argv.pop(1)
    unittest.main()
