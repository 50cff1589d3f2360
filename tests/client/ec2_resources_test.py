#!/usr/bin/env python3
"""What surrounds EC2's instances, with boto3: key pairs, volumes, interfaces, attributes, pages, the calls that Terraform
makes. Usage: ec2_resources_test.py PROGRAM GUESTS_DIR   (GUESTS_DIR holds mini.ova: tools/guest/build.sh makes it)
"""
import base64
import hashlib
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

PROGRAM, GUESTS = None, None


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Server(PROGRAM)
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.close)
        cls.folder = tempfile.TemporaryDirectory(prefix="landfall-ec2-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.connect()

    @classmethod
    def connect(cls):
        cls.ec2 = cls.server.boto3_client("ec2")
        cls.s3 = cls.server.boto3_client("s3")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def refused(self, code, call, **arguments):
        """The message of the error that the call must get."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]

    @classmethod
    def import_small_snapshot(cls):
        """The snapshot of a disk with something on it."""
        cls.s3.create_bucket(Bucket="small")
        cls.s3.put_object(Bucket="small", Key="d.raw", Body=os.urandom(1 << 20))
        task = cls.ec2.import_snapshot(
            DiskContainer={"Format": "RAW", "UserBucket": {"S3Bucket": "small", "S3Key": "d.raw"}})["ImportTaskId"]

        def ask():
            found = cls.ec2.describe_import_snapshot_tasks(ImportTaskIds=[task])["ImportSnapshotTasks"][0]
            return found["SnapshotTaskDetail"].get("SnapshotId")
        return harness.eventually(ask)


class KeyPairs(Case):
    def keygen(self, *arguments):
        return subprocess.run(["ssh-keygen", *arguments], check=True, capture_output=True, text=True).stdout

    def private_file(self, name, material):
        path = self.path(name)
        with open(path, "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(material)
        return path

    def fingerprint_of_der(self, digest, der):
        text = hashlib.new(digest, der).hexdigest()
        return ":".join(text[i:i + 2] for i in range(0, len(text), 2))

    def test_a_created_rsa_key_works_and_has_awss_fingerprint(self):
        made = self.ec2.create_key_pair(KeyName="rsa one", TagSpecifications=[
            {"ResourceType": "key-pair", "Tags": [{"Key": "team", "Value": "storage"}]}])
        self.assertRegex(made["KeyPairId"], r"^key-[0-9a-f]{17}$")
        self.assertTrue(made["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----\n"))
        self.assertEqual(made["Tags"], [{"Key": "team", "Value": "storage"}])
        path = self.private_file("rsa", made["KeyMaterial"])
        der = subprocess.run(["openssl", "pkcs8", "-in", path, "-topk8", "-nocrypt", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.assertEqual(made["KeyFingerprint"], self.fingerprint_of_der("sha1", der))
        seen = self.ec2.describe_key_pairs(KeyNames=["rsa one"], IncludePublicKey=True)["KeyPairs"][0]
        self.assertEqual(seen["PublicKey"].split()[:2], self.keygen("-y", "-f", path).split()[:2])
        self.assertEqual((seen["KeyType"], seen["KeyFingerprint"]), ("rsa", made["KeyFingerprint"]))

    def test_a_created_ed25519_key_is_read_by_ssh(self):
        made = self.ec2.create_key_pair(KeyName="ed", KeyType="ed25519")
        path = self.private_file("ed", made["KeyMaterial"])
        seen = self.ec2.describe_key_pairs(KeyPairIds=[made["KeyPairId"]], IncludePublicKey=True)["KeyPairs"][0]
        self.assertEqual(seen["PublicKey"].split()[:2], self.keygen("-y", "-f", path).split()[:2])
        said = self.keygen("-l", "-f", path).split()[1]
        self.assertEqual("SHA256:" + made["KeyFingerprint"].rstrip("="), said)

    def test_imported_keys_have_awss_fingerprints(self):
        self.keygen("-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", self.path("mine"))
        with open(self.path("mine.pub"), "rb") as f:
            material = f.read()
        got = self.ec2.import_key_pair(KeyName="mine", PublicKeyMaterial=material)
        der = subprocess.run(["openssl", "rsa", "-in", self.path("mine"), "-pubout", "-outform", "DER"], check=False,
                             capture_output=True).stdout
        if not der:  # OpenSSH's own format, which openssl does not read
            pem = self.keygen("-e", "-m", "PKCS8", "-f", self.path("mine.pub"))
            der = base64.b64decode("".join(pem.splitlines()[1:-1]))
        self.assertEqual(got["KeyFingerprint"], self.fingerprint_of_der("md5", der))
        rfc4716 = self.keygen("-e", "-m", "RFC4716", "-f", self.path("mine.pub")).encode()
        self.assertEqual(self.ec2.import_key_pair(KeyName="mine2", PublicKeyMaterial=rfc4716)["KeyFingerprint"],
                         got["KeyFingerprint"])
        self.keygen("-q", "-t", "ecdsa", "-N", "", "-f", self.path("curve"))
        with open(self.path("curve.pub"), "rb") as f:
            self.refused("InvalidKey.Format", self.ec2.import_key_pair, KeyName="curve", PublicKeyMaterial=f.read())

    def test_names_are_unique_and_deletes_idempotent(self):
        first = self.ec2.create_key_pair(KeyName="once", KeyType="ed25519")
        self.refused("InvalidKeyPair.Duplicate", self.ec2.create_key_pair, KeyName="once", KeyType="ed25519")
        gone = self.ec2.delete_key_pair(KeyName="once")
        self.assertEqual(gone.get("KeyPairId", first["KeyPairId"]), first["KeyPairId"])  # older clients hide it
        self.ec2.delete_key_pair(KeyName="once")
        self.ec2.delete_key_pair(KeyPairId=first["KeyPairId"])
        self.refused("InvalidKeyPair.NotFound", self.ec2.describe_key_pairs, KeyNames=["once"])
        self.refused("InvalidKeyPair.NotFound", self.ec2.describe_key_pairs, KeyPairIds=[first["KeyPairId"]])
        again = self.ec2.create_key_pair(KeyName="once", KeyType="ed25519")
        self.assertNotEqual(again["KeyPairId"], first["KeyPairId"])
        self.ec2.delete_key_pair(KeyPairId=again["KeyPairId"])

    def test_filters_and_bad_parameters(self):
        one = self.ec2.create_key_pair(KeyName="filter-me", KeyType="ed25519")
        for name, value in (("key-name", "filter-*"), ("key-pair-id", one["KeyPairId"]),
                            ("fingerprint", one["KeyFingerprint"])):
            found = self.ec2.describe_key_pairs(Filters=[{"Name": name, "Values": [value]}])["KeyPairs"]
            self.assertEqual([k["KeyName"] for k in found], ["filter-me"])
            self.assertNotIn("PublicKey", found[0])
        said = self.refused("UnsupportedOperation", self.ec2.create_key_pair, KeyName="p", KeyFormat="ppk")
        self.assertIn("ppk", said)
        self.refused("InvalidParameterValue", self.ec2.create_key_pair, KeyName=" x")
        self.refused("DryRunOperation", self.ec2.create_key_pair, KeyName="dry", DryRun=True)
        self.refused("InvalidKeyPair.NotFound", self.ec2.describe_key_pairs, KeyNames=["dry"])

    def test_a_private_key_is_nowhere_in_the_data_or_the_log(self):
        made = self.ec2.create_key_pair(KeyName="secret")
        line = made["KeyMaterial"].splitlines()[5].encode()
        done = subprocess.run(["grep", "-rlF", line.decode(), self.server.data, self.server.log_path],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "")


class Pages(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.snapshot = cls.import_small_snapshot()
        cls.images = []
        for number in range(23):
            tags = [{"Key": "number", "Value": str(number)}, {"Key": "odd" if number % 2 else "even", "Value": "yes"}]
            cls.images.append(cls.ec2.register_image(
                Name=f"image {number}", RootDeviceName="/dev/sda1",
                BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"SnapshotId": cls.snapshot}}])["ImageId"])
            cls.ec2.create_tags(Resources=cls.images[-1:], Tags=tags)

    def paged(self, operation, key, size, **arguments):
        if not self.ec2.can_paginate(operation):  # an older boto3: it asks for all at once
            return getattr(self.ec2, operation)(**arguments)[key]
        pages = list(self.ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}, **arguments))
        for page in pages[:-1]:
            self.assertEqual(len(page[key]), size)
        return [item for page in pages for item in page[key]]

    def test_the_union_of_the_pages_is_the_whole_in_order(self):
        whole = self.ec2.describe_images(Owners=["self"])["Images"]
        self.assertEqual([i["ImageId"] for i in whole], sorted(self.images))
        for size in (5, 7, 23, 1000):
            self.assertEqual(self.paged("describe_images", "Images", size, Owners=["self"]), whole)

    def test_filters_come_before_pages(self):
        odd = [{"Name": "tag:odd", "Values": ["y*"]}]
        whole = self.ec2.describe_images(Filters=odd)["Images"]
        self.assertEqual(len(whole), 11)
        self.assertEqual(self.paged("describe_images", "Images", 5, Filters=odd), whole)

    def test_tags_of_all_kinds_come_in_pages(self):
        self.ec2.create_tags(Resources=[self.snapshot], Tags=[{"Key": str(k), "Value": "v"} for k in range(9)])
        key = self.ec2.create_key_pair(KeyName="tagged", KeyType="ed25519")["KeyPairId"]
        self.ec2.create_tags(Resources=[key], Tags=[{"Key": "a", "Value": "b"}])
        whole = self.ec2.describe_tags()["Tags"]
        self.assertEqual(len(whole), 46 + 9 + 1)
        self.assertEqual([(t["ResourceId"], t["Key"]) for t in whole],
                         sorted((t["ResourceId"], t["Key"]) for t in whole))
        for size in (5, 8, 56):
            self.assertEqual(self.paged("describe_tags", "Tags", size), whole)
        of_key = self.ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["key-pair"]}])["Tags"]
        self.assertEqual([(t["ResourceId"], t["ResourceType"]) for t in of_key], [(key, "key-pair")])

    def test_snapshots_come_in_pages(self):
        container = {"Format": "RAW", "UserBucket": {"S3Bucket": "small", "S3Key": "d.raw"}}
        task = self.ec2.import_image(DiskContainers=[container] * 12)["ImportTaskId"]

        def ask():
            return self.ec2.describe_import_image_tasks(ImportTaskIds=[task])["ImportImageTasks"][0].get("ImageId")
        image = harness.eventually(ask)
        whole = self.ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
        self.assertEqual(len(whole), 13)
        for size in (5, 6, 13):
            self.assertEqual(self.paged("describe_snapshots", "Snapshots", size, OwnerIds=["self"]), whole)
        self.ec2.deregister_image(ImageId=image)
        for snapshot in whole:
            if snapshot["SnapshotId"] != self.snapshot:
                self.ec2.delete_snapshot(SnapshotId=snapshot["SnapshotId"])

    def test_a_token_answers_only_its_own_question(self):
        first = self.ec2.describe_tags(MaxResults=5)
        self.refused("InvalidNextToken", self.ec2.describe_tags, NextToken=first["NextToken"], MaxResults=5,
                     Filters=[{"Name": "key", "Values": ["*"]}])
        self.refused("InvalidNextToken", self.ec2.describe_snapshots, NextToken=first["NextToken"])

    def test_ids_given_twice_or_in_any_order_come_once_in_order(self):
        some = [self.images[3], self.images[1], self.images[3]]
        found = self.ec2.describe_images(ImageIds=some)["Images"]
        self.assertEqual([i["ImageId"] for i in found], sorted(set(some)))

    def test_executable_users_are_those_with_explicit_permission_and_there_are_none(self):
        for user in ("self", "all", "111122223333"):
            self.assertEqual(self.ec2.describe_images(ExecutableUsers=[user])["Images"], [])
        self.refused("InvalidUserID.Malformed", self.ec2.describe_images, ExecutableUsers=["somebody"])
        self.assertEqual(self.ec2.describe_images(Owners=["amazon"])["Images"], [])

    def test_a_snapshot_is_in_use_as_long_as_one_image_uses_it(self):
        said = self.refused("InvalidSnapshot.InUse", self.ec2.delete_snapshot, SnapshotId=self.snapshot)
        self.assertIn("ami-", said)

    def test_kms_keys_are_refused_by_name(self):
        container = {"Format": "RAW", "UserBucket": {"S3Bucket": "small", "S3Key": "d.raw"}}
        for call, more in ((self.ec2.import_snapshot, {"DiskContainer": container}),
                           (self.ec2.import_image, {"DiskContainers": [container]})):
            self.refused("InvalidParameterDependency", call, KmsKeyId="alias/mine", **more)
            said = self.refused("InvalidKmsKeyId", call, KmsKeyId="alias/mine", Encrypted=True, **more)
            self.assertIn("alias/mine", said)
            self.refused("UnsupportedOperation", call, Encrypted=True, **more)
        self.assertEqual([t for t in self.ec2.describe_import_image_tasks()["ImportImageTasks"]
                          if t["Status"] != "completed"], [])


class Network(Case):
    def test_what_terraform_reads_of_the_default_network(self):
        vpc = self.ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"][0]
        for attribute, key in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames"),
                               ("enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics")):
            if attribute == "enableNetworkAddressUsageMetrics" and not self.newer():
                continue
            self.assertIn(key, self.ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=attribute))
        of_vpc = {"Name": "vpc-id", "Values": [vpc["VpcId"]]}
        table = self.ec2.describe_route_tables(
            Filters=[of_vpc, {"Name": "association.main", "Values": ["true"]}])["RouteTables"][0]
        gateway = self.ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"]
        self.assertEqual([r["GatewayId"] for r in table["Routes"]], ["local", gateway])
        acl = self.ec2.describe_network_acls(Filters=[of_vpc, {"Name": "default", "Values": ["true"]}])["NetworkAcls"][0]
        self.assertEqual(len(acl["Entries"]), 4)
        self.assertEqual(len(acl["Associations"]), 3)
        group = self.ec2.describe_security_groups(
            Filters=[of_vpc, {"Name": "group-name", "Values": ["default"]}])["SecurityGroups"][0]
        rules = self.ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [group["GroupId"]]}])["SecurityGroupRules"]
        self.assertEqual([r["IsEgress"] for r in rules], [False, True])
        options = self.ec2.describe_dhcp_options(DhcpOptionsIds=[vpc["DhcpOptionsId"]])["DhcpOptions"]
        self.assertEqual(len(options[0]["DhcpConfigurations"]), 2)
        self.refused("InvalidRouteTableID.NotFound", self.ec2.describe_route_tables,
                     RouteTableIds=["rtb-0123456789abcdef0"])

    def newer(self):
        shape = self.ec2.meta.service_model.shape_for("VpcAttributeName")
        return "enableNetworkAddressUsageMetrics" in shape.enum


class Instances(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.s3.create_bucket(Bucket="images")
        cls.s3.upload_file(f"{GUESTS}/mini.ova", "images", "mini.ova")
        task = cls.ec2.import_image(DiskContainers=[
            {"Format": "OVA", "UserBucket": {"S3Bucket": "images", "S3Key": "mini.ova"}}])["ImportTaskId"]

        def ask():
            found = cls.ec2.describe_import_image_tasks(ImportTaskIds=[task])["ImportImageTasks"][0]
            return found.get("ImageId")
        cls.image = harness.eventually(ask)

    def launch(self, **more):
        arguments = {"ImageId": self.image, "InstanceType": "t3.nano", "MinCount": 1, "MaxCount": 1, **more}
        made = self.ec2.run_instances(**arguments)["Instances"]
        self.addCleanup(self.terminate, *[i["InstanceId"] for i in made])
        return made if arguments["MaxCount"] > 1 else made[0]

    def terminate(self, *ids):
        for instance in ids:
            if self.state(instance) != "terminated":
                self.ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
        self.ec2.terminate_instances(InstanceIds=list(ids))
        self.ec2.get_waiter("instance_terminated").wait(InstanceIds=list(ids), WaiterConfig={"Delay": 1})

    def instance(self, instance_id):
        found = self.ec2.describe_instances(InstanceIds=[instance_id])
        return found["Reservations"][0]["Instances"][0]

    def state(self, instance_id):
        return self.instance(instance_id)["State"]["Name"]

    def wait(self, what, instance_id):
        self.ec2.get_waiter(what).wait(InstanceIds=[instance_id], WaiterConfig={"Delay": 1})

    def seed_of(self, instance_id):
        with open(os.path.join(self.server.data, "machines", instance_id, "seed.img"), "rb") as f:
            return f.read()

    def test_an_instance_has_volumes_an_interface_and_a_key_as_terraform_reads_them(self):
        key = self.ec2.create_key_pair(KeyName="login", KeyType="ed25519")
        public = self.ec2.describe_key_pairs(KeyNames=["login"], IncludePublicKey=True)["KeyPairs"][0]["PublicKey"]
        self.refused("InvalidKeyPair.NotFound", self.ec2.run_instances, ImageId=self.image, MinCount=1, MaxCount=1,
                     KeyName="no such key")
        made = self.launch(KeyName="login", DisableApiTermination=True, CreditSpecification={"CpuCredits": "standard"},
                           TagSpecifications=[{"ResourceType": t, "Tags": [{"Key": "kind", "Value": t}]}
                                              for t in ("instance", "volume", "network-interface")])
        instance = made["InstanceId"]
        self.wait("instance_running", instance)
        seen = self.instance(instance)
        self.assertEqual(seen["KeyName"], "login")
        self.assertIn(public.encode(), self.seed_of(instance))
        self.assertIn(seen["PrivateDnsName"].encode(), self.seed_of(instance))

        volume_id = seen["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
        volume = self.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
        self.assertEqual((volume["State"], volume["VolumeType"], volume["Iops"]), ("in-use", "gp3", 3000))
        self.assertEqual(volume["Tags"], [{"Key": "kind", "Value": "volume"}])
        attachment = volume["Attachments"][0]
        self.assertEqual((attachment["InstanceId"], attachment["Device"], attachment["State"]),
                         (instance, seen["RootDeviceName"], "attached"))
        self.assertTrue(attachment["DeleteOnTermination"])
        by_instance = self.ec2.describe_volumes(
            Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"]
        self.assertEqual([v["VolumeId"] for v in by_instance], [volume_id])
        self.ec2.get_waiter("volume_in_use").wait(VolumeIds=[volume_id])
        status = self.ec2.describe_volume_status(VolumeIds=[volume_id])["VolumeStatuses"][0]
        self.assertEqual(status["VolumeStatus"]["Status"], "ok")
        flag = self.ec2.describe_volume_attribute(VolumeId=volume_id, Attribute="autoEnableIO")
        self.assertFalse(flag["AutoEnableIO"]["Value"])
        with self.assertRaises(ClientError) as caught:
            self.ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)
        self.assertEqual(caught.exception.response["Error"]["Code"], "NotImplemented")

        nic = self.ec2.describe_network_interfaces(
            Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["NetworkInterfaces"][0]
        self.assertEqual(nic["NetworkInterfaceId"], seen["NetworkInterfaces"][0]["NetworkInterfaceId"])
        self.assertEqual(nic["PrivateIpAddress"], seen["PrivateIpAddress"])
        self.assertEqual(nic["TagSet"], [{"Key": "kind", "Value": "network-interface"}])
        credits = self.ec2.describe_instance_credit_specifications(InstanceIds=[instance])
        self.assertEqual(credits["InstanceCreditSpecifications"][0]["CpuCredits"], "standard")

        self.refused("OperationNotPermitted", self.ec2.terminate_instances, InstanceIds=[instance])
        self.terminate(instance)
        self.refused("InvalidVolume.NotFound", self.ec2.describe_volumes, VolumeIds=[volume_id])
        self.refused("InvalidNetworkInterfaceID.NotFound", self.ec2.describe_network_interfaces,
                     NetworkInterfaceIds=[nic["NetworkInterfaceId"]])
        self.assertFalse(os.path.exists(os.path.join(self.server.data, "machines", instance)))
        self.ec2.delete_key_pair(KeyPairId=key["KeyPairId"])

    def attribute(self, instance, name):
        answer = self.ec2.describe_instance_attribute(InstanceId=instance, Attribute=name)
        members = {k: v for k, v in answer.items() if k not in ("InstanceId", "ResponseMetadata")}
        self.assertEqual(answer["InstanceId"], instance)
        value = next(iter(members.values())) if members else {}
        return value.get("Value") if isinstance(value, dict) else value

    def test_every_attribute_is_described_and_the_changeable_ones_change(self):
        instance = self.launch(UserData="#!/bin/sh\necho one\n")["InstanceId"]
        shape = self.ec2.meta.service_model.shape_for("InstanceAttributeName")
        values = {name: self.attribute(instance, name) for name in shape.enum}
        self.assertEqual(values["instanceType"], "t3.nano")
        self.assertEqual(base64.b64decode(values["userData"]), b"#!/bin/sh\necho one\n")
        self.assertEqual((values["disableApiTermination"], values["sourceDestCheck"]), (False, True))
        self.assertEqual(values["instanceInitiatedShutdownBehavior"], "stop")
        self.assertEqual(len(values["blockDeviceMapping"]), 1)

        modify = self.ec2.modify_instance_attribute
        modify(InstanceId=instance, InstanceInitiatedShutdownBehavior={"Value": "terminate"})
        self.assertEqual(self.attribute(instance, "instanceInitiatedShutdownBehavior"), "terminate")
        modify(InstanceId=instance, Attribute="instanceInitiatedShutdownBehavior", Value="stop")
        self.wait("instance_running", instance)
        self.refused("IncorrectInstanceState", modify, InstanceId=instance, InstanceType={"Value": "t3.micro"})
        self.refused("IncorrectInstanceState", modify, InstanceId=instance, UserData={"Value": b"two"})
        self.refused("UnsupportedOperation", modify, InstanceId=instance, SourceDestCheck={"Value": False})
        modify(InstanceId=instance, SourceDestCheck={"Value": True})
        self.refused("InvalidParameterCombination", modify, InstanceId=instance, UserData={"Value": b"two"},
                     DisableApiTermination={"Value": True})

        self.ec2.stop_instances(InstanceIds=[instance], Force=True)
        self.wait("instance_stopped", instance)
        self.refused("InvalidParameterValue", modify, InstanceId=instance, InstanceType={"Value": "t3.huge"})
        modify(InstanceId=instance, InstanceType={"Value": "t3.micro"})
        modify(InstanceId=instance, UserData={"Value": b"#!/bin/sh\necho two\n"})
        self.assertEqual(base64.b64decode(self.attribute(instance, "userData")), b"#!/bin/sh\necho two\n")
        self.ec2.start_instances(InstanceIds=[instance])
        self.wait("instance_running", instance)
        self.assertEqual(self.instance(instance)["InstanceType"], "t3.micro")
        self.assertIn(b"echo two", self.seed_of(instance))
        self.assertNotIn(b"echo one", self.seed_of(instance))

    def test_addresses_never_collide_and_come_back_when_their_instance_ends(self):
        subnet = self.ec2.describe_subnets()["Subnets"][1]
        wanted = subnet["CidrBlock"].rsplit(".", 1)[0] + ".77"
        first = self.launch(SubnetId=subnet["SubnetId"], PrivateIpAddress=wanted)
        self.assertEqual(first["PrivateIpAddress"], wanted)
        self.refused("InvalidIPAddress.InUse", self.ec2.run_instances, ImageId=self.image, MinCount=1, MaxCount=1,
                     SubnetId=subnet["SubnetId"], PrivateIpAddress=wanted)
        self.refused("InvalidParameterValue", self.ec2.run_instances, ImageId=self.image, MinCount=1, MaxCount=1,
                     SubnetId=subnet["SubnetId"], PrivateIpAddress="10.0.0.9")
        others = self.launch(SubnetId=subnet["SubnetId"], MinCount=3, MaxCount=3)
        addresses = {i["PrivateIpAddress"] for i in others} | {wanted}
        self.assertEqual(len(addresses), 4)
        now = next(s for s in self.ec2.describe_subnets()["Subnets"] if s["SubnetId"] == subnet["SubnetId"])
        self.assertEqual(now["AvailableIpAddressCount"], subnet["AvailableIpAddressCount"] - 4)
        self.terminate(first["InstanceId"])
        again = self.launch(SubnetId=subnet["SubnetId"], PrivateIpAddress=wanted)
        self.assertEqual(again["PrivateIpAddress"], wanted)

    def test_what_a_launch_does_not_do_is_refused_by_name(self):
        device = self.ec2.describe_images(ImageIds=[self.image])["Images"][0]["RootDeviceName"]
        for code, ebs in (("UnsupportedOperation", {"DeleteOnTermination": False}),
                          ("InvalidKmsKeyId", {"Encrypted": True, "KmsKeyId": "alias/x"}),
                          ("UnsupportedOperation", {"Iops": 5000}), ("UnknownVolumeType", {"VolumeType": "io2"})):
            self.refused(code, self.ec2.run_instances, ImageId=self.image, MinCount=1, MaxCount=1,
                         BlockDeviceMappings=[{"DeviceName": device, "Ebs": ebs}])
        self.refused("UnsupportedOperation", self.ec2.run_instances, ImageId=self.image, MinCount=1, MaxCount=1,
                     NetworkInterfaces=[{"DeviceIndex": 0, "AssociatePublicIpAddress": True}])
        self.refused("InvalidParameterValue", self.ec2.run_instances, ImageId=self.image, MinCount=1, MaxCount=1,
                     TagSpecifications=[{"ResourceType": "image", "Tags": [{"Key": "a", "Value": "b"}]}])


if __name__ == "__main__":
    harness.own_processes()
    PROGRAM, GUESTS = sys.argv[1], sys.argv[2]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
