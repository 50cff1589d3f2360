#!/usr/bin/env python3
"""kill -9 of a server whose bucket sends notices, with an oracle. Usage: notify_kill_test.py PROGRAM [KILLS]

Writers put and delete objects, each under a key of its own that is used once, and note what was acknowledged. At a
random moment the server is killed. In the end every acknowledged put and delete has been told to the queue, at least
once; what was told is what happened (nobody is told of a change that never was tried), and of one key the creation has
the smaller sequencer. Messages may come twice, with the same sequencer.
"""
import collections
import json
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "client"))
import harness  # noqa: E402

WRITERS = 6
BUCKET = "crash-notices"


class Writer(threading.Thread):
    def __init__(self, server, known, prefix, seed):
        super().__init__()
        self.s3 = server.boto3_client("s3")
        self.known, self.prefix = known, prefix
        self.random = random.Random(seed)
        self.stopped = threading.Event()

    def run(self):
        number = 0
        while not self.stopped.is_set():
            key = f"{self.prefix}-{number}"
            number += 1
            try:
                self.change("put", key, lambda: self.s3.put_object(Bucket=BUCKET, Key=key, Body=b"x" * 100))
                if self.random.random() < 0.5:
                    self.change("delete", key, lambda: self.s3.delete_object(Bucket=BUCKET, Key=key))
            except Exception:  # noqa: BLE001: the server is gone; what was acknowledged is noted
                return

    def change(self, what, key, call):
        self.known[what, key] = False
        # botocore reports 200 without any header where a connection ended behind "100 Continue": that is no answer.
        if not call()["ResponseMetadata"]["HTTPHeaders"]:
            raise ConnectionError
        self.known[what, key] = True


def configure(server):
    s3, sqs = server.boto3_client("s3"), server.boto3_client("sqs")
    s3.create_bucket(Bucket=BUCKET)
    arn = "arn:aws:sqs:us-east-1:000000000000:notices"
    policy = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                             "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.create_queue(QueueName="notices", Attributes={"Policy": json.dumps(policy)})
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [
        {"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]})


def told(server, known):
    """All messages, until every acknowledged change is among them and none is left."""
    sqs = server.boto3_client("sqs")
    url = sqs.get_queue_url(QueueName="notices")["QueueUrl"]
    found = collections.defaultdict(set)
    received = 0
    names = {"ObjectCreated:Put": "put", "ObjectRemoved:Delete": "delete"}
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        if not messages and not [change for change, done in known.items() if done and change not in found]:
            return found, received
        for message in messages:
            for record in json.loads(message["Body"]).get("Records", []):
                received += 1
                found[names[record["eventName"]], record["s3"]["object"]["key"]].add(record["s3"]["object"]["sequencer"])
        if messages:
            sqs.delete_message_batch(QueueUrl=url, Entries=[
                {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(messages)])
    lost = [change for change, done in known.items() if done and change not in found]
    raise AssertionError(f"{len(lost)} acknowledged changes were never told: {lost[:10]}")


def main():
    program = os.path.abspath(sys.argv[1])
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    seed = int(os.environ.get("LANDFALL_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    known = {}
    with harness.Server(program) as server:
        configure(server)
        for round_number in range(kills):
            writers = [Writer(server, known, f"r{round_number}w{n}", chance.random()) for n in range(WRITERS)]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.2, 1.0))  # the moment of the crash is what this test is about
            server.kill()
            for writer in writers:
                writer.stopped.set()
            for writer in writers:
                writer.join()
            server.restart()
        found, received = told(server, known)
        assert server.stop() == 0
    for (what, key), sequencers in found.items():
        assert (what, key) in known, f"{what} {key} was told and never tried"
        assert len(sequencers) == 1, f"{what} {key} was told with sequencers {sequencers}"
        if what == "delete":
            assert max(found["put", key]) < min(sequencers), f"{key}: the delete sorts before its put"
    acknowledged = sum(known.values())
    assert acknowledged > kills
    print(f"{kills} kills: {acknowledged} acknowledged changes, {received} messages, none lost")
    return 0


if __name__ == "__main__":
    harness.own_processes()
    sys.exit(main())
