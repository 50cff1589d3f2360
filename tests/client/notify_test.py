#!/usr/bin/env python3
"""Events of the server on topics: `landfall notify` against a real server. Usage: notify_test.py PROGRAM

What is published is read from queues behind the topics, with boto3.
"""
import json
import subprocess
import sys
import threading
import unittest

import harness

PROGRAM = None
ACCOUNT = "000000000000"


class Notify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(PROGRAM)
        cls.server.__enter__()
        cls.connect()

    @classmethod
    def connect(cls):
        cls.s3, cls.sqs, cls.sns = (cls.server.boto3_client(name) for name in ("s3", "sqs", "sns"))

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.name = self._testMethodName[5:].replace("_", "-")[:40]
        self.ids = []

    def tearDown(self):
        for one in self.ids:
            self.landfall("notify", "remove", one)

    def landfall(self, *arguments, fails=False):
        done = subprocess.run([PROGRAM, *arguments, "--data", self.server.data], env=self.server.environment(),
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode != 0, fails, done.stderr)
        return done.stderr if fails else done.stdout

    def topic_with_queue(self, suffix="", **attributes):
        name = self.name + suffix
        topic = self.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        url = self.sqs.create_queue(QueueName=name, Attributes={**attributes, "Policy": json.dumps({"Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
             "Resource": arn}]})})["QueueUrl"]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        return topic, url

    def add(self, topic, *patterns):
        events = [part for pattern in patterns for part in ("--event", pattern)]
        one = self.landfall("notify", "add", "--topic", topic, *events).strip()
        self.ids.append(one)
        return one

    def events(self, url, enough, seconds=60):
        """Messages, in the order in which they come, until `enough` of them is true."""
        found = []

        def more():
            messages = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in messages.get("Messages", []):
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return enough(found)
        harness.eventually(more, seconds)
        return found

    def test_state_changes_have_the_shape_of_eventbridge(self):
        topic, url = self.topic_with_queue()
        self.add(topic, "s3.bucket:created", "s3.bucket:erased")
        reply = self.s3.create_bucket(Bucket=self.name)
        self.s3.put_bucket_tagging(Bucket=self.name, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        self.s3.delete_bucket(Bucket=self.name)
        made, gone = sorted(self.events(url, lambda f: len(f) >= 2), key=lambda e: e["detail"]["sequence"])
        self.assertEqual(made["version"], "0")
        self.assertRegex(made["id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual(made["detail-type"], "Landfall Resource Change")
        self.assertEqual(made["source"], "landfall.s3")
        self.assertEqual(made["account"], ACCOUNT)
        self.assertRegex(made["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(made["region"], "us-east-1")
        self.assertEqual(made["resources"], [f"arn:aws:s3:::{self.name}"])
        detail = made["detail"]
        self.assertEqual((detail["kind"], detail["id"], detail["change"]), ("s3.bucket", self.name, "created"))
        self.assertEqual(detail["operation"], "CreateBucket")
        self.assertEqual(detail["request-id"], reply["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"])
        self.assertEqual(detail["actor"], f"arn:aws:iam::{ACCOUNT}:root")
        self.assertEqual(gone["detail"]["change"], "erased")

    def test_jobs(self):
        topic, url = self.topic_with_queue()
        self.add(topic, "job:*:done", "job:*:failed")
        self.landfall("store", "collect")
        done = self.events(url, lambda f: len(f) >= 1)[-1]
        self.assertEqual(done["detail-type"], "Landfall Job State Change")
        self.assertEqual(done["source"], "landfall.jobs")
        self.assertEqual(done["detail"]["state"], "done")
        self.assertEqual(done["account"], ACCOUNT)
        listed = self.landfall("jobs")
        self.assertIn(done["detail"]["job"]["job-id"], listed)
        self.assertIn(done["detail"]["job"]["kind"], listed)

    def test_rules_are_listed_and_removed_and_mistakes_are_told(self):
        topic, url = self.topic_with_queue()
        one = self.add(topic, "s3.bucket", "job:*:failed")
        listed = self.landfall("notify", "list")
        self.assertIn(one, listed)
        self.assertIn(topic, listed)
        self.assertIn("s3.bucket job:*:failed", listed)
        self.assertEqual(self.landfall("notify", "remove", one).strip(), "removed " + one)
        self.ids.clear()
        self.assertNotIn(one, self.landfall("notify", "list"))
        self.s3.create_bucket(Bucket=self.name)
        self.add(topic, "s3.bucket:erased")
        self.s3.delete_bucket(Bucket=self.name)
        found = self.events(url, lambda f: len(f) >= 1)
        self.assertEqual([e["detail"]["change"] for e in found], ["erased"])
        self.assertIn("There is no notification ntf-0", self.landfall("notify", "remove", "ntf-0", fails=True))
        self.assertIn("no topic", self.landfall("notify", "add", "--topic", topic + "x", "--event", "*", fails=True))
        self.assertIn("Invalid parameter", self.landfall("notify", "add", "--topic", "x", "--event", "*", fails=True))
        self.assertIn("KIND[:CHANGE[:STATE]]",
                      self.landfall("notify", "add", "--topic", topic, "--event", "a b", fails=True))

    def test_kills_lose_no_event_and_a_fifo_topic_keeps_their_order(self):
        attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
        topic = self.sns.create_topic(Name=self.name + ".fifo", Attributes=attributes)["TopicArn"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{self.name}.fifo"
        url = self.sqs.create_queue(QueueName=self.name + ".fifo", Attributes={
            "FifoQueue": "true", "Policy": json.dumps({"Statement": [
                {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                 "Resource": arn}]})})["QueueUrl"]
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        self.add(topic, "s3.object:created")
        self.s3.create_bucket(Bucket=self.name)
        acknowledged = []

        def write(round_number, client):
            try:
                for i in range(10_000):
                    key = f"{round_number}-{i}"
                    # botocore reports 200 without a header where a connection ended behind "100 Continue".
                    if not client.put_object(Bucket=self.name, Key=key, Body=b"")["ResponseMetadata"]["HTTPHeaders"]:
                        return
                    acknowledged.append(key)
            except Exception:  # noqa: BLE001: the server is gone
                pass

        for round_number in range(4):
            before = len(acknowledged)
            writer = threading.Thread(target=write, args=(round_number, self.server.boto3_client("s3")))
            writer.start()
            harness.eventually(lambda: len(acknowledged) > before + 30)
            self.server.kill()
            writer.join()
            self.server.restart()
            self.connect()
            url = self.sqs.get_queue_url(QueueName=self.name + ".fifo")["QueueUrl"]
        wanted = {f"{self.name}/{key}" for key in acknowledged}
        found = self.events(url, lambda f: wanted <= {e["detail"]["id"] for e in f}, seconds=120)
        numbers = [e["detail"]["sequence"] for e in found]
        self.assertEqual(numbers, sorted(numbers))
        self.assertEqual(len({e["id"] for e in found}), len(set(numbers)))


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = sys.argv.pop(1)
    unittest.main()
