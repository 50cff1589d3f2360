#!/usr/bin/env python3
"""What DMS keeps, with real clients: profiles, providers, projects, tags. Usage: dms_test.py PROGRAM"""
import json
import sys
import unittest

import harness
import newer_models
from botocore.exceptions import ClientError

PROGRAM = None
ORACLE = {"OracleSettings": {"ServerName": "ora.example", "Port": 1521, "DatabaseName": "ORCL", "SslMode": "none"}}
POSTGRES = {"PostgreSqlSettings": {"ServerName": "pg.example", "Port": 5432, "DatabaseName": "app"}}
RULES = json.dumps({"rules": [{
    "rule-type": "transformation", "rule-id": "1", "rule-name": "1", "rule-action": "add-prefix", "rule-target": "table",
    "object-locator": {"server-name": "%", "schema-name": "HR", "table-name": "%"}, "value": "t_"}]})


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.models = newer_models.Folder("dms", "2016-01-01")
        cls.addClassCleanup(cls.models.close)
        cls.server = harness.Server(PROGRAM)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.dms = cls.models.boto3_client(cls.server, "dms")

    def refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]

    def profile(self, name, **more):
        made = self.dms.create_instance_profile(InstanceProfileName=name, **more)["InstanceProfile"]
        self.addCleanup(self.gone, "delete_instance_profile", InstanceProfileIdentifier=made["InstanceProfileArn"])
        return made

    def provider(self, name, engine="oracle", settings=None, **more):
        made = self.dms.create_data_provider(DataProviderName=name, Engine=engine, Settings=settings or ORACLE,
                                             **more)["DataProvider"]
        self.addCleanup(self.gone, "delete_data_provider", DataProviderIdentifier=made["DataProviderArn"])
        return made

    def project(self, name, source="src", target="dst", profile="prof", **more):
        made = self.dms.create_migration_project(
            MigrationProjectName=name, SourceDataProviderDescriptors=[{"DataProviderIdentifier": source}],
            TargetDataProviderDescriptors=[{"DataProviderIdentifier": target, "SecretsManagerSecretId": "pg"}],
            InstanceProfileIdentifier=profile, **more)["MigrationProject"]
        self.addCleanup(self.gone, "delete_migration_project",
                        MigrationProjectIdentifier=made["MigrationProjectArn"])
        return made

    def gone(self, delete, **what):
        try:
            getattr(self.dms, delete)(**what)
        except ClientError as e:
            self.assertEqual(e.response["Error"]["Code"], "ResourceNotFoundFault", e)


class Profiles(Case):
    def test_a_profile_is_read_back_as_it_was_made(self):
        made = self.profile("prof", Description="for tests", NetworkType="IPV4", PubliclyAccessible=False,
                            SubnetGroupIdentifier="sub", VpcSecurityGroups=["sg-1", "sg-2"], KmsKeyArn="arn:aws:kms:x")
        self.assertRegex(made["InstanceProfileArn"], r"^arn:aws:dms:us-east-1:000000000000:instance-profile:[A-Z2-7]{26}$")
        self.assertEqual(made["VpcSecurityGroups"], ["sg-1", "sg-2"])
        self.assertIs(made["PubliclyAccessible"], False)
        for identifier in ("prof", made["InstanceProfileArn"]):
            found = self.dms.describe_instance_profiles(
                Filters=[{"Name": "instance-profile-identifier", "Values": [identifier]}])["InstanceProfiles"]
            self.assertEqual(found, [made])

    def test_a_change_keeps_what_it_does_not_name(self):
        made = self.profile("prof", Description="one", NetworkType="DUAL")
        changed = self.dms.modify_instance_profile(InstanceProfileIdentifier="prof", InstanceProfileName="other",
                                                   Description="two")["InstanceProfile"]
        self.assertEqual(changed, {**made, "InstanceProfileName": "other", "Description": "two"})
        self.refused("ResourceNotFoundFault", self.dms.modify_instance_profile, InstanceProfileIdentifier="prof")

    def test_names_are_one_persons(self):
        self.profile("prof")
        self.refused("ResourceAlreadyExistsFault", self.dms.create_instance_profile, InstanceProfileName="prof")
        self.profile("other")
        self.refused("ResourceAlreadyExistsFault", self.dms.modify_instance_profile, InstanceProfileIdentifier="other",
                     InstanceProfileName="prof")
        for bad in ("1st", "a--b", "a-", "a b", "x" * 256):
            self.refused("InvalidParameterValueException", self.dms.create_instance_profile, InstanceProfileName=bad)

    def test_one_without_a_name_gets_one(self):
        made = self.dms.create_instance_profile()["InstanceProfile"]
        self.addCleanup(self.gone, "delete_instance_profile", InstanceProfileIdentifier=made["InstanceProfileArn"])
        self.assertTrue(made["InstanceProfileName"])

    def test_pages_together_are_the_whole(self):
        for i in range(7):
            self.profile(f"page-{i}")
        names, marker = [], None
        while True:
            page = self.dms.describe_instance_profiles(MaxRecords=3, **({"Marker": marker} if marker else {}))
            names += [each["InstanceProfileName"] for each in page["InstanceProfiles"]]
            marker = page.get("Marker")
            if not marker:
                break
            first = marker
        self.assertEqual(names, [f"page-{i}" for i in range(7)])
        self.refused("InvalidParameterValueException", self.dms.describe_instance_profiles, Marker="rubbish")
        self.refused("InvalidParameterValueException", self.dms.describe_data_providers, Marker=first)
        for size in (0, 101):
            self.refused("InvalidParameterValueException", self.dms.describe_instance_profiles, MaxRecords=size)

    def test_what_is_not_there_is_told(self):
        self.refused("ResourceNotFoundFault", self.dms.describe_instance_profiles,
                     Filters=[{"Name": "instance-profile-identifier", "Values": ["nobody"]}])
        self.refused("InvalidParameterValueException", self.dms.describe_instance_profiles,
                     Filters=[{"Name": "colour", "Values": ["red"]}])
        self.refused("ResourceNotFoundFault", self.dms.delete_instance_profile, InstanceProfileIdentifier="nobody")


