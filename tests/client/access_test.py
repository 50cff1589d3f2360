#!/usr/bin/env python3
"""Accounts, keys and regions, with the real clients: `landfall access`, Debian's aws CLI and boto3."""
import configparser
import os
import re
import stat
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import boto3  # noqa: E402
import harness  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

PROGRAM = None
OWN = "000000000000"
OTHER = "111122223333"


class Base(unittest.TestCase):
    arguments = ()

    def setUp(self):
        self.server = harness.Server(PROGRAM, arguments=self.arguments)
        self.addCleanup(self.server.close)
        self.server.start()

    def landfall(self, *arguments, **environment):
        return subprocess.run([PROGRAM, *arguments], env={**self.server.environment(), **environment},
                              capture_output=True, text=True, timeout=120)

    def add_account(self, account=OTHER, *more):
        done = self.landfall("access", "add-account", account, *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.key_in(done.stdout)

    def key_in(self, text):
        key = re.search(r"^access key id\s+(AKIA[A-Z0-9]{16})$", text, re.M)
        secret = re.search(r"^secret access key\s+(\S{40})$", text, re.M)
        self.assertTrue(key and secret, text)
        return key[1], secret[1]

    def client(self, service, key=None, region="us-east-1"):
        key_id, secret = key or self.server.root_key()
        config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
        client = boto3.client(service, endpoint_url=self.server.url, region_name=region, aws_access_key_id=key_id,
                              aws_secret_access_key=secret, config=config)
        self.addCleanup(client.close)
        return client

    def code_of(self, call, **arguments):
        with self.assertRaises(ClientError) as refused:
            call(**arguments)
        return refused.exception.response["Error"]["Code"]


class Accounts(Base):
    def test_an_account_has_its_own_identity_and_is_there_after_a_restart(self):
        key = self.add_account(OTHER, "--name", "the other one")
        for _ in range(2):
            who = self.client("sts", key).get_caller_identity()
            self.assertEqual((who["Account"], who["Arn"], who["UserId"]),
                             (OTHER, f"arn:aws:iam::{OTHER}:root", OTHER))
            self.assertEqual(self.client("sts").get_caller_identity()["Account"], OWN)
            self.assertEqual(self.server.stop(), 0)
            self.server.restart()
        listed = self.landfall("access", "list").stdout
        self.assertRegex(listed, rf"(?m)^{OTHER}\s+{key[0]}\s+Active\s+\S+\s+the other one$")
        self.assertRegex(listed, rf"(?m)^{OWN}\s+AKIA")

    def test_a_profile_is_written_for_its_owner_alone_and_never_over_a_file(self):
        path = os.path.join(tempfile.mkdtemp(prefix="landfall-profile-"), "credentials")
        self.addCleanup(lambda: (os.path.exists(path) and os.remove(path), os.rmdir(os.path.dirname(path))))
        key_id, secret = self.add_account(OTHER, "--profile-out", path, "--profile", "team-b")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        profiles = configparser.ConfigParser()
        profiles.read(path)
        self.assertEqual(profiles["team-b"]["aws_access_key_id"], key_id)
        self.assertEqual(profiles["team-b"]["aws_secret_access_key"], secret)
        env = {**self.server.environment(), "AWS_SHARED_CREDENTIALS_FILE": path, "AWS_PROFILE": "team-b"}
        who = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.server.url, "sts", "get-caller-identity"],
                             env=env, capture_output=True, text=True, timeout=60)
        self.assertIn(OTHER, who.stdout, who.stderr)
        again = self.landfall("access", "add-key", OTHER, "--profile-out", path)
        self.assertEqual(again.returncode, 1)
        self.assertIn("File exists", again.stderr)
        self.assertEqual(self.landfall("access", "list").stdout.count(OTHER), 1, "no key was made")
        refused = self.landfall("access", "add-account", "12", "--profile-out", path + ".new")
        self.assertEqual(refused.returncode, 1)
        self.assertFalse(os.path.exists(path + ".new"))

    def test_a_removed_key_works_no_longer_and_others_go_on(self):
        first = self.add_account()
        second = self.key_in(self.landfall("access", "add-key", OTHER).stdout)
        sts = self.client("sts", first)
        sts.get_caller_identity()
        self.assertEqual(self.landfall("access", "remove-key", first[0]).returncode, 0)
        self.assertEqual(self.code_of(sts.get_caller_identity), "InvalidClientTokenId")
        self.assertEqual(self.client("sts", second).get_caller_identity()["Account"], OTHER)
        self.assertEqual(self.landfall("access", "remove-key", second[0]).returncode, 0)
        self.assertEqual(self.code_of(self.client("sts", second).get_caller_identity), "InvalidClientTokenId")
        third = self.key_in(self.landfall("access", "add-key", OTHER).stdout)
        self.assertEqual(self.client("sts", third).get_caller_identity()["Account"], OTHER)
        own = self.landfall("access", "remove-key", self.server.root_key()[0])
        self.assertEqual(own.returncode, 1)
        self.assertIn("nobody could administer the server", own.stderr)
        gone = self.landfall("access", "remove-key", first[0])
        self.assertEqual(gone.returncode, 1)
        self.assertIn("AccessKeyNotFoundException", gone.stderr)

    def test_a_disabled_key_tells_no_more_than_one_that_never_was(self):
        key = self.add_account()
        calls = (("s3", "list_buckets", "InvalidAccessKeyId"), ("sts", "get_caller_identity", "InvalidClientTokenId"),
                 ("ec2", "describe_regions", "AuthFailure"), ("dms", "describe_endpoints", "UnrecognizedClientException"))
        for service, call, _ in calls[:3]:
            getattr(self.client(service, key), call)()
        done = self.landfall("access", "disable-key", key[0])
        self.assertEqual((done.returncode, done.stdout), (0, f"disabled {key[0]}\n"))
        self.assertRegex(self.landfall("access", "list").stdout, key[0] + r" +Inactive")
        never = ("AKIA" + "N" * 16, key[1])
        for service, call, code in calls:
            told = []
            for used in (key, (key[0], "wrong" * 8), never):
                with self.assertRaises(ClientError) as refused:
                    getattr(self.client(service, used), call)()
                answer = refused.exception.response
                shown = {k: v for k, v in answer["Error"].items() if v not in (key[0], never[0])}
                told.append((answer["ResponseMetadata"]["HTTPStatusCode"], shown))
            self.assertEqual(told[0][1]["Code"], code)
            self.assertEqual(told[0], told[1], "whether the secret was right")
            self.assertEqual(told[0], told[2], "whether there is such a key")
        self.server.stop()
        self.server.restart()
        self.assertEqual(self.code_of(self.client("sts", key).get_caller_identity), "InvalidClientTokenId")
        self.assertEqual(self.landfall("access", "enable-key", key[0]).returncode, 0)
        self.assertEqual(self.client("sts", key).get_caller_identity()["Account"], OTHER)
        last = self.landfall("access", "disable-key", self.server.root_key()[0])
        self.assertEqual(last.returncode, 1)
        self.assertIn("nobody could administer the server", last.stderr)

    def test_only_the_first_accounts_root_administers(self):
        key_id, secret = self.add_account()
        mine = {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
        for command in (("list",), ("add-account", "222233334444"), ("add-key", OWN), ("remove-key", key_id), ("disable-key", key_id)):
            done = self.landfall("access", *command, **mine)
            self.assertEqual(done.returncode, 1, command)
            self.assertIn("not authorized to perform: landfall:", done.stderr)
            self.assertNotIn("AKIA", done.stdout)
        self.assertNotIn("222233334444", self.landfall("access", "list").stdout)

    def test_wrong_accounts_are_refused_by_what_is_wrong(self):
        self.add_account()
        for arguments, words in ((("add-account", "12"), "an account is 12 digits"),
                                 (("add-account", "a" * 12), "an account is 12 digits"),
                                 (("add-account", OTHER), "AccountAlreadyExistsException"),
                                 (("add-account", OWN), "AccountAlreadyExistsException"),
                                 (("add-key", "999999999999"), "AccountNotFoundException")):
            done = self.landfall("access", *arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)

    def test_secrets_of_new_keys_are_not_logged(self):
        _, secret = self.add_account()
        with open(self.server.log_path, encoding="utf-8") as log:
            self.assertNotIn(secret, log.read())
        with open(f"/proc/{self.server.process.pid}/cmdline", encoding="utf-8") as line:
            self.assertNotIn(secret, line.read())


class Apart(Base):
    """What one account has, another neither sees nor reads nor changes."""

    def test_buckets_and_objects(self):
        other = self.client("s3", self.add_account())
        own = self.client("s3")
        own.create_bucket(Bucket="mine-alone")
        own.put_object(Bucket="mine-alone", Key="k", Body=b"secret")
        self.assertEqual(other.list_buckets()["Buckets"], [])
        for call, arguments in ((other.get_object, {"Key": "k"}), (other.list_objects_v2, {}),
                                (other.put_object, {"Key": "x", "Body": b"y"}), (other.delete_object, {"Key": "k"}),
                                (other.delete_bucket, {}), (other.list_multipart_uploads, {}),
                                (other.create_multipart_upload, {"Key": "z"}), (other.get_bucket_location, {})):
            self.assertIn(self.code_of(call, Bucket="mine-alone", **arguments), ("AccessDenied", "NoSuchBucket"))
        self.assertIn(self.code_of(other.head_object, Bucket="mine-alone", Key="k"), ("403", "404"))
        self.assertEqual(self.code_of(other.create_bucket, Bucket="mine-alone"), "BucketAlreadyExists")
        other.create_bucket(Bucket="theirs")
        self.assertIn(self.code_of(other.copy_object, Bucket="theirs", Key="c", CopySource="mine-alone/k"),
                      ("AccessDenied", "NoSuchBucket"))
        self.assertEqual([b["Name"] for b in own.list_buckets()["Buckets"]], ["mine-alone"])
        self.assertEqual([b["Name"] for b in other.list_buckets()["Buckets"]], ["theirs"])
        self.assertEqual(own.get_object(Bucket="mine-alone", Key="k")["Body"].read(), b"secret")

    def test_snapshots_images_tasks_and_jobs(self):
        key = self.add_account()
        s3, ec2, other = self.client("s3"), self.client("ec2"), self.client("ec2", key)
        s3.create_bucket(Bucket="images")
        s3.put_object(Bucket="images", Key="disk.raw", Body=os.urandom(1 << 20))
        disk = {"Format": "RAW", "UserBucket": {"S3Bucket": "images", "S3Key": "disk.raw"}}
        task = ec2.import_snapshot(DiskContainer=disk)["ImportTaskId"]

        def finished():
            detail = ec2.describe_import_snapshot_tasks(ImportTaskIds=[task])["ImportSnapshotTasks"][0]
            return detail["SnapshotTaskDetail"].get("SnapshotId") \
                if detail["SnapshotTaskDetail"]["Status"] == "completed" else None
        snapshot = harness.eventually(finished)
        mapping = [{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": snapshot}}]
        image = ec2.register_image(Name="the image", RootDeviceName="/dev/sda1", BlockDeviceMappings=mapping)["ImageId"]
        self.assertEqual(other.describe_snapshots(OwnerIds=["self"])["Snapshots"], [])
        self.assertEqual(other.describe_images(Owners=["self"])["Images"], [])
        self.assertEqual(other.describe_instances()["Reservations"], [])
        self.assertEqual(other.describe_import_snapshot_tasks()["ImportSnapshotTasks"], [])
        self.assertIn("NotFound", self.code_of(other.describe_snapshots, SnapshotIds=[snapshot]))
        self.assertIn("NotFound", self.code_of(other.describe_images, ImageIds=[image]))
        self.assertIn("NotFound", self.code_of(other.run_instances, ImageId=image, MinCount=1, MaxCount=1))
        self.assertIn("NotFound", self.code_of(other.delete_snapshot, SnapshotId=snapshot))
        self.assertIn("NotFound", self.code_of(other.deregister_image, ImageId=image))
        theirs = other.import_snapshot(DiskContainer=disk)["ImportTaskId"]

        def failed():
            detail = other.describe_import_snapshot_tasks(ImportTaskIds=[theirs])["ImportSnapshotTasks"][0]
            self.assertNotEqual(detail["SnapshotTaskDetail"]["Status"], "completed")
            return detail["SnapshotTaskDetail"]["Status"] in ("deleted", "deleting")
        harness.eventually(failed)
        mine = {"AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1]}
        self.assertNotIn(task, self.landfall("jobs", **mine).stdout)
        self.assertIn(task, self.landfall("jobs").stdout)


class Presigned(Base):
    def test_a_signed_link_to_a_query_operation_works_and_ends(self):
        sts = self.client("sts")
        link = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
        with urllib.request.urlopen(link) as reply:
            self.assertIn(f"<Account>{OWN}</Account>", reply.read().decode())
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(link.replace("X-Amz-Signature=", "X-Amz-Signature=0"))
        refused.exception.close()
        self.assertEqual(refused.exception.code, 403)

    def test_unsigned_requests_are_refused_in_the_words_of_each_protocol(self):
        form = urllib.request.Request(self.server.url, b"Action=GetCallerIdentity&Version=2011-06-15")
        json = urllib.request.Request(self.server.url, b"{}", {"X-Amz-Target": "DynamoDB_20120810.ListTables",
                                                              "Content-Type": "application/x-amz-json-1.0"})
        for request, status, words in ((form, 403, "MissingAuthenticationToken"),
                                       (json, 400, "MissingAuthenticationTokenException")):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request)
            with refused.exception as reply:
                self.assertEqual(reply.code, status)
                self.assertIn(words, reply.read().decode())


class Regions(Base):
    arguments = ("--set", "server.regions=us-east-1,eu-west-1")

    def test_a_server_answers_for_its_regions_and_keeps_their_resources_apart(self):
        s3 = self.client("s3")
        here, there = self.client("ec2"), self.client("ec2", region="eu-west-1")
        for ec2 in (here, there):
            names = [r["RegionName"] for r in ec2.describe_regions()["Regions"]]
            self.assertEqual(sorted(names), ["eu-west-1", "us-east-1"])
        one = here.describe_regions(RegionNames=["eu-west-1"])["Regions"]
        self.assertEqual([r["RegionName"] for r in one], ["eu-west-1"])
        zones = [z["ZoneName"] for z in there.describe_availability_zones()["AvailabilityZones"]]
        self.assertTrue(zones and all(z.startswith("eu-west-1") for z in zones), zones)
        s3.create_bucket(Bucket="images")
        s3.put_object(Bucket="images", Key="disk.raw", Body=os.urandom(1 << 16))
        disk = {"Format": "RAW", "UserBucket": {"S3Bucket": "images", "S3Key": "disk.raw"}}
        task = there.import_snapshot(DiskContainer=disk)["ImportTaskId"]
        harness.eventually(lambda: there.describe_import_snapshot_tasks()["ImportSnapshotTasks"][0]
                           ["SnapshotTaskDetail"]["Status"] == "completed")
        self.assertEqual(len(there.describe_snapshots(OwnerIds=["self"])["Snapshots"]), 1)
        self.assertEqual(here.describe_snapshots(OwnerIds=["self"])["Snapshots"], [])
        self.assertEqual(here.describe_import_snapshot_tasks()["ImportSnapshotTasks"], [])
        self.assertEqual(self.code_of(here.describe_import_snapshot_tasks, ImportTaskIds=[task]),
                         "InvalidConversionTaskId")

    def test_another_region_is_refused_as_aws_does(self):
        far = "ap-south-1"
        self.assertEqual(self.code_of(self.client("ec2", region=far).describe_regions), "AuthFailure")
        with self.assertRaises(ClientError) as refused:
            self.client("sts", region=far).get_caller_identity()
        self.assertEqual(refused.exception.response["Error"]["Code"], "SignatureDoesNotMatch")
        self.assertIn("valid region, not 'ap-south-1'", str(refused.exception))


class AnyRegion(Base):
    arguments = ("--set", "server.regions=any")

    def test_any_region_is_answered_for(self):
        ec2 = self.client("ec2", region="ap-south-1")
        self.assertIn("ap-south-1", [r["RegionName"] for r in ec2.describe_regions()["Regions"]])
        self.assertEqual(self.client("sts", region="eu-central-1").get_caller_identity()["Account"], OWN)


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
