-- DBMS_SQL, DBMS_JOB, DBMS_SCHEDULER, UTL_FILE.

-- DBMS_SQL: a cursor is a number; its text, binds and rows are state of the session. :name binds are replaced by
-- literals outside of strings and comments, so that a bind may stand wherever a literal may.
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_open_cursor() RETURNS integer
LANGUAGE plpgsql AS $body$
DECLARE
    made integer := coalesce(oracle_ext.state_get('dbms_sql.last')::integer, 0) + 1;
BEGIN
    PERFORM oracle_ext.state_set('dbms_sql.last', made::text);
    PERFORM oracle_ext.state_set('dbms_sql.open.' || made, 'yes');
    RETURN made;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_is_open(c numeric) RETURNS boolean
LANGUAGE sql AS $body$ SELECT oracle_ext.state_has('dbms_sql.open.' || $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext._open_cursor(c numeric) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    IF c IS NULL OR NOT oracle_ext.dbms_sql_is_open(c) THEN PERFORM oracle_ext._fail(29471, 'DBMS_SQL access denied'); END IF;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_parse(c numeric, statement text, language_flag numeric DEFAULT 1) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM oracle_ext._open_cursor(c);
    PERFORM oracle_ext.state_set('dbms_sql.text.' || c, statement);
    PERFORM oracle_ext.state_set('dbms_sql.binds.' || c, '{}');
    PERFORM oracle_ext.state_clear('dbms_sql.rows.' || c);
    -- DDL runs when it is parsed.
    IF statement ~* '^\s*(create|drop|alter|truncate|grant|revoke|comment)\M' THEN
        EXECUTE statement;
        PERFORM oracle_ext.state_set('dbms_sql.text.' || c, NULL);
    END IF;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_bind_variable(c numeric, name text, value anyelement) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM oracle_ext._open_cursor(c);
    PERFORM oracle_ext.state_set('dbms_sql.binds.' || c, (oracle_ext.state_get('dbms_sql.binds.' || c)::jsonb
        || pg_catalog.jsonb_build_object(pg_catalog.lower(pg_catalog.ltrim(name, ':')),
           CASE WHEN value IS NULL THEN 'NULL' WHEN pg_catalog.pg_typeof(value)::text IN ('text', 'unknown')
                THEN pg_catalog.quote_literal(value::text)
                ELSE pg_catalog.quote_literal(value::text) || '::' || pg_catalog.pg_typeof(value)::text END))::text);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_bind_variable(c numeric, name text, value text) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM oracle_ext._open_cursor(c);
    PERFORM oracle_ext.state_set('dbms_sql.binds.' || c, (oracle_ext.state_get('dbms_sql.binds.' || c)::jsonb
        || pg_catalog.jsonb_build_object(pg_catalog.lower(pg_catalog.ltrim(name, ':')),
           pg_catalog.quote_nullable(nullif(value, ''))))::text);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext._bound(statement text, binds jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $body$
DECLARE
    part text;
    made text := '';
    name_ text;
BEGIN
    FOR part IN SELECT m[1] FROM pg_catalog.regexp_matches(statement,
        '(''(?:[^'']|'''')*''|"[^"]*"|--[^\n]*|/\*.*?\*/|::|:=|:[[:alpha:]_0-9][[:alnum:]_$#]*|[^''":/-]+|.)', 'g') AS m
    LOOP
        name_ := pg_catalog.lower(pg_catalog.substr(part, 2));
        IF part LIKE ':%' AND part NOT IN ('::', ':=', ':') THEN
            IF NOT binds OPERATOR(pg_catalog.?) name_ THEN PERFORM oracle_ext._fail(1008, 'not all variables bound'); END IF;
            part := binds ->> name_;
        END IF;
        made := made || part;
    END LOOP;
    RETURN made;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_define_column(c numeric, position_ numeric, kind anyelement, size_ numeric DEFAULT NULL)
RETURNS void LANGUAGE sql AS $body$ SELECT oracle_ext._open_cursor($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_execute(c numeric) RETURNS bigint
LANGUAGE plpgsql AS $body$
DECLARE
    statement text := pg_catalog.rtrim(oracle_ext.state_get('dbms_sql.text.' || c), E'; \n\r\t');
    rows_ text;
    count_ bigint := 0;
BEGIN
    PERFORM oracle_ext._open_cursor(c);
    IF statement IS NULL THEN RETURN 0; END IF;
    statement := oracle_ext._bound(statement, oracle_ext.state_get('dbms_sql.binds.' || c)::jsonb);
    IF statement ~* '^\s*(select|with|values)\M' THEN
        EXECUTE 'SELECT coalesce(json_agg(row_to_json(q)), ''[]'')::text FROM (' || statement || ') AS q' INTO rows_;
        PERFORM oracle_ext.state_set('dbms_sql.rows.' || c, rows_);
        PERFORM oracle_ext.state_set('dbms_sql.at.' || c, '0');
    ELSE
        EXECUTE statement;
        GET DIAGNOSTICS count_ = ROW_COUNT;
    END IF;
    RETURN count_;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_fetch_rows(c numeric) RETURNS integer
LANGUAGE plpgsql AS $body$
DECLARE
    at_ integer := oracle_ext.state_get('dbms_sql.at.' || c)::integer;
BEGIN
    PERFORM oracle_ext._open_cursor(c);
    IF at_ IS NULL THEN PERFORM oracle_ext._fail(1002, 'fetch out of sequence'); END IF;
    IF at_ >= pg_catalog.json_array_length(oracle_ext.state_get('dbms_sql.rows.' || c)::json) THEN RETURN 0; END IF;
    PERFORM oracle_ext.state_set('dbms_sql.at.' || c, (at_ + 1)::text);
    RETURN 1;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_execute_and_fetch(c numeric, exact boolean DEFAULT false) RETURNS integer
LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM oracle_ext.dbms_sql_execute(c);
    RETURN oracle_ext.dbms_sql_fetch_rows(c);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_define_column(c numeric, position_ numeric, kind text, size_ numeric DEFAULT NULL)
RETURNS void LANGUAGE sql AS $body$ SELECT oracle_ext._open_cursor($1) $body$;
-- The value of a column of the present row, as text.
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_column_value(c numeric, position_ numeric) RETURNS text
LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM oracle_ext._open_cursor(c);
    RETURN (SELECT v FROM pg_catalog.json_each_text(oracle_ext.state_get('dbms_sql.rows.' || c)::json
                -> (oracle_ext.state_get('dbms_sql.at.' || c)::integer - 1)) WITH ORDINALITY AS t (k, v, i) WHERE i = position_);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_sql_close_cursor(c numeric) RETURNS integer
LANGUAGE plpgsql AS $body$
DECLARE
    each text;
BEGIN
    PERFORM oracle_ext._open_cursor(c);
    FOREACH each IN ARRAY '{open,text,binds,rows,at}'::text[] LOOP
        PERFORM oracle_ext.state_clear('dbms_sql.' || each || '.' || c);
    END LOOP;
    RETURN NULL;
END $body$;

-- Jobs: the table is what a runner outside (cron, a job step of the service) reads; nothing here runs them.
CREATE TABLE IF NOT EXISTS oracle_ext.jobs (
    job bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    job_name text UNIQUE,
    log_user text NOT NULL DEFAULT session_user,
    what text NOT NULL,
    next_date timestamp,
    repeat_interval text,
    enabled boolean NOT NULL DEFAULT true,
    comments text
);
CREATE OR REPLACE FUNCTION oracle_ext.dbms_job_submit(OUT job bigint, what text, next_date timestamp DEFAULT NULL,
    repeat_interval text DEFAULT NULL) LANGUAGE sql AS $body$
    INSERT INTO oracle_ext.jobs (what, next_date, repeat_interval)
    VALUES ($1, coalesce($2, pg_catalog.clock_timestamp()::timestamp), $3) RETURNING job $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_job_remove(job_ bigint) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    DELETE FROM oracle_ext.jobs AS j WHERE j.job = job_;
    IF NOT FOUND THEN PERFORM oracle_ext._fail(23421, 'job number ' || job_ || ' is not a job in the job queue'); END IF;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_job_broken(job_ bigint, broken boolean, next_date_ timestamp DEFAULT NULL) RETURNS void
LANGUAGE sql AS $body$
    UPDATE oracle_ext.jobs SET enabled = NOT $2, next_date = coalesce($3, next_date) WHERE job = $1 $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_job_run(job_ bigint) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
    code_ text := (SELECT j.what FROM oracle_ext.jobs AS j WHERE j.job = job_);
BEGIN
    IF code_ IS NULL THEN PERFORM oracle_ext._fail(23421, 'job number ' || job_ || ' is not a job in the job queue'); END IF;
    EXECUTE 'DO ' || pg_catalog.quote_literal('BEGIN ' || pg_catalog.rtrim(code_, '; ') || '; END');
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_scheduler_create_job(job_name text, job_type text, job_action text,
    start_date timestamp DEFAULT NULL, repeat_interval text DEFAULT NULL, end_date timestamp DEFAULT NULL,
    enabled boolean DEFAULT false, auto_drop boolean DEFAULT true, comments text DEFAULT NULL) RETURNS void
LANGUAGE sql AS $body$
    INSERT INTO oracle_ext.jobs (job_name, what, next_date, repeat_interval, enabled, comments)
    VALUES (pg_catalog.upper($1), $3, $4, $5, $7, $9) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_scheduler_drop_job(job_name_ text, force boolean DEFAULT false) RETURNS void
LANGUAGE sql AS $body$ DELETE FROM oracle_ext.jobs WHERE job_name = pg_catalog.upper($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_scheduler_enable(name text) RETURNS void
LANGUAGE sql AS $body$ UPDATE oracle_ext.jobs SET enabled = true WHERE job_name = pg_catalog.upper($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_scheduler_disable(name text, force boolean DEFAULT false) RETURNS void
LANGUAGE sql AS $body$ UPDATE oracle_ext.jobs SET enabled = false WHERE job_name = pg_catalog.upper($1) $body$;

-- UTL_FILE: PostgreSQL's core reads files of the server for roles that may (pg_read_server_files); it cannot write.
CREATE OR REPLACE FUNCTION oracle_ext.utl_file_fopen(location text, filename text, open_mode text, max_linesize integer DEFAULT 1024)
RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    IF pg_catalog.lower(open_mode) NOT IN ('r', 'rb') THEN
        PERFORM oracle_ext._unsupported('UTL_FILE for writing', 'the core of PostgreSQL writes no files');
    END IF;
    PERFORM pg_catalog.pg_stat_file(location || '/' || filename);
    PERFORM oracle_ext.state_set('utl_file.' || location || '/' || filename, '1');
    RETURN location || '/' || filename;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_file_is_open(file text) RETURNS boolean
LANGUAGE sql AS $body$ SELECT coalesce(oracle_ext.state_has('utl_file.' || $1), false) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_file_get_line(file text, OUT buffer text) LANGUAGE plpgsql AS $body$
DECLARE
    at_ integer := oracle_ext.state_get('utl_file.' || file)::integer;
    lines text[];
BEGIN
    IF at_ IS NULL THEN PERFORM oracle_ext._fail(29282, 'invalid file ID'); END IF;
    lines := pg_catalog.string_to_array(pg_catalog.rtrim(pg_catalog.pg_read_file(file), E'\n'), E'\n');
    IF at_ > coalesce(pg_catalog.cardinality(lines), 0) THEN PERFORM oracle_ext._fail(1403, 'no data found'); END IF;
    buffer := nullif(pg_catalog.rtrim(lines[at_], E'\r'), '');
    PERFORM oracle_ext.state_set('utl_file.' || file, (at_ + 1)::text);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_file_fclose(file text) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.state_clear('utl_file.' || $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_file_put_line(file text, buffer text, autoflush boolean DEFAULT false) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext._unsupported('UTL_FILE.PUT_LINE', 'the core of PostgreSQL writes no files') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_file_put(file text, buffer text) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext._unsupported('UTL_FILE.PUT', 'the core of PostgreSQL writes no files') $body$;

-- A type of Oracle's that a text of dynamic SQL gets at run time, as PostgreSQL's: what is unknown stays as it is.
CREATE OR REPLACE FUNCTION oracle_ext.type_of_text(type_name text) RETURNS text
LANGUAGE sql IMMUTABLE AS $body$
    SELECT CASE
        WHEN t.name IN ('VARCHAR2', 'NVARCHAR2', 'VARCHAR') THEN 'varchar' || t.size
        WHEN t.name IN ('CHAR', 'NCHAR') THEN 'char' || t.size
        WHEN t.name IN ('NUMBER', 'DECIMAL', 'NUMERIC') THEN 'numeric' || pg_catalog.replace(t.size, '(*,0)', '(38)')
        WHEN t.name IN ('CLOB', 'NCLOB', 'LONG', 'ROWID', 'UROWID') THEN 'text'
        WHEN t.name IN ('BLOB', 'RAW', 'LONG RAW', 'BFILE') THEN 'bytea'
        WHEN t.name = 'DATE' THEN 'timestamp(0)'
        WHEN t.name = 'BINARY_DOUBLE' THEN 'double precision'
        WHEN t.name = 'BINARY_FLOAT' THEN 'real'
        WHEN t.name = 'FLOAT' THEN 'double precision'
        ELSE $1 END
    FROM (SELECT pg_catalog.upper(pg_catalog.btrim(pg_catalog.regexp_replace($1, '\(.*$', '', 'n'))) AS name,
                 coalesce(pg_catalog.regexp_replace(pg_catalog.substring($1, '\(.*\)'), '\s*(BYTE|CHAR)?\s*\)$', ')', 'i'), '') AS size) AS t
$body$;