class Providers(Case):
    def test_each_engine_has_its_own_settings(self):
        settings = {
            "oracle": ORACLE, "postgres": POSTGRES, "aurora-postgresql": POSTGRES,
            "mysql": {"MySqlSettings": {"ServerName": "m", "Port": 3306}},
            "mariadb": {"MariaDbSettings": {"ServerName": "m", "S3Path": "s3://bucket/ddl"}},
            "sqlserver": {"MicrosoftSqlServerSettings": {"ServerName": "s", "DatabaseName": "d"}},
            "db2": {"IbmDb2LuwSettings": {"ServerName": "d", "EncryptionAlgorithm": 9, "SecurityMechanism": 3}},
            "sybase": {"SybaseAseSettings": {"ServerName": "y", "EncryptPassword": True}},
            "mongodb": {"MongoDbSettings": {"ServerName": "m", "AuthType": "password", "AuthSource": "admin"}},
            "docdb": {"DocDbSettings": {"ServerName": "d", "SslMode": "require"}},
            "redshift": {"RedshiftSettings": {"ServerName": "r", "Port": 5439}},
            "db2-zos": {"IbmDb2zOsSettings": {"ServerName": "z"}},
        }
        for engine, given in settings.items():
            made = self.provider("engine-" + engine, engine, given)
            self.assertEqual(made["Settings"], given)
            self.assertEqual(made["Engine"], engine)
        self.assertEqual(len(self.dms.describe_data_providers()["DataProviders"]), len(settings))

    def test_wrong_settings_are_refused(self):
        for engine, given in (("oracle", POSTGRES), ("abacus", ORACLE),
                              ("oracle", {"OracleSettings": {"ServerName": "x", "Port": 70000}}),
                              ("oracle", {"OracleSettings": {"ServerName": "x", "S3Path": "s3://B!/x"}})):
            self.refused("InvalidParameterValueException", self.dms.create_data_provider, DataProviderName="bad",
                         Engine=engine, Settings=given)

    def test_a_change_merges_settings_or_replaces_them(self):
        self.provider("src")
        merged = self.dms.modify_data_provider(DataProviderIdentifier="src", Settings={"OracleSettings": {"Port": 1522}})
        self.assertEqual(merged["DataProvider"]["Settings"],
                         {"OracleSettings": {**ORACLE["OracleSettings"], "Port": 1522}})
        exact = self.dms.modify_data_provider(DataProviderIdentifier="src", ExactSettings=True, Virtual=True,
                                              Settings={"OracleSettings": {"ServerName": "new"}})["DataProvider"]
        self.assertEqual(exact["Settings"], {"OracleSettings": {"ServerName": "new"}})
        self.assertIs(exact["Virtual"], True)
        self.refused("InvalidParameterValueException", self.dms.modify_data_provider, DataProviderIdentifier="src",
                     Settings=POSTGRES)
        other = self.dms.modify_data_provider(DataProviderIdentifier="src", Engine="postgres", Settings=POSTGRES)
        self.assertEqual(other["DataProvider"]["Settings"], POSTGRES)


