#!/usr/bin/env python3
"""Replication tasks with real clients between two PostgreSQL servers. Usage: dms_tasks_test.py PROGRAM

The clients are Debian's boto3 and aws CLI as they are: their models know these operations.
"""
import contextlib
import json
import os
import sys
import threading
import unittest

import dms_servers
import harness
from botocore.exceptions import ClientError, WaiterError

PROGRAM = SERVER = SOURCE = TARGET = None
INSTANCE = None
LOGICAL = ("wal_level=logical", "max_replication_slots=40", "max_wal_senders=40")
SHOP = """
    CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (id serial PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customer, total numeric(12,2));
    CREATE TABLE log (id int PRIMARY KEY, line text);
    INSERT INTO customer (name) SELECT 'c' || i FROM generate_series(1, 500) i;
    INSERT INTO orders (customer_id, total) SELECT 1 + i % 500, i / 7.0 FROM generate_series(1, 5000) i;
    INSERT INTO log SELECT i, 'line ' || i FROM generate_series(1, 100) i"""


def select(schema="public", table="%", action="include", rule="1", **more):
    return {"rule-type": "selection", "rule-id": rule, "rule-name": "r" + rule, "rule-action": action,
            "object-locator": {"schema-name": schema, "table-name": table}, **more}


def mappings(*rules):
    return json.dumps({"rules": list(rules) or [select()]})


def settings(**sections):
    return json.dumps(sections)


class Case(unittest.TestCase):
    serial = 0

    def setUp(self):
        """A database of the test's own on each side, and endpoints for both."""
        Case.serial += 1
        self.name = f"t{Case.serial}"
        self.connect_clients()
        for server in (SOURCE, TARGET):
            server.ask("postgres", f"CREATE DATABASE {self.name}")
        self.source = self.endpoint("source", SOURCE)
        self.target = self.endpoint("target", TARGET)

    def connect_clients(self):
        self.dms = SERVER.boto3_client("dms")
        self.addCleanup(self.dms.close)

    def endpoint(self, kind, server, **more):
        made = self.dms.create_endpoint(EndpointIdentifier=f"{self.name}-{kind}", EndpointType=kind,
                                        **{**server.address(self.name), **more})
        return made["Endpoint"]["EndpointArn"]

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]

    def ask(self, server, sql):
        return server.ask(self.name, sql)

    def arguments(self, **more):
        return {"ReplicationTaskIdentifier": self.name, "SourceEndpointArn": self.source, "TargetEndpointArn": self.target,
                "ReplicationInstanceArn": INSTANCE, "MigrationType": "full-load-and-cdc", "TableMappings": mappings(), **more}

    def task(self, **more):
        made = self.dms.create_replication_task(**self.arguments(**more))["ReplicationTask"]
        self.assertEqual(made["Status"], "creating")
        self.arn = made["ReplicationTaskArn"]
        self.wait("ready")
        return made

    def wait(self, state):
        try:
            self.dms.get_waiter("replication_task_" + state).wait(
                Filters=[{"Name": "replication-task-arn", "Values": [self.arn]}], WaiterConfig={"Delay": 1, "MaxAttempts": 90})
        except WaiterError as e:
            self.fail(f"{e}: {self.described().get('LastFailureMessage')}")

    def start(self, kind="start-replication", **more):
        began = self.dms.start_replication_task(ReplicationTaskArn=self.arn, StartReplicationTaskType=kind, **more)
        self.assertEqual(began["ReplicationTask"]["Status"], "starting")

    def stop(self):
        self.dms.stop_replication_task(ReplicationTaskArn=self.arn)
        self.wait("stopped")

    def described(self):
        return self.dms.describe_replication_tasks(
            Filters=[{"Name": "replication-task-arn", "Values": [self.arn]}])["ReplicationTasks"][0]

    def ended(self):
        """The task once it rests, however it ended."""
        return harness.eventually(lambda: (lambda t: t if t["Status"] in ("stopped", "failed") else None)(self.described()))

    def finished(self):
        """It stopped by itself: the waiter takes a task that is still starting for a failure."""
        task = self.ended()
        self.assertEqual(task["Status"], "stopped", task.get("LastFailureMessage"))
        return task

    def statistics(self, **filters):
        found = self.dms.describe_table_statistics(ReplicationTaskArn=self.arn, Filters=[
            {"Name": name.replace("_", "-"), "Values": values} for name, values in filters.items()])["TableStatistics"]
        return {each["TableName"]: each for each in found}

    def same(self, *tables):
        for table in tables:
            sql = f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t"
            harness.eventually(lambda: self.ask(SOURCE, sql) == self.there(sql), 60)

    def there(self, sql):
        try:
            return self.ask(TARGET, sql)
        except Exception:  # not made yet
            return None

    def slots(self):
        return self.ask(SOURCE, "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()")[0][0]


