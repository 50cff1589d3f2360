#!/usr/bin/env python3
"""Writes vectors.txt: requests as botocore's own signer signs them. Usage: make_vectors.py > vectors.txt

Every case is a block of lines "word value"; a blank line ends it. Headers stand as they are sent, blanks and all.
botocore is Apache-2.0; the cases and this script are ours.
"""
import datetime
import sys
from urllib.parse import quote, urlsplit

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
KEY, SECRET = "AKIDLANDFALLVECTORS1", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYVECTORSKEY"

PATHS = ["/", "/b/k", "/b/a b+c/é", "/b/a//b", "/b/./x/../y", "/b/..", "/b/k/", "/b/%2F", "/b/100%", "/b/!*'();:@&=$,",
         "/b/~tilde_-.", "/b/日本語", "/tags/arn:aws:backup:us-east-1:000000000000:vault/x", "/b/\u00a0\u2028"]
QUERIES = [[], [("delete", "")], [("b", "2"), ("a", "1")], [("a", "2"), ("a", "1")], [("A", "x"), ("a", "y"), ("B", "")],
           [("k", "a+b c")], [("prefix", "é/ü"), ("list-type", "2")], [("x", "=&?#%")], [("a", "b"), ("a-", "c"), ("a.", "d")],
           [("a%", "1"), ("a", "2"), ("aa", "3")], [("marker", "~!*'()")]]
