#!/usr/bin/env python3
"""`landfall queue` against a real server. Usage: queue_commands_test.py PROGRAM"""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

PROGRAM = None


class QueueCommands(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server(PROGRAM)
        self.addCleanup(self.server.close)
        self.server.start()
        self.sqs = self.server.boto3_client("sqs")

    def landfall(self, *arguments):
        return subprocess.run([PROGRAM, "queue", *arguments], env=self.server.environment(), capture_output=True,
                              text=True, timeout=120)

    def test_a_peek_shows_messages_and_receives_none(self):
        url = self.sqs.create_queue(QueueName="jobs")["QueueUrl"]
        for i in range(3):
            self.sqs.send_message(QueueUrl=url, MessageBody=f"message {i}")
        done = self.landfall("peek", "jobs", "--max", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("message 0", done.stdout)
        self.assertIn("message 1", done.stdout)
        self.assertNotIn("message 2", done.stdout)
        stats = self.landfall("stats")
        self.assertEqual(stats.returncode, 0, stats.stderr)
        line = next(l for l in stats.stdout.splitlines() if l.startswith("jobs "))
        self.assertEqual(line.split()[:4], ["jobs", "3", "0", "0"])
        missing = self.landfall("peek", "nowhere")
        self.assertEqual(missing.returncode, 1)
        self.assertIn("There is no queue nowhere", missing.stderr)

    def test_a_move_sends_dead_letters_back_and_waits(self):
        dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        policy = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 1})
        url = self.sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})[
            "QueueUrl"]
        self.sqs.send_message(QueueUrl=url, MessageBody="again")

        def is_dead():
            self.sqs.receive_message(QueueUrl=url)
            got = self.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["ApproximateNumberOfMessages"])
            return got["Attributes"]["ApproximateNumberOfMessages"] == "1"
        harness.eventually(is_dead)
        done = self.landfall("move", "dead")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("COMPLETED: 1 of 1 moved", done.stdout)
        self.assertEqual(self.sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"], "again")
        refused = self.landfall("move", "jobs")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("Source queue must be configured as a Dead Letter Queue.", refused.stderr)


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
