"""A MariaDB of a test's own: `with Mariadb() as server: server.run("SELECT 1")`.

The server lives in a temporary directory and listens on a unix socket there, on no port. It is stopped and removed when
the block ends, also by an exception. As root it runs as the user mysql, which Debian's package makes.
"""
import os
import pwd
import shutil
import subprocess
import tempfile
import time

SERVER = "/usr/sbin/mariadbd"
READY_WITHIN = 60


def installed():
    return os.path.exists(SERVER) and shutil.which("mariadb-install-db") is not None


class Mariadb:
    """`options` are further ones of the server, as its command line takes them."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="landfall-my-")
        self.server = None
        try:
            if os.getuid() == 0:
                user = pwd.getpwnam("mysql")
                os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.user = ["--user=mysql"] if os.getuid() == 0 else []
            subprocess.run(["mariadb-install-db", "--no-defaults", *self.user, f"--datadir={self.folder}/data",
                            "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, cwd="/",
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        log = open(f"{self.folder}/log", "ab")
        with log:
            self.server = subprocess.Popen(
                [SERVER, "--no-defaults", *self.user, f"--datadir={self.folder}/data", f"--socket={self.folder}/socket",
                 f"--pid-file={self.folder}/pid", "--skip-networking", "--innodb-flush-log-at-trx-commit=0",
                 "--character-set-server=utf8mb4", "--default-time-zone=+00:00", *self.options],
                cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + READY_WITHIN
        while self.server.poll() is None and time.monotonic() < until:
            if subprocess.run(["mariadb-admin", "--no-defaults", f"--socket={self.folder}/socket", "-uroot", "ping"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0:
                return
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as text:
            raise RuntimeError("mariadbd does not answer: " + text.read()[-2000:])

    def __exit__(self, *_):
        try:
            if self.server is not None and self.server.poll() is None:
                self.server.terminate()
                try:
                    self.server.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    self.server.kill()
                    self.server.wait()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _client(self, program, *arguments, text=None):
        done = subprocess.run([program, "--no-defaults", f"--socket={self.folder}/socket", "-uroot", *arguments], input=text,
                              capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")
        return done.stdout

    def run(self, script, database=None):
        """Runs a script; rows as lines, columns with tabs between, NULL as NULL."""
        return self._client("mariadb", "--batch", "--raw", "--skip-column-names", *([database] if database else []), text=script)

    def dump(self, database, *arguments):
        return self._client("mariadb-dump", *arguments, database)
