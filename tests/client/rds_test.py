#!/usr/bin/env python3
"""Managed databases with real clients: aws CLI, boto3, psql, mariadb. Usage: rds_test.py PROGRAM

Databases are started on free ports below the server's own data directory; nothing of the packages' own clusters is
touched. Exit code 77: the packages of PostgreSQL are not there, or no namespaces.
"""
import glob
import os
import socket
import subprocess
import sys
import unittest

import harness
from botocore.exceptions import ClientError

PROGRAM = SERVER = None
PASSWORD = "N0t-to-be-told;'x"


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def fast(**more):
    return {"WaiterConfig": {"Delay": 1, "MaxAttempts": 120}, **more}


class Case(unittest.TestCase):
    serial = 0

    def setUp(self):
        Case.serial += 1
        self.name = f"db-{Case.serial}"
        self.rds = SERVER.boto3_client("rds")
        self.made = []

    def tearDown(self):
        for name in self.made:
            try:
                self.wait_at_rest(name)
                self.rds.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False) \
                    if self.look(name)["DeletionProtection"] else None
                self.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
                self.gone(name)
            except ClientError as error:
                self.assertEqual(error.response["Error"]["Code"], "DBInstanceNotFound", error)

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]

    def create(self, name=None, engine="postgres", wait=True, **more):
        name = name or self.name
        arguments = {"DBInstanceClass": "db.t3.micro", "AllocatedStorage": 5, "MasterUsername": "owner",
                     "MasterUserPassword": PASSWORD, **more}
        made = self.rds.create_db_instance(DBInstanceIdentifier=name, Engine=engine, **arguments)["DBInstance"]
        self.made.append(name)
        if wait:
            self.available(name)
        return made

    def look(self, name=None):
        return self.rds.describe_db_instances(DBInstanceIdentifier=name or self.name)["DBInstances"][0]

    def available(self, name=None):
        self.rds.get_waiter("db_instance_available").wait(**fast(DBInstanceIdentifier=name or self.name))
        return self.look(name)

    def gone(self, name=None):
        self.rds.get_waiter("db_instance_deleted").wait(**fast(DBInstanceIdentifier=name or self.name))

    def status(self, *wanted, name=None):
        return harness.eventually(lambda: (lambda now: now if now["DBInstanceStatus"] in wanted else None)(self.look(name)))

    def wait_at_rest(self, name):
        self.status("available", "stopped", "failed", "incompatible-parameters", name=name)

    def ask(self, sql, name=None, user="owner", password=PASSWORD, database=None, check=True):
        """What psql or mariadb prints, over TCP and with the password."""
        at = self.look(name)
        host, port = at["Endpoint"]["Address"], str(at["Endpoint"]["Port"])
        if at["Engine"] == "postgres":
            command = ["psql", "-XAtq", "-h", host, "-p", port, "-U", user, "-d", database or at.get("DBName", "postgres"), "-c", sql]
        else:
            command = ["mariadb", "--no-defaults", "-N", "-B", "-h", host, "-P", port, "-u", user, "-e", sql,
                       database or at.get("DBName", "")]
        done = subprocess.run(command, env={**os.environ, "PGPASSWORD": password, "MYSQL_PWD": password, "PGCONNECT_TIMEOUT": "10"},
                              capture_output=True, text=True, check=False)
        if not check:
            return done
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def server_pid(self, name=None):
        """The database's first process, seen from outside."""
        mark = self.look(name)["DbiResourceId"]
        for path in glob.glob("/proc/[0-9]*/mountinfo"):
            try:
                with open(path, encoding="utf-8") as f:
                    if f"{mark} /mnt " not in f.read():
                        continue
                pid = int(path.split("/")[2])
                with open(f"/proc/{pid}/status", encoding="utf-8") as f:
                    inside = next(line.split()[1:] for line in f if line.startswith("NSpid:"))
                if inside[-1] == "1":
                    return pid
            except OSError:
                continue
        return None


