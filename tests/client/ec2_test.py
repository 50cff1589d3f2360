#!/usr/bin/env python3
"""EC2 with Debian's aws CLI and boto3 against a real server, with a real guest. Usage: ec2_test.py PROGRAM GUESTS_DIR

GUESTS_DIR holds mini.ova and mini.raw (tools/guest/build.sh makes them).
"""
import base64
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

PROGRAM, GUESTS = None, None


class Ec2Case(unittest.TestCase):
    """One server for the whole class: starting it is cheap, importing a guest is not."""

    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(PROGRAM)
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.close)
        cls.folder = tempfile.TemporaryDirectory(prefix="landfall-ec2-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.server.run_aws("s3", "mb", "s3://images")

    def ec2(self, *arguments, **options):
        return self.server.run_aws("ec2", *arguments, **options)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def upload(self, path, key):
        self.server.run_aws("s3", "cp", path, f"s3://images/{key}", "--no-progress")

    def import_image(self, key, *more, form="OVA"):
        return self.ec2("import-image", "--disk-containers",
                        f"Format={form},UserBucket={{S3Bucket=images,S3Key={key}}}", *more)["ImportTaskId"]

    def image_task(self, task):
        return self.ec2("describe-import-image-tasks", "--import-task-ids", task)["ImportImageTasks"][0]

    def snapshot_task(self, task):
        return self.ec2("describe-import-snapshot-tasks",
                        "--import-task-ids", task)["ImportSnapshotTasks"][0]["SnapshotTaskDetail"]

    def finished(self, ask, task):
        return harness.eventually(lambda: (lambda t: t if t["Status"] in ("completed", "deleted") else None)(ask(task)))

    def import_snapshot(self, path, form):
        key = os.path.basename(path)
        self.upload(path, key)
        task = self.ec2("import-snapshot", "--disk-container",
                        f"Format={form},UserBucket={{S3Bucket=images,S3Key={key}}}")["ImportTaskId"]
        return self.finished(self.snapshot_task, task)

    def error_of(self, *arguments):
        done = self.ec2(*arguments, check=False)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done.stderr


class Imports(Ec2Case):
    def test_an_ova_becomes_an_image_with_its_snapshot(self):
        self.upload(f"{GUESTS}/mini.ova", "mini.ova")
        task = self.import_image("mini.ova", "--description", "first light", "--tag-specifications",
                                 "ResourceType=import-image-task,Tags=[{Key=team,Value=storage}]")
        self.assertRegex(task, r"^import-ami-[0-9a-f]{17}$")
        progress = []

        def done():
            now = self.image_task(task)
            if "Progress" in now:
                progress.append(int(now["Progress"]))
            return now if now["Status"] != "active" else None
        result = harness.eventually(done)
        self.assertEqual(result["Status"], "completed", result)
        self.assertEqual(progress, sorted(progress))
        self.assertEqual(result["Tags"], [{"Key": "team", "Value": "storage"}])
        self.assertEqual(len(result["SnapshotDetails"]), 1)
        detail = result["SnapshotDetails"][0]
        self.assertEqual(detail["Status"], "completed")
        image = self.ec2("describe-images", "--image-ids", result["ImageId"])["Images"][0]
        self.assertEqual(image["State"], "available")
        self.assertEqual(image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"], detail["SnapshotId"])
        snapshot = self.ec2("describe-snapshots", "--snapshot-ids", detail["SnapshotId"])["Snapshots"][0]
        self.assertEqual((snapshot["State"], snapshot["Progress"]), ("completed", "100%"))
        self.ec2("wait", "image-available", "--image-ids", result["ImageId"])
        self.ec2("wait", "snapshot-completed", "--snapshot-ids", detail["SnapshotId"])

        in_use = self.error_of("delete-snapshot", "--snapshot-id", detail["SnapshotId"])
        self.assertIn("InvalidSnapshot.InUse", in_use)
        self.ec2("deregister-image", "--image-id", result["ImageId"])
        self.ec2("delete-snapshot", "--snapshot-id", detail["SnapshotId"])
        self.assertIn("InvalidSnapshot.NotFound",
                      self.error_of("describe-snapshots", "--snapshot-ids", detail["SnapshotId"]))

    def test_every_format_becomes_a_snapshot(self):
        raw = self.path("source.raw")
        with open(raw, "wb") as f:
            f.write(os.urandom(3 << 20))
            f.seek(9 << 20)
            f.write(os.urandom((1 << 20) + 512))
        for form, options in (("VMDK", ["-O", "vmdk", "-o", "subformat=streamOptimized"]),
                              ("VMDK", ["-O", "vmdk"]), ("VHD", ["-O", "vpc", "-o", "force_size=on"]),
                              ("VHDX", ["-O", "vhdx"]), ("QCOW2", ["-O", "qcow2", "-c"]), ("RAW", ["-O", "raw"])):
            with self.subTest(form=form, options=options):
                made = self.path("disk." + form.lower())
                subprocess.run(["qemu-img", "convert", "-f", "raw", *options, raw, made], check=True)
                result = self.import_snapshot(made, form)
                self.assertEqual(result["Status"], "completed", result)
                snapshot = self.ec2("describe-snapshots", "--snapshot-ids", result["SnapshotId"])["Snapshots"][0]
                self.assertEqual((snapshot["State"], snapshot["VolumeSize"]), ("completed", 1))

    def test_a_bad_upload_ends_as_deleted_with_the_reason_and_leaves_nothing(self):
        before = self.ec2("describe-snapshots", "--owner-ids", "self")["Snapshots"]
        with open(f"{GUESTS}/mini.ova", "rb") as f:
            ova = f.read()
        flipped = bytearray(ova)
        flipped[len(flipped) // 2] ^= 1
        for name, content, expected in (("truncated.ova", ova[:len(ova) // 2], "truncated.ova"),
                                        ("flipped.ova", bytes(flipped), "ClientError"),
                                        ("text.ova", b"this is no archive" * 1000, "ClientError")):
            with self.subTest(name=name):
                with open(self.path(name), "wb") as f:
                    f.write(content)
                self.upload(self.path(name), name)
                result = self.finished(self.image_task, self.import_image(name))
                self.assertEqual(result["Status"], "deleted")
                self.assertIn(expected, result["StatusMessage"])
        after = self.ec2("describe-snapshots", "--owner-ids", "self")["Snapshots"]
        self.assertEqual({s["SnapshotId"] for s in before}, {s["SnapshotId"] for s in after})

    def test_a_missing_object_or_bucket_is_refused_at_once_or_by_the_task(self):
        task = self.import_image("there-is-none.ova")
        result = self.finished(self.image_task, task)
        self.assertEqual(result["Status"], "deleted")
        self.assertIn("there-is-none.ova", result["StatusMessage"])

    def big_disk(self, name, mebibytes):
        path = self.path(name)
        with open(path, "wb") as f:
            for _ in range(mebibytes):
                f.write(os.urandom(1 << 20))
        return path

    def test_a_cancelled_import_ends_as_deleted_and_leaves_nothing(self):
        self.upload(self.big_disk("long.raw", 400), "long.raw")
        task = self.ec2("import-snapshot", "--disk-container",
                        "Format=RAW,UserBucket={S3Bucket=images,S3Key=long.raw}")["ImportTaskId"]
        cancelled = self.ec2("cancel-import-task", "--import-task-id", task, check=False)
        if cancelled.returncode != 0:
            self.assertIn("IncorrectState", cancelled.stderr)  # it was faster than the two calls
        result = self.finished(self.snapshot_task, task)
        self.assertIn(result["Status"], ("deleted", "completed"))
        if cancelled.returncode == 0:
            self.assertEqual(result["Status"], "deleted", result)
            self.assertNotIn("SnapshotId", result)
        self.assertIn("IncorrectState", self.error_of("cancel-import-task", "--import-task-id", task))

    def test_an_import_goes_on_after_the_server_was_killed(self):
        self.upload(self.big_disk("killed.raw", 200), "killed.raw")
        task = self.ec2("import-snapshot", "--disk-container",
                        "Format=RAW,UserBucket={S3Bucket=images,S3Key=killed.raw}")["ImportTaskId"]
        self.server.kill()
        self.server.restart()
        result = self.finished(self.snapshot_task, task)
        self.assertEqual(result["Status"], "completed", result)
        self.assertEqual(result["DiskImageSize"], 200 << 20)

    def test_a_client_token_makes_the_call_idempotent(self):
        self.upload(f"{GUESTS}/mini.ova", "again.ova")
        first = self.import_image("again.ova", "--client-token", "tok-1")
        self.assertEqual(first, self.import_image("again.ova", "--client-token", "tok-1"))
        self.finished(self.image_task, first)

    def test_bad_parameters_get_ec2s_errors(self):
        self.assertIn("InvalidAMIID.NotFound", self.error_of("describe-images", "--image-ids", "ami-0123456789abcdef0"))
        self.assertIn("InvalidAMIID.Malformed", self.error_of("describe-images", "--image-ids", "nonsense"))
        self.assertIn("InvalidParameterValue", self.error_of("describe-images", "--filters", "Name=colour,Values=red"))
        self.assertIn("DryRunOperation", self.error_of("describe-instances", "--dry-run"))
        self.assertIn("InvalidInstanceID.NotFound",
                      self.error_of("terminate-instances", "--instance-ids", "i-0123456789abcdef0"))


class Network(Ec2Case):
    def test_the_defaults_that_clients_look_for_are_there(self):
        vpcs = self.ec2("describe-vpcs", "--filters", "Name=is-default,Values=true")["Vpcs"]
        self.assertEqual(len(vpcs), 1)
        subnets = self.ec2("describe-subnets", "--filters", f"Name=vpc-id,Values={vpcs[0]['VpcId']}")["Subnets"]
        self.assertEqual(len({s["AvailabilityZone"] for s in subnets}), 3)
        groups = self.ec2("describe-security-groups", "--group-names", "default")["SecurityGroups"]
        self.assertEqual(groups[0]["VpcId"], vpcs[0]["VpcId"])
        zones = self.ec2("describe-availability-zones")["AvailabilityZones"]
        self.assertEqual([z["ZoneName"] for z in zones], ["us-east-1a", "us-east-1b", "us-east-1c"])
        self.assertIn("us-east-1", [r["RegionName"] for r in self.ec2("describe-regions")["Regions"]])
        types = self.ec2("describe-instance-types", "--instance-types", "t3.micro")["InstanceTypes"]
        self.assertEqual(types[0]["MemoryInfo"]["SizeInMiB"], 1024)


class Instances(Ec2Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("run")
        case.upload(f"{GUESTS}/mini.ova", "mini.ova")
        cls.image = case.finished(case.image_task, case.import_image("mini.ova"))["ImageId"]

    def run(self, result=None):
        return super().run(result)

    def console(self, instance):
        text = self.ec2("get-console-output", "--instance-id", instance, "--latest").get("Output", "")
        return text

    def start_one(self, *more):
        answer = self.ec2("run-instances", "--image-id", self.image, "--instance-type", "t3.nano", *more)
        instance = answer["Instances"][0]["InstanceId"]
        self.addCleanup(self.ec2, "terminate-instances", "--instance-ids", instance, check=False)
        return answer["Instances"][0]

    def state(self, instance):
        found = self.ec2("describe-instances", "--instance-ids", instance)
        return found["Reservations"][0]["Instances"][0]["State"]["Name"]

    def test_the_life_of_an_instance(self):
        made = self.start_one("--tag-specifications", "ResourceType=instance,Tags=[{Key=Name,Value=first}]")
        instance = made["InstanceId"]
        self.assertEqual(made["State"]["Name"], "pending")
        self.ec2("wait", "instance-running", "--instance-ids", instance)
        harness.eventually(lambda: "login:" in self.console(instance))
        self.assertIn("MINI-GUEST READY", self.console(instance))
        self.ec2("wait", "instance-status-ok", "--instance-ids", instance)
        by_tag = self.ec2("describe-instances", "--filters", "Name=tag:Name,Values=fir*")["Reservations"]
        self.assertEqual([i["InstanceId"] for r in by_tag for i in r["Instances"]], [instance])
        picture = self.ec2("get-console-screenshot", "--instance-id", instance)["ImageData"]
        self.assertIn(base64.b64decode(picture)[:4], (b"\x89PNG", b"\xff\xd8\xff\xe0"))

        self.ec2("reboot-instances", "--instance-ids", instance)
        harness.eventually(lambda: self.console(instance).count("MINI-GUEST READY") >= 2)
        self.ec2("stop-instances", "--instance-ids", instance, "--force")
        self.ec2("wait", "instance-stopped", "--instance-ids", instance)
        self.ec2("start-instances", "--instance-ids", instance)
        self.ec2("wait", "instance-running", "--instance-ids", instance)
        harness.eventually(lambda: "login:" in self.console(instance))

        self.ec2("terminate-instances", "--instance-ids", instance)
        self.ec2("wait", "instance-terminated", "--instance-ids", instance)
        self.assertEqual(self.state(instance), "terminated")
        self.assertIn("IncorrectInstanceState", self.error_of("start-instances", "--instance-ids", instance))

    def test_an_instance_survives_a_restart_of_the_server(self):
        instance = self.start_one()["InstanceId"]
        self.ec2("wait", "instance-running", "--instance-ids", instance)
        harness.eventually(lambda: "login:" in self.console(instance))
        self.server.kill()
        self.server.restart()
        self.assertEqual(self.state(instance), "running")
        self.assertEqual(self.console(instance).count("MINI-GUEST READY"), 1)
        self.ec2("terminate-instances", "--instance-ids", instance)
        self.ec2("wait", "instance-terminated", "--instance-ids", instance)

    def test_tags_go_on_and_off(self):
        self.ec2("create-tags", "--resources", self.image, "--tags", "Key=a,Value=1", "Key=b,Value=2")
        self.ec2("delete-tags", "--resources", self.image, "--tags", "Key=a")
        tags = self.ec2("describe-tags", "--filters", f"Name=resource-id,Values={self.image}")["Tags"]
        self.assertEqual([(t["Key"], t["Value"], t["ResourceType"]) for t in tags], [("b", "2", "image")])


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM, GUESTS = sys.argv[1], sys.argv[2]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
