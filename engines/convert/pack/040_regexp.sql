-- REGEXP_*: PostgreSQL's advanced expressions with Oracle's options.
-- Options c i n m x; without n a dot does not match a newline, without m ^ and $ match at the ends only.

CREATE OR REPLACE FUNCTION oracle_ext._regexp_flags(options_ text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN pg_catalog.strpos(coalesce($1, ''), 'm') > 0 THEN 'w' ELSE 's' END
        || CASE WHEN pg_catalog.strpos(pg_catalog.reverse($1), 'i') > 0
                 AND (pg_catalog.strpos($1, 'c') = 0
                      OR pg_catalog.strpos(pg_catalog.reverse($1), 'i') < pg_catalog.strpos(pg_catalog.reverse($1), 'c'))
           THEN 'i' ELSE 'c' END
        || CASE WHEN pg_catalog.strpos($1, 'x') > 0 THEN 'x' ELSE '' END $body$;

-- Outside brackets a dot becomes [^\n] (without option n); inside brackets a backslash is itself.
CREATE OR REPLACE FUNCTION oracle_ext._regexp_pattern(pattern text, options_ text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    dot text := CASE WHEN pg_catalog.strpos(coalesce(options_, ''), 'n') > 0 THEN '.' ELSE '[^\n]' END;
    made text := '';
    c text;
    i integer := 1;
    closing integer;
BEGIN
    IF pattern IS NULL OR pattern !~ '[.[]' THEN RETURN nullif(pattern, ''); END IF;
    WHILE i <= pg_catalog.length(pattern) LOOP
        c := pg_catalog.substr(pattern, i, 1);
        IF c = '\' THEN
            made := made || pg_catalog.substr(pattern, i, 2);
            i := i + 2;
            CONTINUE;
        ELSIF c = '.' THEN
            made := made || dot;
        ELSIF c = '[' THEN
            made := made || c;
            i := i + 1;
            IF pg_catalog.substr(pattern, i, 1) = '^' THEN
                made := made || '^';
                i := i + 1;
            END IF;
            IF pg_catalog.substr(pattern, i, 1) = ']' THEN
                made := made || ']';
                i := i + 1;
            END IF;
            WHILE i <= pg_catalog.length(pattern) AND pg_catalog.substr(pattern, i, 1) <> ']' LOOP
                c := pg_catalog.substr(pattern, i, 1);
                IF c = '[' AND pg_catalog.substr(pattern, i + 1, 1) IN (':', '.', '=') THEN
                    closing := pg_catalog.strpos(pg_catalog.substr(pattern, i + 2),
                                                 pg_catalog.substr(pattern, i + 1, 1) || ']');
                    IF closing > 0 THEN
                        made := made || pg_catalog.substr(pattern, i, closing + 3);
                        i := i + closing + 3;
                        CONTINUE;
                    END IF;
                END IF;
                made := made || CASE c WHEN '\' THEN '\\' ELSE c END;
                i := i + 1;
            END LOOP;
            made := made || ']';
        ELSE
            made := made || c;
        END IF;
        i := i + 1;
    END LOOP;
    RETURN made;
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.regexp_like(value text, pattern text, options_ text DEFAULT NULL) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.regexp_like(nullif($1, ''), oracle_ext._regexp_pattern($2, $3), oracle_ext._regexp_flags($3)) $body$;

CREATE OR REPLACE FUNCTION oracle_ext.regexp_count(value text, pattern text, position_ numeric DEFAULT 1,
                                                   options_ text DEFAULT NULL) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $3 > pg_catalog.length($1) THEN 0
        ELSE pg_catalog.regexp_count(nullif($1, ''), oracle_ext._regexp_pattern($2, $4), pg_catalog.trunc($3)::integer,
                                     oracle_ext._regexp_flags($4)) END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.regexp_instr(value text, pattern text, position_ numeric DEFAULT 1,
    nth numeric DEFAULT 1, at_end numeric DEFAULT 0, options_ text DEFAULT NULL, part numeric DEFAULT 0) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $3 > pg_catalog.length($1) THEN 0
        ELSE pg_catalog.regexp_instr(nullif($1, ''), oracle_ext._regexp_pattern($2, $6), pg_catalog.trunc($3)::integer,
            pg_catalog.trunc($4)::integer, pg_catalog.trunc($5)::integer, oracle_ext._regexp_flags($6),
            pg_catalog.trunc($7)::integer) END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.regexp_substr(value text, pattern text, position_ numeric DEFAULT 1,
    nth numeric DEFAULT 1, options_ text DEFAULT NULL, part numeric DEFAULT 0) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(CASE WHEN $3 <= pg_catalog.length($1)
        THEN pg_catalog.regexp_substr($1, oracle_ext._regexp_pattern($2, $5), pg_catalog.trunc($3)::integer,
            pg_catalog.trunc($4)::integer, oracle_ext._regexp_flags($5), pg_catalog.trunc($6)::integer) END, '') $body$;

CREATE OR REPLACE FUNCTION oracle_ext.regexp_replace(value text, pattern text, by_ text DEFAULT NULL,
    position_ numeric DEFAULT 1, nth numeric DEFAULT 0, options_ text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT nullif(CASE
        WHEN $4 IS NULL OR $5 IS NULL THEN NULL
        WHEN nullif($2, '') IS NULL OR $4 > pg_catalog.length($1) THEN $1
        ELSE pg_catalog.regexp_replace($1, oracle_ext._regexp_pattern($2, $6), pg_catalog.replace(coalesce($3, ''), '\&', '&'),
            pg_catalog.trunc($4)::integer, pg_catalog.trunc($5)::integer, oracle_ext._regexp_flags($6)) END, '') $body$;