class Postgres(Case):
    def test_a_database_is_created_used_and_deleted(self):
        made = SERVER.run_aws("rds", "create-db-instance", "--db-instance-identifier", "First", "--engine", "postgres",
                              "--db-instance-class", "db.t3.micro", "--allocated-storage", "5", "--master-username", "owner",
                              "--master-user-password", PASSWORD, "--db-name", "app",
                              "--tags", "Key=Name,Value=one")["DBInstance"]
        self.made.append("first")
        self.assertEqual((made["DBInstanceIdentifier"], made["DBInstanceStatus"]), ("first", "creating"))
        self.assertEqual(made["DBInstanceArn"], "arn:aws:rds:us-east-1:000000000000:db:first")
        self.assertEqual(made["TagList"], [{"Key": "Name", "Value": "one"}])
        self.assertNotIn("Endpoint", made)
        SERVER.run_aws("rds", "wait", "db-instance-available", "--db-instance-identifier", "first")
        now = self.look("first")
        self.assertEqual(now["Endpoint"]["Address"], "127.0.0.1")
        self.assertTrue(self.ask("SHOW server_version", "first").startswith(now["EngineVersion"]))
        self.ask("CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (42)", "first")
        self.assertEqual(self.ask("SELECT a FROM t", "first"), "42")
        self.assertEqual(self.ask("SELECT rolsuper FROM pg_roles WHERE rolname = 'owner'", "first"), "f")
        self.assertEqual(self.ask("SELECT left(passwd, 14) FROM pg_shadow", "first", check=False).returncode, 1)
        self.assertIn("password authentication failed", self.ask("SELECT 1", "first", password="other", check=False).stderr)
        self.assertNotEqual(self.ask("SELECT 1", "first", user="landfall", check=False).returncode, 0)
        self.refused("DBInstanceAlreadyExists", self.create, name="first", wait=False)
        SERVER.run_aws("rds", "delete-db-instance", "--db-instance-identifier", "first", "--skip-final-snapshot")
        SERVER.run_aws("rds", "wait", "db-instance-deleted", "--db-instance-identifier", "first")
        self.assertEqual(self.refused("DBInstanceNotFound", self.rds.describe_db_instances, DBInstanceIdentifier="first"),
                         "DBInstance first not found.")
        self.assertEqual([each for each in os.listdir(SERVER.data + "/databases") if each.startswith("db-")], [])

    def test_what_is_no_instance_is_refused(self):
        good = {"DBInstanceIdentifier": "good", "Engine": "postgres", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 5,
                "MasterUsername": "owner", "MasterUserPassword": PASSWORD}
        for code, change in (
                ("InvalidParameterValue", {"DBInstanceIdentifier": "1st"}),
                ("InvalidParameterValue", {"DBInstanceIdentifier": "a--b"}),
                ("InvalidParameterValue", {"Engine": "sybase"}),
                ("InvalidParameterCombination", {"EngineVersion": "9.2"}),
                ("InvalidParameterValue", {"DBInstanceClass": "db.huge"}),
                ("InvalidParameterCombination", {"AllocatedStorage": 1}),
                ("StorageQuotaExceeded", {"AllocatedStorage": 65536}),
                ("InvalidParameterValue", {"MasterUsername": "rdsadmin"}),
                ("InvalidParameterValue", {"MasterUsername": "o'wner"}),
                ("InvalidParameterValue", {"MasterUserPassword": "short"}),
                ("InvalidParameterValue", {"MasterUserPassword": "with a space"}),
                ("InvalidParameterValue", {"DBName": "a-b"}),
                ("InvalidParameterValue", {"Port": 80}),
                ("InvalidParameterCombination", {"MultiAZ": True}),
                ("InvalidParameterCombination", {"StorageEncrypted": True}),
                ("InvalidParameterCombination", {"BackupRetentionPeriod": 7})):
            with self.subTest(change=change):
                message = self.refused(code, self.rds.create_db_instance, **{**good, **change})
                self.assertNotIn(PASSWORD, message)
        self.refused("DBInstanceNotFound", self.look, name="good")
        self.refused("DBInstanceNotFound", self.rds.delete_db_instance, DBInstanceIdentifier="nobody", SkipFinalSnapshot=True)
        self.refused("DBInstanceNotFound", self.rds.start_db_instance, DBInstanceIdentifier="nobody")

    def test_it_stops_starts_and_reboots(self):
        self.create(DBName="app", DeletionProtection=True)
        self.ask("CREATE TABLE t AS SELECT generate_series(1, 1000) a")
        self.refused("InvalidDBInstanceState", self.rds.start_db_instance, DBInstanceIdentifier=self.name)
        self.assertEqual(self.rds.stop_db_instance(DBInstanceIdentifier=self.name)["DBInstance"]["DBInstanceStatus"], "stopping")
        self.status("stopped")
        self.assertIsNone(self.server_pid())
        self.assertNotEqual(self.ask("SELECT 1", check=False).returncode, 0)
        self.refused("InvalidDBInstanceState", self.rds.reboot_db_instance, DBInstanceIdentifier=self.name)
        self.rds.start_db_instance(DBInstanceIdentifier=self.name)
        self.available()
        before = self.ask("SELECT pg_postmaster_start_time()")
        self.rds.reboot_db_instance(DBInstanceIdentifier=self.name)
        self.available()
        self.assertNotEqual(self.ask("SELECT pg_postmaster_start_time()"), before)
        self.assertEqual(self.ask("SELECT count(*) FROM t"), "1000")
        self.assertIn("protected", self.refused("InvalidParameterCombination", self.rds.delete_db_instance,
                                                DBInstanceIdentifier=self.name, SkipFinalSnapshot=True))

    def test_a_modification_is_applied(self):
        self.create(Port=free_port())
        old = self.look()["Endpoint"]["Port"]
        answer = self.rds.modify_db_instance(DBInstanceIdentifier=self.name, MasterUserPassword="An0ther-one")["DBInstance"]
        self.assertEqual((answer["DBInstanceStatus"], answer["PendingModifiedValues"]),
                         ("resetting-master-credentials", {"MasterUserPassword": "****"}))
        self.refused("InvalidDBInstanceState", self.rds.modify_db_instance, DBInstanceIdentifier=self.name, AllocatedStorage=6)
        self.available()
        self.assertEqual(self.ask("SELECT 1", password="An0ther-one"), "1")
        self.assertNotEqual(self.ask("SELECT 1", check=False).returncode, 0)
        port = free_port()
        self.rds.modify_db_instance(DBInstanceIdentifier=self.name, DBPortNumber=port, AllocatedStorage=6)
        now = self.available()
        self.assertEqual((now["Endpoint"]["Port"], now["AllocatedStorage"]), (port, 6))
        self.assertNotEqual(port, old)
        self.assertEqual(self.ask("SHOW shared_buffers", password="An0ther-one"), "256MB")
        now = self.rds.modify_db_instance(DBInstanceIdentifier=self.name, DBInstanceClass="db.t3.small")["DBInstance"]
        self.assertEqual(now["PendingModifiedValues"], {"DBInstanceClass": "db.t3.small"})
        self.rds.reboot_db_instance(DBInstanceIdentifier=self.name)
        now = self.available()
        self.assertEqual((now["DBInstanceClass"], now["PendingModifiedValues"]), ("db.t3.small", {}))
        self.assertEqual(self.ask("SHOW shared_buffers", password="An0ther-one"), "512MB")
        self.refused("InvalidParameterCombination", self.rds.modify_db_instance, DBInstanceIdentifier=self.name, AllocatedStorage=5)
        self.refused("InvalidParameterValue", self.rds.modify_db_instance, DBInstanceIdentifier=self.name, MasterUserPassword="x")
        self.refused("InvalidParameterCombination", self.rds.modify_db_instance, DBInstanceIdentifier=self.name, EngineVersion="99")

    def test_tags_come_and_go(self):
        arn = self.create(wait=False, Tags=[{"Key": "a", "Value": "1"}])["DBInstanceArn"]
        self.rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
        self.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["b"])
        self.available()
        self.assertEqual(self.rds.list_tags_for_resource(ResourceName=arn)["TagList"], [{"Key": "a", "Value": "3"}])
        self.assertEqual(self.look()["TagList"], [{"Key": "a", "Value": "3"}])
        self.refused("InvalidParameterValue", self.rds.list_tags_for_resource, ResourceName="one")

    def test_it_survives_kills_of_itself_and_of_the_server(self):
        self.create(DBName="app")
        self.ask("CREATE TABLE t AS SELECT generate_series(1, 1000) a")
        first = self.server_pid()
        os.kill(first, 9)
        harness.eventually(lambda: self.server_pid() not in (None, first))
        self.available()
        self.assertEqual(self.ask("SELECT count(*) FROM t"), "1000")
        second = self.server_pid()
        SERVER.kill()
        self.assertTrue(os.path.exists(f"/proc/{second}"))
        SERVER.restart()
        self.rds = SERVER.boto3_client("rds")
        self.assertEqual(self.look()["DBInstanceStatus"], "available")
        self.assertEqual(self.server_pid(), second)
        self.assertEqual(self.ask("SELECT count(*) FROM t"), "1000")
        SERVER.stop()
        os.kill(second, 9)
        harness.eventually(lambda: not os.path.exists(f"/proc/{second}/ns/mnt"))
        SERVER.restart()
        self.rds = SERVER.boto3_client("rds")
        self.available()
        self.assertEqual(self.ask("SELECT count(*) FROM t"), "1000")

    def test_a_creation_that_a_kill_interrupts_is_finished(self):
        self.create(wait=False)
        SERVER.kill()
        SERVER.restart()
        self.rds = SERVER.boto3_client("rds")
        self.available()
        self.assertEqual(self.ask("SELECT 1"), "1")


