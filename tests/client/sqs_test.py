#!/usr/bin/env python3
"""SQS as its users reach it. Usage: sqs_test.py PROGRAM [-v] [Test…]

The same claims over both faces: Debian's boto3 speaks Query, a newer one JSON; the interpreter decides. Debian's aws CLI
and kombu (Celery's transport) are tried once each where they are. Starts servers of its own, and stops them.
"""
import base64
import concurrent.futures
import hashlib
import http.client
import json
import os
import re
import struct
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

PROGRAM = None
JSON_FACE = tuple(int(n) for n in botocore.__version__.split(".")[:2]) >= (1, 32)
MIB = 1 << 20
ACCOUNT = "000000000000"
NO_QUEUE = ("The specified queue does not exist." if JSON_FACE
            else "The specified queue does not exist for this wsdl version.")


def arn(name):
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def attribute_digest(attributes):
    out = b""
    for name in sorted(attributes):
        value = attributes[name]
        raw = value["BinaryValue"] if "BinaryValue" in value else value["StringValue"].encode()
        for part in (name.encode(), value["DataType"].encode()):
            out += struct.pack(">I", len(part)) + part
        out += (b"\x02" if "BinaryValue" in value else b"\x01") + struct.pack(">I", len(raw)) + raw
    return hashlib.md5(out).hexdigest()


class Base(unittest.TestCase):
    maxDiff = None
    arguments = ("--set", "sqs.recreate_wait=0")
    count = 0

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(PROGRAM, arguments=cls.arguments)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.sqs = cls.server.boto3_client("sqs", config=Config(retries={"max_attempts": 0}, max_pool_connections=32,
                                                               parameter_validation=False))

    def queue(self, fifo=False, **attributes):
        Base.count += 1
        name = f"q{Base.count}" + (".fifo" if fifo else "")
        if fifo:
            attributes["FifoQueue"] = "true"
        return self.sqs.create_queue(QueueName=name, Attributes={k: str(v) for k, v in attributes.items()})["QueueUrl"]

    @staticmethod
    def name(url):
        return url.rsplit("/", 1)[1]

    def receive(self, url, count=1, **options):
        """Up to `count` messages: waits for the first, as a consumer does."""
        options.setdefault("WaitTimeSeconds", 5)
        return self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, **options).get("Messages", [])

    def none_now(self, url):
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0))

    def until_received(self, url, seconds=20):
        return harness.eventually(lambda: self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"),
                                  seconds)[0]

    def drain(self, url, count, seconds=20):
        """Receives and deletes until `count` messages came."""
        bodies, deadline = [], time.monotonic() + seconds
        while len(bodies) < count and time.monotonic() < deadline:
            for message in self.receive(url, 10, WaitTimeSeconds=1):
                bodies.append(message["Body"])
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def refused(self, code, call, message=None, json_code=None, **arguments):
        with self.assertRaises(ClientError) as raised:
            call(**arguments)
        error = raised.exception.response["Error"]
        self.assertEqual(error["Code"], code, error)
        if JSON_FACE and json_code:
            self.assertEqual(error.get("QueryErrorCode"), json_code, error)
        if message is not None:
            self.assertEqual(error["Message"], message)
        return error["Message"]

    def counts(self, url):
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[
            "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed"])["Attributes"]
        return tuple(int(got["ApproximateNumberOfMessages" + end]) for end in ("", "NotVisible", "Delayed"))


