"""How a program of Oracle's writes what functions.jsonl asks, and what in it is not Oracle's.

The expectations were collected from the tests of an emulation of Oracle's functions on PostgreSQL, so
that they are spelled as PostgreSQL spells things. `oracle_form` gives the expression in Oracle's language. Most of it
is rules: casts, the emulation's schema, literals of moments. What rules do not reach stands in tables, by the place
where it comes from (the test and its line).
"""
import re

# --- what Oracle does not have -----------------------------------------------------------------------------------

NOT_ORACLE = [  # (what the statement names, why no program of Oracle's can say it)
    (r"\bplvstr\.|\bplvsubst\.|\bplvdate\.", "the library PL/Vision, no part of Oracle"),
    (r"\bplunit\.", "the emulation's own package of assertions"),
    (r"\borafce__obsolete_", "the emulation's own function"),
    (r"\bdbms_pipe\.unpack_message_", "DBMS_PIPE has the procedure UNPACK_MESSAGE(item OUT) instead"),
    (r"\bdbms_pipe\.(pack_message|purge)\b", "a procedure: no expression, it has no value"),
    (r"\bdbms_pipe\.", "speaks of a message that another statement, not in the list, sent before"),
]

# What the emulation gives and Oracle's documentation contradicts: (the expression, what Oracle gives, the rule).
# None for the value: Oracle refuses the expression, and so must we.
REFUSED = object()
CONTRADICTIONS = {
    "orafce:452": ("MONTHS_BETWEEN(TO_DATE('2003/07/01 10:11:11', 'yyyy/mm/dd hh24:mi:ss'), "
                   "TO_DATE('2003/03/14 10:12:12', 'yyyy/mm/dd hh24:mi:ss'))", "3.58062238649940",
                   "MONTHS_BETWEEN counts the time of day in the part of a month; h24 is no element of a format"),
    "orafce:1002": ("CASE WHEN TRUNC(TIMESTAMP '2004-10-19 10:23:54 +02:00', 'MI') = DATE '2004-10-19' + 10/24 + 23/1440 "
                    "THEN 't' ELSE 'f' END", "t",
                    "as a DATE, a TIMESTAMP WITH TIME ZONE is the time of day of its own zone, not of the session's"),
    "orafce:2641": ("TO_DATE('', 'yyyy-mm-dd')", None, "'' is NULL"),
    "orafce:2670": ("TO_CHAR(TO_DATE('112012', 'J'), 'J')", "112012",
                    "dates before 15 October 1582 are those of the Julian calendar: another day has this name"),
    "orafce:2766": ("DBMS_ASSERT.ENQUOTE_LITERAL('some text '' some text')", REFUSED,
                    "ORA-06502 where a quote within the text is not doubled"),
    "orafce:2778": ("DBMS_ASSERT.ENQUOTE_NAME('''\"AAA', FALSE)", REFUSED,
                    "ORA-44003 where a double quote within the name is not doubled"),
    "orafce:3190": ("TO_DATE('14-Jan08 11:44:49+05:30')", REFUSED, "ORA-01830: the format ends before the text does"),
    "orafce:3204": ("TO_DATE('21052014 12:13:44+05:30')", REFUSED, "ORA-01830: the format ends before the text does"),
    "orafce:3292": ("TO_DATE('14-08Jan 11:44:49+05:30', 'YY-DDMon HH24:MI:SS')", REFUSED,
                    "ORA-01830: the format ends before the text does"),
    "orafce:3304": ("TO_DATE('210514 12:13:44+05:30', 'DDMMYY HH24:MI:SS')", REFUSED,
                    "ORA-01830: the format ends before the text does"),
    "orafce:3679": ("TO_CHAR(TO_DATE('14-Jan08 11:44:49+05:30'))", REFUSED, "ORA-01830: the format ends before the text does"),
    "orafce:3693": ("TO_CHAR(TO_DATE('21052014 12:13:44+05:30'))", REFUSED, "ORA-01830: the format ends before the text does"),
    "orafce:3777": ("TO_CHAR(TO_DATE('14-08Jan 11:44:49+05:30', 'YY-DDMon HH24:MI:SS'))", REFUSED,
                    "ORA-01830: the format ends before the text does"),
    "orafce:3791": ("TO_CHAR(TO_DATE('210514 12:13:44+05:30', 'DDMMYY HH24:MI:SS'))", REFUSED,
                    "ORA-01830: the format ends before the text does"),
    "orafce:2938": ("DUMP('Yellow dog')", "Typ=96 Len=10: 89,101,108,108,111,119,32,100,111,103",
                    "the types of DUMP are Oracle's, a literal is CHAR; 25 is PostgreSQL's number of text"),
    "orafce:2950": ("DUMP('Yellow dog', 17)", "Typ=96 Len=10: Y,e,l,l,o,w, ,d,o,g",
                    "the types of DUMP are Oracle's, a literal is CHAR"),
    "orafce:2962": ("DUMP(10)", "Typ=2 Len=2: 193,11", "DUMP shows Oracle's NUMBER: an exponent and digits to base 100"),
    "orafce:2974": ("DUMP(10.23)", "Typ=2 Len=3: 193,11,24", "DUMP shows Oracle's NUMBER; 700 is PostgreSQL's number of real"),
    "orafce:2986": ("DUMP(10.23)", "Typ=2 Len=3: 193,11,24", "DUMP shows Oracle's NUMBER; 1700 is PostgreSQL's number of numeric"),
    "orafce:2998": ("DUMP(DATE '2008-10-10')", "Typ=13 Len=8: 216,7,10,10,0,0,0,0",
                    "DUMP shows the eight bytes of a DATE that was calculated; 1114 is PostgreSQL's number of timestamp"),
    "varchar2:75": ("SUBSTRB('ABCありがとう', 0, 4)", "ABC ", "0 is taken for 1; a character cut in two becomes blanks"),
}

