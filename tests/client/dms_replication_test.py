#!/usr/bin/env python3
"""Replication instances, endpoints and connections with real clients and databases. Usage: dms_replication_test.py PROGRAM

The clients are Debian's boto3 and aws CLI as they are: their models know these operations.
"""
import glob
import os
import sys
import tempfile
import unittest

import dms_servers
import harness
from botocore.exceptions import ClientError, WaiterError

PROGRAM = SERVER = DATABASE = None


def fast(**more):
    return {"WaiterConfig": {"Delay": 1, "MaxAttempts": 90}, **more}


class Case(unittest.TestCase):
    serial = 0

    def setUp(self):
        Case.serial += 1
        self.name = f"t{Case.serial}"
        self.dms = SERVER.boto3_client("dms")

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]

    def instance(self, name=None, **more):
        arguments = {"ReplicationInstanceClass": "dms.t3.medium", **more}
        made = self.dms.create_replication_instance(ReplicationInstanceIdentifier=name or self.name,
                                                    **arguments)["ReplicationInstance"]
        self.wait("replication_instance_available", "replication-instance-arn", made["ReplicationInstanceArn"])
        return made

    def endpoint(self, name=None, kind="source", **members):
        return self.dms.create_endpoint(EndpointIdentifier=name or self.name, EndpointType=kind,
                                        **(members or DATABASE.address("postgres")))["Endpoint"]

    def wait(self, waiter, name, *values):
        self.dms.get_waiter(waiter).wait(**fast(Filters=[{"Name": name, "Values": list(values)}]))

    def connected(self, instance, endpoint):
        """The connection once it is no longer being tested."""
        made = self.dms.test_connection(ReplicationInstanceArn=instance["ReplicationInstanceArn"],
                                        EndpointArn=endpoint["EndpointArn"])["Connection"]
        self.assertEqual(made["Status"], "testing")
        return harness.eventually(lambda: next((each for each in self.dms.describe_connections(Filters=[
            {"Name": "endpoint-arn", "Values": [endpoint["EndpointArn"]]}])["Connections"]
            if each["Status"] != "testing"), None))


