#!/usr/bin/env python3
"""Ten thousand receives that wait: they cost no thread and next to no CPU, and a send wakes the one that is first.

Usage: sqs_polls_test.py PROGRAM [POLLS]. Raw sockets under asyncio: the client must not be what is measured.
"""
import asyncio
import json
import os
import re
import resource
import sys
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

WAIT = 20
POLICY = json.dumps({"Version": "2012-10-17",
                     "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]})


def receive_request(queue):
    body = json.dumps({"QueueUrl": queue, "WaitTimeSeconds": WAIT})
    return (f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"X-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()


def polls_of(url):
    with urllib.request.urlopen(url + "/metrics") as reply:
        return int(re.search(r"^landfall_queue_polls (\d+)$", reply.read().decode(), re.M)[1])


def used_by(pid):
    """CPU seconds, threads and resident MiB of a process."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks, int(fields[17]), int(fields[21]) * resource.getpagesize() >> 20


async def poll(address, request, gate):
    async with gate:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request)
        await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(re.search(rb"content-length: *(\d+)", head, re.I)[1])
    body = await reader.readexactly(length)
    writer.close()
    assert head.startswith(b"HTTP/1.1 200"), head + body
    return json.loads(body or b"{}").get("Messages", [])


async def run(server, sqs, count):
    # A queue for each hundred polls, as many consumers of many queues have it.
    queues = [sqs.create_queue(QueueName=f"idle-{i}", Attributes={"Policy": POLICY})["QueueUrl"]
              for i in range(max(1, count // 100))]
    parts = urllib.parse.urlsplit(server.url)
    gate = asyncio.Semaphore(200)
    before, threads_before, memory_before = used_by(server.process.pid)
    waiting = [asyncio.create_task(poll((parts.hostname, parts.port), receive_request(queues[i % len(queues)]), gate))
               for i in range(count)]
    loop = asyncio.get_running_loop()

    async def all_parked():
        while await loop.run_in_executor(None, polls_of, server.url) < count:
            if any(task.done() for task in waiting):
                return False  # the first ended before the last began: this machine is too slow for so many
            await asyncio.sleep(0.05)
        return True
    parked = await all_parked()
    busy, threads, memory = used_by(server.process.pid)
    began = time.monotonic()
    await asyncio.sleep(2)  # what is measured is doing nothing
    idle = used_by(server.process.pid)[0] - busy
    print(f"{count} polls parked: {parked}; {(busy - before) / count * 1e6:.0f} us each to park, "
          f"{idle / (time.monotonic() - began) * 100:.1f} % CPU while idle, {threads - threads_before} more threads, "
          f"{memory - memory_before} MiB more", flush=True)
    assert threads == threads_before, "a poll must hold no thread"
    for queue in queues:
        await loop.run_in_executor(None, lambda q=queue: sqs.send_message(QueueUrl=q, MessageBody="wake"))
    answers = await asyncio.gather(*waiting)
    woken = sum(len(answer) for answer in answers)
    assert woken == len(queues), f"{len(queues)} messages, {woken} received"
    assert polls_of(server.url) == 0


def main():
    program = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 1000) if hard > 0 else count + 1000, hard))
    count = min(count, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
    with harness.Server(program) as server:
        asyncio.run(run(server, server.boto3_client("sqs"), count))
        assert server.stop() == 0
    return 0


if __name__ == "__main__":
    harness.own_processes()
    sys.exit(main())