class FullLoad(Case):
    def test_a_load_ends_stopped_with_its_reason_and_statistics(self):
        self.ask(SOURCE, SHOP)
        self.task(MigrationType="full-load")
        self.start()
        self.finished()
        task = self.described()
        self.assertEqual(task["StopReason"], "Stop Reason FULL_LOAD_ONLY_FINISHED")
        stats = task["ReplicationTaskStats"]
        self.assertEqual((stats["FullLoadProgressPercent"], stats["TablesLoaded"], stats["TablesLoading"], stats["TablesQueued"],
                          stats["TablesErrored"]), (100, 3, 0, 0, 0))
        self.assertLessEqual(stats["FullLoadStartDate"], stats["FullLoadFinishDate"])
        tables = self.statistics()
        self.assertEqual({name: (each["FullLoadRows"], each["TableState"], each["ValidationState"])
                          for name, each in tables.items()},
                         {"customer": (500, "Table completed", "Not enabled"), "orders": (5000, "Table completed", "Not enabled"),
                          "log": (100, "Table completed", "Not enabled")})
        self.assertEqual(list(self.statistics(table_name=["orders"])), ["orders"])
        self.assertEqual(self.statistics(table_state=["Table error"]), {})
        self.same("customer", "orders", "log")
        self.assertIn("valid for", self.refused("InvalidParameterCombinationException", self.dms.start_replication_task,
                                                ReplicationTaskArn=self.arn, StartReplicationTaskType="start-replication")
                      .replace("valid only for", "valid for"))
        self.ask(SOURCE, "INSERT INTO log VALUES (1000, 'later')")
        self.start("reload-target")
        self.finished()
        self.same("customer", "orders", "log")

    def test_rules_choose_tables(self):
        self.ask(SOURCE, "CREATE SCHEMA app; CREATE SCHEMA other; CREATE TABLE app.t1 (id int PRIMARY KEY);"
                         "CREATE TABLE app.t2 (id int PRIMARY KEY); CREATE TABLE app.x (id int PRIMARY KEY);"
                         "CREATE TABLE other.t1 (id int PRIMARY KEY); CREATE TABLE other.only (id int PRIMARY KEY)")
        self.task(MigrationType="full-load", TableMappings=mappings(
            select("app", "t_"), select("%", "t2", "exclude", "2"), select("other", "only", "explicit", "3")))
        self.start()
        self.finished()
        self.assertEqual(self.ask(TARGET, "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('app', 'other') ORDER BY 1, 2"),
                         [("app", "t1"), ("other", "only")])

    def test_tables_of_the_target_are_kept_emptied_or_dropped(self):
        self.ask(SOURCE, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'new')")
        self.ask(TARGET, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'old'), (2, 'old')")
        self.task(MigrationType="full-load")
        self.start()
        task = self.ended()
        self.assertEqual((task["Status"], task["StopReason"]), ("failed", "Stop Reason FATAL_ERROR Error Level FATAL"))
        self.assertIn("public.t of the target holds rows already", task["LastFailureMessage"])
        self.assertEqual(self.ask(TARGET, "SELECT count(*) FROM t"), [(2,)])
        self.dms.modify_replication_task(ReplicationTaskArn=self.arn, ReplicationTaskSettings=settings(
            FullLoadSettings={"TargetTablePrepMode": "TRUNCATE_BEFORE_LOAD"}))
        harness.eventually(lambda: self.described()["Status"] == "failed")
        self.start()
        self.finished()
        self.assertEqual(self.ask(TARGET, "SELECT * FROM t"), [(1, "new")])
        self.ask(TARGET, "ALTER TABLE t ADD extra int")
        self.dms.modify_replication_task(ReplicationTaskArn=self.arn, ReplicationTaskSettings=settings(
            FullLoadSettings={"TargetTablePrepMode": "DROP_AND_CREATE"}))
        harness.eventually(lambda: self.described()["Status"] == "stopped")
        self.start("reload-target")
        self.finished()
        self.assertEqual(self.ask(TARGET, "SELECT * FROM t"), [(1, "new")])

    def test_what_cannot_work_fails_with_the_servers_words(self):
        wrong = self.dms.create_endpoint(EndpointIdentifier=self.name + "-wrong", EndpointType="source",
                                         **{**SOURCE.address(self.name), "Password": "guess-of-a-thief"})["Endpoint"]["EndpointArn"]
        self.task(SourceEndpointArn=wrong)
        self.start()
        task = self.ended()
        self.assertEqual(task["Status"], "failed")
        self.assertIn("password authentication failed", task["LastFailureMessage"])
        self.assertNotIn("guess", task["LastFailureMessage"])


