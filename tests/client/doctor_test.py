#!/usr/bin/env python3
"""What `landfall doctor` finds on machines that lack something. Usage: doctor_test.py PROGRAM

The machines are real: a mount namespace each, with small, full and read-only disks and another /dev. Where the machine
lets nobody mount, the test is skipped (77).
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
GIB = 1 << 30


class Doctor(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="landfall-doctor-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_with(self, mounts, data=None):
        """doctor's findings and exit code after the shell commands `mounts`, in a namespace of its own."""
        script = f'set -e\n{mounts}\nexec "$0" doctor --data "$1"'
        done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", script, PROGRAM,
                               data or self.folder], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.stderr, "", done)
        found = {}
        for line in done.stdout.splitlines():
            row = re.match(r"(ok  |weak|BAD )  (\S+(?: \S+)*?)\s{2,}(.*)", line)
            if row:
                subject = row[2]
                found[subject] = [row[1].strip(), row[3], ""]
            elif "->" in line:
                found[subject][2] = line.split("->", 1)[1].strip()
        return found, done.returncode

    def disk(self, options, more=""):
        found, code = self.run_with(f'mount -t tmpfs -o {options} tmpfs "$1"\n{more}')
        self.assertIn(self.folder, found["disk"][1])
        return found["disk"], code

    def test_room_is_good_little_is_weak_and_none_is_bad(self):
        self.assertEqual(self.disk("size=30g")[0][0], "ok")
        little, _ = self.disk("size=3g")
        self.assertEqual(little[:1], ["weak"])
        self.assertIn("3 GiB free", little[1])
        self.assertIn("writes are refused", little[2])
        full, code = self.disk("size=8m", 'head -c 9m /dev/zero >"$1/all" 2>/dev/null || true')
        self.assertEqual((full[0], code), ("BAD", 1))
        self.assertIn("0 GiB free", full[1])

    def test_the_disk_of_a_directory_that_is_still_to_be_made_counts(self):
        found, _ = self.run_with('mount -t tmpfs -o size=3g tmpfs "${1%/*/*}"', data=self.folder + "/not/yet")
        self.assertEqual(found["disk"][0], "weak")
        self.assertIn(self.folder, found["disk"][1])

    def test_a_disk_without_inodes_is_bad(self):
        found, code = self.disk("size=30g,nr_inodes=3", 'touch "$1/a" "$1/b" 2>/dev/null')
        self.assertEqual((found[0], code), ("BAD", 1))
        self.assertIn("inode", found[1])

    def test_a_read_only_disk_is_bad(self):
        found, code = self.disk("size=30g,ro")
        self.assertEqual((found[0], code), ("BAD", 1))
        self.assertIn("Read-only", found[1])

    def test_a_machine_without_kvm_is_weak_and_usable(self):
        found, code = self.run_with("mount -t tmpfs tmpfs /dev")
        self.assertEqual(found["kvm"][0], "weak")
        self.assertIn("No such file", found["kvm"][1])
        self.assertIn("TCG", found["kvm"][2])
        self.assertEqual(code, int(any(row[0] == "BAD" for row in found.values())))

    def test_a_file_in_the_place_of_kvm_is_not_taken_for_it(self):
        found, _ = self.run_with("null=/dev/null\nexec 3<>$null\nmount -t tmpfs tmpfs /dev\n"
                                 "touch /dev/kvm\nmount --bind /proc/self/fd/3 /dev/kvm")
        self.assertEqual(found["kvm"][0], "weak")
        self.assertIn("is not KVM's", found["kvm"][1])

    def test_kvm_that_may_not_be_opened_says_which_group(self):
        if not os.path.exists("/dev/kvm"):
            self.skipTest("this machine has no /dev/kvm")
        script = 'mount -t tmpfs tmpfs "$1"; chmod 777 "$1"; cp "$0" "$1/landfall"; ' \
                 'exec setpriv --reuid 65534 --regid 65534 --clear-groups "$1/landfall" doctor --data "$1"'
        done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", script, PROGRAM, self.folder],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertRegex(done.stdout, "weak  kvm +/dev/kvm: Permission denied")
        self.assertIn("group kvm", done.stdout)

    def test_kvm_that_answers_is_good(self):
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            self.skipTest("this machine has no /dev/kvm")
        self.assertEqual(self.run_with("true")[0]["kvm"][0], "ok")

    def test_a_missing_qemu_is_bad_and_names_its_package(self):
        found, code = self.run_with("export PATH=/nowhere")
        self.assertEqual((found["qemu-system-x86_64"][0], code), ("BAD", 1))
        self.assertIn("qemu-system-x86", found["qemu-system-x86_64"][2])


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
        print("skipped: this machine lets nobody mount")
        sys.exit(77)
    unittest.main(verbosity=2)
