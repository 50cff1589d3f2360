#!/usr/bin/env python3
"""S3 at its edges, with requests that no SDK sends: parameters that nobody takes, bodies that are not what their digests
say. Usage: s3_edges.py PROGRAM"""
import base64
import hashlib
import http.client
import json
import os
import re
import sys
import unittest
import urllib.parse
import zlib

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

PROGRAM = None
MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../wire/models/s3.json")


def b64(raw):
    return base64.b64encode(raw).decode()


class WithoutPayloadHash(SigV4Auth):
    """Signs the body's SHA-256 without sending it, as other services want it."""

    def add_auth(self, request):
        super().add_auth(request)
        del request.headers["X-Amz-Content-SHA256"]


class Edges(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(PROGRAM)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.s3 = cls.server.boto3_client("s3")
        cls.credentials = Credentials(*cls.server.root_key())

    def setUp(self):
        self.bucket = "edges-" + self.id().rsplit(".", 1)[1].replace("_", "-")[5:50].strip("-")
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_object(Bucket=self.bucket, Key="key", Body=b"content")

    def raw(self, method, path, query="", body=b"", headers=None, auth=S3SigV4Auth):
        host = urllib.parse.urlsplit(self.server.url)
        request = AWSRequest(method=method, url=f"{self.server.url}{path}{'?' + query if query else ''}", data=body,
                             headers=dict(headers or {}))
        auth(self.credentials, "s3", "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request(method, path + ("?" + query if query else ""), body=body, headers=dict(request.headers))
        reply = connection.getresponse()
        text = reply.read()
        code = re.search(rb"<Code>(\w+)</Code>", text)
        return reply.status, code[1].decode() if code else None, text

    def unharmed(self):
        self.assertEqual(self.s3.get_object(Bucket=self.bucket, Key="key")["Body"].read(), b"content")
        self.assertEqual([o["Key"] for o in self.s3.list_objects_v2(Bucket=self.bucket)["Contents"]], ["key"])

    def test_no_sub_resource_acts_as_the_plain_operation(self):
        with open(MODEL, encoding="utf-8") as f:
            operations = json.load(f)["operations"].values()
        known = {}
        for operation in operations:
            path, _, query = operation["http"]["requestUri"].partition("?")
            level = "object" if "{Key" in path else "bucket"
            for literal in filter(None, query.split("&")):
                known.setdefault(literal.split("=")[0], set()).add((operation["http"]["method"], level))
        known.pop("x-id", None)
        self.assertGreater(len(known), 30)
        for name in [*known, "foo", "publicAccessBlocks", "ACL"]:
            for level, path in (("bucket", f"/{self.bucket}"), ("object", f"/{self.bucket}/key")):
                for method in ("GET", "HEAD", "PUT", "DELETE"):
                    if (method, level) in known.get(name, ()):
                        continue
                    for query in (name, name + "="):
                        status, code, text = self.raw(method, path, query)
                        self.assertEqual(status, 501, f"{method} {path}?{query}: {text}")
                        if method != "HEAD":
                            self.assertEqual(code, "NotImplemented")
        self.unharmed()

    def test_a_write_with_a_parameter_that_nobody_takes_changes_nothing(self):
        for method in ("PUT", "DELETE"):
            for query in ("foo=bar", "uploadid=1", "uploadId=1&foo=2"):
                status, code, text = self.raw(method, f"/{self.bucket}/key", query, b"other" if method == "PUT" else b"")
                self.assertEqual((status, code), (501, "NotImplemented"), f"{method} ?{query}: {text}")
        self.unharmed()

    def test_parameters_of_the_user_do_no_harm(self):
        for query in ("x-user=1", "v=3", "x-id=GetObject"):
            status, _, text = self.raw("GET", f"/{self.bucket}/key", query)
            self.assertEqual((status, text), (200, b"content"), query)

    TAGGING = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"

    def tag(self, headers, body=TAGGING):
        status, code, _ = self.raw("PUT", f"/{self.bucket}/key", "tagging", body, headers)
        return status, code

    def test_content_md5_of_an_xml_body(self):
        right = b64(hashlib.md5(self.TAGGING).digest())
        self.assertEqual(self.tag({"Content-MD5": b64(hashlib.md5(b"other").digest())}), (400, "BadDigest"))
        self.assertEqual(self.tag({"Content-MD5": "nonsense"}), (400, "InvalidDigest"))
        self.assertEqual(self.s3.get_object_tagging(Bucket=self.bucket, Key="key")["TagSet"], [])
        self.assertEqual(self.tag({"Content-MD5": right}), (200, None))
        self.assertEqual(self.s3.get_object_tagging(Bucket=self.bucket, Key="key")["TagSet"], [{"Key": "a", "Value": "b"}])

    def test_checksums_of_an_xml_body(self):
        right = b64(zlib.crc32(self.TAGGING).to_bytes(4, "big"))
        sha = b64(hashlib.sha256(self.TAGGING).digest())
        for headers, expected in (
                ({"x-amz-checksum-crc32": "AAAAAA=="}, (400, "BadDigest")),
                ({"x-amz-checksum-crc32": "nonsense"}, (400, "InvalidRequest")),
                ({"x-amz-checksum-crc32": right, "x-amz-checksum-sha256": sha}, (400, "InvalidRequest")),
                ({"x-amz-sdk-checksum-algorithm": "CRC32"}, (400, "InvalidRequest")),
                ({"x-amz-checksum-xxhash64": "AAAAAAAAAAA="}, (501, "NotImplemented")),
                ({"x-amz-checksum-sha256": sha}, (200, None)),
                ({"x-amz-sdk-checksum-algorithm": "CRC32", "x-amz-checksum-crc32": right}, (200, None))):
            self.assertEqual(self.tag(headers), expected, headers)

    def test_a_delete_of_many_whose_digest_is_wrong_deletes_nothing(self):
        body = b"<Delete><Object><Key>key</Key></Object></Delete>"
        status, code, _ = self.raw("POST", f"/{self.bucket}", "delete", body, {"Content-MD5": b64(bytes(16))})
        self.assertEqual((status, code), (400, "BadDigest"))
        self.unharmed()

    def test_a_signature_that_does_not_tell_what_it_covers(self):
        for method, path, query, body in (("GET", f"/{self.bucket}/key", "", b""),
                                          ("PUT", f"/{self.bucket}/key", "", b"other"),
                                          ("PUT", f"/{self.bucket}/key", "tagging", self.TAGGING)):
            status, code, text = self.raw(method, path, query, body, auth=WithoutPayloadHash)
            self.assertEqual(status, 400, text)
            self.assertEqual(code, "InvalidRequest", text)
            self.assertIn(b"x-amz-content-sha256", text)
        self.unharmed()


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
