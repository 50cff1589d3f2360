#!/usr/bin/env python3
"""Every header compiles alone. Usage: headers.py ROOT BUILD_DIR COMPILER"""
import concurrent.futures
import os
import subprocess
import sys


def main():
    root, build, compiler = sys.argv[1:4]
    out = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "*.hpp"], capture_output=True,
                         text=True, check=True).stdout
    headers = [h for h in out.splitlines() if os.path.isfile(os.path.join(root, h)) and not h.startswith("tests/") and not h.endswith("_testing.hpp")]

    def compile_alone(header):
        done = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-fno-rtti",
                               "-Wno-missing-field-initializers", "-I", root, "-I", os.path.join(build, "generated"),
                               "-x", "c++", "-include", header, "/dev/null"], capture_output=True, text=True, cwd=root)
        return header, done.returncode, done.stderr

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = [(h, err) for h, code, err in pool.map(compile_alone, headers) if code != 0]
    for header, err in failed:
        print(f"{header} does not compile alone:\n{err}")
    print(f"{len(headers) - len(failed)} of {len(headers)} headers compile alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