class Parameters(Case):
    def group(self, family, *parameters):
        name = f"group-{self.name}"
        self.rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily=family, Description="of a test")
        self.addCleanup(self.drop, name)
        self.choose(name, *parameters)
        return name

    def drop(self, name):
        self.rds.delete_db_parameter_group(DBParameterGroupName=name)

    def choose(self, name, *parameters):
        if parameters:
            self.rds.modify_db_parameter_group(DBParameterGroupName=name, Parameters=[
                {"ParameterName": each, "ParameterValue": value, "ApplyMethod": method} for each, value, method in parameters])

    def family(self, engine="postgres"):
        return self.rds.describe_db_engine_versions(Engine=engine)["DBEngineVersions"][0]["DBParameterGroupFamily"]

    def group_status(self):
        return self.look()["DBParameterGroups"][0]["ParameterApplyStatus"]

    def test_what_a_running_postgres_takes_is_live_and_the_rest_waits(self):
        group = self.group(self.family(), ("work_mem", "8192", "immediate"), ("rds.logical_replication", "1", "pending-reboot"))
        self.create(DBParameterGroupName=group)
        self.assertEqual(self.ask("SHOW work_mem"), "8MB")
        self.assertEqual(self.ask("SHOW wal_level"), "logical")
        self.assertEqual(self.group_status(), "in-sync")
        self.choose(group, ("work_mem", "16384", "immediate"))
        harness.eventually(lambda: self.ask("SHOW work_mem") == "16MB")
        harness.eventually(lambda: self.group_status() == "in-sync")
        self.choose(group, ("max_connections", "50", "pending-reboot"))
        self.assertEqual(self.group_status(), "pending-reboot")
        self.assertNotEqual(self.ask("SHOW max_connections"), "50")
        self.rds.reboot_db_instance(DBInstanceIdentifier=self.name)
        self.available()
        self.assertEqual(self.ask("SHOW max_connections"), "50")
        self.assertEqual(self.group_status(), "in-sync")
        user = self.rds.describe_db_parameters(DBParameterGroupName=group, Source="user")["Parameters"]
        self.assertEqual([each["ParameterName"] for each in user], ["max_connections", "rds.logical_replication", "work_mem"])
        self.rds.reset_db_parameter_group(DBParameterGroupName=group, ResetAllParameters=True)
        harness.eventually(lambda: self.ask("SHOW work_mem") == "4MB")
        self.refused("InvalidDBParameterGroupState", self.rds.delete_db_parameter_group, DBParameterGroupName=group)

    def test_parameters_are_judged_by_the_engines_list(self):
        group = self.group(self.family())
        for code, name, value, method in (("InvalidParameterValue", "nonsense", "1", "immediate"),
                                          ("InvalidParameterValue", "work_mem", "1", "immediate"),
                                          ("InvalidParameterValue", "archive_command", "rm -r /", "immediate"),
                                          ("InvalidParameterValue", "listen_addresses", "*", "pending-reboot"),
                                          ("InvalidParameterCombination", "max_connections", "50", "immediate")):
            with self.subTest(name=name):
                with self.assertRaises(ClientError) as caught:
                    self.choose(group, (name, value, method))
                self.assertEqual(caught.exception.response["Error"]["Code"], code)
        names = [each["ParameterName"] for page in self.rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=group)
                 for each in page["Parameters"]]
        self.assertEqual(names, sorted(set(names)))
        self.assertGreater(len(names), 150)
        default = self.rds.describe_db_parameter_groups(DBParameterGroupName="default." + self.family())["DBParameterGroups"][0]
        self.assertEqual(default["DBParameterGroupFamily"], self.family())
        self.refused("InvalidParameterValue", self.rds.reset_db_parameter_group, DBParameterGroupName=default["DBParameterGroupName"],
                     ResetAllParameters=True)
        self.refused("DBParameterGroupNotFound", self.create, wait=False, DBParameterGroupName="nobody")
        self.refused("DBParameterGroupAlreadyExists", self.rds.create_db_parameter_group, DBParameterGroupName=group,
                     DBParameterGroupFamily=self.family(), Description="again")

    def test_a_database_that_refuses_its_parameters_says_so(self):
        group = self.group(self.family())
        self.create(DBParameterGroupName=group)
        self.choose(group, ("shared_preload_libraries", "no_such_library", "pending-reboot"))
        self.rds.reboot_db_instance(DBInstanceIdentifier=self.name)
        now = self.status("incompatible-parameters")
        self.assertIn("no_such_library", now["StatusInfos"][0]["Message"])
        self.rds.reset_db_parameter_group(DBParameterGroupName=group, ResetAllParameters=True)
        self.rds.reboot_db_instance(DBInstanceIdentifier=self.name)
        self.available()
        self.assertEqual(self.ask("SELECT 1"), "1")

    @unittest.skipUnless(os.path.exists("/usr/sbin/mariadbd"), "MariaDB is not installed")
    def test_mariadb_takes_parameters(self):
        group = self.group(self.family("mariadb"), ("log_bin", "1", "pending-reboot"), ("binlog_format", "ROW", "immediate"))
        self.create(engine="mariadb", DBName="app", DBParameterGroupName=group)
        self.assertEqual(self.ask("SELECT @@log_bin, @@global.binlog_format"), "1\tROW")
        self.choose(group, ("max_connections", "33", "immediate"), ("sql_mode", "ANSI_QUOTES", "immediate"))
        harness.eventually(lambda: self.ask("SELECT @@global.max_connections, @@global.sql_mode") == "33\tANSI_QUOTES")
        harness.eventually(lambda: self.group_status() == "in-sync")


