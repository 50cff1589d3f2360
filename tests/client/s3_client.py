#!/usr/bin/env python3
"""S3 as its users reach it: boto3 (whichever the interpreter has) and the aws CLI against a running server.

    LANDFALL_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… s3_client.py [-v] [S3.test_ranges]
    s3_client.py --program build/release/bin/landfall      # starts a server of its own, and stops it

Credentials may also stand in AWS_SHARED_CREDENTIALS_FILE / AWS_PROFILE. Every test has buckets of its own and removes
them.
"""
import base64
import binascii
import hashlib
import http.client
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
import urllib.request
import zlib

import boto3
import botocore
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

MIB = 1 << 20
PART = 5 * MIB
AWS = "/usr/bin/aws"
NEW_BOTOCORE = tuple(int(n) for n in botocore.__version__.split(".")[:2]) >= (1, 36)
counter = 0


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    return crc ^ 0xFFFFFFFF


def crc64nvme(data):
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x9A6C9329AC4BC9B5 & -(crc & 1))
    return crc ^ 0xFFFFFFFFFFFFFFFF


def b64(raw):
    return base64.b64encode(raw).decode()


SUMS = {
    "CRC32": lambda data: b64(zlib.crc32(data).to_bytes(4, "big")),
    "CRC32C": lambda data: b64(crc32c(data).to_bytes(4, "big")),
    "CRC64NVME": lambda data: b64(crc64nvme(data).to_bytes(8, "big")),
    "SHA1": lambda data: b64(hashlib.sha1(data).digest()),
    "SHA256": lambda data: b64(hashlib.sha256(data).digest()),
}


