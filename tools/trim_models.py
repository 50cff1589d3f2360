#!/usr/bin/env python3
"""Trims the service models of botocore to what the wire layer interprets. Usage: trim_models.py [OUTPUT_DIR]

Takes, for every service, the model of the newest botocore found on this machine (the running Python's, Debian's, or any
named in LANDFALL_BOTOCORE, a list of .../botocore/data folders joined by ':'), drops prose, examples and endpoint rules,
keeps operations, reachable shapes, constraints and wire traits, and writes wire/models/<service>.json: one operation or
shape a line, so that a new AWS release reads well as a diff.

sqs has two faces. sqs.json is the newest model (JSON). sqs-query.json has exactly the same shapes and members in the
same order, so that both faces fill the same slots, and carries the traits of the last Query model (the 2022 botocore).
"""
import glob
import gzip
import json
import os
import re
import subprocess
import sys

# service -> (botocore folder)
SERVICES = {
    "sqs": "sqs", "sns": "sns", "s3": "s3", "ec2": "ec2", "ebs": "ebs", "dms": "dms", "drs": "drs", "backup": "backup",
    "elasticfilesystem": "efs", "rds": "rds", "sts": "sts", "iam": "iam", "dynamodb": "dynamodb",
}

# EC2 is trimmed to what moving, running and keeping machines needs; every other service is whole.
EC2_OPERATIONS = """
AllocateAddress AssociateAddress AssociateIamInstanceProfile AssociateRouteTable AttachInternetGateway
AttachNetworkInterface AttachVolume AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress
CancelConversionTask CancelExportTask CancelImportTask CopyImage CopySnapshot CopyVolumes CreateDefaultSubnet
CreateDefaultVpc CreateImage CreateInstanceExportTask CreateInternetGateway CreateKeyPair CreateLaunchTemplate
CreateLaunchTemplateVersion CreateNetworkInterface CreatePlacementGroup CreateReplaceRootVolumeTask
CreateRestoreImageTask CreateRoute CreateRouteTable CreateSecurityGroup CreateSnapshot CreateSnapshots
CreateStoreImageTask CreateSubnet CreateTags CreateVolume CreateVpc DeleteInternetGateway DeleteKeyPair
DeleteLaunchTemplate DeleteLaunchTemplateVersions DeleteNetworkInterface DeletePlacementGroup DeleteRoute
DeleteRouteTable DeleteSecurityGroup DeleteSnapshot DeleteSubnet DeleteTags DeleteVolume DeleteVpc DeregisterImage
DescribeAccountAttributes DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones
DescribeConversionTasks DescribeDhcpOptions DescribeExportImageTasks DescribeExportTasks DescribeFastSnapshotRestores
DescribeIamInstanceProfileAssociations DescribeIdFormat DescribeImageAttribute DescribeImages
DescribeImportImageTasks DescribeImportSnapshotTasks DescribeInstanceAttribute DescribeInstanceCreditSpecifications
DescribeInstanceStatus DescribeInstanceTopology DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInstances
DescribeInternetGateways DescribeKeyPairs DescribeLaunchTemplateVersions DescribeLaunchTemplates
DescribeLockedSnapshots DescribeManagedPrefixLists DescribeNatGateways DescribeNetworkAcls
DescribeNetworkInterfaceAttribute DescribeNetworkInterfaces DescribePlacementGroups DescribePrefixLists
DescribeRegions DescribeReplaceRootVolumeTasks DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups
DescribeSnapshotAttribute DescribeSnapshotTierStatus DescribeSnapshots DescribeSpotInstanceRequests
DescribeStoreImageTasks DescribeSubnets DescribeTags DescribeVolumeAttribute DescribeVolumeStatus DescribeVolumes
DescribeVolumesModifications DescribeVpcAttribute DescribeVpcClassicLink DescribeVpcClassicLinkDnsSupport
DescribeVpcEndpoints DescribeVpcPeeringConnections DescribeVpcs DetachInternetGateway DetachNetworkInterface
DetachVolume DisableEbsEncryptionByDefault DisableFastSnapshotRestores DisableImage DisableImageBlockPublicAccess
DisableImageDeprecation DisableImageDeregistrationProtection DisableSerialConsoleAccess
DisableSnapshotBlockPublicAccess DisassociateAddress DisassociateIamInstanceProfile DisassociateRouteTable
EnableEbsEncryptionByDefault EnableFastSnapshotRestores EnableImage EnableImageBlockPublicAccess
EnableImageDeprecation EnableImageDeregistrationProtection EnableSerialConsoleAccess
EnableSnapshotBlockPublicAccess EnableVolumeIO ExportImage GetConsoleOutput GetConsoleScreenshot
GetDefaultCreditSpecification GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault GetImageBlockPublicAccessState
GetInstanceMetadataDefaults GetInstanceTypesFromInstanceRequirements GetInstanceUefiData GetLaunchTemplateData
GetPasswordData GetSerialConsoleAccessStatus GetSnapshotBlockPublicAccessState ImportImage ImportInstance
ImportKeyPair ImportSnapshot ImportVolume ListImagesInRecycleBin ListSnapshotsInRecycleBin ListVolumesInRecycleBin
LockSnapshot ModifyDefaultCreditSpecification ModifyEbsDefaultKmsKeyId ModifyImageAttribute ModifyInstanceAttribute
ModifyInstanceCpuOptions ModifyInstanceCreditSpecification ModifyInstanceMaintenanceOptions
ModifyInstanceMetadataDefaults ModifyInstanceMetadataOptions ModifyInstancePlacement ModifyLaunchTemplate
ModifyNetworkInterfaceAttribute ModifySecurityGroupRules ModifySnapshotAttribute ModifySnapshotTier
ModifySubnetAttribute ModifyVolume ModifyVolumeAttribute ModifyVpcAttribute MonitorInstances RebootInstances
RegisterImage ReleaseAddress ReplaceIamInstanceProfileAssociation ReportInstanceStatus ResetEbsDefaultKmsKeyId
ResetImageAttribute ResetInstanceAttribute ResetSnapshotAttribute RestoreImageFromRecycleBin
RestoreSnapshotFromRecycleBin RestoreSnapshotTier RestoreVolumeFromRecycleBin RevokeSecurityGroupEgress
RevokeSecurityGroupIngress RunInstances SendDiagnosticInterrupt StartInstances StopInstances TerminateInstances
UnlockSnapshot UnmonitorInstances UpdateSecurityGroupRuleDescriptionsEgress
UpdateSecurityGroupRuleDescriptionsIngress
""".split()