class Queues(Base):
    def test_create_again_compares_only_what_is_given(self):
        url = self.queue(VisibilityTimeout=60)
        name = self.name(url)
        self.assertEqual(self.sqs.create_queue(QueueName=name)["QueueUrl"], url)
        for attributes in ({"VisibilityTimeout": "60"}, {"DelaySeconds": "0"}, {"SqsManagedSseEnabled": "true"}):
            self.assertEqual(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"], url)
        self.refused("QueueAlreadyExists", self.sqs.create_queue, QueueName=name, Attributes={"DelaySeconds": "5"},
                     json_code="QueueNameExists",
                     message="A queue already exists with the same name and a different value for attribute DelaySeconds")
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "5"})
        self.assertEqual(self.sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "5"})["QueueUrl"], url)
        self.refused("QueueAlreadyExists", self.sqs.create_queue, QueueName=name, Attributes={"DelaySeconds": "0"})

    def test_create_judges_names_and_kinds(self):
        plain = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        for name in ("a b", "x" * 81, "wanted.fifo"):
            self.refused("InvalidParameterValue", self.sqs.create_queue, QueueName=name, message=plain,
                         json_code="InvalidParameterValueException")
        self.refused("InvalidParameterValue", self.sqs.create_queue, QueueName="plain",
                     Attributes={"FifoQueue": "true"})
        self.refused("InvalidAttributeName", self.sqs.create_queue, QueueName="plain",
                     Attributes={"FifoQueue": "false"}, message="Unknown Attribute FifoQueue.")
        self.refused("InvalidAttributeValue", self.sqs.create_queue, QueueName="plain",
                     Attributes={"VisibilityTimeout": "43201"})

    def test_a_missing_queue_is_told_in_the_words_of_each_face(self):
        code = "AWS.SimpleQueueService.NonExistentQueue"
        self.refused(code, self.sqs.get_queue_url, QueueName="nowhere", message=NO_QUEUE, json_code="QueueDoesNotExist")
        url = f"{self.server.url}/{ACCOUNT}/nowhere"
        self.refused(code, self.sqs.send_message, QueueUrl=url, MessageBody="x", message=NO_QUEUE)
        self.refused(code, self.sqs.delete_queue, QueueUrl=url)
        self.refused(code, self.sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["All"])

    def test_delete_ends_long_polls_and_frees_the_name(self):
        url = self.queue()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(self.sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
            harness.eventually(lambda: "landfall_queue_polls 1" in self.metrics())
            self.sqs.delete_queue(QueueUrl=url)
            with self.assertRaises(ClientError):
                waiting.result()
        self.assertEqual(self.sqs.create_queue(QueueName=self.name(url))["QueueUrl"], url)
        self.none_now(url)

    def metrics(self):
        with urllib.request.urlopen(self.server.url + "/metrics") as reply:
            return reply.read().decode()

    def test_lists_queues_by_prefix_and_page(self):
        names = [f"list-{i:02}" for i in range(7)]
        for name in names:
            self.sqs.create_queue(QueueName=name)
        urls = [f"{self.server.url}/{ACCOUNT}/{name}" for name in names]
        listed = self.sqs.list_queues(QueueNamePrefix="list-")
        self.assertEqual((listed["QueueUrls"], listed.get("NextToken")), (urls, None))
        pages, token = [], None
        while True:
            page = self.sqs.list_queues(QueueNamePrefix="list-", MaxResults=3, **({"NextToken": token} if token else {}))
            pages.append(page["QueueUrls"])
            token = page.get("NextToken")
            if not token:
                break
        self.assertEqual(pages, [urls[:3], urls[3:6], urls[6:]])
        self.assertNotIn("QueueUrls", self.sqs.list_queues(QueueNamePrefix="nothing-"))
        self.refused("InvalidParameterValue", self.sqs.list_queues, NextToken="garbage")
        self.refused("InvalidParameterValue", self.sqs.list_queues, MaxResults=0)

    def test_urls_are_built_from_the_host_and_only_their_path_counts(self):
        url = self.queue()
        self.assertTrue(url.startswith(self.server.url + "/"), url)
        port = urllib.parse.urlsplit(self.server.url).port
        key, secret = self.server.root_key()
        other = boto3.client("sqs", endpoint_url=f"http://localhost:{port}", region_name="us-east-1",
                             aws_access_key_id=key, aws_secret_access_key=secret)
        self.assertEqual(other.get_queue_url(QueueName=self.name(url))["QueueUrl"],
                         f"http://localhost:{port}/{ACCOUNT}/{self.name(url)}")
        if JSON_FACE:  # an older client goes where the URL says
            self.sqs.send_message(QueueUrl=f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/{self.name(url)}",
                                  MessageBody="x")
            self.refused("InvalidAddress", self.sqs.send_message, QueueUrl=self.server.url, MessageBody="x")

    def test_attributes_of_a_new_queue_are_those_of_the_service(self):
        standard = {"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed",
                    "ApproximateNumberOfMessagesNotVisible", "CreatedTimestamp", "DelaySeconds",
                    "LastModifiedTimestamp", "MaximumMessageSize", "MessageRetentionPeriod", "QueueArn",
                    "ReceiveMessageWaitTimeSeconds", "SqsManagedSseEnabled", "VisibilityTimeout"}
        url = self.queue()
        got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(set(got), standard)
        self.assertEqual((got["QueueArn"], got["VisibilityTimeout"], got["MaximumMessageSize"],
                          got["MessageRetentionPeriod"], got["SqsManagedSseEnabled"]),
                         (arn(self.name(url)), "30", "1048576", "345600", "true"))
        fifo = self.sqs.get_queue_attributes(QueueUrl=self.queue(fifo=True), AttributeNames=["All"])["Attributes"]
        self.assertEqual(set(fifo) - standard, {"ContentBasedDeduplication", "DeduplicationScope", "FifoQueue",
                                                "FifoThroughputLimit"})
        self.assertEqual((fifo["DeduplicationScope"], fifo["FifoThroughputLimit"]), ("queue", "perQueue"))
        self.assertNotIn("Attributes", self.sqs.get_queue_attributes(QueueUrl=url))
        self.refused("InvalidAttributeName", self.sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["Colour"],
                     message="Unknown Attribute Colour.")

    def test_attributes_of_encryption_exclude_each_other(self):
        url = self.queue()

        def shown():
            return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[
                "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled"])["Attributes"]
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "testKeyId",
                                                                "KmsDataKeyReusePeriodSeconds": "6000"})
        self.assertEqual(shown(), {"KmsMasterKeyId": "testKeyId", "KmsDataKeyReusePeriodSeconds": "6000",
                                   "SqsManagedSseEnabled": "false"})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
        self.assertEqual(shown(), {"SqsManagedSseEnabled": "true"})
        self.refused("InvalidAttributeName", self.sqs.set_queue_attributes, QueueUrl=url,
                     Attributes={"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"},
                     message="You can use one type of server-side encryption (SSE) at one time. You can either enable "
                             "KMS SSE or SQS SSE.")

    def test_purge_takes_everything_and_rests(self):
        url = self.queue()
        for body, delay in (("visible", 0), ("in flight", 0), ("delayed", 900)):
            self.sqs.send_message(QueueUrl=url, MessageBody=body, DelaySeconds=delay)
        self.assertEqual(len(self.receive(url)), 1)
        self.assertEqual(self.counts(url), (1, 1, 1))
        self.sqs.purge_queue(QueueUrl=url)
        self.assertEqual(self.counts(url), (0, 0, 0))
        self.refused("AWS.SimpleQueueService.PurgeQueueInProgress", self.sqs.purge_queue, QueueUrl=url,
                     json_code="PurgeQueueInProgress",
                     message=f"Only one PurgeQueue operation on {self.name(url)} is allowed every 60 seconds.")

    def test_purge_forgets_what_was_sent_to_a_fifo_queue(self):
        url = self.queue(fifo=True)
        message = dict(QueueUrl=url, MessageBody="m", MessageGroupId="g", MessageDeduplicationId="d")
        first = self.sqs.send_message(**message)["MessageId"]
        self.sqs.purge_queue(QueueUrl=url)
        self.assertNotEqual(self.sqs.send_message(**message)["MessageId"], first)
        self.assertEqual(self.counts(url), (1, 0, 0))

    def test_tags_are_kept_replaced_and_removed(self):
        Base.count += 1
        url = self.sqs.create_queue(QueueName=f"q{Base.count}", tags={"a": "1", "b": "2"})["QueueUrl"]
        self.assertEqual(self.sqs.list_queue_tags(QueueUrl=url)["Tags"], {"a": "1", "b": "2"})
        self.sqs.tag_queue(QueueUrl=url, Tags={"b": "3", "c": ""})
        self.sqs.untag_queue(QueueUrl=url, TagKeys=["a", "unknown"])
        self.assertEqual(self.sqs.list_queue_tags(QueueUrl=url)["Tags"], {"b": "3", "c": ""})
        self.sqs.untag_queue(QueueUrl=url, TagKeys=["b", "c"])
        self.assertNotIn("Tags", self.sqs.list_queue_tags(QueueUrl=url))

    def test_permissions_write_statements_of_the_policy(self):
        url = self.queue()

        def policy():
            got = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes")
            return json.loads(got["Policy"]) if got else None
        self.sqs.add_permission(QueueUrl=url, Label="share", AWSAccountIds=["111122223333", "444455556666"],
                                Actions=["ReceiveMessage"])
        resource = arn(self.name(url))
        self.assertEqual(policy(), {
            "Version": "2008-10-17", "Id": resource + "/SQSDefaultPolicy",
            "Statement": [{"Sid": "share", "Effect": "Allow", "Action": "SQS:ReceiveMessage", "Resource": resource,
                           "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]}}]})
        self.refused("InvalidParameterValue", self.sqs.add_permission, QueueUrl=url, Label="share",
                     AWSAccountIds=["111122223333"], Actions=["*"],
                     message="Value share for parameter Label is invalid. Reason: Already exists.")
        self.refused("InvalidParameterValue", self.sqs.remove_permission, QueueUrl=url, Label="other",
                     message="Value other for parameter Label is invalid. Reason: can't find label.")
        self.refused("InvalidParameterValue", self.sqs.add_permission, QueueUrl=url, Label="more",
                     AWSAccountIds=["111122223333"], Actions=["CreateQueue"])
        self.refused("OverLimit", self.sqs.add_permission, QueueUrl=url, Label="more", AWSAccountIds=["111122223333"],
                     Actions=["SendMessage"] * 8)
        self.sqs.remove_permission(QueueUrl=url, Label="share")
        self.assertIsNone(policy())

    def test_policies_are_enforced_for_callers_without_a_signature(self):
        url = self.queue()
        path = urllib.parse.urlsplit(url).path

        def anonymous(action, **more):
            form = urllib.parse.urlencode({"Action": action, "Version": "2012-11-05", **more}).encode()
            request = urllib.request.Request(self.server.url + path, form, method="POST")
            try:
                with urllib.request.urlopen(request) as reply:
                    return reply.status, reply.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()
        self.assertEqual(anonymous("SendMessage", MessageBody="x")[0], 403)
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",
                                                    "Resource": arn(self.name(url))}]})})
        status, body = anonymous("SendMessage", MessageBody="from anybody")
        self.assertEqual(status, 200, body)
        self.assertEqual(anonymous("ReceiveMessage")[0], 403)
        self.assertEqual(self.receive(url)[0]["Body"], "from anybody")
        self.refused("InvalidAttributeValue", self.sqs.set_queue_attributes, QueueUrl=url,
                     Attributes={"Policy": '{"Statement": "none"}'})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
        self.assertEqual(anonymous("SendMessage", MessageBody="x")[0], 403)

    def test_another_account_may_what_the_policy_lets_it(self):
        keys = os.path.join(self.server.data, "other-account")
        subprocess.run([PROGRAM, "access", "add-account", "111122223333", "--profile-out", keys, "--profile", "other"],
                       env=self.server.environment(), check=True, capture_output=True, timeout=60)
        with open(keys, encoding="utf-8") as profile:
            values = dict(re.findall(r"^(\w+) *= *(\S+)$", profile.read(), re.M))
        other = boto3.client("sqs", endpoint_url=self.server.url, region_name="us-east-1",
                             aws_access_key_id=values["aws_access_key_id"],
                             aws_secret_access_key=values["aws_secret_access_key"])
        url = self.queue()
        self.refused("AccessDenied", other.send_message, QueueUrl=url, MessageBody="x")
        self.refused("AccessDenied", other.get_queue_url, QueueName=self.name(url), QueueOwnerAWSAccountId=ACCOUNT)
        self.sqs.add_permission(QueueUrl=url, Label="share", AWSAccountIds=["111122223333"], Actions=["*"])
        self.assertEqual(other.get_queue_url(QueueName=self.name(url), QueueOwnerAWSAccountId=ACCOUNT)["QueueUrl"], url)
        other.send_message(QueueUrl=url, MessageBody="from there")
        got = other.receive_message(QueueUrl=url, WaitTimeSeconds=5, AttributeNames=["SenderId"])["Messages"][0]
        self.assertEqual((got["Body"], got["Attributes"]["SenderId"]), ("from there", "111122223333"))
        # What changes the queue is its owner's, whatever the policy says.
        for call, more in ((other.delete_queue, {}), (other.tag_queue, {"Tags": {"a": "b"}}),
                           (other.set_queue_attributes, {"Attributes": {"DelaySeconds": "1"}})):
            self.refused("AccessDenied", call, QueueUrl=url, **more)
        self.sqs.remove_permission(QueueUrl=url, Label="share")
        self.refused("AccessDenied", other.send_message, QueueUrl=url, MessageBody="x")
        self.assertNotIn("QueueUrls", other.list_queues())

    def test_an_explicit_deny_binds_the_owner_too(self):
        url = self.queue()
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:PurgeQueue",
                                                    "Resource": "*"}]})})
        message = self.refused("AccessDenied", self.sqs.purge_queue, QueueUrl=url, json_code="AccessDeniedException")
        self.assertIn("sqs:PurgeQueue", message)


