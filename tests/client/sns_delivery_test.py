#!/usr/bin/env python3
"""How deliveries go wrong, and what is told of them. Usage: sns_delivery_test.py PROGRAM

Endpoints are servers of this test: some answer, some never do, some are not there. Everything waits for a condition;
where times are compared, only that nothing came before it was due.
"""
import contextlib
import glob
import http.server
import json
import os
import re
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

import harness
from botocore.exceptions import ClientError

PROGRAM = sys.argv.pop(1)


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


class Endpoint:
    """Keeps what it gets, with the time, and answers as it is told; `context` makes it an https one."""

    def __init__(self, statuses=(), context=None):
        self.received = []
        self.statuses = list(statuses)
        endpoint = self

        class Taker(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                endpoint.received.append((self.headers, body, time.monotonic()))
                notification = self.headers["x-amz-sns-message-type"] == "Notification"
                self.send_response(endpoint.statuses.pop(0) if notification and endpoint.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of_type(self, kind):
        return [one for one in list(self.received) if one[0]["x-amz-sns-message-type"] == kind]

    def texts(self):
        return [json.loads(body)["Message"] for _, body, _ in self.of_type("Notification")]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Silent:
    """Confirms, and from then on takes connections and never answers."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        self.held = []
        self.first = None
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        with contextlib.suppress(OSError):
            while True:
                one, _ = self.socket.accept()
                if self.first is not None:
                    self.held.append(one)
                    continue
                text = b""
                while not text.endswith(b"\n}"):
                    text += one.recv(65536)
                one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                one.close()
                self.first = json.loads(text.split(b"\r\n\r\n", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        for one in self.held:
            one.close()


class Deliveries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.place.cleanup)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{cls.place.name}/key",
                        "-out", f"{cls.place.name}/cert", "-days", "2", "-subj", "/CN=test", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        os.environ["SSL_CERT_FILE"] = f"{cls.place.name}/cert"
        cls.addClassCleanup(os.environ.pop, "SSL_CERT_FILE")
        cls.hook = Endpoint()
        cls.addClassCleanup(cls.hook.__exit__)
        cls.server = harness.Server(PROGRAM, arguments=("--set", f"sns.hook_url={cls.hook.url}", "--set",
                                                            "server.public_url=https://landfall.example.org"))
        cls.server.start()
        cls.addClassCleanup(cls.server.close)
        cls.sns, cls.sqs = cls.server.boto3_client("sns"), cls.server.boto3_client("sqs")

    def name(self, suffix=""):
        return self.id().split(".")[-1][-60:] + suffix

    def topic(self, **attributes):
        return self.sns.create_topic(Name=self.name(), Attributes=attributes)["TopicArn"]

    def queue(self, topic, label):
        arn = f"arn:aws:sqs:us-east-1:000000000000:{self.name(label)}"
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
             "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}]}
        url = self.sqs.create_queue(QueueName=self.name(label), Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
        return url, arn

    def receive(self, url):
        return self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10,
                                        MessageAttributeNames=["All"]).get("Messages", [])

    def subscribe(self, topic, protocol, endpoint, **attributes):
        return self.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes,
                                  ReturnSubscriptionArn=True)["SubscriptionArn"]

    def confirmed(self, topic, endpoint, **attributes):
        arn = self.subscribe(topic, endpoint.url.split(":")[0], endpoint.url, **attributes)
        asked = harness.eventually(lambda: endpoint.of_type("SubscriptionConfirmation"))
        get(json.loads(asked[0][1])["SubscribeURL"])
        return arn

    def outcomes(self, topic):
        """{(protocol, outcome): count} of the topic, from /metrics."""
        name = topic.rsplit(":", 1)[1]
        rows = re.findall(r'landfall_topic_deliveries_total\{account="000000000000",region="us-east-1",topic="' +
                          re.escape(name) + r'",protocol="(.*)",outcome="(.*)"\} (\d+)', get(self.server.url + "/metrics"))
        return {(protocol, outcome): int(count) for protocol, outcome, count in rows}

    def events(self, subject):
        """What was noted of a subscription or a mobile endpoint, from the event log (docs/formats/state.md)."""
        (path,) = [p for p in glob.glob(f"{self.server.data}/state/*") if p.endswith((".db", ".sqlite"))]
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            rows = database.execute("select error from event where change = 'noted' and id = ? order by seq", (subject,))
            return [text.decode() if isinstance(text, bytes) else text for (text,) in rows]

    def events_of(self, subscription):
        return self.events(":".join(subscription.split(":")[5:]))

    def test_endpoints_that_never_answer_or_are_not_there_hold_back_nobody(self):
        topic = self.topic()
        url, arn = self.queue(topic, "-q")
        self.subscribe(topic, "sqs", arn, RawMessageDelivery="true")
        with contextlib.ExitStack() as stack:
            silent = [stack.enter_context(Silent()) for _ in range(10)]
            for one in silent:
                self.subscribe(topic, "http", one.url)
                harness.eventually(lambda: one.first)
                get(one.first["SubscribeURL"])
            gone = stack.enter_context(Endpoint())
            self.confirmed(topic, gone)
            gone.server.server_close()
            alive = stack.enter_context(Endpoint())
            self.confirmed(topic, alive)
            wanted = sorted(f"m{i}" for i in range(100))
            for first in range(0, 100, 10):
                self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
                    {"Id": str(i), "Message": f"m{i}"} for i in range(first, first + 10)])
            harness.eventually(lambda: len(set(alive.texts())) == 100)
            self.assertEqual(sorted(set(alive.texts())), wanted)
            bodies = set()
            while len(bodies) < 100:
                bodies |= {m["Body"] for m in self.receive(url)}
            # Each silent endpoint holds no more than its share, and none was answered meanwhile.
            for one in silent:
                harness.eventually(lambda: one.held)
                self.assertLessEqual(len(one.held), 8)
            self.assertNotIn(("http", "failed"), self.outcomes(topic))

    def test_a_policy_runs_through_its_four_phases_and_then_the_dead_letter_queue_gets_the_message(self):
        policy = {"healthyRetryPolicy": {"numRetries": 6, "numNoDelayRetries": 2, "numMinDelayRetries": 1,
                                         "numMaxDelayRetries": 1, "minDelayTarget": 1, "maxDelayTarget": 3,
                                         "backoffFunction": "linear"}}
        with Endpoint([500] * 100) as endpoint:
            topic = self.topic()
            url, dead = self.queue(topic, "-dead")
            arn = self.confirmed(topic, endpoint, DeliveryPolicy=json.dumps(policy),
                                 RedrivePolicy=json.dumps({"deadLetterTargetArn": dead}))
            shown = self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
            effective = json.loads(shown["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]
            self.assertEqual(effective, policy["healthyRetryPolicy"])
            self.assertEqual(json.loads(shown["RedrivePolicy"]), {"deadLetterTargetArn": dead})
            sent = self.sns.publish(TopicArn=topic, Message="m", MessageAttributes={
                "a": {"DataType": "String", "StringValue": "kept"}})
            (letter,) = harness.eventually(lambda: self.receive(url))
            times = [at for _, _, at in endpoint.of_type("Notification")]
            gaps = [after - before for before, after in zip(times, times[1:])]
            self.assertEqual(len(gaps), 6)
            for gap, due in zip(gaps, (0, 0, 1, 1, 1, 3)):
                self.assertGreaterEqual(gap, due * 0.9)
            document = json.loads(letter["Body"])
            self.assertEqual((document["MessageId"], document["Message"]), (sent["MessageId"], "m"))
            self.assertEqual(document["MessageAttributes"]["a"]["Value"], "kept")
            told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
            self.assertEqual(told["ErrorCode"], "500")
            self.assertEqual(told["RequestID"], sent["MessageId"])
            self.assertEqual(self.outcomes(topic), {("http", "retried"): 6, ("http", "failed"): 1,
                                                    ("http", "delivered"): 1})
            (event,) = harness.eventually(lambda: self.events_of(arn))
            self.assertRegex(event, f"^delivery of {sent['MessageId']} to {endpoint.url} failed: Endpoint replied with "
                             r"HTTP status code 500; attempt 7, after \d+ ms; dead-lettered$")

    def test_an_answer_that_is_final_is_not_asked_for_again(self):
        with Endpoint([404]) as endpoint:
            topic = self.topic()
            arn = self.confirmed(topic, endpoint)
            self.sns.publish(TopicArn=topic, Message="m")
            (event,) = harness.eventually(lambda: self.events_of(arn))
            self.assertTrue(event.endswith("; dropped"), event)
            self.assertEqual(len(endpoint.of_type("Notification")), 1)

    def test_successes_are_events_where_the_topic_asks_for_them(self):
        role = "arn:aws:iam::000000000000:role/feedback"
        with Endpoint() as endpoint:
            topic = self.topic(HTTPSuccessFeedbackRoleArn=role, SQSSuccessFeedbackRoleArn=role,
                               SQSSuccessFeedbackSampleRate="100")
            url, arn = self.queue(topic, "-q")
            to_queue = self.subscribe(topic, "sqs", arn)
            password = "sec" + "ret"
            with_password = Endpoint.__new__(Endpoint)
            with_password.__dict__ = dict(endpoint.__dict__, url=endpoint.url.replace("//", f"//me:{password}@"))
            to_http = self.confirmed(topic, with_password)
            sent = self.sns.publish(TopicArn=topic, Message="m")["MessageId"]
            mine = lambda which: [e for e in self.events_of(which) if sent in e]
            (event,) = harness.eventually(lambda: mine(to_http))
            masked = endpoint.url.replace("//", "//me:****@")
            self.assertRegex(event, "^delivered " + re.escape(f"{sent} to {masked}: 200; attempt 1, after ") + r"\d+ ms$")
            self.assertRegex(harness.eventually(lambda: mine(to_queue))[0],
                             "^delivered " + re.escape(f"{sent} to {arn}: stored; attempt 1"))
            self.assertNotIn(password, json.dumps(self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]))
            self.assertEqual(endpoint.of_type("Notification")[0][0]["Authorization"], "Basic bWU6c2VjcmV0")
            self.sns.set_topic_attributes(TopicArn=topic, AttributeName="SQSSuccessFeedbackSampleRate", AttributeValue="0")
            self.sns.publish(TopicArn=topic, Message="m")
            harness.eventually(lambda: self.outcomes(topic).get(("sqs", "delivered")) == 2)
            self.assertEqual(len(self.events_of(to_queue)), 1)

    def test_events_of_deliveries_can_be_sent_to_a_topic(self):
        watched = self.topic()
        news = self.sns.create_topic(Name=self.name("-news"))["TopicArn"]
        url, arn = self.queue(news, "-q")
        self.subscribe(news, "sqs", arn)
        subprocess.run([PROGRAM, "notify", "add", "--topic", news, "--event", "sns.subscription:noted", "--data",
                        self.server.data], env=self.server.environment(), check=True, capture_output=True, timeout=60)
        with Endpoint([410]) as endpoint:
            subscription = self.confirmed(watched, endpoint)
            sent = self.sns.publish(TopicArn=watched, Message="m")["MessageId"]
            told = lambda: [json.loads(m["Body"]) for m in self.receive(url) if sent in m["Body"]]
            (document,) = harness.eventually(told)
        # No request brought this message: its links lead where clients are told to go.
        self.assertTrue(document["UnsubscribeURL"].startswith("https://landfall.example.org/?"))
        event = json.loads(document["Message"])
        self.assertEqual(event["detail"]["id"], ":".join(subscription.split(":")[5:]))
        self.assertIn("HTTP status code 410", event["detail"]["message"])

    def test_an_endpoint_gets_no_more_a_second_than_its_policy_says(self):
        with Endpoint() as endpoint:
            topic = self.topic()
            self.confirmed(topic, endpoint, DeliveryPolicy=json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 10}}))
            for first in (0, 10):
                self.sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
                    {"Id": str(i), "Message": str(i)} for i in range(first, first + 10)])
            harness.eventually(lambda: len(endpoint.texts()) == 20)
            times = [at for _, _, at in endpoint.of_type("Notification")]
            self.assertGreaterEqual(times[-1] - times[0], 1.5)

    def test_a_queue_that_is_gone_is_a_failure_with_an_event(self):
        topic = self.topic()
        arn = self.subscribe(topic, "sqs", f"arn:aws:sqs:us-east-1:000000000000:{self.name('-nowhere')}")
        self.sns.publish(TopicArn=topic, Message="m")
        (event,) = harness.eventually(lambda: self.events_of(arn))
        self.assertTrue(event.endswith("; dropped"), event)
        self.assertEqual(self.outcomes(topic), {("sqs", "failed"): 1})

    def test_https_endpoints_are_verified(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self.place.name}/cert", f"{self.place.name}/key")
        with Endpoint(context=context) as endpoint:
            topic = self.topic()
            self.confirmed(topic, endpoint)
            self.sns.publish(TopicArn=topic, Message="over tls")
            harness.eventually(lambda: endpoint.texts() == ["over tls"])
            # The same server by a name that its certificate does not have.
            other = self.subscribe(topic, "https", endpoint.url.replace("127.0.0.1", "localhost"))
            harness.eventually(lambda: self.outcomes(topic).get(("https", "retried")))
            attributes = self.sns.get_subscription_attributes(SubscriptionArn=other)["Attributes"]
            self.assertEqual(attributes["PendingConfirmation"], "true")

    def hooked(self, endpoint):
        return [one for one in list(self.hook.received) if one[0]["x-landfall-endpoint"] == endpoint]

    def test_the_hook_gets_what_functions_streams_and_phones_are_sent(self):
        topic = self.topic()
        function = "arn:aws:lambda:us-east-1:000000000000:function:f"
        stream = "arn:aws:firehose:us-east-1:000000000000:deliverystream/s"
        arns = {"lambda": self.subscribe(topic, "lambda", function),
                "firehose": self.subscribe(topic, "firehose", stream, RawMessageDelivery="true"),
                "sms": self.subscribe(topic, "sms", "+15551234567")}
        for arn in arns.values():
            self.assertNotIn("LandfallDelivery", self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"])
        message = {"default": "d", "lambda": "for functions", "sms": "for phones", "firehose": "for streams"}
        sent = self.sns.publish(TopicArn=topic, Message=json.dumps(message), MessageStructure="json", Subject="s",
                                MessageAttributes={"a": {"DataType": "String", "StringValue": "1"}})["MessageId"]
        headers, body, _ = harness.eventually(lambda: self.hooked(function))[0]
        self.assertEqual(headers["x-landfall-protocol"], "lambda")
        (record,) = json.loads(body)["Records"]
        self.assertEqual((record["EventSource"], record["EventVersion"], record["EventSubscriptionArn"]),
                         ("aws:sns", "1.0", arns["lambda"]))
        self.assertEqual(record["Sns"]["Message"], "for functions")
        self.assertEqual(record["Sns"]["MessageId"], sent)
        self.assertEqual(record["Sns"]["MessageAttributes"], {"a": {"Type": "String", "Value": "1"}})
        self.assertTrue(record["Sns"]["SigningCertUrl"].startswith("https://"))
        self.assertEqual(harness.eventually(lambda: self.hooked(stream))[0][1], "for streams")
        headers, body, _ = harness.eventually(lambda: self.hooked("+15551234567"))[0]
        self.assertEqual((headers["x-landfall-protocol"], json.loads(body)["Message"]), ("sms", "for phones"))
        self.assertEqual(headers["x-amz-sns-topic-arn"], topic)

    def endpoint_of_a_phone(self, platform="GCM"):
        app = self.sns.create_platform_application(Name=self.name(), Platform=platform, Attributes={
            "PlatformCredential": "secret"})["PlatformApplicationArn"]
        arn = self.sns.create_platform_endpoint(PlatformApplicationArn=app, Token=self.name())["EndpointArn"]
        return app, arn

    def refused(self, code, message, **arguments):
        with self.assertRaises(ClientError) as caught:
            self.sns.publish(Message="m", **arguments)
        error = caught.exception.response["Error"]
        self.assertEqual((error["Code"], error["Message"]), (code, message))

    def test_a_push_to_a_mobile_endpoint_reaches_the_hook(self):
        app, arn = self.endpoint_of_a_phone()
        message = {"default": "d", "GCM": '{"notification": {"body": "hi"}}', "APNS": "not for this one"}
        sent = self.sns.publish(TargetArn=arn, Message=json.dumps(message), MessageStructure="json")["MessageId"]
        headers, body, _ = harness.eventually(lambda: self.hooked(arn))[0]
        self.assertEqual((headers["x-landfall-protocol"], headers["x-amz-sns-message-id"]), ("application", sent))
        self.assertIsNone(headers["x-amz-sns-topic-arn"])
        document = json.loads(body)
        self.assertEqual((document["MessageId"], document["Message"]), (sent, message["GCM"]))
        topic = self.topic()
        self.subscribe(topic, "application", arn)
        self.sns.publish(TopicArn=topic, Message=json.dumps(message), MessageStructure="json")
        _, body, _ = harness.eventually(lambda: self.hooked(arn)[1:])[0]
        self.assertEqual((json.loads(body)["Message"], json.loads(body)["TopicArn"]), (message["GCM"], topic))

        self.refused("InvalidParameter", "Invalid parameter: TargetArn Reason: No endpoint found for the target arn "
                     "specified", TargetArn=arn[:-4] + "0000")
        self.sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false"})
        self.refused("EndpointDisabled", "Endpoint is disabled", TargetArn=arn)
        self.sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "true"})
        self.sns.set_platform_application_attributes(PlatformApplicationArn=app, Attributes={"Enabled": "false"})
        self.refused("PlatformApplicationDisabled", "The platform application is disabled", TargetArn=arn)

    def test_a_topic_does_not_push_to_what_is_switched_off(self):
        app, arn = self.endpoint_of_a_phone()
        topic = self.topic()
        subscription = self.subscribe(topic, "application", arn)
        for n, (disable, why) in enumerate((
                (lambda: self.sns.set_platform_application_attributes(
                    PlatformApplicationArn=app, Attributes={"Enabled": "false"}), "The platform application is disabled"),
                (lambda: self.sns.set_endpoint_attributes(EndpointArn=arn, Attributes={"Enabled": "false"}),
                 "Endpoint is disabled"),
                (lambda: self.sns.delete_endpoint(EndpointArn=arn),
                 "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"))):
            disable()
            sent = self.sns.publish(TopicArn=topic, Message="m")["MessageId"]
            event = harness.eventually(lambda: self.events_of(subscription)[n:])[0]
            self.assertTrue(event.startswith(f"delivery of {sent} to {arn} failed: {why}; attempt 1, "), event)
        self.assertEqual(self.hooked(arn), [])

    def test_a_text_message_to_a_number_reaches_the_hook(self):
        sent = self.sns.publish(PhoneNumber="+15550001111", Message="hello")["MessageId"]
        headers, body, _ = harness.eventually(lambda: self.hooked("+15550001111"))[0]
        self.assertEqual((headers["x-landfall-protocol"], json.loads(body)["Message"]), ("sms", "hello"))
        self.assertEqual(json.loads(body)["MessageId"], sent)
        self.refused("InvalidParameter", "Invalid parameter: PhoneNumber Reason: 12 is not valid to publish to",
                     PhoneNumber="12")

    def test_a_push_that_the_hook_refuses_is_an_event(self):
        _, arn = self.endpoint_of_a_phone()
        self.hook.statuses.append(400)
        sent = self.sns.publish(TargetArn=arn, Message="m")["MessageId"]
        (event,) = harness.eventually(lambda: self.events(arn.split(":", 5)[5]))
        self.assertRegex(event, f"^delivery of {sent} to {re.escape(arn)} failed: .* 400; attempt 1, .*; dropped$")


class WithoutHook(unittest.TestCase):
    def test_what_is_not_delivered_says_so(self):
        with harness.Server(PROGRAM) as server:
            sns = server.boto3_client("sns")
            topic = sns.create_topic(Name="t")["TopicArn"]
            for protocol, endpoint in (("sms", "+15551234567"),
                                       ("lambda", "arn:aws:lambda:us-east-1:000000000000:function:f"),
                                       ("firehose", "arn:aws:firehose:us-east-1:000000000000:deliverystream/s")):
                why = f"this server does not deliver to {protocol} endpoints: sns.hook_url is not set"
                made = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
                self.assertEqual(made["ResponseMetadata"]["HTTPHeaders"]["x-landfall-delivery"], "none: " + why)
                shown = sns.get_subscription_attributes(SubscriptionArn=made["SubscriptionArn"])["Attributes"]
                self.assertEqual(shown["LandfallDelivery"], "none: " + why)
            sns.publish(TopicArn=topic, Message="m")
            app = sns.create_platform_application(Name="a", Platform="GCM", Attributes={
                "PlatformCredential": "secret"})["PlatformApplicationArn"]
            arn = sns.create_platform_endpoint(PlatformApplicationArn=app, Token="t")["EndpointArn"]
            for arguments, protocol, parameter in (({"TargetArn": arn}, "application", "TargetArn"),
                                                   ({"PhoneNumber": "+15551234567"}, "sms", "PhoneNumber")):
                with self.assertRaises(ClientError) as caught:
                    sns.publish(Message="m", **arguments)
                self.assertEqual(caught.exception.response["Error"]["Message"],
                                 f"Invalid parameter: {parameter} Reason: this server does not deliver to {protocol} "
                                 "endpoints: sns.hook_url is not set")


if __name__ == "__main__":
    unittest.main(verbosity=2)