class Told(Case):
    """What is told of databases: logs, events, what can be had."""

    def test_logs_are_listed_and_downloaded(self):
        self.create()
        self.ask("SELECT 'no such column', nowhere", check=False)
        files = self.rds.describe_db_log_files(DBInstanceIdentifier=self.name)["DescribeDBLogFiles"]
        names = [each["LogFileName"] for each in files]
        self.assertTrue(any(each.startswith("error/postgresql.log.") for each in names), names)
        self.assertTrue(all(each["LastWritten"] > 1_600_000_000_000 for each in files), files)
        name = max(names)
        whole = SERVER.run_aws("rds", "download-db-log-file-portion", "--db-instance-identifier", self.name, "--log-file-name", name,
                               "--starting-token", "0", "--output", "text")
        self.assertIn('column "nowhere" does not exist', whole)
        last = self.rds.download_db_log_file_portion(DBInstanceIdentifier=self.name, LogFileName=name, NumberOfLines=1)
        self.assertEqual(last["LogFileData"].count("\n"), 1)
        self.assertFalse(last["AdditionalDataPending"])
        first = self.rds.download_db_log_file_portion(DBInstanceIdentifier=self.name, LogFileName=name, NumberOfLines=1, Marker="0")
        self.assertEqual(first["Marker"], str(len(first["LogFileData"].encode())))
        self.assertTrue(first["AdditionalDataPending"])
        for bad in ("../record", "error/../../record", "nothing"):
            self.refused("DBLogFileNotFoundFault", self.rds.download_db_log_file_portion, DBInstanceIdentifier=self.name, LogFileName=bad)

    def test_events_tell_what_happened(self):
        self.create()
        self.rds.reboot_db_instance(DBInstanceIdentifier=self.name)
        self.available()
        events = self.rds.describe_events(SourceIdentifier=self.name, SourceType="db-instance")["Events"]
        self.assertEqual([each["Message"] for each in events], ["DB instance created", "DB instance restarted"])
        self.assertEqual(events[0]["EventCategories"], ["creation"])
        self.assertEqual(events[0]["SourceArn"], f"arn:aws:rds:us-east-1:000000000000:db:{self.name}")
        only = self.rds.describe_events(SourceIdentifier=self.name, SourceType="db-instance", EventCategories=["availability"])["Events"]
        self.assertEqual(len(only), 1)
        self.refused("InvalidParameterCombination", self.rds.describe_events, SourceIdentifier=self.name)

    def test_what_can_be_had_can_be_created(self):
        versions = self.rds.describe_db_engine_versions()["DBEngineVersions"]
        self.assertIn("postgres", [each["Engine"] for each in versions])
        for each in versions:
            self.assertEqual(each["DBParameterGroupFamily"], each["Engine"] + each["MajorEngineVersion"])
            options = self.rds.describe_orderable_db_instance_options(
                Engine=each["Engine"], EngineVersion=each["EngineVersion"], DBInstanceClass="db.t3.micro")["OrderableDBInstanceOptions"]
            self.assertEqual(len(options), 1)
        self.assertEqual(self.rds.describe_db_engine_versions(Engine="postgres", EngineVersion="1")["DBEngineVersions"], [])
        self.refused("InvalidParameterValue", self.rds.describe_orderable_db_instance_options, Engine="sybase")