class Messages(Base):
    def test_send_and_receive_carry_digests_that_clients_verify(self):
        url = self.queue()
        attributes = {"n": {"DataType": "Number", "StringValue": "99.12"},
                      "b": {"DataType": "Binary.gif", "BinaryValue": b"\x00\xff\x10"},
                      "s": {"DataType": "String", "StringValue": "<&>\"' \u00e4"}}
        trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="body", MessageAttributes=attributes,
                                     MessageSystemAttributes=trace)
        self.assertEqual(sent["MD5OfMessageBody"], hashlib.md5(b"body").hexdigest())
        self.assertEqual(sent["MD5OfMessageAttributes"], attribute_digest(attributes))
        self.assertEqual(sent["MD5OfMessageSystemAttributes"], attribute_digest(trace))
        self.assertNotIn("SequenceNumber", sent)
        got = self.receive(url, MessageAttributeNames=["All"], AttributeNames=["All"])[0]
        self.assertEqual((got["MessageId"], got["Body"], got["MD5OfBody"]),
                         (sent["MessageId"], "body", sent["MD5OfMessageBody"]))
        self.assertEqual(got["MessageAttributes"], attributes)
        self.assertEqual(got["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
        self.assertEqual(set(got["Attributes"]), {"SenderId", "SentTimestamp", "ApproximateReceiveCount",
                                                  "ApproximateFirstReceiveTimestamp", "AWSTraceHeader"})
        self.assertEqual(got["Attributes"]["AWSTraceHeader"], trace["AWSTraceHeader"]["StringValue"])
        self.assertEqual(got["Attributes"]["ApproximateReceiveCount"], "1")

    def test_receive_filters_attributes_and_digests_what_it_returns(self):
        url = self.queue(VisibilityTimeout=0)
        attributes = {name: {"DataType": "String", "StringValue": name} for name in ("Help.Me", "Hello", "General")}
        self.sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes=attributes)
        for names, wanted in (([], []), (["All"], list(attributes)), ([".*"], list(attributes)),
                              (["Help.*"], ["Help.Me"]), (["Hello", "Nothing"], ["Hello"]), (["Nothing"], [])):
            got = self.until(lambda names=names: self.receive(url, MessageAttributeNames=names))[0]
            self.assertEqual(sorted(got.get("MessageAttributes", {})), sorted(wanted), names)
            if wanted:
                self.assertEqual(got["MD5OfMessageAttributes"], attribute_digest({n: attributes[n] for n in wanted}))
            else:
                self.assertNotIn("MD5OfMessageAttributes", got)
        got = self.until(lambda: self.receive(url, AttributeNames=["SenderId"]))[0]
        self.assertEqual(got["Attributes"], {"SenderId": ACCOUNT})
        self.refused("InvalidAttributeName", self.sqs.receive_message, QueueUrl=url, AttributeNames=["Nonsense"])

    @staticmethod
    def until(question):
        return harness.eventually(question, 20)

    def test_send_takes_every_character_that_may_be_sent(self):
        url = self.queue()
        bodies = ['"quoted" & <tagged> \'', "tab\tline\ncarriage\rend", "\u00e4\u20ac\ud7ff\ue000\ufffd",
                  "\U00010000\U0010fffe", " leading and trailing ", "]]>", "%41+%2B"]
        for body in bodies:
            self.sqs.send_message(QueueUrl=url, MessageBody=body)
        self.assertEqual(sorted(self.drain(url, len(bodies))), sorted(bodies))
        for body in ("\x01", "a\x1fb", "\ufffe", "\uffff"):
            self.refused("InvalidMessageContents", self.sqs.send_message, QueueUrl=url, MessageBody=body)
        self.refused("MissingParameter", self.sqs.send_message, QueueUrl=url, MessageBody="",
                     json_code="MissingRequiredParameterException",
                     message="The request must contain the parameter MessageBody.")

    def test_send_holds_the_limit_to_the_byte(self):
        url = self.queue()
        attribute = {"k": {"DataType": "String", "StringValue": "v"}}
        size = MIB - len("kStringv")
        self.sqs.send_message(QueueUrl=url, MessageBody="x" * size, MessageAttributes=attribute)
        self.refused("InvalidParameterValue", self.sqs.send_message, QueueUrl=url, MessageBody="x" * (size + 1),
                     MessageAttributes=attribute,
                     message="One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.")
        self.assertEqual(len(self.receive(url)[0]["Body"]), size)
        small = self.queue(MaximumMessageSize=1024)
        self.sqs.send_message(QueueUrl=small, MessageBody="x" * 1024)
        self.refused("InvalidParameterValue", self.sqs.send_message, QueueUrl=small, MessageBody="x" * 1025)

    def test_send_judges_attributes_in_the_words_of_the_service(self):
        url = self.queue()
        self.refused("InvalidParameterValue", self.sqs.send_message, QueueUrl=url, MessageBody="x",
                     MessageAttributes={"ErrorDetails": {"DataType": "String", "StringValue": ""}},
                     json_code="InvalidParameterValueException",
                     message="Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.")
        many = {f"a{i}": {"DataType": "String", "StringValue": "v"} for i in range(11)}
        self.refused("InvalidParameterValue", self.sqs.send_message, QueueUrl=url, MessageBody="x",
                     MessageAttributes=many)
        self.refused("InvalidParameterValue", self.sqs.send_message, QueueUrl=url, MessageBody="x", DelaySeconds=901)

    def test_batches_fail_entry_by_entry(self):
        url = self.queue(MaximumMessageSize=1024)
        done = self.sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "good", "MessageBody": "fits"}, {"Id": "big", "MessageBody": "x" * 1025},
            {"Id": "bad", "MessageBody": "\x01"}])
        self.assertEqual([e["Id"] for e in done["Successful"]], ["good"])
        self.assertEqual({e["Id"]: (e["Code"], e["SenderFault"], e["Message"]) for e in done["Failed"]}["big"],
                         ("InvalidParameterValue", True, "One or more parameters cannot be validated. Reason: Message "
                                                         "must be shorter than 1024 bytes."))
        self.assertEqual({e["Id"]: e["Code"] for e in done["Failed"]}["bad"], "InvalidMessageContents")
        message = self.receive(url)[0]
        done = self.sqs.change_message_visibility_batch(QueueUrl=url, Entries=[
            {"Id": "a", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 60},
            {"Id": "b", "ReceiptHandle": "garbage", "VisibilityTimeout": 60},
            {"Id": "c", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 43201}])
        self.assertEqual([e["Id"] for e in done["Successful"]], ["a"])
        self.assertEqual([(e["Id"], e["Code"]) for e in done["Failed"]],
                         [("b", "ReceiptHandleIsInvalid"), ("c", "InvalidParameterValue")])
        done = self.sqs.delete_message_batch(QueueUrl=url, Entries=[
            {"Id": "a", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": "garbage"}])
        self.assertEqual(([e["Id"] for e in done["Successful"]], [e["Code"] for e in done["Failed"]]),
                         (["a"], ["ReceiptHandleIsInvalid"]))

    def test_batches_are_refused_as_a_whole_for_their_shape(self):
        url = self.queue()

        def send(entries, code, message=None):
            self.refused("AWS.SimpleQueueService." + code, self.sqs.send_message_batch, QueueUrl=url, Entries=entries,
                         message=message, json_code=code)
        send([{"Id": str(i), "MessageBody": "x"} for i in range(11)], "TooManyEntriesInBatchRequest",
             "Maximum number of entries per request are 10. You have sent 11.")
        send([{"Id": "a", "MessageBody": "x"}] * 2, "BatchEntryIdsNotDistinct", "Id a repeated.")
        send([{"Id": "a b", "MessageBody": "x"}], "InvalidBatchEntryId",
             "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
             "letters long.")
        send([{"Id": str(i), "MessageBody": "x" * (MIB // 2)} for i in range(2)] + [{"Id": "2", "MessageBody": "x"}],
             "BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.")
        self.assertEqual(self.counts(url), (0, 0, 0))
        self.sqs.send_message_batch(QueueUrl=url,
                                    Entries=[{"Id": str(i), "MessageBody": "x" * (MIB // 2)} for i in range(2)])
        self.assertEqual(self.counts(url), (2, 0, 0))
        if JSON_FACE:
            send([], "EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request.")

    def test_receive_judges_its_numbers(self):
        url = self.queue()
        for name, value, reason in (("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided."),
                                    ("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
                                    ("WaitTimeSeconds", -1, "Must be >= 0 and <= 20, if provided.")):
            self.refused("InvalidParameterValue", self.sqs.receive_message, QueueUrl=url, **{name: value},
                         message=f"Value {value} for parameter {name} is invalid. Reason: {reason}")

    def test_receive_waits_for_the_first_message_and_the_queue_says_how_long(self):
        url = self.queue(ReceiveMessageWaitTimeSeconds=20)
        began = time.monotonic()
        self.none_now(url)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(self.sqs.receive_message, QueueUrl=url, MaxNumberOfMessages=10)
            self.sqs.send_message(QueueUrl=url, MessageBody="woken")
            self.assertEqual([m["Body"] for m in waiting.result()["Messages"]], ["woken"])
        self.assertLess(time.monotonic() - began, 19)

    def test_visibility_ends_and_old_handles_still_delete(self):
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="m")
        first = self.receive(url, VisibilityTimeout=1)[0]
        self.none_now(url)
        second = self.until_received(url)
        self.assertNotEqual(second["ReceiptHandle"], first["ReceiptHandle"])
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        self.assertEqual(self.counts(url), (0, 0, 0))
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])

    def test_late_delete_succeeds_on_standard_queues(self):
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="m")
        message = self.receive(url, VisibilityTimeout=0)[0]
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.none_now(url)

    def test_visibility_is_of_this_receive_and_zero_returns_the_message(self):
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="m")
        handle = self.receive(url)[0]["ReceiptHandle"]
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
        again = self.receive(url, AttributeNames=["ApproximateReceiveCount"])[0]
        self.assertEqual(again["Attributes"]["ApproximateReceiveCount"], "2")
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=40000)
        self.refused("InvalidParameterValue", self.sqs.change_message_visibility, QueueUrl=url,
                     ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=43201)
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
        self.refused("InvalidParameterValue", self.sqs.change_message_visibility, QueueUrl=url,
                     ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=5,
                     message=f"Value {again['ReceiptHandle']} for parameter ReceiptHandle is invalid. Reason: Message "
                             "does not exist or is not available for visibility timeout change.")

    def test_garbage_is_no_handle(self):
        url, other = self.queue(), self.queue()
        self.sqs.send_message(QueueUrl=other, MessageBody="m")
        elsewhere = self.receive(other)[0]["ReceiptHandle"]
        for handle in ("garbage", elsewhere):
            for call, more in ((self.sqs.delete_message, {}),
                               (self.sqs.change_message_visibility, {"VisibilityTimeout": 1})):
                self.refused("ReceiptHandleIsInvalid", call, QueueUrl=url, ReceiptHandle=handle, **more,
                             message=f'The input receipt handle "{handle}" is not a valid receipt handle.')

    def test_delays_of_message_and_queue(self):
        url = self.queue(DelaySeconds=900)
        self.sqs.send_message(QueueUrl=url, MessageBody="later")
        self.sqs.send_message(QueueUrl=url, MessageBody="soon", DelaySeconds=1)
        self.sqs.send_message(QueueUrl=url, MessageBody="now", DelaySeconds=0)
        self.assertEqual([m["Body"] for m in self.receive(url, 10)], ["now"])
        self.assertEqual(self.until_received(url)["Body"], "soon")
        self.assertEqual(self.counts(url), (0, 2, 1))

    def test_quiet_tenants_of_a_standard_queue_are_named(self):
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="tenant")
        got = self.receive(url, AttributeNames=["All"])[0]["Attributes"]
        self.assertEqual(got["MessageGroupId"], "tenant")
        self.assertNotIn("SequenceNumber", got)

    def test_a_noisy_tenant_lets_quiet_ones_pass(self):
        url = self.queue(VisibilityTimeout=600)

        def send(tenant, count):
            for i in range(0, count, 10):
                self.sqs.send_message_batch(QueueUrl=url, Entries=[
                    {"Id": str(n), "MessageBody": tenant, "MessageGroupId": tenant} for n in range(10)])
        send("noisy", 100)
        held = []
        while len(held) < 40:  # 30 and more than a tenth of what is in flight make it noisy
            held += self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        self.assertEqual({m["Body"] for m in held}, {"noisy"})
        send("quiet", 10)
        self.assertEqual(self.drain(url, 10), ["quiet"] * 10)
        self.assertEqual(self.drain(url, 10), ["noisy"] * 10)

    def test_a_client_that_leaves_takes_no_message(self):
        url = self.queue(VisibilityTimeout=600)
        parts = urllib.parse.urlsplit(self.server.url)
        body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20})
        request = AWSRequest("POST", self.server.url + "/", data=body, headers={
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ReceiveMessage"})
        SigV4Auth(Credentials(*self.server.root_key()), "sqs", "us-east-1").add_auth(request)

        def polls():
            with urllib.request.urlopen(self.server.url + "/metrics") as reply:
                return int(re.search(r"^landfall_queue_polls (\d+)$", reply.read().decode(), re.M)[1])
        leavers = []
        for _ in range(20):
            connection = http.client.HTTPConnection(parts.hostname, parts.port)
            connection.request("POST", "/", body, dict(request.headers))
            leavers.append(connection)
        harness.eventually(lambda: polls() == 20)
        for connection in leavers:
            connection.close()
        self.sqs.send_message(QueueUrl=url, MessageBody="kept")
        self.assertEqual(self.until_received(url)["Body"], "kept")
        harness.eventually(lambda: polls() == 0)


class Fifo(Base):
    def send(self, url, body, group="g", dedup=None):
        return self.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group,
                                     MessageDeduplicationId=dedup or body)

    def test_send_wants_a_group_and_a_dedup_id(self):
        url = self.queue(fifo=True)
        self.refused("MissingParameter", self.sqs.send_message, QueueUrl=url, MessageBody="m",
                     MessageDeduplicationId="d", json_code="MissingRequiredParameterException",
                     message="The request must contain the parameter MessageGroupId.")
        self.refused("InvalidParameterValue", self.sqs.send_message, QueueUrl=url, MessageBody="m", MessageGroupId="g",
                     message="The queue should either have ContentBasedDeduplication enabled or "
                             "MessageDeduplicationId provided explicitly")
        self.refused("InvalidParameterValue", self.sqs.send_message, QueueUrl=url, MessageBody="m", MessageGroupId="g",
                     MessageDeduplicationId="d", DelaySeconds=2,
                     message="Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter "
                             "that is not valid for this queue type.")
        self.refused("InvalidParameterValue", self.sqs.send_message, QueueUrl=url, MessageBody="m",
                     MessageGroupId="group 123", MessageDeduplicationId="d")
        done = self.sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "a", "MessageBody": "m", "MessageGroupId": "g", "MessageDeduplicationId": "d"},
            {"Id": "b", "MessageBody": "m", "MessageGroupId": "g"}])
        self.assertEqual(([e["Id"] for e in done["Successful"]], [e["Code"] for e in done["Failed"]]),
                         (["a"], ["InvalidParameterValue"]))

    def test_a_group_is_received_in_order_and_locked_until_deleted(self):
        url = self.queue(fifo=True)
        sequences = [self.send(url, f"m{i}")["SequenceNumber"] for i in range(5)]
        self.assertEqual(sequences, sorted(sequences))
        self.assertEqual({len(s) for s in sequences}, {20})
        got = self.receive(url, 3, AttributeNames=["All"])
        self.assertEqual([m["Body"] for m in got], ["m0", "m1", "m2"])
        self.assertEqual([m["Attributes"]["SequenceNumber"] for m in got], sequences[:3])
        self.assertEqual((got[0]["Attributes"]["MessageGroupId"], got[0]["Attributes"]["MessageDeduplicationId"]),
                         ("g", "m0"))
        self.none_now(url)
        self.send(url, "other", group="h")
        self.assertEqual([m["Body"] for m in self.receive(url, 10)], ["other"])
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=got[1]["ReceiptHandle"])
        self.none_now(url)
        self.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"], VisibilityTimeout=0)
        # m2 is in flight: what stands before it is given, nothing behind it.
        self.assertEqual([m["Body"] for m in self.receive(url, 10)], ["m0"])
        self.none_now(url)

    def test_late_delete_is_refused(self):
        url = self.queue(fifo=True)
        self.send(url, "m")
        message = self.receive(url, VisibilityTimeout=1)[0]
        handle = message["ReceiptHandle"]
        self.until_received(url)
        self.refused("InvalidParameterValue", self.sqs.delete_message, QueueUrl=url, ReceiptHandle=handle,
                     message=f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has "
                             "expired.")

    def test_dedup_survives_delete_and_restart(self):
        url = self.queue(fifo=True)
        first = self.send(url, "m", dedup="d")
        again = self.send(url, "m", dedup="d")
        self.assertEqual((again["MessageId"], again["SequenceNumber"]), (first["MessageId"], first["SequenceNumber"]))
        self.assertEqual(self.drain(url, 1), ["m"])
        self.assertEqual(self.send(url, "m", dedup="d")["MessageId"], first["MessageId"])
        self.none_now(url)

    def test_dedup_by_content(self):
        url = self.queue(fifo=True, ContentBasedDeduplication="true")
        for group in ("g", "h"):
            self.sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId=group)
        self.assertEqual(self.drain(url, 2, seconds=2), ["same"])

    def test_high_throughput_is_switched_live_in_both_directions(self):
        url = self.queue(fifo=True)
        high = {"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
        self.send(url, "a", group="g", dedup="1")
        self.send(url, "a", group="h", dedup="1")
        self.assertEqual(self.counts(url), (1, 0, 0))
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes=high)
        self.send(url, "b", group="g", dedup="2")
        self.send(url, "b", group="h", dedup="2")
        self.assertEqual(self.counts(url), (3, 0, 0))
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"DeduplicationScope": "queue",
                                                                "FifoThroughputLimit": "perQueue"})
        self.send(url, "c", group="g", dedup="3")
        self.send(url, "c", group="h", dedup="3")
        self.assertEqual(self.counts(url), (4, 0, 0))
        self.refused("InvalidAttributeValue", self.sqs.set_queue_attributes, QueueUrl=url,
                     Attributes={"FifoThroughputLimit": "perMessageGroupId"})

    def test_a_repeated_attempt_answers_the_same_messages(self):
        url = self.queue(fifo=True)
        for i in range(3):
            self.send(url, f"m{i}")
        first = self.receive(url, 2, ReceiveRequestAttemptId="try-1")
        again = self.receive(url, 2, ReceiveRequestAttemptId="try-1")
        self.assertEqual([m["MessageId"] for m in again], [m["MessageId"] for m in first])
        self.refused("InvalidParameterValue", self.sqs.receive_message, QueueUrl=self.queue(),
                     ReceiveRequestAttemptId="x")

    def test_a_delayed_message_does_not_hold_back_its_group(self):
        url = self.queue(fifo=True, DelaySeconds=1)
        self.send(url, "a")
        self.assertEqual(self.until_received(url)["Body"], "a")


