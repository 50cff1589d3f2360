#!/usr/bin/env python3
"""A schema from scripts in a bucket to a real PostgreSQL, by aws CLI and boto3. Usage: dms_conversion_test.py PROGRAM"""
import contextlib
import io
import json
import os
import socket
import sys
import unittest
import zipfile

import harness
import newer_models
from botocore.exceptions import ClientError, WaiterError

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "convert"))
import postgres  # noqa: E402

PROGRAM = None
SERVER = MODELS = DATABASE = PORT = None
PASSWORD = "not-to-be-told"

TABLES = """
REM people and where they work
CREATE TABLE hr.departments (id NUMBER(6) PRIMARY KEY, name VARCHAR2(30) NOT NULL);
CREATE TABLE hr.employees (
  id NUMBER(6) CONSTRAINT employees_pk PRIMARY KEY,
  department_id NUMBER(6),
  name VARCHAR2(30),
  hired DATE DEFAULT SYSDATE
);
ALTER TABLE hr.employees ADD CONSTRAINT employees_fk FOREIGN KEY (department_id) REFERENCES hr.departments (id);
CREATE INDEX hr.employees_name ON hr.employees (UPPER(name));
CREATE SEQUENCE hr.employee_ids START WITH 10;
COMMENT ON TABLE hr.employees IS 'people';
"""
VIEWS = """
CREATE OR REPLACE VIEW hr.staff AS
SELECT e.id, e.name, d.name AS department FROM hr.employees e, hr.departments d WHERE e.department_id = d.id(+);
CREATE DATABASE LINK far CONNECT TO a IDENTIFIED BY b USING 'x';
CREATE TABLE sales.orders (id NUMBER(9) PRIMARY KEY, total NUMBER(12,2));
"""


def rules(*locators, action="explicit"):
    return json.dumps({"rules": [
        {"rule-type": "selection", "rule-id": str(i + 1), "rule-name": f"r{i + 1}", "rule-action": action,
         "object-locator": locator} for i, locator in enumerate(locators)]})


SOURCE = {"server-name": "ora.example"}
HR = rules({**SOURCE, "schema-name": "HR"})
TARGET_HR = rules({"server-name": "127.0.0.1", "schema-name": "hr"})