class Changes(Case):
    def test_changes_follow_until_they_are_stopped_and_go_on(self):
        self.ask(SOURCE, SHOP)
        self.task()
        self.start()
        self.wait("running")
        self.same("customer", "orders", "log")
        self.ask(SOURCE, "INSERT INTO log VALUES (201, 'a'), (202, 'b'); UPDATE log SET line = 'x' WHERE id < 4; DELETE FROM log WHERE id = 9")
        self.same("log")
        counts = harness.eventually(lambda: (lambda t: t if t["AppliedDeletes"] else None)(self.statistics()["log"]))
        self.assertEqual((counts["Inserts"], counts["Updates"], counts["Deletes"], counts["FullLoadRows"]), (2, 3, 1, 100))
        self.refused("InvalidResourceStateFault", self.dms.delete_replication_task, ReplicationTaskArn=self.arn)
        self.refused("InvalidResourceStateFault", self.dms.start_replication_task, ReplicationTaskArn=self.arn,
                     StartReplicationTaskType="resume-processing")
        self.stop()
        task = self.described()
        self.assertEqual(task["StopReason"], "Stop Reason NORMAL")
        self.assertRegex(task["RecoveryCheckpoint"], r"^checkpoint:V1#1#[0-9A-F]{8}/[0-9A-F]{8}#0#0#\*#0#0$")
        self.refused("InvalidResourceStateFault", self.dms.stop_replication_task, ReplicationTaskArn=self.arn)
        self.ask(SOURCE, "INSERT INTO log VALUES (203, 'while it was stopped')")
        self.start("resume-processing")
        self.wait("running")
        self.same("customer", "orders", "log")
        harness.eventually(lambda: self.statistics()["log"]["Inserts"] == 3)
        self.stop()
        self.assertEqual(self.slots(), 1)
        self.dms.delete_replication_task(ReplicationTaskArn=self.arn)
        self.wait("deleted")
        self.assertEqual(self.slots(), 0)
        self.assertEqual(self.ask(SOURCE, "SELECT count(*) FROM pg_publication"), [(0,)])
        self.assertEqual(self.ask(TARGET, "SELECT count(*) FROM landfall.migration"), [(0,)])

    def test_a_server_killed_at_any_moment_loses_nothing(self):
        self.ask(SOURCE, SHOP + "; INSERT INTO orders (customer_id, total) SELECT 1 + i % 500, i FROM generate_series(1, 200000) i")
        self.task()
        self.start()
        over = threading.Event()

        def write():
            with contextlib.closing(SOURCE.connect(self.name)) as connection, connection.cursor() as cursor:
                n = 1000
                while not over.is_set():
                    n += 1
                    cursor.execute(f"INSERT INTO log VALUES ({n}, 'n'); UPDATE orders SET total = total + 1 WHERE id % 997 = {n % 997};"
                                   f"DELETE FROM log WHERE id = {n - 50}")
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for kill in range(6):
                over.wait(0.3 * (1 + kill % 4))
                SERVER.kill()
                SERVER.restart()
                self.connect_clients()
            self.wait("running")
        finally:
            over.set()
            writer.join()
        self.same("customer", "orders", "log")
        self.assertEqual(self.described()["Status"], "running")
        self.stop()

    def test_a_source_that_is_away_is_waited_for(self):
        with dms_servers.Database(*LOGICAL) as server:
            server.ask("postgres", "CREATE TABLE t (id int PRIMARY KEY)")
            source = self.dms.create_endpoint(EndpointIdentifier=self.name + "-away", EndpointType="source",
                                              **server.address("postgres"))["Endpoint"]["EndpointArn"]
            self.task(SourceEndpointArn=source, ReplicationTaskSettings=settings(
                ErrorBehavior={"RecoverableErrorInterval": 1, "RecoverableErrorThrottling": False}))
            self.start()
            harness.eventually(lambda: self.statistics().get("t", {}).get("TableState") == "Table completed")
            server.server._run("pg_ctl", "-D", f"{server.server.folder}/data", "-m", "immediate", "-w", "stop")
            message = harness.eventually(lambda: self.described().get("LastFailureMessage"))
            self.assertRegex(message, "lost|refused|terminating|closed")
            self.assertEqual(self.described()["Status"], "running")
            server.start_again()
            server.ask("postgres", "INSERT INTO t VALUES (1)")
            harness.eventually(lambda: self.there("SELECT id FROM t") == [(1,)])
            harness.eventually(lambda: "LastFailureMessage" not in self.described())
            self.stop()
            self.dms.delete_replication_task(ReplicationTaskArn=self.arn)
            self.wait("deleted")

    def test_a_load_may_stop_before_or_behind_its_changes(self):
        self.ask(SOURCE, SHOP)
        for setting, reason in (("StopTaskCachedChangesNotApplied", "STOPPED_AFTER_FULL_LOAD"),
                                ("StopTaskCachedChangesApplied", "STOPPED_AFTER_CACHED_EVENTS")):
            self.task(ReplicationTaskIdentifier=self.name + "-" + reason.lower().replace("_", "-"),
                      ReplicationTaskSettings=settings(FullLoadSettings={
                          setting: True, "TargetTablePrepMode": "DROP_AND_CREATE"}))
            self.start()
            self.finished()
            self.assertEqual(self.described()["StopReason"], "Stop Reason " + reason)
            self.same("customer", "orders", "log")

    def test_changes_alone_are_followed_into_tables_that_are_there(self):
        for server in (SOURCE, TARGET):
            self.ask(server, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'one')")
        self.task(MigrationType="cdc")
        self.start()
        self.wait("running")
        self.ask(SOURCE, "INSERT INTO t VALUES (2, 'two'); UPDATE t SET v = 'uno' WHERE id = 1")
        self.same("t")
        self.stop()

    def test_a_table_is_loaded_anew_while_changes_follow(self):
        self.ask(SOURCE, SHOP)
        self.task()
        self.start()
        self.wait("running")
        self.same("customer", "orders", "log")
        self.ask(TARGET, "DELETE FROM log WHERE id > 50")
        self.dms.reload_tables(ReplicationTaskArn=self.arn, TablesToReload=[{"SchemaName": "public", "TableName": "log"}])
        self.ask(SOURCE, "INSERT INTO log VALUES (300, 'beside')")
        self.same("customer", "orders", "log")
        harness.eventually(lambda: self.statistics()["log"]["FullLoadReloaded"] and
                           self.statistics()["log"]["TableState"] == "Table completed")
        self.ask(SOURCE, "DELETE FROM log WHERE id = 300")
        self.same("log")
        self.refused("InvalidParameterValueException", self.dms.reload_tables, ReplicationTaskArn=self.arn,
                     TablesToReload=[{"SchemaName": "public", "TableName": "nothing"}])
        self.refused("InvalidParameterValueException", self.dms.reload_tables, ReplicationTaskArn=self.arn,
                     ReloadOption="validate-only", TablesToReload=[{"SchemaName": "public", "TableName": "log"}])
        self.stop()
        self.refused("InvalidResourceStateFault", self.dms.reload_tables, ReplicationTaskArn=self.arn,
                     TablesToReload=[{"SchemaName": "public", "TableName": "log"}])

    def test_rows_are_validated_where_that_is_asked_for(self):
        self.ask(SOURCE, SHOP)
        self.task(ReplicationTaskSettings=settings(ValidationSettings={"EnableValidation": True}))
        self.start()
        self.wait("running")
        harness.eventually(lambda: {each["ValidationState"] for each in self.statistics().values()} == {"Validated"})
        self.stop()

    def test_a_moment_ends_a_task(self):
        self.ask(SOURCE, SHOP)
        self.task()
        self.start(CdcStopPosition="server_time:2020-01-01T00:00:00")
        self.finished()
        self.assertEqual(self.described()["StopReason"], "Stop Reason STOPPED_AT_SERVER_TIME")


