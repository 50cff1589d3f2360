"""Databases that DMS's tests move: servers on TCP, where the user mover signs in by a password.

    with dms_servers.Database("wal_level=logical") as source:
        source.ask("app", "SELECT 1")
        source.address("app")           # members of an endpoint
"""
import contextlib
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "convert"))
import mariadb  # noqa: E402
import postgres  # noqa: E402

PASSWORD = "it's \\not-to-be-told"
HBA = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n"


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Database:
    """A PostgreSQL."""

    def __init__(self, *settings):
        self.port = free_port()
        self.settings = ["listen_addresses=127.0.0.1", f"port={self.port}", *settings]
        self.server = postgres.Postgres(settings=self.settings)

    def __enter__(self):
        self.server.__enter__()
        try:
            self.ask("postgres", "CREATE ROLE mover LOGIN SUPERUSER PASSWORD %s", PASSWORD)
            with open(self.server.folder + "/data/pg_hba.conf", "w", encoding="utf-8") as f:
                f.write(HBA)
            self.reload()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def start_again(self):
        """After it was stopped by pg_ctl, where it was."""
        options = " ".join(f"-c {each}" for each in self.settings)
        self.server._run("pg_ctl", "-D", f"{self.server.folder}/data", "-l", f"{self.server.folder}/log", "-w", "-o",
                         f"{options} -c unix_socket_directories={self.server.folder}", "start")

    def reload(self):
        self.ask("postgres", "SELECT pg_reload_conf()")

    def connect(self, database):
        return self.server.connect(database=database, port=self.port)

    def ask(self, database, sql, *parameters):
        with contextlib.closing(self.connect(database)) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else None

    def address(self, database, **more):
        return {"EngineName": "postgres", "ServerName": "127.0.0.1", "Port": self.port, "DatabaseName": database,
                "Username": "mover", "Password": PASSWORD, **more}

    def use_tls(self, folder):
        """Answers TLS from here on. Returns the PEM of its certificate, which is of localhost."""
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{folder}/server.key",
                        "-out", f"{folder}/server.crt"], check=True, capture_output=True)
        with open(f"{folder}/server.crt", encoding="ascii") as f:
            pem = f.read()
        owner = os.stat(self.server.folder)
        for name in ("server.key", "server.crt"):
            with open(f"{folder}/{name}", "rb") as f:
                content = f.read()
            path = f"{self.server.folder}/data/{name}"
            with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as f:
                f.write(content)
            os.chown(path, owner.st_uid, owner.st_gid)
        self.ask("postgres", "ALTER SYSTEM SET ssl = on")
        self.reload()
        return pem


class MysqlDatabase:
    """A MariaDB."""

    def __init__(self, *options):
        self.port = free_port()
        self.server = mariadb.Mariadb("--skip-skip-networking", "--bind-address=127.0.0.1", f"--port={self.port}", *options)

    def __enter__(self):
        self.server.__enter__()
        quoted = PASSWORD.replace("\\", "\\\\").replace("'", "''")
        self.server.run(f"CREATE USER mover@'%' IDENTIFIED BY '{quoted}'; GRANT ALL ON *.* TO mover@'%'")
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def address(self, **more):
        return {"EngineName": "mariadb", "ServerName": "127.0.0.1", "Port": self.port, "Username": "mover",
                "Password": PASSWORD, **more}
