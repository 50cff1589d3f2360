#!/usr/bin/env python3
"""A pack rots under a running server: found, contained, told and healed. Usage: scrub_test.py PROGRAM"""
import os
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

PROGRAM = None
SIZE = 3 << 20


class Scrub(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server(PROGRAM)
        self.addCleanup(self.server.close)
        self.server.start()
        self.s3 = self.server.boto3_client("s3")
        self.s3.create_bucket(Bucket="kept")
        self.content = os.urandom(SIZE)
        self.s3.put_object(Bucket="kept", Key="object", Body=self.content)
        self.s3.put_object(Bucket="kept", Key="other", Body=b"untouched")

    def landfall(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], env=self.server.environment(), capture_output=True, text=True,
                              timeout=120)

    def packs(self):
        found = []
        for where in ("open", "packs"):
            directory = os.path.join(self.server.data, "blocks", where)
            found += [os.path.join(directory, name) for name in os.listdir(directory) if name.endswith(".pack")]
        return found

    def rot(self):
        path = max(self.packs(), key=os.path.getsize)
        self.assertGreater(os.path.getsize(path), SIZE // 2)
        with open(path, "r+b") as pack:
            pack.seek(os.path.getsize(path) // 2)
            byte = pack.read(1)[0]
            pack.seek(-1, os.SEEK_CUR)
            pack.write(bytes([byte ^ 1]))

    def get(self):
        """The object's bytes, or None where the server (rightly) cannot give them."""
        try:
            return self.s3.get_object(Bucket="kept", Key="object")["Body"].read()
        except Exception:  # a 500, or a body that ends early: which one depends on where the damage is
            return None

    def metric(self, name):
        text = urllib.request.urlopen(self.server.url + "/metrics").read().decode()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name + " "))

    def check_found_and_healed(self):
        done = self.landfall("store", "scrub")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("the block is damaged", done.stdout)
        self.assertIn("1 quarantined", self.landfall("status").stdout)
        self.assertEqual(self.metric("landfall_scrub_damage_total"), 1)
        self.assertIn("blocks_damaged", self.server.tail_of_log(1000))
        self.assertIn("blocks.scrub", self.landfall("jobs").stdout)
        self.assertIsNone(self.get())
        self.assertEqual(self.s3.get_object(Bucket="kept", Key="other")["Body"].read(), b"untouched")
        # Other content of the same key does not heal; the same content under another key does.
        self.s3.put_object(Bucket="kept", Key="again", Body=self.content)
        self.assertEqual(self.get(), self.content)
        self.assertIn("0 quarantined", self.landfall("status").stdout)
        clean = self.landfall("store", "scrub")
        self.assertEqual(clean.returncode, 0, clean.stdout + clean.stderr)
        self.assertIn("nothing damaged", clean.stdout)

    def test_a_bad_byte_in_an_open_pack_is_found_by_the_scrub_and_healed_by_the_next_write(self):
        self.rot()
        self.check_found_and_healed()

    def test_a_bad_byte_in_a_sealed_pack_is_found_by_the_scrub_and_healed_by_the_next_write(self):
        self.assertEqual(self.server.stop(), 0)
        self.server.restart()
        self.s3 = self.server.boto3_client("s3")
        self.rot()
        self.check_found_and_healed()

    def test_a_reader_meets_the_damage_first_and_gets_no_wrong_bytes(self):
        self.rot()
        self.assertIsNone(self.get())
        self.assertIn("1 quarantined", self.landfall("status").stdout)

    def test_a_collection_on_request_gives_back_what_was_deleted(self):
        self.assertEqual(self.server.stop(), 0)
        self.server.restart()
        self.s3 = self.server.boto3_client("s3")
        self.s3.delete_object(Bucket="kept", Key="object")

        # The reclaimer lets go of the content a moment after the answer.
        def collected():
            done = self.landfall("store", "collect")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return self.metric("landfall_collected_bytes_total") > SIZE // 2
        harness.eventually(collected)
        self.assertEqual(self.s3.get_object(Bucket="kept", Key="other")["Body"].read(), b"untouched")


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
