-- State of the session that a rollback leaves alone, and DBMS_OUTPUT.

-- A variable is the text of a prepared statement: PREPARE takes no part in transactions, so that a value survives
-- ROLLBACK and the end of a handled block, as a package variable of Oracle's does. Settings and temporary tables do
-- not. DISCARD ALL and DEALLOCATE ALL reset the state (as DBMS_SESSION.RESET_PACKAGE does).
CREATE OR REPLACE FUNCTION oracle_ext._state_name(key text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$ SELECT 'ora$' || pg_catalog.md5($1) $body$;

-- NULL: never set, or set to NULL.
CREATE OR REPLACE FUNCTION oracle_ext.state_get(key text) RETURNS text
LANGUAGE plpgsql VOLATILE STRICT PARALLEL RESTRICTED AS $body$
DECLARE
    kept text;
BEGIN
    SELECT statement INTO kept FROM pg_catalog.pg_prepared_statement() WHERE name = 'ora$' || pg_catalog.md5(key);
    IF kept IS NULL OR pg_catalog.right(kept, 1) <> '''' THEN RETURN NULL; END IF;
    kept := pg_catalog.substr(kept, 60, pg_catalog.length(kept) - 60);
    IF pg_catalog.strpos(kept, '''') > 0 OR pg_catalog.strpos(kept, '\') > 0 THEN
        kept := pg_catalog.replace(pg_catalog.replace(kept, '''''', ''''), '\\', '\');
    END IF;
    RETURN kept;
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.state_has(key text) RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT PARALLEL RESTRICTED AS $body$
BEGIN
    RETURN EXISTS (SELECT FROM pg_catalog.pg_prepared_statement() WHERE name = 'ora$' || pg_catalog.md5(key));
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.state_clear(key text) RETURNS void
LANGUAGE plpgsql STRICT AS $body$
BEGIN
    IF oracle_ext.state_has(key) THEN EXECUTE 'DEALLOCATE "' || oracle_ext._state_name(key) || '"'; END IF;
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.state_set(key text, value text) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
    name_ text := oracle_ext._state_name(key);
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statement() WHERE name = name_) THEN
        EXECUTE 'DEALLOCATE "' || name_ || '"';
    END IF;
    -- The prefix has 59 characters, the quote included; state_get counts on it.
    EXECUTE CASE WHEN value IS NULL THEN 'PREPARE "' || name_ || '" AS SELECT NULL'
        ELSE 'PREPARE "' || name_ || '" AS SELECT E'''
             || pg_catalog.replace(pg_catalog.replace(value, '\', '\\'), '''', '''''') || '''' END;
END $body$;

-- The same for a variable of any type: the second argument names it, NULL::type.
CREATE OR REPLACE FUNCTION oracle_ext.state_get(key text, kind anyelement) RETURNS anyelement
LANGUAGE plpgsql VOLATILE AS $body$
BEGIN
    kind := oracle_ext.state_get(key);
    RETURN kind;
END $body$;

-- True once in a session for each name: the initialisation block of a package runs then.
CREATE OR REPLACE FUNCTION oracle_ext.init_once(package_ text) RETURNS boolean
LANGUAGE plpgsql AS $body$
BEGIN
    IF oracle_ext.state_has(package_ || '.init$') THEN RETURN false; END IF;
    PERFORM oracle_ext.state_set(package_ || '.init$', 'yes');
    RETURN true;
END $body$;

-- --- DBMS_OUTPUT ---
-- The setting oracle_ext.dbms_output says where lines go: notice (default; RAISE NOTICE at once), buffer (kept for
-- GET_LINE and GET_LINES), off.

CREATE OR REPLACE FUNCTION oracle_ext._to_text(value anyelement) RETURNS text
LANGUAGE plpgsql STABLE AS $body$
BEGIN
    IF value IS NULL THEN RETURN NULL; END IF;
    RETURN CASE pg_catalog.pg_typeof(value)
        WHEN 'numeric'::regtype THEN oracle_ext.to_char(value::text::numeric)
        WHEN 'double precision'::regtype THEN oracle_ext.to_char(value::text::double precision)
        WHEN 'real'::regtype THEN oracle_ext.to_char(value::text::double precision)
        WHEN 'timestamp'::regtype THEN oracle_ext.to_char(value::text::timestamp)
        WHEN 'timestamptz'::regtype THEN oracle_ext.to_char(value::text::timestamptz)
        WHEN 'date'::regtype THEN oracle_ext.to_char(value::text::date)
        WHEN 'interval'::regtype THEN oracle_ext.to_char(value::text::interval)
        WHEN 'bytea'::regtype THEN pg_catalog.upper(pg_catalog.substr(value::text, 3))
        WHEN 'boolean'::regtype THEN CASE WHEN value::text = 'true' THEN 'TRUE' ELSE 'FALSE' END
        ELSE value::text END;
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext._output_line(line text) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
    way text := coalesce(nullif(pg_catalog.current_setting('oracle_ext.dbms_output', true), ''), 'notice');
    last_ integer;
BEGIN
    IF way = 'off' OR oracle_ext.state_has('dbms_output.disabled') THEN RETURN; END IF;
    IF way <> 'buffer' THEN
        RAISE NOTICE '%', coalesce(line, '');
        RETURN;
    END IF;
    last_ := coalesce(oracle_ext.state_get('dbms_output.last')::integer, 0) + 1;
    PERFORM oracle_ext.state_set('dbms_output.line.' || last_, coalesce(line, ''));
    PERFORM oracle_ext.state_set('dbms_output.last', last_::text);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_put_line(line text) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    IF oracle_ext.state_has('dbms_output.part') THEN
        line := oracle_ext.state_get('dbms_output.part') || coalesce(line, '');
        PERFORM oracle_ext.state_clear('dbms_output.part');
    END IF;
    PERFORM oracle_ext._output_line(line);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_put_line(line bytea) RETURNS void
LANGUAGE sql VOLATILE AS $body$ SELECT oracle_ext.dbms_output_put_line(oracle_ext.rawtohex($1)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_put_line(line bpchar) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.dbms_output_put_line(oracle_ext._padded($1)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_put_line(line anyelement) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.dbms_output_put_line(oracle_ext._to_text($1)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_put(part text) RETURNS void
LANGUAGE sql AS $body$
    SELECT oracle_ext.state_set('dbms_output.part', coalesce(oracle_ext.state_get('dbms_output.part'), '') || coalesce($1, '')) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_put(part anyelement) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.dbms_output_put(oracle_ext._to_text($1)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_new_line() RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.dbms_output_put_line(NULL::text) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_enable(buffer_size numeric DEFAULT 20000) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.state_clear('dbms_output.disabled') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_disable() RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.state_set('dbms_output.disabled', 'yes') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_get_line(OUT line text, OUT status integer)
LANGUAGE plpgsql AS $body$
DECLARE
    at_ integer := coalesce(oracle_ext.state_get('dbms_output.read')::integer, 0) + 1;
    key_ text := 'dbms_output.line.' || at_;
BEGIN
    status := 1;
    IF oracle_ext.state_has(key_) THEN
        line := oracle_ext.state_get(key_);
        status := 0;
        PERFORM oracle_ext.state_clear(key_);
        PERFORM oracle_ext.state_set('dbms_output.read', at_::text);
    END IF;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_output_get_lines(OUT lines text[], INOUT numlines integer)
LANGUAGE plpgsql AS $body$
DECLARE
    given record;
    wanted integer := numlines;
BEGIN
    lines := '{}';
    WHILE pg_catalog.cardinality(lines) < wanted LOOP
        given := oracle_ext.dbms_output_get_line();
        EXIT WHEN given.status = 1;
        lines := lines || given.line;
    END LOOP;
    numlines := pg_catalog.cardinality(lines);
END $body$;
