#!/usr/bin/env python3
"""kill -9 of a real server under a load of messages, with an oracle. Usage: sqs_kill_test.py PROGRAM KILLS

Senders and consumers work on a standard and a fifo queue while the server is killed again and again. What is counted:
  every acknowledged send is received; no acknowledged delete comes back; nothing is received that nobody sent;
  in each fifo group, every message comes once and in order: a send that was not acknowledged is repeated with its
  deduplication id, so that the window must hold across the crash.
A send or delete that was under way at a kill may have happened or not.
"""
import http.client
import json
import os
import random
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "client"))
import harness  # noqa: E402

SENDERS, CONSUMERS, GROUPS = 3, 3, 4
POLICY = json.dumps({"Version": "2012-10-17",
                     "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]})


class Dead(Exception):
    """The server went under this call: nobody knows what became of it."""


class Refused(Exception):
    pass


class Line:
    """One connection that speaks SQS's JSON without a signature, which the queues' policy allows."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)

    def call(self, operation, **members):
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS." + operation}
        try:
            self.connection.request("POST", "/", json.dumps(members), headers)
            reply = self.connection.getresponse()
            status, body = reply.status, reply.read()
        except (OSError, http.client.HTTPException) as error:
            raise Dead from error
        if status >= 500:  # it stops, or it is full: not an acknowledgement
            raise Dead(body)
        if status != 200:
            raise Refused(body.decode())
        return json.loads(body or b"{}")


class Oracle:
    """What is known of every message. Each standard body is unique, each fifo message has a number in its group."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent = {}  # body -> True: acknowledged, False: tried
        self.deleted = {}  # body -> moment of the acknowledgement, or None: tried
        self.next_number = [0] * GROUPS  # to send
        self.low = [0] * GROUPS  # the first that is not known to be deleted
        self.maybe = [False] * GROUPS  # whether the delete of `low` was tried
        self.faults = []
        self.received = 0

    def fault(self, text):
        with self.lock:
            self.faults.append(text)

    def saw(self, body, asked):
        self.received += 1
        gone = self.deleted.get(body)
        if body not in self.sent:
            self.fault(f"{body}: nobody sent it")
        elif gone is not None and gone < asked:
            self.fault(f"{body}: came back after its delete was acknowledged")

    def saw_fifo(self, group, number):
        """True where it is the next of its group."""
        self.received += 1
        if self.maybe[group] and number == self.low[group] + 1:
            self.low[group], self.maybe[group] = number, False
        if number == self.low[group]:
            return True
        self.fault(f"group {group}: {number} came where {self.low[group]} is next")
        return False


class Worker(threading.Thread):
    def __init__(self, oracle, stopping, url, queue, seed):
        super().__init__()
        self.oracle, self.stopping, self.queue = oracle, stopping, queue
        self.line = Line(url)
        self.random = random.Random(seed)

    def run(self):
        try:
            while not self.stopping.is_set():
                self.work()
        except Dead:
            pass
        except Exception as error:  # noqa: BLE001: shown by the main thread
            self.oracle.fault(f"{type(self).__name__}: {error!r}")


class Sender(Worker):
    count = 0

    def body(self):
        with self.oracle.lock:
            Sender.count += 1
            body = f"m{Sender.count}-" + "x" * self.random.choice((0, 100, 5000))
            self.oracle.sent[body] = False
        return body

    def work(self):
        bodies = [self.body() for _ in range(self.random.choice((1, 1, 10)))]
        if len(bodies) == 1:
            self.line.call("SendMessage", QueueUrl=self.queue, MessageBody=bodies[0])
        else:
            entries = [{"Id": str(i), "MessageBody": b} for i, b in enumerate(bodies)]
            done = self.line.call("SendMessageBatch", QueueUrl=self.queue, Entries=entries)
            bodies = [bodies[int(e["Id"])] for e in done["Successful"]]
        for body in bodies:
            self.oracle.sent[body] = True


class Consumer(Worker):
    def work(self):
        asked = time.monotonic()
        got = self.line.call("ReceiveMessage", QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        chosen = []
        for message in got.get("Messages", []):
            self.oracle.saw(message["Body"], asked)
            if self.random.random() < 0.8:
                chosen.append(message)
                self.oracle.deleted.setdefault(message["Body"], None)
        if chosen and self.random.random() < 0.5:
            entries = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(chosen)]
            done = self.line.call("DeleteMessageBatch", QueueUrl=self.queue, Entries=entries)
            chosen = [chosen[int(e["Id"])] for e in done["Successful"]]
            self.note(chosen)
        else:
            for message in chosen:
                self.line.call("DeleteMessage", QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
                self.note([message])

    def note(self, messages):
        for message in messages:
            self.oracle.deleted[message["Body"]] = time.monotonic()


class FifoSender(Worker):
    """One for all groups, so that the order of sends is known."""

    def work(self):
        group = self.random.randrange(GROUPS)
        number = self.oracle.next_number[group]
        # Where the last try was not acknowledged, this is the same message again.
        self.line.call("SendMessage", QueueUrl=self.queue, MessageBody=str(number), MessageGroupId=str(group),
                       MessageDeduplicationId=f"{group}-{number}")
        self.oracle.next_number[group] += 1


class FifoConsumer(Worker):
    """One, so that the order of receives is known."""
    leaves = 0.1  # how many it leaves to their timeout: the whole group waits for each

    def work(self):
        got = self.line.call("ReceiveMessage", QueueUrl=self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1,
                             AttributeNames=["MessageGroupId"]).get("Messages", [])
        behind = set()
        for message in got:
            group, number = int(message["Attributes"]["MessageGroupId"]), int(message["Body"])
            if group in behind:
                continue
            if not self.oracle.saw_fifo(group, number):
                self.stopping.set()
                return
            if self.random.random() < self.leaves:
                behind.add(group)
                continue
            self.oracle.maybe[group] = True
            try:
                self.line.call("DeleteMessage", QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            except Refused as refused:
                if "expired" not in str(refused):
                    raise
                self.oracle.maybe[group] = False
                behind.add(group)
                continue
            self.oracle.low[group], self.oracle.maybe[group] = number + 1, False


def run_round(server, oracle, urls, chance, seconds):
    stopping = threading.Event()
    standard, fifo = urls
    workers = [Sender(oracle, stopping, server.url, standard, chance.random()) for _ in range(SENDERS)]
    workers += [Consumer(oracle, stopping, server.url, standard, chance.random()) for _ in range(CONSUMERS)]
    workers += [FifoSender(oracle, stopping, server.url, fifo, chance.random()),
                FifoConsumer(oracle, stopping, server.url, fifo, chance.random())]
    for worker in workers:
        worker.start()
    time.sleep(seconds)  # the moment of the crash is what this test is about
    server.kill()
    stopping.set()
    for worker in workers:
        worker.join()


def drain(server, oracle, urls):
    """Everything that is left: all that was acknowledged, in order."""
    standard, fifo = urls
    stopping = threading.Event()
    consumers = [Consumer(oracle, stopping, server.url, standard, n) for n in range(CONSUMERS)]
    consumers.append(FifoConsumer(oracle, stopping, server.url, fifo, 7))
    consumers[-1].leaves = 0

    def empty():
        if oracle.faults:
            return True
        line = Line(server.url)
        counts = [int(v) for q in urls for v in line.call("GetQueueAttributes", QueueUrl=q, AttributeNames=[
            "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"])["Attributes"].values()]
        return not any(counts)
    for consumer in consumers:
        consumer.start()
    try:
        harness.eventually(empty, 120)
    finally:
        stopping.set()
        for consumer in consumers:
            consumer.join()
    for body, acknowledged in oracle.sent.items():
        if acknowledged and body not in oracle.deleted:
            oracle.fault(f"{body[:12]}: its send was acknowledged, and it never came")
    for group in range(GROUPS):
        last = oracle.low[group] + (1 if oracle.maybe[group] else 0)
        if last < oracle.next_number[group]:
            oracle.fault(f"group {group}: {oracle.next_number[group]} were acknowledged, {last} came")


def main():
    program = os.path.abspath(sys.argv[1])
    kills = int(sys.argv[2])
    seed = int(os.environ.get("LANDFALL_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    oracle = Oracle()
    began = time.monotonic()
    with harness.Server(program, arguments=("--set", "server.worker_threads=8")) as server:
        sqs = server.boto3_client("sqs")
        settings = {"Policy": POLICY, "VisibilityTimeout": "1"}
        for name, more in (("crash", {}), ("crash.fifo", {"FifoQueue": "true"})):
            sqs.create_queue(QueueName=name, Attributes={**settings, **more})
        urls = [f"{server.url}/000000000000/{name}" for name in ("crash", "crash.fifo")]
        for _ in range(kills):
            run_round(server, oracle, urls, chance, chance.uniform(0.05, 0.6))
            server.restart()
            assert not oracle.faults, "\n".join(oracle.faults[:20])
        drain(server, oracle, urls)
        assert not oracle.faults, "\n".join(oracle.faults[:20])
        assert server.stop() == 0
    acknowledged = sum(oracle.sent.values())
    deleted = sum(1 for at in oracle.deleted.values() if at is not None)
    print(f"{kills} kills in {time.monotonic() - began:.0f} s: {acknowledged} acknowledged sends, {deleted} deletes, "
          f"{sum(oracle.next_number)} fifo messages, {oracle.received} received; none lost, none back, all in order")
    assert acknowledged > kills and deleted > kills and sum(oracle.next_number) > kills
    return 0


if __name__ == "__main__":
    harness.own_processes()
    sys.exit(main())
