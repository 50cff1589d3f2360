"""The models of this repository for clients that are older than them: Debian's boto3 and aws CLI know DMS as of 2022.

    with newer_models.Folder("dms", "2016-01-01") as models:
        models.boto3_client(server, "dms")        # Debian's code, the model of wire/models
        models.run_aws(server, "dms", "describe-data-providers")

A client reads them as its user may add any model: from AWS_DATA_PATH. Waiters are added as AWS's newer clients have
them, polled every second.
"""
import json
import os
import shutil
import subprocess
import tempfile

MODELS = os.path.join(os.path.dirname(__file__), "..", "..", "wire", "models")

# Of botocore 1.43: waiter, the operation that it asks, the state of every request that ends it well.
DMS_WAITERS = [
    ("MetadataModelImported", "DescribeMetadataModelImports", "SUCCESS"),
    ("MetadataModelAssessed", "DescribeMetadataModelAssessments", "SUCCESS"),
    ("MetadataModelConverted", "DescribeMetadataModelConversions", "SUCCESS"),
    ("MetadataModelExportedAsScript", "DescribeMetadataModelExportsAsScript", "SUCCESS"),
    ("MetadataModelExportedToTarget", "DescribeMetadataModelExportsToTarget", "SUCCESS"),
    ("MetadataModelCreated", "DescribeMetadataModelCreations", "SUCCESS"),
    ("ExtensionPackAssociated", "DescribeExtensionPackAssociations", "SUCCESS"),
    ("MetadataModelConversionCancelled", "DescribeMetadataModelConversions", "CANCELED"),
]


def waiters(delay):
    made = {}
    for name, operation, success in DMS_WAITERS:
        accept = [{"argument": "Requests[].Status", "expected": success, "matcher": "pathAll", "state": "success"},
                  {"argument": "Requests[].Status", "expected": "FAILED", "matcher": "pathAny", "state": "failure"}]
        made[name] = {"acceptors": accept, "delay": delay, "maxAttempts": 120, "operation": operation}
    return {"version": 2, "waiters": made}


class Folder:
    def __init__(self, service, version):
        self.path = tempfile.mkdtemp(prefix="landfall-models-")
        inner = os.path.join(self.path, service, version)
        os.makedirs(inner)
        shutil.copy(os.path.join(MODELS, service + ".json"), os.path.join(inner, "service-2.json"))
        with open(os.path.join(inner, "waiters-2.json"), "w", encoding="utf-8") as f:
            json.dump(waiters(1), f)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def boto3_client(self, server, service, **options):
        before = os.environ.get("AWS_DATA_PATH")
        os.environ["AWS_DATA_PATH"] = self.path
        try:
            return server.boto3_client(service, **options)
        finally:
            if before is None:
                del os.environ["AWS_DATA_PATH"]
            else:
                os.environ["AWS_DATA_PATH"] = before

    def run_aws(self, server, *arguments, check=True):
        """Parsed JSON (or text); with check=False the completed process."""
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", server.url, *arguments], capture_output=True, text=True,
                              timeout=600, check=False, env={**server.environment(), "AWS_DATA_PATH": self.path})
        if not check:
            return done
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments)}\n{done.stderr}\n{server.tail_of_log()}")
        text = done.stdout.strip()
        return json.loads(text) if text.startswith(("{", "[")) else done.stdout