# --- what the session of the line had set ------------------------------------------------------------------------

NUMERIC_DAYS = "YYYY-MM-DD HH24:MI:SS"
# From this line of the source on, the format of texts that stand for a DATE.
DATE_FORMATS = [
    (0, "YYYY-MM-DD HH24:MI:SS"), (3101, "YYYY-MM-DD"), (3127, "DD/MM/RR"), (3139, "MON-DD-YYYY"), (3152, "RR-MON-DD"), (3165, "MON-DD-RR"),
    (3177, "RRMMDD"), (3189, "YY-MonDD HH24:MI:SS"), (3203, "DDMMYYYY HH24:MI:SS"), (3313, NUMERIC_DAYS), (3320, "MM-DD-YYYY HH24:MI:SS"),
    (3327, "DD-MM-YYYY HH24:MI:SS"), (3334, NUMERIC_DAYS), (3366, "MM-DD-YYYY HH24:MI:SS"), (3373, "DD-MM-YYYY HH24:MI:SS"),
    (3398, NUMERIC_DAYS), (3412, "DD-MM-YYYY HH24:MI:SS"), (3437, NUMERIC_DAYS), (3451, "DD-MM-YYYY HH24:MI:SS"), (3476, NUMERIC_DAYS),
    (3506, "DD-MM-YYYY HH24:MI:SS"), (3513, NUMERIC_DAYS), (3545, "MM-DD-YYYY HH24:MI:SS"), (3552, NUMERIC_DAYS),
    (3584, "MM-DD-YYYY HH24:MI:SS"), (3591, NUMERIC_DAYS), (3616, NUMERIC_DAYS), (3623, "MM-DD-YYYY HH24:MI:SS"), (3655, NUMERIC_DAYS),
    (3678, "YY-MonDD HH24:MI:SS"), (3692, "DDMMYYYY HH24:MI:SS"), (3720, "YY-DDMon HH24:MI:SS"), (3734, "DDMMYYYY HH24:MI:SS"),
    (3790, "DDMMYY HH24:MI:SS"), (3800, NUMERIC_DAYS)]
SINGLE_FORMATS = {"orafce:1622": "YYYY-MM-DD", "orafce:2337": "YYYY-MM-DD", "orafce:440": "DD-MON-YYYY"}


def date_format(place):
    if place in SINGLE_FORMATS:
        return SINGLE_FORMATS[place]
    name, line = place.split(":")
    if name != "orafce":
        return NUMERIC_DAYS
    return [form for start, form in DATE_FORMATS if start <= int(line)][-1]


# --- what rules do not reach ---------------------------------------------------------------------------------------

FIVE = "CREATE OR REPLACE FUNCTION five RETURN NUMBER IS BEGIN RETURN 5; END;\n/\n"


def middle_of(*values):
    rows = " UNION ALL ".join(f"SELECT {value} AS v FROM dual" for value in values)
    return f"(SELECT MEDIAN(v) FROM ({rows}))"


