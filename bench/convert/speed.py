#!/usr/bin/env python3
"""How fast a schema converts, and how that grows with the size of one file: the same procedures x 1, x 4, x 16 in
one file, beside ora2pg (on x 1, one object a file, where it is installed). Usage: speed.py LANDFALL [ROUNDS]

Prints lines a second of CPU, the memory above that of an empty run, medians of interleaved rounds."""
import os
import resource
import statistics
import subprocess
import sys
import tempfile

TABLES = "".join(f"CREATE TABLE t{i} (id NUMBER(10) PRIMARY KEY, name VARCHAR2(40), amount NUMBER(12,2), since DATE);\n"
                 for i in range(20))

PROCEDURE = """CREATE OR REPLACE PROCEDURE work_{n} (p_id IN NUMBER, p_name OUT VARCHAR2) IS
  -- sums what belongs to one name
  l_total NUMBER := 0;
  l_text VARCHAR2(200);
  CURSOR c_rows (p_limit NUMBER) IS
    SELECT a.id, a.name, NVL(b.amount, 0) AS amount
    FROM t{a} a, t{b} b
    WHERE a.id = b.id (+) AND a.amount < p_limit
    ORDER BY a.since DESC;
BEGIN
  SELECT name INTO l_text FROM t{a} WHERE id = p_id;
  FOR r IN c_rows(1000) LOOP
    IF r.amount > 10 AND INSTR(r.name, 'x') > 0 THEN
      l_total := l_total + r.amount * 2;
    ELSIF r.name IS NULL THEN
      UPDATE t{b} SET amount = DECODE(id, 1, 2, 3, 4, amount) WHERE id = r.id;
    ELSE
      INSERT INTO t{b} (id, name, since) VALUES (r.id, SUBSTR(r.name, 1, 10) || l_total, SYSDATE);
    END IF;
  END LOOP;
  p_name := TO_CHAR(l_total, '999G990D00') || ' ' || UPPER(l_text);
  DBMS_OUTPUT.PUT_LINE('done ' || p_name);
EXCEPTION
  WHEN NO_DATA_FOUND THEN
    p_name := NULL;
  WHEN OTHERS THEN
    RAISE_APPLICATION_ERROR(-20001, 'work_{n}: ' || SQLERRM);
END;
/
"""
ONCE = 400  # procedures of x 1


def script(times):
    return TABLES + "".join(PROCEDURE.format(n=n, a=n % 20, b=(n + 7) % 20) for n in range(ONCE * times))


def run(command):
    """CPU seconds and KiB of a program that is run once."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execvp(command[0], command)
    _, status, used = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed: {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss


def main(landfall, rounds=5):
    print(f"machine: {os.cpu_count()} cores; one file of procedures, medians of {rounds} interleaved rounds")
    with tempfile.TemporaryDirectory(prefix="landfall-speed-") as folder:
        sizes = {"empty": 0, "x 1": 1, "x 4": 4, "x 16": 16}
        lines = {}
        for name, times in sizes.items():
            os.makedirs(f"{folder}/{name}")
            text = script(times) if times else "-- nothing\n"
            lines[name] = text.count("\n")
            with open(f"{folder}/{name}/in.sql", "w", encoding="utf-8") as f:
                f.write(text)
        seen = {name: [] for name in sizes}
        for _ in range(rounds):
            for name in sizes:
                seen[name].append(run([landfall, "convert", "--in", f"{folder}/{name}", "--out", f"{folder}/out {name}",
                                       "--layout", "single"]))
        empty = [statistics.median(column) for column in zip(*seen["empty"])]
        for name in ("x 1", "x 4", "x 16"):
            cpu, memory = (statistics.median(column) for column in zip(*seen[name]))
            print(f"landfall {name:>5}: {lines[name]:>7} lines, {lines[name] / cpu:>9,.0f} lines/s of CPU, "
                  f"{(memory - empty[1]) * 1024 / lines[name]:>5.0f} bytes/line above an empty run")
        peer = ["ora2pg", "-q", "-t", "PROCEDURE", "-i", f"{folder}/x 1/in.sql", "-b", folder, "-o", "peer.sql",
                "-c", "/etc/ora2pg/ora2pg.conf"]
        if not os.path.exists("/usr/bin/ora2pg"):
            return print("ora2pg is not installed: no peer")
        cpu, memory = run(peer)
        print(f"ora2pg     x 1: {lines['x 1']:>7} lines, {lines['x 1'] / cpu:>9,.0f} lines/s of CPU, {memory} KiB")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(os.path.abspath(sys.argv[1]), *map(int, sys.argv[2:]))