class Instances(Case):
    def test_an_instance_lives_as_terraform_sees_it(self):
        made = self.dms.create_replication_instance(
            ReplicationInstanceIdentifier="Rep-One", ReplicationInstanceClass="dms.c5.large", AllocatedStorage=20,
            AutoMinorVersionUpgrade=True, PubliclyAccessible=False, MultiAZ=False,
            PreferredMaintenanceWindow="sun:10:30-sun:14:30", VpcSecurityGroupIds=["sg-1"],
            Tags=[{"Key": "Name", "Value": "one"}])["ReplicationInstance"]
        arn = made["ReplicationInstanceArn"]
        self.assertRegex(arn, r"^arn:aws:dms:us-east-1:000000000000:rep:[A-Z2-7]{26}$")
        self.assertEqual((made["ReplicationInstanceIdentifier"], made["ReplicationInstanceStatus"]), ("rep-one", "creating"))
        self.wait("replication_instance_available", "replication-instance-id", "Rep-One")
        found = self.dms.describe_replication_instances(
            Filters=[{"Name": "replication-instance-arn", "Values": [arn]}])["ReplicationInstances"]
        self.assertEqual(found, [{**made, "ReplicationInstanceStatus": "available"}])
        self.assertEqual(made["VpcSecurityGroups"], [{"VpcSecurityGroupId": "sg-1", "Status": "active"}])
        self.assertEqual(made["ReplicationSubnetGroup"]["ReplicationSubnetGroupIdentifier"], "default")
        self.assertEqual(self.dms.list_tags_for_resource(ResourceArn=arn)["TagList"], [{"Key": "Name", "Value": "one"}])
        self.refused("ResourceAlreadyExistsFault", self.dms.create_replication_instance,
                     ReplicationInstanceIdentifier="rep-one", ReplicationInstanceClass="dms.c5.large")
        changed = self.dms.modify_replication_instance(ReplicationInstanceArn=arn, ReplicationInstanceClass="dms.c5.xlarge",
                                                       ApplyImmediately=True)["ReplicationInstance"]
        self.assertEqual((changed["ReplicationInstanceStatus"], changed["ReplicationInstanceClass"]),
                         ("modifying", "dms.c5.xlarge"))
        self.wait("replication_instance_available", "replication-instance-arn", arn)
        later = self.dms.modify_replication_instance(ReplicationInstanceArn=arn, AllocatedStorage=30)["ReplicationInstance"]
        self.assertEqual((later["AllocatedStorage"], later["PendingModifiedValues"]), (20, {"AllocatedStorage": 30}))
        self.dms.reboot_replication_instance(ReplicationInstanceArn=arn)
        self.wait("replication_instance_available", "replication-instance-arn", arn)
        after = self.dms.describe_replication_instances()["ReplicationInstances"][0]
        self.assertEqual((after["AllocatedStorage"], after["PendingModifiedValues"]), (30, {}))
        gone = self.dms.delete_replication_instance(ReplicationInstanceArn=arn)["ReplicationInstance"]
        self.assertEqual(gone["ReplicationInstanceStatus"], "deleting")
        self.wait("replication_instance_deleted", "replication-instance-arn", arn)
        self.refused("ResourceNotFoundFault", self.dms.delete_replication_instance, ReplicationInstanceArn=arn)

    def test_wrong_members_are_told(self):
        for bad in ({"ReplicationInstanceIdentifier": "1st"}, {"ReplicationInstanceIdentifier": "a--b"},
                    {"ReplicationInstanceIdentifier": "x" * 64}, {"ReplicationInstanceClass": "db.t3.medium"},
                    {"AllocatedStorage": 4}, {"EngineVersion": "1.0"}, {"PreferredMaintenanceWindow": "sunday"},
                    {"ResourceIdentifier": "a_b"}):
            self.refused("InvalidParameterValueException", self.dms.create_replication_instance,
                         **{"ReplicationInstanceIdentifier": "x", "ReplicationInstanceClass": "dms.t3.micro", **bad})
        self.refused("ResourceNotFoundFault", self.dms.create_replication_instance, ReplicationInstanceIdentifier="x",
                     ReplicationInstanceClass="dms.t3.micro", ReplicationSubnetGroupIdentifier="nowhere")
        self.refused("ResourceNotFoundFault", self.dms.describe_replication_instances,
                     Filters=[{"Name": "replication-instance-id", "Values": ["nobody"]}])

    def test_an_arn_may_end_in_a_name_of_the_callers(self):
        made = self.instance(ResourceIdentifier="mine-1")
        self.assertTrue(made["ReplicationInstanceArn"].endswith(":rep:mine-1"))
        self.refused("ResourceAlreadyExistsFault", self.dms.create_replication_instance, ResourceIdentifier="mine-1",
                     ReplicationInstanceIdentifier="another", ReplicationInstanceClass="dms.t3.micro")

    def test_orders_name_every_class_and_version(self):
        pages = self.dms.get_paginator("describe_orderable_replication_instances").paginate()
        orders = [each for page in pages for each in page["OrderableReplicationInstances"]]
        self.assertGreater(len(orders), 200)
        self.assertEqual(len({(each["EngineVersion"], each["ReplicationInstanceClass"]) for each in orders}), len(orders))

    def test_a_subnet_group_that_is_used_stays(self):
        group = self.dms.create_replication_subnet_group(
            ReplicationSubnetGroupIdentifier="Subnets-1", ReplicationSubnetGroupDescription="for tests",
            SubnetIds=["subnet-1", "subnet-2"], Tags=[{"Key": "a", "Value": "b"}])["ReplicationSubnetGroup"]
        self.assertEqual(group["ReplicationSubnetGroupIdentifier"], "subnets-1")
        self.assertEqual(group["SubnetGroupStatus"], "Complete")
        arn = "arn:aws:dms:us-east-1:000000000000:subgrp:subnets-1"
        self.assertEqual(self.dms.list_tags_for_resource(ResourceArn=arn)["TagList"], [{"Key": "a", "Value": "b"}])
        changed = self.dms.modify_replication_subnet_group(ReplicationSubnetGroupIdentifier="subnets-1",
                                                           SubnetIds=["subnet-3"])["ReplicationSubnetGroup"]
        self.assertEqual([each["SubnetIdentifier"] for each in changed["Subnets"]], ["subnet-3"])
        instance = self.instance(ReplicationSubnetGroupIdentifier="subnets-1")
        self.refused("InvalidResourceStateFault", self.dms.delete_replication_subnet_group,
                     ReplicationSubnetGroupIdentifier="subnets-1")
        self.dms.delete_replication_instance(ReplicationInstanceArn=instance["ReplicationInstanceArn"])
        self.wait("replication_instance_deleted", "replication-instance-arn", instance["ReplicationInstanceArn"])
        self.dms.delete_replication_subnet_group(ReplicationSubnetGroupIdentifier="subnets-1")
        self.refused("ResourceNotFoundFault", self.dms.describe_replication_subnet_groups,
                     Filters=[{"Name": "replication-subnet-group-id", "Values": ["subnets-1"]}])


