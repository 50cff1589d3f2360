-- Numbers. NUMBER is numeric, or an integer type.

CREATE OR REPLACE FUNCTION oracle_ext.mod(a numeric, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT CASE WHEN $2 = 0 THEN $1 ELSE pg_catalog.mod($1, $2) END $body$;
-- REMAINDER: a - b * (a / b rounded to the nearest, half to even).
CREATE OR REPLACE FUNCTION oracle_ext.remainder(a numeric, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT $1 - $2 * CASE WHEN pg_catalog.abs($1 / $2 - pg_catalog.trunc($1 / $2)) = 0.5
        THEN pg_catalog.trunc($1 / $2) + pg_catalog.sign($1 / $2) * pg_catalog.abs(pg_catalog.mod(pg_catalog.trunc($1 / $2), 2))
        ELSE pg_catalog.round($1 / $2) END $body$;
-- a / b with the digits that NUMBER has, not the 16 of PostgreSQL.
CREATE OR REPLACE FUNCTION oracle_ext.divide(a numeric, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.trim_scale(pg_catalog.round($1, 40) / $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.trunc(value numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.trunc($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.trunc(value numeric, places numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.trunc($1, pg_catalog.trunc($2)::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.round(value numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.round($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.round(value numeric, places numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.round($1, pg_catalog.trunc($2)::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.bitand(a numeric, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT (pg_catalog.trunc($1)::bigint & pg_catalog.trunc($2)::bigint)::numeric $body$;
CREATE OR REPLACE FUNCTION oracle_ext.bin_to_num(VARIADIC bits numeric[]) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.trunc(pg_catalog.sum(b * 2::numeric ^ (pg_catalog.cardinality($1) - i))) FROM pg_catalog.unnest($1) WITH ORDINALITY AS t (b, i) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.power(a numeric, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.trim_scale(pg_catalog.power($1, $2)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.log(base numeric, value numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.log($1, $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.ora_hash(value anyelement, buckets numeric DEFAULT 4294967295, seed numeric DEFAULT 0)
RETURNS numeric LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.mod(pg_catalog.hashtextextended($1::text, $3::bigint)::numeric + 9223372036854775808, $2 + 1) $body$;

-- Text where a number is meant.
CREATE OR REPLACE FUNCTION oracle_ext.trunc(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.trunc(oracle_ext.to_number($1)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.trunc(value text, places numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.trunc(oracle_ext.to_number($1), $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.round(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.round(oracle_ext.to_number($1)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.round(value text, places numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.round(oracle_ext.to_number($1), $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.mod(a text, b numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.mod(oracle_ext.to_number($1), $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.mod(a numeric, b text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.mod($1, oracle_ext.to_number($2)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value text, format_ text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_char(oracle_ext.to_number($1), $2) $body$;

-- RAW.
CREATE OR REPLACE FUNCTION oracle_ext.rawtohex(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(pg_catalog.upper(pg_catalog.encode(pg_catalog.convert_to($1, 'UTF8'), 'hex')), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.hextoraw(value text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.decode(CASE WHEN pg_catalog.length($1) % 2 = 1 THEN '0' || $1 ELSE nullif($1, '') END, 'hex') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.rawtohex(value bytea) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.upper(pg_catalog.encode($1, 'hex')), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.rawtonhex(value bytea) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.rawtohex($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.sys_guid() RETURNS bytea
LANGUAGE sql VOLATILE PARALLEL SAFE AS $body$ SELECT pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) $body$;

-- Where Oracle converts the first argument to text: CHAR keeps its blanks, numbers and moments as TO_CHAR has them.
DO $do$
DECLARE
    each record;
    kind record;
BEGIN
    FOR each IN SELECT * FROM (VALUES
        ('substr', ', numeric', ', $2', 'text'), ('substr', ', numeric, numeric', ', $2, $3', 'text'),
        ('substrb', ', numeric, numeric', ', $2, $3', 'text'), ('instr', ', text', ', $2', 'integer'),
        ('instr', ', text, numeric', ', $2, $3', 'integer'), ('instr', ', text, numeric, numeric', ', $2, $3, $4', 'integer'),
        ('length', '', '', 'integer'), ('lengthb', '', '', 'integer'),
        ('lpad', ', numeric', ', $2', 'text'), ('lpad', ', numeric, text', ', $2, $3', 'text'),
        ('rpad', ', numeric', ', $2', 'text'), ('rpad', ', numeric, text', ', $2, $3', 'text'),
        ('ltrim', '', '', 'text'), ('ltrim', ', text', ', $2', 'text'), ('rtrim', '', '', 'text'),
        ('rtrim', ', text', ', $2', 'text'), ('btrim', '', '', 'text'), ('btrim', ', text', ', $2', 'text'),
        ('trim', '', '', 'text'), ('replace', ', text', ', $2', 'text'), ('replace', ', text, text', ', $2, $3', 'text'),
        ('translate', ', text, text', ', $2, $3', 'text'), ('concat', ', text', ', $2', 'text'),
        ('upper', '', '', 'text'), ('lower', '', '', 'text'), ('initcap', '', '', 'text'),
        ('regexp_like', ', text', ', $2', 'boolean'), ('regexp_substr', ', text', ', $2', 'text'),
        ('regexp_replace', ', text, text', ', $2, $3', 'text')) AS f (name, more, given, result)
    LOOP
        FOR kind IN SELECT * FROM (VALUES ('bpchar', 'IMMUTABLE', 'oracle_ext._padded($1)'),
            ('numeric', 'IMMUTABLE', 'oracle_ext.to_char($1)'), ('timestamp', 'STABLE', 'oracle_ext.to_char($1)'),
            ('timestamptz', 'STABLE', 'oracle_ext.to_char($1)'), ('date', 'STABLE', 'oracle_ext.to_char($1)')) AS k (type, kept, text)
        LOOP
            EXECUTE format('CREATE OR REPLACE FUNCTION oracle_ext.%I(%s%s) RETURNS %s LANGUAGE sql %s PARALLEL SAFE '
                'AS $f$ SELECT oracle_ext.%I(%s%s) $f$', each.name, kind.type, each.more, each.result, kind.kept,
                each.name, kind.text, each.given);
        END LOOP;
    END LOOP;
END $do$;
-- The last argument of these may be a CHAR, whose blanks count, too.
DO $do$
DECLARE
    each record;
    kind record;
BEGIN
    FOR each IN SELECT * FROM (VALUES ('lpad', ', numeric', ', $2', 3), ('rpad', ', numeric', ', $2', 3), ('ltrim', '', '', 2),
        ('rtrim', '', '', 2), ('btrim', '', '', 2), ('instr', '', '', 2)) AS f (name, more, given, last)
    LOOP
        FOR kind IN SELECT * FROM (VALUES ('text', '$1'), ('bpchar', 'oracle_ext._padded($1)')) AS k (type, text) LOOP
            EXECUTE format('CREATE OR REPLACE FUNCTION oracle_ext.%I(%s%s, bpchar) RETURNS %s LANGUAGE sql IMMUTABLE PARALLEL SAFE '
                'AS $f$ SELECT oracle_ext.%I(%s%s, oracle_ext._padded($%s)) $f$', each.name, kind.type, each.more,
                CASE each.name WHEN 'instr' THEN 'integer' ELSE 'text' END, each.name, kind.text, each.given, each.last);
        END LOOP;
    END LOOP;
END $do$;

-- DUMP of a number: Oracle's bytes, an exponent and digits to base 100, of a negative one their complement.
CREATE OR REPLACE FUNCTION oracle_ext._number_bytes(value numeric) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    whole text := pg_catalog.split_part(pg_catalog.trim_scale(pg_catalog.abs(value))::text, '.', 1);
    part text := pg_catalog.split_part(pg_catalog.trim_scale(pg_catalog.abs(value))::text, '.', 2);
    digits text;
    exponent integer;
    made integer[] := '{}';
BEGIN
    IF value = 0 THEN RETURN ARRAY[128]; END IF;
    whole := pg_catalog.ltrim(whole, '0');
    whole := pg_catalog.repeat('0', pg_catalog.length(whole) % 2) || whole;
    part := part || pg_catalog.repeat('0', pg_catalog.length(part) % 2);
    exponent := pg_catalog.length(whole) / 2 - 1;
    digits := whole || part;
    WHILE digits LIKE '00%' LOOP
        digits := pg_catalog.substr(digits, 3);
        exponent := exponent - 1;
    END LOOP;
    WHILE digits LIKE '%00' AND pg_catalog.length(digits) % 2 = 0 LOOP
        digits := pg_catalog.left(digits, -2);
    END LOOP;
    FOR i IN 1 .. pg_catalog.length(digits) / 2 LOOP
        made := made || CASE WHEN value > 0 THEN 1 + pg_catalog.substr(digits, 2 * i - 1, 2)::integer
                        ELSE 101 - pg_catalog.substr(digits, 2 * i - 1, 2)::integer END;
    END LOOP;
    IF value > 0 THEN RETURN (193 + exponent) || made; END IF;
    RETURN (62 - exponent) || made || CASE WHEN pg_catalog.cardinality(made) < 20 THEN ARRAY[102] ELSE '{}' END;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext._dumped(kind integer, bytes integer[], format_ integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce('Typ=' || $1 || ' Len=' || pg_catalog.cardinality($2) || ': ' || (
        SELECT pg_catalog.string_agg(CASE $3 WHEN 16 THEN pg_catalog.to_hex(b) ELSE b::text END, ',' ORDER BY i)
        FROM pg_catalog.unnest($2) WITH ORDINALITY AS t (b, i)), 'NULL') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dump(value numeric, format_ integer DEFAULT 10) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext._dumped(2, oracle_ext._number_bytes($1), $2) $body$;
-- A DATE as a table holds it; one that was just calculated has eight other bytes in Oracle.
CREATE OR REPLACE FUNCTION oracle_ext.dump(value timestamp, format_ integer DEFAULT 10) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT oracle_ext._dumped(12, CASE WHEN $1 IS NOT NULL THEN ARRAY[
        extract(year FROM $1)::integer / 100 + 100, extract(year FROM $1)::integer % 100 + 100, extract(month FROM $1)::integer,
        extract(day FROM $1)::integer, extract(hour FROM $1)::integer + 1, extract(minute FROM $1)::integer + 1,
        pg_catalog.trunc(extract(second FROM $1))::integer + 1] END, $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dump(value bpchar, format_ integer DEFAULT 10) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.replace(oracle_ext.dump(oracle_ext._padded($1), $2), 'Typ=1 ', 'Typ=96 ') $body$;

-- LISTAGG leaves NULLs out.
CREATE OR REPLACE FUNCTION oracle_ext._listed(kept text, value text, separator text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN nullif($2, '') IS NULL THEN $1 WHEN $1 IS NULL THEN $2 ELSE $1 || coalesce($3, '') || $2 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext._listed(kept text, value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext._listed($1, $2, '') $body$;
CREATE OR REPLACE AGGREGATE oracle_ext.listagg(text, text) (SFUNC = oracle_ext._listed, STYPE = text, PARALLEL = SAFE);
CREATE OR REPLACE AGGREGATE oracle_ext.listagg(text) (SFUNC = oracle_ext._listed, STYPE = text, PARALLEL = SAFE);

-- IGNORE NULLS: the first and the last value of a window that is known.
CREATE OR REPLACE FUNCTION oracle_ext._earlier(known anyelement, value anyelement) RETURNS anyelement
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$ SELECT $1 $body$;
CREATE OR REPLACE FUNCTION oracle_ext._later(known anyelement, value anyelement) RETURNS anyelement
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$ SELECT $2 $body$;
CREATE OR REPLACE AGGREGATE oracle_ext.first_known(anyelement) (SFUNC = oracle_ext._earlier, STYPE = anyelement);
CREATE OR REPLACE AGGREGATE oracle_ext.last_known(anyelement) (SFUNC = oracle_ext._later, STYPE = anyelement);

-- ROWID as a number: the block and the place in it. A text is such a number or an address of PostgreSQL's.
CREATE OR REPLACE FUNCTION oracle_ext.rowid_of(place tid) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT (($1::text::point)[0]::bigint << 16) | ($1::text::point)[1]::bigint $body$;
CREATE OR REPLACE FUNCTION oracle_ext.place_of(id bigint) RETURNS tid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT pg_catalog.format('(%s,%s)', $1 >> 16, $1 & 65535)::tid $body$;
CREATE OR REPLACE FUNCTION oracle_ext.place_of(id text) RETURNS tid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 ~ '^[0-9]+$' THEN oracle_ext.place_of($1::bigint) ELSE $1::tid END $body$;
