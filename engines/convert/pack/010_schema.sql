-- oracle_ext: what Oracle's SQL and PL/SQL bring and PostgreSQL lacks or means otherwise.
-- SQL and PL/pgSQL only; the owner of a database installs it, and running it again upgrades it.
-- Conventions: '' is NULL, in arguments and in results. Names that begin with _ are the pack's own.
CREATE SCHEMA IF NOT EXISTS oracle_ext;
COMMENT ON SCHEMA oracle_ext IS 'Oracle''s built-in functions and packages for converted code';
GRANT USAGE ON SCHEMA oracle_ext TO PUBLIC;

CREATE OR REPLACE FUNCTION oracle_ext.version() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT '1.0.0'::text $body$;

CREATE OR REPLACE VIEW oracle_ext.dual AS SELECT 'X'::text AS dummy;
GRANT SELECT ON oracle_ext.dual TO PUBLIC;

-- CHAR with its padding: a cast to text would drop the blanks that Oracle keeps.
CREATE OR REPLACE FUNCTION oracle_ext._padded(value bpchar) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$ SELECT pg_catalog.textin(pg_catalog.bpcharout($1)) $body$;
