#!/usr/bin/env python3
"""E-mail subscriptions through real SMTP servers (Debian's aiosmtpd). Usage: sns_mail_test.py PROGRAM

Everything waits for a condition, never for a time.
"""
import contextlib
import email
import email.policy
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import harness
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from botocore.exceptions import ClientError

PROGRAM = sys.argv.pop(1)
PASSWORD = "a secret: \"pass word\""


class Post:
    """Takes mails, and answers to RCPT and DATA as it is told."""

    def __init__(self):
        self.mails = []
        self.refusals = []  # answers to RCPT, before it takes one

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope, mail, session.ssl is not None))
        return "250 taken"

    def of(self, subject):
        return [mail for _, mail, _ in self.mails if mail["Subject"] == subject]


class PlainServer(Controller):
    def __init__(self, post, **more):
        super().__init__(post, hostname="127.0.0.1", port=0, **more)

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]  # the kernel picked it
        super()._trigger_server()


def link_in(mail):
    return re.search(r"http://\S+", mail.get_content()).group()


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


@contextlib.contextmanager
def smtp_server(post, **more):
    server = PlainServer(post, **more)
    server.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        server.stop()


class Mail(unittest.TestCase):
    @contextlib.contextmanager
    def landfall(self, *settings):
        arguments = [part for setting in settings for part in ("--set", setting)]
        with harness.Server(PROGRAM, arguments=arguments) as server:
            self.sns, self.sqs = server.boto3_client("sns"), server.boto3_client("sqs")
            self.topic = self.sns.create_topic(Name="mail", Attributes={"DisplayName": "Grüße"})["TopicArn"]
            yield server

    def subscribe(self, protocol="email", address="me@example.org", **attributes):
        return self.sns.subscribe(TopicArn=self.topic, Protocol=protocol, Endpoint=address, Attributes=attributes,
                                  ReturnSubscriptionArn=True)["SubscriptionArn"]

    def confirmed(self, post, protocol="email", address="me@example.org", **attributes):
        arn = self.subscribe(protocol, address, **attributes)
        of = lambda: [m for m in post.of("AWS Notification - Subscription Confirmation") if m["To"] == address]
        (mail,) = harness.eventually(of)
        link = json.loads(mail.get_content())["SubscribeURL"] if protocol == "email-json" else link_in(mail)
        self.assertIn(arn, get(link))
        return arn

    def state_of(self, arn):
        return self.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]

    def test_a_reader_confirms_reads_and_unsubscribes(self):
        post = Post()
        with smtp_server(post) as at, self.landfall(f"mail.server={at}", "mail.from=news@example.org"):
            arn = self.subscribe()
            self.assertEqual(self.state_of(arn)["PendingConfirmation"], "true")
            self.sns.publish(TopicArn=self.topic, Message="for nobody yet")
            (confirmation,) = harness.eventually(lambda: post.of("AWS Notification - Subscription Confirmation"))
            self.assertIn(self.topic, confirmation.get_content())
            get(link_in(confirmation))
            self.assertEqual(self.state_of(arn)["PendingConfirmation"], "false")
            text = "grüße\n.\n..dots\nFrom here\n" + "x" * 2000
            sent = self.sns.publish(TopicArn=self.topic, Message=text, Subject="A subject: it's plain")
            (mail,) = harness.eventually(lambda: post.of("A subject: it's plain"))
            envelope, _, encrypted = post.mails[-1]
            self.assertEqual((envelope.mail_from, envelope.rcpt_tos, encrypted),
                             ("news@example.org", ["me@example.org"], False))
            self.assertEqual(mail["From"], "Grüße <news@example.org>")
            self.assertEqual(mail["To"], "me@example.org")
            self.assertEqual(mail["Message-ID"], f"<{sent['MessageId']}@example.org>")
            body, _, footer = mail.get_content().partition("\n\n--\n")
            self.assertEqual(body, text)
            self.assertIn(arn, footer)
            get(link_in(mail))
            (farewell,) = harness.eventually(lambda: post.of("AWS Notification - Unsubscribe Confirmation"))
            self.assertEqual(self.sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"], [])
            get(link_in(farewell))  # who did not mean it goes back
            self.assertEqual(len(self.sns.list_subscriptions_by_topic(TopicArn=self.topic)["Subscriptions"]), 1)

    def test_email_json_is_the_document_with_its_signature(self):
        post = Post()
        with smtp_server(post) as at, self.landfall(f"mail.server={at}"):
            self.confirmed(post, "email-json")
            self.sns.publish(TopicArn=self.topic, MessageStructure="json", Subject="s",
                             Message=json.dumps({"default": "d", "email": "readers", "email-json": "programs"}))
            (mail,) = harness.eventually(lambda: post.of("s"))
            document = json.loads(mail.get_content())
            self.assertEqual(document["Message"], "programs")
            self.assertEqual(list(document), ["Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp",
                                              "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"])

    def test_filters_and_structures_hold_for_mail(self):
        post = Post()
        with smtp_server(post) as at, self.landfall(f"mail.server={at}"):
            self.confirmed(post, FilterPolicy='{"kind":["a"]}')
            for kind in "ba":
                self.sns.publish(TopicArn=self.topic, MessageStructure="json",
                                 Message=json.dumps({"default": kind, "email": f"mail {kind}"}),
                                 MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}})
            (mail,) = harness.eventually(lambda: post.of("AWS Notification Message"))
            self.assertEqual(mail.get_content().splitlines()[0], "mail a")

    def test_nothing_that_is_said_becomes_a_header_or_a_command(self):
        post = Post()
        with smtp_server(post) as at, self.landfall(f"mail.server={at}"):
            for address in ("a@b\r\nDATA", "a@b>\nRCPT TO:<c@d", "<a@b>", "a b@c", "a@b,c@d", "no-at-sign", "a@b c"):
                with self.assertRaises(ClientError) as caught:
                    self.subscribe(address=address)
                self.assertEqual(caught.exception.response["Error"]["Message"], "Invalid parameter: Email address")
            self.confirmed(post)
            with self.assertRaises(ClientError) as caught:
                self.sns.publish(TopicArn=self.topic, Message="m", Subject="a\r\nBcc: x@y")
            self.assertEqual(caught.exception.response["Error"]["Message"], "Invalid parameter: Subject")
            self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="DisplayName",
                                          AttributeValue="x\r\nBcc: x@y\r\n\r\n")
            self.sns.publish(TopicArn=self.topic, Message="\r\n.\r\nMAIL FROM:<x@y>\r\n", Subject="s")
            (mail,) = harness.eventually(lambda: post.of("s"))
            self.assertIsNone(mail["Bcc"])
            self.assertIn("\r\n.\r\nMAIL FROM:<x@y>\r\n", mail.get_payload(decode=True).decode())

    def test_a_refused_mail_goes_to_the_dead_letters_and_a_busy_server_is_asked_again(self):
        post = Post()
        with smtp_server(post) as at, self.landfall(f"mail.server={at}"):
            arn = "arn:aws:sqs:us-east-1:000000000000:dead"
            policy = {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                 "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": self.topic}}}]}
            dead = self.sqs.create_queue(QueueName="dead", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
            self.confirmed(post, RedrivePolicy=json.dumps({"deadLetterTargetArn": arn}))
            post.refusals = ["550 nobody of that name"]
            self.sns.publish(TopicArn=self.topic, Message="refused", Subject="refused")
            receive = lambda: self.sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=5,
                                                       MessageAttributeNames=["All"]).get("Messages", [])
            (letter,) = harness.eventually(receive)
            self.assertEqual(json.loads(letter["Body"])["Message"], "refused")
            self.assertEqual(letter["MessageAttributes"]["ErrorCode"]["StringValue"], "550")
            self.assertIn("nobody of that name", letter["MessageAttributes"]["ErrorMessage"]["StringValue"])
            post.refusals = ["450 later"]
            self.sns.publish(TopicArn=self.topic, Message="m", Subject="asked again")
            harness.eventually(lambda: post.of("asked again"))
            self.assertEqual(post.of("refused"), [])

    def test_credentials_go_out_over_tls_alone_and_are_in_no_log(self):
        with tempfile.TemporaryDirectory() as place:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{place}/key",
                            "-out", f"{place}/cert", "-days", "2", "-subj", "/CN=test", "-addext",
                            "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
            with open(f"{place}/password", "w", encoding="utf-8") as f:
                f.write(PASSWORD + "\n")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{place}/cert", f"{place}/key")
            self.check_credentials(place, context)

    def check_credentials(self, place, context):
        post, tried = Post(), []

        def authenticator(_server, session, _envelope, _mechanism, given):
            tried.append((session.ssl is not None, given.login, given.password))
            return AuthResult(success=given.password == PASSWORD.encode())

        os.environ["SSL_CERT_FILE"] = f"{place}/cert"
        self.addCleanup(os.environ.pop, "SSL_CERT_FILE")
        with smtp_server(post, tls_context=context, require_starttls=True, auth_required=True,
                         authenticator=authenticator) as at:
            settings = (f"mail.server={at}", "mail.security=starttls", "mail.user=me",
                        f"mail.password_file={place}/password")
            with self.landfall(*settings) as server:
                self.confirmed(post)
                self.assertEqual(tried[0], (True, b"me", PASSWORD.encode()))
                self.assertTrue(all(encrypted for _, _, encrypted in post.mails))
                with open(server.log_path, encoding="utf-8") as log:
                    self.assertNotIn(PASSWORD, log.read())
                with open(f"/proc/{server.process.pid}/cmdline", encoding="utf-8") as line:
                    self.assertNotIn(PASSWORD, line.read())

    def test_a_server_whose_certificate_is_not_trusted_gets_nothing(self):
        with tempfile.TemporaryDirectory() as place:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{place}/key",
                            "-out", f"{place}/cert", "-days", "2", "-subj", "/CN=test", "-addext",
                            "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{place}/cert", f"{place}/key")
            post = Post()
            with smtp_server(post, tls_context=context) as at, \
                    self.landfall(f"mail.server={at}", "mail.security=starttls") as server:
                self.subscribe()
                retried = lambda: re.search(r"landfall_sns_retried_total ([1-9])", get(server.url + "/metrics"))
                harness.eventually(retried)
                self.assertEqual(post.mails, [])

    def test_without_a_mail_server_a_subscription_says_so_and_is_told_when_there_is_one(self):
        post = Post()
        with smtp_server(post) as at, self.landfall() as server:
            answer = self.sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint="me@example.org",
                                        ReturnSubscriptionArn=True)
            why = "none: this server does not deliver to email endpoints: mail.server is not set"
            self.assertEqual(answer["ResponseMetadata"]["HTTPHeaders"]["x-landfall-delivery"], why)
            arn = answer["SubscriptionArn"]
            self.assertEqual(self.state_of(arn)["LandfallDelivery"], why)
            server.stop()
            server.arguments = ["--set", f"mail.server={at}"]
            server.restart()
            self.sns = server.boto3_client("sns")
            (mail,) = harness.eventually(lambda: post.of("AWS Notification - Subscription Confirmation"))
            get(link_in(mail))
            self.assertNotIn("LandfallDelivery", self.state_of(arn))
            self.assertEqual(self.state_of(arn)["PendingConfirmation"], "false")

    def test_mails_wait_for_a_server_that_is_away_and_survive_a_restart(self):
        post = Post()
        with smtp_server(post) as at, self.landfall(f"mail.server={at}") as server:
            self.confirmed(post)
            server.stop()
            server.arguments = ["--set", "mail.server=127.0.0.1:9"]  # discard: nobody listens
            server.restart()
            self.sns = server.boto3_client("sns")
            self.sns.publish(TopicArn=self.topic, Message="m", Subject="kept")
            retried = lambda: re.search(r"landfall_sns_retried_total ([1-9])", get(server.url + "/metrics"))
            harness.eventually(retried)
            server.kill()
            server.arguments = ["--set", f"mail.server={at}"]
            server.restart()
            harness.eventually(lambda: post.of("kept"))

    def test_settings_that_cannot_work_are_refused_at_the_start(self):
        for settings, why in ((("mail.server=x",), "HOST:PORT"), (("mail.from=nobody",), "mail address"),
                              (("mail.security=ssl",), "one of none starttls tls"),
                              (("mail.user=me",), "mail.user and mail.password_file go together"),
                              (("mail.user=me", "mail.password_file=/etc/hostname"), "over TLS only"),
                              (("mail.password_file=/nowhere",), "a file that can be read")):
            with tempfile.TemporaryDirectory() as data:
                arguments = [part for setting in settings for part in ("--set", setting)]
                done = subprocess.run([PROGRAM, "server", "--data", data, "--listen", "127.0.0.1:0", *arguments],
                                      capture_output=True, text=True, check=False, timeout=60)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(why, done.stderr)


if __name__ == "__main__":
    harness.own_processes()
    unittest.main(verbosity=2)
