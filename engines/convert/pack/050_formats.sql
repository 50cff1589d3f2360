-- TO_CHAR, TO_NUMBER, TO_DATE, TO_TIMESTAMP with Oracle's formats.
-- Session settings (SET, or ALTER DATABASE … SET): oracle_ext.nls_date_format ('DD-MON-RR'),
-- oracle_ext.nls_timestamp_format ('DD-MON-RR HH.MI.SSXFF AM').

CREATE OR REPLACE FUNCTION oracle_ext._date_format() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT coalesce(nullif(pg_catalog.current_setting('oracle_ext.nls_date_format', true), ''), 'DD-MON-RR') $body$;
CREATE OR REPLACE FUNCTION oracle_ext._timestamp_format() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT coalesce(nullif(pg_catalog.current_setting('oracle_ext.nls_timestamp_format', true), ''),
                    'DD-MON-RR HH.MI.SSXFF AM') $body$;

-- --- numbers ---

-- The longest numbers are cut to the 20 digits to base 100 that NUMBER holds.
CREATE OR REPLACE FUNCTION oracle_ext._as_number(value numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    whole integer := pg_catalog.length(pg_catalog.trunc(pg_catalog.abs(value))::text);
    zeros integer;
BEGIN
    IF value = 'NaN' OR pg_catalog.scale(value) <= 38 - whole THEN RETURN value; END IF;
    IF pg_catalog.abs(value) >= 1 THEN RETURN pg_catalog.round(value, greatest(38 - (whole - 1) / 2 * 2, 0)); END IF;
    zeros := pg_catalog.length(substring(value::text FROM '\.(0*)'));
    RETURN pg_catalog.round(value, 40 + zeros / 2 * 2);
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext._long_to_char(value numeric) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    made text := pg_catalog.trim_scale(oracle_ext._as_number(value))::text;
BEGIN
    IF made LIKE '0.%' THEN RETURN pg_catalog.substr(made, 2); END IF;
    IF made LIKE '-0.%' THEN RETURN '-' || pg_catalog.substr(made, 3); END IF;
    RETURN made;
END $body$;

-- Simple enough to be inlined.
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN pg_catalog.scale($1) > 30 THEN oracle_ext._long_to_char($1)
        WHEN $1 >= 1 OR $1 <= -1 OR $1 = 0 THEN pg_catalog.trim_scale($1)::text
        WHEN $1 > 0 THEN pg_catalog.substr(pg_catalog.trim_scale($1)::text, 2)
        ELSE '-' || pg_catalog.substr(pg_catalog.trim_scale($1)::text, 3) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value smallint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1::text $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1::text $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1::text $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value double precision) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 = 'NaN'::double precision THEN 'Nan' WHEN $1 = 'Infinity'::double precision THEN 'Inf'
        WHEN $1 = '-Infinity'::double precision THEN '-Inf' ELSE oracle_ext.to_char($1::numeric) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif($1, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value bpchar) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif(oracle_ext._padded($1), '') $body$;