class Endpoints(Case):
    def test_an_endpoint_is_told_without_its_password(self):
        given = DATABASE.address("postgres", ExtraConnectionAttributes="captureDdls=Y",
                                 PostgreSQLSettings={"SlotName": "mine", "CaptureDdls": False, "HeartbeatFrequency": 5})
        made = self.endpoint("Told", **given)
        self.assertRegex(made["EndpointArn"], r":endpoint:[A-Z2-7]{26}$")
        self.assertEqual((made["EndpointIdentifier"], made["EndpointType"], made["Status"], made["SslMode"]),
                         ("told", "SOURCE", "active", "none"))
        self.assertEqual(made["PostgreSQLSettings"], {
            "SlotName": "mine", "CaptureDdls": False, "HeartbeatFrequency": 5, "ServerName": "127.0.0.1",
            "Port": DATABASE.port, "DatabaseName": "postgres", "Username": "mover"})
        found = self.dms.describe_endpoints(Filters=[{"Name": "endpoint-id", "Values": ["told"]}])["Endpoints"]
        self.assertEqual(found, [made])
        self.assertNotIn(dms_servers.PASSWORD, str(made))

    def test_terraform_may_give_access_in_the_settings(self):
        address = DATABASE.address("postgres")
        engine = address.pop("EngineName")
        made = self.endpoint("in-settings", EngineName=engine, PostgreSQLSettings=address)
        self.assertEqual((made["ServerName"], made["Port"], made["Username"]), ("127.0.0.1", DATABASE.port, "mover"))
        self.assertEqual(self.connected(self.instance(), made)["Status"], "successful")
        self.refused("InvalidParameterCombinationException", self.dms.create_endpoint, EndpointIdentifier="twice",
                     EndpointType="source", EngineName=engine, ServerName="other", PostgreSQLSettings=address)

    def test_a_change_merges_settings_unless_they_are_exact(self):
        made = self.endpoint("merged", **DATABASE.address("postgres", PostgreSQLSettings={"SlotName": "one"}))
        arn = made["EndpointArn"]
        changed = self.dms.modify_endpoint(EndpointArn=arn, EndpointIdentifier="renamed",
                                           PostgreSQLSettings={"CaptureDdls": True})["Endpoint"]
        self.assertEqual(changed["EndpointIdentifier"], "renamed")
        self.assertEqual((changed["PostgreSQLSettings"]["SlotName"], changed["PostgreSQLSettings"]["CaptureDdls"]),
                         ("one", True))
        exact = self.dms.modify_endpoint(EndpointArn=arn, ExactSettings=True,
                                         PostgreSQLSettings={"CaptureDdls": True})["Endpoint"]
        self.assertNotIn("SlotName", exact["PostgreSQLSettings"])
        self.assertEqual(self.connected(self.instance(), made)["Status"], "successful")

    def test_wrong_members_are_told(self):
        good = DATABASE.address("postgres")
        for bad in ({"EngineName": "oracle"}, {"ServerName": "/tmp/socket"}, {"ServerName": "a,b"}, {"Port": 70000},
                    {"MySQLSettings": {"EventsPollInterval": 5}}, {"S3Settings": {"BucketName": "b"}}):
            self.refused("InvalidParameterValueException", self.dms.create_endpoint, EndpointIdentifier="x",
                         EndpointType="source", **{**good, **bad})
        for absent in ("ServerName", "DatabaseName", "Username"):
            message = self.refused("InvalidParameterCombinationException", self.dms.create_endpoint, EndpointIdentifier="x",
                                   EndpointType="source", **{k: v for k, v in good.items() if k != absent})
            self.assertIn(absent, message)
        self.refused("ResourceNotFoundFault", self.dms.create_endpoint, EndpointIdentifier="x", EndpointType="source",
                     CertificateArn="arn:aws:dms:us-east-1:000000000000:cert:NONE", **good)

    def test_what_is_deleted_is_gone(self):
        made = self.endpoint()
        gone = self.dms.delete_endpoint(EndpointArn=made["EndpointArn"])["Endpoint"]
        self.assertEqual(gone["Status"], "deleting")
        self.wait("endpoint_deleted", "endpoint-arn", made["EndpointArn"])
        self.refused("ResourceNotFoundFault", self.dms.delete_endpoint, EndpointArn=made["EndpointArn"])

    def test_types_and_settings_are_listed(self):
        types = self.dms.describe_endpoint_types(Filters=[{"Name": "engine-name", "Values": ["mariadb"]}])
        self.assertEqual([each["EndpointType"].lower() for each in types["SupportedEndpointTypes"]], ["source", "target"])
        settings = self.dms.describe_endpoint_settings(EngineName="postgres")["EndpointSettings"]
        self.assertTrue(next(each for each in settings if each["Name"] == "Password")["Sensitive"])


