#!/usr/bin/env python3
"""That nothing outlives a test: what harness.own_processes() promises, with an orphan as guests are."""
import os
import signal
import subprocess
import sys
import textwrap
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import harness  # noqa: E402

# Starts a process in a session of its own whose parent is gone, tells that it runs, and ends in the way of its argument.
# The orphan holds the pipe: its end is seen when all of it has ended.
ENDS = f"""
    import os, signal, subprocess, sys, time
    sys.path.insert(0, {HERE!r})
    import harness
    harness.own_processes()
    hold = ["sh", "-c", "echo orphan; exec sleep 600"]
    subprocess.run([sys.executable, "-c", f"import subprocess; subprocess.Popen({{hold}}, start_new_session=True)"],
                   check=True)
    sys.stdin.readline()
    if sys.argv[1] == "fails":
        raise AssertionError("as a failing test")
"""


class Processes(unittest.TestCase):
    def ended(self, way, environment=None):
        """Whether the orphan is gone when a program that ended so is."""
        program = subprocess.Popen([sys.executable, "-c", textwrap.dedent(ENDS), way], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                   env={**os.environ, **(environment or {})})
        self.addCleanup(program.stdout.close)
        self.assertEqual(program.stdout.readline(), "orphan\n")
        if way == "killed":
            program.send_signal(signal.SIGKILL)
        program.communicate("go on\n", timeout=60)  # to the end of the pipe: nobody holds it any more
        return program.returncode

    def test_an_orphan_ends_with_a_program_that_ends(self):
        self.assertEqual(self.ended("well"), 0)

    def test_an_orphan_ends_with_a_program_that_fails(self):
        self.assertNotEqual(self.ended("fails"), 0)

    def test_an_orphan_ends_with_a_program_that_is_killed(self):
        if subprocess.run(harness.NAMESPACE + ["true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("this machine gives nobody a PID namespace")
        self.assertNotEqual(self.ended("killed"), 0)

    def test_without_a_namespace_orphans_are_adopted_and_ended(self):
        for way in ("well", "fails"):
            self.ended(way, {"LANDFALL_NO_NAMESPACE": "yes"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
