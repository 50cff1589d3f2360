#!/usr/bin/env python3
"""A server on a disk that is really full. Usage: full_disk_test.py PROGRAM

The data directory is a small tmpfs in a mount namespace of this test's own, so that nothing stays mounted however the
test ends. What is claimed: a write that does not fit is refused at once, with 507 InsufficientStorage, which no SDK
retries; what was stored before reads back; deletes work on the full disk; the server restarts on it; an import that does
not fit fails with the reason and leaves nothing; after a collection of garbage writes work again.
"""
import ctypes
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "client"))
import harness  # noqa: E402

PROGRAM = None
DISK = 640 << 20  # the block store keeps 256 MiB and a pack of it free
PIECE = 24 << 20


def own_small_disk(path):
    """Mounts DISK bytes at path, seen by this process and its children only. Gone with them."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0, f"size={DISK},mode=0700".encode()) != 0:
        raise OSError(ctypes.get_errno(), "mounting a tmpfs")


class FullDisk(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix="landfall-full-")
        self.addCleanup(os.rmdir, folder)
        own_small_disk(folder)
        self.addCleanup(subprocess.run, ["umount", folder], check=True)
        self.disk = folder
        self.server = harness.Server(PROGRAM, data=os.path.join(folder, "data"))
        self.addCleanup(self.server.close)
        self.server.start()
        self.s3 = self.server.boto3_client("s3")
        self.s3.create_bucket(Bucket="full")
        self.known = {}

    def put(self, key, size):
        body = os.urandom(size)
        self.s3.put_object(Bucket="full", Key=key, Body=body)
        self.known[key] = hashlib.sha256(body).hexdigest()

    def refusal_of(self, call, *arguments, **options):
        began = time.monotonic()
        with self.assertRaises(self.s3.exceptions.ClientError) as refused:
            call(*arguments, **options)
        answer = refused.exception.response
        self.assertEqual(answer["ResponseMetadata"]["RetryAttempts"], 0, "the SDK retried\n" + self.server.tail_of_log())
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], time.monotonic() - began

    def fill(self):
        """Puts until the server refuses; answers how many fitted."""
        for i in range(1000):
            try:
                self.put(f"piece-{i}", PIECE)
            except self.s3.exceptions.ClientError as refused:
                self.assertEqual(refused.response["Error"]["Code"], "InsufficientStorage", refused)
                self.assertIn("delete", refused.response["Error"]["Message"])
                return i
        raise AssertionError("the disk never filled")

    def fill_the_rest(self):
        """Somebody else's file takes every byte that is left."""
        rest = os.path.join(self.disk, "rest")
        with open(rest, "wb", buffering=0) as f:
            piece = bytes(1 << 20)
            while True:
                try:
                    if f.write(piece) < len(piece):
                        piece = bytes(4096)
                except OSError:
                    if len(piece) == 4096:
                        return rest
                    piece = bytes(4096)

    def check_known(self):
        for key, digest in self.known.items():
            body = self.s3.get_object(Bucket="full", Key=key)["Body"].read()
            self.assertEqual(hashlib.sha256(body).hexdigest(), digest, key)
        listed = {item["Key"] for item in self.s3.list_objects_v2(Bucket="full").get("Contents", [])}
        self.assertEqual(listed, set(self.known))

    def restart(self):
        self.assertEqual(self.server.stop(), 0, self.server.tail_of_log())
        self.server.restart()
        self.s3 = self.server.boto3_client("s3")

    def collect(self):
        self.assertEqual(self.server.stop(), 0, self.server.tail_of_log())
        done = subprocess.run([PROGRAM, "store", "gc", "--data", self.server.data], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server.restart()
        self.s3 = self.server.boto3_client("s3")

    def delete_all(self):
        for key in list(self.known):
            self.s3.delete_object(Bucket="full", Key=key)
            del self.known[key]

    def test_a_nearly_full_disk_refuses_what_grows_and_comes_back(self):
        fitted = self.fill()
        self.assertGreater(fitted, 5)
        self.check_known()
        self.assertEqual(self.refusal_of(self.s3.put_object, Bucket="full", Key="no", Body=os.urandom(PIECE))[:2],
                         ("InsufficientStorage", 507))
        self.restart()
        self.check_known()
        self.delete_all()
        self.check_known()
        self.collect()
        self.put("again", PIECE)
        self.check_known()

    def test_a_disk_full_to_the_last_byte_loses_nothing_and_lets_deletes_through(self):
        self.put("small", 100)
        self.put("large", PIECE)
        rest = self.fill_the_rest()
        for size in (0, 1, 100_000, PIECE):
            code, status, _ = self.refusal_of(self.s3.put_object, Bucket="full", Key="no", Body=os.urandom(size))
            self.assertEqual((code, status), ("InsufficientStorage", 507), f"{size} bytes")
        self.check_known()
        self.s3.delete_object(Bucket="full", Key="large")
        del self.known["large"]
        self.check_known()
        self.restart()
        self.check_known()
        os.remove(rest)
        self.restart()
        self.put("again", PIECE)
        self.check_known()

    def test_an_import_that_does_not_fit_fails_with_the_reason_and_leaves_nothing(self):
        # Content that shares no block with its object: a stream in the bucket, blocks of 64 KiB in the snapshot.
        self.put("disk.raw", 120 << 20)
        self.fill()
        ec2 = self.server.boto3_client("ec2")
        task = ec2.import_snapshot(DiskContainer={
            "Format": "RAW", "UserBucket": {"S3Bucket": "full", "S3Key": "disk.raw"}})["ImportTaskId"]

        def ended():
            detail = ec2.describe_import_snapshot_tasks(ImportTaskIds=[task])["ImportSnapshotTasks"][0]
            detail = detail["SnapshotTaskDetail"]
            return detail if detail["Status"] in ("completed", "deleted") else None
        detail = harness.eventually(ended, seconds=240)
        self.assertEqual(detail["Status"], "deleted", detail)
        self.assertRegex(detail["StatusMessage"], "disk|space|storage")
        self.assertEqual(ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"], [])
        self.check_known()


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv[1])
    if "LANDFALL_OWN_MOUNTS" not in os.environ:
        probe = subprocess.run(["unshare", "-m", "true"], capture_output=True)
        if probe.returncode != 0:
            print("skipped: this machine lets nobody mount")
            sys.exit(77)
        os.environ["LANDFALL_OWN_MOUNTS"] = "yes"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv])
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
