-- Errors: Oracle's numbers as SQLSTATEs and back.
--   ORA-20nnn            'OR' and nnn
--   an exception that a program declares      'UX' and three characters
--   an error that PostgreSQL has a condition for: that condition
--   any other number     'OX' and the number in base 36

CREATE OR REPLACE FUNCTION oracle_ext._base36(number integer) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT pg_catalog.substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', $1 / 1296 % 36 + 1, 1)
        || pg_catalog.substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', $1 / 36 % 36 + 1, 1)
        || pg_catalog.substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', $1 % 36 + 1, 1) $body$;

CREATE OR REPLACE FUNCTION oracle_ext._from_base36(digits text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT (pg_catalog.strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', pg_catalog.substr($1, 1, 1)) - 1) * 1296
         + (pg_catalog.strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', pg_catalog.substr($1, 2, 1)) - 1) * 36
         + (pg_catalog.strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', pg_catalog.substr($1, 3, 1)) - 1) $body$;

-- The SQLSTATE of an Oracle error; its sign does not matter.
CREATE OR REPLACE FUNCTION oracle_ext.sqlstate_of(number numeric) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT CASE pg_catalog.abs($1)::integer
        WHEN 100 THEN 'P0002' WHEN 1403 THEN 'P0002' WHEN 1422 THEN 'P0003' WHEN 1 THEN '23505'
        WHEN 1476 THEN '22012' WHEN 6502 THEN '22000' WHEN 1722 THEN '22P02' WHEN 6592 THEN '20000'
        WHEN 6511 THEN '42P03' WHEN 1001 THEN '34000' WHEN 1017 THEN '28000' WHEN 6501 THEN 'XX000'
        WHEN 6500 THEN '53200' WHEN 51 THEN '55P03' WHEN 54 THEN '55P03' WHEN 6504 THEN '42804'
        WHEN 6533 THEN '2202E' WHEN 6532 THEN '2202E' WHEN 6531 THEN '22004' WHEN 6530 THEN '22004'
        WHEN 30625 THEN '22004' WHEN 1410 THEN '22P02' WHEN 60 THEN '40P01' WHEN 942 THEN '42P01'
        WHEN 955 THEN '42P07' WHEN 904 THEN '42703' WHEN 1400 THEN '23502' WHEN 2291 THEN '23503'
        WHEN 2292 THEN '23503' WHEN 2290 THEN '23514' WHEN 2289 THEN '42P01' WHEN 900 THEN '42601'
        WHEN 6550 THEN '42601'
        ELSE CASE WHEN pg_catalog.abs($1) BETWEEN 20000 AND 20999
             THEN 'OR' || pg_catalog.lpad((pg_catalog.abs($1)::integer - 20000)::text, 3, '0')
             ELSE 'OX' || oracle_ext._base36(pg_catalog.abs($1)::integer % 46656) END END $body$;

-- SQLCODE in a handler: oracle_ext.sqlcode(SQLSTATE). 0: no error; 1: an exception of the program;
-- +100: no data found; the negative number of any other error; -6502 for data exceptions of no number.
CREATE OR REPLACE FUNCTION oracle_ext.sqlcode(state text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE
        WHEN $1 IS NULL OR $1 = '00000' THEN 0
        WHEN $1 LIKE 'OR%' THEN -20000 - pg_catalog.substr($1, 3)::integer
        WHEN $1 LIKE 'UX%' THEN 1
        WHEN $1 LIKE 'OX%' THEN -oracle_ext._from_base36(pg_catalog.substr($1, 3))
        ELSE CASE $1
            WHEN 'P0002' THEN 100 WHEN '02000' THEN 100 WHEN 'P0003' THEN -1422 WHEN '21000' THEN -1427
            WHEN '23505' THEN -1 WHEN '23502' THEN -1400 WHEN '23503' THEN -2291 WHEN '23514' THEN -2290
            WHEN '23P01' THEN -1 WHEN '22012' THEN -1476 WHEN '22003' THEN -1438 WHEN '22001' THEN -12899
            WHEN '22P02' THEN -1722 WHEN '22007' THEN -1858 WHEN '22008' THEN -1847 WHEN '20000' THEN -6592
            WHEN '42P03' THEN -6511 WHEN '34000' THEN -1001 WHEN '24000' THEN -1001 WHEN '28000' THEN -1017
            WHEN '28P01' THEN -1017 WHEN 'XX000' THEN -6501 WHEN '53200' THEN -6500 WHEN '55P03' THEN -54
            WHEN '42804' THEN -6504 WHEN '2202E' THEN -6533 WHEN '22004' THEN -6531 WHEN '40P01' THEN -60
            WHEN '40001' THEN -8177 WHEN '42P01' THEN -942 WHEN '42P07' THEN -955 WHEN '42710' THEN -955
            WHEN '42703' THEN -904 WHEN '42883' THEN -904 WHEN '42601' THEN -900 WHEN '42501' THEN -1031
            WHEN '42702' THEN -918 WHEN '57014' THEN -1013 WHEN '25006' THEN -1456 WHEN '55000' THEN -8002
            WHEN '0A000' THEN -3001 WHEN '54001' THEN -36 WHEN '53100' THEN -1653
            ELSE CASE pg_catalog.left($1, 2) WHEN '22' THEN -6502 WHEN '42' THEN -6550 WHEN '08' THEN -3113
                 WHEN 'P0' THEN 1 ELSE -6501 END END END $body$;

-- The same where the message bears a number that the state cannot (an error raised with a number known at run time).
CREATE OR REPLACE FUNCTION oracle_ext.sqlcode(state text, message text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN oracle_ext.sqlcode($1) NOT IN (0, 1, 100) AND $2 ~ '^ORA-[0-9]{5}:'
        THEN -pg_catalog.substr($2, 5, 5)::integer ELSE oracle_ext.sqlcode($1) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.sqlcode() RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT 0 $body$;

CREATE OR REPLACE FUNCTION oracle_ext._ora_prefix(number integer) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT 'ORA-' || pg_catalog.lpad(pg_catalog.abs($1)::text,
                         CASE WHEN pg_catalog.abs($1) > 99999 THEN 6 ELSE 5 END, '0') $body$;

-- The text of an Oracle error by its number: SQLERRM(n).
CREATE OR REPLACE FUNCTION oracle_ext.sqlerrm(number numeric) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT CASE
        WHEN $1 = 0 THEN 'ORA-0000: normal, successful completion'
        WHEN $1 = 1 THEN 'User-Defined Exception'
        WHEN $1 = 100 THEN 'ORA-01403: no data found'
        WHEN $1 > 0 THEN '-' || pg_catalog.trim_scale($1)::text || ': non-ORACLE exception '
        WHEN $1 BETWEEN -20999 AND -20000 THEN oracle_ext._ora_prefix($1::integer) || ': '
        ELSE oracle_ext._ora_prefix($1::integer) || ': ' || CASE $1::integer
            WHEN -1 THEN 'unique constraint (.) violated' WHEN -51 THEN 'timeout occurred while waiting for a resource'
            WHEN -54 THEN 'resource busy and acquire with NOWAIT specified or timeout expired'
            WHEN -60 THEN 'deadlock detected while waiting for resource' WHEN -904 THEN ': invalid identifier'
            WHEN -900 THEN 'invalid SQL statement' WHEN -918 THEN 'column ambiguously defined'
            WHEN -942 THEN 'table or view does not exist' WHEN -955 THEN 'name is already used by an existing object'
            WHEN -1001 THEN 'invalid cursor' WHEN -1017 THEN 'invalid username/password; logon denied'
            WHEN -1031 THEN 'insufficient privileges' WHEN -1400 THEN 'cannot insert NULL into ()'
            WHEN -1403 THEN 'no data found' WHEN -1410 THEN 'invalid ROWID'
            WHEN -1422 THEN 'exact fetch returns more than requested number of rows'
            WHEN -1427 THEN 'single-row subquery returns more than one row'
            WHEN -1438 THEN 'value larger than specified precision allowed for this column'
            WHEN -1476 THEN 'divisor is equal to zero' WHEN -1722 THEN 'invalid number'
            WHEN -2290 THEN 'check constraint (.) violated'
            WHEN -2291 THEN 'integrity constraint (.) violated - parent key not found'
            WHEN -2292 THEN 'integrity constraint (.) violated - child record found'
            WHEN -6500 THEN 'PL/SQL: storage error' WHEN -6501 THEN 'PL/SQL: program error'
            WHEN -6502 THEN 'PL/SQL: numeric or value error'
            WHEN -6504 THEN 'PL/SQL: Return types of Result Set variables or query do not match'
            WHEN -6511 THEN 'PL/SQL: cursor already open'
            WHEN -6530 THEN 'Reference to uninitialized composite'
            WHEN -6531 THEN 'Reference to uninitialized collection'
            WHEN -6532 THEN 'Subscript outside of limit' WHEN -6533 THEN 'Subscript beyond count'
            WHEN -6592 THEN 'CASE not found while executing CASE statement'
            WHEN -12899 THEN 'value too large for column' WHEN -24381 THEN 'error(s) in array DML'
            ELSE 'Message ' || pg_catalog.abs($1)::text || ' not found;  product=RDBMS; facility=ORA' END END $body$;

-- SQLERRM in a handler: oracle_ext.sqlerrm(SQLSTATE, SQLERRM).
CREATE OR REPLACE FUNCTION oracle_ext.sqlerrm(state text, message text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE
        WHEN $1 IS NULL OR $1 = '00000' THEN 'ORA-0000: normal, successful completion'
        WHEN $2 LIKE 'ORA-%' OR $1 LIKE 'UX%' THEN $2
        WHEN $1 = 'P0002' THEN 'ORA-01403: no data found'
        WHEN $1 = 'P0003' THEN oracle_ext.sqlerrm(-1422)
        WHEN $1 = '22012' THEN oracle_ext.sqlerrm(-1476)
        WHEN $1 = '20000' THEN oracle_ext.sqlerrm(-6592)
        WHEN oracle_ext.sqlcode($1) = 1 THEN $2
        ELSE oracle_ext._ora_prefix(oracle_ext.sqlcode($1)) || ': ' || $2 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.sqlerrm() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT 'ORA-0000: normal, successful completion'::text $body$;

-- Raises an error of Oracle's with its number and text. Volatile, so that no planner calls it ahead of time.
CREATE OR REPLACE FUNCTION oracle_ext._fail(number integer, message text) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $body$
BEGIN
    RAISE EXCEPTION USING ERRCODE = oracle_ext.sqlstate_of(number),
        MESSAGE = oracle_ext._ora_prefix(number) || ': ' || message;
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.raise_application_error(number numeric, message text,
                                                              keep_errors boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    IF number IS NULL OR number NOT BETWEEN -20999 AND -20000 THEN
        PERFORM oracle_ext._fail(21000, 'error number argument to raise_application_error of '
                || coalesce(number::text, '') || ' is out of range');
    END IF;
    PERFORM oracle_ext._fail(number::integer, coalesce(message, ''));
END $body$;

-- The message of RAISE for a predefined exception, by its name; NULL: not predefined.
CREATE OR REPLACE FUNCTION oracle_ext.exception_number(name text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT CASE pg_catalog.lower($1)
        WHEN 'access_into_null' THEN -6530 WHEN 'case_not_found' THEN -6592 WHEN 'collection_is_null' THEN -6531
        WHEN 'cursor_already_open' THEN -6511 WHEN 'dup_val_on_index' THEN -1 WHEN 'invalid_cursor' THEN -1001
        WHEN 'invalid_number' THEN -1722 WHEN 'login_denied' THEN -1017 WHEN 'no_data_found' THEN 100
        WHEN 'no_data_needed' THEN -6548 WHEN 'not_logged_on' THEN -1012 WHEN 'program_error' THEN -6501
        WHEN 'rowtype_mismatch' THEN -6504 WHEN 'self_is_null' THEN -30625 WHEN 'storage_error' THEN -6500
        WHEN 'subscript_beyond_count' THEN -6533 WHEN 'subscript_outside_limit' THEN -6532
        WHEN 'sys_invalid_rowid' THEN -1410 WHEN 'timeout_on_resource' THEN -51 WHEN 'too_many_rows' THEN -1422
        WHEN 'value_error' THEN -6502 WHEN 'zero_divide' THEN -1476 WHEN 'userenv_committscn_error' THEN -1725 END $body$;

-- Stands where converted code uses a member of one of Oracle's packages that this pack lacks.
CREATE OR REPLACE FUNCTION oracle_ext.unsupported(member text) RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION '% is not available in PostgreSQL', member
        USING ERRCODE = '0A000', HINT = 'Write it for PostgreSQL: see the conversion report, action item 9112.';
END $body$;
