#!/usr/bin/env python3
"""Uploads that attack the importer, through boto3: each task must end as deleted with a reason that names the file, nothing
may stay, nothing outside of the upload may be read. Usage: ec2_attacks_test.py PROGRAM MAKE_OVA
"""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bad_disks  # noqa: E402
import harness  # noqa: E402

PROGRAM, MAKE_OVA = None, None
BUCKET = "uploads"
MEMORY_MAX = 400 << 20

# What the reason must say of an archive that is broken in each of make_ova.py's ways. One way is none: files in the field
# have their disks before their descriptor, and what they say is as clear.
ARCHIVES = {
    "wrong-digest": ["guest-disk1.vmdk", "SHA256", "the manifest says"],
    "missing-digest": ["offset", "the manifest does not list the disk guest-disk1.vmdk"],
    "missing-disk": ["guest.ovf", "offset", "guest-disk1.vmdk, which is not in the archive"],
    "truncated-disk": ["guest.ovf", "offset", "the descriptor says that guest-disk1.vmdk has"],
    "disk-first": None,
    "absolute-name": ["offset", "no plain file name: /etc/guest-disk1.vmdk"],
    "parent-name": ["offset", "no plain file name: ../guest-disk1.vmdk"],
    "symlink-disk": ["offset", "links are refused: guest-disk1.vmdk"],
    "two-descriptors": ["offset", "second.ovf beside guest.ovf"],
    "doctype": ["guest.ovf", "a DOCTYPE is refused"],
    "no-descriptor": ["offset", "no .ovf file"],
    "wrong-descriptor-digest": ["guest.ovf", "SHA256", "the manifest says"],
    "duplicate-disk": ["offset", "two members are named guest-disk1.vmdk"],
    "hardlink-disk": ["offset", "links are refused: guest-disk1.vmdk"],
    "host-extent": ["guest-disk1.vmdk", "offset", "/etc/hostname"],
    "lying-member": ["offset"],
}


class Attacks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(PROGRAM)
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.close)
        cls.folder = tempfile.TemporaryDirectory(prefix="landfall-attacks-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.ec2 = cls.server.boto3_client("ec2")
        cls.s3 = cls.server.boto3_client("s3")
        cls.s3.create_bucket(Bucket=BUCKET)

    def upload(self, name):
        self.s3.upload_file(os.path.join(self.folder.name, name), BUCKET, name)

    def start(self, name, form):
        container = {"Format": form, "UserBucket": {"S3Bucket": BUCKET, "S3Key": name}}
        return self.ec2.import_image(DiskContainers=[container])["ImportTaskId"]

    def outcome(self, task):
        def ask():
            found = self.ec2.describe_import_image_tasks(ImportTaskIds=[task])["ImportImageTasks"][0]
            return found if found["Status"] in ("completed", "deleted") else None
        return harness.eventually(ask)

    def archives(self):
        """(name, format, words) of every way in which make_ova.py breaks an archive."""
        raw = bad_disks.sample(self.folder.name)
        listed = subprocess.run([sys.executable, MAKE_OVA, "--list-breaks"], check=True, capture_output=True, text=True)
        for kind in listed.stdout.split():
            name = f"{kind}.ova"
            subprocess.run([sys.executable, MAKE_OVA, "--break", kind, os.path.join(self.folder.name, name), raw],
                           check=True)
            yield name, "OVA", ARCHIVES[kind]

    def peak_memory(self):
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmHWM:")) << 10

    def forget(self, result):
        """Undoes an import that is rightly completed."""
        self.ec2.deregister_image(ImageId=result["ImageId"])
        for detail in result["SnapshotDetails"]:
            self.ec2.delete_snapshot(SnapshotId=detail["SnapshotId"])

    def stored(self):
        """What the block store holds when the uploads are gone: (roots, blocks), after a collection, the server stopped."""
        for name in [o["Key"] for o in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]:
            self.s3.delete_object(Bucket=BUCKET, Key=name)
        self.server.stop()
        self.server.restart()  # drops what a failed import could not
        self.server.stop()
        for verb in ("gc", "stats"):
            done = subprocess.run([PROGRAM, "store", verb, "--data", self.server.data], capture_output=True, text=True,
                                  check=True)
        said = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
        return int(said["roots"]), int(said["blocks"])

    def test_every_attack_ends_as_deleted_with_its_reason_and_leaves_nothing(self):
        secret = b"this is nobody's disk but the host's and another object's"
        self.s3.put_object(Bucket=BUCKET, Key="secret.raw", Body=secret.ljust(4096, b"\n"))
        attacks = [*self.archives(), *bad_disks.kinds(self.folder.name)]
        self.assertEqual(len(attacks), len(ARCHIVES) + 22)
        for name, _, _ in attacks:
            self.upload(name)
        tasks = [(name, words, self.start(name, form)) for name, form, words in attacks]
        for name, words, task in tasks:
            with self.subTest(name=name):
                result = self.outcome(task)
                if words is None:
                    self.assertEqual(result["Status"], "completed", result)
                    self.forget(result)
                    continue
                said = result.get("StatusMessage", "")
                self.assertEqual(result["Status"], "deleted", name)
                self.assertTrue(said.startswith("ClientError: "), said)
                for word in [name, *words]:
                    self.assertIn(word, said)
                self.assertNotIn("ImageId", result)
        self.assertEqual(self.ec2.describe_images(Owners=["self"])["Images"], [])
        self.assertEqual(self.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"], [])
        self.assertLess(self.peak_memory(), MEMORY_MAX)
        self.assertEqual(self.stored(), (0, 0))


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM, MAKE_OVA = sys.argv[1], sys.argv[2]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
