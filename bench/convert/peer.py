#!/usr/bin/env python3
"""ora2pg as a converter of a folder: peer.py SPLITTER IN OUT

Offline, and one PL/SQL object a file, which is its best case: a bad object spoils only itself. SPLITTER is the
measuring harness's orasplit.py, which cuts the scripts into objects."""
import os
import subprocess
import sys
import tempfile

# Kinds in the order in which ora2pg's own files load.
KINDS = ["type", "sequence", "table", "function", "procedure", "package", "view", "mview", "synonym", "trigger"]
CONFIG = "ORACLE_DSN dbi:Oracle:host=nowhere;sid=none\nPG_VERSION 15\nSTOP_ON_ERROR 0\nDISABLE_SEQUENCE 0\n"


def parts_of(folder, kind):
    whole = f"{folder}/{kind}.sql"
    if os.path.exists(whole):
        return [whole]
    inside = f"{folder}/{kind}"
    return sorted(f"{inside}/{name}" for name in os.listdir(inside)) if os.path.isdir(inside) else []


def main(splitter, source, out):
    os.makedirs(out, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        config = folder + "/ora2pg.conf"
        with open(config, "w", encoding="utf-8") as f:
            f.write(CONFIG)
        objects = folder + "/objects"
        scripts = sorted(os.path.join(source, name) for name in os.listdir(source))
        subprocess.run([sys.executable, splitter, "perobj", objects, *scripts], check=True)
        for order, kind in enumerate(KINDS):
            for number, part in enumerate(parts_of(objects, kind)):
                subprocess.run(["ora2pg", "-q", "-c", config, "-t", kind.upper(), "-i", part, "-b", out,
                                "-o", f"{order:02}_{kind}_{number:04}.sql"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
