#!/usr/bin/env python3
"""Queues of a server whose disk is really full. Usage: sqs_full_disk_test.py PROGRAM

The data directory is a small tmpfs in a mount namespace of this test's own, so that nothing stays mounted however the
test ends. What is claimed: sends that do not fit are refused with a sentence that says why, and nothing that was
acknowledged is lost; receives, changes of visibility and deletes go on, to the last byte of the disk and over a clean restart;
what they free takes new messages; notices of a bucket wait for space and then arrive.
"""
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "client"))
import harness  # noqa: E402

PROGRAM = None
DISK = 1000 << 20
BODY = 250_000


def own_small_disk(path):
    """Mounts DISK bytes at path, seen by this process and its children only. Gone with them."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0, f"size={DISK},mode=0700".encode()) != 0:
        raise OSError(ctypes.get_errno(), "mounting a tmpfs")


class FullDisk(unittest.TestCase):
    def setUp(self):
        outside = tempfile.mkdtemp(prefix="landfall-full-")
        self.addCleanup(shutil.rmtree, outside)
        self.disk = os.path.join(outside, "disk")
        os.mkdir(self.disk)
        own_small_disk(self.disk)
        self.addCleanup(subprocess.run, ["umount", self.disk], check=True)
        os.mkdir(os.path.join(self.disk, "data"))
        # The server's log is written beside its data: outside of the disk that fills.
        os.symlink(os.path.join(self.disk, "data"), os.path.join(outside, "data"))
        self.server = harness.Server(PROGRAM, data=os.path.join(outside, "data"))
        self.addCleanup(self.server.close)
        self.server.start()
        self.connect()
        self.sqs.create_queue(QueueName="full", Attributes={"VisibilityTimeout": "600"})
        self.connect()
        self.acknowledged = set()

    def connect(self):
        from botocore.config import Config
        self.sqs = self.server.boto3_client("sqs", config=Config(retries={"max_attempts": 0}))
        if "full" in "".join(self.sqs.list_queues().get("QueueUrls", [])):
            self.url = self.sqs.get_queue_url(QueueName="full")["QueueUrl"]

    def send(self, number):
        self.sqs.send_message(QueueUrl=self.url, MessageBody=f"{number:06}" + "x" * BODY)
        self.acknowledged.add(number)

    def refusal(self, number):
        with self.assertRaises(self.sqs.exceptions.ClientError) as refused:
            self.send(number)
        answer = refused.exception.response
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 503)
        self.assertIn("no space left", answer["Error"]["Message"])

    def fill(self):
        """Sends until the server refuses; answers the first number that was."""
        for number in range(10_000):
            try:
                self.send(number)
            except self.sqs.exceptions.ClientError as refused:
                self.assertIn("no space left", refused.response["Error"]["Message"])
                return number
        raise AssertionError("the disk never filled")

    def take(self, max_number=10):
        """Receives and deletes; answers the numbers."""
        messages = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=max_number).get("Messages", [])
        numbers = []
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            self.assertEqual(len(message["Body"]), BODY + 6)
            numbers.append(int(message["Body"][:6]))
        return numbers

    def take_all(self):
        taken = []
        while True:
            numbers = self.take()
            if not numbers:
                return taken
            taken += numbers

    def fill_the_rest(self):
        """Somebody else's file takes every byte that is left."""
        rest = os.path.join(self.disk, "rest")
        with open(rest, "wb", buffering=0) as f:
            piece = bytes(1 << 20)
            while True:
                try:
                    if f.write(piece) < len(piece):
                        piece = bytes(4096)
                except OSError:
                    if len(piece) == 4096:
                        return rest
                    piece = bytes(4096)

    def restart(self):
        self.assertEqual(self.server.stop(), 0, self.server.tail_of_log())
        self.server.restart()
        self.connect()

    def test_sends_are_refused_and_space_comes_back(self):
        first_refused = self.fill()
        self.assertGreater(first_refused, 100)
        self.refusal(99_999)
        held = self.sqs.receive_message(QueueUrl=self.url)["Messages"][0]
        self.sqs.change_message_visibility(QueueUrl=self.url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0)
        self.restart()
        taken = self.take_all()
        self.assertEqual(len(taken), len(set(taken)))
        self.assertEqual(set(taken), self.acknowledged)
        self.acknowledged.clear()

        def takes_again():
            try:
                self.send(50_000)
                return True
            except self.sqs.exceptions.ClientError:
                return False
        harness.eventually(takes_again, 60)
        for number in range(50_001, 50_100):
            self.send(number)
        self.assertEqual(set(self.take_all()), self.acknowledged)

    def test_to_the_last_byte_and_over_a_kill(self):
        for number in range(40):
            self.send(number)
        rest = self.fill_the_rest()
        number = 1000
        while True:  # what the log had set aside
            try:
                self.send(number)
            except self.sqs.exceptions.ClientError as refused:
                self.assertIn("no space left", refused.response["Error"]["Message"])
                break
            number += 1
        taken = []
        for _ in range(3):
            taken += self.take()
        self.assertEqual(len(taken), 30)
        self.refusal(99_999)
        self.restart()
        taken += self.take()
        self.assertEqual(len(taken), 40)
        self.server.kill()
        self.server.restart()
        self.connect()
        os.remove(rest)
        taken += self.take_all()
        self.assertEqual(len(taken), len(set(taken)))
        self.assertEqual(set(taken), self.acknowledged)
        harness.eventually(lambda: self.fits(2000), 60)

    def fits(self, number):
        try:
            self.send(number)
            return True
        except self.sqs.exceptions.ClientError:
            return False

    def test_notices_of_a_bucket_wait_for_space(self):
        s3 = self.server.boto3_client("s3")
        arn = "arn:aws:sqs:us-east-1:000000000000:notices"
        notices = self.sqs.create_queue(QueueName="notices", Attributes={"Policy": json.dumps({"Statement": [
            {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
             "Resource": arn}]})})["QueueUrl"]
        s3.create_bucket(Bucket="full")
        for key in ("a", "b"):
            s3.put_object(Bucket="full", Key=key, Body=b"x" * 100_000)
        s3.put_bucket_notification_configuration(Bucket="full", NotificationConfiguration={"QueueConfigurations": [
            {"QueueArn": arn, "Events": ["s3:ObjectRemoved:*"]}]})
        rest = self.fill_the_rest()
        while self.fits(0):
            pass
        # A delete is let through on a full disk, and what it has to tell is kept.
        s3.delete_object(Bucket="full", Key="a")
        os.remove(rest)
        self.restart()
        notices = self.sqs.get_queue_url(QueueName="notices")["QueueUrl"]
        keys = []

        def told():
            for message in self.sqs.receive_message(QueueUrl=notices, WaitTimeSeconds=1).get("Messages", []):
                keys.extend(r["s3"]["object"]["key"] for r in json.loads(message["Body"]).get("Records", []))
                self.sqs.delete_message(QueueUrl=notices, ReceiptHandle=message["ReceiptHandle"])
            return keys
        self.assertEqual(harness.eventually(told, 60), ["a"])


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv[1])
    if "LANDFALL_OWN_MOUNTS" not in os.environ:
        probe = subprocess.run(["unshare", "-m", "true"], capture_output=True)
        if probe.returncode != 0:
            print("skipped: this machine lets nobody mount")
            sys.exit(77)
        os.environ["LANDFALL_OWN_MOUNTS"] = "yes"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv])
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