@unittest.skipUnless(os.path.exists("/usr/sbin/mariadbd"), "MariaDB is not installed")
class Mariadb(Case):
    def test_it_lives_as_a_postgres_does(self):
        self.create(engine="mariadb", DBName="app")
        self.assertTrue(self.ask("SELECT version()").startswith(self.look()["EngineVersion"]))
        self.ask("CREATE TABLE t (a INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO t VALUES (42)")
        self.assertNotEqual(self.ask("SELECT 1", password="other", check=False).returncode, 0)
        self.assertNotEqual(self.ask("SELECT 1", user="landfall", password="", check=False).returncode, 0)
        self.assertNotEqual(self.ask("SELECT load_file('/etc/passwd') + 1", check=False).stdout.strip(), "1")
        self.rds.modify_db_instance(DBInstanceIdentifier=self.name, MasterUserPassword="An0ther-one")
        self.available()
        self.assertEqual(self.ask("SELECT a FROM t", password="An0ther-one"), "42")
        first = self.server_pid()
        os.kill(first, 9)
        harness.eventually(lambda: self.server_pid() not in (None, first))
        self.available()
        self.assertEqual(self.ask("SELECT a FROM t", password="An0ther-one"), "42")
        SERVER.kill()
        SERVER.restart()
        self.rds = SERVER.boto3_client("rds")
        self.assertEqual(self.ask("SELECT a FROM t", password="An0ther-one"), "42")
        self.rds.stop_db_instance(DBInstanceIdentifier=self.name)
        self.status("stopped")
        self.rds.start_db_instance(DBInstanceIdentifier=self.name)
        self.available()
        self.assertEqual(self.ask("SELECT a FROM t", password="An0ther-one"), "42")
        logs = self.rds.describe_db_log_files(DBInstanceIdentifier=self.name)["DescribeDBLogFiles"]
        self.assertIn("error/mysql-error.log", [each["LogFileName"] for each in logs])


