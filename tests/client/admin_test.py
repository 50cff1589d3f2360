#!/usr/bin/env python3
"""The commands of `landfall` against a real server, running and stopped. Usage: admin_test.py PROGRAM"""
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

PROGRAM = None


class Commands(unittest.TestCase):
    def setUp(self):
        self.server = harness.Server(PROGRAM)
        self.addCleanup(self.server.close)
        self.server.start()

    def landfall(self, *arguments):
        return subprocess.run([PROGRAM, *arguments], env=self.server.environment(), capture_output=True, text=True,
                              timeout=120)

    def begin_import(self, size):
        path = os.path.join(self.server.data + ".raw")
        self.addCleanup(os.remove, path)
        with open(path, "wb") as f:
            f.write(os.urandom(size))
        self.server.run_aws("s3", "mb", "s3://images")
        self.server.run_aws("s3", "cp", path, "s3://images/disk.raw", "--no-progress")
        return self.server.run_aws("ec2", "import-snapshot", "--disk-container",
                                   "Format=RAW,UserBucket={S3Bucket=images,S3Key=disk.raw}")["ImportTaskId"]

    def import_something(self):
        task = self.begin_import(3 << 20)
        harness.eventually(lambda: self.server.run_aws(
            "ec2", "describe-import-snapshot-tasks", "--import-task-ids", task)
            ["ImportSnapshotTasks"][0]["SnapshotTaskDetail"]["Status"] == "completed")
        return task

    def test_status_and_jobs_show_what_was_done(self):
        task = self.import_something()
        status = self.landfall("status")
        self.assertEqual(status.returncode, 0, status.stderr)
        self.assertIn("0 under way", status.stdout)
        jobs = self.landfall("jobs", "-f")
        self.assertEqual(jobs.returncode, 0, jobs.stderr)
        line = next(l for l in jobs.stdout.splitlines() if task in l)
        self.assertIn("ec2.import", line)
        self.assertIn("done", line)
        self.assertIn("100%", line)

    def test_jobs_are_followed_to_their_end_by_news_and_not_by_asking(self):
        task = self.begin_import(200 << 20)
        jobs = self.landfall("jobs", "-f")
        self.assertEqual(jobs.returncode, 0, jobs.stderr)
        lines = [each for each in jobs.stdout.splitlines() if task in each]
        self.assertIn("done", lines[-1])
        metrics = urllib.request.urlopen(self.server.url + "/metrics", timeout=30).read().decode()

        def calls(operation):
            counts = re.findall(rf'landfall_request_seconds_count{{[^}}]*op="{operation}"[^}}]*}} (\d+)', metrics)
            return sum(map(int, counts))
        self.assertGreaterEqual(calls("AwaitJobs"), 1)
        self.assertLessEqual(calls("ListJobs"), calls("AwaitJobs"), "a list without news")

    def test_a_follower_does_not_hold_up_the_stop(self):
        self.begin_import(200 << 20)
        follower = subprocess.Popen([PROGRAM, "jobs", "-f"], env=self.server.environment(), stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        follower.stdout.readline()
        self.assertEqual(self.server.stop(), 0)
        follower.communicate(timeout=60)

    def test_the_store_of_a_stopped_server_is_verified_rebuilt_and_collected(self):
        self.import_something()
        in_use = self.landfall("store", "verify", "--data", self.server.data)
        self.assertEqual(in_use.returncode, 1)
        self.assertIn("in use", in_use.stderr)
        self.assertEqual(self.server.stop(), 0)
        self.server.url = "http://127.0.0.1:1"
        for action in ("stats", "check", "verify", "rebuild-index", "verify", "gc", "verify"):
            done = self.landfall("store", action, "--data", self.server.data)
            self.assertEqual(done.returncode, 0, f"{action}: {done.stdout}{done.stderr}")
        self.server.restart()
        self.server.run_aws("s3", "cp", "s3://images/disk.raw", self.server.data + ".back", "--no-progress")
        with open(self.server.data + ".back", "rb") as back, open(self.server.data + ".raw", "rb") as there:
            self.assertEqual(back.read(), there.read())
        os.remove(self.server.data + ".back")

    def test_secrets_are_private_and_never_logged(self):
        path = os.path.join(self.server.data, "credentials")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        _, secret = self.server.root_key()
        self.server.run_aws("sts", "get-caller-identity")
        with open(self.server.log_path, encoding="utf-8") as log:
            self.assertNotIn(secret, log.read())
        with open(f"/proc/{self.server.process.pid}/cmdline", encoding="utf-8") as line:
            self.assertNotIn(secret, line.read())

    def test_a_second_server_on_the_directory_is_refused_and_says_so(self):
        second = subprocess.run([PROGRAM, "server", "--data", self.server.data, "--listen", "127.0.0.1:0"],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(second.returncode, 1)
        self.assertIn("in use by another landfall process", second.stderr)

    def test_a_newer_format_is_refused_and_says_so(self):
        self.assertEqual(self.server.stop(), 0)
        marker = os.path.join(self.server.data, "FORMAT")
        with open(marker, "w", encoding="ascii") as f:
            f.write("99\n")
        refused = subprocess.run([PROGRAM, "server", "--data", self.server.data, "--listen", "127.0.0.1:0"],
                                 capture_output=True, text=True, timeout=60)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("format 99", refused.stderr)

    def test_a_server_that_crashes_says_so_in_its_log(self):
        self.server.process.send_signal(signal.SIGSEGV)
        self.assertEqual(self.server.process.wait(60), -signal.SIGSEGV)
        with open(self.server.log_path, encoding="utf-8") as log:
            self.assertIn('"event":"server_crashed","signal":11', log.read())
        self.server.restart()

    def test_a_closed_terminal_stops_the_server_as_a_request_does(self):
        self.server.process.send_signal(signal.SIGHUP)
        self.assertEqual(self.server.process.wait(60), 0)
        self.assertIn("server_stopped", self.server.tail_of_log())

    def test_sigterm_ends_it_cleanly_and_sigint_too(self):
        self.assertEqual(self.server.stop(), 0)
        self.server.restart()
        self.server.process.send_signal(signal.SIGINT)
        self.assertEqual(self.server.process.wait(60), 0)

    def test_health_and_metrics_answer_without_a_signature(self):
        self.server.run_aws("sts", "get-caller-identity")
        with urllib.request.urlopen(self.server.url + "/healthz") as reply:
            self.assertEqual(reply.status, 200)
        with urllib.request.urlopen(self.server.url + "/metrics") as reply:
            text = reply.read().decode()
        self.assertRegex(text, r'landfall_request_seconds_count\{service="sts",op="GetCallerIdentity",code="OK"\} 1')

    def test_env_points_the_cli_at_the_server(self):
        out = self.landfall("env", "--data", self.server.data, "--listen", self.server.url.removeprefix("http://"))
        script = f'{out.stdout}\naws --endpoint-url "$AWS_ENDPOINT_URL" sts get-caller-identity --output text'
        env = {"PATH": "/usr/bin:/bin", "HOME": tempfile.gettempdir()}
        done = subprocess.run(["sh", "-c", script], env=env, capture_output=True, text=True, timeout=60)
        self.assertIn("000000000000", done.stdout, done.stderr)

    def test_help_teaches_and_wrong_flags_are_named(self):
        self.assertIn("landfall server --data DIR", self.landfall("--help").stdout)
        wrong = self.landfall("server", "--set", "server.lissten=x", "--data", self.server.data)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("unknown setting server.lissten", wrong.stderr)
        self.assertIn("complete -F", self.landfall("completion", "bash").stdout)

    def test_doctor_says_what_is_there(self):
        done = self.landfall("doctor", "--data", self.server.data)
        self.assertIn("qemu-system-x86_64", done.stdout)


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
