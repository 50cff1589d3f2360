-- JSON: texts, read by the paths that Oracle's and PostgreSQL's have in common. What is no JSON is NULL, as Oracle's
-- functions answer unless they are told otherwise.

CREATE OR REPLACE FUNCTION oracle_ext._json_of(value text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $body$
BEGIN
    RETURN value::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext._json_found(value jsonb, path text) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT pg_catalog.jsonb_path_query_array($1, $2::jsonpath, '{}', true) $body$;

CREATE OR REPLACE FUNCTION oracle_ext.json_value(value jsonb, path text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN pg_catalog.jsonb_array_length(a) = 1 AND pg_catalog.jsonb_typeof(a -> 0) NOT IN ('object', 'array')
        THEN nullif(a ->> 0, '') END
    FROM (SELECT oracle_ext._json_found($1, $2) AS a) AS q $body$;
CREATE OR REPLACE FUNCTION oracle_ext.json_value(value text, path text) RETURNS text
LANGUAGE sql IMMUTABLE AS $body$ SELECT oracle_ext.json_value(oracle_ext._json_of($1), $2) $body$;

CREATE OR REPLACE FUNCTION oracle_ext.json_exists(value jsonb, path text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce(pg_catalog.jsonb_path_exists($1, $2::jsonpath, '{}', true), false) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.json_exists(value text, path text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $body$ SELECT oracle_ext.json_exists(oracle_ext._json_of($1), $2) $body$;

-- wrapper: without, with, conditional.
CREATE OR REPLACE FUNCTION oracle_ext.json_query(value jsonb, path text, wrapper text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN n = 0 THEN NULL WHEN $3 = 'with' THEN a::text
        WHEN n = 1 AND pg_catalog.jsonb_typeof(a -> 0) IN ('object', 'array') THEN (a -> 0)::text
        WHEN $3 = 'conditional' THEN a::text END
    FROM (SELECT a, pg_catalog.jsonb_array_length(a) AS n FROM (SELECT oracle_ext._json_found($1, $2) AS a) AS f) AS q
    $body$;
CREATE OR REPLACE FUNCTION oracle_ext.json_query(value text, path text, wrapper text) RETURNS text
LANGUAGE sql IMMUTABLE AS $body$ SELECT oracle_ext.json_query(oracle_ext._json_of($1), $2, $3) $body$;

CREATE OR REPLACE FUNCTION oracle_ext.json_rows(value jsonb, path text) RETURNS SETOF jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.jsonb_path_query($1, $2::jsonpath, '{}', true) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.json_rows(value text, path text) RETURNS SETOF jsonb
LANGUAGE sql IMMUTABLE AS $body$ SELECT oracle_ext.json_rows(oracle_ext._json_of($1), $2) $body$;

-- Parts of a text in JSON, without blanks as Oracle writes it. …_known_…: nothing where the value is NULL.
CREATE OR REPLACE FUNCTION oracle_ext.json_item(value anyelement) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce(CASE WHEN pg_catalog.pg_typeof($1) = 'numeric'::regtype THEN pg_catalog.trim_scale($1::text::numeric)::text
        ELSE pg_catalog.to_json($1)::text END, 'null') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.json_known_item(value anyelement) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$ SELECT oracle_ext.json_item($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.json_member(key text, item text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.to_json($1)::text || ':' || coalesce($2, 'null') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.json_known_member(key text, item text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$ SELECT oracle_ext.json_member($1, $2) $body$;
