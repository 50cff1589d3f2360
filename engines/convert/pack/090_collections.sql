-- Collections. An associative array is jsonb: an object from the text of the key to the element. Text keys are in
-- the order of their bytes (NLS_SORT BINARY), whole-number keys in that of numbers. A nested table without gaps is
-- an array of PostgreSQL's; one from whose middle elements are deleted is a map with keys 1, 2, ….

CREATE OR REPLACE FUNCTION oracle_ext.map_count(map jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.count(*)::integer FROM pg_catalog.jsonb_object_keys(coalesce($1, '{}')) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_exists(map jsonb, key text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce($1 OPERATOR(pg_catalog.?) $2, false) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_exists(map jsonb, key numeric) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce($1 OPERATOR(pg_catalog.?) pg_catalog.round($2)::text, false) $body$;
-- (The arguments of _no_element and _no_key keep the planner from calling them ahead of time.)
-- Reading what is not there is NO_DATA_FOUND, as in Oracle; map_find gives NULL.
CREATE OR REPLACE FUNCTION oracle_ext.map_find(map jsonb, key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 ->> $2 $body$;
CREATE OR REPLACE FUNCTION oracle_ext._no_element(map jsonb, key text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'P0002', MESSAGE = 'ORA-01403: no data found';
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_get(map jsonb, key text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce($1 -> $2, oracle_ext._no_element($1, $2)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_get(map jsonb, key numeric) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce($1 -> pg_catalog.round($2)::text, oracle_ext._no_element($1, $2::text)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_text(map jsonb, key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.map_get($1, $2) #>> '{}' $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_text(map jsonb, key numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.map_get($1, $2) #>> '{}' $body$;
CREATE OR REPLACE FUNCTION oracle_ext._no_key(map jsonb, key text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    RAISE EXCEPTION USING ERRCODE = oracle_ext.sqlstate_of(6502),
        MESSAGE = 'ORA-06502: PL/SQL: numeric or value error: NULL index table key value';
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_put(map jsonb, key text, element jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce($1, '{}') || pg_catalog.jsonb_build_object(coalesce($2, oracle_ext._no_key($1, $2)), $3) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_put(map jsonb, key numeric, element jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.map_put($1, pg_catalog.round($2)::text, $3) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_delete(map jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT '{}'::jsonb $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_delete(map jsonb, key text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT CASE WHEN $2 IS NULL THEN $1 ELSE $1 - $2 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_delete(map jsonb, key numeric) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.map_delete($1, pg_catalog.round($2)::text) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_delete(map jsonb, low numeric, high numeric) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce($1 - ARRAY(SELECT k FROM pg_catalog.jsonb_object_keys($1) AS k WHERE k::numeric BETWEEN $2 AND $3), $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_delete(map jsonb, low text, high text) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce($1 - ARRAY(SELECT k FROM pg_catalog.jsonb_object_keys($1) AS k
        WHERE k COLLATE "C" >= $2 AND k COLLATE "C" <= $3), $1) $body$;

-- FIRST, LAST, NEXT, PRIOR: of whole-number keys, and of text keys.
CREATE OR REPLACE FUNCTION oracle_ext.map_first(map jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.min(k::bigint) FROM pg_catalog.jsonb_object_keys($1) AS k $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_last(map jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.max(k::bigint) FROM pg_catalog.jsonb_object_keys($1) AS k $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_next(map jsonb, key numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.min(k::bigint) FROM pg_catalog.jsonb_object_keys($1) AS k WHERE k::bigint > $2 $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_prior(map jsonb, key numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.max(k::bigint) FROM pg_catalog.jsonb_object_keys($1) AS k WHERE k::bigint < $2 $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_first_text(map jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.min(k COLLATE "C") FROM pg_catalog.jsonb_object_keys($1) AS k $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_last_text(map jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.max(k COLLATE "C") FROM pg_catalog.jsonb_object_keys($1) AS k $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_next_text(map jsonb, key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.min(k COLLATE "C") FROM pg_catalog.jsonb_object_keys($1) AS k WHERE k COLLATE "C" > $2 $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_prior_text(map jsonb, key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.max(k COLLATE "C") FROM pg_catalog.jsonb_object_keys($1) AS k WHERE k COLLATE "C" < $2 $body$;
-- All keys in order, once: for a loop that would call NEXT at each step.
CREATE OR REPLACE FUNCTION oracle_ext.map_keys(map jsonb) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT ARRAY(SELECT k::bigint FROM pg_catalog.jsonb_object_keys($1) AS k ORDER BY 1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_keys_text(map jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT ARRAY(SELECT k FROM pg_catalog.jsonb_object_keys($1) AS k ORDER BY k COLLATE "C") $body$;
CREATE OR REPLACE FUNCTION oracle_ext.map_of(elements anyarray) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT coalesce(pg_catalog.jsonb_object_agg(i, e), '{}')
    FROM pg_catalog.jsonb_array_elements(pg_catalog.to_jsonb($1)) WITH ORDINALITY AS t (e, i) WHERE $1 IS NOT NULL $body$;

-- Nested tables and varrays as arrays.
CREATE OR REPLACE FUNCTION oracle_ext.list_extend(list anyarray, n integer DEFAULT 1) RETURNS anyarray
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    IF list IS NULL THEN PERFORM oracle_ext._fail(6531, 'Reference to uninitialized collection'); END IF;
    FOR i IN 1 .. n LOOP list := pg_catalog.array_append(list, NULL); END LOOP;
    RETURN list;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.list_extend(list anyarray, n integer, i integer) RETURNS anyarray
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    taken list%TYPE := list[i:i];
BEGIN
    IF list IS NULL THEN PERFORM oracle_ext._fail(6531, 'Reference to uninitialized collection'); END IF;
    IF pg_catalog.cardinality(taken) = 0 THEN PERFORM oracle_ext._fail(6533, 'Subscript beyond count'); END IF;
    FOR k IN 1 .. n LOOP list := list || taken; END LOOP;
    RETURN list;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.list_trim(list anyarray, n integer DEFAULT 1) RETURNS anyarray
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    IF list IS NULL THEN PERFORM oracle_ext._fail(6531, 'Reference to uninitialized collection'); END IF;
    IF n > pg_catalog.cardinality(list) THEN PERFORM oracle_ext._fail(6533, 'Subscript beyond count'); END IF;
    RETURN pg_catalog.trim_array(list, n);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.list_distinct(list anyarray) RETURNS anyarray
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT ARRAY(SELECT v FROM pg_catalog.unnest($1) WITH ORDINALITY AS t (v, i) GROUP BY v ORDER BY pg_catalog.min(i)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.multiset_union(a anyarray, b anyarray) RETURNS anyarray
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN $1 || $2 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.multiset_except(a anyarray, b anyarray) RETURNS anyarray
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL
        THEN ARRAY(SELECT pg_catalog.unnest($1) EXCEPT ALL SELECT pg_catalog.unnest($2)) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.multiset_intersect(a anyarray, b anyarray) RETURNS anyarray
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL
        THEN ARRAY(SELECT pg_catalog.unnest($1) INTERSECT ALL SELECT pg_catalog.unnest($2)) END $body$;
