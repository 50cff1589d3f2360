-- The views of Oracle's dictionary, over PostgreSQL's catalog: what is asked for most. Names in upper case, as they
-- stand in Oracle. ALL_ and DBA_ show what the role may see; USER_ the present schema.
-- Converted views may depend on these, so that a later version may only append columns.
DO $do$
DECLARE
    each record;
    shown text;
    outside text := $f$n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'oracle_ext'$f$;
BEGIN
    FOR each IN SELECT * FROM (VALUES
        ('tables', $q$SELECT upper(n.nspname) AS owner, upper(c.relname) AS table_name,
            upper(coalesce(t.spcname, 'pg_default')) AS tablespace_name, 'VALID'::text AS status,
            CASE WHEN c.reltuples >= 0 THEN c.reltuples::numeric END AS num_rows,
            CASE WHEN c.relpersistence = 't' THEN 'Y' ELSE 'N' END AS temporary,
            CASE WHEN c.relkind = 'p' THEN 'YES' ELSE 'NO' END AS partitioned
          FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
          LEFT JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
          WHERE c.relkind IN ('r', 'p')$q$),
        ('views', $q$SELECT upper(n.nspname) AS owner, upper(c.relname) AS view_name,
            length(pg_get_viewdef(c.oid)) AS text_length, pg_get_viewdef(c.oid) AS text
          FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind = 'v'$q$),
        ('tab_columns', $q$SELECT upper(n.nspname) AS owner, upper(c.relname) AS table_name, upper(a.attname) AS column_name,
            CASE WHEN a.atttypid = 'numeric'::regtype OR a.atttypid IN (20, 21, 23) THEN 'NUMBER'
                 WHEN a.atttypid = 'varchar'::regtype THEN 'VARCHAR2' WHEN a.atttypid = 'text'::regtype THEN 'CLOB'
                 WHEN a.atttypid = 'bpchar'::regtype THEN 'CHAR' WHEN a.atttypid = 'bytea'::regtype THEN 'BLOB'
                 WHEN a.atttypid = 'timestamp'::regtype AND a.atttypmod = 0 OR a.atttypid = 'date'::regtype THEN 'DATE'
                 WHEN a.atttypid = 'timestamp'::regtype THEN 'TIMESTAMP(6)'
                 WHEN a.atttypid = 'timestamptz'::regtype THEN 'TIMESTAMP(6) WITH TIME ZONE'
                 WHEN a.atttypid = 'float8'::regtype THEN 'BINARY_DOUBLE' WHEN a.atttypid = 'float4'::regtype THEN 'BINARY_FLOAT'
                 ELSE upper(format_type(a.atttypid, NULL)) END AS data_type,
            CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4
                 WHEN a.attlen > 0 THEN a.attlen ELSE 22 END AS data_length,
            CASE WHEN a.atttypid = 1700 AND a.atttypmod > 4 THEN ((a.atttypmod - 4) >> 16) & 65535
                 WHEN a.atttypid = 21 THEN 5 WHEN a.atttypid = 23 THEN 10 WHEN a.atttypid = 20 THEN 19 END AS data_precision,
            CASE WHEN a.atttypid = 1700 AND a.atttypmod > 4 THEN (a.atttypmod - 4) & 2047
                 WHEN a.atttypid IN (20, 21, 23) THEN 0 END AS data_scale,
            CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS char_length,
            CASE WHEN a.attnotnull THEN 'N' ELSE 'Y' END AS nullable, a.attnum::integer AS column_id,
            pg_get_expr(d.adbin, d.adrelid) AS data_default
          FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
          LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm')$q$),
        ('objects', $q$SELECT upper(n.nspname) AS owner, upper(o.name) AS object_name, o.id::bigint::numeric AS object_id, o.kind AS object_type,
            NULL::timestamp AS created, NULL::timestamp AS last_ddl_time, 'VALID'::text AS status, 'N'::text AS temporary
          FROM (SELECT oid AS id, relname::text AS name, relnamespace AS space, CASE relkind WHEN 'v' THEN 'VIEW'
                    WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX'
                    ELSE 'TABLE' END AS kind FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'i', 'I')
                UNION ALL SELECT oid, proname, pronamespace, CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END FROM pg_catalog.pg_proc
                UNION ALL SELECT t.oid, t.tgname, c.relnamespace, 'TRIGGER' FROM pg_catalog.pg_trigger AS t
                    JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
                UNION ALL SELECT t.oid, t.typname, t.typnamespace, 'TYPE' FROM pg_catalog.pg_type AS t
                    JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid WHERE c.relkind = 'c') AS o
          JOIN pg_catalog.pg_namespace AS n ON n.oid = o.space WHERE true$q$),
        ('constraints', $q$SELECT upper(n.nspname) AS owner, upper(k.conname) AS constraint_name,
            CASE k.contype WHEN 'p' THEN 'P' WHEN 'u' THEN 'U' WHEN 'f' THEN 'R' ELSE 'C' END AS constraint_type,
            upper(c.relname) AS table_name, CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END AS search_condition,
            upper(rn.nspname) AS r_owner, upper(rk.conname) AS r_constraint_name,
            CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'a' THEN 'NO ACTION' END AS delete_rule,
            'ENABLED'::text AS status, CASE WHEN k.convalidated THEN 'VALIDATED' ELSE 'NOT VALIDATED' END AS validated
          FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
          JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace
          LEFT JOIN pg_catalog.pg_constraint AS rk ON k.contype = 'f' AND rk.conindid = k.conindid AND rk.contype IN ('p', 'u')
          LEFT JOIN pg_catalog.pg_namespace AS rn ON rn.oid = rk.connamespace WHERE k.contype IN ('p', 'u', 'f', 'c')$q$),
        ('cons_columns', $q$SELECT upper(n.nspname) AS owner, upper(k.conname) AS constraint_name, upper(c.relname) AS table_name,
            upper(a.attname) AS column_name, p.i::integer AS position
          FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
          JOIN pg_catalog.pg_namespace AS n ON n.oid = k.connamespace
          CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS p (attnum, i)
          JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = p.attnum WHERE true$q$),
        ('indexes', $q$SELECT upper(n.nspname) AS owner, upper(c.relname) AS index_name, upper(t.relname) AS table_name,
            CASE WHEN i.indexprs IS NULL THEN 'NORMAL' ELSE 'FUNCTION-BASED NORMAL' END AS index_type,
            CASE WHEN i.indisunique THEN 'UNIQUE' ELSE 'NONUNIQUE' END AS uniqueness, 'VALID'::text AS status
          FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
          JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE true$q$),
        ('sequences', $q$SELECT upper(n.nspname) AS sequence_owner, upper(n.nspname) AS owner, upper(c.relname) AS sequence_name,
            s.seqmin::numeric AS min_value, s.seqmax::numeric AS max_value, s.seqincrement::numeric AS increment_by,
            CASE WHEN s.seqcycle THEN 'Y' ELSE 'N' END AS cycle_flag, s.seqcache::numeric AS cache_size,
            CASE WHEN has_sequence_privilege(c.oid, 'SELECT') THEN pg_sequence_last_value(c.oid)::numeric END AS last_number
          FROM pg_catalog.pg_sequence AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE true$q$),
        ('source', $q$SELECT upper(n.nspname) AS owner, upper(p.proname) AS name,
            CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS type, l.i::integer AS line, l.text || E'\n' AS text
          FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
          CROSS JOIN LATERAL string_to_table(p.prosrc, E'\n') WITH ORDINALITY AS l (text, i) WHERE p.prokind IN ('f', 'p')$q$),
        ('triggers', $q$SELECT upper(n.nspname) AS owner, upper(t.tgname) AS trigger_name, upper(n.nspname) AS table_owner,
            upper(c.relname) AS table_name, CASE WHEN t.tgenabled = 'D' THEN 'DISABLED' ELSE 'ENABLED' END AS status,
            pg_get_triggerdef(t.oid) AS description
          FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal$q$),
        ('tab_comments', $q$SELECT upper(n.nspname) AS owner, upper(c.relname) AS table_name,
            CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS table_type, obj_description(c.oid, 'pg_class') AS comments
          FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v')$q$),
        ('col_comments', $q$SELECT upper(n.nspname) AS owner, upper(c.relname) AS table_name, upper(a.attname) AS column_name,
            col_description(c.oid, a.attnum) AS comments
          FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
          JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
          WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v')$q$)) AS v (name, query)
    LOOP
        FOREACH shown IN ARRAY '{user,all,dba}'::text[] LOOP
            EXECUTE format('CREATE OR REPLACE VIEW oracle_ext.%I AS %s AND %s', shown || '_' || each.name, each.query,
                CASE WHEN shown = 'user' THEN 'n.nspname = current_schema()' ELSE outside END);
            EXECUTE format('GRANT SELECT ON oracle_ext.%I TO PUBLIC', shown || '_' || each.name);
        END LOOP;
    END LOOP;
END $do$;

-- What the runtime pack's conversions follow.
DO $do$
DECLARE
    shown text;
BEGIN
    FOREACH shown IN ARRAY '{session,database,instance}'::text[] LOOP
        EXECUTE format('CREATE OR REPLACE VIEW oracle_ext.%I AS SELECT * FROM (VALUES (''NLS_LANGUAGE''::text, ''AMERICAN''::text), '
            '(''NLS_TERRITORY'', ''AMERICA''), (''NLS_CHARACTERSET'', ''AL32UTF8''), (''NLS_NCHAR_CHARACTERSET'', ''AL16UTF16''), '
            '(''NLS_NUMERIC_CHARACTERS'', ''.,''), (''NLS_SORT'', ''BINARY''), (''NLS_COMP'', ''BINARY''), '
            '(''NLS_LENGTH_SEMANTICS'', ''CHAR''), (''NLS_DATE_FORMAT'', oracle_ext._date_format())) AS p (parameter, value)',
            'nls_' || shown || '_parameters');
        EXECUTE format('GRANT SELECT ON oracle_ext.%I TO PUBLIC', 'nls_' || shown || '_parameters');
    END LOOP;
END $do$;

CREATE OR REPLACE VIEW oracle_ext."v$version" AS
SELECT 'PostgreSQL ' || pg_catalog.current_setting('server_version') AS banner;
CREATE OR REPLACE VIEW oracle_ext."v$instance" AS
SELECT 1 AS instance_number, pg_catalog.current_database()::text AS instance_name,
       coalesce(pg_catalog.host(pg_catalog.inet_server_addr()), 'localhost') AS host_name,
       pg_catalog.current_setting('server_version') AS version,
       pg_catalog.pg_postmaster_start_time()::timestamp(0) AS startup_time, 'OPEN'::text AS status;
CREATE OR REPLACE VIEW oracle_ext."v$session" AS
SELECT pid AS sid, pid AS "serial#", pg_catalog.upper(usename::text) AS username, application_name AS program,
       pg_catalog.upper(coalesce(state, 'inactive')) AS status, backend_start::timestamp(0) AS logon_time
FROM pg_catalog.pg_stat_activity;
GRANT SELECT ON oracle_ext."v$version", oracle_ext."v$instance", oracle_ext."v$session" TO PUBLIC;

-- What a package has that others may call, as DESCRIBE lists it.
CREATE OR REPLACE FUNCTION oracle_ext.members_of(package text, OUT member text, OUT kind text, OUT arguments text, OUT result text)
RETURNS SETOF record LANGUAGE sql STABLE AS $body$
    SELECT p.proname::text, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
           pg_catalog.pg_get_function_arguments(p.oid), pg_catalog.pg_get_function_result(p.oid)
    FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname = $1 AND pg_catalog.strpos(p.proname, '$') = 0 ORDER BY 1, 3 $body$;

-- CREATE SYNONYM name FOR package: a schema of that name whose routines call the package's. Again after a change of the
-- package: it makes them anew.
CREATE OR REPLACE FUNCTION oracle_ext.make_package_synonym(name text, package text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    each record;
    arguments text;
BEGIN
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', name);
    FOR each IN SELECT p.*, p.oid AS id FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
                WHERE n.nspname = package AND pg_catalog.strpos(p.proname, '$') = 0 LOOP
        SELECT pg_catalog.string_agg('$' || i, ', ' ORDER BY i) INTO arguments FROM pg_catalog.generate_series(1, each.pronargs) AS i;
        EXECUTE format(CASE
            WHEN each.prokind = 'p' THEN 'CREATE OR REPLACE PROCEDURE %I.%I(%s) LANGUAGE plpgsql AS %6$L'
            ELSE 'CREATE OR REPLACE FUNCTION %I.%I(%s) RETURNS %4$s LANGUAGE sql AS %5$L' END,
            name, each.proname, pg_catalog.pg_get_function_arguments(each.id), pg_catalog.pg_get_function_result(each.id),
            format(CASE WHEN each.proretset OR each.prorettype = 'record'::regtype THEN 'SELECT * FROM %I.%I(%s)' ELSE 'SELECT %I.%I(%s)' END,
                   package, each.proname, arguments),
            format('BEGIN CALL %I.%I(%s); END', package, each.proname, arguments));
    END LOOP;
END $body$;