class Connections(Case):
    def test_a_connection_is_really_made(self):
        instance, endpoint = self.instance(), self.endpoint()
        self.dms.test_connection(ReplicationInstanceArn=instance["ReplicationInstanceArn"],
                                 EndpointArn=endpoint["EndpointArn"])
        self.wait("test_connection_succeeds", "endpoint-arn", endpoint["EndpointArn"])
        found = self.dms.describe_connections(Filters=[
            {"Name": "replication-instance-arn", "Values": [instance["ReplicationInstanceArn"]]}])["Connections"]
        self.assertEqual(found, [{
            "ReplicationInstanceArn": instance["ReplicationInstanceArn"], "ReplicationInstanceIdentifier": self.name,
            "EndpointArn": endpoint["EndpointArn"], "EndpointIdentifier": self.name, "Status": "successful"}])
        self.dms.delete_connection(ReplicationInstanceArn=instance["ReplicationInstanceArn"],
                                   EndpointArn=endpoint["EndpointArn"])
        self.refused("ResourceNotFoundFault", self.dms.describe_connections,
                     Filters=[{"Name": "endpoint-arn", "Values": [endpoint["EndpointArn"]]}])

    def test_a_failure_names_its_reason_and_no_password(self):
        instance = self.instance()
        cases = (({"Password": "guess-of-a-thief"}, "password authentication failed for user \"mover\""),
                 ({"DatabaseName": "nowhere"}, "database \"nowhere\" does not exist"),
                 ({"Port": dms_servers.free_port()}, "Connection refused"),
                 ({"ServerName": "no.such.host.invalid"}, "no.such.host.invalid"),
                 ({"SslMode": "require"}, "SSL"))
        for i, (change, reason) in enumerate(cases):
            endpoint = self.endpoint(f"{self.name}-{i}", **DATABASE.address("postgres", **change) | change)
            connection = self.connected(instance, endpoint)
            self.assertEqual(connection["Status"], "failed", change)
            self.assertIn(reason, connection["LastFailureMessage"])
            self.assertNotIn("guess-of-a-thief", connection["LastFailureMessage"])
        with self.assertRaises(WaiterError):
            self.wait("test_connection_succeeds", "replication-instance-arn", instance["ReplicationInstanceArn"])
        repaired = self.dms.modify_endpoint(EndpointArn=endpoint["EndpointArn"], SslMode="none")["Endpoint"]
        self.assertEqual(self.connected(instance, repaired)["Status"], "successful")

    def test_the_password_is_nowhere_to_be_read(self):
        endpoint = self.endpoint()
        self.connected(self.instance(), endpoint)
        for path in [SERVER.log_path, *glob.glob(SERVER.data + "/**", recursive=True)]:
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    self.assertNotIn(b"not-to-be-told", f.read(), path)
        with open(f"/proc/{SERVER.process.pid}/cmdline", "rb") as f:
            self.assertNotIn(b"not-to-be-told", f.read())

    def test_schemas_are_those_of_the_database(self):
        DATABASE.ask("postgres", "CREATE DATABASE schemas")
        DATABASE.ask("schemas", "CREATE SCHEMA \"Zoo\"; CREATE SCHEMA app")
        instance, endpoint = self.instance(), self.endpoint(**DATABASE.address("schemas"))
        arn = endpoint["EndpointArn"]
        self.refused("ResourceNotFoundFault", self.dms.describe_schemas, EndpointArn=arn)
        begun = self.dms.refresh_schemas(EndpointArn=arn, ReplicationInstanceArn=instance["ReplicationInstanceArn"])
        self.assertEqual(begun["RefreshSchemasStatus"]["Status"], "refreshing")
        status = harness.eventually(lambda: (lambda s: s if s["Status"] != "refreshing" else None)(
            self.dms.describe_refresh_schemas_status(EndpointArn=arn)["RefreshSchemasStatus"]))
        self.assertEqual(status["Status"], "successful")
        self.assertIn("LastRefreshDate", status)
        self.assertEqual(self.dms.describe_schemas(EndpointArn=arn)["Schemas"], ["Zoo", "app", "public"])

    def test_servers_are_checked_by_imported_certificates(self):
        with tempfile.TemporaryDirectory() as folder, dms_servers.Database() as server:
            pem = server.use_tls(folder)
            certificate = self.dms.import_certificate(CertificateIdentifier="Of-Localhost", CertificatePem=pem,
                                                      Tags=[{"Key": "a", "Value": "b"}])["Certificate"]
            arn = certificate["CertificateArn"]
            self.assertEqual((certificate["CertificateIdentifier"], certificate["CertificateOwner"],
                              certificate["KeyLength"]), ("of-localhost", "CN=localhost", 2048))
            self.assertLess(certificate["ValidFromDate"], certificate["ValidToDate"])
            self.assertEqual(self.dms.describe_certificates(
                Filters=[{"Name": "certificate-id", "Values": ["of-localhost"]}])["Certificates"], [certificate])
            instance = self.instance()
            right = self.endpoint(**server.address("postgres", ServerName="localhost", SslMode="verify-full",
                                                   CertificateArn=arn) | {"ServerName": "localhost"})
            self.assertEqual(self.connected(instance, right)["Status"], "successful")
            self.refused("InvalidResourceStateFault", self.dms.delete_certificate, CertificateArn=arn)
            unknown = self.dms.modify_endpoint(EndpointArn=right["EndpointArn"], CertificateArn="")["Endpoint"]
            failed = self.connected(instance, unknown)
            self.assertIn("certificate", failed["LastFailureMessage"])
            self.dms.delete_certificate(CertificateArn=arn)
        self.refused("InvalidCertificateFault", self.dms.import_certificate, CertificateIdentifier="x", CertificatePem="text")
        self.refused("InvalidCertificateFault", self.dms.import_certificate, CertificateIdentifier="x",
                     CertificatePem="-----BEGIN PRIVATE KEY-----")

    def test_a_secret_takes_the_place_of_a_password(self):
        folder = os.path.join(SERVER.data, "secrets")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(os.path.join(folder, "mover.json"), "w", encoding="utf-8") as f:
            f.write('{"username": "mover", "password": "it\'s \\\\not-to-be-told"}')
        self.addCleanup(os.remove, os.path.join(folder, "mover.json"))
        address = DATABASE.address("postgres")
        made = self.endpoint(EngineName="postgres", PostgreSQLSettings={
            "SecretsManagerSecretId": "mover", "SecretsManagerAccessRoleArn": "arn:aws:iam::000000000000:role/r",
            **{name: address[name] for name in ("ServerName", "Port", "DatabaseName")}})
        self.assertEqual(self.connected(self.instance(), made)["Status"], "successful")

    @unittest.skipUnless(dms_servers.mariadb.installed(), "MariaDB is not installed")
    def test_mariadb_is_connected_to_as_well(self):
        with dms_servers.MysqlDatabase() as server:
            server.server.run("CREATE DATABASE shop; CREATE DATABASE app")
            instance, endpoint = self.instance(), self.endpoint(**server.address())
            self.assertEqual(self.connected(instance, endpoint)["Status"], "successful")
            self.dms.refresh_schemas(EndpointArn=endpoint["EndpointArn"],
                                     ReplicationInstanceArn=instance["ReplicationInstanceArn"])
            self.assertEqual(harness.eventually(lambda: self.dms.describe_schemas(EndpointArn=endpoint["EndpointArn"])[
                "Schemas"]), ["app", "shop"])
            wrong = self.dms.modify_endpoint(EndpointArn=endpoint["EndpointArn"], Password="guess-of-a-thief")["Endpoint"]
            failed = self.connected(instance, wrong)
            self.assertIn("Access denied for user 'mover'", failed["LastFailureMessage"])

    def test_an_end_that_is_gone_takes_its_connections_along(self):
        instance, endpoint = self.instance(), self.endpoint()
        self.connected(instance, endpoint)
        self.dms.delete_replication_instance(ReplicationInstanceArn=instance["ReplicationInstanceArn"])
        self.wait("replication_instance_deleted", "replication-instance-arn", instance["ReplicationInstanceArn"])
        self.refused("ResourceNotFoundFault", self.dms.describe_connections,
                     Filters=[{"Name": "endpoint-arn", "Values": [endpoint["EndpointArn"]]}])


