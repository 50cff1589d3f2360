-- Packages that Oracle supplies. A member is one function: package_member. What PostgreSQL cannot do without an
-- extension or more rights says so when it is called (0A000).

CREATE OR REPLACE FUNCTION oracle_ext._unsupported(what text, why text) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = what || ' is not available: ' || why;
END $body$;

-- --- autonomous transactions: through dblink where the database has it. The setting oracle_ext.autonomous_connection
-- says how to connect; otherwise dblink's defaults hold, with this database and port. ---
CREATE OR REPLACE FUNCTION oracle_ext.autonomous(statement text) RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
    schema_ text;
    connection text := coalesce(nullif(pg_catalog.current_setting('oracle_ext.autonomous_connection', true), ''),
        'dbname=' || pg_catalog.quote_literal(pg_catalog.current_database())
        || ' port=' || pg_catalog.current_setting('port'));
BEGIN
    SELECT n.nspname INTO schema_ FROM pg_catalog.pg_extension AS e
        JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'dblink';
    IF schema_ IS NULL THEN
        PERFORM oracle_ext._unsupported('an autonomous transaction', 'it needs the extension dblink (CREATE EXTENSION dblink)');
    END IF;
    EXECUTE pg_catalog.format('SELECT %I.dblink_exec($1, $2)', schema_) USING connection, statement;
END $body$;

