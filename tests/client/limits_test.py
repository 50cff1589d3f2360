#!/usr/bin/env python3
"""Limits and bad input against a real server, by raw sockets. Usage: limits_test.py PROGRAM

The server lives through every case, and answers the next well-formed request.
"""
import os
import re
import resource
import socket
import subprocess
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

PROGRAM = None
WORKERS = 4


class Limits(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server(PROGRAM, arguments=["--set", f"server.worker_threads={WORKERS}"])
        self.addCleanup(self.server.close)
        self.server.start()
        self.port = int(self.server.url.rsplit(":", 1)[1])

    def connect(self):
        made = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.addCleanup(made.close)
        return made

    def answer(self, request):
        """The whole answer to raw bytes, up to the server's close or its Content-Length."""
        with self.connect() as made:
            made.sendall(request)
            text = b""
            while True:
                try:
                    piece = made.recv(65536)
                except ConnectionResetError:
                    return text
                text += piece
                head, end, body = text.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                if not piece or (end and length and len(body) >= int(length[1])):
                    return text

    def lives(self):
        with urllib.request.urlopen(self.server.url + "/healthz", timeout=30) as answer:
            self.assertEqual(answer.status, 200)

    def cpu_seconds(self):
        with open(f"/proc/{self.server.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_without_descriptors_the_server_waits_without_spinning_and_recovers(self):
        pid = self.server.process.pid
        self.lives()
        used = len(os.listdir(f"/proc/{pid}/fd"))
        hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 8, hard))
        crowd = [self.connect() for _ in range(64)]
        harness.eventually(lambda: len(os.listdir(f"/proc/{pid}/fd")) >= used + 8)
        began, cpu = time.monotonic(), self.cpu_seconds()
        harness.eventually(lambda: time.monotonic() - began > 3)  # a span in which a busy loop would show
        self.assertLess(self.cpu_seconds() - cpu, 1.0, "a busy loop")
        for each in crowd:
            each.close()
        harness.eventually(lambda: len(os.listdir(f"/proc/{pid}/fd")) <= used + 4)
        self.lives()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        self.server.boto3_client("s3").create_bucket(Bucket="after")

    def test_a_want_of_descriptors_is_told_as_passing_and_breaks_nothing(self):
        s3 = self.server.boto3_client("s3")
        s3.create_bucket(Bucket="files")
        body = os.urandom(3_000_000)
        s3.put_object(Bucket="files", Key="before", Body=body)
        self.assertEqual(self.server.stop(), 0)
        self.server.restart()  # now no pack is open
        self.port = int(self.server.url.rsplit(":", 1)[1])
        from botocore.config import Config
        from botocore.exceptions import ResponseStreamingError
        s3 = self.server.boto3_client("s3", config=Config(retries={"total_max_attempts": 1}))
        s3.head_object(Bucket="files", Key="before")  # the connection is there
        pid = self.server.process.pid
        used = {int(each) for each in os.listdir(f"/proc/{pid}/fd")}
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        free = next(number for number in range(len(used) + 1) if number not in used)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, before[1]))
        with self.assertRaises(s3.exceptions.ClientError) as refused:
            s3.put_object(Bucket="files", Key="during", Body=os.urandom(3_000_000))
        answer = refused.exception.response
        self.assertEqual(answer["Error"]["Code"], "ServiceUnavailable", answer)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 503)
        self.assertEqual(answer["ResponseMetadata"]["HTTPHeaders"]["retry-after"], "1")
        # The object's head is sent before its first byte is read: the broken connection says that the rest is missing.
        with self.assertRaises((ResponseStreamingError, s3.exceptions.ClientError)):
            s3.get_object(Bucket="files", Key="before")["Body"].read()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        s3.put_object(Bucket="files", Key="after", Body=body)
        for key in ("before", "after"):
            self.assertEqual(s3.get_object(Bucket="files", Key=key)["Body"].read(), body)

    def test_slow_uploaders_do_not_hold_up_other_requests(self):
        from botocore.config import Config
        s3 = self.server.boto3_client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))
        s3.create_bucket(Bucket="slow")
        s3.put_object(Bucket="slow", Key="there", Body=b"quick")
        url = s3.generate_presigned_url("put_object", Params={"Bucket": "slow", "Key": "slow"})
        path = url.split(f":{self.port}", 1)[1]
        request = (f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Length: 10000000\r\n\r\n").encode()
        slow = [self.connect() for _ in range(2 * WORKERS)]
        for each in slow:
            each.sendall(request + b"x" * 70000)
        began = time.monotonic()
        self.assertEqual(s3.get_object(Bucket="slow", Key="there")["Body"].read(), b"quick")
        self.assertLess(time.monotonic() - began, 30, "another request waited for the slow uploaders")
        for each in slow:
            each.setblocking(False)
            with self.assertRaises(BlockingIOError, msg="an uploader was answered before its body was there"):
                each.recv(1)
        self.lives()

    def test_malformed_requests_get_a_precise_refusal(self):
        host = f"Host: 127.0.0.1:{self.port}\r\n".encode()
        post = b"POST / HTTP/1.1\r\n" + host
        cases = {
            "no host": (b"GET / HTTP/1.1\r\n\r\n", b" 400 "),
            "two lengths": (post + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", b" 400 "),
            "length and chunked": (post + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b" 400 "),
            "negative length": (post + b"Content-Length: -1\r\n\r\n", b" 400 "),
            "folded header": (post + b"X-A: b\r\n c\r\n\r\n", b" 400 "),
            "blank before colon": (post + b"X-A : b\r\n\r\n", b" 400 "),
            "huge head": (b"GET / HTTP/1.1\r\n" + host + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n", b" 431 "),
            "many headers": (b"GET / HTTP/1.1\r\n" + host + b"".join(b"X-%d: a\r\n" % i for i in range(500)) + b"\r\n",
                             b" 431 "),
            "not HTTP": (b"\x00\x01\x02\x03\r\n\r\n", b" 400 "),
            "signature without parts": (b"GET / HTTP/1.1\r\n" + host + b"Authorization: AWS4-HMAC-SHA256\r\n\r\n", b" 40"),
            "signature of nonsense": (b"GET / HTTP/1.1\r\n" + host + b"Authorization: \xff\xfe\r\n\r\n", b" 40"),
            "bad chunk": (post + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", b" 40"),
        }
        for name, (request, expected) in cases.items():
            with self.subTest(name):
                answer = self.answer(request)
                self.assertTrue(answer.startswith(b"HTTP/1.1 4"), answer[:200])
                self.assertIn(expected, answer.split(b"\r\n", 1)[0] + b" ")
                self.lives()

    def test_wrong_credentials_tell_nothing(self):
        import boto3
        from botocore.exceptions import ClientError
        key, secret = self.server.root_key()
        answers = {}
        for name, used in {"unknown key": ("AKIAIOSFODNN7EXAMPLE", secret), "wrong secret": (key, secret[::-1])}.items():
            for service, call in (("s3", "list_buckets"), ("ec2", "describe_regions"), ("sts", "get_caller_identity")):
                client = boto3.client(service, endpoint_url=self.server.url, region_name="us-east-1",
                                      aws_access_key_id=used[0], aws_secret_access_key=used[1])
                with self.assertRaises(ClientError) as refused:
                    getattr(client, call)()
                answer = refused.exception.response
                answers[name, service] = answer["Error"]["Code"]
                self.assertIn(answer["ResponseMetadata"]["HTTPStatusCode"], (401, 403))
                self.assertNotIn(secret, str(answer))
        # As AWS: which of the two was wrong is told by the code, and nothing else is.
        self.assertEqual(answers["unknown key", "s3"], "InvalidAccessKeyId")
        self.assertEqual(answers["wrong secret", "s3"], "SignatureDoesNotMatch")
        self.assertEqual(answers["unknown key", "ec2"], "AuthFailure")
        self.assertEqual(answers["unknown key", "sts"], "InvalidClientTokenId")
        self.lives()


class Doctor(unittest.TestCase):
    def examine(self, *arguments, **environment):
        done = subprocess.run([PROGRAM, "doctor", *arguments], env={**os.environ, **environment}, capture_output=True,
                              text=True, timeout=60)
        return done.returncode, {line.split()[1]: line.split()[0] for line in done.stdout.splitlines()
                                 if line.split() and line.split()[0] in ("ok", "weak", "BAD")}, done.stdout

    def test_a_missing_program_is_bad_and_names_its_package(self):
        code, found, text = self.examine(PATH="/nowhere")
        self.assertEqual((code, found["qemu-system-x86_64"], found["aws"]), (1, "BAD", "weak"))
        self.assertIn("apt-get install qemu-system-x86", text)

    def test_a_port_in_use_and_an_open_credentials_file_are_found(self):
        with harness.Server(PROGRAM) as server:
            where = server.url.split("//")[1]
            _, found, text = self.examine("--listen", where, "--data", server.data)
            self.assertEqual((found["port"], found["credentials"]), ("weak", "ok"), text)
            os.chmod(os.path.join(server.data, "credentials"), 0o644)
            code, found, text = self.examine("--listen", where, "--data", server.data)
            self.assertEqual((code, found["credentials"]), (1, "BAD"), text)
            self.assertIn("chmod 600", text)


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