class S3(unittest.TestCase):
    maxDiff = None
    url = None
    environment = None

    @classmethod
    def setUpClass(cls):
        cls.s3 = cls.client()
        cls.credentials = boto3.Session().get_credentials().get_frozen_credentials()

    @classmethod
    def client(cls, **options):
        config = Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}, **options)
        return boto3.client("s3", endpoint_url=cls.url, region_name="us-east-1", config=config)

    def setUp(self):
        global counter
        counter += 1
        self.bucket = f"client-{os.getpid()}-{counter}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.addCleanup(self.remove, self.bucket)
        self.scratch = tempfile.TemporaryDirectory(prefix="landfall-s3-")
        self.addCleanup(self.scratch.cleanup)

    def remove(self, bucket):
        try:
            for upload in self.s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
                self.s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
            while True:
                page = self.s3.list_objects_v2(Bucket=bucket)
                names = [{"Key": o["Key"]} for o in page.get("Contents", [])]
                if not names:
                    break
                self.s3.delete_objects(Bucket=bucket, Delete={"Objects": names})
            self.s3.delete_bucket(Bucket=bucket)
        except ClientError as error:
            if self.code(error) != "NoSuchBucket":
                raise

    @staticmethod
    def code(error):
        return error.response["Error"]["Code"]

    def refused(self, code, call, *arguments, status=None, **named):
        with self.assertRaises(ClientError) as caught:
            call(*arguments, **named)
        self.assertEqual(self.code(caught.exception), code)
        if status is not None:
            self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], status)
        return caught.exception.response

    def put(self, key, body=b"x", **more):
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **more)

    def get(self, key, **more):
        return self.s3.get_object(Bucket=self.bucket, Key=key, **more)["Body"].read()

    def aws(self, *arguments, check=True):
        done = subprocess.run([AWS, "--endpoint-url", self.url, "--region", "us-east-1", *arguments],
                              env=self.environment, capture_output=True, text=True, timeout=300)
        if check:
            self.assertEqual(done.returncode, 0, f"aws {' '.join(arguments)}\n{done.stdout}\n{done.stderr}")
        return done

    def raw(self, method, path, headers=None, body=b"", query=""):
        """A signed request whose path is sent as it stands."""
        host = urllib.parse.urlsplit(self.url)
        request = AWSRequest(method=method, url=f"{self.url}{path}{'?' + query if query else ''}", data=body,
                             headers=dict(headers or {}))
        S3SigV4Auth(self.credentials, "s3", "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request(method, path + ("?" + query if query else ""), body=body, headers=dict(request.headers))
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()

    # Objects

    def test_put_get(self):
        for size in (0, 1, 65535, 65536, 70000, 3 * MIB + 7):
            body = os.urandom(size)
            put = self.put("key", body)
            self.assertEqual(put["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
            got = self.s3.get_object(Bucket=self.bucket, Key="key")
            self.assertEqual(got["ContentLength"], size)
            self.assertEqual(got["Body"].read(), body)
            self.assertEqual(got["ContentType"], "binary/octet-stream")
            self.assertEqual(got["ETag"], put["ETag"])
        self.refused("NoSuchKey", self.get, "nothing", status=404)
        self.refused("NoSuchBucket", self.s3.put_object, Bucket=self.bucket + "-none", Key="k", Body=b"", status=404)

    def test_uploads_after_one_another(self):
        """Of files that are empty too: botocore waits for a 100 before each, on the connection of the one before."""
        config = Config(s3={"addressing_style": "path"}, read_timeout=20, retries={"max_attempts": 0})
        s3 = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", config=config)
        for size in (0, 0, 5, 0, 3 * MIB, 0, 1):
            s3.put_object(Bucket=self.bucket, Key=f"of-{size}", Body=io.BytesIO(b"x" * size))

    def test_head(self):
        body = b"hello"
        self.put("key", body, ContentType="text/plain", CacheControl="no-cache", ContentDisposition="inline",
                 ContentLanguage="fr", ContentEncoding="gzip")
        head = self.s3.head_object(Bucket=self.bucket, Key="key")
        self.assertEqual((head["ContentLength"], head["ContentType"], head["CacheControl"]),
                         (5, "text/plain", "no-cache"))
        self.assertEqual((head["ContentDisposition"], head["ContentLanguage"], head["ContentEncoding"]),
                         ("inline", "fr", "gzip"))
        self.assertEqual(head["ServerSideEncryption"], "AES256")
        with self.assertRaises(ClientError) as caught:
            self.s3.head_object(Bucket=self.bucket, Key="nothing")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 404)
        got = self.s3.get_object(Bucket=self.bucket, Key="key", ResponseContentType="x/y",
                                 ResponseCacheControl="max-age=1")
        self.assertEqual((got["ContentType"], got["CacheControl"]), ("x/y", "max-age=1"))

    def test_weird_keys(self):
        keys = ["a b+c/é", "..", "../up", "a//b", "%2F", "%20", "tail/", "q?x=1&y", "#hash", "*'()!", "日本語/ключ", "a\\b",
                "~tilde", "dot.", "+", "=", "a/./b", "\U0001f600"]
        for key in keys:
            self.put(key, key.encode())
        for key in keys:
            self.assertEqual(self.get(key), key.encode(), key)
            self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"], len(key.encode()))
        listed = [o["Key"] for o in self.s3.list_objects_v2(Bucket=self.bucket)["Contents"]]
        self.assertEqual(listed, sorted(keys, key=lambda k: k.encode()))
        listed = [o["Key"] for o in self.s3.list_objects(Bucket=self.bucket, EncodingType="url")["Contents"]]
        self.assertEqual(sorted(urllib.parse.unquote(k) for k in listed), sorted(keys))
        gone = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": k} for k in keys]})
        self.assertEqual(sorted(d["Key"] for d in gone["Deleted"]), sorted(keys))
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket=self.bucket))
        self.refused("KeyTooLongError", self.put, "k" * 1025, status=400)

    def test_metadata(self):
        self.put("key", Metadata={"colour": "red", "mixed-Case": "Value", "empty": ""})
        head = self.s3.head_object(Bucket=self.bucket, Key="key")
        self.assertEqual(head["Metadata"], {"colour": "red", "mixed-case": "Value", "empty": ""})
        status, _, _ = self.raw("PUT", f"/{self.bucket}/words", {"x-amz-meta-name": "=?UTF-8?B?w6k=?="})
        self.assertEqual(status, 200)
        status, headers, _ = self.raw("HEAD", f"/{self.bucket}/words")
        self.assertEqual(headers["x-amz-meta-name"], "=?UTF-8?B?w6k=?=")
        self.refused("MetadataTooLarge", self.put, "key", Metadata={"k": "v" * 2100}, status=400)

    def test_tags(self):
        self.put("key", Tagging="a=1&b=x%20y")
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="key")["ResponseMetadata"]["HTTPHeaders"]
                         ["x-amz-tagging-count"], "2")
        tags = self.s3.get_object_tagging(Bucket=self.bucket, Key="key")["TagSet"]
        self.assertEqual(sorted((t["Key"], t["Value"]) for t in tags), [("a", "1"), ("b", "x y")])
        self.s3.put_object_tagging(Bucket=self.bucket, Key="key", Tagging={"TagSet": [{"Key": "c", "Value": "é"}]})
        tags = self.s3.get_object_tagging(Bucket=self.bucket, Key="key")["TagSet"]
        self.assertEqual(tags, [{"Key": "c", "Value": "é"}])
        self.s3.delete_object_tagging(Bucket=self.bucket, Key="key")
        self.assertEqual(self.s3.get_object_tagging(Bucket=self.bucket, Key="key")["TagSet"], [])
        eleven = {"TagSet": [{"Key": f"k{i}", "Value": "v"} for i in range(11)]}
        self.refused("BadRequest", self.s3.put_object_tagging, Bucket=self.bucket, Key="key", Tagging=eleven)
        twice = {"TagSet": [{"Key": "k", "Value": "v"}] * 2}
        self.refused("InvalidTag", self.s3.put_object_tagging, Bucket=self.bucket, Key="key", Tagging=twice)
        self.refused("NoSuchKey", self.s3.get_object_tagging, Bucket=self.bucket, Key="nothing")

    def test_ranges(self):
        body = os.urandom(200_000)
        self.put("key", body)
        for header, expected in (("bytes=0-0", body[:1]), ("bytes=100-65600", body[100:65601]),
                                 ("bytes=199990-", body[199990:]), ("bytes=-10", body[-10:]),
                                 ("bytes=0-999999", body)):
            got = self.s3.get_object(Bucket=self.bucket, Key="key", Range=header)
            self.assertEqual(got["ResponseMetadata"]["HTTPStatusCode"], 206, header)
            self.assertEqual(got["Body"].read(), expected, header)
            first = len(body) - len(expected) if header.startswith("bytes=-") else int(header[6:].split("-")[0])
            self.assertEqual(got["ContentRange"], f"bytes {first}-{first + len(expected) - 1}/{len(body)}")
        self.assertEqual(self.get("key", Range="bytes=5-4"), body)
        self.assertEqual(self.get("key", Range="lines=1-2"), body)
        self.refused("InvalidRange", self.get, "key", Range="bytes=200000-", status=416)
        self.put("empty", b"")
        self.refused("InvalidRange", self.get, "empty", Range="bytes=0-", status=416)
        got = self.s3.get_object(Bucket=self.bucket, Key="key", PartNumber=1)
        self.assertEqual(got["Body"].read(), body)
        with self.assertRaises(ClientError) as caught:
            self.s3.get_object(Bucket=self.bucket, Key="key", PartNumber=2)
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 416)

    def test_conditions(self):
        etag = self.put("key", b"one")["ETag"]
        modified = self.s3.head_object(Bucket=self.bucket, Key="key")["LastModified"]
        self.assertEqual(self.get("key", IfMatch=etag), b"one")
        self.assertEqual(self.get("key", IfNoneMatch='"other"'), b"one")
        self.assertEqual(self.get("key", IfUnmodifiedSince=modified), b"one")
        self.refused("PreconditionFailed", self.get, "key", IfMatch='"other"', status=412)
        self.refused("304", self.get, "key", IfNoneMatch=etag, status=304)
        self.refused("304", self.get, "key", IfModifiedSince=modified, status=304)
        status, headers, body = self.raw("GET", f"/{self.bucket}/key", {"If-None-Match": etag})
        self.assertEqual((status, body, headers["ETag"]), (304, b"", etag))
        status, _, _ = self.raw("PUT", f"/{self.bucket}/key", {"If-None-Match": "*"}, b"two")
        self.assertEqual(status, 412)
        status, _, _ = self.raw("PUT", f"/{self.bucket}/fresh", {"If-None-Match": "*"}, b"new")
        self.assertEqual(status, 200)
        status, _, _ = self.raw("PUT", f"/{self.bucket}/key", {"If-Match": '"other"'}, b"two")
        self.assertEqual(status, 412)
        status, _, _ = self.raw("PUT", f"/{self.bucket}/nothing", {"If-Match": etag}, b"two")
        self.assertEqual(status, 404)
        status, _, _ = self.raw("PUT", f"/{self.bucket}/key", {"If-Match": etag}, b"two")
        self.assertEqual(status, 200)
        status, _, body = self.raw("PUT", f"/{self.bucket}/key", {"If-None-Match": '"x"'}, b"three")
        self.assertEqual(status, 501, body)
        self.assertEqual(self.get("key"), b"two")

    def test_checksums(self):
        body = b"checksums of every algorithm" * 50
        for algorithm, sum_of in SUMS.items():
            header = f"x-amz-checksum-{algorithm.lower()}"
            wrong = SUMS[algorithm](b"something else")
            status, headers, _ = self.raw("PUT", f"/{self.bucket}/{algorithm}", {header: sum_of(body)}, body)
            self.assertEqual((status, headers[header]), (200, sum_of(body)), algorithm)
            status, headers, _ = self.raw("HEAD", f"/{self.bucket}/{algorithm}", {"x-amz-checksum-mode": "ENABLED"})
            self.assertEqual((headers[header], headers["x-amz-checksum-type"]), (sum_of(body), "FULL_OBJECT"))
            status, headers, _ = self.raw("HEAD", f"/{self.bucket}/{algorithm}")
            self.assertNotIn(header, headers)
            status, _, text = self.raw("PUT", f"/{self.bucket}/bad", {header: wrong}, body)
            self.assertEqual(status, 400)
            self.assertIn(b"<Code>BadDigest</Code>", text)
            status, _, text = self.raw("PUT", f"/{self.bucket}/bad", {header: "nonsense"}, body)
            self.assertIn(b"<Code>InvalidRequest</Code>", text)
        md5 = b64(hashlib.md5(body).digest())
        self.assertEqual(self.raw("PUT", f"/{self.bucket}/md5", {"Content-MD5": md5}, body)[0], 200)
        _, _, text = self.raw("PUT", f"/{self.bucket}/bad", {"Content-MD5": b64(hashlib.md5(b"").digest())}, body)
        self.assertIn(b"<Code>BadDigest</Code>", text)
        _, _, text = self.raw("PUT", f"/{self.bucket}/bad", {"Content-MD5": "short"}, body)
        self.assertIn(b"<Code>InvalidDigest</Code>", text)
        with self.assertRaises(ClientError):
            self.s3.head_object(Bucket=self.bucket, Key="bad")

    def test_checksums_by_client(self):
        body = os.urandom(300_000)
        for algorithm in ("CRC32", "SHA1", "SHA256"):
            put = self.put(algorithm, body, ChecksumAlgorithm=algorithm)
            self.assertEqual(put[f"Checksum{algorithm}"], SUMS[algorithm](body))
            got = self.s3.get_object(Bucket=self.bucket, Key=algorithm, ChecksumMode="ENABLED")
            self.assertEqual(got["Body"].read(), body)
            self.assertEqual(got[f"Checksum{algorithm}"], SUMS[algorithm](body))

    def test_streamed_body_with_trailer(self):
        """aws-chunked with an unsigned trailer, as current SDKs stream."""
        body = os.urandom(100_000)

        def send(trailer):
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 8192]), body[i:i + 8192])
                              for i in range(0, len(body), 8192))
            framed = chunks + b"0\r\nx-amz-checksum-crc32:" + trailer.encode() + b"\r\n\r\n"
            headers = {"Content-Encoding": "aws-chunked", "X-Amz-Trailer": "x-amz-checksum-crc32",
                       "X-Amz-Decoded-Content-Length": str(len(body)), "x-amz-sdk-checksum-algorithm": "CRC32"}
            return self.streaming(f"/{self.bucket}/streamed", headers, framed)

        status, text = send(SUMS["CRC32"](b"other"))
        self.assertEqual(status, 400, text)
        self.assertIn(b"BadDigest", text)
        with self.assertRaises(ClientError):
            self.s3.head_object(Bucket=self.bucket, Key="streamed")
        status, text = send(SUMS["CRC32"](body))
        self.assertEqual(status, 200, text)
        got = self.s3.get_object(Bucket=self.bucket, Key="streamed")
        self.assertEqual(got["Body"].read(), body)
        self.assertNotIn("ContentEncoding", got)

    def streaming(self, path, headers, framed):
        host = urllib.parse.urlsplit(self.url)

        class Unsigned(S3SigV4Auth):
            def payload(self, _):
                return "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

        request = AWSRequest(method="PUT", url=f"{self.url}{path}", data=framed, headers=headers)
        Unsigned(self.credentials, "s3", "us-east-1").add_auth(request)
        request.headers["X-Amz-Content-SHA256"] = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request("PUT", path, body=framed, headers=dict(request.headers))
        reply = connection.getresponse()
        return reply.status, reply.read()

    def test_delete(self):
        self.put("key")
        self.s3.delete_object(Bucket=self.bucket, Key="key")
        self.s3.delete_object(Bucket=self.bucket, Key="key")
        for i in range(5):
            self.put(f"k{i}")
        gone = self.s3.delete_objects(Bucket=self.bucket,
                                      Delete={"Objects": [{"Key": "k0"}, {"Key": "k1"}, {"Key": "never"}]})
        self.assertEqual(sorted(d["Key"] for d in gone["Deleted"]), ["k0", "k1", "never"])
        quiet = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": "k2"}], "Quiet": True})
        self.assertNotIn("Deleted", quiet)
        left = [o["Key"] for o in self.s3.list_objects_v2(Bucket=self.bucket)["Contents"]]
        self.assertEqual(left, ["k3", "k4"])

    def test_copy(self):
        body = os.urandom(400_000)
        self.put("a b+c/é", body, ContentType="text/x", Metadata={"m": "1"}, Tagging="t=1")
        source = {"Bucket": self.bucket, "Key": "a b+c/é"}
        result = self.s3.copy_object(Bucket=self.bucket, Key="copy", CopySource=source)["CopyObjectResult"]
        self.assertEqual(result["ETag"], f'"{hashlib.md5(body).hexdigest()}"')
        got = self.s3.get_object(Bucket=self.bucket, Key="copy")
        self.assertEqual((got["Body"].read(), got["ContentType"], got["Metadata"]), (body, "text/x", {"m": "1"}))
        self.assertEqual(self.s3.get_object_tagging(Bucket=self.bucket, Key="copy")["TagSet"][0]["Key"], "t")
        self.s3.copy_object(Bucket=self.bucket, Key="copy", CopySource=source, MetadataDirective="REPLACE",
                            Metadata={"n": "2"}, ContentType="text/y", TaggingDirective="REPLACE", Tagging="u=2")
        got = self.s3.head_object(Bucket=self.bucket, Key="copy")
        self.assertEqual((got["ContentType"], got["Metadata"]), ("text/y", {"n": "2"}))
        self.assertEqual(self.s3.get_object_tagging(Bucket=self.bucket, Key="copy")["TagSet"][0]["Key"], "u")
        itself = {"Bucket": self.bucket, "Key": "copy"}
        self.refused("InvalidRequest", self.s3.copy_object, Bucket=self.bucket, Key="copy", CopySource=itself)
        self.s3.copy_object(Bucket=self.bucket, Key="copy", CopySource=itself, MetadataDirective="REPLACE")
        self.assertEqual(self.get("copy"), body)
        self.refused("NoSuchKey", self.s3.copy_object, Bucket=self.bucket, Key="x",
                     CopySource={"Bucket": self.bucket, "Key": "none"})
        self.refused("PreconditionFailed", self.s3.copy_object, Bucket=self.bucket, Key="x", CopySource=itself,
                     CopySourceIfMatch='"no"', status=412)
        etag = self.s3.head_object(Bucket=self.bucket, Key="copy")["ETag"]
        self.refused("PreconditionFailed", self.s3.copy_object, Bucket=self.bucket, Key="x", CopySource=itself,
                     CopySourceIfNoneMatch=etag, status=412)

    def test_attributes(self):
        body = b"hello"
        self.put("key", body, ChecksumAlgorithm="SHA256")
        got = self.s3.get_object_attributes(Bucket=self.bucket, Key="key",
                                            ObjectAttributes=["ETag", "Checksum", "ObjectSize", "StorageClass"])
        self.assertEqual(got["ETag"], hashlib.md5(body).hexdigest())
        self.assertEqual(got["Checksum"]["ChecksumSHA256"], SUMS["SHA256"](body))
        self.assertEqual((got["ObjectSize"], got["StorageClass"]), (5, "STANDARD"))

    # Listings

    def test_paging(self):
        keys = sorted([f"a/{i}" for i in range(4)] + [f"b{i}" for i in range(3)] + ["c/x/1", "c/y/1", "d"])
        for key in keys:
            self.put(key)
        for size in (1, 2, 3, 1000):
            for operation in ("list_objects", "list_objects_v2"):
                pages = self.s3.get_paginator(operation).paginate(Bucket=self.bucket,
                                                                  PaginationConfig={"PageSize": size})
                listed = [o["Key"] for page in pages for o in page.get("Contents", [])]
                self.assertEqual(listed, keys, f"{operation} {size}")
                pages = self.s3.get_paginator(operation).paginate(Bucket=self.bucket, Delimiter="/",
                                                                  PaginationConfig={"PageSize": size})
                pages = list(pages)
                listed = [o["Key"] for page in pages for o in page.get("Contents", [])]
                groups = [p["Prefix"] for page in pages for p in page.get("CommonPrefixes", [])]
                self.assertEqual((listed, groups), (["b0", "b1", "b2", "d"], ["a/", "c/"]), f"{operation} {size}")
        page = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="c/", Delimiter="/")
        self.assertEqual([p["Prefix"] for p in page["CommonPrefixes"]], ["c/x/", "c/y/"])
        page = self.s3.list_objects_v2(Bucket=self.bucket, StartAfter="b1", MaxKeys=2, FetchOwner=True)
        self.assertEqual([o["Key"] for o in page["Contents"]], ["b2", "c/x/1"])
        self.assertIn("ID", page["Contents"][0]["Owner"])
        self.assertEqual((page["KeyCount"], page["IsTruncated"]), (2, True))
        self.refused("InvalidArgument", self.s3.list_objects_v2, Bucket=self.bucket, ContinuationToken="garbage")
        self.assertEqual(self.s3.list_objects_v2(Bucket=self.bucket, MaxKeys=0).get("Contents", []), [])

    def test_versions(self):
        for key in ("a", "b", "c"):
            self.put(key)
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket,
                                                                       PaginationConfig={"PageSize": 2})
        listed = [(v["Key"], v["VersionId"], v["IsLatest"]) for page in pages for v in page.get("Versions", [])]
        self.assertEqual(listed, [(k, "null", True) for k in "abc"])
        self.assertEqual(self.get("a", VersionId="null"), b"x")
        self.refused("InvalidArgument", self.get, "a", VersionId="wrong")

    # Multipart

    def upload(self, key, parts, **create):
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key=key, **create)["UploadId"]
        done = []
        for number, body in enumerate(parts, 1):
            more = {"ChecksumAlgorithm": create["ChecksumAlgorithm"]} if "ChecksumAlgorithm" in create else {}
            reply = self.s3.upload_part(Bucket=self.bucket, Key=key, UploadId=upload, PartNumber=number, Body=body,
                                        **more)
            part = {"PartNumber": number, "ETag": reply["ETag"]}
            part.update({k: v for k, v in reply.items() if k.startswith("Checksum") and k != "ChecksumType" and more})
            done.append(part)
        return upload, done

    def complete(self, key, upload, parts, **more):
        return self.s3.complete_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload,
                                                 MultipartUpload={"Parts": parts}, **more)

    def test_multipart(self):
        bodies = [os.urandom(PART), os.urandom(PART + 1), b"tail"]
        upload, parts = self.upload("big", bodies, Metadata={"m": "1"}, ContentType="x/y")
        listed = self.s3.list_parts(Bucket=self.bucket, Key="big", UploadId=upload, MaxParts=2)
        self.assertEqual([p["Size"] for p in listed["Parts"]], [PART, PART + 1])
        self.assertTrue(listed["IsTruncated"])
        listed = self.s3.list_parts(Bucket=self.bucket, Key="big", UploadId=upload,
                                    PartNumberMarker=listed["NextPartNumberMarker"])
        self.assertEqual([p["PartNumber"] for p in listed["Parts"]], [3])
        self.refused("InvalidPartOrder", self.complete, "big", upload, parts[::-1])
        self.refused("InvalidPart", self.complete, "big", upload, [{"PartNumber": 1, "ETag": '"no"'}])
        self.s3.upload_part(Bucket=self.bucket, Key="big", UploadId=upload, PartNumber=4, Body=b"tail")
        self.refused("EntityTooSmall", self.complete, "big", upload, [parts[2], {**parts[2], "PartNumber": 4}])
        self.refused("NoSuchUpload", self.complete, "big", "nonsense", parts, status=404)
        done = self.complete("big", upload, parts)
        md5s = b"".join(hashlib.md5(b).digest() for b in bodies)
        self.assertEqual(done["ETag"], f'"{hashlib.md5(md5s).hexdigest()}-3"')
        self.assertEqual(self.complete("big", upload, parts)["ETag"], done["ETag"])
        whole = b"".join(bodies)
        got = self.s3.get_object(Bucket=self.bucket, Key="big")
        self.assertEqual((got["Body"].read(), got["Metadata"], got["ContentType"]), (whole, {"m": "1"}, "x/y"))
        self.assertEqual(self.get("big", Range=f"bytes={PART - 5}-{PART + 4}"), whole[PART - 5:PART + 5])
        second = self.s3.get_object(Bucket=self.bucket, Key="big", PartNumber=2)
        self.assertEqual((second["PartsCount"], second["Body"].read()), (3, bodies[1]))
        upload, _ = self.upload("other", [b"x"])
        self.s3.abort_multipart_upload(Bucket=self.bucket, Key="other", UploadId=upload)
        self.refused("NoSuchUpload", self.s3.list_parts, Bucket=self.bucket, Key="other", UploadId=upload)

    def test_multipart_checksums(self):
        bodies = [os.urandom(PART), b"tail"]
        whole = b"".join(bodies)
        for algorithm in ("CRC32", "SHA1", "SHA256"):
            upload, parts = self.upload(algorithm, bodies, ChecksumAlgorithm=algorithm)
            done = self.complete(algorithm, upload, parts)
            raw = b"".join(base64.b64decode(SUMS[algorithm](b)) for b in bodies)
            self.assertEqual(done[f"Checksum{algorithm}"], SUMS[algorithm](raw) + "-2")
            head = self.s3.head_object(Bucket=self.bucket, Key=algorithm, ChecksumMode="ENABLED")
            self.assertEqual(head[f"Checksum{algorithm}"], SUMS[algorithm](raw) + "-2")
            got = self.s3.get_object_attributes(Bucket=self.bucket, Key=algorithm, ObjectAttributes=["ObjectParts"])
            self.assertEqual(got["ObjectParts"]["TotalPartsCount"], 2)
        if NEW_BOTOCORE:
            upload, parts = self.upload("full", bodies, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
            done = self.complete("full", upload, parts, ChecksumType="FULL_OBJECT", ChecksumCRC32=SUMS["CRC32"](whole))
            self.assertEqual((done["ChecksumCRC32"], done["ChecksumType"]), (SUMS["CRC32"](whole), "FULL_OBJECT"))

    def test_multipart_copy(self):
        body = os.urandom(PART + 100_000)
        self.put("src", body)
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key="dst")["UploadId"]
        parts = []
        for number, header in ((1, f"bytes=100000-{PART + 99_999}"), (2, "bytes=0-99")):
            result = self.s3.upload_part_copy(Bucket=self.bucket, Key="dst", UploadId=upload, PartNumber=number,
                                              CopySource={"Bucket": self.bucket, "Key": "src"},
                                              CopySourceRange=header)["CopyPartResult"]
            parts.append({"PartNumber": number, "ETag": result["ETag"]})
        self.complete("dst", upload, parts)
        self.assertEqual(self.get("dst"), body[100_000:] + body[:100])

    def test_uploads_paging(self):
        ids = set()
        for key in ("a/1", "a/2", "b", "b", "c"):
            ids.add(self.s3.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"])
        for size in (1, 2, 1000):
            pages = self.s3.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket,
                                                                             PaginationConfig={"PageSize": size})
            listed = [(u["Key"], u["UploadId"]) for page in pages for u in page.get("Uploads", [])]
            self.assertEqual([k for k, _ in listed], ["a/1", "a/2", "b", "b", "c"])
            self.assertEqual({i for _, i in listed}, ids)
        grouped = self.s3.list_multipart_uploads(Bucket=self.bucket, Delimiter="/")
        self.assertEqual([p["Prefix"] for p in grouped["CommonPrefixes"]], ["a/"])

    # Buckets

    def test_buckets(self):
        self.assertIn(self.bucket, [b["Name"] for b in self.s3.list_buckets()["Buckets"]])
        self.s3.head_bucket(Bucket=self.bucket)
        self.assertIsNone(self.s3.get_bucket_location(Bucket=self.bucket)["LocationConstraint"])
        self.s3.create_bucket(Bucket=self.bucket)  # one's own, again, in us-east-1: a success
        far = self.bucket + "-far"
        self.s3.create_bucket(Bucket=far, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.addCleanup(self.remove, far)
        self.assertEqual(self.s3.get_bucket_location(Bucket=far)["LocationConstraint"], "eu-west-1")
        self.assertEqual(self.s3.head_bucket(Bucket=far)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"],
                         "eu-west-1")
        self.put("key")
        self.refused("BucketNotEmpty", self.s3.delete_bucket, Bucket=self.bucket, status=409)
        status, _, text = self.raw("PUT", "/Upper_Case")
        self.assertIn(b"<Code>InvalidBucketName</Code>", text)
        with self.assertRaises(ClientError) as caught:
            self.s3.head_bucket(Bucket=self.bucket + "-none")
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 404)

    def test_bucket_settings(self):
        """What Terraform reads back of a bucket it has made."""
        bucket = {"Bucket": self.bucket}
        for call, code in (("get_bucket_policy", "NoSuchBucketPolicy"), ("get_bucket_cors", "NoSuchCORSConfiguration"),
                           ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
                           ("get_bucket_website", "NoSuchWebsiteConfiguration"), ("get_bucket_tagging", "NoSuchTagSet"),
                           ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
                           ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
                           ("get_bucket_policy_status", "NoSuchBucketPolicy")):
            self.refused(code, getattr(self.s3, call), **bucket, status=404)
        self.assertNotIn("Status", self.s3.get_bucket_versioning(**bucket))
        self.assertNotIn("Status", self.s3.get_bucket_accelerate_configuration(**bucket))
        self.assertNotIn("LoggingEnabled", self.s3.get_bucket_logging(**bucket))
        self.assertNotIn("QueueConfigurations", self.s3.get_bucket_notification_configuration(**bucket))
        self.assertEqual(self.s3.get_bucket_request_payment(**bucket)["Payer"], "BucketOwner")
        rules = self.s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        self.assertEqual(rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256")
        grants = self.s3.get_bucket_acl(**bucket)["Grants"]
        self.assertEqual([g["Permission"] for g in grants], ["FULL_CONTROL"])
        controls = self.s3.get_bucket_ownership_controls(**bucket)["OwnershipControls"]["Rules"]
        self.assertEqual(controls, [{"ObjectOwnership": "BucketOwnerEnforced"}])
        block = self.s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"]
        self.assertTrue(all(block.values()))
        self.s3.delete_public_access_block(**bucket)
        self.refused("NoSuchPublicAccessBlockConfiguration", self.s3.get_public_access_block, **bucket)
        self.s3.delete_bucket_ownership_controls(**bucket)
        self.refused("OwnershipControlsNotFoundError", self.s3.get_bucket_ownership_controls, **bucket)
        self.s3.put_bucket_tagging(**bucket, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
        self.assertEqual(self.s3.get_bucket_tagging(**bucket)["TagSet"], [{"Key": "a", "Value": "1"}])
        self.s3.delete_bucket_tagging(**bucket)
        self.refused("NoSuchTagSet", self.s3.get_bucket_tagging, **bucket)
        self.s3.put_bucket_notification_configuration(**bucket, NotificationConfiguration={})
        self.s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Suspended"})
        self.assertEqual(self.s3.get_bucket_versioning(**bucket)["Status"], "Suspended")

    def test_refusals(self):
        """What is not supported is never a silent 200."""
        bucket = {"Bucket": self.bucket}
        self.put("key")
        self.refused("NotImplemented", self.s3.put_bucket_versioning, **bucket,
                     VersioningConfiguration={"Status": "Enabled"}, status=501)
        self.refused("NotImplemented", self.s3.put_bucket_policy, **bucket, Policy="{}")
        self.refused("AccessControlListNotSupported", self.s3.put_bucket_acl, **bucket, ACL="public-read")
        self.refused("AccessControlListNotSupported", self.put, "k", ACL="public-read")
        self.refused("InvalidStorageClass", self.put, "k", StorageClass="GLACIER")
        self.refused("NotImplemented", self.put, "k", ServerSideEncryption="aws:kms")
        self.refused("InvalidRequest", self.s3.get_object_legal_hold, **bucket, Key="key")
        self.refused("NotImplemented", self.s3.get_object_torrent, **bucket, Key="key")
        self.put("k", ACL="private", StorageClass="STANDARD", ServerSideEncryption="AES256")

    # The aws CLI

    def file(self, name, body):
        path = os.path.join(self.scratch.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(body)
        return path

    def test_cli_copies_in_parts(self):
        body = os.urandom(40 * MIB)
        path = self.file("big", body)
        self.aws("s3", "cp", path, f"s3://{self.bucket}/dir/big", "--no-progress")
        head = json.loads(self.aws("s3api", "head-object", "--bucket", self.bucket, "--key", "dir/big").stdout)
        self.assertEqual(head["ContentLength"], len(body))
        self.assertTrue(head["ETag"].endswith('-5"'), head["ETag"])
        back = os.path.join(self.scratch.name, "back")
        self.aws("s3", "cp", f"s3://{self.bucket}/dir/big", back, "--no-progress")
        with open(back, "rb") as f:
            self.assertEqual(hashlib.sha256(f.read()).digest(), hashlib.sha256(body).digest())
        self.aws("s3", "cp", f"s3://{self.bucket}/dir/big", f"s3://{self.bucket}/copy", "--no-progress")
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="copy")["ContentLength"], len(body))

    def test_cli_session(self):
        made = self.bucket + "-cli"
        self.aws("s3", "mb", f"s3://{made}")
        self.addCleanup(self.remove, made)
        self.assertIn(made, self.aws("s3", "ls").stdout)
        for name in ("a.txt", "sub/b c.txt", "sub/deep/é.txt"):
            self.file("tree/" + name, name.encode())
        tree = os.path.join(self.scratch.name, "tree")
        self.aws("s3", "sync", tree, f"s3://{made}/tree", "--no-progress")
        self.assertEqual(self.aws("s3", "sync", tree, f"s3://{made}/tree", "--no-progress").stdout, "")
        listed = self.aws("s3", "ls", f"s3://{made}/tree/").stdout
        self.assertIn("PRE sub/", listed)
        self.assertIn("a.txt", listed)
        back = os.path.join(self.scratch.name, "back")
        self.aws("s3", "sync", f"s3://{made}/tree", back, "--no-progress")
        for name in ("a.txt", "sub/b c.txt", "sub/deep/é.txt"):
            with open(os.path.join(back, name), "rb") as f:
                self.assertEqual(f.read(), name.encode())
        os.remove(os.path.join(tree, "a.txt"))
        self.aws("s3", "sync", tree, f"s3://{made}/tree", "--delete", "--no-progress")
        self.assertNotIn("a.txt", self.aws("s3", "ls", "--recursive", f"s3://{made}").stdout)
        self.aws("s3", "mv", f"s3://{made}/tree/sub/b c.txt", f"s3://{made}/moved", "--no-progress")
        self.assertIn("moved", self.aws("s3", "ls", f"s3://{made}").stdout)
        self.assertNotEqual(self.aws("s3", "rb", f"s3://{made}", check=False).returncode, 0)
        self.aws("s3", "rm", "--recursive", f"s3://{made}", "--quiet")
        self.aws("s3", "rb", f"s3://{made}")

    def test_cli_streams(self):
        body = os.urandom(100_000)
        done = subprocess.run([AWS, "--endpoint-url", self.url, "--region", "us-east-1", "s3", "cp", "-",
                               f"s3://{self.bucket}/stdin"], env=self.environment, input=body, timeout=120)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.get("stdin"), body)

    def test_presigned(self):
        body = b"by a link"
        self.put("a b/é", body)
        link = self.s3.generate_presigned_url("get_object", Params={"Bucket": self.bucket, "Key": "a b/é"})
        with urllib.request.urlopen(link) as reply:
            self.assertEqual(reply.read(), body)
        link = self.client(signature_version="s3v4").generate_presigned_url(
            "put_object", Params={"Bucket": self.bucket, "Key": "put"})
        with urllib.request.urlopen(urllib.request.Request(link, data=body, method="PUT",
                                                           headers={"Content-Type": ""})) as reply:
            self.assertEqual(reply.status, 200)
        self.assertEqual(self.get("put"), body)
        link = self.aws("s3", "presign", f"s3://{self.bucket}/put").stdout.strip()
        with urllib.request.urlopen(link) as reply:
            self.assertEqual(reply.read(), body)


def settle(url, environment):
    S3.url = url
    S3.environment = environment
    os.environ.update({k: v for k, v in environment.items() if k.startswith("AWS_")})


def run(arguments):
    program = unittest.main(argv=[sys.argv[0], *arguments], exit=False)
    return 0 if program.result.wasSuccessful() else 1


def main():
    print(f"python {sys.version.split()[0]}, boto3 {boto3.__version__}, botocore {botocore.__version__}", flush=True)
    arguments = sys.argv[1:]
    if arguments[:1] == ["--program"]:
        with harness.Server(arguments[1]) as server:
            settle(server.url, server.environment())
            return run(arguments[2:])
    url = os.environ.get("LANDFALL_URL")
    if not url:
        print(__doc__)
        return 2
    settle(url, dict(os.environ))
    return run(arguments)


if __name__ == "__main__":
    harness.own_processes()
    sys.exit(main())