class Case(unittest.TestCase):
    serial = 0

    def setUp(self):
        Case.serial += 1
        self.name = f"p{Case.serial}"
        self.bucket = f"conversion-{Case.serial}"
        self.dms = MODELS.boto3_client(SERVER, "dms")
        self.s3 = SERVER.boto3_client("s3")
        self.s3.create_bucket(Bucket=self.bucket)
        self.put("ddl/tables.sql", TABLES)
        self.put("ddl/views.sql", VIEWS)
        self.put("ddl/all.sql", "@@tables\n@@views.sql\n")
        self.put("ddl/readme.md", "CREATE TABLE not_a_script (a NUMBER);")
        self.put("ddl-old/x.sql", "CREATE TABLE hr.old (a NUMBER);")
        self.dms.create_instance_profile(InstanceProfileName=self.name)
        self.dms.create_data_provider(
            DataProviderName=self.name + "-source", Engine="oracle", Settings={"OracleSettings": {
                "ServerName": "ora.example", "DatabaseName": "ORCL", "S3Path": f"s3://{self.bucket}/ddl"}})
        self.target()
        self.dms.create_migration_project(
            MigrationProjectName=self.name, InstanceProfileIdentifier=self.name,
            SourceDataProviderDescriptors=[{"DataProviderIdentifier": self.name + "-source"}],
            TargetDataProviderDescriptors=[{"DataProviderIdentifier": self.name + "-target",
                                            "SecretsManagerSecretId": "target"}],
            SchemaConversionApplicationAttributes={"S3BucketPath": f"s3://{self.bucket}/work"})

    def target(self, **more):
        self.dms.create_data_provider(
            DataProviderName=self.name + "-target", Engine="postgres", Settings={"PostgreSqlSettings": {
                "ServerName": "127.0.0.1", "Port": PORT, "DatabaseName": self.database(), "SslMode": "none"}}, **more)

    def database(self):
        return self.name

    def put(self, key, text):
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def get(self, key):
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def start(self, operation, waiter=None, **more):
        arguments = {"MigrationProjectIdentifier": self.name, **more}
        identifier = getattr(self.dms, operation)(**arguments)["RequestIdentifier"]
        if waiter:
            self.dms.get_waiter(waiter).wait(MigrationProjectIdentifier=self.name, Filters=[
                {"Name": "request-id", "Values": [identifier]}])
        return identifier

    def read_in(self, selection=HR, **more):
        return self.start("start_metadata_model_import", "metadata_model_imported", SelectionRules=selection,
                          Origin="SOURCE", **more)

    def convert(self, selection=HR):
        return self.start("start_metadata_model_conversion", "metadata_model_converted", SelectionRules=selection)

    def request(self, describe, identifier):
        found = getattr(self.dms, describe)(MigrationProjectIdentifier=self.name, Filters=[
            {"Name": "request-id", "Values": [identifier]}])["Requests"]
        self.assertEqual(len(found), 1)
        return found[0]

    def children(self, selection, origin="SOURCE"):
        return {each["MetadataModelName"]: each["SelectionRules"] for each in self.dms.describe_metadata_model_children(
            MigrationProjectIdentifier=self.name, SelectionRules=selection, Origin=origin)["MetadataModelChildren"]}

    def model(self, selection, origin="SOURCE"):
        return self.dms.describe_metadata_model(MigrationProjectIdentifier=self.name, SelectionRules=selection, Origin=origin)

    def refused(self, code, operation, **arguments):
        with self.assertRaises(ClientError) as caught:
            getattr(self.dms, operation)(**{"MigrationProjectIdentifier": self.name, **arguments})
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]

    def failed(self, describe, identifier):
        """The reason of a request that ends badly."""
        request = harness.eventually(lambda: (lambda r: r if r["Status"] == "FAILED" else None)(
            self.request(describe, identifier)))
        return request["Error"]["defaultErrorDetails"]["Message"]


