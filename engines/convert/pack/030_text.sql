-- Text. Where Oracle converts a number or a moment to text by itself there is an overload (see the end).

CREATE OR REPLACE FUNCTION oracle_ext.substr(value text, position_ numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(CASE
        WHEN pg_catalog.trunc($2) >= 0 THEN pg_catalog.substr($1, pg_catalog.trunc($2)::integer)
        WHEN -pg_catalog.trunc($2) <= pg_catalog.length($1) THEN pg_catalog.right($1, -pg_catalog.trunc($2)::integer)
        END, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.substr(value text, position_ numeric, count_ numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(CASE
        WHEN $3 < 1 THEN NULL
        WHEN pg_catalog.trunc($2) > 0 THEN
            pg_catalog.substr($1, pg_catalog.trunc($2)::integer, least(pg_catalog.trunc($3), 1073741823)::integer)
        WHEN pg_catalog.trunc($2) = 0 THEN pg_catalog.substr($1, 1, least(pg_catalog.trunc($3), 1073741823)::integer)
        WHEN -pg_catalog.trunc($2) <= pg_catalog.length($1) THEN
            pg_catalog.left(pg_catalog.right($1, -pg_catalog.trunc($2)::integer),
                            least(pg_catalog.trunc($3), 1073741823)::integer)
        END, '') $body$;

-- By bytes of UTF-8; a character cut in two becomes blanks, as in Oracle.
CREATE OR REPLACE FUNCTION oracle_ext.substrb(value text, position_ numeric, count_ numeric DEFAULT 1073741823)
RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    bytes bytea := pg_catalog.convert_to(value, 'UTF8');
    total integer := pg_catalog.octet_length(bytes);
    first_ integer := pg_catalog.trunc(position_);
    size_ integer := least(pg_catalog.trunc(count_), 1073741823);
    made bytea;
    at_ integer;
    lead_ integer;
    need integer;
BEGIN
    IF value IS NULL OR first_ IS NULL OR size_ IS NULL OR size_ < 1 THEN RETURN NULL; END IF;
    IF first_ = 0 THEN first_ := 1; END IF;
    IF first_ < 0 THEN first_ := total + first_ + 1; END IF;
    IF first_ < 1 OR first_ > total THEN RETURN NULL; END IF;
    made := pg_catalog.substr(bytes, first_, least(size_, total));
    at_ := 0;
    WHILE at_ < pg_catalog.octet_length(made) AND pg_catalog.get_byte(made, at_) BETWEEN 128 AND 191 LOOP
        made := pg_catalog.set_byte(made, at_, 32);
        at_ := at_ + 1;
    END LOOP;
    at_ := pg_catalog.octet_length(made) - 1;
    WHILE at_ > 0 AND pg_catalog.get_byte(made, at_) BETWEEN 128 AND 191 LOOP at_ := at_ - 1; END LOOP;
    lead_ := pg_catalog.get_byte(made, at_);
    need := CASE WHEN lead_ >= 240 THEN 4 WHEN lead_ >= 224 THEN 3 WHEN lead_ >= 192 THEN 2 ELSE 1 END;
    IF at_ + need > pg_catalog.octet_length(made) THEN
        FOR i IN at_ .. pg_catalog.octet_length(made) - 1 LOOP made := pg_catalog.set_byte(made, i, 32); END LOOP;
    END IF;
    RETURN nullif(pg_catalog.convert_from(made, 'UTF8'), '');
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.instr(value text, part text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.strpos(nullif($1, ''), nullif($2, '')) $body$;

CREATE OR REPLACE FUNCTION oracle_ext.instr(value text, part text, position_ numeric, nth numeric DEFAULT 1)
RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    at_ integer := pg_catalog.trunc(position_);
    left_ integer := pg_catalog.trunc(nth);
    size_ integer := pg_catalog.length(part);
    found_ integer;
BEGIN
    IF value IS NULL OR part IS NULL OR value = '' OR part = '' OR at_ IS NULL OR left_ IS NULL THEN
        RETURN NULL;
    END IF;
    IF left_ < 1 THEN PERFORM oracle_ext._fail(1428, 'argument ''' || left_ || ''' is out of range'); END IF;
    IF at_ = 0 THEN RETURN 0; END IF;
    IF at_ > 0 THEN
        LOOP
            found_ := pg_catalog.strpos(pg_catalog.substr(value, at_), part);
            IF found_ = 0 THEN RETURN 0; END IF;
            left_ := left_ - 1;
            IF left_ = 0 THEN RETURN at_ + found_ - 1; END IF;
            at_ := at_ + found_;
        END LOOP;
    END IF;
    at_ := least(pg_catalog.length(value) + at_ + 1, pg_catalog.length(value) - size_ + 1);
    WHILE at_ > 0 LOOP
        IF pg_catalog.substr(value, at_, size_) = part THEN
            left_ := left_ - 1;
            IF left_ = 0 THEN RETURN at_; END IF;
        END IF;
        at_ := at_ - 1;
    END LOOP;
    RETURN 0;
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.instrb(value text, part text, position_ numeric DEFAULT 1, nth numeric DEFAULT 1)
RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN at_ > 0 THEN pg_catalog.octet_length(pg_catalog.left($1, at_ - 1)) + 1 ELSE at_ END
    FROM (SELECT oracle_ext.instr($1, $2,
              CASE WHEN $3 > 0 THEN pg_catalog.length(oracle_ext.substrb($1, 1, $3)) ELSE $3 END, $4) AS at_) AS q $body$;

CREATE OR REPLACE FUNCTION oracle_ext.length(value text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.length($1), 0) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.length(value bytea) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.octet_length($1), 0) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.lengthb(value text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.octet_length($1), 0) $body$;

-- The width is in columns: a wide character of East Asia takes two.
CREATE OR REPLACE FUNCTION oracle_ext._width(value text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT pg_catalog.length($1) + CASE WHEN pg_catalog.octet_length($1) = pg_catalog.length($1) THEN 0
        ELSE pg_catalog.length(pg_catalog.regexp_replace($1,
             '[^\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]',
             '', 'g')) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext._cut(value text, width integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    made text := pg_catalog.left(value, width);
BEGIN
    WHILE oracle_ext._width(made) > width LOOP
        made := pg_catalog.left(made, pg_catalog.length(made) - 1);
    END LOOP;
    RETURN made;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext._padding(width integer, fill text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    step integer := oracle_ext._width(fill);
    made text := '';
BEGIN
    IF width <= 0 THEN RETURN ''; END IF;
    made := oracle_ext._cut(pg_catalog.repeat(fill, width / step + 1), width);
    RETURN made;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext._pad_wide(value text, size_ integer, fill text, at_left boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    kept text := oracle_ext._cut(value, size_);
    gap integer := size_ - oracle_ext._width(kept);
    made text := CASE WHEN kept = value THEN oracle_ext._padding(gap, fill) ELSE '' END;
    blanks text := pg_catalog.repeat(' ', gap - oracle_ext._width(made));
BEGIN
    -- A wide character that does not fit whole leaves a blank, on the outer side.
    RETURN CASE WHEN at_left THEN blanks || made || kept ELSE kept || made || blanks END;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.lpad(value text, size_ numeric, fill text DEFAULT ' ') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(CASE
        WHEN nullif($1, '') IS NULL OR nullif($3, '') IS NULL OR $2 IS NULL OR $2 < 1 THEN NULL
        WHEN pg_catalog.octet_length($1) = pg_catalog.length($1) AND pg_catalog.octet_length($3) = pg_catalog.length($3)
        THEN pg_catalog.lpad($1, pg_catalog.trunc($2)::integer, $3)
        ELSE oracle_ext._pad_wide($1, pg_catalog.trunc($2)::integer, $3, true) END, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.rpad(value text, size_ numeric, fill text DEFAULT ' ') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(CASE
        WHEN nullif($1, '') IS NULL OR nullif($3, '') IS NULL OR $2 IS NULL OR $2 < 1 THEN NULL
        WHEN pg_catalog.octet_length($1) = pg_catalog.length($1) AND pg_catalog.octet_length($3) = pg_catalog.length($3)
        THEN pg_catalog.rpad($1, pg_catalog.trunc($2)::integer, $3)
        ELSE oracle_ext._pad_wide($1, pg_catalog.trunc($2)::integer, $3, false) END, '') $body$;

CREATE OR REPLACE FUNCTION oracle_ext.ltrim(value text, set_ text DEFAULT ' ') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.ltrim($1, nullif($2, '')), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.rtrim(value text, set_ text DEFAULT ' ') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.rtrim($1, nullif($2, '')), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.btrim(value text, set_ text DEFAULT ' ') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.btrim($1, nullif($2, '')), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.trim(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.btrim($1, ' '), '') $body$;

CREATE OR REPLACE FUNCTION oracle_ext.replace(value text, part text, by_ text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(CASE WHEN $2 IS NULL OR $2 = '' THEN $1
                       ELSE pg_catalog.replace($1, $2, coalesce($3, '')) END, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.translate(value text, from_ text, to_ text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(pg_catalog.translate($1, nullif($2, ''), nullif($3, '')), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.concat(a text, b text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(coalesce($1, '') || coalesce($2, ''), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.upper(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.upper($1), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.lower(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.lower($1), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.initcap(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.initcap($1), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.nls_upper(value text, setting text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.upper($1), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.nls_lower(value text, setting text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.lower($1), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.nls_initcap(value text, setting text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.initcap($1), '') $body$;
-- The sort key: the bytes (BINARY); lower case first where the name ends in _CI or _AI.
CREATE OR REPLACE FUNCTION oracle_ext.nlssort(value text, setting text DEFAULT 'NLS_SORT=BINARY') RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.convert_to(CASE WHEN $2 ~* '_(ci|ai)\s*$' THEN pg_catalog.lower($1) ELSE $1 END, 'UTF8') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.ascii(value text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.ascii(nullif($1, '')) $body$;
-- chr(0) cannot be stored by PostgreSQL: an error when it is called, hence not IMMUTABLE (then: when it is planned).
CREATE OR REPLACE FUNCTION oracle_ext.chr(code numeric) RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $body$ BEGIN RETURN pg_catalog.chr(pg_catalog.trunc(code)::integer); END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.instrc(value text, part text, from_ numeric DEFAULT 1, nth numeric DEFAULT 1) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.instr($1, $2, $3, $4) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.substrc(value text, from_ numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.substr($1, $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.substrc(value text, from_ numeric, size_ numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.substr($1, $2, $3) $body$;
-- What is not ASCII as \XXXX, in units of UTF-16.
CREATE OR REPLACE FUNCTION oracle_ext.asciistr(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.string_agg(CASE
        WHEN n < 128 AND n <> 92 THEN c
        WHEN n < 65536 THEN '\' || pg_catalog.lpad(pg_catalog.upper(pg_catalog.to_hex(n)), 4, '0')
        ELSE '\' || pg_catalog.upper(pg_catalog.to_hex(55296 + ((n - 65536) >> 10)))
          || '\' || pg_catalog.upper(pg_catalog.to_hex(56320 + ((n - 65536) & 1023))) END, '' ORDER BY i)
    FROM (SELECT c, pg_catalog.ascii(c) AS n, i
          FROM pg_catalog.regexp_split_to_table($1, '') WITH ORDINALITY AS s (c, i)) AS q $body$;
-- The database's character set is AL32UTF8 (873), the national one AL16UTF16 (2000).
CREATE OR REPLACE FUNCTION oracle_ext.nls_charset_id(name text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE pg_catalog.upper($1) WHEN 'CHAR_CS' THEN 873 WHEN 'AL32UTF8' THEN 873 WHEN 'NCHAR_CS' THEN 2000
        WHEN 'AL16UTF16' THEN 2000 WHEN 'UTF8' THEN 871 WHEN 'US7ASCII' THEN 1 WHEN 'WE8ISO8859P1' THEN 31
        WHEN 'WE8MSWIN1252' THEN 178 END::numeric $body$;
CREATE OR REPLACE FUNCTION oracle_ext.nls_charset_name(id numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE $1 WHEN 873 THEN 'AL32UTF8' WHEN 2000 THEN 'AL16UTF16' WHEN 871 THEN 'UTF8' WHEN 1 THEN 'US7ASCII'
        WHEN 31 THEN 'WE8ISO8859P1' WHEN 178 THEN 'WE8MSWIN1252' END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_blob(value bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 $body$;
-- A file of the server: its directory and its name. Reading it is for the functions that take one.
CREATE OR REPLACE FUNCTION oracle_ext.bfilename(directory text, filename text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 || '/' || $2 $body$;
CREATE OR REPLACE FUNCTION oracle_ext.nchr(code numeric) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$ SELECT pg_catalog.chr(pg_catalog.trunc($1)::integer) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.reverse(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.reverse($1), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.convert(value text, to_ text, from_ text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif($1, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.compose(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.normalize($1, 'NFC'), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.decompose(value text, form text DEFAULT 'CANONICAL') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(CASE WHEN pg_catalog.upper($2) = 'COMPATIBILITY' THEN pg_catalog.normalize($1, 'NFKD')
                       ELSE pg_catalog.normalize($1, 'NFD') END, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.unistr(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(pg_catalog.unistr($1), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.asciistr(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.string_agg(CASE
        WHEN pg_catalog.ascii(c) < 128 AND c <> '\' THEN c
        WHEN pg_catalog.ascii(c) < 65536 THEN '\' || pg_catalog.upper(pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.ascii(c)), 4, '0'))
        ELSE '\' || pg_catalog.upper(pg_catalog.to_hex(55296 + (pg_catalog.ascii(c) - 65536) / 1024))
          || '\' || pg_catalog.upper(pg_catalog.to_hex(56320 + (pg_catalog.ascii(c) - 65536) % 1024)) END, '' ORDER BY i)
    FROM pg_catalog.regexp_split_to_table(nullif($1, ''), '') WITH ORDINALITY AS t (c, i) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_multi_byte(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.string_agg(CASE WHEN c = ' ' THEN pg_catalog.chr(12288)
        WHEN pg_catalog.ascii(c) BETWEEN 33 AND 126 THEN pg_catalog.chr(pg_catalog.ascii(c) + 65248) ELSE c END, '' ORDER BY i)
    FROM pg_catalog.regexp_split_to_table(nullif($1, ''), '') WITH ORDINALITY AS t (c, i) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_single_byte(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.string_agg(CASE WHEN pg_catalog.ascii(c) = 12288 THEN ' '
        WHEN pg_catalog.ascii(c) BETWEEN 65281 AND 65374 THEN pg_catalog.chr(pg_catalog.ascii(c) - 65248) ELSE c END, '' ORDER BY i)
    FROM pg_catalog.regexp_split_to_table(nullif($1, ''), '') WITH ORDINALITY AS t (c, i) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.soundex(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    letters text := pg_catalog.regexp_replace(pg_catalog.upper(value), '[^A-Z]', '', 'g');
    made text := pg_catalog.left(letters, 1);
    code_ text;
    last_ text;
    letter text;
BEGIN
    IF letters IS NULL OR letters = '' THEN RETURN NULL; END IF;
    last_ := pg_catalog.translate(made, 'BFPVCGJKQSXZDTLMNRAEIOUYHW', '1111222222223345560000000');
    FOR i IN 2 .. pg_catalog.length(letters) LOOP
        letter := pg_catalog.substr(letters, i, 1);
        CONTINUE WHEN letter IN ('H', 'W');
        code_ := pg_catalog.translate(letter, 'BFPVCGJKQSXZDTLMNRAEIOUY', '111122222222334556000000');
        IF code_ <> '0' AND code_ <> last_ THEN made := made || code_; END IF;
        last_ := code_;
        EXIT WHEN pg_catalog.length(made) = 4;
    END LOOP;
    RETURN pg_catalog.rpad(made, 4, '0');
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.vsize(value anyelement) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.octet_length($1::text) $body$;
-- Type codes and lengths as Oracle shows text; other types by their text.
CREATE OR REPLACE FUNCTION oracle_ext.dump(value text, format_ integer DEFAULT 10) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT coalesce('Typ=1 Len=' || pg_catalog.octet_length(nullif($1, '')) || ': ' || (
        SELECT pg_catalog.string_agg(CASE $2 WHEN 16 THEN pg_catalog.to_hex(b) WHEN 17 THEN pg_catalog.chr(b)
                                     ELSE b::text END, ',' ORDER BY i)
        FROM (SELECT i, pg_catalog.get_byte(pg_catalog.convert_to($1, 'UTF8'), i) AS b
              FROM pg_catalog.generate_series(0, pg_catalog.octet_length($1) - 1) AS i) AS q), 'NULL') $body$;

-- NULL.
CREATE OR REPLACE FUNCTION oracle_ext.nvl(value text, instead text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce(nullif($1, ''), nullif($2, '')) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.nvl(value anycompatible, instead anycompatible) RETURNS anycompatible
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT coalesce($1, $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.nvl2(value anyelement, given anycompatible, missing anycompatible)
RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.nvl2(value text, given anycompatible, missing anycompatible)
RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN nullif($1, '') IS NOT NULL THEN $2 ELSE $3 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.lnnvl(condition boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 IS NOT TRUE $body$;
CREATE OR REPLACE FUNCTION oracle_ext.nanvl(value double precision, instead double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 = 'NaN'::double precision THEN $2 ELSE $1 END $body$;

-- NULL if any argument is.
CREATE OR REPLACE FUNCTION oracle_ext.greatest(a anycompatible, b anycompatible) RETURNS anycompatible
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN greatest($1, $2) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.least(a anycompatible, b anycompatible) RETURNS anycompatible
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN least($1, $2) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.greatest(a anycompatible, b anycompatible, c anycompatible)
RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL AND $3 IS NOT NULL THEN greatest($1, $2, $3) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.least(a anycompatible, b anycompatible, c anycompatible)
RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL AND $3 IS NOT NULL THEN least($1, $2, $3) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.greatest(VARIADIC all_ anycompatiblearray) RETURNS anycompatible
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN pg_catalog.array_position($1, NULL) IS NULL
           THEN (SELECT v FROM pg_catalog.unnest($1) AS v ORDER BY v DESC LIMIT 1) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.least(VARIADIC all_ anycompatiblearray) RETURNS anycompatible
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN pg_catalog.array_position($1, NULL) IS NULL
           THEN (SELECT v FROM pg_catalog.unnest($1) AS v ORDER BY v LIMIT 1) END $body$;

-- DECODE of up to eight pairs, for code that is not rewritten to CASE.
DO $do$
DECLARE
    whens text;
    arguments text;
BEGIN
    FOR pairs IN 1 .. 8 LOOP
        SELECT string_agg(format('WHEN $1 IS NOT DISTINCT FROM $%s THEN $%s', 2 * i, 2 * i + 1), ' ' ORDER BY i),
               string_agg('anyelement, anycompatible', ', ')
        INTO whens, arguments FROM generate_series(1, pairs) AS i;
        EXECUTE format('CREATE OR REPLACE FUNCTION oracle_ext.decode(anyelement, %s) RETURNS anycompatible '
                       'LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $f$ SELECT CASE %s END $f$', arguments, whens);
        EXECUTE format('CREATE OR REPLACE FUNCTION oracle_ext.decode(anyelement, %s, anycompatible) '
                       'RETURNS anycompatible LANGUAGE sql IMMUTABLE PARALLEL SAFE AS '
                       '$f$ SELECT CASE %s ELSE $%s END $f$', arguments, whens, 2 * pairs + 2);
    END LOOP;
END $do$;

-- IS JSON, as strict as PostgreSQL's json.
CREATE OR REPLACE FUNCTION oracle_ext.is_json(value text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $body$
BEGIN
    PERFORM value::json;
    RETURN true;
EXCEPTION WHEN data_exception THEN
    RETURN false;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.is_json(value bytea) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $body$
BEGIN
    RETURN oracle_ext.is_json(pg_catalog.convert_from(value, 'UTF8'));
EXCEPTION WHEN data_exception THEN
    RETURN false;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.is_json(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$ SELECT true $body$;

-- A reference to the row of that key, as text: PostgreSQL's rows have no identity.
CREATE OR REPLACE FUNCTION oracle_ext.make_ref(relation text, VARIADIC key text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 || '(' || pg_catalog.array_to_string($2, ',') || ')' $body$;
