#!/usr/bin/env python3
"""Notifications of buckets with real clients: boto3 and the aws CLI against a real server. Usage:
notifications_test.py PROGRAM

What a bucket tells of its objects is read as a consumer reads it: from queues, and from a queue behind a topic.
"""
import json
import sys
import unittest
import urllib.parse

import harness
from botocore.exceptions import ClientError

PROGRAM = None
ACCOUNT = "000000000000"


class Notifications(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(PROGRAM, arguments=("--set", "sqs.recreate_wait=0"))
        cls.server.__enter__()
        cls.s3, cls.sqs, cls.sns = (cls.server.boto3_client(name) for name in ("s3", "sqs", "sns"))

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        self.name = self._testMethodName[5:].replace("_", "-")[:40]
        self.s3.create_bucket(Bucket=self.name)
        self.queue = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        self.queue_arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{self.name}"
        self.allow()

    def allow(self, **condition):
        condition = condition or {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{self.name}"},
                                  "StringEquals": {"aws:SourceAccount": ACCOUNT}}
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
             "Resource": self.queue_arn, "Condition": condition}]}
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": json.dumps(policy)})

    def configure(self, bucket=None, events=("s3:ObjectCreated:*",), rules=(), **more):
        configuration = {"QueueArn": self.queue_arn, "Events": list(events), **more}
        if rules:
            configuration["Filter"] = {"Key": {"FilterRules": [{"Name": n, "Value": v} for n, v in rules]}}
        return self.s3.put_bucket_notification_configuration(
            Bucket=bucket or self.name, NotificationConfiguration={"QueueConfigurations": [configuration]})

    def bodies(self, count, queue=None):
        """Exactly `count` messages, in the order in which they come."""
        found = []

        def enough():
            reply = self.sqs.receive_message(QueueUrl=queue or self.queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in reply.get("Messages", []):
                found.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=queue or self.queue, ReceiptHandle=message["ReceiptHandle"])
            return len(found) >= count
        harness.eventually(enough, 30)
        self.assertEqual(len(found), count, found)
        return found

    def events(self, count):
        return [body["Records"][0] for body in self.bodies(count)]

    def refusal(self, **more):
        with self.assertRaises(ClientError) as refused:
            self.configure(**more)
        return refused.exception.response["Error"]

    def test_queue_gets_a_test_event_and_then_every_creation(self):
        reply = self.configure(Id="mine")
        test, = self.bodies(1)
        self.assertEqual(test["Event"], "s3:TestEvent")
        self.assertEqual(test["Service"], "Amazon S3")
        self.assertEqual(test["Bucket"], self.name)
        self.assertEqual(test["RequestId"], reply["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"])
        self.assertRegex(test["Time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        key = "a dir/r\u00e9d flower+1.jpg"
        put = self.s3.put_object(Bucket=self.name, Key=key, Body=b"hello")
        event, = self.events(1)
        self.assertEqual(event["eventVersion"], "2.1")
        self.assertEqual(event["eventSource"], "aws:s3")
        self.assertEqual(event["awsRegion"], "us-east-1")
        self.assertEqual(event["eventName"], "ObjectCreated:Put")
        self.assertEqual(event["userIdentity"], {"principalId": "AWS:" + ACCOUNT})
        self.assertEqual(event["requestParameters"], {"sourceIPAddress": "127.0.0.1"})
        self.assertEqual(event["responseElements"]["x-amz-request-id"],
                         put["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"])
        self.assertIn("x-amz-id-2", event["responseElements"])
        self.assertEqual(event["s3"]["s3SchemaVersion"], "1.0")
        self.assertEqual(event["s3"]["configurationId"], "mine")
        self.assertEqual(event["s3"]["bucket"], {"name": self.name, "ownerIdentity": {"principalId": ACCOUNT},
                                                 "arn": f"arn:aws:s3:::{self.name}"})
        told = event["s3"]["object"]
        self.assertEqual(told["key"], "a+dir/r%C3%A9d+flower%2B1.jpg")
        self.assertEqual(urllib.parse.unquote_plus(told["key"]), key)
        self.assertEqual(told["size"], 5)
        self.assertEqual('"' + told["eTag"] + '"', put["ETag"])
        self.assertGreater(int(told["sequencer"], 16), 0)

    def test_every_way_of_change(self):
        self.configure(events=["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"])
        self.bodies(1)
        bucket = {"Bucket": self.name}
        self.s3.put_object(**bucket, Key="a", Body=b"x")
        self.s3.copy_object(**bucket, Key="b", CopySource=f"{self.name}/a")
        upload = self.s3.create_multipart_upload(**bucket, Key="c")["UploadId"]
        part = self.s3.upload_part(**bucket, Key="c", UploadId=upload, PartNumber=1, Body=b"part")
        self.s3.complete_multipart_upload(**bucket, Key="c", UploadId=upload, MultipartUpload={
            "Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
        self.s3.put_object_tagging(**bucket, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
        self.s3.delete_object_tagging(**bucket, Key="a")
        self.s3.delete_object(**bucket, Key="a")
        self.s3.delete_object(**bucket, Key="never there")
        self.s3.delete_objects(**bucket, Delete={"Objects": [{"Key": "b"}, {"Key": "c"}]})
        events = self.events(8)
        self.assertCountEqual([(e["eventName"], e["s3"]["object"]["key"]) for e in events], [
            ("ObjectCreated:Put", "a"), ("ObjectCreated:Copy", "b"), ("ObjectCreated:CompleteMultipartUpload", "c"),
            ("ObjectTagging:Put", "a"), ("ObjectTagging:Delete", "a"), ("ObjectRemoved:Delete", "a"),
            ("ObjectRemoved:Delete", "b"), ("ObjectRemoved:Delete", "c")])
        of_a = sorted((e for e in events if e["s3"]["object"]["key"] == "a"), key=lambda e: e["s3"]["object"]["sequencer"])
        self.assertEqual([e["eventName"] for e in of_a], ["ObjectCreated:Put", "ObjectTagging:Put",
                                                          "ObjectTagging:Delete", "ObjectRemoved:Delete"])
        self.assertNotIn("size", of_a[-1]["s3"]["object"])

    def test_filters_and_what_get_returns(self):
        self.assertNotIn("QueueConfigurations", self.s3.get_bucket_notification_configuration(Bucket=self.name))
        self.configure(rules=[("prefix", "in/"), ("suffix", ".jpg")])
        self.bodies(1)
        for key in ("in/a.png", "out/a.jpg", "in/a.jpg"):
            self.s3.put_object(Bucket=self.name, Key=key, Body=b"")
        event, = self.events(1)
        self.assertEqual(event["s3"]["object"]["key"], "in/a.jpg")
        shown, = self.s3.get_bucket_notification_configuration(Bucket=self.name)["QueueConfigurations"]
        self.assertTrue(shown.pop("Id"))
        self.assertEqual(shown, {"QueueArn": self.queue_arn, "Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {
            "FilterRules": [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ".jpg"}]}}})
        self.s3.put_bucket_notification_configuration(Bucket=self.name, NotificationConfiguration={})
        self.s3.put_object(Bucket=self.name, Key="in/b.jpg", Body=b"")
        self.assertNotIn("QueueConfigurations", self.s3.get_bucket_notification_configuration(Bucket=self.name))
        self.configure(rules=[("suffix", ".last")])
        self.s3.put_object(Bucket=self.name, Key="b.last", Body=b"")
        test, last = self.bodies(2)
        self.assertEqual(test["Event"], "s3:TestEvent")
        self.assertEqual(last["Records"][0]["s3"]["object"]["key"], "b.last")

    def test_topic_with_the_cli(self):
        topic = self.sns.create_topic(Name=self.name)["TopicArn"]
        self.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Publish",
                           "Resource": topic, "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}]}))
        policy = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
                                 "Action": "sqs:SendMessage", "Resource": self.queue_arn}]}
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": json.dumps(policy)})
        self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self.queue_arn)
        self.server.run_aws("s3api", "put-bucket-notification-configuration", "--bucket", self.name,
                            "--notification-configuration",
                            json.dumps({"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}))
        shown = self.server.run_aws("s3api", "get-bucket-notification-configuration", "--bucket", self.name)
        self.assertEqual(shown["TopicConfigurations"][0]["TopicArn"], topic)
        self.server.run_aws("s3", "cp", __file__, f"s3://{self.name}/copied.py")
        test, told = self.bodies(2)
        self.assertEqual(json.loads(test["Message"])["Event"], "s3:TestEvent")
        self.assertEqual(told["Subject"], "Amazon S3 Notification")
        self.assertEqual(told["TopicArn"], topic)
        self.assertEqual(json.loads(told["Message"])["Records"][0]["s3"]["object"]["key"], "copied.py")

    def test_targets_are_validated(self):
        text = "Unable to validate the following destination configurations"
        gone = self.refusal(QueueArn=self.queue_arn + "x")
        self.assertEqual((gone["Code"], gone["Message"]), ("InvalidArgument", text))
        self.assertEqual(gone["ArgumentName"], self.queue_arn + "x")
        self.assertEqual(gone["ArgumentValue"], "The destination queue does not exist")
        for condition in ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::another"}},
                          {"StringEquals": {"aws:SourceAccount": "111122223333"}}):
            self.allow(**condition)
            denied = self.refusal()
            self.assertEqual((denied["Code"], denied["Message"]), ("InvalidArgument", text))
            self.assertIn("do not allow S3 to publish", denied["ArgumentValue"])
        self.allow()
        self.configure()
        fifo = self.sqs.create_queue(QueueName=self.name + ".fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        self.sqs.set_queue_attributes(QueueUrl=fifo, Attributes={"Policy": json.dumps({"Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": self.queue_arn + ".fifo"}]})})
        self.assertEqual(self.refusal(QueueArn=self.queue_arn + ".fifo")["ArgumentValue"],
                         "FIFO SQS queues are not supported")
        self.assertIn("region", self.refusal(QueueArn=self.queue_arn.replace("us-east-1", "eu-west-1"))["Message"])
        self.assertEqual(self.refusal(QueueArn="nonsense")["Message"], "The ARN could not be parsed")
        # What was there before a refusal is still there; without validation anything goes.
        shown, = self.s3.get_bucket_notification_configuration(Bucket=self.name)["QueueConfigurations"]
        self.assertEqual(shown["QueueArn"], self.queue_arn)

    def test_validation_can_be_skipped_and_what_cannot_arrive_is_dropped(self):
        self.s3.put_bucket_notification_configuration(
            Bucket=self.name, SkipDestinationValidation=True, NotificationConfiguration={"QueueConfigurations": [
                {"QueueArn": self.queue_arn + "x", "Events": ["s3:ObjectCreated:*"],
                 "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "lost"}]}}},
                {"QueueArn": self.queue_arn, "Events": ["s3:ObjectCreated:*"],
                 "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "kept"}]}}}]})
        self.s3.put_object(Bucket=self.name, Key="lost", Body=b"")
        self.s3.put_object(Bucket=self.name, Key="kept", Body=b"")
        self.assertEqual(self.events(1)[0]["s3"]["object"]["key"], "kept")

    def test_refusals(self):
        for rules in ([("infix", "x")], [("prefix", "x"), ("prefix", "y")]):
            self.assertEqual(self.refusal(rules=rules)["Code"], "InvalidArgument")
        self.assertEqual(self.refusal(events=["s3:Nonsense"])["Code"], "InvalidArgument")
        never = self.refusal(events=["s3:Replication:*"])
        self.assertEqual(never["Code"], "NotImplemented")
        self.assertIn("s3:Replication:*", never["Message"])
        with self.assertRaises(ClientError) as overlapping:
            self.s3.put_bucket_notification_configuration(Bucket=self.name, NotificationConfiguration={
                "QueueConfigurations": [{"QueueArn": self.queue_arn, "Events": ["s3:ObjectCreated:*"]},
                                        {"QueueArn": self.queue_arn, "Events": ["s3:ObjectCreated:Put"]}]})
        self.assertIn("ambiguously defined", str(overlapping.exception))
        for foreign, word in (
                ({"LambdaFunctionConfigurations": [{"LambdaFunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f",
                                                    "Events": ["s3:ObjectCreated:*"]}]}, "Lambda"),
                ({"EventBridgeConfiguration": {}}, "EventBridge")):
            with self.assertRaises(ClientError) as refused:
                self.s3.put_bucket_notification_configuration(Bucket=self.name, NotificationConfiguration=foreign)
            self.assertEqual(refused.exception.response["Error"]["Code"], "NotImplemented")
            self.assertIn(word, str(refused.exception))
        with self.assertRaises(ClientError) as missing:
            self.configure(bucket="no-such-bucket")
        self.assertEqual(missing.exception.response["Error"]["Code"], "NoSuchBucket")


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = sys.argv.pop(1)
    unittest.main()
