"""A PostgreSQL of a test's own: `with Postgres() as server: server.connect()`.

The cluster lives in a temporary directory and listens on a unix socket there, on no port. It is stopped and removed
when the block ends, also by an exception. PostgreSQL refuses to run as root: as root the programs run as the user
postgres.
"""
import glob
import os
import pwd
import shutil
import subprocess
import tempfile

SKIP = 77  # what ctest takes for a test that cannot run here


def programs():
    """The folder of initdb and pg_ctl, the newest version; None: PostgreSQL is not installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    return os.path.dirname(found[-1]) if found else None


class Postgres:
    def __init__(self, settings=()):
        self.settings = ["listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", *settings]

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="landfall-pg-")
        self.started = False
        try:
            if os.getuid() == 0:
                user = pwd.getpwnam("postgres")
                os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._run("initdb", "-D", f"{self.folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                      "--no-sync")
            options = " ".join(f"-c {setting}" if not setting.endswith("=") else f"-c {setting}''" for setting in
                               [*self.settings, f"unix_socket_directories={self.folder}"])
            self._run("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "-o", options, "start")
            self.started = True
        except BaseException:
            self.__exit__()
            raise
        return self

    def crash(self):
        """Ends it as a lost machine does, but for the files it has written, and starts it again."""
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-m", "immediate", "-w", "restart")

    def __exit__(self, *_):
        try:
            if os.path.exists(f"{self.folder}/data/postmaster.pid"):
                self._run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program, *arguments):
        command = [os.path.join(programs(), program), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")

    def connect(self, database="postgres", user="postgres", port=5432):
        """A connection of psycopg2's that commits each statement."""
        import psycopg2
        made = psycopg2.connect(host=self.folder, dbname=database, user=user, port=port)
        made.autocommit = True
        return made
