#!/usr/bin/env python3
"""The server as a whole, beside its peers, in one run. Usage: server.py BUILD_DIR WORK_DIR

Rounds are interleaved (ours, peer, ours, peer …) and medians printed; every line says what it was held against.
"""
import http.client
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "client"))
import harness  # noqa: E402

ROUNDS = 3


def status_kib(pid, field):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        for line in f:
            if line.startswith(field + ":"):
                return int(line.split()[1])
    return 0


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(run):
    start = time.monotonic()
    run()
    return time.monotonic() - start


def row(name, ours, against="", ratio=""):
    print(f"{name:<52} {ours:>14}  {against:<34} {ratio}", flush=True)


def healthy(url):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    connection.request("GET", "/healthz")
    reply = connection.getresponse()
    reply.read()
    connection.close()
    return reply.status == 200


def bench_start(program):
    times, memory = [], []
    for _ in range(11):
        start = time.monotonic()
        with harness.Server(program) as server:
            assert healthy(server.url)
            times.append((time.monotonic() - start) * 1000)
            memory.append(status_kib(server.process.pid, "VmRSS") / 1024)
    row("start to first answered request, empty directory", f"{statistics.median(times):.0f} ms", "goal 100 ms")
    row("idle memory", f"{statistics.median(memory):.0f} MiB", "goal 60 MiB")


def bench_idle_connections(program, count=10_000):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 200
    if hard < wanted and hard != resource.RLIM_INFINITY:
        row("idle connections", "not run", f"the limit of open files is {hard}")
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    with harness.Server(program) as server:
        parts = urllib.parse.urlsplit(server.url)
        healthy(server.url)
        before = status_kib(server.process.pid, "VmRSS")
        request = f"GET /healthz HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
        sockets = []
        for _ in range(count):
            s = socket.create_connection((parts.hostname, parts.port))
            s.sendall(request)
            sockets.append(s)
        for s in sockets:
            assert s.recv(4096).startswith(b"HTTP/1.1 200")
        grown = (status_kib(server.process.pid, "VmRSS") - before) / 1024
        row(f"{count} idle keep-alive connections", f"{grown:.0f} MiB", "goal 100 MiB")
        for s in sockets:
            s.close()


def bench_s3(program, work):
    path = os.path.join(work, "object.bin")
    if not os.path.exists(path):
        with open(os.path.join(work, "content.raw"), "rb") as source, open(path, "wb") as f:
            f.write(source.read(1 << 30))
    copy = path + ".copy"
    floor_run = ["sh", "-c", 'sha256sum "$1" >/dev/null && cp "$1" "$2" && sync -d "$2"', "sh", path, copy]
    puts, gets, floors, cpu = [], [], [], []
    with harness.Server(program) as server:
        server.run_aws("s3", "mb", "s3://bench")
        for i in range(ROUNDS):
            before = cpu_seconds(server.process.pid)
            puts.append(timed(lambda: server.run_aws("s3", "cp", path, f"s3://bench/{i}", "--no-progress")))
            cpu.append(cpu_seconds(server.process.pid) - before)
            floors.append(timed(lambda: subprocess.run(floor_run, check=True)))
            gets.append(timed(lambda: server.run_aws("s3", "cp", f"s3://bench/{i}", copy, "--no-progress")))
            os.remove(copy)
    put, get, floor = (statistics.median(v) for v in (puts, gets, floors))
    row("S3 PUT 1 GiB, aws CLI", f"{1074 / put:.0f} MB/s", f"sha256sum + write {1074 / floor:.0f} MB/s", f"{put / floor:.2f} x")
    row("S3 GET 1 GiB, aws CLI", f"{1074 / get:.0f} MB/s", f"sha256sum + write {1074 / floor:.0f} MB/s", f"{get / floor:.2f} x")
    row("  CPU of the server for that PUT", f"{statistics.median(cpu):.1f} s")


def import_floor(build, vmdk):
    """CPU-seconds of inflating, hashing and compressing the image's blocks, and of nothing else."""
    bench = os.path.join(build, "bench", "images_import_bench")
    out = subprocess.run([bench, "--floor-of", vmdk], check=True, capture_output=True, text=True).stdout
    inflate, hashing, zstd = (float(word) for word in out.split())
    return inflate, hashing, zstd


def bench_import(program, build, work):
    vmdk, raw = os.path.join(work, "content.vmdk"), os.path.join(work, "out.raw")
    convert = ["qemu-img", "convert", "-m", "2", "-W", "-f", "vmdk", "-O", "raw", vmdk, raw]
    ours, theirs, used, floors, peak = [], [], [], [], 0
    for _ in range(ROUNDS):
        with harness.Server(program) as server:
            server.run_aws("s3", "mb", "s3://bench")
            server.run_aws("s3", "cp", vmdk, "s3://bench/content.vmdk", "--no-progress")
            ec2 = server.boto3_client("ec2")
            before, start = cpu_seconds(server.process.pid), time.monotonic()
            task = ec2.import_snapshot(DiskContainer={"Format": "VMDK", "UserBucket": {
                "S3Bucket": "bench", "S3Key": "content.vmdk"}})["ImportTaskId"]

            def detail():
                return ec2.describe_import_snapshot_tasks(
                    ImportTaskIds=[task])["ImportSnapshotTasks"][0]["SnapshotTaskDetail"]
            done = harness.eventually(lambda: (lambda d: d if d["Status"] != "active" else None)(detail()))
            assert done["Status"] == "completed", done
            ours.append(time.monotonic() - start)
            used.append(cpu_seconds(server.process.pid) - before)
            peak = max(peak, status_kib(server.process.pid, "VmHWM") / 1024)
        theirs.append(timed(lambda: subprocess.run(convert, check=True)))
        os.remove(raw)
        floors.append(import_floor(build, vmdk))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    row("import of a 3 GiB streamOptimized VMDK", f"{statistics.median(ours):.1f} s",
        f"qemu-img convert -m 2 -W {statistics.median(theirs):.1f} s", f"{ratio:.2f} x (goal 0.5)")
    inflate, hashing, zstd = (statistics.median(v) for v in zip(*floors))
    cores, wall = os.cpu_count(), statistics.median(ours)
    row("  share of inflate + hash + zstd on all cores", f"{(inflate + hashing + zstd) / cores / wall:.0%}",
        f"{inflate:.1f} + {hashing:.1f} + {zstd:.1f} CPU-s, goal 60 %")
    row("  share of inflate + hash, all that is left of it", f"{(inflate + hashing) / cores / wall:.0%}")
    row("  CPU of the server for that import", f"{statistics.median(used):.1f} s")
    row("  peak memory of the server", f"{peak:.0f} MiB", "goal 400 MiB")


def main():
    build, work = sys.argv[1], sys.argv[2]
    program = os.path.join(build, "bin", "landfall")
    bench_start(program)
    bench_idle_connections(program)
    bench_s3(program, work)
    bench_import(program, build, work)


if __name__ == "__main__":
    main()
