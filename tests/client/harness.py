"""A real server for a client test: started on a picked port and an own data directory, and gone at the end.

    with harness.Server(program) as server:
        server.run_aws("s3", "ls")                 # Debian's aws CLI
        s3 = server.boto3_client("s3")             # whichever boto3 the interpreter has

Nothing is left behind, also when the test fails: the server is stopped by its pid, the directory is removed. Guests
outlive their server by design, so a test that starts guests, or that wants its servers gone even when it is killed
itself, first calls

    harness.own_processes()    # in its __main__, before anything else
"""
import atexit
import ctypes
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time

READY_SECONDS = 60
STOP_SECONDS = 60


PR_SET_CHILD_SUBREAPER = 36
NAMESPACE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


def own_processes():
    """Everything that this program starts from here on ends with it, however it ends.

    Run again in a PID namespace, where the kernel kills all that is left when this, its first process, is gone. Where
    the machine allows none, orphans become this program's children, and are ended when it exits; a kill -9 then leaves
    them.
    """
    if "LANDFALL_OWN_PROCESSES" in os.environ:
        return
    os.environ["LANDFALL_OWN_PROCESSES"] = "yes"
    allowed = "LANDFALL_NO_NAMESPACE" not in os.environ
    if allowed and subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0:
        os.execvp(NAMESPACE[0], [*NAMESPACE, sys.executable, *sys.orig_argv[1:]])
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0:
        atexit.register(_end_children)


def _end_children():
    """Children that subprocess does not know any more: what servers of this program left."""
    me = os.getpid()
    while True:
        with open(f"/proc/{me}/task/{me}/children", encoding="ascii") as f:
            children = [int(each) for each in f.read().split()]
        if not children:
            return
        for child in children:  # ours and not yet waited for, so the number cannot be another process's
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)  # its own children become ours


class Server:
    def __init__(self, program, data=None, arguments=()):
        self.program = program
        self.arguments = list(arguments)
        self.owns_data = data is None
        self.data = data or tempfile.mkdtemp(prefix="landfall-test-")
        self.process = None
        self.url = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        self.log_path = os.path.join(self.data + ".log")
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [self.program, "server", "--data", self.data, "--listen", "127.0.0.1:0", *self.arguments],
            stdout=subprocess.PIPE, stderr=self.log)
        self.url = self._await_ready()

    def _await_ready(self):
        waiting = selectors.DefaultSelector()
        waiting.register(self.process.stdout, selectors.EVENT_READ)
        deadline = time.monotonic() + READY_SECONDS
        text = b""
        while time.monotonic() < deadline:
            if waiting.select(timeout=1.0):
                piece = os.read(self.process.stdout.fileno(), 4096)
                if not piece:
                    break
                text += piece
                for line in text.decode(errors="replace").splitlines():
                    if line.startswith("ready "):
                        return line.split()[1]
        raise RuntimeError(f"the server did not get ready:\n{text.decode(errors='replace')}\n{self.tail_of_log()}")

    def tail_of_log(self, lines=40):
        """What a failing test shows: the log's end, and how the server ended if it did so by itself."""
        code = self.process.poll() if self.process else None
        ended = "" if code is None else f"the server ended by itself: exit code or signal {code}\n"
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:]) + ended

    def stop(self):
        """SIGTERM and wait: the graceful way. Returns the exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._closed()
        return code

    def kill(self):
        """SIGKILL: what a crash leaves is what the next start finds."""
        self.process.kill()
        self.process.wait()
        self._closed()

    def _closed(self):
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def restart(self):
        self.start()
        return self.url

    def close(self):
        if self.process is not None:
            self.stop()
        if self.owns_data:
            shutil.rmtree(self.data, ignore_errors=True)
            try:
                os.remove(self.log_path)
            except OSError:
                pass

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        env.update(AWS_SHARED_CREDENTIALS_FILE=os.path.join(self.data, "credentials"), AWS_PROFILE="landfall",
                   AWS_DEFAULT_REGION="us-east-1", AWS_PAGER="", AWS_EC2_METADATA_DISABLED="true",
                   AWS_CONFIG_FILE="/dev/null", LANDFALL_URL=self.url)
        return env

    def run_aws(self, *arguments, check=True, parse=True):
        """Debian's aws CLI. Returns parsed JSON (or text), or with check=False the completed process."""
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.url, *arguments], env=self.environment(),
                              capture_output=True, text=True, timeout=600)
        if not check:
            return done
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments)}\n{done.stderr}\n{self.tail_of_log()}")
        if parse and done.stdout.strip().startswith(("{", "[")):
            return json.loads(done.stdout)
        return done.stdout

    def boto3_client(self, service, **options):
        import boto3  # here, so that tests of the CLI alone need none
        from botocore.config import Config
        config = options.pop("config", Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}))
        key, secret = self.root_key()
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=key,
                            aws_secret_access_key=secret, config=config, **options)

    def root_key(self):
        values = {}
        with open(os.path.join(self.data, "credentials"), encoding="utf-8") as f:
            for line in f:
                if "=" in line:
                    name, value = line.split("=", 1)
                    values[name.strip()] = value.strip()
        return values["aws_access_key_id"], values["aws_secret_access_key"]


def eventually(question, seconds=120, every=0.05):
    """The first truthy answer; asks again until then. Raises when the time is over, with the last answer."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last answer: {answer!r}")
        time.sleep(every)