BY_HAND = {
    "orafce:440": "TRUNC(MONTHS_BETWEEN('21-feb-2008', '29-feb-2008'))",
    "orafce:464": "MONTHS_BETWEEN(TO_TIMESTAMP('2003/08/02 10:11:12', 'yyyy/mm/dd hh24:mi:ss'), "
                  "TO_DATE('2003/06/02 10:10:11', 'yyyy/mm/dd hh24:mi:ss'))",
    "orafce:966": "TRUNC(TIMESTAMP '2004-10-19 10:23:54 +02:00', 'YEAR') = DATE '2004-01-01'",
    "orafce:978": "TRUNC(TIMESTAMP '2004-10-19 10:23:54 +02:00', 'MONTH') = DATE '2004-10-01'",
    "orafce:990": "TRUNC(TIMESTAMP '2004-10-19 10:23:54 +02:00', 'DAY') = DATE '2004-10-17'",
    "orafce:3063": "ROUND(TIMESTAMP '1990-05-08 05:35:25', 'Q') = DATE '1990-04-01'",
    "orafce:3075": "ROUND(TIMESTAMP '1990-12-08 05:35:25', 'DDD') = DATE '1990-12-08'",
    "orafce:3087": "ROUND(TIMESTAMP '1990-12-08 05:35:25', 'hh') = DATE '1990-12-08' + 6/24",
    "orafce:1562": "LNNVL(1 = 1)", "orafce:1574": "LNNVL(1 = NULL)",
    "orafce:3101": "TO_CHAR(TO_DATE('2009-01-02'), 'MM/DD/YYYY HH24:MI:SS')",
    "orafce:3114": "TO_CHAR(TO_DATE('1999-01-08'), 'Dy Mon DD HH24:MI:SS YYYY')",
    "orafce:3127": "TO_CHAR(TO_DATE('01/02/03'), 'DD/MM/YYYY HH24:MI:SS')",
    "orafce:3139": "TO_CHAR(TO_DATE('Jan-08-1999'), 'DD/MM/YYYY HH24:MI:SS')",
    "aggregates:9": "(SELECT LISTAGG(TO_CHAR(LEVEL), ',') WITHIN GROUP (ORDER BY LEVEL) FROM dual CONNECT BY LEVEL <= 3)",
    "aggregates:21": "(SELECT COALESCE(LISTAGG(i) WITHIN GROUP (ORDER BY i), '<NULL>') FROM "
                     "(SELECT LEVEL AS i FROM dual CONNECT BY LEVEL <= 3) WHERE i > 3)",
    "aggregates:100": middle_of("4500", "NULL", "2100", "3600", "4000"),
    "aggregates:112": middle_of("4500", "1500", "2100", "3600", "4000"),
}
IN_CODE = re.compile(r"dbms_assert\.enquote_name", re.I)  # an argument is a BOOLEAN: no SQL, but PL/SQL

# --- rules -----------------------------------------------------------------------------------------------------------

TYPES = {"smallint": "SMALLINT", "int": "INTEGER", "integer": "INTEGER", "int4": "INTEGER", "bigint": "NUMBER(19)",
         "numeric": "NUMBER", "double precision": "BINARY_DOUBLE", "float4": "BINARY_FLOAT", "text": "VARCHAR2(4000)",
         "varchar": "VARCHAR2(4000)", "varchar2": "VARCHAR2(4000)"}
OPERAND = r"('(?:[^']|'')*'|[\w.]+)"
TYPE = r"(smallint|integer|int4|int|bigint|numeric|double precision|float4|text|n?varchar2|varchar|bpchar|char|date|timestamptz|timestamp|time)"
CAST = re.compile(OPERAND + r"::" + TYPE + r"(\(\d+(?:,\d+)?\))?", re.I)


def cast_in_oracle(found):
    value, kind, size = found.group(1), found.group(2).lower(), found.group(3) or ""
    if kind == "bpchar":  # a literal of Oracle's is a CHAR of its own length
        return value
    if kind == "time":
        return f"INTERVAL {value} HOUR TO SECOND"
    if kind in ("date", "timestamp"):
        return f"{kind.upper()} {value}"
    if kind == "timestamptz":
        return "TIMESTAMP " + re.sub(r"([+-]\d\d)'$", r" \1:00'", value)
    if kind == "char":  # PostgreSQL counts characters, Oracle bytes where it is not told
        return f"CAST({value} AS CHAR{size[:-1]} CHAR))"
    if size and kind == "varchar2":  # the emulation's VARCHAR2 counts bytes
        return f"CAST({value} AS VARCHAR2{size[:-1]} BYTE))"
    if size:
        return f"CAST({value} AS {'NVARCHAR2' if kind == 'nvarchar2' else 'NUMBER'}{size})"
    return f"CAST({value} AS {TYPES[kind]})"