class DeadLetters(Base):
    def pair(self, fifo=False, receives=1, **attributes):
        dead = self.queue(fifo=fifo)
        policy = json.dumps({"deadLetterTargetArn": arn(self.name(dead)), "maxReceiveCount": receives})
        return self.queue(fifo=fifo, RedrivePolicy=policy, VisibilityTimeout=0, **attributes), dead

    def fail(self, url, dead, count):
        """Receives until the messages have gone to the dead-letter queue."""
        def moved():
            self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            return self.counts(dead)[0] >= count
        harness.eventually(moved, 30)

    def test_dead_letters_keep_id_and_attributes_and_name_their_source(self):
        url, dead = self.pair(receives=2)
        attributes = {"k": {"DataType": "String", "StringValue": "v"}}
        sent = self.sqs.send_message(QueueUrl=url, MessageBody="m", MessageAttributes=attributes)
        for _ in range(2):
            self.assertEqual(self.until_received(url)["MessageId"], sent["MessageId"])
            self.assertEqual(self.counts(dead), (0, 0, 0))
        self.fail(url, dead, 1)
        got = self.receive(dead, AttributeNames=["All"], MessageAttributeNames=["All"])[0]
        self.assertEqual((got["MessageId"], got["Body"], got["MessageAttributes"]), (sent["MessageId"], "m", attributes))
        self.assertEqual(got["Attributes"]["DeadLetterQueueSourceArn"], arn(self.name(url)))

    def test_dead_letters_of_a_fifo_queue_go_to_a_fifo_queue(self):
        url, dead = self.pair(fifo=True)
        self.sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g", MessageDeduplicationId="d")
        self.fail(url, dead, 1)
        self.assertEqual(self.receive(dead, AttributeNames=["All"])[0]["Attributes"]["MessageGroupId"], "g")
        policy = json.dumps({"deadLetterTargetArn": arn(self.name(dead)), "maxReceiveCount": 1})
        self.refused("InvalidParameterValue", self.sqs.set_queue_attributes, QueueUrl=self.queue(),
                     Attributes={"RedrivePolicy": policy})

    def test_dead_letters_policies_are_judged_before_any_look_up(self):
        url = self.queue()
        for policy in ({"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}, {"maxReceiveCount": 1},
                       {"deadLetterTargetArn": arn("nowhere"), "maxReceiveCount": 1},
                       {"deadLetterTargetArn": arn(self.name(url)), "maxReceiveCount": 1001}):
            text = json.dumps(policy)
            message = self.refused("InvalidParameterValue", self.sqs.set_queue_attributes, QueueUrl=url,
                                   Attributes={"RedrivePolicy": text})
            self.assertTrue(message.startswith(f"Value {text} for parameter RedrivePolicy is invalid. Reason: "), message)

    def test_dead_letters_may_be_refused_by_their_queue(self):
        dead = self.queue(RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))
        policy = json.dumps({"deadLetterTargetArn": arn(self.name(dead)), "maxReceiveCount": 1})
        url = self.queue()
        self.refused("InvalidParameterValue", self.sqs.set_queue_attributes, QueueUrl=url,
                     Attributes={"RedrivePolicy": policy})
        self.sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": json.dumps(
            {"redrivePermission": "byQueue", "sourceQueueArns": [arn(self.name(url))]})})
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
        self.assertEqual(self.sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [url])
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
        self.assertEqual(self.sqs.list_dead_letter_source_queues(QueueUrl=dead).get("queueUrls", []), [])

    @unittest.skipUnless(JSON_FACE, "an older client knows no move tasks")
    def test_move_tasks_bring_messages_back_to_their_sources(self):
        dead = self.queue()
        policy = json.dumps({"deadLetterTargetArn": arn(self.name(dead)), "maxReceiveCount": 1})
        urls = [self.queue(RedrivePolicy=policy, VisibilityTimeout=0) for _ in range(2)]
        for number, url in enumerate(urls):
            for i in range(3):
                self.sqs.send_message(QueueUrl=url, MessageBody=f"{number}-{i}")
        for n, url in enumerate(urls):
            self.fail(url, dead, 3 * (n + 1))
        for url in urls:
            self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
        self.assertIn("TaskHandle", self.sqs.start_message_move_task(SourceArn=arn(self.name(dead))))
        harness.eventually(lambda: self.task(dead)["Status"] == "COMPLETED", 30)
        task = self.task(dead)
        self.assertEqual((task["ApproximateNumberOfMessagesMoved"], task["ApproximateNumberOfMessagesToMove"]), (6, 6))
        self.assertNotIn("TaskHandle", task)
        self.assertNotIn("DestinationArn", task)
        for number, url in enumerate(urls):
            self.assertEqual(sorted(self.drain(url, 3)), [f"{number}-{i}" for i in range(3)])

    def task(self, url):
        return self.sqs.list_message_move_tasks(SourceArn=arn(self.name(url)))["Results"][0]

    def filled(self, count):
        url, dead = self.pair()
        for i in range(count):
            self.sqs.send_message(QueueUrl=dead, MessageBody=f"m{i}")
        return url, dead, self.queue()

    @unittest.skipUnless(JSON_FACE, "an older client knows no move tasks")
    def test_move_tasks_hold_their_rate_and_are_cancelled(self):
        _, dead, target = self.filled(10)
        source, destination = arn(self.name(dead)), arn(self.name(target))
        handle = self.sqs.start_message_move_task(SourceArn=source, DestinationArn=destination,
                                                  MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
        self.refused("InvalidParameterValue", self.sqs.start_message_move_task, SourceArn=source,
                     message="There is already a task running. Only one active task is allowed for a source queue arn "
                             "at a given time.")
        harness.eventually(lambda: self.counts(target)[0] >= 1, 30)
        self.assertEqual((self.task(dead)["Status"], self.task(dead)["TaskHandle"]), ("RUNNING", handle))
        self.assertLess(self.counts(target)[0], 10)
        self.sqs.cancel_message_move_task(TaskHandle=handle)
        harness.eventually(lambda: self.task(dead)["Status"] == "CANCELLED", 30)
        task = self.task(dead)
        self.assertEqual((task["DestinationArn"], task["MaxNumberOfMessagesPerSecond"]), (destination, 1))
        self.assertEqual(self.counts(target)[0] + self.counts(dead)[0], 10)

    @unittest.skipUnless(JSON_FACE, "an older client knows no move tasks")
    def test_move_tasks_fail_when_their_destination_goes(self):
        _, dead, target = self.filled(10)
        self.sqs.start_message_move_task(SourceArn=arn(self.name(dead)), DestinationArn=arn(self.name(target)),
                                         MaxNumberOfMessagesPerSecond=1)
        self.sqs.delete_queue(QueueUrl=target)
        harness.eventually(lambda: self.task(dead)["Status"] == "FAILED", 30)
        self.assertEqual(self.task(dead)["FailureReason"], "AWS.SimpleQueueService.NonExistentQueue")

    @unittest.skipUnless(JSON_FACE, "an older client knows no move tasks")
    def test_move_tasks_are_judged(self):
        plain, (_, dead) = self.queue(), self.pair()
        start, source = self.sqs.start_message_move_task, arn(self.name(dead))
        self.refused("InvalidParameterValue", start, SourceArn=arn(self.name(plain)),
                     message="Source queue must be configured as a Dead Letter Queue.")
        self.refused("ResourceNotFoundException", start, SourceArn=arn("nowhere"),
                     message="The resource that you specified for the SourceArn parameter doesn't exist.")
        self.refused("ResourceNotFoundException", start, SourceArn=source, DestinationArn=arn("nowhere"),
                     message="The resource that you specified for the DestinationArn parameter doesn't exist.")
        for rate in (0, 501):
            self.refused("InvalidParameterValue", start, SourceArn=source, MaxNumberOfMessagesPerSecond=rate)
        cancel = self.sqs.cancel_message_move_task
        self.refused("InvalidParameterValue", cancel, TaskHandle="foobared",
                     message="Value for parameter TaskHandle is invalid.")

        def handle(arn_of, task):
            return base64.b64encode(json.dumps({"taskId": task, "sourceArn": arn_of}).encode()).decode()
        self.refused("ResourceNotFoundException", cancel, TaskHandle=handle(arn("nowhere"), "x"))
        self.refused("ResourceNotFoundException", cancel, TaskHandle=handle(source, "x"),
                     message="Task does not exist.")


class InFlight(Base):
    """The limit of what is received and not deleted, on a server whose limit is small."""
    arguments = (*Base.arguments, "--set", "sqs.in_flight_limit=40")

    def test_a_standard_queue_refuses_and_a_delete_makes_room(self):
        url = self.queue(VisibilityTimeout=600)
        for _ in range(5):
            self.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": "m"} for i in range(10)])
        held = []
        while len(held) < 40:
            held += self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        self.refused("OverLimit", self.sqs.receive_message, QueueUrl=url)
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=held[0]["ReceiptHandle"])
        self.assertEqual(len(self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]), 1)

    def test_a_fifo_queue_is_silent(self):
        url = self.queue(fifo=True, VisibilityTimeout=600)
        for batch in range(5):
            self.sqs.send_message_batch(QueueUrl=url, Entries=[
                {"Id": str(i), "MessageBody": "m", "MessageGroupId": f"{batch}-{i}",
                 "MessageDeduplicationId": f"{batch}-{i}"} for i in range(10)])
        held = []
        while len(held) < 40:
            held += self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=url))
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=held[0]["ReceiptHandle"])
        self.assertEqual(len(self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]), 1)


