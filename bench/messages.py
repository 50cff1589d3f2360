#!/usr/bin/env python3
"""Queues beside their peers, in one run on one disk. Usage: messages.py BUILD_DIR WORK_DIR [--seconds N] [--rounds N]

Durable sends of 1 KiB with 256 outstanding, then receive and acknowledge in tens, by each system in turn, several rounds;
medians. Peers are Debian's packages, started here on free ports with fsync before the acknowledgement:
RabbitMQ (quorum queue, publisher confirms), Redis (stream, appendfsync always), PostgreSQL (SKIP LOCKED, synchronous_commit on).
A peer that is not installed is left out, and said so.
"""
import argparse
import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "tests", "client"))
import harness  # noqa: E402

PG_BIN = "/usr/lib/postgresql/15/bin"
RABBIT = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(ready, what, seconds=60):
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)


def answers(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


@contextlib.contextmanager
def child(command, stop=signal.SIGTERM, **options):
    log = options.pop("log")
    with open(log, "ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True, **options)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(stop)
        process.wait(timeout=60)


@contextlib.contextmanager
def rabbitmq(folder):
    port = free_port()
    epmd = str(free_port())
    env = dict(os.environ, HOME=folder, RABBITMQ_NODENAME="landfall-bench@localhost", RABBITMQ_NODE_IP_ADDRESS="127.0.0.1",
               RABBITMQ_NODE_PORT=str(port), RABBITMQ_DIST_PORT=str(free_port()), ERL_EPMD_PORT=epmd,
               ERL_EPMD_ADDRESS="127.0.0.1", RABBITMQ_MNESIA_BASE=os.path.join(folder, "mnesia"),
               RABBITMQ_LOG_BASE=os.path.join(folder, "log"), RABBITMQ_LOGS="-",
               RABBITMQ_ENABLED_PLUGINS_FILE=os.path.join(folder, "plugins"), RABBITMQ_CONF_ENV_FILE="/dev/null")
    try:
        with child([RABBIT], env=env, log=os.path.join(folder, "out")):
            wait_for(lambda: answers(port), "RabbitMQ starts")
            yield port
    finally:  # Erlang's name server stays behind its node, on a port that is ours alone
        subprocess.run(["epmd", "-kill"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


@contextlib.contextmanager
def redis(folder):
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes",
               "--appendfsync", "always", "--save", ""]
    with child(command, log=os.path.join(folder, "out")):
        wait_for(lambda: answers(port), "Redis starts")
        yield port


@contextlib.contextmanager
def postgres(folder):
    port = free_port()
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    data = os.path.join(folder, "data")
    log = os.path.join(folder, "out")
    subprocess.run([f"{PG_BIN}/initdb", "-D", data, "-U", "postgres", "-A", "trust"], check=True,
                   stdout=subprocess.DEVNULL, **who)
    command = [f"{PG_BIN}/postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c",
               f"unix_socket_directories={folder}", "-c", "synchronous_commit=on", "-c", "shared_buffers=512MB"]
    with child(command, stop=signal.SIGINT, log=log, **who):
        ready = [f"{PG_BIN}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        wait_for(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL starts")
        yield port


PEERS = {"rabbitmq": (rabbitmq, RABBIT), "redis": (redis, shutil.which("redis-server") or "/usr/bin/redis-server"),
         "postgres": (postgres, f"{PG_BIN}/postgres")}


def run_json(command, **options):
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout
    return json.loads(out)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Ours:
    """A server of ours with one queue."""

    def __init__(self, build, server):
        self.load = os.path.join(build, "bench", "messages", "messages_load")
        self.server = server
        self.queue = server.boto3_client("sqs").create_queue(QueueName="bench")["QueueUrl"]
        key, secret = server.root_key()
        self.env = dict(os.environ, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret)

    def run(self, job, connections, seconds, messages=0, body=1024):
        before = cpu_seconds(self.server.process.pid)
        port = self.server.url.rsplit(":", 1)[1]
        result = run_json([self.load, port, self.queue, job, str(connections), str(seconds), str(messages), str(body)],
                          env=self.env)
        assert result["errors"] == 0, result
        result["cpu_us"] = (cpu_seconds(self.server.process.pid) - before) / max(1, result["messages"]) * 1e6
        return result

    def empty(self):
        self.run("receive-delete", 64, 600)


def row(name, rate, p50="", p99="", extra=""):
    print(f"{name:<58} {rate:>9.0f}/s  {p50:>8} {p99:>8}  {extra}", flush=True)


def medians(results):
    middle = sorted(results, key=lambda r: r["rate"])[len(results) // 2]
    return middle


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("work")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--backlog", type=int, default=1_000_000)
    options = parser.parse_args()
    options.work = os.path.abspath(options.work)  # the peers start elsewhere
    program = os.path.join(options.build, "bin", "landfall")
    peers_program = os.path.join(options.build, "bench", "messages", "messages_peers")
    os.makedirs(options.work, exist_ok=True)
    with contextlib.ExitStack() as stack:
        ports = {}
        for name, (start, needs) in PEERS.items():
            if not os.path.exists(needs) or not os.path.exists(peers_program):
                print(f"{name}: not installed, left out (tools/install_packages.sh bench)")
                continue
            folder = tempfile.mkdtemp(prefix=name + "-", dir=options.work)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            ports[name] = stack.enter_context(start(folder))
        data = tempfile.mkdtemp(prefix="landfall-", dir=options.work)
        stack.callback(shutil.rmtree, data, ignore_errors=True)
        server = stack.enter_context(harness.Server(program, data=data))
        ours = Ours(options.build, server)
        compare(ours, ports, peers_program, options)
        backlog(ours, options)


def compare(ours, ports, peers_program, options):
    results = {}

    def keep(key, result):
        results.setdefault(key, []).append(result)

    for _ in range(options.rounds):
        for connections in (1, 16, 64, 256):
            keep(("send", connections), ours.run("send", connections, options.seconds))
        keep(("send-batch", 64), ours.run("send-batch", 64, options.seconds))
        keep(("receive-delete", 64), ours.run("receive-delete", 64, options.seconds))
        ours.empty()
        for name, port in ports.items():
            for job in ("send", "receive-delete"):
                keep((name, job), run_json([peers_program, name, str(port), job, str(options.seconds), "0"]))
            run_json([peers_program, name, str(port), "receive-delete", "600", "0"])
    for key, rounds in results.items():
        middle = medians(rounds)
        extra = ""
        if "cpu_us" in middle:
            extra = f"server {statistics.median(r['cpu_us'] for r in rounds):.1f} us CPU a message"
        label = f"landfall {key[0]}, {key[1]} connections" if isinstance(key[1], int) else f"{key[0]} {key[1]}, 256 outstanding"
        row(label, middle["rate"], f"{middle['p50_ms']} ms" if "p50_ms" in middle else "",
            f"{middle['p99_ms']} ms" if "p99_ms" in middle else "", extra)
    ours_send = medians(results[("send", 256)])["rate"]
    ours_receive = medians(results[("receive-delete", 64)])["rate"]
    for name in ports:
        print(f"  against {name}: send {ours_send / medians(results[(name, 'send')])['rate']:.2f} x, "
              f"receive {ours_receive / medians(results[(name, 'receive-delete')])['rate']:.2f} x")


def backlog(ours, options):
    """Receive and delete with little and with much waiting: the rate is the same."""
    small, large = [], []
    ours.empty()
    ours.run("send-batch", 64, 3600, options.backlog, body=100)
    for _ in range(options.rounds):
        large.append(ours.run("receive-delete", 64, options.seconds, 50_000, body=100)["rate"])
    ours.empty()
    for _ in range(options.rounds):
        ours.run("send-batch", 64, 3600, 50_000, body=100)
        small.append(ours.run("receive-delete", 64, options.seconds, 50_000, body=100)["rate"])
        ours.empty()
    ratio = statistics.median(large) / statistics.median(small)
    row(f"receive-delete at a backlog of {options.backlog}", statistics.median(large), extra=f"{ratio:.2f} x of that at 50,000")


if __name__ == "__main__":
    main()
