#!/usr/bin/env python3
"""Uploads by HTML forms: boto3's generate_presigned_post, sent by curl as a browser sends it. Usage: s3_post_test.py PROGRAM

curl is Debian's; the forms are signed as boto3 does by default (version 2) and with s3v4.
"""
import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

PROGRAM = None
MIB = 1 << 20


class Post(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        from botocore.config import Config
        cls.server = harness.Server(PROGRAM)
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.close)
        folder = tempfile.TemporaryDirectory(prefix="landfall-post-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        path = {"s3": {"addressing_style": "path"}}
        cls.s3 = cls.server.boto3_client("s3", config=Config(signature_version="s3v4", **path))
        cls.by_default = cls.server.boto3_client("s3", config=Config(**path))
        cls.s3.create_bucket(Bucket="forms")

    def file(self, content, name="photo.jpg"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(content)
        return path

    def send(self, form, content=b"content", *more, name="photo.jpg", url=None):
        """What curl got: status, headers in lower case, body."""
        fields = [part for key, value in form["fields"].items() for part in ("--form-string", f"{key}={value}")]
        done = subprocess.run(["/usr/bin/curl", "-sS", "-i", "--max-time", "120", *fields, *more,
                               "-F", f"file=@{self.file(content, name)}", url or form["url"]],
                              capture_output=True, check=True)
        text = done.stdout
        while re.match(rb"HTTP/1.1 100 ", text):
            text = text.split(b"\r\n\r\n", 1)[1]
        head, body = text.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
        return int(lines[0].split()[1]), headers, body.decode()

    def refused(self, status, code, sent, message=""):
        got, _, body = sent
        self.assertEqual((got, re.search("<Code>(.*?)</Code>", body)[1]), (status, code), body)
        self.assertIn(message, body.replace("&quot;", '"'))
        return body

    def form(self, key="key", fields=None, conditions=None, expires=3600, client=None):
        return (client or self.s3).generate_presigned_post("forms", key, Fields=fields, Conditions=conditions,
                                                           ExpiresIn=expires)

    def body_of(self, key):
        return self.s3.get_object(Bucket="forms", Key=key)["Body"].read()

    def test_a_form_of_either_signature_makes_an_object(self):
        for name, client in (("v4", self.s3), ("v2", self.by_default)):
            form = self.form(f"dir/{name} é.jpg", client=client)
            self.assertEqual("x-amz-signature" in form["fields"], name == "v4")
            content = os.urandom(3 * MIB)
            status, headers, body = self.send(form, content)
            self.assertEqual((status, body), (204, ""))
            self.assertEqual(headers["etag"], f'"{hashlib.md5(content).hexdigest()}"')
            self.assertEqual(headers["location"],
                             f"{self.server.url}/forms/dir/{urllib.parse.quote(f'{name} é.jpg')}")
            self.assertEqual(self.body_of(f"dir/{name} é.jpg"), content)

    def test_headers_and_metadata_of_the_form_are_the_objects(self):
        fields = {"Content-Type": "image/jpeg", "x-amz-meta-colour": "red", "Cache-Control": "no-cache"}
        form = self.form(fields=fields, conditions=[{"Content-Type": "image/jpeg"}, {"x-amz-meta-colour": "red"},
                                                    ["starts-with", "$Cache-Control", ""]])
        self.assertEqual(self.send(form)[0], 204)
        head = self.s3.head_object(Bucket="forms", Key="key")
        self.assertEqual((head["ContentType"], head["CacheControl"], head["Metadata"]),
                         ("image/jpeg", "no-cache", {"colour": "red"}))

    def test_tags_of_the_form_are_the_objects(self):
        def tagged(*tags):
            text = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in tags)
            xml = f"<Tagging><TagSet>{text}</TagSet></Tagging>"
            return self.form(fields={"tagging": xml}, conditions=[{"tagging": xml}])
        self.assertEqual(self.send(tagged(("colour", "red"), ("a:b", "")))[0], 204)
        tags = self.s3.get_object_tagging(Bucket="forms", Key="key")["TagSet"]
        self.assertEqual({tag["Key"]: tag["Value"] for tag in tags}, {"colour": "red", "a:b": ""})
        for xml, code in (("<Tagging>", "MalformedXML"), ("<Tagging><TagSet><Tag/></TagSet></Tagging>", "MalformedXML")):
            status, _, body = self.send(self.form(fields={"tagging": xml}, conditions=[{"tagging": xml}]))
            self.assertEqual(status, 400)
            self.assertIn(f"<Code>{code}</Code>", body)
        self.assertIn("<Code>InvalidTag</Code>", self.send(tagged(("aws:x", "y")))[2])

    def test_a_form_is_told_as_a_post(self):
        sqs = self.server.boto3_client("sqs")
        queue = sqs.create_queue(QueueName="posts")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [{
            "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": arn}]})})
        self.s3.put_bucket_notification_configuration(Bucket="forms", NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:Post"]}]})
        self.addCleanup(self.s3.put_bucket_notification_configuration, Bucket="forms", NotificationConfiguration={})
        self.s3.put_object(Bucket="forms", Key="no-form", Body=b"")
        self.assertEqual(self.send(self.form())[0], 204)
        names = []

        def told():
            for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", []):
                for record in json.loads(message["Body"]).get("Records", []):
                    names.append((record["eventName"], record["s3"]["object"]["key"]))
            return names
        harness.eventually(told, 30)
        self.assertEqual(names, [("ObjectCreated:Post", "key")])

    def test_the_answer_is_the_one_that_the_form_asks_for(self):
        for asked, status in (("200", 200), ("201", 201), ("204", 204), ("404", 204)):
            form = self.form("a&b", {"success_action_status": asked}, [{"success_action_status": asked}])
            got, headers, body = self.send(form)
            self.assertEqual(got, status)
            if status == 201:
                self.assertEqual(headers["content-type"], "application/xml")
                etag = hashlib.md5(b"content").hexdigest()
                self.assertIn(f"<PostResponse><Location>{self.server.url}/forms/a%26b</Location><Bucket>forms</Bucket>"
                              f"<Key>a&amp;b</Key><ETag>&quot;{etag}&quot;</ETag></PostResponse>", body)
            else:
                self.assertEqual(body, "")
        there = "http://example.org/done?from=here"
        form = self.form("r/k", {"success_action_redirect": there}, [{"success_action_redirect": there}])
        status, headers, _ = self.send(form)
        self.assertEqual(status, 303)
        etag = urllib.parse.quote('"' + hashlib.md5(b"content").hexdigest() + '"')
        self.assertEqual(headers["location"], f"{there}&bucket=forms&key=r%2Fk&etag={etag}")
        no_url = "javascript:alert(1)"
        form = self.form("r/k", {"success_action_redirect": no_url}, [{"success_action_redirect": no_url}])
        self.assertEqual(self.send(form)[0], 204)

    def test_the_key_takes_the_name_of_the_file(self):
        form = self.form("up/${filename}")
        self.assertEqual(self.send(form, b"mine", name="my file.txt")[0], 204)
        self.assertEqual(self.body_of("up/my file.txt"), b"mine")

    def test_the_policy_is_kept(self):
        self.refused(403, "AccessDenied", self.send(self.form(), b"x", "--form-string", "acl=private"),
                     "Invalid according to Policy: Extra input fields: acl")
        form = self.form("user/one")
        form["fields"]["key"] = "user/two"
        self.refused(403, "AccessDenied", self.send(form),
                     'Invalid according to Policy: Policy Condition failed: ["eq", "$key", "user/one"]')
        form = self.form(fields={"Content-Type": "text/html"}, conditions=[["starts-with", "$Content-Type", "image/"]])
        self.refused(403, "AccessDenied", self.send(form), '["starts-with", "$content-type", "image/"]')
        self.refused(403, "AccessDenied", self.send(self.form(expires=-60)),
                     "Invalid according to Policy: Policy expired.")
        self.assertEqual(self.send(self.form(), b"x", "--form-string", "x-ignore-this=1")[0], 204)
        self.s3.create_bucket(Bucket="other-forms")
        form = self.form()
        self.refused(403, "AccessDenied", self.send(form, url=form["url"].replace("/forms", "/other-forms")), "$bucket")
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket="other-forms"))

    def test_the_length_is_kept_and_what_does_not_fit_is_not_stored(self):
        form = self.form("sized", conditions=[["content-length-range", 10, 1000]])
        body = self.refused(400, "EntityTooSmall", self.send(form, b"123456789"))
        self.assertIn("<MinSizeAllowed>10</MinSizeAllowed>", body)
        for size in (1001, 2 * MIB):
            body = self.refused(400, "EntityTooLarge", self.send(form, b"x" * size))
            self.assertIn("<MaxSizeAllowed>1000</MaxSizeAllowed>", body)
        self.assertNotIn("Contents", self.s3.list_objects_v2(Bucket="forms", Prefix="sized"))
        for size in (10, 1000):
            self.assertEqual(self.send(form, b"x" * size)[0], 204)

    def test_a_checksum_of_the_form_is_compared(self):
        right = base64.b64encode(hashlib.sha256(b"content").digest()).decode()
        for claim, status in ((right, 204), (base64.b64encode(bytes(32)).decode(), 400)):
            form = self.form("summed", {"x-amz-checksum-sha256": claim}, [{"x-amz-checksum-sha256": claim}])
            sent = self.send(form)
            self.assertEqual(sent[0], status, sent)
        self.assertEqual(self.body_of("summed"), b"content")

    def test_signatures_that_are_not_right_are_refused(self):
        for client in (self.s3, self.by_default):
            form = self.form(client=client)
            policy = json.loads(base64.b64decode(form["fields"]["policy"]))
            policy["conditions"] = [c for c in policy["conditions"] if "key" not in c] + [["starts-with", "$key", ""]]
            form["fields"]["policy"] = base64.b64encode(json.dumps(policy).encode()).decode()
            body = self.refused(403, "SignatureDoesNotMatch", self.send(form))
            self.assertNotIn(self.server.root_key()[1], body)
            form = self.form(client=client)
            credential = next(k for k in form["fields"] if k.lower() in ("awsaccesskeyid", "x-amz-credential"))
            form["fields"][credential] = form["fields"][credential].replace(self.server.root_key()[0], "AKIANOBODY")
            self.refused(403, "InvalidAccessKeyId", self.send(form))
            for name in set(form["fields"]) - {"key"}:
                less = self.form(client=client)
                del less["fields"][name]
                self.refused(400, "InvalidArgument", self.send(less), "Bucket POST must contain a field named")
        self.refused(403, "AccessDenied", self.send({"fields": {"key": "k"}, "url": self.form()["url"]}))

    def signed(self, policy):
        """A form with this text for its policy, rightly signed."""
        key, secret = self.server.root_key()
        now = datetime.now(timezone.utc)
        day = now.strftime("%Y%m%d")
        encoded = base64.b64encode(policy.encode()).decode()
        signing = ("AWS4" + secret).encode()
        for part in (day, "us-east-1", "s3", "aws4_request", encoded):
            signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
        return {"url": self.form()["url"], "fields": {
            "key": "k", "policy": encoded, "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-credential": f"{key}/{day}/us-east-1/s3/aws4_request", "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
            "x-amz-signature": signing.hex()}}

    def test_documents_that_are_no_policy_say_why(self):
        later = (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for policy, why in (("{", "Invalid Policy: Invalid JSON."),
                            ('{"conditions":[]}', "Invalid Policy: Policy missing expiration."),
                            (f'{{"expiration":"{later}"}}', "Invalid Policy: Policy missing conditions."),
                            ('{"expiration":"soon","conditions":[]}', "Invalid 'expiration' value: 'soon'"),
                            (f'{{"expiration":"{later}","conditions":[{{}}]}}', "exactly one property"),
                            (f'{{"expiration":"{later}","conditions":[["content-length-range",0]]}}', "Condition")):
            self.refused(400, "InvalidPolicyDocument", self.send(self.signed(policy)), why)

    def test_forms_that_are_none_are_refused(self):
        form = self.form()
        done = subprocess.run(["/usr/bin/curl", "-sS", "-X", "POST", "-H", "Content-Type: text/plain", "-d", "x",
                               form["url"]], capture_output=True, text=True, check=True)
        self.assertIn("<Code>PreconditionFailed</Code>", done.stdout)
        self.assertIn("multipart/form-data", done.stdout)
        for body, code in ((b"nothing", "MalformedPOSTRequest"), (b"", "MalformedPOSTRequest"),
                           (b"--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--b--\r\n", "InvalidArgument"),
                           (b"--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n" + b"x" * 30_000,
                            "MaxPostPreDataLengthExceededError")):
            done = subprocess.run(["/usr/bin/curl", "-sS", "-X", "POST", "-H", "Content-Type: multipart/form-data; boundary=b",
                                   "--data-binary", "@-", form["url"]], input=body, capture_output=True, check=True)
            self.assertIn(f"<Code>{code}</Code>", done.stdout.decode(), body[:80])

    def test_a_bucket_that_is_not_there(self):
        form = self.s3.generate_presigned_post("no-such-forms", "key")
        self.refused(404, "NoSuchBucket", self.send(form))


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
