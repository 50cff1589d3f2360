#!/usr/bin/env python3
"""Topics with real clients: Debian's boto3 and aws CLI against a real server. Usage: sns_test.py PROGRAM

Endpoints are HTTP servers of this test; everything waits for a condition, never for a time.
"""
import base64
import http.server
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

import harness
from botocore.exceptions import ClientError

PROGRAM = sys.argv.pop(1)


class Endpoint:
    """An HTTP endpoint that keeps what it gets and answers as it is told."""

    def __init__(self, statuses=()):
        self.received = []
        self.statuses = list(statuses)
        endpoint = self

        class Taker(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                endpoint.received.append((dict(self.headers), body))
                status = 200
                if self.headers["x-amz-sns-message-type"] == "Notification" and endpoint.statuses:
                    status = endpoint.statuses.pop(0)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of_type(self, kind):
        return [(h, b) for h, b in self.received if h["x-amz-sns-message-type"] == kind]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def harness_config():
    """No retries: what was not acknowledged is not sent again."""
    from botocore.config import Config
    return Config(retries={"max_attempts": 0})


def get(url, authority=None):
    """Over https the server's own certificate is the authority."""
    trust = ssl.create_default_context(cafile=authority) if authority else None
    with urllib.request.urlopen(url, timeout=30, context=trust) as answer:
        return answer.read().decode()


class Topics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(PROGRAM)
        cls.server.start()
        cls.connect()

    @classmethod
    def connect(cls):
        cls.sns = cls.server.boto3_client("sns")
        cls.sqs = cls.server.boto3_client("sqs")

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def name(self, suffix=""):
        return self.id().split(".")[-1][-60:] + suffix

    def topic(self, suffix="", **attributes):
        return self.sns.create_topic(Name=self.name(suffix), Attributes=attributes)["TopicArn"]

    def queue(self, topic, label="", **attributes):
        """A queue that lets the topic in."""
        suffix = ".fifo" if attributes.get("FifoQueue") else ""
        name = self.name(label + suffix)
        arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
             "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}]}
        url = self.sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps(policy), **attributes})["QueueUrl"]
        return url, arn

    def receive(self, url, wait=5, **more):
        got = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=wait, MaxNumberOfMessages=10,
                                       MessageAttributeNames=["All"], AttributeNames=["All"], **more)
        for message in got.get("Messages", []):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return got.get("Messages", [])

    def refused(self, code, message, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        self.assertEqual(caught.exception.response["Error"]["Message"], message)

    def subscribe(self, topic, queue_arn, **attributes):
        return self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes=attributes,
                                  ReturnSubscriptionArn=True)["SubscriptionArn"]

    def test_an_enveloped_message_reaches_a_queue_and_its_signature_holds(self):
        for version in ("1", "2"):
            topic = self.topic(version, SignatureVersion=version)
            url, arn = self.queue(topic, version)
            self.subscribe(topic, arn)
            sent = self.sns.publish(TopicArn=topic, Message='say "hé"\r\n', Subject="the subject",
                                    MessageAttributes={"a": {"DataType": "String", "StringValue": "1"}})
            (message,) = self.receive(url)
            envelope = json.loads(message["Body"])
            self.assertEqual(list(envelope), ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp",
                                              "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL",
                                              "MessageAttributes"])
            self.assertEqual(envelope["MessageId"], sent["MessageId"])
            self.assertEqual(envelope["Message"], 'say "hé"\r\n')
            self.assertEqual(envelope["MessageAttributes"], {"a": {"Type": "String", "Value": "1"}})
            self.assertEqual(envelope["SignatureVersion"], version)
            self.check_signature(envelope, ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"))

    def check_signature(self, envelope, keys):
        text = "".join(f"{key}\n{envelope[key]}\n" for key in keys if key in envelope)
        with tempfile.TemporaryDirectory() as place:
            certificate = get(envelope["SigningCertURL"], os.path.join(self.server.data, "tls/certificate.pem"))
            for name, content in (("cert", certificate.encode()), ("text", text.encode()),
                                  ("sig", base64.b64decode(envelope["Signature"]))):
                with open(f"{place}/{name}", "wb") as f:
                    f.write(content)
            key = subprocess.run(["openssl", "x509", "-in", f"{place}/cert", "-pubkey", "-noout"], check=True,
                                 capture_output=True).stdout
            with open(f"{place}/key", "wb") as f:
                f.write(key)
            digest = "-sha256" if envelope["SignatureVersion"] == "2" else "-sha1"
            subprocess.run(["openssl", "dgst", digest, "-verify", f"{place}/key", "-signature", f"{place}/sig",
                            f"{place}/text"], check=True, capture_output=True)

    def test_a_raw_message_brings_its_attributes(self):
        topic = self.topic()
        url, arn = self.queue(topic)
        self.subscribe(topic, arn, RawMessageDelivery="true")
        self.sns.publish(TopicArn=topic, Message="plain", MessageAttributes={
            "s": {"DataType": "String", "StringValue": "x"}, "b": {"DataType": "Binary", "BinaryValue": b"\0\1"}})
        (message,) = self.receive(url)
        self.assertEqual(message["Body"], "plain")
        self.assertEqual(message["MessageAttributes"]["b"]["BinaryValue"], b"\0\1")
        self.assertEqual(message["MessageAttributes"]["s"]["StringValue"], "x")

    def test_filters_choose_by_attributes_and_by_body(self):
        topic = self.topic()
        by_attribute, attribute_arn = self.queue(topic, "-a")
        by_body, body_arn = self.queue(topic, "-b")
        arn = self.subscribe(topic, attribute_arn, FilterPolicy='{"kind":["order",{"prefix":"re"}]}')
        self.subscribe(topic, body_arn, FilterPolicyScope="MessageBody",
                       FilterPolicy='{"price":[{"numeric":[">",10]}]}')
        attributes = self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        self.assertEqual(attributes["FilterPolicyScope"], "MessageAttributes")
        self.assertEqual(attributes["ConfirmationWasAuthenticated"], "true")
        for kind, price in (("order", 5), ("return", 20), ("other", 30)):
            self.sns.publish(TopicArn=topic, Message=json.dumps({"kind": kind, "price": price}),
                             MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}})
        kinds = lambda url: sorted(json.loads(json.loads(m["Body"])["Message"])["kind"] for m in self.receive(url))
        self.assertEqual(kinds(by_attribute), ["order", "return"])
        self.assertEqual(kinds(by_body), ["other", "return"])
        self.refused("InvalidParameter", "Invalid parameter: FilterPolicy: \"key_a\" must be an object or an array\n at "
                     "[Source: (String)\"{\"key_a\":\"value_one\"}\"; line: 1, column: 11]",
                     self.sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="FilterPolicy",
                     AttributeValue='{"key_a":"value_one"}')

    def test_a_json_structure_has_a_text_for_each_protocol(self):
        topic = self.topic()
        url, arn = self.queue(topic)
        self.subscribe(topic, arn)
        self.sns.publish(TopicArn=topic, MessageStructure="json", Message='{"default":"d","sqs":"for queues"}')
        (message,) = self.receive(url)
        envelope = json.loads(message["Body"])
        self.assertEqual(envelope["Message"], "for queues")
        self.check_signature(envelope, ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"))

    def test_a_queue_that_does_not_let_the_topic_in_gets_nothing_and_the_dead_letter_queue_does(self):
        topic = self.topic()
        dead, dead_arn = self.queue(topic, "-dead")
        closed = self.sqs.create_queue(QueueName=self.name("-closed"))["QueueUrl"]
        self.subscribe(topic, f"arn:aws:sqs:us-east-1:000000000000:{self.name('-closed')}",
                       RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn}))
        self.sns.publish(TopicArn=topic, Message="x")
        (message,) = self.receive(dead)
        self.assertEqual(json.loads(message["Body"])["Message"], "x")
        self.assertEqual(message["MessageAttributes"]["ErrorCode"]["StringValue"], "AccessDenied")
        self.assertEqual(self.receive(closed, wait=0), [])

    def test_a_batch_is_answered_entry_by_entry(self):
        topic = self.topic()
        url, arn = self.queue(topic)
        self.subscribe(topic, arn, RawMessageDelivery="true")
        entries = [{"Id": str(i), "Message": f"m{i}"} for i in range(10)]
        answer = self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
        self.assertEqual([e["Id"] for e in answer["Successful"]], [str(i) for i in range(10)])
        bodies = []
        while len(bodies) < 10:
            bodies += [m["Body"] for m in self.receive(url)]
        self.assertEqual(sorted(bodies), sorted(f"m{i}" for i in range(10)))
        self.refused("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.",
                     self.sns.publish_batch, TopicArn=topic,
                     PublishBatchRequestEntries=[{"Id": str(i), "Message": "m"} for i in range(11)])
        self.refused("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.",
                     self.sns.publish_batch, TopicArn=topic,
                     PublishBatchRequestEntries=[{"Id": "a", "Message": "m"}] * 2)

    def test_a_fifo_topic_keeps_order_and_drops_duplicates(self):
        topic = self.topic(".fifo", FifoTopic="true", ContentBasedDeduplication="true")
        url, arn = self.queue(topic, FifoQueue="true")
        self.subscribe(topic, arn)
        first = [self.sns.publish(TopicArn=topic, Message=f"m{i}", MessageGroupId="g") for i in range(5)]
        again = self.sns.publish(TopicArn=topic, Message="m0", MessageGroupId="g")
        self.assertEqual(again["MessageId"], first[0]["MessageId"])
        self.assertEqual(again["SequenceNumber"], first[0]["SequenceNumber"])
        numbers = [f["SequenceNumber"] for f in first]
        self.assertEqual(numbers, sorted(numbers))
        envelopes = [json.loads(m["Body"]) for m in self.receive(url)]
        self.assertEqual([e["Message"] for e in envelopes], [f"m{i}" for i in range(5)])
        self.assertEqual([e["SequenceNumber"] for e in envelopes], numbers)
        self.assertNotIn("Signature", envelopes[0])
        self.refused("InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
                     self.sns.publish, TopicArn=topic, Message="x")

    def test_an_archive_replays_to_a_new_subscription_in_order(self):
        topic = self.topic(".fifo", FifoTopic="true", ArchivePolicy='{"MessageRetentionPeriod":"30"}')
        sent = [self.sns.publish(TopicArn=topic, Message=f"m{i}", MessageGroupId="g", MessageDeduplicationId=str(i))
                for i in range(25)]
        self.assertIn("BeginningArchiveTime", self.sns.get_topic_attributes(TopicArn=topic)["Attributes"])
        url, arn = self.queue(topic, FifoQueue="true")
        subscription = self.subscribe(topic, arn, ReplayPolicy=json.dumps(
            {"PointType": "Timestamp", "StartingPoint": "2020-01-01T00:00:00.000Z"}))
        status = lambda: self.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]["ReplayStatus"]
        harness.eventually(lambda: status() == "Completed")
        envelopes = []
        while len(envelopes) < 25:
            envelopes += [json.loads(m["Body"]) for m in self.receive(url)]
        self.assertEqual([e["Message"] for e in envelopes], [f"m{i}" for i in range(25)])
        self.assertEqual([e["MessageId"] for e in envelopes], [s["MessageId"] for s in sent])
        self.assertTrue(all(e["Replayed"] is True for e in envelopes))
        self.refused("InvalidState", "Invalid state: Cannot delete a topic with an ArchivePolicy. Remove the "
                     "ArchivePolicy first.", self.sns.delete_topic, TopicArn=topic)

    def test_attributes_tags_and_lists(self):
        topic = self.topic()
        attributes = self.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        self.assertEqual(attributes["SubscriptionsConfirmed"], "0")
        self.assertIn('"minDelayTarget":20', attributes["EffectiveDeliveryPolicy"])
        self.assertIn("__default_policy_ID", attributes["Policy"])
        self.assertEqual((attributes["Owner"], attributes["TopicArn"]), ("000000000000", topic))
        for name, value in (("KmsMasterKeyId", "alias/k"), ("TracingConfig", "Active")):
            self.sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
            self.assertEqual(self.sns.get_topic_attributes(TopicArn=topic)["Attributes"][name], value)
        self.sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="shown")
        self.assertEqual(self.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"], "shown")
        self.sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "k", "Value": "v"}])
        self.assertEqual(self.sns.list_tags_for_resource(ResourceArn=topic)["Tags"], [{"Key": "k", "Value": "v"}])
        self.refused("InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags",
                     self.sns.create_topic, Name=self.name(), Tags=[{"Key": "k", "Value": "other"}])
        self.sns.untag_resource(ResourceArn=topic, TagKeys=["k"])
        many = [self.sns.create_topic(Name=self.name(f"-{i:03}"))["TopicArn"] for i in range(101)]
        pages = self.sns.get_paginator("list_topics").paginate()
        listed = [t["TopicArn"] for page in pages for t in page["Topics"]]
        self.assertTrue(set(many) <= set(listed))
        self.assertEqual(len(listed), len(set(listed)))
        for arn in many:
            self.sns.delete_topic(TopicArn=arn)
        self.refused("NotFound", "Topic does not exist", self.sns.get_topic_attributes, TopicArn=many[0])
        self.refused("InvalidParameter", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
                     self.sns.publish, TopicArn="x", Message="x")

    def test_permissions_and_data_protection(self):
        topic = self.topic()
        self.sns.add_permission(TopicArn=topic, Label="one", AWSAccountId=["111122223333"], ActionName=["Publish"])
        policy = json.loads(self.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
        self.assertEqual(policy["Statement"][1]["Sid"], "one")
        self.assertEqual(policy["Statement"][1]["Action"], "SNS:Publish")
        self.refused("InvalidParameter", "Invalid parameter: Statement already exists", self.sns.add_permission,
                     TopicArn=topic, Label="one", AWSAccountId=["111122223333"], ActionName=["Publish"])
        self.sns.remove_permission(TopicArn=topic, Label="one")
        self.sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy='{"Name":"p"}')
        self.assertEqual(self.sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"], '{"Name":"p"}')

    def test_an_http_endpoint_confirms_gets_retries_and_unsubscribes_by_link(self):
        with Endpoint(statuses=[500, 503]) as endpoint:
            topic = self.topic()
            policy = {"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 3}}
            pending = self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url,
                                         Attributes={"DeliveryPolicy": json.dumps(policy)})["SubscriptionArn"]
            self.assertEqual(pending, "pending confirmation")
            harness.eventually(lambda: endpoint.of_type("SubscriptionConfirmation"))
            headers, body = endpoint.of_type("SubscriptionConfirmation")[0]
            self.assertEqual(headers["User-Agent"], "Amazon Simple Notification Service Agent")
            self.assertEqual(headers["Content-Type"], "text/plain; charset=UTF-8")
            self.assertNotIn("x-amz-sns-subscription-arn", headers)
            confirmation = json.loads(body)
            self.check_signature(confirmation, ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token",
                                                "TopicArn", "Type"))
            self.refused("InvalidParameter", "Invalid token", self.sns.confirm_subscription, TopicArn=topic, Token="x")
            self.refused("InvalidParameter", "Invalid parameter: Token", self.sns.confirm_subscription, TopicArn=topic,
                         Token="0" * 288)
            self.assertIn("<SubscriptionArn>" + topic, get(confirmation["SubscribeURL"]))
            self.sns.publish(TopicArn=topic, Message="to http")
            harness.eventually(lambda: len(endpoint.of_type("Notification")) == 3)
            headers, body = endpoint.of_type("Notification")[-1]
            envelope = json.loads(body)
            self.assertEqual(envelope["Message"], "to http")
            self.assertEqual(headers["x-amz-sns-message-id"], envelope["MessageId"])
            self.check_signature(envelope, ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"))
            get(envelope["UnsubscribeURL"])
            harness.eventually(lambda: endpoint.of_type("UnsubscribeConfirmation"))
            self.assertEqual(self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"], [])
            restore = json.loads(endpoint.of_type("UnsubscribeConfirmation")[0][1])["SubscribeURL"]
            get(restore)
            self.assertEqual(len(self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]), 1)

    def test_a_dead_http_endpoint_holds_back_nobody_and_its_dead_letter_queue_gets_the_message(self):
        with Endpoint(statuses=[500] * 100) as dead, Endpoint() as alive:
            topic = self.topic()
            url, arn = self.queue(topic)
            policy = {"healthyRetryPolicy": {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 1}}
            for endpoint, more in ((dead, {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn}),
                                           "RawMessageDelivery": "true"}), (alive, {})):
                self.sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url,
                                   Attributes={"DeliveryPolicy": json.dumps(policy), **more})
                harness.eventually(lambda: endpoint.of_type("SubscriptionConfirmation"))
                get(json.loads(endpoint.of_type("SubscriptionConfirmation")[0][1])["SubscribeURL"])
            self.sns.publish(TopicArn=topic, Message="m")
            harness.eventually(lambda: alive.of_type("Notification"))
            (message,) = harness.eventually(lambda: self.receive(url))
            self.assertEqual(message["Body"], "m")
            self.assertEqual(message["MessageAttributes"]["ErrorCode"]["StringValue"], "500")
            self.assertEqual(dead.of_type("Notification")[0][0]["x-amz-sns-rawdelivery"], "true")
            self.assertEqual(len(dead.of_type("Notification")), 2)

    def test_a_kill_in_the_middle_of_a_fan_out_leaves_each_message_in_all_queues_or_none(self):
        topic = self.topic()
        urls = []
        for i in range(4):
            _, arn = self.queue(topic, f"-{i}")
            urls.append(self.name(f"-{i}"))
            self.subscribe(topic, arn, RawMessageDelivery="true")
        acknowledged = []
        for round_ in range(3):
            done = len(acknowledged)
            publishers = [threading.Thread(target=self.publish_until_it_fails, args=(topic, f"{round_}-{i}", acknowledged))
                          for i in range(4)]
            for publisher in publishers:
                publisher.start()
            harness.eventually(lambda: len(acknowledged) >= done + 20)
            self.server.kill()
            for publisher in publishers:
                publisher.join()
            self.server.restart()
            self.connect()
        found = [self.drain(self.sqs.get_queue_url(QueueName=name)["QueueUrl"]) for name in urls]
        for bodies in found:
            self.assertEqual(len(bodies), len(set(bodies)))
            self.assertEqual(sorted(bodies), sorted(found[0]))
        self.assertTrue(set(acknowledged) <= set(found[0]), set(acknowledged) - set(found[0]))

    def publish_until_it_fails(self, topic, label, acknowledged):
        sns = self.server.boto3_client("sns", config=harness_config())
        try:
            for i in range(100_000):
                sns.publish(TopicArn=topic, Message=f"{label}-{i}")
                acknowledged.append(f"{label}-{i}")
        except Exception:  # whatever a dead server looks like
            pass

    def drain(self, url):
        bodies = []
        while True:
            got = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not got:
                return bodies
            bodies += [m["Body"] for m in got]
            self.sqs.delete_message_batch(QueueUrl=url, Entries=[
                {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)])

    def test_mobile_and_text_messages_are_stored_and_returned(self):
        app = self.sns.create_platform_application(Name="app", Platform="GCM", Attributes={
            "PlatformCredential": "secret"})["PlatformApplicationArn"]
        self.assertNotIn("PlatformCredential", self.sns.get_platform_application_attributes(
            PlatformApplicationArn=app)["Attributes"])
        endpoint = self.sns.create_platform_endpoint(PlatformApplicationArn=app, Token="t")["EndpointArn"]
        self.assertEqual(endpoint, self.sns.create_platform_endpoint(PlatformApplicationArn=app, Token="t")["EndpointArn"])
        self.sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"CustomUserData": "u"})
        self.assertEqual(self.sns.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"]["CustomUserData"], "u")
        self.assertEqual(len(self.sns.list_endpoints_by_platform_application(PlatformApplicationArn=app)["Endpoints"]), 1)
        self.assertEqual(len(self.sns.list_platform_applications()["PlatformApplications"]), 1)
        self.sns.delete_endpoint(EndpointArn=endpoint)
        self.sns.delete_platform_application(PlatformApplicationArn=app)
        self.sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional"})
        self.assertEqual(self.sns.get_sms_attributes()["attributes"], {"DefaultSMSType": "Transactional"})
        self.refused("InvalidParameter", "DefaultSMSType is invalid", self.sns.set_sms_attributes,
                     attributes={"DefaultSMSType": "x"})
        self.assertFalse(self.sns.check_if_phone_number_is_opted_out(phoneNumber="+15551234567")["isOptedOut"])

    def test_the_sandbox_keeps_numbers_until_they_are_deleted(self):
        number = "+15557654321"
        self.assertTrue(self.sns.get_sms_sandbox_account_status()["IsInSandbox"])
        self.sns.create_sms_sandbox_phone_number(PhoneNumber=number)
        listed = lambda: self.sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"]
        self.assertEqual(listed(), [{"PhoneNumber": number, "Status": "Pending"}])
        self.sns.verify_sms_sandbox_phone_number(PhoneNumber=number, OneTimePassword="123456")
        self.assertEqual(listed(), [{"PhoneNumber": number, "Status": "Verified"}])
        self.sns.delete_sms_sandbox_phone_number(PhoneNumber=number)
        self.assertEqual(listed(), [])
        self.assertEqual(self.sns.list_origination_numbers()["PhoneNumbers"], [])

    def test_the_aws_cli_publishes_and_a_restart_keeps_everything(self):
        topic = self.server.run_aws("sns", "create-topic", "--name", self.name())["TopicArn"]
        url, arn = self.queue(topic)
        self.subscribe(topic, arn, RawMessageDelivery="true")
        self.server.run_aws("sns", "publish", "--topic-arn", topic, "--message", "before")
        self.server.kill()
        self.server.restart()
        self.connect()
        url = self.sqs.get_queue_url(QueueName=self.name())["QueueUrl"]
        self.sns.publish(TopicArn=topic, Message="after")
        bodies = []
        while len(bodies) < 2:
            bodies += [m["Body"] for m in self.receive(url)]
        self.assertEqual(bodies, ["before", "after"])


if __name__ == "__main__":
    harness.own_processes()
    unittest.main()