@unittest.skipUnless(dms_servers.mariadb.installed(), "MariaDB is not installed")
class FromMariadb(Case):
    MAKE = """
        CREATE TABLE customer (id int unsigned AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL, mood enum('sad','happy'));
        CREATE TABLE orders (id bigint AUTO_INCREMENT PRIMARY KEY, customer_id int unsigned NOT NULL, total decimal(12,2),
            at datetime(6), KEY by_customer (customer_id), CONSTRAINT whose FOREIGN KEY (customer_id) REFERENCES customer (id));
        INSERT INTO customer (name, mood) SELECT concat('c', seq), 'happy' FROM seq_1_to_500;
        INSERT INTO orders (customer_id, total, at) SELECT 1 + seq % 500, seq / 7, '2020-01-01' FROM seq_1_to_5000"""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(dms_servers.MysqlDatabase(
            "--log-bin=bin", "--server-id=7", "--binlog-format=ROW", "--binlog-row-image=FULL"))

    def setUp(self):
        super().setUp()
        self.server.server.run(f"CREATE DATABASE {self.name}")
        self.server.server.run(self.MAKE, self.name)
        self.source = self.dms.create_endpoint(EndpointIdentifier=self.name + "-maria", EndpointType="source",
                                               **self.server.address())["Endpoint"]["EndpointArn"]

    def counts(self, *wanted):
        harness.eventually(lambda: self.there(f"SELECT (SELECT count(*) FROM {self.name}.customer), (SELECT count(*) FROM {self.name}.orders), "
                                              f"(SELECT sum(total) FROM {self.name}.orders)::text") == [wanted])

    def here(self):
        row = self.server.server.run("SELECT (SELECT count(*) FROM customer), (SELECT count(*) FROM orders), (SELECT sum(total) FROM orders)",
                                     self.name).split()
        return int(row[0]), int(row[1]), row[2]

    def test_a_mariadb_becomes_a_postgresql_while_it_is_used(self):
        self.task(TableMappings=mappings(select(self.name)))
        self.start()
        self.wait("running")
        self.counts(*self.here())
        self.server.server.run("INSERT INTO orders (customer_id, total) VALUES (1, 5), (2, 7); UPDATE orders SET total = total + 100 WHERE id < 10;"
                               "DELETE FROM orders WHERE id = 100", self.name)
        self.counts(*self.here())
        counts = harness.eventually(lambda: (lambda t: t if t["AppliedDeletes"] else None)(self.statistics()["orders"]))
        self.assertEqual((counts["Inserts"], counts["Updates"], counts["Deletes"], counts["FullLoadRows"]), (2, 9, 1, 5000))
        SERVER.kill()
        self.server.server.run("INSERT INTO orders (customer_id, total) VALUES (3, 9)", self.name)
        SERVER.restart()
        self.connect_clients()
        self.counts(*self.here())
        self.stop()
        self.start("reload-target")
        self.wait("running")
        self.counts(*self.here())
        self.stop()
        self.dms.delete_replication_task(ReplicationTaskArn=self.arn)
        self.wait("deleted")

    def test_targets_are_postgresql_alone(self):
        message = self.refused("InvalidParameterValueException", self.dms.create_replication_task, **self.arguments(
            TargetEndpointArn=self.dms.create_endpoint(EndpointIdentifier=self.name + "-to", EndpointType="target",
                                                       **self.server.address())["Endpoint"]["EndpointArn"]))
        self.assertIn("targets of engine mariadb", message)