def day_literal(found):
    """DATE '…' in each spelling that PostgreSQL reads, as Oracle's DATE 'YYYY-MM-DD'."""
    text = found.group(1)
    for pattern, made in ((r"(\d\d)-(\d\d)-(\d{4})$", r"\3-\1-\2"), (r"(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3"),
                          (r"(\d\d)-MAR-(\d\d)$", r"20\2-03-\1"), (r"March (\d\d),(\d{4})$", r"\2-03-\1")):
        if re.match(pattern, text):
            return f"DATE '{re.sub(pattern, made, text)}'"
    return f"DATE '{text}'"


def moment_texts(expression):
    """Texts of moments that PostgreSQL reads in any form, in the session's format."""
    for pattern, made in ((r"'(\d\d)-(\d\d)-(\d{4}) (\d\d:\d\d:\d\d)'", r"'\3-\1-\2 \4'"),
                          (r"'(\d\d)-MAR-(\d\d) (\d\d:\d\d:\d\d)'", r"'20\2-03-\1 \3'"),
                          (r"'March (\d\d),(\d{4}) (\d\d:\d\d:\d\d)'", r"'\2-03-\1 \3'"),
                          (r"'(\d{4})(\d\d)(\d\d) (\d\d)(\d\d)(\d\d)'", r"'\1-\2-\3 \4:\5:\6'"),
                          (r"'(\d{4}-\d\d-\d\d) (\d\d)(\d\d)(\d\d)'", r"'\1 \2:\3:\4'")):
        expression = re.sub(pattern, made, expression)
    return expression


def by_rules(sql):
    made = re.sub(r"^\s*select\s+", "", sql.strip().rstrip(";"), flags=re.I)
    made = re.sub(r"\s+as\s+ltrim\s*$", "", made, flags=re.I)
    made = re.sub(r"\b(oracle|pg_catalog)\.", "", made)
    made = re.sub(r"\boctet_length\(", "LENGTHB(", made)
    made = re.sub(r"\bstrposb\(", "INSTRB(", made)
    made = re.sub(r"^btrim\(|(?<=\| )btrim\(('[^']*'::char\(10\))\)", r"TRIM(\1)", made)
    made = re.sub(r"\bbtrim\((.*), ?('[^']*'::[a-z0-9(]+\))\)", r"LTRIM(RTRIM(\1, \2), \2)", made)
    made = re.sub(r"\bbtrim\((.*),('[^']*'::text)\)", r"LTRIM(RTRIM(\1, \2), \2)", made)
    made = re.sub(r"timestamptz '([^']*)([+-]\d\d)'", r"TIMESTAMP '\1 \2:00'", made)
    made = re.sub(r"\bdate '([^']*)'", day_literal, made, flags=re.I)
    made = re.sub(r"h24miss", "hh24miss", made)
    made = re.sub(r"\((.*)\)::numeric\(10,4\)$", r"CAST(\1 AS NUMBER(10,4))", made)
    if re.match(r"(add_months|last_day|next_day|months_between)\b", made):
        made = moment_texts(made)
    return CAST.sub(cast_in_oracle, made)


def place_of(source):
    """`orafce/orafce expected/orafce.out:6` → `orafce:6`."""
    return source.rsplit("/", 1)[1].replace(".out:", ":")


def why_not_oracle(sql):
    for pattern, why in NOT_ORACLE:
        if re.search(pattern, sql, re.I):
            return why
    return None


CONDITION = re.compile(r"^(oracle\.)?(regexp_like|lnnvl)\b", re.I)


def oracle_form(place, sql, expected):
    """The expression whose value is asked, in Oracle's language; conditions give 't' and 'f'."""
    made = BY_HAND.get(place) or by_rules(sql)
    if expected in ("t", "f") or CONDITION.match(made):
        return f"CASE WHEN {made} THEN 't' WHEN NOT ({made}) THEN 'f' END"
    return made