class Projects(Case):
    def setUp(self):
        self.profile("prof")
        self.source = self.provider("src")
        self.target = self.provider("dst", "postgres", POSTGRES)

    def test_a_project_names_what_it_uses(self):
        made = self.project("proj", TransformationRules=RULES, Description="d", SchemaConversionApplicationAttributes={
            "S3BucketPath": "s3://bucket/work", "S3BucketRoleArn": "arn:aws:iam::000000000000:role/r"})
        self.assertEqual(made["SourceDataProviderDescriptors"], [
            {"DataProviderName": "src", "DataProviderArn": self.source["DataProviderArn"]}])
        self.assertEqual(made["TargetDataProviderDescriptors"], [
            {"DataProviderName": "dst", "DataProviderArn": self.target["DataProviderArn"],
             "SecretsManagerSecretId": "pg"}])
        self.assertEqual(made["InstanceProfileName"], "prof")
        self.assertEqual(made["TransformationRules"], RULES)
        for name, value in (("migration-project-identifier", "proj"), ("instance-profile-identifier", "prof"),
                            ("source-data-provider-identifier", self.source["DataProviderArn"]),
                            ("target-data-provider-identifier", "dst"), ("data-provider-identifier", "src")):
            found = self.dms.describe_migration_projects(Filters=[{"Name": name, "Values": [value]}])
            self.assertEqual(found["MigrationProjects"], [made], name)
        self.refused("ResourceNotFoundFault", self.dms.describe_migration_projects,
                     Filters=[{"Name": "source-data-provider-identifier", "Values": ["dst"]}])

    def test_what_a_project_uses_stays(self):
        self.project("proj")
        self.refused("InvalidResourceStateFault", self.dms.delete_data_provider, DataProviderIdentifier="src")
        self.refused("InvalidResourceStateFault", self.dms.delete_instance_profile, InstanceProfileIdentifier="prof")
        self.dms.modify_data_provider(DataProviderIdentifier="src", DataProviderName="renamed")
        shown = self.dms.describe_migration_projects()["MigrationProjects"][0]
        self.assertEqual(shown["SourceDataProviderDescriptors"][0]["DataProviderName"], "renamed")
        self.dms.delete_migration_project(MigrationProjectIdentifier="proj")
        self.dms.delete_data_provider(DataProviderIdentifier="renamed")

    def test_references_and_rules_are_checked(self):
        self.refused("ResourceNotFoundFault", self.project, name="proj", source="nobody")
        self.refused("ResourceNotFoundFault", self.project, name="proj", profile="nobody")
        for rules in ("{", "{}", '{"rules":[]}', RULES.replace("add-prefix", "paint"), RULES.replace('"value"', '"v"')):
            self.refused("InvalidParameterValueException", self.project, name="proj", TransformationRules=rules)
        self.project("proj")
        self.refused("ResourceAlreadyExistsFault", self.project, name="proj")
        changed = self.dms.modify_migration_project(
            MigrationProjectIdentifier="proj", SourceDataProviderDescriptors=[{"DataProviderIdentifier": "dst"}])
        self.assertEqual(changed["MigrationProject"]["SourceDataProviderDescriptors"][0]["DataProviderName"], "dst")

    def test_tags_of_everything(self):
        made = self.project("proj", Tags=[{"Key": "a", "Value": "1"}])
        arn = made["MigrationProjectArn"]
        self.dms.add_tags_to_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
        self.dms.modify_migration_project(MigrationProjectIdentifier="proj", Description="keeps tags")
        self.assertEqual(self.dms.list_tags_for_resource(ResourceArn=arn)["TagList"],
                         [{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "2"}])
        self.dms.remove_tags_from_resource(ResourceArn=arn, TagKeys=["a", "zzz"])
        listed = self.dms.list_tags_for_resource(ResourceArnList=[arn, self.source["DataProviderArn"]])["TagList"]
        self.assertEqual(listed, [{"Key": "b", "Value": "2", "ResourceArn": arn}])
        many = [{"Key": f"k{i}", "Value": ""} for i in range(50)]
        self.refused("InvalidParameterValueException", self.dms.add_tags_to_resource, ResourceArn=arn, Tags=many)
        self.refused("ResourceNotFoundFault", self.dms.add_tags_to_resource, ResourceArn=arn[:-1] + "x",
                     Tags=[{"Key": "a", "Value": "1"}])

    def test_all_of_it_outlives_a_kill(self):
        made = self.project("proj", Tags=[{"Key": "a", "Value": "1"}])
        self.server.kill()
        self.server.restart()
        type(self).dms = self.models.boto3_client(self.server, "dms")
        self.assertEqual(self.dms.describe_migration_projects()["MigrationProjects"], [made])
        self.assertEqual(self.dms.list_tags_for_resource(ResourceArn=made["MigrationProjectArn"])["TagList"],
                         [{"Key": "a", "Value": "1"}])

    def test_the_command_line_and_what_is_not_served(self):
        self.models.run_aws(self.server, "dms", "create-migration-project", "--migration-project-name", "cli",
                            "--source-data-provider-descriptors", "DataProviderIdentifier=src",
                            "--target-data-provider-descriptors", "DataProviderIdentifier=dst",
                            "--instance-profile-identifier", "prof")
        listed = self.models.run_aws(self.server, "dms", "describe-migration-projects")
        self.assertEqual([each["MigrationProjectName"] for each in listed["MigrationProjects"]], ["cli"])
        self.models.run_aws(self.server, "dms", "delete-migration-project", "--migration-project-identifier", "cli")
        done = self.models.run_aws(self.server, "dms", "describe-replication-configs", check=False)
        self.assertIn("NotImplemented", done.stderr)


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