class Definitions(Case):
    def test_settings_are_told_whole_and_the_same_again(self):
        made = self.task(ReplicationTaskSettings=settings(
            TargetMetadata={"BatchApplyEnabled": True}, Logging={"EnableLogging": True, "LogComponents": [
                {"Id": "SORTER", "Severity": "LOGGER_SEVERITY_DEBUG"}]}))
        whole = json.loads(made["ReplicationTaskSettings"])
        self.assertEqual((whole["TargetMetadata"]["BatchApplyEnabled"], whole["TargetMetadata"]["LobMaxSize"]), (True, 32))
        self.assertEqual(whole["FullLoadSettings"]["MaxFullLoadSubTasks"], 8)
        self.assertEqual(whole["ErrorBehavior"]["RecoverableErrorCount"], -1)
        severities = {each["Id"]: each["Severity"] for each in whole["Logging"]["LogComponents"]}
        self.assertEqual((severities["SORTER"], severities["IO"]), ("LOGGER_SEVERITY_DEBUG", "LOGGER_SEVERITY_DEFAULT"))
        self.refused("InvalidParameterCombinationException", self.dms.modify_replication_task, ReplicationTaskArn=self.arn)
        self.refused("InvalidParameterCombinationException", self.dms.modify_replication_task, ReplicationTaskArn=self.arn,
                     ReplicationTaskSettings=made["ReplicationTaskSettings"])
        self.assertEqual(self.described()["ReplicationTaskSettings"], made["ReplicationTaskSettings"])
        without = self.dms.describe_replication_tasks(WithoutSettings=True, Filters=[
            {"Name": "replication-task-id", "Values": [self.name]}])["ReplicationTasks"][0]
        self.assertNotIn("ReplicationTaskSettings", without)

    def test_wrong_settings_and_rules_are_named(self):
        def create(**more):
            return self.refused("InvalidParameterValueException", self.dms.create_replication_task, **self.arguments(**more))
        self.assertIn("FullLoadSettings.Speed", create(ReplicationTaskSettings=settings(FullLoadSettings={"Speed": 1})))
        self.assertIn("1 to 49", create(ReplicationTaskSettings=settings(FullLoadSettings={"MaxFullLoadSubTasks": 50})))
        self.assertIn("another type", create(ReplicationTaskSettings=settings(TargetMetadata={"SupportLobs": "yes"})))
        self.assertEqual("CloudWatchLogGroup or CloudWatchLogStream cannot be set on create", create(
            ReplicationTaskSettings=settings(Logging={"CloudWatchLogGroup": "g"})))
        renamed = {"rule-type": "transformation", "rule-id": "7", "rule-name": "n", "rule-target": "schema",
                   "rule-action": "rename", "value": "x", "object-locator": {"schema-name": "public"}}
        self.assertEqual("Error in mapping rules. Rule with ruleId = 7 failed validation. The transformation rename of a schema is "
                         "not supported yet", create(TableMappings=mappings(select(), renamed)))
        self.assertEqual("Error in mapping rules. Rule with ruleId = 8 failed validation. Exact schema and table name required when "
                         "using table settings rule.", create(TableMappings=mappings(select(), {
                             "rule-type": "table-settings", "rule-id": "8", "rule-name": "8",
                             "object-locator": {"schema-name": "public", "table-name": "%"},
                             "parallel-load": {"type": "partitions-auto"}})))
        for bad, reason in ((mappings(select(action="all")), "rule-action"), ("{", "no JSON"), ("{}", "no list of rules"),
                            (mappings(select(action="exclude")), "No rule includes"), (mappings(select(), select()), "given twice"),
                            (mappings(select(filters=[{"filter-type": "source"}])), "filters")):
            self.assertIn(reason, create(TableMappings=bad))
        create(CdcStopPosition="tomorrow")
        create(CdcStartTime=0)
        create(CdcStartPosition="4AF/B00000D0")
        create(SourceEndpointArn=self.target)
        self.refused("ResourceNotFoundFault", self.dms.create_replication_task, **self.arguments(
            SourceEndpointArn="arn:aws:dms:us-east-1:000000000000:endpoint:NONE"))

    def test_what_a_task_uses_stays(self):
        self.task(Tags=[{"Key": "a", "Value": "b"}])
        self.assertEqual(self.dms.list_tags_for_resource(ResourceArn=self.arn)["TagList"], [{"Key": "a", "Value": "b"}])
        message = self.refused("InvalidResourceStateFault", self.dms.delete_endpoint, EndpointArn=self.source)
        self.assertIn("is part of one or more ReplicationTasks", message)
        self.refused("InvalidResourceStateFault", self.dms.delete_replication_instance, ReplicationInstanceArn=INSTANCE)
        self.refused("InvalidParameterCombinationException", self.dms.start_replication_task, ReplicationTaskArn=self.arn,
                     StartReplicationTaskType="resume-processing")
        self.dms.delete_replication_task(ReplicationTaskArn=self.arn)
        self.wait("deleted")
        self.dms.delete_endpoint(EndpointArn=self.source)

    def test_a_task_moves_to_another_instance(self):
        self.task()
        made = self.dms.create_replication_instance(ReplicationInstanceIdentifier=self.name + "-other",
                                                    ReplicationInstanceClass="dms.t3.small")["ReplicationInstance"]
        moved = self.dms.move_replication_task(ReplicationTaskArn=self.arn,
                                               TargetReplicationInstanceArn=made["ReplicationInstanceArn"])["ReplicationTask"]
        self.assertEqual((moved["Status"], moved["ReplicationInstanceArn"]), ("moving", made["ReplicationInstanceArn"]))
        self.wait("ready")

    def test_another_choice_of_tables_begins_anew(self):
        self.ask(SOURCE, SHOP)
        self.task(TableMappings=mappings(select(table="log")))
        self.start()
        self.wait("running")
        self.same("log")
        self.stop()
        self.dms.modify_replication_task(ReplicationTaskArn=self.arn, TableMappings=mappings())
        self.finished()
        message = self.refused("InvalidParameterCombinationException", self.dms.start_replication_task, ReplicationTaskArn=self.arn,
                               StartReplicationTaskType="resume-processing")
        self.assertIn("reload-target", message)
        self.start("reload-target")
        self.wait("running")
        self.same("customer", "orders", "log")
        self.stop()