CREATE OR REPLACE FUNCTION oracle_ext._hex(value numeric, format_ text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    picture text := pg_catalog.regexp_replace(format_, '^fm', '', 'i');
    size_ integer := pg_catalog.length(picture);
    digits text := pg_catalog.to_hex(pg_catalog.round(value)::bigint);
BEGIN
    IF value < 0 OR pg_catalog.length(digits) > size_ THEN RETURN pg_catalog.repeat('#', size_ + 1); END IF;
    IF picture ~ 'X' THEN digits := pg_catalog.upper(digits); END IF;
    IF picture LIKE '0%' THEN digits := pg_catalog.lpad(digits, size_, '0'); END IF;
    RETURN CASE WHEN format_ ~* '^fm' THEN digits ELSE pg_catalog.lpad(digits, size_ + 1) END;
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.to_char(value numeric, format_ text, settings_ text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    picture text := pg_catalog.upper(format_);
    filled boolean := picture NOT LIKE '%FM%';
    places integer;
    room integer;
    made text;
BEGIN
    IF value IS NULL OR format_ IS NULL THEN RETURN NULL; END IF;
    IF picture ~ '^(FM)?[90,]+(\.[90]+)?$' THEN
        made := pg_catalog.to_char(value, picture);
        IF pg_catalog.strpos(made, '#') = 0 THEN RETURN made; END IF;
    END IF;
    IF picture ~ '^TM9?$' THEN RETURN oracle_ext.to_char(value); END IF;
    IF picture ~ '^(FM)?0*X+$' THEN RETURN oracle_ext._hex(value, format_); END IF;
    IF picture ~ '^(FM)?RN$' THEN
        made := pg_catalog.to_char(value, picture);
        RETURN CASE WHEN format_ ~ 'rn' THEN pg_catalog.lower(made) ELSE made END;
    END IF;
    IF picture !~ '^(FM)?[$LCUBS90.,DGVEMIPR]+$' OR picture ~ '[.D].*[.DGV,]' THEN
        PERFORM oracle_ext._fail(1481, 'invalid number format model');
    END IF;
    places := pg_catalog.length(pg_catalog.regexp_replace(
        coalesce(substring(picture FROM '[.D](.*)$'), ''), '[^90]', '', 'g'));
    room := pg_catalog.length(pg_catalog.regexp_replace(
        pg_catalog.split_part(pg_catalog.translate(picture, 'D', '.'), '.', 1), '[^90]', '', 'g'));
    IF picture LIKE '%EEEE%' THEN
        made := pg_catalog.upper(pg_catalog.to_char(value, picture));
        RETURN CASE WHEN filled THEN made ELSE pg_catalog.btrim(made) END;
    END IF;
    made := pg_catalog.to_char(value, pg_catalog.translate(pg_catalog.translate(picture, 'DG', '.,'), '$LCUB', ''));
    IF picture NOT LIKE '%V%' AND pg_catalog.trunc(pg_catalog.abs(pg_catalog.round(value, places))) >= 10::numeric ^ room
    THEN
        RETURN pg_catalog.repeat('#', pg_catalog.length(pg_catalog.regexp_replace(picture, 'FM|S|MI|PR', '', 'g')) + 1);
    END IF;
    IF picture LIKE '%B%' AND pg_catalog.round(value, places) = 0 THEN
        RETURN CASE WHEN filled THEN pg_catalog.repeat(' ', pg_catalog.length(made)) END;
    END IF;
    IF picture ~ '[$LCU]' THEN
        made := pg_catalog.regexp_replace(made, '^( *)([-+<]?)(.*)$', '\1\2'
            || CASE WHEN picture LIKE '%C%' THEN 'USD' ELSE '$' END || '\3');
    END IF;
    RETURN made;
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.to_number(value numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 $body$;
CREATE OR REPLACE FUNCTION oracle_ext._not_a_number(value text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '22P02', MESSAGE = 'ORA-01722: invalid number';
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_number(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 IS NULL OR $1 = '' THEN NULL
        WHEN $1 ~ '^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$' THEN $1::numeric
        ELSE oracle_ext._not_a_number($1) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_number(value text, format_ text, settings_ text DEFAULT NULL) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    picture text := pg_catalog.upper(format_);
    digits text := pg_catalog.btrim(value);
    made numeric := 0;
    negative boolean := false;
BEGIN
    IF nullif(value, '') IS NULL OR nullif(format_, '') IS NULL THEN RETURN NULL; END IF;
    IF picture ~ '^(FM)?0*X+$' THEN
        IF digits !~ '^[0-9A-Fa-f]+$' THEN RETURN oracle_ext._not_a_number(value); END IF;
        FOR i IN 1 .. pg_catalog.length(digits) LOOP
            made := made * 16 + pg_catalog.strpos('0123456789ABCDEF', pg_catalog.upper(pg_catalog.substr(digits, i, 1))) - 1;
        END LOOP;
        RETURN made;
    END IF;
    IF digits LIKE '<%>' AND picture LIKE '%PR%' THEN
        negative := true;
        digits := pg_catalog.btrim(digits, '<>');
    ELSIF digits LIKE '%-' AND picture ~ '(MI|S)$' THEN
        negative := true;
        digits := pg_catalog.rtrim(digits, '-');
    END IF;
    IF pg_catalog.strpos(digits, ',') > 0 AND picture !~ '[,G]' THEN RETURN oracle_ext._not_a_number(value); END IF;
    digits := pg_catalog.translate(digits, CASE WHEN picture ~ '[$LCU]' THEN ',$' ELSE ',' END, '');
    IF digits !~ '^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$'
       OR pg_catalog.length(pg_catalog.ltrim(pg_catalog.split_part(pg_catalog.translate(digits, '+-', ''), '.', 1), '0'))
          > pg_catalog.length(pg_catalog.regexp_replace(pg_catalog.split_part(pg_catalog.translate(picture, 'D', '.'), '.', 1), '[^90]', '', 'g'))
          AND picture NOT LIKE '%E%' THEN
        RETURN oracle_ext._not_a_number(value);
    END IF;
    made := digits::numeric;
    RETURN CASE WHEN negative THEN -made ELSE made END;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_number(value bytea, format_ text) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_number(pg_catalog.upper(pg_catalog.encode($1, 'hex')), $2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_number(value numeric, format_ numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_number(oracle_ext.to_char($1), oracle_ext.to_char($2)) $body$;

-- --- moments ---

-- The elements of a format, in order: {what, as written} pairs flattened. Raises ORA-01821 where it is none.
CREATE OR REPLACE FUNCTION oracle_ext._elements(format_ text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    known CONSTANT text[] := ARRAY['SYYYY', 'SYEAR', 'RRRR', 'YYYY', 'IYYY', 'Y,YYY', 'YEAR', 'SSSSS', 'MONTH', 'HH24', 'HH12',
        'A.M.', 'P.M.', 'A.D.', 'B.C.', 'YYY', 'IYY', 'MON', 'DAY', 'DDD', 'FF1', 'FF2', 'FF3', 'FF4', 'FF5', 'FF6', 'FF7',
        'FF8', 'FF9', 'TZH', 'TZM', 'TZR', 'TZD', 'SCC', 'RR', 'YY', 'IY', 'MM', 'DD', 'DY', 'HH', 'MI', 'SS', 'FF', 'RM', 'AM',
        'PM', 'AD', 'BC', 'CC', 'WW', 'IW', 'FM', 'FX', 'TS', 'DL', 'DS', 'SP', 'TH', 'Y', 'I', 'Q', 'W', 'D', 'J', 'X'];
    rest text := format_;
    upper_ text;
    word text;
    made text[] := '{}';
    found_ text;
BEGIN
    WHILE rest <> '' LOOP
        upper_ := pg_catalog.upper(pg_catalog.left(rest, 5));
        IF rest LIKE '"%' THEN
            found_ := coalesce(substring(rest FROM '^"[^"]*"'), rest);
            made := made || ARRAY['"', pg_catalog.btrim(found_, '"')];
        ELSE
            found_ := NULL;
            FOR size_ IN REVERSE 5 .. 1 LOOP
                word := pg_catalog.left(upper_, size_);
                IF pg_catalog.length(word) = size_ AND word = ANY (known) THEN
                    found_ := pg_catalog.left(rest, size_);
                    EXIT;
                END IF;
            END LOOP;
            IF found_ IS NOT NULL THEN
                made := made || ARRAY[pg_catalog.upper(found_), found_];
            ELSIF rest ~ '^[[:alnum:]]' THEN
                PERFORM oracle_ext._fail(1821, 'date format not recognized');
            ELSE
                found_ := substring(rest FROM '^[^[:alnum:]"]+');
                made := made || ARRAY['"', found_];
            END IF;
        END IF;
        rest := pg_catalog.substr(rest, pg_catalog.length(found_) + 1);
    END LOOP;
    RETURN made;
END $body$;

-- Oracle's format as PostgreSQL's to_char takes it.
CREATE OR REPLACE FUNCTION oracle_ext._output_format(format_ text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    elements text[];
    compact boolean := false;
    made text := '';
    what text;
    word text;
BEGIN
    IF pg_catalog.upper(format_) IN ('YYYY-MM-DD HH24:MI:SS', 'YYYY-MM-DD', 'DD-MON-YYYY', 'YYYYMMDD', 'DD.MM.YYYY',
                                     'DD/MM/YYYY', 'MM/DD/YYYY', 'HH24:MI:SS', 'YYYYMMDDHH24MISS') THEN
        RETURN format_;
    END IF;
    elements := oracle_ext._elements(format_);
    FOR i IN 1 .. coalesce(pg_catalog.array_length(elements, 1), 0) / 2 LOOP
        what := elements[2 * i - 1];
        word := elements[2 * i];
        IF what = '"' THEN
            made := made || '"' || pg_catalog.replace(word, '\', '\\') || '"';
            CONTINUE;
        ELSIF what = 'FM' THEN
            compact := NOT compact;
            CONTINUE;
        ELSIF what = 'FX' THEN
            CONTINUE;
        ELSIF what = 'TH' THEN
            made := made || word;
            CONTINUE;
        ELSIF what IN ('YEAR', 'SYEAR', 'SP', 'SCC', 'TZD') THEN
            RAISE EXCEPTION USING ERRCODE = '0A000', MESSAGE = 'date format element ' || what || ' has no counterpart';
        END IF;
        word := CASE what
            WHEN 'RRRR' THEN 'YYYY' WHEN 'SYYYY' THEN 'YYYY' WHEN 'RR' THEN 'YY' WHEN 'X' THEN '"."' WHEN 'FF' THEN 'FF6'
            WHEN 'FF7' THEN 'FF6"0"' WHEN 'FF8' THEN 'FF6"00"' WHEN 'FF9' THEN 'FF6"000"' WHEN 'TZR' THEN 'TZ'
            WHEN 'DS' THEN 'FMMM/FMDD/YYYY' WHEN 'TS' THEN 'FMHH12:MI:SS AM'
            WHEN 'DL' THEN 'FMDay, FMMonth DD, YYYY' ELSE word END;
        made := made || CASE WHEN compact AND word !~ '^("|FF|FM)' THEN 'FM' ELSE '' END || word;
    END LOOP;
    RETURN made;
END $body$;

-- PostgreSQL's to_char is stable for the sake of TM, which is never used here; a wrapper that says immutable lets the
-- function below be inlined (a literal format is translated once) and indexed.
CREATE OR REPLACE FUNCTION oracle_ext._written(value timestamp, format_ text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$ BEGIN RETURN nullif(pg_catalog.to_char(value, format_), ''); END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value timestamp, format_ text, settings_ text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT oracle_ext._written($1, oracle_ext._output_format(nullif($2, ''))) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value timestamptz, format_ text, settings_ text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT nullif(pg_catalog.to_char($1, oracle_ext._output_format(nullif($2, ''))), '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value date, format_ text, settings_ text DEFAULT NULL) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT oracle_ext._written($1::timestamp, oracle_ext._output_format(nullif($2, ''))) $body$;
-- The target of a converted DATE is timestamp(0), which functions do not see: both take the format of DATE.
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value timestamp) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_char($1, oracle_ext._date_format()) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value date) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_char($1, oracle_ext._date_format()) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_char($1, oracle_ext._timestamp_format() || ' TZH:TZM') $body$;
-- INTERVAL DAY TO SECOND: +DD HH:MI:SS.FFFFFF; YEAR TO MONTH: +YY-MM.
CREATE OR REPLACE FUNCTION oracle_ext.to_char(value interval) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN extract(day FROM $1) = 0 AND $1 = pg_catalog.date_trunc('month', $1) AND $1 <> '0'::interval
        THEN CASE WHEN $1 < '0'::interval THEN '-' ELSE '+' END
          || pg_catalog.to_char(pg_catalog.abs(extract(year FROM $1)), 'FM9900') || '-'
          || pg_catalog.to_char(pg_catalog.abs(extract(month FROM $1)), 'FM00')
        ELSE (SELECT CASE WHEN s < 0 THEN '-' ELSE '+' END
          || pg_catalog.to_char(pg_catalog.div(pg_catalog.abs(s), 86400), 'FM99999900') || ' '
          || pg_catalog.to_char(pg_catalog.div(pg_catalog.abs(s) % 86400, 3600), 'FM00') || ':'
          || pg_catalog.to_char(pg_catalog.div(pg_catalog.abs(s) % 3600, 60), 'FM00') || ':'
          || pg_catalog.to_char(pg_catalog.abs(s) % 60, 'FM00.000000')
          FROM (SELECT extract(epoch FROM $1) AS s) AS q) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_nchar(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif($1, '') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_nchar(value numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_char($1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_nchar(value timestamp, format_ text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_char($1, $2) $body$;

CREATE OR REPLACE FUNCTION oracle_ext._month(word text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT nullif(pg_catalog.strpos('JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC', pg_catalog.upper(pg_catalog.left($1, 3))) + 2, 2) / 3 $body$;

-- Reads a moment: {year, month, day, hour, minute, second with fraction, hours and minutes of the zone}.
CREATE OR REPLACE FUNCTION oracle_ext._read_moment(value text, elements text[]) RETURNS numeric[]
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    today date := pg_catalog.statement_timestamp()::date;
    rest text := pg_catalog.btrim(value);
    what text;
    word text;
    year_ numeric; month_ numeric; day_ numeric; day_of_year numeric; julian numeric; of_day numeric;
    hour_ numeric := 0; minute_ numeric := 0; second_ numeric := 0; fraction numeric := 0;
    zone_hours numeric; zone_minutes numeric := 0;
    half text; bc boolean := false; twelve boolean := false; digits integer;
    last_ integer := coalesce(pg_catalog.array_length(elements, 1), 0) / 2;
    counted date;
BEGIN
    FOR i IN 1 .. last_ LOOP
        what := elements[2 * i - 1];
        IF what IN ('FM', 'FX') THEN CONTINUE; END IF;
        IF what = '"' OR what = 'X' THEN
            -- Any punctuation stands for any other, and may be left out.
            IF what = '"' AND elements[2 * i] ~ '[[:alnum:]]' THEN
                IF pg_catalog.left(rest, pg_catalog.length(elements[2 * i])) = elements[2 * i] THEN
                    rest := pg_catalog.substr(rest, pg_catalog.length(elements[2 * i]) + 1);
                END IF;
            ELSIF i < last_ AND elements[2 * i + 1] IN ('TZH', 'SYYYY') THEN
                rest := pg_catalog.regexp_replace(rest, '^[^[:alnum:]+-]+', '');
            ELSE
                rest := pg_catalog.regexp_replace(rest, '^[^[:alnum:]]+', '');
            END IF;
            CONTINUE;
        END IF;
        rest := pg_catalog.ltrim(rest);
        EXIT WHEN rest = '';
        IF what IN ('MON', 'MONTH', 'RM') OR what = 'MM' AND rest ~ '^[[:alpha:]]' THEN
            word := substring(rest FROM '^[[:alpha:]]+');
            IF what = 'RM' THEN
                month_ := pg_catalog.array_position('{I,II,III,IV,V,VI,VII,VIII,IX,X,XI,XII}'::text[], pg_catalog.upper(word));
            ELSE
                month_ := oracle_ext._month(word);
                IF word !~* '^(january|february|march|april|may|june|july|august|september|october|november|december)$' THEN
                    word := pg_catalog.left(word, 3);
                END IF;
            END IF;
            IF month_ IS NULL THEN PERFORM oracle_ext._fail(1843, 'not a valid month'); END IF;
            rest := pg_catalog.substr(rest, pg_catalog.length(word) + 1);
            CONTINUE;
        ELSIF what IN ('DAY', 'DY') THEN
            rest := pg_catalog.regexp_replace(rest, '^[[:alpha:]]+', '');
            CONTINUE;
        ELSIF what IN ('AM', 'PM', 'A.M.', 'P.M.') THEN
            half := pg_catalog.upper(pg_catalog.left(rest, 1));
            IF rest !~* '^[ap]\.?m\.?' THEN PERFORM oracle_ext._fail(1855, 'AM/A.M. or PM/P.M. required'); END IF;
            rest := pg_catalog.regexp_replace(rest, '^[ap]\.?m\.?', '', 'i');
            CONTINUE;
        ELSIF what IN ('AD', 'BC', 'A.D.', 'B.C.') THEN
            bc := rest ~* '^b';
            rest := pg_catalog.regexp_replace(rest, '^[ab]\.?[dc]\.?', '', 'i');
            CONTINUE;
        ELSIF what IN ('TZR', 'TZD') THEN
            rest := pg_catalog.regexp_replace(rest, '^\S+', '');
            CONTINUE;
        END IF;
        digits := CASE what WHEN 'YYYY' THEN 4 WHEN 'RRRR' THEN 4 WHEN 'SYYYY' THEN 4 WHEN 'YYY' THEN 3 WHEN 'YY' THEN 2
            WHEN 'RR' THEN 4 WHEN 'Y' THEN 1 WHEN 'DDD' THEN 3 WHEN 'SSSSS' THEN 5 WHEN 'J' THEN 7 WHEN 'D' THEN 1
            WHEN 'FF' THEN 9 WHEN 'Y,YYY' THEN 5 WHEN 'MM' THEN 2 WHEN 'DD' THEN 2 WHEN 'HH' THEN 2 WHEN 'HH12' THEN 2
            WHEN 'HH24' THEN 2 WHEN 'MI' THEN 2 WHEN 'SS' THEN 2 WHEN 'TZH' THEN 3 WHEN 'TZM' THEN 2
            ELSE CASE WHEN what LIKE 'FF%' THEN 9 END END;
        IF digits IS NULL THEN PERFORM oracle_ext._fail(1820, 'format code cannot appear in date input format'); END IF;
        IF what = 'RR' AND i < last_ AND elements[2 * i + 1] <> '"' THEN digits := 2; END IF;
        IF what = 'YY' AND rest ~ '^\d{4}(\D|$)' THEN digits := 4; END IF;
        word := substring(rest FROM CASE WHEN what = 'TZH' THEN '^[-+]?\d{1,2}' WHEN what = 'SYYYY' THEN '^[-+]?\d{1,4}'
            WHEN what = 'Y,YYY' THEN '^\d,\d{3}' ELSE '^\d{1,' || digits || '}' END);
        IF word IS NULL THEN
            PERFORM oracle_ext._fail(1858, 'a non-numeric character was found where a numeric was expected');
        END IF;
        rest := pg_catalog.substr(rest, pg_catalog.length(word) + 1);
        word := pg_catalog.replace(word, ',', '');
        CASE
            WHEN what IN ('YYYY', 'SYYYY', 'Y,YYY') THEN year_ := word::numeric;
            WHEN what IN ('RR', 'RRRR', 'YY', 'YYY', 'Y') THEN
                year_ := word::numeric;
                IF pg_catalog.length(word) <= 2 AND what IN ('RR', 'RRRR') THEN
                    year_ := year_ + pg_catalog.trunc(extract(year FROM today) / 100) * 100
                        + CASE WHEN year_ < 50 AND extract(year FROM today) % 100 >= 50 THEN 100
                               WHEN year_ >= 50 AND extract(year FROM today) % 100 < 50 THEN -100 ELSE 0 END;
                ELSIF pg_catalog.length(word) < 4 THEN
                    year_ := year_ + extract(year FROM today)
                        - extract(year FROM today) % CASE what WHEN 'YYY' THEN 1000 WHEN 'Y' THEN 10 ELSE 100 END;
                END IF;
            WHEN what = 'MM' THEN month_ := word::numeric;
            WHEN what = 'DD' THEN day_ := word::numeric;
            WHEN what = 'DDD' THEN day_of_year := word::numeric;
            WHEN what = 'J' THEN julian := word::numeric;
            WHEN what IN ('HH', 'HH12') THEN hour_ := word::numeric; twelve := true;
            WHEN what = 'HH24' THEN hour_ := word::numeric;
            WHEN what = 'MI' THEN minute_ := word::numeric;
            WHEN what = 'SS' THEN second_ := word::numeric;
            WHEN what = 'SSSSS' THEN of_day := word::numeric;
            WHEN what = 'TZH' THEN zone_hours := word::numeric;
                IF word LIKE '-%' THEN zone_minutes := -1; END IF;
            WHEN what = 'TZM' THEN zone_minutes := CASE WHEN zone_minutes < 0 THEN -1 ELSE 1 END * word::numeric;
            WHEN what LIKE 'FF%' THEN fraction := ('0.' || word)::numeric;
            ELSE NULL;
        END CASE;
    END LOOP;
    IF zone_minutes = -1 AND zone_hours IS NOT NULL AND NOT ('TZM' = ANY (elements)) THEN zone_minutes := 0; END IF;
    IF pg_catalog.btrim(rest) <> '' THEN
        PERFORM oracle_ext._fail(1830, 'date format picture ends before converting entire input string');
    END IF;
    IF month_ NOT BETWEEN 1 AND 12 THEN PERFORM oracle_ext._fail(1843, 'not a valid month'); END IF;
    IF twelve AND hour_ NOT BETWEEN 1 AND 12 THEN
        PERFORM oracle_ext._fail(1849, 'hour must be between 1 and 12');
    END IF;
    IF hour_ > 23 THEN PERFORM oracle_ext._fail(1850, 'hour must be between 0 and 23'); END IF;
    IF minute_ > 59 THEN PERFORM oracle_ext._fail(1851, 'minutes must be between 0 and 59'); END IF;
    IF second_ > 59 THEN PERFORM oracle_ext._fail(1852, 'seconds must be between 0 and 59'); END IF;
    IF half = 'P' AND hour_ < 12 THEN hour_ := hour_ + 12; END IF;
    IF (half = 'A' OR half IS NULL AND twelve) AND hour_ = 12 THEN hour_ := 0; END IF;
    IF of_day IS NOT NULL THEN
        hour_ := pg_catalog.div(of_day, 3600);
        minute_ := pg_catalog.div(of_day % 3600, 60);
        second_ := of_day % 60;
    END IF;
    IF julian IS NOT NULL THEN
        counted := date '4714-11-24 BC' + julian::integer;
        RETURN ARRAY[extract(year FROM counted), extract(month FROM counted), extract(day FROM counted),
                     hour_, minute_, second_ + fraction, zone_hours, zone_minutes];
    END IF;
    IF year_ = 0 OR year_ > 9999 THEN
        PERFORM oracle_ext._fail(1841, '(full) year must be between -4713 and +9999, and not be 0');
    END IF;
    IF bc THEN year_ := -year_; END IF;
    year_ := coalesce(year_, extract(year FROM today));
    IF day_of_year IS NOT NULL THEN
        counted := pg_catalog.make_date(year_::integer, 1, 1) + (day_of_year::integer - 1);
        month_ := extract(month FROM counted);
        day_ := extract(day FROM counted);
    END IF;
    month_ := coalesce(month_, extract(month FROM today));
    day_ := coalesce(day_, 1);
    IF day_ < 1 OR day_ > 31 THEN
        PERFORM oracle_ext._fail(1847, 'day of month must be between 1 and last day of month');
    END IF;
    IF day_ > extract(day FROM pg_catalog.make_date(year_::integer, month_::integer, 1) + interval '1 month' - interval '1 day')
    THEN
        PERFORM oracle_ext._fail(1839, 'date not valid for month specified');
    END IF;
    RETURN ARRAY[year_, month_, day_, hour_, minute_, second_ + fraction, zone_hours, zone_minutes];
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext._moment(parts numeric[]) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT pg_catalog.make_timestamp($1[1]::integer, $1[2]::integer, $1[3]::integer, $1[4]::integer, $1[5]::integer,
                                     $1[6]::double precision) $body$;

-- The shape of a value that PostgreSQL reads as Oracle does, for a format of whole dates; NULL: there is none. Days
-- past the 28th are left to the careful reader, which knows Oracle's errors.
CREATE OR REPLACE FUNCTION oracle_ext._plain_shape(format_ text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT CASE WHEN f ~ '^(YYYY|MON|MM|DD|HH24|MI|SS|[-/., :])+$' AND pg_catalog.regexp_count(f, 'YYYY') = 1
            AND pg_catalog.regexp_count(f, 'M(M|ON)') = 1 AND pg_catalog.regexp_count(f, 'DD') = 1
            AND f !~ '(HH24.*HH24|MI.*MI|SS.*SS)'
        THEN '^' || pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(f, '.', '\.'),
            'YYYY', '[1-9][0-9]{3}'), 'MM', '(0[1-9]|1[0-2])'), 'DD', '(0[1-9]|1[0-9]|2[0-8])'),
            'HH24', '([01][0-9]|2[0-3])'), 'MI', '[0-5][0-9]'), 'SS', '[0-5][0-9]'),
            'MON', '(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)') || '$' END
    FROM (SELECT pg_catalog.upper($1) AS f) AS q $body$;
-- What depends on the format alone stands apart: the planner does it once where the format is a literal.
CREATE OR REPLACE FUNCTION oracle_ext._read_timestamp(value text, format_ text, shape text, elements text[]) RETURNS timestamp
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
BEGIN
    -- Read in UTC, since the session's zone has gaps.
    IF value ~* shape THEN RETURN pg_catalog.to_timestamp(value || ' +00', format_ || ' TZH') AT TIME ZONE 'UTC'; END IF;
    RETURN oracle_ext._moment(oracle_ext._read_moment(value, elements));
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_timestamp(value text, format_ text, settings_ text DEFAULT NULL) RETURNS timestamp
LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT oracle_ext._read_timestamp(nullif($1, ''), pg_catalog.upper(nullif($2, '')), oracle_ext._plain_shape(nullif($2, '')),
                                      oracle_ext._elements(nullif($2, ''))) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_timestamp(value text) RETURNS timestamp
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_timestamp($1, oracle_ext._timestamp_format()) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_timestamp(value timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_date(value text, format_ text, settings_ text DEFAULT NULL) RETURNS timestamp
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_timestamp($1, $2)::timestamp(0) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_date(value text) RETURNS timestamp
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_timestamp($1, oracle_ext._date_format())::timestamp(0) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_date(value timestamp, format_ text DEFAULT NULL) RETURNS timestamp
LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $2 IS NULL THEN $1::timestamp(0)
           ELSE oracle_ext.to_timestamp(oracle_ext.to_char($1), $2)::timestamp(0) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_date(value numeric, format_ text) RETURNS timestamp
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_timestamp(oracle_ext.to_char($1), $2)::timestamp(0) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_timestamp_tz(value text, format_ text, settings_ text DEFAULT NULL)
RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
    parts numeric[] := oracle_ext._read_moment(nullif(value, ''), oracle_ext._elements(nullif(format_, '')));
BEGIN
    IF parts[7] IS NULL THEN RETURN oracle_ext._moment(parts)::timestamptz; END IF;
    RETURN (oracle_ext._moment(parts)
        - pg_catalog.make_interval(hours => parts[7]::integer, mins => parts[8]::integer)) AT TIME ZONE 'UTC';
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_timestamp_tz(value text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.to_timestamp_tz($1, oracle_ext._timestamp_format() || ' TZH:TZM') $body$;

CREATE OR REPLACE FUNCTION oracle_ext.to_binary_double(value text) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif($1, '')::double precision $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_binary_double(value numeric) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1::double precision $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_binary_float(value text) RETURNS real
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif($1, '')::real $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_binary_float(value numeric) RETURNS real
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1::real $body$;