class Secrecy(Case):
    def test_a_password_is_nowhere_but_with_its_user(self):
        self.create()
        self.assertEqual(self.ask("SELECT 1"), "1")
        needle = PASSWORD.encode()
        for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
            if path.split("/")[2] == str(os.getpid()):
                continue
            try:
                with open(path, "rb") as f:
                    self.assertNotIn(needle, f.read(), path)
            except OSError:
                continue
        for folder, _, files in os.walk(SERVER.data):
            for name in files:
                if not os.path.isfile(os.path.join(folder, name)):
                    continue
                with open(os.path.join(folder, name), "rb") as f:
                    self.assertNotIn(needle, f.read(), os.path.join(folder, name))
        with open(SERVER.log_path, "rb") as f:
            self.assertNotIn(needle, f.read())
        self.assertNotIn(PASSWORD, str(self.look()))


def main():
    global PROGRAM, SERVER
    PROGRAM = sys.argv.pop(1)
    if not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
        print("PostgreSQL is not installed")
        sys.exit(77)
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True, check=False).returncode != 0:
        print("this machine allows no namespaces")
        sys.exit(77)
    with harness.Server(PROGRAM) as SERVER:
        result = unittest.main(exit=False, verbosity=2, warnings="ignore").result
        if not result.wasSuccessful():
            print(SERVER.tail_of_log(80))
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    harness.own_processes()
    main()