class Events(Case):
    def events(self, **more):
        return [(each["SourceType"], each["EventCategories"], each["Message"]) for each in self.dms.describe_events(**more)["Events"]
                if each["SourceIdentifier"] == self.name]

    def test_what_happens_to_a_task_is_told(self):
        self.ask(SOURCE, "CREATE TABLE t (id int PRIMARY KEY)")
        self.task(MigrationType="full-load")
        self.start()
        self.finished()
        self.dms.delete_replication_task(ReplicationTaskArn=self.arn)
        self.wait("deleted")
        told = [message for _, _, message in self.events()]
        self.assertEqual(told, ["A replication task has been created.", "The replication task has started.",
                                "The replication task has stopped. Stop Reason FULL_LOAD_ONLY_FINISHED",
                                "The replication task has been deleted."])
        self.assertEqual(self.events(EventCategories=["deletion"]),
                         [("replication-task", ["deletion"], "The replication task has been deleted.")])
        self.assertEqual(self.events(SourceType="replication-instance"), [])
        self.assertEqual(len(self.events(Duration=60)), 4)
        self.refused("InvalidParameterValueException", self.dms.describe_events, Duration=0)
        created = self.dms.describe_events(SourceIdentifier="main", SourceType="replication-instance")["Events"]
        self.assertEqual([each["Message"] for each in created],
                         ["A replication instance is being created.", "A replication instance has been created."])
        pages = self.dms.get_paginator("describe_events").paginate(PaginationConfig={"PageSize": 2})
        self.assertGreater(len([each for page in pages for each in page["Events"]]), 5)

    def test_topics_hear_of_what_they_subscribed_to(self):
        sns, sqs = SERVER.boto3_client("sns"), SERVER.boto3_client("sqs")
        for client in (sns, sqs):
            self.addCleanup(client.close)
        topic = sns.create_topic(Name=self.name)["TopicArn"]
        queue = sqs.create_queue(QueueName=self.name)["QueueUrl"]
        queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue_arn}]})})
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})
        made = self.dms.create_event_subscription(
            SubscriptionName="Failures", SnsTopicArn=topic, SourceType="replication-task", EventCategories=["creation"],
            Tags=[{"Key": "a", "Value": "b"}])["EventSubscription"]
        self.addCleanup(self.dms.delete_event_subscription, SubscriptionName="failures")
        self.assertEqual((made["CustSubscriptionId"], made["Status"], made["Enabled"]), ("failures", "active", True))
        self.assertEqual(self.dms.list_tags_for_resource(
            ResourceArn="arn:aws:dms:us-east-1:000000000000:es:failures")["TagList"], [{"Key": "a", "Value": "b"}])
        self.task()
        message = harness.eventually(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))[0]
        notice = json.loads(message["Body"])
        self.assertEqual((notice["Event Source"], notice["SourceId"], notice["Event Message"]),
                         ("replication-task", self.name, "A replication task has been created."))
        self.assertTrue(notice["Event ID"].endswith("DMS-EVENT-0074"))
        changed = self.dms.modify_event_subscription(SubscriptionName="failures", Enabled=False)["EventSubscription"]
        self.assertIs(changed["Enabled"], False)
        self.assertEqual(self.dms.describe_event_subscriptions(SubscriptionName="failures")["EventSubscriptionsList"], [changed])
        self.refused("ResourceNotFoundFault", self.dms.describe_event_subscriptions, SubscriptionName="nobody")
        self.refused("SNSInvalidTopicFault", self.dms.create_event_subscription, SubscriptionName="x", SnsTopicArn=topic + "x")
        self.refused("InvalidParameterValueException", self.dms.create_event_subscription, SubscriptionName="x", SnsTopicArn=topic,
                     EventCategories=["weather"])
        self.refused("ResourceNotFoundFault", self.dms.create_event_subscription, SubscriptionName="x", SnsTopicArn=topic,
                     SourceType="replication-task", SourceIds=["nobody"])

    def test_categories_quotas_and_logs_are_told(self):
        groups = {each["SourceType"]: each["EventCategories"] for each in self.dms.describe_event_categories()["EventCategoryGroupList"]}
        self.assertIn("state change", groups["replication-task"])
        quotas = {each["AccountQuotaName"]: each for each in self.dms.describe_account_attributes()["AccountQuotas"]}
        self.assertGreaterEqual(quotas["Endpoints"]["Used"], 2)
        self.task()
        logs = self.dms.describe_replication_instance_task_logs(ReplicationInstanceArn=INSTANCE)["ReplicationInstanceTaskLogs"]
        self.assertIn(self.arn, [each["ReplicationTaskArn"] for each in logs])
        self.assertEqual(self.dms.describe_pending_maintenance_actions()["PendingMaintenanceActions"], [])


