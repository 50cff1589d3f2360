#!/usr/bin/env python3
"""kill -9 of a real server under load, with an oracle of what was acknowledged. Usage: kill_test.py PROGRAM [KILLS]

Writers put and delete objects of many sizes, each under keys of its own, and note what the server acknowledged. At a
random moment the server is killed; after the restart every acknowledged put reads back byte for byte, no acknowledged
delete has returned, and everything that is listed can be read. A write that was under way may be there whole or not at
all. At the end `landfall store verify` finds every block in order.
"""
import hashlib
import os
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "client"))
import harness  # noqa: E402

WRITERS = 6
KEYS = 12
SIZES = (0, 1, 900, 40_000, 70_000, 300_000, 2_000_000)


def answered(reply):
    """botocore reports 200 without any header where a connection ended behind "100 Continue": that is no answer."""
    return bool(reply["ResponseMetadata"]["HTTPHeaders"])


class Writer(threading.Thread):
    """Owns its keys, so that what it knows of them needs no lock."""

    def __init__(self, server, number, known, seed):
        super().__init__()
        self.s3 = server.boto3_client("s3")
        self.number, self.known = number, known
        self.random = random.Random(seed)
        self.acknowledged = 0
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.is_set():
            key = f"w{self.number}/k{self.random.randrange(KEYS)}"
            before = self.known.get(key, {None})
            try:
                if self.random.random() < 0.25:
                    self.known[key] = before | {None}
                    if not answered(self.s3.delete_object(Bucket="crash", Key=key)):
                        return
                    self.known[key] = {None}
                else:
                    body = self.random.randbytes(self.random.choice(SIZES))
                    digest = hashlib.sha256(body).hexdigest()
                    # Until it is acknowledged, the old and the new content are both allowed.
                    self.known[key] = before | {digest}
                    reply = self.s3.put_object(Bucket="crash", Key=key, Body=body)
                    if not answered(reply):
                        return
                    assert reply["ETag"] == f'"{hashlib.md5(body).hexdigest()}"', "a reply to another request"
                    self.known[key] = {digest}
                self.acknowledged += 1
            except Exception:  # noqa: BLE001: the server was killed under this call
                if not self.stopped.is_set():
                    return


def check(server, known):
    s3 = server.boto3_client("s3")
    there = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket="crash"):
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket="crash", Key=item["Key"])["Body"].read()
            assert len(body) == item["Size"], f"{item['Key']}: listed as {item['Size']}, reads {len(body)}"
            etag = hashlib.md5(body).hexdigest()
            assert item["ETag"] == f'"{etag}"', f"{item['Key']}: its record and its content are not of one put"
            there[item["Key"]] = hashlib.sha256(body).hexdigest()
    for key, allowed in known.items():
        found = there.get(key)
        assert found in allowed, f"{key}: {'lost' if found is None else 'is ' + found}; allowed {allowed}"
        known[key] = {found}
    unknown = set(there) - set(known)
    assert not unknown, f"nobody wrote {sorted(unknown)}"


def main():
    program = os.path.abspath(sys.argv[1])
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    seed = int(os.environ.get("LANDFALL_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    known, acknowledged = {}, 0
    with harness.Server(program) as server:
        server.boto3_client("s3").create_bucket(Bucket="crash")
        for round_number in range(kills):
            writers = [Writer(server, n, known, chance.random()) for n in range(WRITERS)]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.2, 1.2))  # the moment of the crash is what this test is about
            server.kill()
            for writer in writers:
                writer.stopped.set()
            for writer in writers:
                writer.join()
                acknowledged += writer.acknowledged
            server.restart()
            check(server, known)
        assert server.stop() == 0
        verified = subprocess.run([program, "store", "verify", "--data", server.data], capture_output=True, text=True,
                                  check=False)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        print(f"{kills} kills, {acknowledged} acknowledged writes, none lost; {verified.stdout.strip()}")
        assert acknowledged > kills
    return 0


if __name__ == "__main__":
    harness.own_processes()
    sys.exit(main())