class Damage(Base):
    def test_a_damaged_message_is_not_delivered_but_logged_and_counted(self):
        url = self.queue()
        bodies = [f"message number {i} of the damaged queue" for i in range(3)]
        for body in bodies:
            self.sqs.send_message(QueueUrl=url, MessageBody=body)
        self.assertEqual(self.server.stop(), 0)
        wanted, found = bodies[1].encode(), 0
        for folder, _, names in os.walk(os.path.join(self.server.data, "messages")):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "r+b") as f:
                    at = f.read().find(wanted)
                    if at >= 0:
                        found += 1
                        f.seek(at)
                        f.write(b"M")
        self.assertEqual(found, 1)
        self.server.restart()
        sqs = self.server.boto3_client("sqs")
        url = sqs.get_queue_url(QueueName=self.name(url))["QueueUrl"]
        got = []
        while len(got) < 2:
            reply = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            got += [m["Body"] for m in reply.get("Messages", [])]
        self.assertCountEqual(got, [bodies[0], bodies[2]])

        def counted():
            with urllib.request.urlopen(self.server.url + "/metrics") as reply:
                return "landfall_queue_damaged_messages_total 1\n" in reply.read().decode()
        harness.eventually(counted, 30)
        line, = [line for line in self.server.tail_of_log(10_000).splitlines() if "messages_damaged" in line]
        self.assertIn(arn(self.name(url)), line)