class CommandLine(Case):
    def test_the_aws_cli_goes_the_whole_way(self):
        def aws(*arguments):
            return SERVER.run_aws("dms", *arguments)
        instance = aws("create-replication-instance", "--replication-instance-identifier", "cli",
                       "--replication-instance-class", "dms.t3.small")["ReplicationInstance"]["ReplicationInstanceArn"]
        aws("wait", "replication-instance-available", "--filters", f"Name=replication-instance-arn,Values={instance}")
        endpoint = aws("create-endpoint", "--endpoint-identifier", "cli", "--endpoint-type", "target", "--engine-name",
                       "postgres", "--server-name", "127.0.0.1", "--port", str(DATABASE.port), "--database-name", "postgres",
                       "--username", "mover", "--password", dms_servers.PASSWORD)["Endpoint"]["EndpointArn"]
        aws("test-connection", "--replication-instance-arn", instance, "--endpoint-arn", endpoint)
        aws("wait", "test-connection-succeeds", "--filters", f"Name=endpoint-arn,Values={endpoint}")
        aws("delete-endpoint", "--endpoint-arn", endpoint)
        aws("wait", "endpoint-deleted", "--filters", f"Name=endpoint-arn,Values={endpoint}")
        aws("delete-replication-instance", "--replication-instance-arn", instance)
        aws("wait", "replication-instance-deleted", "--filters", f"Name=replication-instance-arn,Values={instance}")


def setUpModule():
    global SERVER, DATABASE
    DATABASE = dms_servers.Database()
    unittest.addModuleCleanup(DATABASE.__exit__)
    DATABASE.__enter__()
    SERVER = harness.Server(PROGRAM)
    unittest.addModuleCleanup(SERVER.close)
    SERVER.start()


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = sys.argv.pop(1)
    if dms_servers.postgres.programs() is None:
        print("PostgreSQL is not installed: skipped")
        sys.exit(dms_servers.postgres.SKIP)
    unittest.main(verbosity=2)
