"""Two PostgreSQL servers to move data between, and what a command costs: wall time, CPU of its own processes, CPU of
the servers."""
import contextlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "convert"))
import postgres  # noqa: E402

# As durable as a server of production is: the harness of the tests turns these off.
DURABLE = ("fsync=on", "full_page_writes=on", "synchronous_commit=on")
SETTINGS = (*DURABLE, "wal_level=logical", "shared_buffers=512MB", "max_wal_size=8GB", "checkpoint_timeout=1h",
            "maintenance_work_mem=256MB", "autovacuum=off", "max_replication_slots=20", "max_wal_senders=20",
            "wal_retrieve_retry_interval=100ms")
TICK = os.sysconf("SC_CLK_TCK")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name"))
    return f"{os.cpu_count()} x {model}, load {os.getloadavg()[0]:.1f} at the begin"


def stat_of(pid):
    """Parent, CPU of the process, CPU of children that have ended."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return int(fields[1]), own / TICK, ended / TICK


def cpu_of(server):
    """A backend that ends is added to what its postmaster says of its children."""
    with open(f"{server.folder}/data/postmaster.pid", encoding="utf-8") as f:
        master = int(f.readline())
    total = sum(stat_of(master)[1:])
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            parent, own, _ = stat_of(entry)
            total += own if parent == master else 0
    return total


def ask(server, database, sql):
    with contextlib.closing(server.connect(database=database)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else None


def dsn(server, database):
    return f"host={server.folder} user=postgres dbname={database}"


class Meter:
    """`with Meter(servers) as m: …`: then m.wall, m.clients, m.servers in seconds. `processes`: of servers that are no
    PostgreSQL."""

    def __init__(self, servers, processes=()):
        self.all, self.processes = servers, processes

    def __enter__(self):
        for server in self.all:
            ask(server, "postgres", "CHECKPOINT")
        self.before = self.now()
        return self

    def now(self):
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.monotonic(), used.ru_utime + used.ru_stime, sum(map(cpu_of, self.all)) + sum(
            stat_of(process)[1] for process in self.processes)

    def __exit__(self, *_):
        self.wall, self.clients, self.servers = (b - a for a, b in zip(self.before, self.now()))
        self.cpu = self.clients + self.servers


def shell(command):
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr[-2000:]}")


def program(name):
    return os.path.join(postgres.programs(), name)


def pgbench(server, database, *arguments):
    subprocess.run([program("pgbench"), "-h", server.folder, "-U", "postgres", *map(str, arguments), database], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def two_servers():
    with postgres.Postgres(SETTINGS) as source, postgres.Postgres(SETTINGS) as target:
        yield source, target


@contextlib.contextmanager
def database(server, name):
    ask(server, "postgres", f'CREATE DATABASE "{name}"')
    try:
        yield name
    finally:
        ask(server, "postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="landfall-bench-") as folder:
        yield folder


def median(rows, what):
    return statistics.median(getattr(row, what) for row in rows)
