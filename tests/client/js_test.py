#!/usr/bin/env python3
"""AWS's JavaScript SDK against a real server. Usage: js_test.py PROGRAM WORK_DIR   (the SDK is kept in WORK_DIR)"""
import filecmp
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "js")


def install(work):
    """Yields the tests' names once the SDK is there."""
    os.makedirs(work, exist_ok=True)
    lock, kept = os.path.join(HERE, "package-lock.json"), os.path.join(work, "installed-lock.json")
    if not (os.path.exists(kept) and filecmp.cmp(lock, kept, shallow=False)):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(HERE, name), work)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=work, check=True)
        shutil.copy(lock, kept)
    for name in sorted(n for n in os.listdir(HERE) if n.endswith("_test.mjs")):
        shutil.copy(os.path.join(HERE, name), work)
        yield name


def main():
    program, work = sys.argv[1:3]
    tests = list(install(work))
    with harness.Server(program, arguments=("--set", "sqs.recreate_wait=0")) as server:
        # The certificate of message signatures is fetched over https, as AWS's validators insist.
        environment = {**server.environment(), "NODE_EXTRA_CA_CERTS": os.path.join(server.data, "tls/certificate.pem")}
        return subprocess.run(["node", "--test", *tests], cwd=work, env=environment, check=False,
                              timeout=600).returncode


if __name__ == "__main__":
    harness.own_processes()
    sys.exit(main())
