#!/usr/bin/env python3
"""The messaging step of ./demo ends, also the second time on one server. Usage: demo_fanout_test.py PROGRAM SCRIPT"""
import subprocess
import sys

import harness

program, script = sys.argv[1:3]
with harness.Server(program) as server:
    environment = {**server.environment(), "LANDFALL_DATA": server.data}
    for _ in range(2):
        subprocess.run(["/usr/bin/python3", script, server.url, program], env=environment, check=True, timeout=140)