class Faces(Base):
    """What no SDK sends any more, but curl and old clients do."""

    def signed(self, method, url, data=None, headers=None, in_query=False):
        request = AWSRequest(method, url, data=data, headers=headers or {})
        auth = SigV4QueryAuth if in_query else SigV4Auth
        auth(Credentials(*self.server.root_key()), "sqs", "us-east-1").add_auth(request)
        prepared = request.prepare()
        try:
            with urllib.request.urlopen(urllib.request.Request(
                    prepared.url, data.encode() if data else None, dict(prepared.headers), method=method)) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def test_query_by_get_on_the_queue_url_signed_in_the_query(self):
        url = self.queue()
        for in_query in (False, True):
            status, body = self.signed("GET", url + "?Action=SendMessage&MessageBody=by%20get", in_query=in_query)
            self.assertEqual(status, 200, body)
            self.assertIn("<MD5OfMessageBody>" + hashlib.md5(b"by get").hexdigest(), body)
        self.assertEqual(self.drain(url, 2), ["by get"] * 2)

    def test_query_and_json_by_post_on_the_queue_url(self):
        url = self.queue()
        status, body = self.signed("POST", url, "Action=SendMessage&MessageBody=form",
                                   {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(status, 200, body)
        status, body = self.signed("POST", url, json.dumps({"QueueUrl": url, "MessageBody": "json"}), {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"})
        self.assertEqual(status, 200, body)
        self.assertEqual(sorted(self.drain(url, 2)), ["form", "json"])

    def test_a_queue_url_in_the_form_beats_the_path(self):
        path, parameter = self.queue(), self.queue()
        form = urllib.parse.urlencode({"Action": "SendMessage", "MessageBody": "m", "QueueUrl": parameter})
        self.assertEqual(self.signed("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"})[0], 200)
        self.assertEqual((self.counts(path)[0], self.counts(parameter)[0]), (0, 1))

    def test_lists_and_member_names_of_the_query_face(self):
        url = self.queue()
        form = {"Action": "SendMessageBatch",
                "SendMessageBatchRequestEntry.1.Id": "a", "SendMessageBatchRequestEntry.1.MessageBody": "one",
                "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name": "k",
                "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType": "String",
                "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue": "v",
                "SendMessageBatchRequestEntry.2.Id": "b", "SendMessageBatchRequestEntry.2.MessageBody": "two"}
        status, body = self.signed("POST", url, urllib.parse.urlencode(form),
                                   {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual((status, body.count("<SendMessageBatchResultEntry>")), (200, 2), body)

    def test_the_query_face_answers_in_json_where_that_is_accepted(self):
        url = self.queue()
        form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        status, body = self.signed("POST", url, "Action=SendMessage&MessageBody=m", form)
        answer = json.loads(body)["SendMessageResponse"]
        self.assertEqual((status, answer["SendMessageResult"]["MD5OfMessageBody"]),
                         (200, hashlib.md5(b"m").hexdigest()))
        self.assertIn("RequestId", answer["ResponseMetadata"])
        status, body = self.signed("POST", self.server.url + "/", "Action=GetQueueUrl&QueueName=nowhere", form)
        self.assertEqual((status, json.loads(body)["Error"]["Code"]),
                         (400, "AWS.SimpleQueueService.NonExistentQueue"))

    def test_an_error_of_the_json_face_names_both_codes(self):
        body = json.dumps({"QueueName": "nowhere"})
        request = AWSRequest("POST", self.server.url + "/", data=body, headers={
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.GetQueueUrl"})
        SigV4Auth(Credentials(*self.server.root_key()), "sqs", "us-east-1").add_auth(request)
        parts = urllib.parse.urlsplit(self.server.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        self.addCleanup(connection.close)
        connection.request("POST", "/", body, dict(request.headers))
        reply = connection.getresponse()
        error = json.loads(reply.read())
        self.assertEqual(reply.status, 400)
        self.assertEqual(error["__type"].split("#")[-1], "QueueDoesNotExist")
        self.assertEqual(reply.headers["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender")

    def test_what_is_not_for_a_queue_url_and_what_is_no_action(self):
        url = self.queue()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for action in ("ListQueues", "CreateQueue"):
            status, body = self.signed("POST", url, f"Action={action}&QueueName=x", form)
            self.assertEqual(status, 400, body)
            self.assertIn("<Code>InvalidAction</Code>", body)
            self.assertIn(f"<Message>The action {action} is not valid for this endpoint.</Message>", body)
        self.assertEqual(self.signed("POST", self.server.url + "/", "Action=ListQueues", form)[0], 200)
        for method, data in (("GET", None), ("POST", "Nothing=x")):
            status, body = self.signed(method, url, data, form if data else {})
            self.assertEqual((status, body), (404, "<UnknownOperationException/>"))
        status, body = self.signed("GET", url + "?Action=Nonsense")
        self.assertEqual(status, 400)
        self.assertIn("<Code>InvalidAction</Code>", body)
        status, body = self.signed("POST", self.server.url + "/", "{}", {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.Nonsense"})
        self.assertEqual((status, json.loads(body)["__type"]), (400, "UnknownOperationException"))

    def test_statuses_of_the_json_face_are_400_unless_query_mode_is_asked_for(self):
        url = self.queue()
        self.sqs.purge_queue(QueueUrl=url)
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.PurgeQueue"}
        body = json.dumps({"QueueUrl": url})
        status, answer = self.signed("POST", self.server.url + "/", body, headers)
        self.assertEqual((status, json.loads(answer)["__type"]), (400, "PurgeQueueInProgress"))
        status, answer = self.signed("POST", self.server.url + "/", body, {**headers, "x-amzn-query-mode": "true"})
        self.assertEqual((status, json.loads(answer)["__type"]), (403, "PurgeQueueInProgress"))

    def test_metrics_count_each_queue(self):
        url = self.queue()
        self.sqs.send_message(QueueUrl=url, MessageBody="m")
        with urllib.request.urlopen(self.server.url + "/metrics") as reply:
            text = reply.read().decode()
        labels = f'{{account="{ACCOUNT}",region="us-east-1",queue="{self.name(url)}"}}'
        self.assertIn(f"landfall_queue_visible_messages{labels} 1\n", text)
        self.assertIn(f"landfall_queue_sent_total{labels} 1\n", text)


class Restarts(Base):
    arguments = ()

    def test_everything_is_there_after_a_kill(self):
        sqs = self.sqs
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        policy = json.dumps({"deadLetterTargetArn": arn("dead"), "maxReceiveCount": 1})
        url = sqs.create_queue(QueueName="kept", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "600"},
                               tags={"a": "1"})["QueueUrl"]
        fifo = sqs.create_queue(QueueName="kept.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        sent = [sqs.send_message(QueueUrl=url, MessageBody=f"m{i}")["MessageId"] for i in range(20)]
        first = sqs.send_message(QueueUrl=fifo, MessageBody="m", MessageGroupId="g", MessageDeduplicationId="d")
        gone = sqs.receive_message(QueueUrl=url)["Messages"][0]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=gone["ReceiptHandle"])
        held = sqs.receive_message(QueueUrl=url)["Messages"][0]
        self.server.kill()
        self.server.start()
        Restarts.sqs = sqs = self.server.boto3_client("sqs")
        url, fifo, dead = (u.replace(u.split("/")[2], self.server.url.split("/")[2]) for u in (url, fifo, dead))
        self.assertEqual(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"a": "1"})
        again = sqs.send_message(QueueUrl=fifo, MessageBody="m", MessageGroupId="g", MessageDeduplicationId="d")
        self.assertEqual(again["MessageId"], first["MessageId"])
        # A handle from before the crash still deletes its message.
        sqs.delete_message(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"])
        got = set()
        while len(got) < 18:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]
            got |= {m["MessageId"] for m in messages}
        self.assertEqual(got, set(sent) - {gone["MessageId"], held["MessageId"]})
        self.assertEqual(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"], [url])

    @unittest.skipUnless(JSON_FACE, "an older client knows no move tasks")
    def test_a_move_task_goes_on_after_a_kill(self):
        sqs = self.server.boto3_client("sqs")
        names = ("moved-dead", "moved-source", "moved-target")
        policy = json.dumps({"deadLetterTargetArn": arn(names[0]), "maxReceiveCount": 1})
        dead, _, _ = (sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy} if "source" in name else {})[
            "QueueUrl"] for name in names)
        for i in range(8):
            sqs.send_message(QueueUrl=dead, MessageBody=f"m{i}")
        sqs.start_message_move_task(SourceArn=arn(names[0]), DestinationArn=arn(names[2]),
                                    MaxNumberOfMessagesPerSecond=2)
        self.server.kill()
        self.server.start()
        Restarts.sqs = sqs = self.server.boto3_client("sqs")
        harness.eventually(lambda: sqs.list_message_move_tasks(SourceArn=arn(names[0]))["Results"][0]["Status"]
                           == "COMPLETED", 60)
        target = sqs.get_queue_url(QueueName=names[2])["QueueUrl"]
        got = set()
        while len(got) < 8:
            for message in sqs.receive_message(QueueUrl=target, MaxNumberOfMessages=10, WaitTimeSeconds=5)["Messages"]:
                self.assertNotIn(message["Body"], got)
                got.add(message["Body"])

    def test_a_deleted_name_rests_for_a_minute(self):
        url = self.sqs.create_queue(QueueName="resting")["QueueUrl"]
        self.sqs.delete_queue(QueueUrl=url)
        self.refused("AWS.SimpleQueueService.QueueDeletedRecently", self.sqs.create_queue, QueueName="resting",
                     json_code="QueueDeletedRecently",
                     message="You must wait 60 seconds after deleting a queue before you can create another with the "
                             "same name.")

    def test_a_stop_answers_long_polls(self):
        sqs = self.server.boto3_client("sqs")
        url = sqs.create_queue(QueueName="stopping")["QueueUrl"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            waiting = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
            polls = lambda: urllib.request.urlopen(self.server.url + "/metrics").read()  # noqa: E731
            harness.eventually(lambda: b"landfall_queue_polls 1" in polls())
            began = time.monotonic()
            self.assertEqual(self.server.stop(), 0)
            self.assertNotIn("Messages", waiting.result())
        self.assertLess(time.monotonic() - began, 15)
        self.server.start()
        Restarts.sqs = self.server.boto3_client("sqs")


class OtherClients(Base):
    @unittest.skipIf(JSON_FACE, "once is enough")
    def test_the_aws_cli_of_debian(self):
        url = self.server.run_aws("sqs", "create-queue", "--queue-name", "cli")["QueueUrl"]
        self.server.run_aws("sqs", "send-message", "--queue-url", url, "--message-body", "by cli")
        message = self.server.run_aws("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "5")
        handle = message["Messages"][0]["ReceiptHandle"]
        self.server.run_aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", handle)
        missing = self.server.run_aws("sqs", "get-queue-url", "--queue-name", "nowhere", check=False)
        self.assertIn("AWS.SimpleQueueService.NonExistentQueue", missing.stderr)
        self.assertIn("The specified queue does not exist for this wsdl version.", missing.stderr)

    @unittest.skipIf(JSON_FACE, "Debian's kombu is Debian's interpreter's")
    def test_kombu_of_debian(self):
        import kombu
        key, secret = self.server.root_key()
        parts = urllib.parse.urlsplit(self.server.url)
        url = (f"sqs://{urllib.parse.quote(key, '')}:{urllib.parse.quote(secret, '')}@{parts.hostname}:{parts.port}//")
        options = {"region": "us-east-1", "is_secure": False, "wait_time_seconds": 1, "polling_interval": 0.1}
        got = []

        def take(body, message):
            got.append(body)
            message.ack()
        with kombu.Connection(url, transport_options=options) as connection:
            queue = kombu.Queue("celery-jobs", routing_key="celery-jobs")
            with connection.Producer() as producer:
                for i in range(5):
                    producer.publish({"task": i}, routing_key="celery-jobs", exchange="", declare=[queue])
            with connection.Consumer([queue], callbacks=[take]):
                deadline = time.monotonic() + 60
                while len(got) < 5 and time.monotonic() < deadline:
                    try:
                        connection.drain_events(timeout=2)
                    except OSError:  # kombu's own way to say that nothing came in time
                        pass
        self.assertEqual(sorted(b["task"] for b in got), list(range(5)))


def main():
    global PROGRAM
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    threading.excepthook = lambda args: None
    unittest.main()


if __name__ == "__main__":
    harness.own_processes()
    main()