class CommandLine(Case):
    def test_the_aws_cli_goes_the_whole_way(self):
        self.ask(SOURCE, SHOP)

        def aws(*arguments):
            return SERVER.run_aws("dms", *arguments)
        self.arn = aws("create-replication-task", "--replication-task-identifier", "cli", "--source-endpoint-arn", self.source,
                       "--target-endpoint-arn", self.target, "--replication-instance-arn", INSTANCE, "--migration-type", "full-load",
                       "--table-mappings", mappings())["ReplicationTask"]["ReplicationTaskArn"]
        aws("wait", "replication-task-ready", "--filters", f"Name=replication-task-arn,Values={self.arn}")
        aws("start-replication-task", "--replication-task-arn", self.arn, "--start-replication-task-type", "start-replication")
        self.finished()
        aws("wait", "replication-task-stopped", "--filters", f"Name=replication-task-arn,Values={self.arn}")
        rows = aws("describe-table-statistics", "--replication-task-arn", self.arn)["TableStatistics"]
        self.assertEqual(sum(each["FullLoadRows"] for each in rows), 5600)
        aws("delete-replication-task", "--replication-task-arn", self.arn)
        aws("wait", "replication-task-deleted", "--filters", f"Name=replication-task-arn,Values={self.arn}")


def setUpModule():
    global SERVER, SOURCE, TARGET, INSTANCE
    SOURCE = unittest.enterModuleContext(dms_servers.Database(*LOGICAL))
    TARGET = unittest.enterModuleContext(dms_servers.Database("max_connections=200"))
    SERVER = harness.Server(PROGRAM)
    unittest.addModuleCleanup(SERVER.close)
    SERVER.start()
    dms = SERVER.boto3_client("dms")
    INSTANCE = dms.create_replication_instance(ReplicationInstanceIdentifier="main", ReplicationInstanceClass="dms.c5.xlarge")[
        "ReplicationInstance"]["ReplicationInstanceArn"]
    dms.get_waiter("replication_instance_available").wait(WaiterConfig={"Delay": 1})
    dms.close()


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = sys.argv.pop(1)
    if dms_servers.postgres.programs() is None:
        print("PostgreSQL is not installed: skipped")
        sys.exit(dms_servers.postgres.SKIP)
    unittest.main(verbosity=2)