# What S3 does and no botocore says: an upload by an HTML form is not made by an SDK.
S3_ADDED = {
    "operations": {
        "PostObject": {"name": "PostObject", "http": {"method": "POST", "requestUri": "/{Bucket}"},
                       "input": {"shape": "PostObjectRequest"}, "output": {"shape": "PostObjectOutput"}},
    },
    "shapes": {
        "PostObjectOutput": {"type": "structure", "members": {
            "Document": {"shape": "Body"},
            "Status": {"shape": "PostObjectStatus", "location": "statusCode"},
            "Location": {"shape": "Location", "location": "header", "locationName": "Location"},
            "ETag": {"shape": "ETag", "location": "header", "locationName": "ETag"},
            "ContentType": {"shape": "ContentType", "location": "header", "locationName": "Content-Type"}},
            "payload": "Document"},
        "PostObjectRequest": {"type": "structure", "required": ["Bucket"], "members": {
            "Body": {"shape": "Body", "streaming": True},
            "Bucket": {"shape": "BucketName", "contextParam": {"name": "Bucket"}, "location": "uri",
                       "locationName": "Bucket"},
            "ContentType": {"shape": "ContentType", "location": "header", "locationName": "Content-Type"}},
            "payload": "Body"},
        "PostObjectStatus": {"type": "integer"},
    },
}

DROPPED_OPERATION = {"documentation", "documentationUrl", "deprecatedMessage", "endpointdiscovery", "endpointoperation",
                     "operationContextParams", "auth", "examples"}
DROPPED_MEMBER = {"documentation", "deprecatedMessage", "deprecatedSince"}


def versions():
    """Every botocore data folder of this machine with its version, newest first."""
    found = {}
    for python in ("python3", "/usr/bin/python3"):
        ask = "import botocore,os;print(botocore.__version__, os.path.join(os.path.dirname(botocore.__file__),'data'))"
        try:
            out = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
            found[out[1]] = out[0]
        except (OSError, subprocess.CalledProcessError, IndexError):
            continue
    for folder in filter(None, os.environ.get("LANDFALL_BOTOCORE", "").split(":")):
        with open(os.path.join(folder, "..", "__init__.py"), encoding="utf-8") as f:
            found[folder] = re.search(r"__version__ = '([^']+)'", f.read())[1]
    number = lambda item: tuple(int(n) for n in re.findall(r"\d+", item[1])[:3])
    return sorted(found.items(), key=number, reverse=True)


def load(folder, service):
    paths = sorted(glob.glob(os.path.join(folder, service, "*", "service-2.json*")))
    if not paths:
        raise SystemExit(f"no model of {service} in {folder}")
    opener = gzip.open if paths[-1].endswith(".gz") else open
    with opener(paths[-1], "rt", encoding="utf-8") as f:
        return json.load(f)


