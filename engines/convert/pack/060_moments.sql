-- Dates and intervals. Oracle's DATE is timestamp(0) here.

-- The clock, as in Oracle: within a transaction it goes on. Whole seconds.
CREATE OR REPLACE FUNCTION oracle_ext.sysdate() RETURNS timestamp
LANGUAGE sql VOLATILE PARALLEL SAFE AS $body$ SELECT pg_catalog.date_trunc('second', pg_catalog.clock_timestamp()::timestamp) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.systimestamp() RETURNS timestamptz
LANGUAGE sql VOLATILE PARALLEL SAFE AS $body$ SELECT pg_catalog.clock_timestamp() $body$;
CREATE OR REPLACE FUNCTION oracle_ext.sessiontimezone() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.current_setting('TimeZone') $body$;
CREATE OR REPLACE FUNCTION oracle_ext.dbtimezone() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $body$ SELECT '+00:00'::text $body$;

-- Days are added to the second: 1/24 is an hour, though it has no end in decimals.
CREATE OR REPLACE FUNCTION oracle_ext.date_add(moment timestamp, days numeric) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT $1 + pg_catalog.make_interval(secs => pg_catalog.round($2 * 86400)::double precision) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.date_add(days numeric, moment timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.date_add($2, $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.date_add(moment timestamp, span interval) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 + $2 $body$;
CREATE OR REPLACE FUNCTION oracle_ext.date_sub(moment timestamp, days numeric) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.date_add($1, -$2) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.date_sub(moment timestamp, span interval) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 - $2 $body$;
CREATE OR REPLACE FUNCTION oracle_ext.date_diff(a timestamp, b timestamp) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT pg_catalog.trim_scale(pg_catalog.round(extract(epoch FROM $1 - $2), 40) / 86400) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.date_sub(a timestamp, b timestamp) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT oracle_ext.date_diff($1, $2) $body$;

CREATE OR REPLACE FUNCTION oracle_ext._month_end(moment timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT pg_catalog.date_trunc('month', $1) + interval '1 month' - interval '1 day' $body$;
CREATE OR REPLACE FUNCTION oracle_ext.last_day(moment timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT oracle_ext._month_end($1) + ($1 - pg_catalog.date_trunc('day', $1)) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.add_months(moment timestamp, months numeric) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN pg_catalog.date_trunc('day', $1) = oracle_ext._month_end($1)
        THEN oracle_ext.last_day(pg_catalog.date_trunc('month', $1) + pg_catalog.make_interval(months => pg_catalog.trunc($2)::integer))
             + ($1 - pg_catalog.date_trunc('day', $1))
        ELSE $1 + pg_catalog.make_interval(months => pg_catalog.trunc($2)::integer) END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.months_between(a timestamp, b timestamp) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT (extract(year FROM $1) - extract(year FROM $2)) * 12 + extract(month FROM $1) - extract(month FROM $2)
        + CASE WHEN extract(day FROM $1) = extract(day FROM $2)
                 OR pg_catalog.date_trunc('day', $1) = oracle_ext._month_end($1)
                    AND pg_catalog.date_trunc('day', $2) = oracle_ext._month_end($2) THEN 0
          ELSE pg_catalog.round(((extract(day FROM $1) - extract(day FROM $2)) * 86400
               + extract(epoch FROM $1 - pg_catalog.date_trunc('day', $1))
               - extract(epoch FROM $2 - pg_catalog.date_trunc('day', $2))), 40) / 2678400 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.next_day(moment timestamp, day_ text) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    wanted integer := pg_catalog.strpos('SUNMONTUEWEDTHUFRISAT', pg_catalog.upper(pg_catalog.left(pg_catalog.btrim(day_), 3)));
BEGIN
    IF moment IS NULL OR day_ IS NULL THEN RETURN NULL; END IF;
    IF wanted % 3 <> 1 OR pg_catalog.length(pg_catalog.btrim(day_)) < 3 THEN
        PERFORM oracle_ext._fail(1846, 'not a valid day of the week');
    END IF;
    RETURN moment + pg_catalog.make_interval(
        days => ((wanted - 1) / 3 - extract(dow FROM moment)::integer + 6) % 7 + 1);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.next_day(moment timestamp, day_ numeric) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
BEGIN
    IF day_ NOT BETWEEN 1 AND 7 THEN PERFORM oracle_ext._fail(1846, 'not a valid day of the week'); END IF;
    RETURN moment + pg_catalog.make_interval(days => (day_::integer - 1 - extract(dow FROM moment)::integer + 6) % 7 + 1);
END $body$;

-- The unit of a format of TRUNC and ROUND; NULL: none.
CREATE OR REPLACE FUNCTION oracle_ext._unit(format_ text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT CASE
        WHEN f IN ('DD', 'DDD', 'J') THEN 'day' WHEN f IN ('MONTH', 'MON', 'MM', 'RM') THEN 'month'
        WHEN f IN ('SYYYY', 'YYYY', 'YEAR', 'SYEAR', 'YYY', 'YY', 'Y', 'RR', 'RRRR') THEN 'year' WHEN f = 'Q' THEN 'quarter'
        WHEN f IN ('HH', 'HH12', 'HH24') THEN 'hour' WHEN f = 'MI' THEN 'minute' WHEN f = 'IW' THEN 'week'
        WHEN f IN ('DAY', 'DY', 'D') THEN 'sunday' WHEN f IN ('IYYY', 'IYY', 'IY', 'I') THEN 'isoyear'
        WHEN f = 'WW' THEN 'yearweek' WHEN f = 'W' THEN 'monthweek' WHEN f IN ('CC', 'SCC') THEN 'century' END
    FROM (SELECT pg_catalog.upper($1) AS f) AS q $body$;
CREATE OR REPLACE FUNCTION oracle_ext.trunc(moment timestamp) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT pg_catalog.date_trunc('day', $1) $body$;
CREATE OR REPLACE FUNCTION oracle_ext.trunc(moment timestamp, format_ text) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    unit text := oracle_ext._unit(format_);
    day_ timestamp := pg_catalog.date_trunc('day', moment);
BEGIN
    IF moment IS NULL OR nullif(format_, '') IS NULL THEN RETURN NULL; END IF;
    CASE
        WHEN unit IS NULL THEN PERFORM oracle_ext._fail(1898, 'too many precision specifiers'); RETURN NULL;
        WHEN unit = 'sunday' THEN RETURN day_ - pg_catalog.make_interval(days => extract(dow FROM day_)::integer);
        WHEN unit = 'yearweek' THEN
            RETURN day_ - pg_catalog.make_interval(days => (extract(doy FROM day_)::integer - 1) % 7);
        WHEN unit = 'monthweek' THEN
            RETURN day_ - pg_catalog.make_interval(days => (extract(day FROM day_)::integer - 1) % 7);
        WHEN unit = 'isoyear' THEN
            RETURN pg_catalog.date_trunc('week', pg_catalog.make_date(extract(isoyear FROM day_)::integer, 1, 4)::timestamp);
        ELSE RETURN pg_catalog.date_trunc(unit, moment);
    END CASE;
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.round(moment timestamp, format_ text DEFAULT 'DD') RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    unit text := oracle_ext._unit(format_);
BEGIN
    IF moment IS NULL OR nullif(format_, '') IS NULL THEN RETURN NULL; END IF;
    CASE
        WHEN unit IS NULL THEN PERFORM oracle_ext._fail(1898, 'too many precision specifiers'); RETURN NULL;
        WHEN unit = 'day' THEN RETURN pg_catalog.date_trunc('day', moment + interval '12 hours');
        WHEN unit = 'hour' THEN RETURN pg_catalog.date_trunc('hour', moment + interval '30 minutes');
        WHEN unit = 'minute' THEN RETURN pg_catalog.date_trunc('minute', moment + interval '30 seconds');
        -- up from the 16th day of the month
        WHEN unit = 'month' THEN RETURN pg_catalog.date_trunc('month', moment)
            + CASE WHEN extract(day FROM moment) >= 16 THEN interval '1 month' ELSE interval '0' END;
        -- up from the 16th day of the second month of the quarter
        WHEN unit = 'quarter' THEN RETURN pg_catalog.date_trunc('quarter', moment)
            + CASE WHEN moment >= pg_catalog.date_trunc('quarter', moment) + interval '1 month 15 days'
              THEN interval '3 months' ELSE interval '0' END;
        -- up from July
        WHEN unit = 'year' THEN RETURN pg_catalog.date_trunc('year', moment + interval '6 months');
        WHEN unit = 'century' THEN RETURN pg_catalog.date_trunc('century', moment)
            + CASE WHEN (extract(year FROM moment)::integer - 1) % 100 >= 50 THEN interval '100 years' ELSE interval '0' END;
        WHEN unit = 'isoyear' THEN RETURN oracle_ext.trunc(CASE WHEN extract(month FROM moment) >= 7
            THEN moment + interval '6 months' ELSE moment END, 'IYYY');
        -- weeks: up from the middle of the fourth day
        ELSE RETURN oracle_ext.trunc(moment, format_)
            + CASE WHEN moment - oracle_ext.trunc(moment, format_) >= interval '3 days 12 hours' THEN interval '7 days'
                   ELSE interval '0' END;
    END CASE;
END $body$;

CREATE OR REPLACE FUNCTION oracle_ext.numtodsinterval(number numeric, unit text) RETURNS interval
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    seconds numeric := number * CASE pg_catalog.upper(pg_catalog.btrim(unit)) WHEN 'DAY' THEN 86400 WHEN 'HOUR' THEN 3600
                                WHEN 'MINUTE' THEN 60 WHEN 'SECOND' THEN 1 END;
BEGIN
    IF number IS NULL OR unit IS NULL THEN RETURN NULL; END IF;
    IF seconds IS NULL THEN PERFORM oracle_ext._fail(1760, 'illegal argument for function'); END IF;
    RETURN pg_catalog.justify_hours(pg_catalog.make_interval(secs => seconds::double precision));
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.numtoyminterval(number numeric, unit text) RETURNS interval
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $body$
DECLARE
    months numeric := number * CASE pg_catalog.upper(pg_catalog.btrim(unit)) WHEN 'YEAR' THEN 12 WHEN 'MONTH' THEN 1 END;
BEGIN
    IF number IS NULL OR unit IS NULL THEN RETURN NULL; END IF;
    IF months IS NULL THEN PERFORM oracle_ext._fail(1760, 'illegal argument for function'); END IF;
    RETURN pg_catalog.make_interval(months => pg_catalog.round(months)::integer);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_dsinterval(value text) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT nullif($1, '')::interval $body$;
CREATE OR REPLACE FUNCTION oracle_ext.to_yminterval(value text) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 ~ '^\s*[-+]?\d+-\d+\s*$' THEN
        pg_catalog.make_interval(months => CASE WHEN $1 ~ '^\s*-' THEN -1 ELSE 1 END
            * (substring($1 FROM '(\d+)-')::integer * 12 + substring($1 FROM '-(\d+)\s*$')::integer))
        ELSE nullif($1, '')::interval END $body$;

-- The zones of NEW_TIME: ES CS MS PS AS YS HS (standard), …DT (daylight), BST, NST, GMT.
CREATE OR REPLACE FUNCTION oracle_ext._zone_hours(zone text) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
    SELECT CASE pg_catalog.upper($1) WHEN 'AST' THEN -4 WHEN 'ADT' THEN -3 WHEN 'BST' THEN -11 WHEN 'BDT' THEN -10
        WHEN 'CST' THEN -6 WHEN 'CDT' THEN -5 WHEN 'EST' THEN -5 WHEN 'EDT' THEN -4 WHEN 'GMT' THEN 0 WHEN 'HST' THEN -10
        WHEN 'HDT' THEN -9 WHEN 'MST' THEN -7 WHEN 'MDT' THEN -6 WHEN 'NST' THEN -3.5 WHEN 'PST' THEN -8 WHEN 'PDT' THEN -7
        WHEN 'YST' THEN -9 WHEN 'YDT' THEN -8 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.new_time(moment timestamp, from_ text, to_ text) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
BEGIN
    IF oracle_ext._zone_hours(from_) IS NULL OR oracle_ext._zone_hours(to_) IS NULL THEN
        PERFORM oracle_ext._fail(1857, 'not a valid time zone');
    END IF;
    RETURN oracle_ext.date_add(moment, (oracle_ext._zone_hours(to_) - oracle_ext._zone_hours(from_)) / 24);
END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.from_tz(moment timestamp, zone text) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $2 ~ '^[-+]\d' THEN ($1 - $2::interval) AT TIME ZONE 'UTC' ELSE $1 AT TIME ZONE $2 END $body$;
CREATE OR REPLACE FUNCTION oracle_ext.sys_extract_utc(moment timestamptz) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT $1 AT TIME ZONE 'UTC' $body$;
CREATE OR REPLACE FUNCTION oracle_ext.tz_offset(zone text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $body$
    SELECT CASE WHEN $1 ~ '^[-+]\d\d:\d\d$' THEN $1
        ELSE (SELECT CASE WHEN o < 0 THEN '-' ELSE '+' END || pg_catalog.to_char(pg_catalog.make_interval(secs => pg_catalog.abs(o)), 'HH24:MI')
              FROM (SELECT extract(epoch FROM (pg_catalog.now() AT TIME ZONE $1) - (pg_catalog.now() AT TIME ZONE 'UTC'))::double precision AS o) AS q)
        END $body$;

-- The same for date and timestamptz, which PostgreSQL does not turn into timestamp by itself.
DO $do$
DECLARE
    each record;
BEGIN
    FOR each IN SELECT * FROM (VALUES
        ('last_day', '', '', 'timestamp'), ('trunc', '', '', 'timestamp'), ('round', '', '', 'timestamp'),
        ('add_months', ', numeric', ', $2', 'timestamp'), ('next_day', ', text', ', $2', 'timestamp'),
        ('next_day', ', numeric', ', $2', 'timestamp'), ('trunc', ', text', ', $2', 'timestamp'),
        ('round', ', text', ', $2', 'timestamp'), ('date_add', ', numeric', ', $2', 'timestamp'),
        ('date_sub', ', numeric', ', $2', 'timestamp'), ('date_add', ', interval', ', $2', 'timestamp'),
        ('date_sub', ', interval', ', $2', 'timestamp')) AS f (name, more, given, result)
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION oracle_ext.%I(timestamptz%s) RETURNS %s LANGUAGE sql STABLE '
            'PARALLEL SAFE AS $f$ SELECT oracle_ext.%I($1::timestamp%s) $f$', each.name, each.more, each.result, each.name, each.given);
        EXECUTE format('CREATE OR REPLACE FUNCTION oracle_ext.%I(date%s) RETURNS %s LANGUAGE sql IMMUTABLE '
            'PARALLEL SAFE AS $f$ SELECT oracle_ext.%I($1::timestamp%s) $f$', each.name, each.more, each.result, each.name, each.given);
    END LOOP;
    FOR each IN SELECT f AS name, a AS first, b AS second
        FROM unnest(ARRAY['date_diff', 'months_between', 'date_sub']) AS f,
             unnest(ARRAY['timestamptz', 'timestamp', 'date']) AS a, unnest(ARRAY['timestamptz', 'timestamp', 'date']) AS b
        WHERE (a, b) <> ('timestamp', 'timestamp')
    LOOP
        EXECUTE format('CREATE OR REPLACE FUNCTION oracle_ext.%I(%s, %s) RETURNS numeric LANGUAGE sql %s PARALLEL SAFE AS '
            '$f$ SELECT oracle_ext.%I($1::timestamp, $2::timestamp) $f$', each.name, each.first, each.second,
            CASE WHEN 'timestamptz' IN (each.first, each.second) THEN 'STABLE' ELSE 'IMMUTABLE' END, each.name);
    END LOOP;
END $do$;