class Models(Case):
    def test_the_source_is_a_tree_that_is_walked_by_the_rules_it_hands_out(self):
        self.assertEqual(self.children(rules(SOURCE)), {})
        identifier = self.read_in()
        request = self.request("describe_metadata_model_imports", identifier)
        self.assertEqual(request["Status"], "SUCCESS")
        self.assertEqual(request["Progress"]["ProgressStep"], "FINISHED")
        self.assertEqual(request["Progress"]["ProgressPercent"], 100)
        self.assertEqual(request["Progress"]["TotalObjects"], 5)
        schemas = self.children(self.children(rules(SOURCE))["Schemas"])
        self.assertEqual(list(schemas), ["HR"])
        categories = self.children(schemas["HR"])
        self.assertEqual(sorted(categories), ["Indexes", "Sequences", "Tables", "Views"])
        tables = self.children(categories["Tables"])
        self.assertEqual(sorted(tables), ["DEPARTMENTS", "EMPLOYEES"])
        self.assertEqual(self.children(tables["EMPLOYEES"]), {})
        model = self.model(tables["EMPLOYEES"])
        self.assertEqual((model["MetadataModelName"], model["MetadataModelType"]), ("EMPLOYEES", "Table"))
        self.assertIn("employees_fk FOREIGN KEY", model["Definition"])
        self.assertIn("IS 'people'", model["Definition"])
        self.assertNotIn("departments (id NUMBER", model["Definition"])
        self.assertNotIn("TargetMetadataModels", model)
        self.assertEqual(self.model(categories["Tables"])["MetadataModelType"], "Category")
        self.refused("ResourceNotFoundFault", "describe_metadata_model", Origin="SOURCE",
                     SelectionRules=rules({**SOURCE, "schema-name": "SALES"}))
        self.refused("ResourceNotFoundFault", "describe_metadata_model", Origin="SOURCE",
                     SelectionRules=rules({"server-name": "elsewhere"}))

    def test_children_come_in_pages(self):
        self.read_in(rules(SOURCE))
        selection = rules({**SOURCE, "schema-name": "HR", "category-name": "Tables"})
        names, marker = [], None
        while True:
            page = self.dms.describe_metadata_model_children(
                MigrationProjectIdentifier=self.name, SelectionRules=selection, Origin="SOURCE", MaxRecords=1,
                **({"Marker": marker} if marker else {}))
            names += [each["MetadataModelName"] for each in page["MetadataModelChildren"]]
            marker = page.get("Marker")
            if not marker:
                break
        self.assertEqual(names, ["DEPARTMENTS", "EMPLOYEES"])

    def test_scripts_are_read_once_and_again_when_asked(self):
        self.read_in()
        self.put("ddl/more.sql", "CREATE TABLE hr.jobs (id NUMBER(4));")
        self.read_in()
        tables = rules({**SOURCE, "schema-name": "HR", "category-name": "Tables"})
        self.assertNotIn("JOBS", self.children(tables))
        self.read_in(Refresh=True)
        self.assertIn("JOBS", self.children(tables))

    def test_what_was_converted_stands_in_the_target_tree(self):
        self.convert(rules({**SOURCE, "schema-name": "HR", "table-name": "DEPARTMENTS"}))
        self.convert(rules({**SOURCE, "schema-name": "HR", "category-name": "Views"}))
        categories = self.children(TARGET_HR, "TARGET")
        self.assertEqual(sorted(categories), ["Tables", "Views"])
        self.assertEqual(list(self.children(categories["Tables"], "TARGET")), ["departments"])
        source = self.model(rules({**SOURCE, "schema-name": "HR", "table-name": "departments"}))
        reference = source["TargetMetadataModels"][0]
        self.assertEqual(reference["MetadataModelName"], "departments")
        target = self.model(reference["SelectionRules"], "TARGET")
        self.assertIn("CREATE TABLE hr.departments", target["Definition"])
        self.assertNotIn("TargetMetadataModels", target)
        mapped = self.dms.get_target_selection_rules(
            MigrationProjectIdentifier=self.name,
            SelectionRules=rules({**SOURCE, "schema-name": "HR", "table-name": "DEPARTMENTS"}))["TargetSelectionRules"]
        self.assertEqual(mapped, reference["SelectionRules"])
        self.refused("InvalidResourceStateFault", "get_target_selection_rules",
                     SelectionRules=rules({**SOURCE, "schema-name": "HR", "table-name": "EMPLOYEES"}))

    def test_the_configuration_is_merged_and_acts(self):
        before = json.loads(self.dms.describe_conversion_configuration(
            MigrationProjectIdentifier=self.name)["ConversionConfiguration"])
        self.assertEqual(before["Common project settings"]["ShowSeverityLevelInSql"], "CRITICAL")
        for bad in ("{", "[]", "{}", '{"ORACLE_TO_POSTGRESQL":1}',
                    '{"ORACLE_TO_POSTGRESQL":{"NumberMapping":"SOME"}}'):
            self.refused("InvalidParameterValueException", "modify_conversion_configuration", ConversionConfiguration=bad)
        self.convert()
        table = rules({"server-name": "127.0.0.1", "schema-name": "hr", "table-name": "departments"})
        self.assertIn("id integer", self.model(table, "TARGET")["Definition"])
        self.dms.modify_conversion_configuration(
            MigrationProjectIdentifier=self.name,
            ConversionConfiguration='{"ORACLE_TO_POSTGRESQL":{"NumberMapping":"EXACT","ToTimeZone":false}}')
        after = json.loads(self.dms.describe_conversion_configuration(
            MigrationProjectIdentifier=self.name)["ConversionConfiguration"])
        self.assertEqual(after["ORACLE_TO_POSTGRESQL"]["NumberMapping"], "EXACT")
        self.assertIs(after["ORACLE_TO_POSTGRESQL"]["ToTimeZone"], False)
        self.assertEqual(after["Common project settings"], before["Common project settings"])
        self.assertIn("id integer", self.model(table, "TARGET")["Definition"])  # until it is converted again
        self.convert()
        self.assertIn("id numeric(6)", self.model(table, "TARGET")["Definition"])