-- --- DBMS_LOB: CLOB is text, BLOB is bytea ---
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_getlength(lob text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.length($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_getlength(lob bytea) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.octet_length($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_substr(lob text, amount numeric DEFAULT 32767, offset_ numeric DEFAULT 1) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.substr($1, $3::integer, $2::integer), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_substr(lob bytea, amount numeric DEFAULT 32767, offset_ numeric DEFAULT 1) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.substr($1, $3::integer, $2::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_instr(lob text, pattern text, offset_ numeric DEFAULT 1, nth numeric DEFAULT 1)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.instr($1, $2, $3, $4) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_instr(lob bytea, pattern bytea, offset_ numeric DEFAULT 1)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN p = 0 THEN 0 ELSE p + $3::integer - 1 END
    FROM (SELECT pg_catalog.position(pg_catalog.substr($1, $3::integer), $2) AS p) AS q $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_compare(a text, b text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 COLLATE "C" < $2 THEN -1 WHEN $1 COLLATE "C" > $2 THEN 1 WHEN $1 = $2 THEN 0 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_compare(a bytea, b bytea) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 WHEN $1 = $2 THEN 0 END $body$;
-- The changed LOB is the result: lob := oracle_ext.dbms_lob_append(lob, more).
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_append(lob text, more text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce($1, '') || coalesce($2, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_append(lob bytea, more bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce($1, '') || coalesce($2, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_writeappend(lob text, amount numeric, buffer text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce($1, '') || pg_catalog.left($3, $2::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_writeappend(lob bytea, amount numeric, buffer bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce($1, '') || pg_catalog.substr($3, 1, $2::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_write(lob text, amount numeric, offset_ numeric, buffer text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT overlay(pg_catalog.rpad($1, greatest(pg_catalog.length($1), $3::integer - 1)) PLACING pg_catalog.left($4, $2::integer)
                   FROM $3::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_trim(lob text, size_ numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.left($1, $2::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_trim(lob bytea, size_ numeric) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.substr($1, 1, $2::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_createtemporary(lob_loc text, cache boolean DEFAULT true, dur numeric DEFAULT 10)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT ''::text $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_createtemporary(lob_loc bytea, cache boolean DEFAULT true, dur numeric DEFAULT 10)
RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT ''::bytea $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_freetemporary(lob anyelement) RETURNS anyelement
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT CASE WHEN false THEN $1 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_istemporary(lob anyelement) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT 1 $body$;

CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_read(lob_loc text, INOUT amount numeric, offset_ numeric, OUT buffer text)
LANGUAGE plpgsql IMMUTABLE AS $body$
BEGIN
    buffer := nullif(pg_catalog.substr(lob_loc, offset_::integer, amount::integer), '');
    IF buffer IS NULL THEN PERFORM oracle_ext._fail(1403, 'no data found'); END IF;
    amount := pg_catalog.length(buffer);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_read(lob_loc bytea, INOUT amount numeric, offset_ numeric, OUT buffer bytea)
LANGUAGE plpgsql IMMUTABLE AS $body$
BEGIN
    buffer := pg_catalog.substr(lob_loc, offset_::integer, amount::integer);
    IF coalesce(pg_catalog.octet_length(buffer), 0) = 0 THEN PERFORM oracle_ext._fail(1403, 'no data found'); END IF;
    amount := pg_catalog.octet_length(buffer);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_copy(dest_lob text, src_lob text, amount numeric, dest_offset numeric DEFAULT 1,
    src_offset numeric DEFAULT 1) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT overlay(pg_catalog.rpad($1, greatest(pg_catalog.length($1), $4::integer - 1)) PLACING part
                   FROM $4::integer FOR pg_catalog.length(part))
    FROM (SELECT pg_catalog.substr($2, $5::integer, least($3, pg_catalog.length($2))::integer) AS part) AS q $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lob_copy(dest_lob bytea, src_lob bytea, amount numeric, dest_offset numeric DEFAULT 1,
    src_offset numeric DEFAULT 1) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT overlay($1 || pg_catalog.decode(pg_catalog.repeat('00', greatest($4::integer - 1 - pg_catalog.octet_length($1), 0)), 'hex')
                   PLACING part FROM $4::integer FOR pg_catalog.octet_length(part))
    FROM (SELECT pg_catalog.substr($2, $5::integer, least($3, pg_catalog.octet_length($2))::integer) AS part) AS q $body$;

-- --- DBMS_UTILITY, DBMS_LOCK, DBMS_SESSION, DBMS_APPLICATION_INFO, contexts ---
CREATE OR REPLACE FUNCTION oracle_ext.dbms_utility_get_time() RETURNS integer
LANGUAGE sql VOLATILE AS $body$ SELECT (pg_catalog.trunc(extract(epoch FROM pg_catalog.clock_timestamp()) * 100) % 2147483647)::integer $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_utility_get_cpu_time() RETURNS integer
LANGUAGE sql VOLATILE AS $body$ SELECT oracle_ext.dbms_utility_get_time() $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_utility_format_call_stack() RETURNS text
LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
    stack text;
BEGIN
    GET DIAGNOSTICS stack = PG_CONTEXT;
    RETURN '----- PL/SQL Call Stack -----' || E'\n' || coalesce(substring(stack FROM E'\n(.*)$'), '');
END $body$;
-- In a handler: GET STACKED DIAGNOSTICS tells more; this is for code that is kept as it is.
CREATE OR REPLACE FUNCTION oracle_ext.dbms_utility_format_error_stack(state text, message text) RETURNS text
LANGUAGE sql IMMUTABLE AS $body$ SELECT oracle_ext.sqlerrm($1, $2) || E'\n' $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_utility_comma_to_table(list text, OUT tablen integer, OUT tab jsonb)
LANGUAGE sql IMMUTABLE AS $body$
    SELECT pg_catalog.count(*)::integer, coalesce(pg_catalog.jsonb_object_agg(i, pg_catalog.btrim(v)), '{}')
    FROM pg_catalog.string_to_table(nullif($1, ''), ',') WITH ORDINALITY AS t (v, i) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_utility_get_hash_value(name text, base numeric, size_ numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $body$
    SELECT $2 + pg_catalog.mod(pg_catalog.hashtextextended($1, 0)::numeric + 9223372036854775808, $3) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_utility_exec_ddl_statement(statement text) RETURNS void
LANGUAGE plpgsql AS $body$ BEGIN EXECUTE statement; END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_utility_db_version(OUT version text, OUT compatibility text)
LANGUAGE sql STABLE AS $body$ SELECT '19.0.0.0.0'::text, '19.0.0'::text $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lock_sleep(seconds numeric) RETURNS void
LANGUAGE sql VOLATILE AS $body$ SELECT pg_catalog.pg_sleep($1::double precision) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_session_sleep(seconds numeric) RETURNS void
LANGUAGE sql VOLATILE AS $body$ SELECT pg_catalog.pg_sleep($1::double precision) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lock_allocate_unique(lockname text, expiration_secs numeric DEFAULT 864000) RETURNS text
LANGUAGE sql IMMUTABLE AS $body$ SELECT pg_catalog.hashtextextended($1, 0)::text $body$;
-- Locks are advisory locks of the session: exclusive (6) or shared (any other mode). 0: given, 1: timeout.
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lock_request(lockhandle text, lockmode integer DEFAULT 6,
    timeout_ numeric DEFAULT 32767, release_on_commit boolean DEFAULT false) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
    until_ timestamptz := pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => timeout_::double precision);
    given boolean;
BEGIN
    LOOP
        given := CASE
            WHEN release_on_commit AND lockmode = 6 THEN pg_catalog.pg_try_advisory_xact_lock(lockhandle::bigint)
            WHEN release_on_commit THEN pg_catalog.pg_try_advisory_xact_lock_shared(lockhandle::bigint)
            WHEN lockmode = 6 THEN pg_catalog.pg_try_advisory_lock(lockhandle::bigint)
            ELSE pg_catalog.pg_try_advisory_lock_shared(lockhandle::bigint) END;
        IF given THEN RETURN 0; END IF;
        IF pg_catalog.clock_timestamp() >= until_ THEN RETURN 1; END IF;
        PERFORM pg_catalog.pg_sleep(0.05);
    END LOOP;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_lock_release(lockhandle text) RETURNS integer
LANGUAGE sql VOLATILE AS $body$ SELECT CASE WHEN pg_catalog.pg_advisory_unlock($1::bigint) THEN 0 ELSE 4 END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.dbms_session_set_context(namespace text, attribute text, value text,
    username text DEFAULT NULL, client_id text DEFAULT NULL) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.state_set('context.' || pg_catalog.lower($1) || '.' || pg_catalog.lower($2), nullif($3, '')) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_session_clear_context(namespace text, client_id text, attribute text) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.state_clear('context.' || pg_catalog.lower($1) || '.' || pg_catalog.lower($3)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_session_set_identifier(client_id text) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.state_set('context.userenv.client_identifier', $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_session_clear_identifier() RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.state_clear('context.userenv.client_identifier') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_session_unique_session_id() RETURNS text
LANGUAGE sql STABLE AS $body$ SELECT pg_catalog.upper(pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.pg_backend_pid()), 12, '0')) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_session_reset_package() RETURNS void
LANGUAGE plpgsql AS $body$
DECLARE
    each text;
BEGIN
    FOR each IN SELECT name FROM pg_catalog.pg_prepared_statement() WHERE name LIKE 'ora$%' LOOP
        EXECUTE 'DEALLOCATE "' || each || '"';
    END LOOP;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_application_info_set_module(module_name text, action_name text) RETURNS void
LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM oracle_ext.state_set('context.userenv.module', module_name);
    PERFORM oracle_ext.state_set('context.userenv.action', action_name);
    PERFORM pg_catalog.set_config('application_name', pg_catalog.left(coalesce(module_name, ''), 48), false);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_application_info_set_action(action_name text) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.state_set('context.userenv.action', $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_application_info_set_client_info(client_info text) RETURNS void
LANGUAGE sql AS $body$ SELECT oracle_ext.state_set('context.userenv.client_info', $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_application_info_read_client_info(OUT client_info text)
LANGUAGE sql AS $body$ SELECT oracle_ext.state_get('context.userenv.client_info') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_application_info_read_module(OUT module_name text, OUT action_name text)
LANGUAGE sql AS $body$ SELECT oracle_ext.state_get('context.userenv.module'), oracle_ext.state_get('context.userenv.action') $body$;

CREATE OR REPLACE FUNCTION oracle_ext.sys_context(namespace text, parameter text, length_ numeric DEFAULT 256) RETURNS text
LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
    name_ text := pg_catalog.lower(parameter);
    kept text := oracle_ext.state_get('context.' || pg_catalog.lower(namespace) || '.' || name_);
BEGIN
    IF pg_catalog.lower(namespace) <> 'userenv' OR kept IS NOT NULL THEN RETURN kept; END IF;
    CASE name_
        WHEN 'session_user', 'authenticated_identity', 'proxy_user' THEN RETURN pg_catalog.upper(session_user::text);
        WHEN 'current_user' THEN RETURN pg_catalog.upper(current_user::text);
        WHEN 'current_schema' THEN RETURN pg_catalog.upper(pg_catalog.current_schema()::text);
        WHEN 'session_schema' THEN RETURN pg_catalog.upper(pg_catalog.current_schema()::text);
        WHEN 'db_name', 'db_unique_name', 'con_name', 'service_name', 'instance_name' THEN
            RETURN pg_catalog.upper(pg_catalog.current_database()::text);
        WHEN 'sid', 'sessionid', 'client_pid' THEN RETURN pg_catalog.pg_backend_pid()::text;
        WHEN 'instance', 'con_id' THEN RETURN '1';
        WHEN 'ip_address' THEN RETURN pg_catalog.host(pg_catalog.inet_client_addr());
        WHEN 'host', 'terminal' THEN RETURN coalesce(pg_catalog.host(pg_catalog.inet_client_addr()), 'localhost');
        WHEN 'server_host' THEN RETURN coalesce(pg_catalog.host(pg_catalog.inet_server_addr()), 'localhost');
        WHEN 'module', 'client_program_name' THEN RETURN nullif(pg_catalog.current_setting('application_name'), '');
        WHEN 'isdba' THEN RETURN CASE WHEN pg_catalog.current_setting('is_superuser') = 'on' THEN 'TRUE' ELSE 'FALSE' END;
        WHEN 'language' THEN RETURN 'AMERICAN_AMERICA.AL32UTF8';
        WHEN 'lang' THEN RETURN 'US';
        WHEN 'nls_territory' THEN RETURN 'AMERICA';
        WHEN 'nls_date_format' THEN RETURN oracle_ext._date_format();
        WHEN 'nls_date_language' THEN RETURN 'AMERICAN';
        WHEN 'nls_sort' THEN RETURN 'BINARY';
        WHEN 'os_user', 'action', 'client_info', 'client_identifier', 'bg_job_id', 'fg_job_id' THEN RETURN NULL;
        ELSE PERFORM oracle_ext._fail(2003, 'invalid USERENV parameter');
    END CASE;
    RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.userenv(parameter text) RETURNS text
LANGUAGE sql VOLATILE AS $body$ SELECT oracle_ext.sys_context('userenv', $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext."user"() RETURNS text
LANGUAGE sql STABLE AS $body$ SELECT pg_catalog.upper(session_user::text) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.uid() RETURNS numeric
LANGUAGE sql STABLE AS $body$ SELECT oid::bigint::numeric FROM pg_catalog.pg_roles WHERE rolname = session_user $body$;

-- --- DBMS_RANDOM ---
CREATE OR REPLACE FUNCTION oracle_ext.dbms_random_value() RETURNS numeric
LANGUAGE sql VOLATILE AS $body$ SELECT pg_catalog.random()::numeric $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_random_value(low numeric, high numeric) RETURNS numeric
LANGUAGE sql VOLATILE AS $body$ SELECT $1 + pg_catalog.random()::numeric * ($2 - $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_random_random() RETURNS integer
LANGUAGE sql VOLATILE AS $body$ SELECT (pg_catalog.floor(pg_catalog.random() * 4294967296) - 2147483648)::integer $body$;
-- The normal distribution, by Box and Muller.
CREATE OR REPLACE FUNCTION oracle_ext.dbms_random_normal() RETURNS numeric
LANGUAGE sql VOLATILE AS $body$
    SELECT (pg_catalog.sqrt(-2 * pg_catalog.ln(1 - pg_catalog.random())) * pg_catalog.cos(2 * pg_catalog.pi() * pg_catalog.random()))::numeric $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_random_string(kind text, size_ numeric) RETURNS text
LANGUAGE sql VOLATILE AS $body$
    SELECT pg_catalog.string_agg(pg_catalog.substr(s, 1 + pg_catalog.floor(pg_catalog.random() * pg_catalog.length(s))::integer, 1), '')
    FROM (SELECT CASE pg_catalog.lower($1)
              WHEN 'l' THEN 'abcdefghijklmnopqrstuvwxyz'
              WHEN 'a' THEN 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
              WHEN 'x' THEN 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
              WHEN 'p' THEN (SELECT pg_catalog.string_agg(pg_catalog.chr(c), '') FROM pg_catalog.generate_series(32, 126) AS c)
              ELSE 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' END AS s) AS q, pg_catalog.generate_series(1, $2::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_random_seed(seed numeric) RETURNS void
LANGUAGE sql VOLATILE AS $body$ SELECT pg_catalog.setseed(pg_catalog.mod($1, 1000000)::double precision / 1000000) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_random_seed(seed text) RETURNS void
LANGUAGE sql VOLATILE AS $body$ SELECT oracle_ext.dbms_random_seed(pg_catalog.hashtext($1)::numeric) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_random_initialize(seed numeric) RETURNS void
LANGUAGE sql VOLATILE AS $body$ SELECT oracle_ext.dbms_random_seed($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_random_terminate() RETURNS void LANGUAGE sql AS $body$ SELECT NULL::void $body$;

-- --- UTL_RAW, UTL_ENCODE, UTL_I18N, DBMS_CRYPTO, DBMS_OBFUSCATION_TOOLKIT ---
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_cast_to_raw(value text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.convert_to($1, 'UTF8') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_cast_to_varchar2(value bytea) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.convert_from($1, 'UTF8'), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_length(value bytea) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.octet_length($1), 0) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_substr(value bytea, position_ numeric, size_ numeric DEFAULT NULL) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.substr($1, p, coalesce($3::integer, pg_catalog.octet_length($1)))
    FROM (SELECT CASE WHEN $2 < 0 THEN pg_catalog.octet_length($1) + 1 + $2 ELSE greatest($2, 1) END::integer AS p) AS q $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_concat(VARIADIC parts bytea[]) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.string_agg(v, ''::bytea ORDER BY i) FROM pg_catalog.unnest($1) WITH ORDINALITY AS t (v, i) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_reverse(value bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.string_agg(pg_catalog.substr($1, i, 1), ''::bytea ORDER BY i DESC)
    FROM pg_catalog.generate_series(1, pg_catalog.octet_length($1)) AS i $body$;
CREATE OR REPLACE FUNCTION oracle_ext._bitwise(a bytea, b bytea, operation text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    made bytea := CASE WHEN pg_catalog.octet_length(a) >= pg_catalog.octet_length(b) THEN a ELSE b END;
BEGIN
    FOR i IN 0 .. least(pg_catalog.octet_length(a), pg_catalog.octet_length(b)) - 1 LOOP
        made := pg_catalog.set_byte(made, i, CASE operation
            WHEN 'and' THEN pg_catalog.get_byte(a, i) & pg_catalog.get_byte(b, i)
            WHEN 'or' THEN pg_catalog.get_byte(a, i) | pg_catalog.get_byte(b, i)
            ELSE pg_catalog.get_byte(a, i) # pg_catalog.get_byte(b, i) END);
    END LOOP;
    RETURN made;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_bit_and(a bytea, b bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext._bitwise($1, $2, 'and') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_bit_or(a bytea, b bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext._bitwise($1, $2, 'or') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_bit_xor(a bytea, b bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext._bitwise($1, $2, 'xor') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_cast_from_binary_integer(n numeric, endianess numeric DEFAULT 1) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $2 = 1 THEN pg_catalog.int4send($1::integer) ELSE oracle_ext.utl_raw_reverse(pg_catalog.int4send($1::integer)) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_raw_cast_to_binary_integer(r bytea, endianess numeric DEFAULT 1) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT ('x' || pg_catalog.lpad(pg_catalog.encode(CASE WHEN $2 = 1 THEN $1 ELSE oracle_ext.utl_raw_reverse($1) END, 'hex'), 8, '0'))::bit(32)::integer $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_encode_base64_encode(value bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.convert_to(pg_catalog.regexp_replace(pg_catalog.translate(pg_catalog.encode($1, 'base64'), E'\n', ''),
                                 '(.{64})(?=.)', E'\\1\r\n', 'g'), 'UTF8') $body$;
-- Oracle reads a text where a RAW is wanted as hexadecimal digits.
CREATE OR REPLACE FUNCTION oracle_ext.utl_encode_base64_encode(value text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.utl_encode_base64_encode(oracle_ext.hextoraw($1)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_encode_base64_decode(value bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.decode(pg_catalog.convert_from($1, 'UTF8'), 'base64') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_i18n_string_to_raw(value text, charset text DEFAULT 'AL32UTF8') RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.convert_to($1, 'UTF8') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_i18n_raw_to_char(value bytea, charset text DEFAULT 'AL32UTF8') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.convert_from($1, 'UTF8') $body$;
-- 2 MD5, 4 SHA-256, 5 SHA-384, 6 SHA-512; 1 (MD4) and 3 (SHA-1) are not in PostgreSQL's core, nor are ciphers.
CREATE OR REPLACE FUNCTION oracle_ext.dbms_crypto_hash(src bytea, typ integer) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
BEGIN
    CASE typ
        WHEN 2 THEN RETURN pg_catalog.decode(pg_catalog.md5(src), 'hex');
        WHEN 4 THEN RETURN pg_catalog.sha256(src);
        WHEN 5 THEN RETURN pg_catalog.sha384(src);
        WHEN 6 THEN RETURN pg_catalog.sha512(src);
        ELSE
            RAISE EXCEPTION USING ERRCODE = '0A000',
                MESSAGE = 'DBMS_CRYPTO.HASH of type ' || typ || ' is not available: PostgreSQL has MD5, SHA-256, SHA-384, SHA-512';
    END CASE;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_crypto_hash(src text, typ integer) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.dbms_crypto_hash(pg_catalog.convert_to($1, 'UTF8'), $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_obfuscation_toolkit_md5(input bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.decode(pg_catalog.md5($1), 'hex') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_obfuscation_toolkit_md5(input_string text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.decode(pg_catalog.md5($1), 'hex') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_crypto_randombytes(size_ integer) RETURNS bytea
LANGUAGE sql VOLATILE AS $body$
    SELECT pg_catalog.substr(pg_catalog.string_agg(pg_catalog.sha256(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
               || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())), ''::bytea), 1, $1)
    FROM pg_catalog.generate_series(0, $1 / 32) $body$;

-- --- DBMS_ASSERT ---
CREATE OR REPLACE FUNCTION oracle_ext.dbms_assert_noop(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 $body$;
-- A text in quotes stays as it is. Quotes within must come in pairs: doubling them is the caller's part.
CREATE OR REPLACE FUNCTION oracle_ext.dbms_assert_enquote_literal(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    inner_ text := CASE WHEN value ~ '^''.*''$' AND pg_catalog.length(value) > 1
                   THEN pg_catalog.substr(value, 2, pg_catalog.length(value) - 2) ELSE value END;
BEGIN
    IF pg_catalog.strpos(pg_catalog.replace(inner_, '''''', ''), '''') > 0 THEN
        PERFORM oracle_ext._fail(6502, 'PL/SQL: numeric or value error');
    END IF;
    RETURN '''' || inner_ || '''';
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_assert_enquote_name(value text, capitalize boolean DEFAULT true) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    quoted boolean := value ~ '^".*"$' AND pg_catalog.length(value) > 1;
    inner_ text := CASE WHEN quoted THEN pg_catalog.substr(value, 2, pg_catalog.length(value) - 2)
                   WHEN capitalize THEN pg_catalog.upper(value) ELSE value END;
BEGIN
    IF pg_catalog.strpos(pg_catalog.replace(inner_, '""', ''), '"') > 0 THEN
        PERFORM oracle_ext._fail(44003, 'string is not a simple SQL name');
    END IF;
    RETURN '"' || inner_ || '"';
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_assert_simple_sql_name(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    IF pg_catalog.btrim(value) ~ '^([[:alpha:]][[:alnum:]_$#]*|"([^"]|"")+")$' THEN RETURN pg_catalog.btrim(value); END IF;
    PERFORM oracle_ext._fail(44003, 'invalid SQL name');
    RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_assert_qualified_sql_name(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    IF pg_catalog.btrim(value) ~ ('^([[:alpha:]][[:alnum:]_$#]*|"([^"]|"")+")(\.([[:alpha:]][[:alnum:]_$#]*|"([^"]|"")+"))*'
                                  '(@[[:alpha:]][[:alnum:]_$#.]*)?$') THEN
        RETURN pg_catalog.btrim(value);
    END IF;
    PERFORM oracle_ext._fail(44004, 'invalid qualified SQL name');
    RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_assert_schema_name(value text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname IN (value, pg_catalog.lower(value))) THEN RETURN value; END IF;
    PERFORM oracle_ext._fail(44001, 'invalid schema');
    RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbms_assert_sql_object_name(value text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
BEGIN
    IF pg_catalog.to_regclass(value) IS NOT NULL OR pg_catalog.to_regproc(value) IS NOT NULL THEN RETURN value; END IF;
    PERFORM oracle_ext._fail(44002, 'invalid object name');
    RETURN NULL;
END $body$;

-- Records that Oracle's packages declare.
DO $do$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM (VALUES
        ('dbms_sql_desc_rec', 'col_type integer, col_max_len integer, col_name text, col_name_len integer, col_schema_name text, '
            'col_schema_name_len integer, col_precision integer, col_scale integer, col_charsetid integer, '
            'col_charsetform integer, col_null_ok boolean'),
        ('utl_tcp_connection', 'remote_host text, remote_port integer, local_host text, local_port integer, charset text, '
            'newline text, tx_timeout integer, private_sd integer'),
        ('utl_smtp_connection', 'host text, port integer, tx_timeout integer, private_state integer'),
        ('utl_smtp_reply', 'code integer, text text'),
        ('utl_http_req', 'url text, method text, http_version text, private_hndl integer'),
        ('utl_http_resp', 'status_code integer, reason_phrase text, http_version text, private_hndl integer'),
        ('utl_http_cookie', 'name text, value text, domain text, expire timestamp, path text, secure boolean, '
            'version integer, comment_ text'),
        ('owa_cookie_cookie', 'name text, vals jsonb, num_vals integer')) AS v (name, fields)
    LOOP
        IF pg_catalog.to_regtype('oracle_ext.' || each.name) IS NULL THEN
            EXECUTE format('CREATE TYPE oracle_ext.%I AS (%s)', each.name, each.fields);
        END IF;
    END LOOP;
END $do$;

CREATE OR REPLACE FUNCTION oracle_ext.utl_tcp_crlf() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT E'\r\n' $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_url_escape(url text, escape_reserved_chars boolean DEFAULT false, url_charset text DEFAULT 'UTF8')
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.string_agg(CASE
        WHEN c ~ '[A-Za-z0-9_.!~*''()-]' THEN c
        WHEN NOT $2 AND c ~ '[;/?:@&=+$,\[\]]' THEN c
        ELSE pg_catalog.upper(pg_catalog.regexp_replace(pg_catalog.encode(pg_catalog.convert_to(c, 'UTF8'), 'hex'), '(..)', '%\1', 'g')) END, '' ORDER BY i)
    FROM pg_catalog.regexp_split_to_table($1, '') WITH ORDINALITY AS s (c, i) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.utl_url_unescape(url text, url_charset text DEFAULT 'UTF8') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.convert_from(pg_catalog.string_agg(CASE WHEN part ~ '^%[0-9A-Fa-f]{2}$' THEN pg_catalog.decode(pg_catalog.substr(part, 2), 'hex')
        ELSE pg_catalog.convert_to(part, 'UTF8') END, ''::bytea ORDER BY i), 'UTF8')
    FROM (SELECT m[1] AS part, i FROM pg_catalog.regexp_matches($1, '(%[0-9A-Fa-f]{2}|.)', 'gs') WITH ORDINALITY AS r (m, i)) AS parts $body$;
