#!/usr/bin/env python3
"""Scalar expectations for the runtime pack: functions.py LANDFALL HARNESS_DIR [--lines FILE]

Each line of HARNESS_DIR/behaviour/functions.jsonl becomes a view (or, where only PL/SQL can say it, a function) in
Oracle's language, `oracle_forms.py` says how; `landfall convert` makes PostgreSQL's of it, and its value on a real
PostgreSQL is compared. Printed: how many are right, wrong, and not Oracle's, and why for each. An expectation that
Oracle's documentation contradicts is compared with what the documentation says, and is counted by itself.

--lines: number, place, verdict, form, value, expectation and reason of each line, tab-separated."""
import argparse
import collections
import decimal
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import oracle_forms

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/convert"))
import postgres  # noqa: E402  (found by the line before)

LEFT_OUT = "not Oracle's"
Asked = collections.namedtuple("Asked", "number place form expected date_format against")


def read_lines(path):
    """(what is asked, [(number, place, why it is not asked)])."""
    asked, left_out = [], []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            entry = json.loads(line)
            place = oracle_forms.place_of(entry["src"])
            if place in oracle_forms.CONTRADICTIONS:
                form, value, rule = oracle_forms.CONTRADICTIONS[place]
                asked.append(Asked(number, place, form, value, oracle_forms.date_format(place), rule))
                continue
            why = oracle_forms.why_not_oracle(entry["sql"])
            if why:
                left_out.append((number, place, why))
                continue
            form = oracle_forms.oracle_form(place, entry["sql"], entry["expected"])
            asked.append(Asked(number, place, form, entry["expected"], oracle_forms.date_format(place), None))
    return asked, left_out


def unit_of(line):
    if oracle_forms.IN_CODE.search(line.form):
        return f"CREATE OR REPLACE FUNCTION line_{line.number} RETURN VARCHAR2 IS\nBEGIN\n  RETURN {line.form};\nEND;\n/\n"
    return f"CREATE OR REPLACE VIEW line_{line.number} AS SELECT {line.form} AS value FROM dual;\n"


def converted(program, asked, folder):
    """The statements that PostgreSQL gets, a text an object; the runtime pack is the first."""
    os.makedirs(folder + "/in")
    with open(folder + "/in/lines.sql", "w", encoding="utf-8") as file:
        file.write(oracle_forms.FIVE + "".join(unit_of(line) for line in asked))
    done = subprocess.run([program, "convert", "--layout", "objects", "--in", folder + "/in", "--out", folder + "/out"],
                          capture_output=True, text=True, check=False, env={**os.environ, "LANDFALL_CONFIG": "/nonexistent"})
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    texts = []
    for path in sorted(glob.glob(folder + "/out/*.sql")):
        with open(path, encoding="utf-8") as file:
            texts.append(file.read())
    return texts


def value_of(cursor, line):
    """What it gives as text, or REFUSED; and what PostgreSQL said."""
    import psycopg2
    cursor.execute("SELECT set_config('oracle_ext.nls_date_format', %s, false)", (line.date_format,))
    called = oracle_forms.IN_CODE.search(line.form)
    try:
        cursor.execute(f"SELECT line_{line.number}()" if called else f"SELECT value::text FROM line_{line.number}")
        return cursor.fetchone()[0], ""
    except psycopg2.Error as error:
        return oracle_forms.REFUSED, str(error).split("\n", maxsplit=1)[0]


def number_in(text):
    try:
        return decimal.Decimal(text.strip())
    except decimal.InvalidOperation:
        return None


MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d(?:\.\d+)?))?([+-]\d\d)?$")


def same(got, expected):
    """NULL is printed as nothing; numbers are right-aligned and have as many digits as a double; a day is midnight."""
    if oracle_forms.REFUSED in (got, expected):
        return got is expected
    got, expected = got or "", expected or ""
    if got == expected or (expected.strip() == "" and got == ""):
        return True
    a, b = number_in(got), number_in(expected)
    if a is not None and b is not None:
        return a == b or (b.as_tuple().exponent < 0 and round(a, -b.as_tuple().exponent) == b)
    a, b = MOMENT.match(got), MOMENT.match(expected)
    return bool(a and b) and a[1] == b[1] and (a[2] or "00:00:00") == (b[2] or "00:00:00") and a[3] == b[3]


def shown(value):
    return "refused" if value is oracle_forms.REFUSED else "NULL" if value is None else value


def measure(connection, texts, asked):
    """(the line, its value, what PostgreSQL said, is it right), a line after the other."""
    import psycopg2
    cursor = connection.cursor()
    for text in texts:
        try:
            cursor.execute(text)
        except psycopg2.Error as error:
            print("does not load:", str(error).split("\n", maxsplit=1)[0], "|", text[:200].replace("\n", " "))
    cursor.execute("SET search_path = public, oracle_ext; SET TimeZone = 'America/Los_Angeles'")
    for line in asked:
        got, said = value_of(cursor, line)
        yield line, got, said, same(got, line.expected)


def report(verdicts, left_out, path):
    rows, counts = [], collections.Counter()
    for line, got, said, right in verdicts:
        kind = ("right" if right else "wrong") + (" by the documentation" if line.against else "")
        counts[kind] += 1
        rows.append((line.number, line.place, kind, line.form, shown(got), shown(line.expected), line.against or said))
        if not right:
            print(f"wrong: line {line.number} ({line.place}): {line.form}: {shown(got)!r}, Oracle: {shown(line.expected)!r} {said}")
    for number, place, why in left_out:
        counts[LEFT_OUT] += 1
        rows.append((number, place, LEFT_OUT, "", "", "", why))
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.writelines("\t".join(map(str, row)).replace("\n", " ") + "\n" for row in sorted(rows))
    print_counts(counts, rows)


def print_counts(counts, rows):
    oracles = len(rows) - counts[LEFT_OUT]
    right = counts["right"] + counts["right by the documentation"]
    print(f"functions: {len(rows)} expectations, {oracles} can be said in Oracle's language; "
          f"right {right} ({100 * right / oracles:.1f} %), wrong {oracles - right}")
    against = counts["right by the documentation"] + counts["wrong by the documentation"]
    print(f"  of these {against} contradict Oracle's documentation, which we follow in {counts['right by the documentation']}:")
    for why, count in collections.Counter(row[6] for row in rows if row[2].endswith("documentation")).most_common():
        print(f"    {count:3} {why}")
    print(f"  not Oracle's: {counts[LEFT_OUT]}")
    for why, count in collections.Counter(row[6] for row in rows if row[2] == LEFT_OUT).most_common():
        print(f"    {count:3} {why}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("harness")
    parser.add_argument("--lines")
    arguments = parser.parse_args()
    asked, left_out = read_lines(os.path.join(arguments.harness, "behaviour/functions.jsonl"))
    with tempfile.TemporaryDirectory(prefix="landfall-functions-") as folder, postgres.Postgres() as server:
        texts = converted(os.path.abspath(arguments.program), asked, folder)
        report(measure(server.connect(), texts, asked), left_out, arguments.lines)


if __name__ == "__main__":
    main()