class Requests(Case):
    @contextlib.contextmanager
    def held_queue(self):
        """Meanwhile the project's first request waits for a database that takes connections and never answers."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.dms.modify_data_provider(DataProviderIdentifier=self.name + "-target", Settings={
                "PostgreSqlSettings": {"Port": silent.getsockname()[1]}})
            self.start("start_extension_pack_association")
            silent.settimeout(60)
            connection, _ = silent.accept()
            with connection:
                yield

    def test_requests_of_a_project_run_in_their_order(self):
        kinds = []
        for _ in range(3):
            kinds.append(("describe_metadata_model_imports",
                          self.start("start_metadata_model_import", SelectionRules=HR, Origin="SOURCE", Refresh=True)))
            kinds.append(("describe_metadata_model_conversions",
                          self.start("start_metadata_model_conversion", SelectionRules=HR)))
        for describe, identifier in kinds:
            harness.eventually(lambda: self.request(describe, identifier)["Status"] == "SUCCESS")  # noqa: B023
        listed = self.dms.describe_metadata_model_imports(MigrationProjectIdentifier=self.name, MaxRecords=2)
        rest = self.dms.describe_metadata_model_imports(MigrationProjectIdentifier=self.name, MaxRecords=2,
                                                        Marker=listed["Marker"])
        ids = [each["RequestIdentifier"] for each in listed["Requests"] + rest["Requests"]]
        self.assertEqual(ids, [identifier for describe, identifier in kinds if describe.endswith("imports")])
        none = self.dms.describe_metadata_model_imports(MigrationProjectIdentifier=self.name, Filters=[
            {"Name": "status", "Values": ["FAILED"]}])
        self.assertEqual(none["Requests"], [])

    def test_a_request_that_fails_says_why_and_the_next_one_runs(self):
        bad = self.start("start_metadata_model_import", Origin="SOURCE",
                         SelectionRules=rules({**SOURCE, "schema-name": "NOBODY"}))
        good = self.read_in()
        self.assertIn("select nothing", self.failed("describe_metadata_model_imports", bad))
        self.assertEqual(self.request("describe_metadata_model_imports", good)["Status"], "SUCCESS")
        with self.assertRaises(WaiterError):
            self.dms.get_waiter("metadata_model_imported").wait(MigrationProjectIdentifier=self.name)
        only = self.dms.describe_metadata_model_imports(MigrationProjectIdentifier=self.name, Filters=[
            {"Name": "status", "Values": ["FAILED"]}])["Requests"]
        self.assertEqual([each["RequestIdentifier"] for each in only], [bad])

    def test_what_cannot_begin_is_refused(self):
        start = {"SelectionRules": HR, "Origin": "SOURCE"}
        self.refused("ResourceNotFoundFault", "start_metadata_model_import", MigrationProjectIdentifier="nobody", **start)
        self.refused("InvalidResourceStateFault", "start_metadata_model_import", SelectionRules=TARGET_HR, Origin="TARGET")
        self.refused("InvalidParameterValueException", "start_metadata_model_conversion", SelectionRules="{}")
        self.refused("ResourceNotFoundFault", "cancel_metadata_model_conversion", RequestIdentifier="nobody")
        identifier = self.convert()
        self.refused("InvalidResourceStateFault", "cancel_metadata_model_conversion", RequestIdentifier=identifier)
        self.refused("ResourceNotFoundFault", "export_metadata_model_assessment",
                     SelectionRules=rules({**SOURCE, "schema-name": "SALES"}))
        self.dms.modify_data_provider(DataProviderIdentifier=self.name + "-target", Virtual=True)
        self.refused("InvalidResourceStateFault", "start_metadata_model_export_to_target", SelectionRules=TARGET_HR)
        self.refused("InvalidResourceStateFault", "start_extension_pack_association")
        self.dms.modify_data_provider(DataProviderIdentifier=self.name + "-source", ExactSettings=True,
                                      Settings={"OracleSettings": {"ServerName": "ora.example"}})
        self.refused("InvalidResourceStateFault", "start_metadata_model_import", **start)
        self.assertEqual(self.dms.describe_metadata_model_creations(MigrationProjectIdentifier=self.name)["Requests"], [])

    def test_a_waiting_conversion_is_canceled(self):
        with self.held_queue():
            first = self.start("start_metadata_model_conversion", SelectionRules=HR)
            last = self.start("start_metadata_model_conversion", SelectionRules=HR)
            for _ in range(2):
                self.assertEqual(self.request("describe_metadata_model_conversions", last)["Status"], "IN_PROGRESS")
            canceled = self.dms.cancel_metadata_model_conversion(MigrationProjectIdentifier=self.name,
                                                                 RequestIdentifier=last)["Request"]
            self.assertEqual((canceled["RequestIdentifier"], canceled["Status"]), (last, "CANCELED"))
        harness.eventually(lambda: self.request("describe_metadata_model_conversions", first)["Status"] == "SUCCESS")
        self.dms.get_waiter("metadata_model_conversion_cancelled").wait(MigrationProjectIdentifier=self.name, Filters=[
            {"Name": "request-id", "Values": [last]}])

    def test_a_project_with_requests_that_have_not_ended_stays(self):
        with self.held_queue():
            last = self.start("start_metadata_model_conversion", SelectionRules=HR)
            self.refused("InvalidResourceStateFault", "delete_migration_project")
        harness.eventually(lambda: self.request("describe_metadata_model_conversions", last)["Status"] == "SUCCESS")
        self.dms.delete_migration_project(MigrationProjectIdentifier=self.name)
        self.refused("ResourceNotFoundFault", "describe_metadata_model_conversions")

    def test_requests_end_also_over_a_kill(self):
        with self.held_queue():
            held = [self.start("start_metadata_model_conversion", SelectionRules=HR) for _ in range(8)]
            SERVER.kill()
        SERVER.restart()
        self.dms = MODELS.boto3_client(SERVER, "dms")
        self.s3 = SERVER.boto3_client("s3")
        for identifier in held:
            harness.eventually(lambda: self.request("describe_metadata_model_conversions",  # noqa: B023
                                                    identifier)["Status"] == "SUCCESS")
        self.assertIn("Tables", self.children(TARGET_HR, "TARGET"))


class Exports(Case):
    def test_reports_go_to_the_bucket(self):
        self.start("start_metadata_model_assessment", "metadata_model_assessed", SelectionRules=HR)
        made = self.dms.export_metadata_model_assessment(MigrationProjectIdentifier=self.name, SelectionRules=HR,
                                                         FileName="first")
        self.assertEqual(made["PdfReport"]["S3ObjectKey"], "work/first.pdf")
        self.assertTrue(self.get("work/first.pdf").startswith(b"%PDF-"))
        with zipfile.ZipFile(io.BytesIO(self.get(made["CsvReport"]["S3ObjectKey"]))) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(sorted(archive.namelist()),
                             ["first.csv", "first_Action_Items_Summary.csv", "first_Summary.csv"])
            self.assertIn(b"Number of objects", archive.read("first_Summary.csv"))
        only = self.dms.export_metadata_model_assessment(MigrationProjectIdentifier=self.name, SelectionRules=HR,
                                                         AssessmentReportTypes=["csv"])
        self.assertNotIn("PdfReport", only)
        self.assertIn("/" + self.bucket + "/work/", only["CsvReport"]["ObjectURL"])

    def test_scripts_go_to_the_bucket(self):
        self.convert()
        identifier = self.start("start_metadata_model_export_as_script", "metadata_model_exported_as_script",
                                SelectionRules=TARGET_HR, Origin="TARGET", FileName="converted")
        details = self.request("describe_metadata_model_exports_as_script", identifier)["ExportSqlDetails"]
        self.assertEqual(details["S3ObjectKey"], "work/converted.zip")
        with zipfile.ZipFile(io.BytesIO(self.get("work/converted.zip"))) as archive:
            self.assertIsNone(archive.testzip())
            names = archive.namelist()
            self.assertEqual(names[0], "00000_extension_pack.sql")
            text = b"".join(archive.read(name) for name in names[1:]).decode()
        self.assertIn("CREATE TABLE hr.departments", text)
        self.assertNotIn("sales", text)
        identifier = self.start("start_metadata_model_export_as_script", "metadata_model_exported_as_script",
                                SelectionRules=HR, Origin="SOURCE")
        key = self.request("describe_metadata_model_exports_as_script", identifier)["ExportSqlDetails"]["S3ObjectKey"]
        with zipfile.ZipFile(io.BytesIO(self.get(key))) as archive:
            self.assertTrue(any("NUMBER(6)" in archive.read(name).decode() for name in archive.namelist()))

    def test_transformations_that_no_converter_makes_fail_a_conversion(self):
        transformation = {"rules": [{"rule-type": "transformation", "rule-id": "7", "rule-name": "a",
                                     "rule-action": "add-prefix", "rule-target": "table", "value": "t_",
                                     "object-locator": {"schema-name": "HR", "table-name": "%"}}]}
        self.dms.modify_migration_project(MigrationProjectIdentifier=self.name,
                                          TransformationRules=json.dumps(transformation))
        identifier = self.start("start_metadata_model_conversion", SelectionRules=HR)
        self.assertIn("rule 7", self.failed("describe_metadata_model_conversions", identifier))


class Target(Case):
    def setUp(self):
        super().setUp()
        self.query("CREATE DATABASE " + self.name, "postgres")

    def query(self, sql, database=None):
        connection = DATABASE.connect(database or self.name, port=PORT)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def export(self, selection=TARGET_HR, **more):
        return self.start("start_metadata_model_export_to_target", "metadata_model_exported_to_target",
                          SelectionRules=selection, **more)

    def report(self, identifier):
        lines = self.get(f"work/export-{identifier}.csv").decode().splitlines()
        return {tuple(line.strip('"').split('","')[1:3]): line.strip('"').split('","')[3] for line in lines[1:]}

    def test_what_was_converted_runs_on_the_target(self):
        self.convert()
        identifier = self.export()
        self.assertEqual(self.query("SELECT relname FROM pg_class WHERE relnamespace = 'hr'::regnamespace AND relkind "
                                    "IN ('r','v','S') ORDER BY 1"),
                         [("departments",), ("employee_ids",), ("employees",), ("staff",)])
        self.assertEqual(self.query("SELECT conname FROM pg_constraint WHERE contype = 'f'"), [("employees_fk",)])
        self.assertEqual(self.report(identifier)[("table", "employees")], "created")
        self.query("INSERT INTO hr.departments VALUES (1, 'Sales'); "
                   "INSERT INTO hr.employees (id, department_id, name) VALUES (nextval('hr.employee_ids'), 1, 'A')")
        self.assertEqual(self.query("SELECT id, name, department FROM hr.staff"), [(10, "A", "Sales")])

    def test_a_second_export_replaces_what_is_empty_and_keeps_what_is_not(self):
        self.convert()
        self.export()
        self.query("INSERT INTO hr.departments VALUES (1, 'Sales')")
        self.query("ALTER TABLE hr.employees ADD COLUMN extra integer")
        identifier = self.export(OverwriteExtensionPack=False)
        report = self.report(identifier)
        self.assertEqual(report[("table", "departments")], "kept")
        self.assertEqual(report[("table", "employees")], "created")
        self.assertEqual(self.query("SELECT name FROM hr.departments"), [("Sales",)])
        self.assertEqual(self.query("SELECT 1 FROM pg_attribute WHERE attname = 'extra'"), [])
        self.assertEqual(self.query("SELECT count(*) FROM pg_constraint WHERE conname = 'employees_fk'"), [(1,)])

    def test_one_that_fails_is_told_object_by_object(self):
        self.convert()
        self.query("CREATE SCHEMA hr; CREATE VIEW hr.departments AS SELECT 1 AS id")
        identifier = self.start("start_metadata_model_export_to_target", SelectionRules=TARGET_HR)
        reason = self.failed("describe_metadata_model_exports_to_target", identifier)
        self.assertIn("failed", reason)
        self.assertIn(f"work/export-{identifier}.csv", reason)
        self.assertEqual(self.report(identifier)[("table", "departments")], "failed")
        self.assertEqual(self.report(identifier)[("sequence", "employee_ids")], "created")

    def test_the_extension_pack_is_installed(self):
        self.start("start_extension_pack_association", "extension_pack_associated")
        self.assertEqual(self.query("SELECT oracle_ext.nvl(NULL, 'x'::text)"), [("x",)])

    def test_a_target_that_does_not_let_us_in_is_told_without_the_password(self):
        self.convert()
        self.dms.modify_migration_project(MigrationProjectIdentifier=self.name, TargetDataProviderDescriptors=[
            {"DataProviderIdentifier": self.name + "-target", "SecretsManagerSecretId": "wrong"}])
        identifier = self.start("start_metadata_model_export_to_target", SelectionRules=TARGET_HR)
        reason = self.failed("describe_metadata_model_exports_to_target", identifier)
        self.assertIn("password authentication failed", reason)
        self.assertNotIn("guess-of-a-thief", reason + SERVER.tail_of_log(10000))
        self.dms.modify_migration_project(MigrationProjectIdentifier=self.name, TargetDataProviderDescriptors=[
            {"DataProviderIdentifier": self.name + "-target", "SecretsManagerSecretId": "../target"}])
        identifier = self.start("start_metadata_model_export_to_target", SelectionRules=TARGET_HR)
        self.assertIn("no secret", self.failed("describe_metadata_model_exports_to_target", identifier))
        self.dms.modify_migration_project(MigrationProjectIdentifier=self.name, TargetDataProviderDescriptors=[
            {"DataProviderIdentifier": self.name + "-target", "SecretsManagerSecretId": "target"}])
        self.dms.modify_data_provider(DataProviderIdentifier=self.name + "-target", Settings={
            "PostgreSqlSettings": {"ServerName": "/var/run/postgresql"}})
        identifier = self.start("start_extension_pack_association")
        self.assertIn("no name of a host", self.failed("describe_extension_pack_associations", identifier))

    def test_a_schema_of_mysql_goes_the_same_way(self):
        self.put("shop/a.sql", """CREATE DATABASE shop; USE shop;
            CREATE TABLE `orders` (`id` int unsigned NOT NULL AUTO_INCREMENT, `state` enum('new','paid') DEFAULT 'new',
              `done` tinyint(1), PRIMARY KEY (`id`), KEY `by_state` (`state`)) ENGINE=InnoDB;""")
        self.dms.modify_data_provider(DataProviderIdentifier=self.name + "-source", Engine="mysql", ExactSettings=True,
                                      Settings={"MySqlSettings": {"ServerName": "my.example",
                                                                  "S3Path": f"s3://{self.bucket}/shop/a.sql"}})
        self.dms.modify_conversion_configuration(
            MigrationProjectIdentifier=self.name,
            ConversionConfiguration='{"MYSQL_TO_POSTGRESQL":{"TinyInt1":"BOOLEAN"}}')
        self.convert(rules({"server-name": "my.example"}))
        self.assertEqual(list(self.children(rules({"server-name": "my.example", "schema-name": "shop",
                                                   "category-name": "Tables"}))), ["orders"])
        self.export(rules({"server-name": "127.0.0.1"}))
        self.query("INSERT INTO shop.orders (done) VALUES (true)")
        self.assertEqual(self.query("SELECT id, state::text, done FROM shop.orders"), [(1, "new", True)])
        self.assertEqual(self.query("SELECT count(*) FROM pg_namespace WHERE nspname = 'oracle_ext'"), [(0,)])

    def test_the_whole_flow_by_the_command_line(self):
        def aws(*arguments):
            return MODELS.run_aws(SERVER, "dms", *arguments)

        def run(operation, describe, waiter, *arguments):
            identifier = aws(operation, "--migration-project-identifier", self.name, *arguments)["RequestIdentifier"]
            aws("wait", waiter, "--migration-project-identifier", self.name, "--filters",
                f"Name=request-id,Values={identifier}")
            return aws(describe, "--migration-project-identifier", self.name)["Requests"][-1]

        run("start-metadata-model-import", "describe-metadata-model-imports", "metadata-model-imported",
            "--selection-rules", HR, "--origin", "SOURCE")
        children = aws("describe-metadata-model-children", "--migration-project-identifier", self.name,
                       "--selection-rules", HR, "--origin", "SOURCE")["MetadataModelChildren"]
        self.assertEqual(len(children), 4)
        run("start-metadata-model-assessment", "describe-metadata-model-assessments", "metadata-model-assessed",
            "--selection-rules", HR)
        exported = aws("export-metadata-model-assessment", "--migration-project-identifier", self.name,
                       "--selection-rules", HR, "--assessment-report-types", "pdf", "csv", "--file-name", "cli")
        self.assertEqual(exported["PdfReport"]["S3ObjectKey"], "work/cli.pdf")
        run("start-metadata-model-conversion", "describe-metadata-model-conversions", "metadata-model-converted",
            "--selection-rules", HR)
        script = run("start-metadata-model-export-as-script", "describe-metadata-model-exports-as-script",
                     "metadata-model-exported-as-script", "--selection-rules", TARGET_HR, "--origin", "TARGET")
        self.assertTrue(script["ExportSqlDetails"]["S3ObjectKey"].startswith("work/postgres-"))
        last = run("start-metadata-model-export-to-target", "describe-metadata-model-exports-to-target",
                   "metadata-model-exported-to-target", "--selection-rules", TARGET_HR)
        self.assertEqual(last["Status"], "SUCCESS")
        self.assertEqual(self.query("SELECT count(*) FROM hr.staff"), [(0,)])


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def write_secret(name, user, password):
    folder = os.path.join(SERVER.data, "secrets")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as f:
        json.dump({"username": user, "password": password}, f)


def setUpModule():
    global SERVER, MODELS, DATABASE, PORT
    PORT = free_port()
    DATABASE = postgres.Postgres(settings=["listen_addresses=127.0.0.1", f"port={PORT}"])
    unittest.addModuleCleanup(DATABASE.__exit__)
    DATABASE.__enter__()
    connection = DATABASE.connect(port=PORT)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE mover LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    connection.close()
    with open(DATABASE.folder + "/data/pg_hba.conf", "w", encoding="utf-8") as f:
        f.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
    connection = DATABASE.connect(port=PORT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_reload_conf()")
    connection.close()
    MODELS = newer_models.Folder("dms", "2016-01-01")
    unittest.addModuleCleanup(MODELS.close)
    SERVER = harness.Server(PROGRAM)
    unittest.addModuleCleanup(SERVER.close)
    SERVER.start()
    write_secret("target", "mover", PASSWORD)
    write_secret("wrong", "mover", "guess-of-a-thief")


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = sys.argv.pop(1)
    if postgres.programs() is None:
        print("PostgreSQL is not installed: skipped")
        sys.exit(postgres.SKIP)
    unittest.main(verbosity=2)