def trimmed_shape(shape):
    kept = {k: v for k, v in shape.items() if k not in DROPPED_MEMBER}
    if "members" in kept:
        kept["members"] = {name: {k: v for k, v in m.items() if k not in DROPPED_MEMBER}
                           for name, m in kept["members"].items()}
    for part in ("member", "key", "value"):
        if part in kept:
            kept[part] = {k: v for k, v in kept[part].items() if k not in DROPPED_MEMBER}
    return kept


def targets(shape):
    for member in shape.get("members", {}).values():
        yield member["shape"]
    for part in ("member", "key", "value"):
        if part in shape:
            yield shape[part]["shape"]


def trim(model, keep):
    operations, reached = {}, set()
    for name in sorted(model["operations"]):
        if keep is not None and name not in keep:
            continue
        operation = {k: v for k, v in model["operations"][name].items() if k not in DROPPED_OPERATION}
        if "errors" in operation:
            operation["errors"] = [{"shape": e["shape"]} for e in operation["errors"]]
        for part in ("input", "output"):
            if part in operation:
                operation[part].pop("documentation", None)
                reached.add(operation[part]["shape"])
        reached.update(e["shape"] for e in operation.get("errors", []))
        operations[name] = operation
    reached.update(n for n, s in model["shapes"].items() if s.get("exception"))
    todo = list(reached)
    while todo:
        for target in targets(model["shapes"][todo.pop()]):
            if target not in reached:
                reached.add(target)
                todo.append(target)
    shapes = {name: trimmed_shape(model["shapes"][name]) for name in sorted(reached)}
    return {"version": "2.0", "metadata": model["metadata"], "operations": operations, "shapes": shapes}


def with_added(model, added):
    return {**model, **{part: dict(sorted({**model[part], **added[part]}.items())) for part in added}}


def with_query_traits(new, old):
    """The newest sqs with the Query traits of the old one: same shapes, same members, same order."""
    face = json.loads(json.dumps(new))
    face["metadata"] = old["metadata"]
    for name, operation in face["operations"].items():
        if "output" in operation:
            operation["output"]["resultWrapper"] = name + "Result"
    for name, shape in face["shapes"].items():
        before = old["shapes"].get(name)
        if before is None:
            continue
        for part in ("member", "key", "value"):
            if part in shape and part in before:
                shape[part] = {**before[part], "shape": shape[part]["shape"]}
        for member, traits in shape.get("members", {}).items():
            if member in before.get("members", {}):
                shape["members"][member] = {**before["members"][member], "shape": traits["shape"]}
        for trait in ("flattened", "locationName", "error"):
            if trait in before:
                shape[trait] = before[trait]
    # The one member that is newer than the Query model and not named like its siblings.
    receive = face["shapes"]["ReceiveMessageRequest"]["members"]
    receive["MessageSystemAttributeNames"]["locationName"] = "MessageSystemAttributeName"
    return {**face, "shapes": {n: trimmed_shape(s) for n, s in face["shapes"].items()}}


def write(path, model):
    compact = lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    block = lambda items: ",\n".join(f"{compact(k)}:{compact(v)}" for k, v in items.items())
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'{{"version":"2.0","metadata":{compact(model["metadata"])},\n'
                f'"operations":{{\n{block(model["operations"])}}},\n'
                f'"shapes":{{\n{block(model["shapes"])}}}}}\n')
    print(f"{path}: {len(model['operations'])} operations, {len(model['shapes'])} shapes, "
          f"{os.path.getsize(path) // 1024} KiB")


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "wire", "models")
    found = versions()
    newest = found[0][0]
    print("models of botocore", found[0][1])
    trimmed = {name: trim(load(newest, folder), EC2_OPERATIONS if name == "ec2" else None)
               for name, folder in SERVICES.items()}
    trimmed["s3"] = with_added(trimmed["s3"], S3_ADDED)
    query = next((load(folder, "sqs") for folder, _ in found
                  if load(folder, "sqs")["metadata"]["protocol"] == "query"), None)
    if query is None:
        raise SystemExit("no botocore here still has the Query model of sqs (Debian 12's python3-botocore does)")
    trimmed["sqs-query"] = with_query_traits(trimmed["sqs"], query)
    for name, model in trimmed.items():
        write(os.path.join(out, name + ".json"), model)
    missing = set(EC2_OPERATIONS) - set(trimmed["ec2"]["operations"])
    if missing:
        raise SystemExit("ec2 has no " + " ".join(sorted(missing)))


if __name__ == "__main__":
    main()
