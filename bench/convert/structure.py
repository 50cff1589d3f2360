#!/usr/bin/env python3
"""Converted schemas beside the PostgreSQL schemas that their own projects wrote: structure.py LANDFALL HARNESS_DIR

For each project of the harness that has both, its catdiff.py compares tables, columns, keys and indexes. What the
hand-written schema has and the converted one lacks is looked for in the project's Oracle scripts: what stands there
is lost, and counts; what does not was the choice of who wrote the other schema by hand. The last lines are a table:
what the hand-written schema has, what of it is the same in the converted one (and how much of that the search finds
in Oracle's scripts), what the scripts do not say, and what is lost."""
import contextlib
import io
import json
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/convert"))
import postgres  # noqa: E402  (found by the line before)

KINDS = {"p": "primary keys", "u": "unique keys", "f": "foreign keys"}


def harness(folder):
    sys.path.insert(0, folder)
    import catdiff
    import measure
    return catdiff, measure


def oracle_text(folder):
    """The scripts in lower case, without comments, quotes and needless blanks."""
    text = ""
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            text += file.read() + "\n"
    text = re.sub(r"--[^\n]*|/\*.*?\*/|(?m:^\s*(rem|prompt)\b[^\n]*)", " ", text, flags=re.S | re.I)
    return re.sub(r"\s*([(),])\s*", r"\1", re.sub(r"\s+", " ", text.lower().replace('"', "")))


def definition_of(table, text):
    """What stands between the parentheses of CREATE TABLE; empty: no such statement."""
    found = re.search(rf"create (?:global temporary )?table (?:\w+\.)?{re.escape(table)}\(", text)
    if not found:
        return ""
    depth, at = 1, found.end()
    while depth and at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return text[found.end():at]


def listed(columns):
    return r"\(" + ",".join(re.escape(column) + r"(?: (?:asc|desc))?" for column in columns) + r"\)"


class Scripts:
    """What the Oracle scripts of a project say."""

    def __init__(self, folder):
        self.text = oracle_text(folder)

    def have_column(self, table, column):
        added = rf"alter table (?:\w+\.)?{re.escape(table)} add ?\(?[^;]*\b{re.escape(column)}\b"
        return bool(re.search(rf"\b{re.escape(column)}\b", definition_of(table, self.text)) or re.search(added, self.text))

    def have_index(self, table, columns):
        return bool(re.search(rf"index [\w.]+ on (?:\w+\.)?{re.escape(table)} ?{listed(columns)}", self.text)
                    or self.have_key(table, columns, r"(?:primary key|unique)"))

    def have_key(self, table, columns, word):
        within = re.search(rf"{word} ?{listed(columns)}", definition_of(table, self.text))
        added = re.search(rf"alter table (?:\w+\.)?{re.escape(table)} add[^;]*{word} ?{listed(columns)}", self.text)
        short = len(columns) == 1 and re.search(rf"(?:^|,){re.escape(columns[0])} [^,]*{word}", definition_of(table, self.text))
        return bool(within or added or short)


WORDS = {"p": "primary key", "u": "unique", "f": "foreign key"}


def compared(mine, other, scripts):
    """[(kind, in the hand-written schema, the same, [(what is missing, do Oracle's scripts have it)], found)]."""
    both = {table for table, kind in mine["rel"] if kind == "r"} & {table for table, kind in other["rel"] if kind == "r"}
    tables = sorted({table for table, kind in mine["rel"] if kind == "r"} - both)
    rows = [("tables", len(both) + len(tables), len(both), [(table, bool(definition_of(table, scripts.text))) for table in tables],
             sum(bool(definition_of(table, scripts.text)) for table in both))]
    columns = {key for key in mine["col"] if key[0] in both}
    rows.append(row("columns", columns, set(other["col"]), lambda key: scripts.have_column(*key)))
    for kind, name in KINDS.items():
        keys = {key for key in mine["con"] if key[1] == kind and key[0] in both}
        rows.append(row(name, keys, other["con"], lambda key: scripts.have_key(key[0], key[2], WORDS[key[1]])))
    indexes = {key for key in mine["idx"] if key[0] in both}
    rows.append(row("indexes", indexes, other["idx"], lambda key: scripts.have_index(*key)))
    return rows


def row(name, wanted, there, in_oracle):
    """The last number tells how good the search is: of what is the same, how much does it find?"""
    missing = sorted(wanted - there)
    found = sum(in_oracle(each) for each in wanted & there)
    return name, len(wanted), len(wanted) - len(missing), [(each, in_oracle(each)) for each in missing], found


def schemas_of(catdiff, project, converted, dsn):
    """The hand-written schema and the converted one, as catdiff.py reads them; its figures are printed."""
    taken, plain = [], catdiff.snap

    def kept(connection):
        taken.append(plain(connection))
        return taken[-1]
    catdiff.snap = kept
    sys.argv = ["catdiff.py", project, "--converted", converted, "--dsn", dsn]
    try:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            catdiff.main()
    finally:
        catdiff.snap = plain
    print(said.getvalue().split("\n", maxsplit=1)[0])
    return taken


def measured(program, folder, server, work):
    catdiff, measure = harness(folder)
    corpus = os.path.join(folder, "corpus")
    with open(os.path.join(corpus, "projects.json"), encoding="utf-8") as file:
        projects = [each for each in json.load(file) if each.get("pg_reference")]
    for project in projects:
        place = os.path.join(work, project["name"])
        os.makedirs(place)
        measure.prepare(project, corpus, place + "/in")
        measure.run_converter(f"{program} convert --layout objects --in {{in}} --out {{out}}", place + "/in", place + "/out", 600)
        mine, other = schemas_of(catdiff, project["name"], place + "/out", f"host={server.folder} port=5432 user=postgres")
        yield project["name"], compared(mine, other, Scripts(place + "/in"))


def main(program, folder):
    totals, lost = {}, 0
    with tempfile.TemporaryDirectory(prefix="landfall-structure-") as work, \
            postgres.Postgres(["max_locks_per_transaction=512"]) as server:
        for project, rows in measured(os.path.abspath(program), os.path.abspath(folder), server, work):
            for kind, wanted, same, missing, found in rows:
                for what, in_oracle in missing:
                    print(f"  {kind}: {what}: {'LOST' if in_oracle else 'not in the Oracle scripts'}")
                gone = sum(in_oracle for _, in_oracle in missing)
                lost += gone
                totals.setdefault(kind, []).append((wanted, same, found, len(missing) - gone, gone))
    heads = ("hand-written", "the same", "found in the scripts", "not in the scripts", "lost")
    print("kind".ljust(14), *heads, sep="  ")
    for kind, counts in totals.items():
        print(kind.ljust(14), *(str(sum(each[i] for each in counts)).rjust(len(head)) for i, head in enumerate(heads)), sep="  ")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