HEADERS = [[("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
           [("X-Amz-Meta-Blanks", "  a   b\tc  ")], [("X-Amz-Meta-Two", "1"), ("X-Amz-Meta-Two", "2")],
           [("X-Amz-Target", "AmazonSQS.SendMessage"), ("Content-Type", "application/x-amz-json-1.0")],
           [("X-Amz-Meta-Empty", "")], [("x-amz-meta-a", "b"), ("X-Amz-Acl", "private"), ("Range", "bytes=0-9")],
           [("X-Amz-Meta-Name", "caf\u00e9")], [("If-None-Match", '"abc"'), ("X-Amz-Meta-Q", '"a   b"')]]
HOSTS = ["localhost:4566", "127.0.0.1", "bucket.s3.example.com:8443", "[::1]:4566", "000000000000.localhost:4566"]
SERVICES = [("s3", "us-east-1"), ("sqs", "eu-central-1"), ("backup", "ap-southeast-2"), ("ec2", "us-east-1"), ("sts", "us-east-1"),
            ("elasticfilesystem", "us-west-2"), ("s3", "eu-west-3")]
BODIES = [b"", b"Action=GetCallerIdentity&Version=2011-06-15", bytes(range(256)), b'{"QueueUrl":"\xc3\xa9"}']


def freeze():
    class Frozen(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return NOW.replace(tzinfo=None)

        @classmethod
        def now(cls, tz=None):
            return NOW if tz else NOW.replace(tzinfo=None)

    botocore.auth.time.time = NOW.timestamp
    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda remove_tzinfo=True: NOW.replace(tzinfo=None) if remove_tzinfo else NOW
    else:
        botocore.auth.datetime.datetime = Frozen


def encoded(path):
    return quote(path.encode(), safe="/~")


def write(name, service, request, body, bucket=None):
    parts = urlsplit(request.url)
    print("case", name)
    print("service", service)
    print("method", request.method)
    print("path", parts.path)
    print("query", parts.query)
    print("header Host:" + parts.netloc)
    for key, value in request.headers.items():
        print(f"header {key}:{value if isinstance(value, str) else value.decode()}")
    print("body", body.hex())
    if bucket:
        print("bucket", bucket)
    print()


def signed(name, service, region, method="GET", path="/", query=(), headers=(), body=b"", host="localhost:4566", token=None,
           expires=None, scheme="http"):
    url = f"{scheme}://{host}{encoded(path)}"
    if query:
        url += "?" + "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in query)
    request = AWSRequest(method=method, url=url, data=body)
    for key, value in headers:
        request.headers.add_header(key, value)
    credentials = Credentials(KEY, SECRET, token)
    s3 = service == "s3"
    if expires:
        signer = (botocore.auth.S3SigV4QueryAuth if s3 else botocore.auth.SigV4QueryAuth)(credentials, service, region, expires=expires)
    else:
        signer = (botocore.auth.S3SigV4Auth if s3 else botocore.auth.SigV4Auth)(credentials, service, region)
        if scheme == "https" and s3:
            request.context["payload_signing_enabled"] = False
    signer.add_auth(request)
    write(name, service, request, body)


def signed_v2(name, method, path, query=(), headers=(), token=None, bucket=None):
    """The old presigned URL that clients make by default; `bucket`: the host names it."""
    host = f"{bucket}.s3.example.com" if bucket else "localhost:4566"
    url = f"http://{host}{encoded(path)}"
    if query:
        url += "?" + "&".join(k if v is None else f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in query)
    request = AWSRequest(method=method, url=url)
    for key, value in headers:
        request.headers.add_header(key, value)
    request.auth_path = f"/{bucket}{encoded(path)}" if bucket else None
    botocore.auth.HmacV1QueryAuth(Credentials(KEY, SECRET, token), expires=3600).add_auth(request)
    for extra in ("Date", "x-amz-security-token"):
        del request.headers[extra]
    write(name, "s3", request, b"", bucket)


def main():
    freeze()
    for i, path in enumerate(PATHS):
        for service, region in SERVICES[:3]:
            signed(f"path-{i}-{service}", service, region, path=path)
        signed(f"path-{i}-presigned", "s3", "us-east-1", path=path, expires=3600)
    for i, query in enumerate(QUERIES):
        for service, region in SERVICES[:2]:
            signed(f"query-{i}-{service}", service, region, path="/b", query=query)
            signed(f"query-{i}-{service}-presigned", service, region, path="/b", query=query, expires=60)
    for i, headers in enumerate(HEADERS):
        for service, region in SERVICES[:2]:
            signed(f"headers-{i}-{service}", service, region, method="PUT", path="/b/k", headers=headers)
    for i, body in enumerate(BODIES):
        for service, region in SERVICES:
            signed(f"body-{i}-{service}-{region}", service, region, method="POST", body=body)
        signed(f"body-{i}-https", "s3", "us-east-1", method="PUT", path="/b/k", body=body, scheme="https")
    for i, host in enumerate(HOSTS):
        for service, region in SERVICES[:2]:
            signed(f"host-{i}-{service}", service, region, host=host)
    for service, region in SERVICES[:3]:
        signed(f"token-{service}", service, region, token="FwoGZXIvYXdzEO3//+/=")
        signed(f"token-{service}-presigned", service, region, token="FwoGZXIvYXdzEO3//+/=", expires=604800)
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        signed(f"method-{method}", "s3", "us-east-1", method=method, path="/b/k")
        signed(f"method-{method}-presigned", "s3", "us-east-1", method=method, path="/b/k", expires=1)
    for i, path in enumerate(PATHS):
        signed_v2(f"v2-path-{i}", "GET", path)
        signed_v2(f"v2-host-{i}", "GET", path, bucket="buck")
    for i, query in enumerate([[("uploads", None)], [("partNumber", "2"), ("uploadId", "a+b/c=")], [("versionId", "null"), ("acl", None)],
                               [("prefix", "x y"), ("list-type", "2")], [("response-content-type", "text/plain; charset=utf-8")],
                               [("x-id", "GetObject"), ("tagging", None)]]):
        signed_v2(f"v2-query-{i}", "GET", "/b/k", query)
    for i, headers in enumerate([[("Content-Type", "text/plain")], [("X-Amz-Acl", "private"), ("x-amz-meta-b", " 1 ")], [("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")]]):
        signed_v2(f"v2-headers-{i}", "PUT", "/b/k", headers=headers)
    signed_v2("v2-token", "GET", "/b/k", token="FwoGZXIvYXdzEO3//+/=")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
