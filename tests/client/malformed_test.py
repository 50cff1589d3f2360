#!/usr/bin/env python3
"""Bodies that are broken, in every protocol, by raw sockets and rightly signed. Usage: malformed_test.py PROGRAM

Each gets the error of its protocol, in its envelope, that says what is wrong; the server lives through all of them and
nothing is stored. botocore only signs here: it would not send such bodies.
"""
import hashlib
import json
import os
import re
import socket
import sys
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

PROGRAM = None
DEEP = 20_000


class Reply:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
        self.text = self.body.decode("utf-8", "replace")

    def xml(self, name):
        found = re.search(f"<{name}>(.*?)</{name}>", self.text, re.S)
        return found[1] if found else None

    @property
    def code(self):
        """As the protocol's SDK finds it."""
        if self.text.startswith("<"):
            return self.xml("Code")
        told = self.headers.get("x-amzn-errortype") or json.loads(self.text)["__type"]
        return told.rsplit("#", 1)[-1]

    @property
    def message(self):
        if self.text.startswith("<"):
            return self.xml("Message")
        answer = json.loads(self.text)
        return answer.get("message") or answer.get("Message")


class Malformed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(PROGRAM)
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.close)
        cls.server.boto3_client("s3").create_bucket(Bucket="malformed")

    def ask(self, service, method, target, body, headers):
        from botocore.auth import S3SigV4Auth, SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
        request = AWSRequest(method, self.server.url + target, headers=headers, data=body)
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(Credentials(*self.server.root_key()), service, "us-east-1").add_auth(request)
        sent = {**request.headers, "Host": self.server.url[7:], "Content-Length": str(len(body)), "Connection": "close"}
        head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in sent.items()) + "\r\n"
        host, port = self.server.url[7:].rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=30) as made:
            made.sendall(head.encode() + body)
            raw = b""
            while piece := made.recv(65536):
                raw += piece
        return Reply(raw)

    def check(self, cases, ask, envelope):
        for name, (body, code, message) in cases.items():
            with self.subTest(name):
                reply = ask(body)
                self.assertEqual(reply.status // 100, 4, reply.text[:500])
                self.assertRegex(reply.code, f"^({code})$", reply.text[:500])
                self.assertIn(message, reply.message)
                self.assertGreater(len(reply.message), 10)
                self.assertRegex(reply.text[:200], envelope)
                self.assertLess(len(reply.body), 4096, "an error that repeats its request")
                with urllib.request.urlopen(self.server.url + "/healthz", timeout=30) as answer:
                    self.assertEqual(answer.status, 200)

    def test_xml_of_s3(self):
        good = b"<Delete><Object><Key>k</Key></Object></Delete>"
        lol = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10 if i else b"lol") for i in range(9))
        cases = {
            "nothing": (b"", "MalformedXML", "Delete"),
            "no XML": (b"hello", "MalformedXML", "no root element at offset 0"),
            "JSON": (b'{"Delete":{}}', "MalformedXML", ""),
            "cut": (good[:-5], "MalformedXML", "at offset 41"),
            "another root": (b"<Tagging><TagSet/></Tagging>", "MalformedXML", "&lt;Delete&gt;"),
            "crossed tags": (b"<Delete><Object><Key>k</Object></Key></Delete>", "MalformedXML", "at offset 30"),
            "two roots": (good + good, "MalformedXML", "at offset 46"),
            "a document type": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + good, "MalformedXML",
                                "document type"),
            "entities of entities": (b"<!DOCTYPE a [" + lol + b"]><Delete>&l8;</Delete>", "MalformedXML",
                                     "document type"),
            "an unknown entity": (good.replace(b">k<", b">&nbsp;<"), "MalformedXML", "unknown entity at offset"),
            "deep": (b"<Delete>" * DEEP, "MalformedXML", "nested too deeply at offset"),
            "no UTF-8": (good.replace(b">k<", b">\xff\xfe<"), "MalformedXML", "UTF-8"),
            "a byte of zero": (good.replace(b">k<", b">\0<"), "MalformedXML", "control character at offset 21"),
            "no key": (b"<Delete><Object></Object></Delete>", "MalformedXML", "Key"),
            "no objects": (b"<Delete></Delete>", "MalformedXML", "Objects"),
        }

        def ask(body):
            md5 = hashlib.md5(body).digest()
            import base64
            return self.ask("s3", "POST", "/malformed?delete", body,
                            {"Content-MD5": base64.b64encode(md5).decode(), "Content-Type": "application/xml"})
        self.check(cases, ask, r"^<\?xml.*\n<Error><Code>")

    @staticmethod
    def json_cases(syntax, invalid):
        return {
            "no JSON": (b"hello", syntax, "expected an object"),
            "XML": (b"<a/>", syntax, "expected an object"),
            "cut": (b'{"QueueUrl":', syntax, "expected a value"),
            "open string": (b'{"QueueUrl":"', syntax, "malformed string"),
            "behind its end": (b'{} {}', syntax, "after the end"),
            "a comma too many": (b'{"a":1,}', syntax, "member name"),
            "a number": (b"5", syntax, "expected an object"),
            "an array": (b"[]", syntax, "expected an object"),
            "null": (b"null", syntax, "expected an object"),
            "deep": (b'{"a":' + b"[" * DEEP, syntax, "nested too deeply"),
            "no UTF-8": (b'{"a":"\xff\xfe"}', syntax, "malformed string"),
            "half a surrogate": (b'{"a":"\\ud800"}', syntax, "malformed string"),
            "a control character": (b'{"a":"\x01"}', syntax, "malformed string"),
            "a byte of zero": (b'{"a":\0}', syntax, "expected a value"),
            "a number that is none": (b'{"a":01}', syntax, "expected a value"),
            **invalid,
        }

    def test_json_of_sqs(self):
        cases = self.json_cases("SerializationException", {
            "a number for a text": (b'{"QueueName":5}', "SerializationException", "QueueName"),
            "a text for a map": (b'{"QueueName":"q","Attributes":"x"}', "SerializationException", "Attributes"),
            "an array for a text": (b'{"QueueName":["q"]}', "SerializationException", "QueueName"),
            "nothing that is needed": (b"{}", "MissingRequiredParameterException", "QueueName"),
        })
        self.check(cases, lambda body: self.ask("sqs", "POST", "/", body, {
            "X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"}), r"^\{")

    def test_json_of_dms(self):
        cases = self.json_cases("SerializationException", {
            "a text for a number": (b'{"MaxRecords":"many"}', "SerializationException", "MaxRecords"),
            "an object for an array": (b'{"Filters":{}}', "SerializationException", "Filters"),
        })
        self.check(cases, lambda body: self.ask("dms", "POST", "/", body, {
            "X-Amz-Target": "AmazonDMSv20160101.DescribeEndpoints", "Content-Type": "application/x-amz-json-1.1"}), r"^\{")

    def test_json_of_backup(self):
        cases = self.json_cases("SerializationException", {
            "a text for a structure": (b'{"BackupPlan":"x"}', "SerializationException", "BackupPlan"),
        })
        self.check(cases, lambda body: self.ask("backup", "PUT", "/backup/plans/", body,
                                                {"Content-Type": "application/json"}), r"^\{")

    def test_query_of_sns(self):
        version = b"&Version=2010-03-31"
        cases = {
            "no action": (b"Version=2010-03-31", "MissingAction", "Action"),
            "an unknown action": (b"Action=Frobnicate" + version, "InvalidAction", "Frobnicate"),
            "half an escape": (b"Action=CreateTopic&Name=%4" + version, "MalformedQueryString", ""),
            "no escape": (b"Action=CreateTopic&Name=%zz" + version, "MalformedQueryString", ""),
            "no UTF-8": (b"Action=CreateTopic&Name=%ff%fe" + version, "MalformedQueryString", ""),
            "an index that is none": (b"Action=CreateTopic&Name=n&Tags.member.x.Key=k" + version,
                                      "MalformedInput", "Tags"),
            "an index beyond all": (b"Action=CreateTopic&Name=n&Tags.member.4000000000.Key=k" + version,
                                    "ValidationError", "tags.1.member"),
            "nothing that is needed": (b"Action=CreateTopic" + version,
                                       "ValidationError", "'name'"),
        }
        self.check(cases, lambda body: self.ask("sns", "POST", "/", body, {
            "Content-Type": "application/x-www-form-urlencoded"}), r"<ErrorResponse")

    def test_query_of_ec2(self):
        version = b"&Version=2016-11-15"
        cases = {
            "no action": (b"Version=2016-11-15", "MissingAction", "Action"),
            "an unknown action": (b"Action=Frobnicate" + version, "InvalidAction", "Frobnicate"),
            "half an escape": (b"Action=DescribeInstances&MaxResults=%" + version, "MalformedQueryString", ""),
            "a text for a number": (b"Action=DescribeInstances&MaxResults=many" + version,
                                    "InvalidParameterValue", "MaxResults"),
            "a text for a flag": (b"Action=DescribeInstances&DryRun=perhaps" + version,
                                  "InvalidParameterValue", "DryRun"),
            "an index that is none": (b"Action=DescribeInstances&InstanceId.x=i-1" + version,
                                      "InvalidParameterValue", "InstanceId.x"),
            "nothing that is needed": (b"Action=TerminateInstances" + version, "MissingParameter", "InstanceId"),
        }
        self.check(cases, lambda body: self.ask("ec2", "POST", "/", body, {
            "Content-Type": "application/x-www-form-urlencoded"}), r"<Response><Errors><Error>")


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
