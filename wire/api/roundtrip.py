#!/usr/bin/env python3
"""Every operation of every service, full synthetic input and output, through boto3. Usage: roundtrip.py PORT MODELS_DIR

Run by the test program wire_api_test, whose echo server understands requests and serialises replies with the wire
layer. Debian's botocore is given our models by a data path (sqs stays its own: the Query face); a newer one speaks its own.
"""
import base64
import datetime
import http.client
import json
import os
import shutil
import sys
import tempfile

try:
    import boto3
    import botocore
    import botocore.exceptions
    import botocore.session
    from botocore.config import Config
except ImportError:
    sys.exit(77)

SERVICES = ["sqs", "sns", "s3", "ec2", "ebs", "dms", "drs", "backup", "efs", "rds", "sts", "iam", "dynamodb"]
MODEL_FILES = {"efs": "elasticfilesystem"}
# Why an operation cannot be tried, not that it fails.
UNTRIED = {"s3.SelectObjectContent": "its reply is an event stream",
           "s3.WriteGetObjectResponse": "a client of AWS Lambda, its host is prefixed",
           "s3.ListDirectoryBuckets": "directory buckets: the client goes to another endpoint",
           "s3.CreateSession": "directory buckets: the client goes to another endpoint",
           "s3.GetBucketLifecycle": "deprecated twin with the URI of GetBucketLifecycleConfiguration",
           "s3.PutBucketLifecycle": "deprecated twin with the URI of PutBucketLifecycleConfiguration",
           "s3.GetBucketNotification": "deprecated twin with the URI of GetBucketNotificationConfiguration",
           "s3.PutBucketNotification": "deprecated twin with the URI of PutBucketNotificationConfiguration"}
# Members that boto3 itself consumes, rewrites or fills.
CLIENT_ONLY = {"rds": {"SourceRegion", "PreSignedUrl"}, "ec2": {"UserData", "PresignedUrl", "DestinationRegion"},
               "s3": {"SSECustomerKey", "SSECustomerKeyMD5", "CopySource", "CopySourceSSECustomerKey",
                      "CopySourceSSECustomerKeyMD5", "ContentMD5", "ChecksumAlgorithm", "ContentLength", "MFA",
                      "EncodingType", "Expires"}}
# Reply members that boto3 rewrites after parsing.
REWRITTEN = {"s3": {"EncodingType", "Expires", "ExpiresString"}, "ec2": {"Output"},
             "iam": {"AssumeRolePolicyDocument", "PolicyDocument", "Document"}}
LEGACY = {}  # SQS: shape -> code of the Query days
WHEN = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)


class Synthesis:
    """A full value of a shape: every member, two items a list, awkward text, integers beyond 2^53."""

    def __init__(self, service, skip, turn=0):
        self.service, self.skip, self.turn = service, skip, turn

    def value(self, shape, path=(), where=None):
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, path)
        if kind == "list":
            if path.count(shape.name) > 0:
                return None
            item = self.value(shape.member, path + (shape.name,), where)
            low, high = shape.metadata.get("min", 1), shape.metadata.get("max", 2)
            if item is None:
                return None
            return [item for _ in range(max(min(2, high), min(low, 20), 1))]
        if kind == "map":
            if path.count(shape.name) > 0:
                return None
            key, value = self.value(shape.key, path, where), self.value(shape.value, path + (shape.name,), where)
            if value is None:
                return None
            return {(key.lower().replace("_", "-") if where == "headers" else key): value}
        return self.scalar(shape, path, where)

    def structure(self, shape, path):
        if path.count(shape.name) > 0:
            return None
        out = {}
        members = list(shape.members.items())
        if getattr(shape, "is_tagged_union", False):
            members = [members[self.turn % len(members)]]
        for name, member in members:
            if name in self.skip or getattr(member, "is_eventstream", False) or member.metadata.get("eventstream"):
                continue
            value = self.value(member, path + (shape.name,), member.serialization.get("location"))
            if value is not None:
                out[name] = value
        return out

    def scalar(self, shape, path, where):
        kind, meta = shape.type_name, shape.metadata
        if kind in ("string", "character"):
            return self.text(shape, meta, where)
        if kind == "blob":
            blob = b"\x00\xff blob \xc3\xa9"
            return blob
        if kind == "boolean":
            return True
        if kind == "timestamp":
            return WHEN
        if kind in ("double", "float"):
            return float(meta.get("min", 0)) + 0.5 if "max" not in meta else float(meta["max"])
        low = meta.get("min", 1)
        high = meta.get("max", 2**31 - 1 if kind == "integer" else 2**53 + 1)
        return int(min(high, 2**31 - 1 if kind == "integer" else 2**53 + 1)) if high >= low else int(low)

    def text(self, shape, meta, where):
        if getattr(shape, "enum", None):
            return shape.enum[self.turn % len(shape.enum)]
        if where in ("header", "headers"):
            text = "plain-text_1"
        elif where == "uri":
            text = "a b+c/é:%25"
        else:
            text = "aé<&>\"'/ %25+=\\ \n\t z"
        low, high = int(meta.get("min", 0) or 0), int(meta.get("max", 64) or 64)
        text = text[:high] if high < len(text) else text
        return text + "x" * max(0, min(low, 5000) - len(text))


def plain(value):
    """As the echo server writes it: kPlainJson."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if hasattr(value, "read"):
        return base64.b64encode(value.read()).decode()
    return value


def difference(want, have, path=""):
    """The first place where `have` lacks or changes something of `want`; None where all is there."""
    if isinstance(want, dict) and isinstance(have, dict):
        for key in want:
            if key not in have:
                return f"{path}.{key}: missing"
            found = difference(want[key], have[key], f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(want, list) and isinstance(have, list):
        if len(want) != len(have):
            return f"{path}: {len(want)} items became {len(have)}"
        for i, (a, b) in enumerate(zip(want, have)):
            found = difference(a, b, f"{path}[{i}]")
            if found:
                return found
        return None
    if isinstance(want, float) and isinstance(have, (int, float)):
        return None if abs(want - have) < 1e-9 * max(1, abs(want)) else f"{path}: {want} became {have}"
    return None if want == have else f"{path}: {str(want)[:80]!r} became {str(have)[:80]!r}"


def without(value, names):
    if isinstance(value, dict):
        return {k: without(v, names) for k, v in value.items() if k not in names}
    if isinstance(value, list):
        return [without(v, names) for v in value]
    return value


class Client:
    def __init__(self, port, models):
        self.port = port
        self.side = http.client.HTTPConnection("127.0.0.1", port)
        self.old = tuple(int(n) for n in botocore.__version__.split(".")[:2]) < (1, 31)
        self.session = botocore.session.Session()
        self.session.set_credentials("AKIDEXAMPLE", "secret")
        if self.old:
            self.session.get_component("data_loader").search_paths.insert(0, self.data_path(models))

    def data_path(self, models):
        self.folder = tempfile.mkdtemp(prefix="landfall-models-")
        for service in SERVICES:
            if service == "sqs":
                continue
            source = os.path.join(models, MODEL_FILES.get(service, service) + ".json")
            with open(source, encoding="utf-8") as f:
                version = json.load(f)["metadata"]["apiVersion"]
            os.makedirs(os.path.join(self.folder, service, version))
            shutil.copy(source, os.path.join(self.folder, service, version, "service-2.json"))
        return self.folder

    def close(self):
        if self.old:
            shutil.rmtree(self.folder)

    def ask(self, method, path, body=None):
        self.side.request(method, path, body)
        return self.side.getresponse().read()

    def client(self, service):
        options = {"parameter_validation": False, "retries": {"total_max_attempts": 1}, "read_timeout": 20}
        if service == "s3":
            options["s3"] = {"addressing_style": "path"}
            if not self.old:
                options["request_checksum_calculation"] = options["response_checksum_validation"] = "when_required"
        return self.session.create_client(service, "us-east-1", endpoint_url=f"http://127.0.0.1:{self.port}",
                                          config=Config(**options))

    def inputs_of(self, service, model, turn):
        if model.input_shape is None:
            return {}
        values = Synthesis(service, CLIENT_ONLY.get(service, set()), turn).value(model.input_shape)
        for name in values:
            if service == "s3" and name == "Bucket":
                values[name] = "test-bucket"
            if service == "s3" and name in ("CopySource", "RenameSource"):
                values[name] = "other-bucket/key"
        if service == "s3" and "CopySource" in model.input_shape.members:
            values["CopySource"] = "other-bucket/key"
        if service == "s3" and "AccountId" in values:
            values["AccountId"] = "000000000000"
        return values

    def outputs_of(self, service, model, turn):
        if model.output_shape is None:
            return {}
        values = Synthesis(service, REWRITTEN.get(service, set()), turn).value(model.output_shape)
        for name, member in model.output_shape.members.items():
            where = member.serialization.get("location")
            if where == "statusCode":
                values[name] = model.http.get("responseCode", 200)
            if service == "s3" and name in ("ContentLength", "ContentEncoding"):
                values.pop(name, None)
        return values

    def attempt(self, service, client, name, turn=0):
        """None, or what went wrong."""
        model = client.meta.service_model.operation_model(name)
        given, answer = self.inputs_of(service, model, turn), self.outputs_of(service, model, turn)
        self.ask("POST", "/landfall/next", json.dumps(plain(answer)))
        try:
            got = client._make_api_call(name, dict(given))
        except Exception as e:  # noqa: BLE001: whatever boto3 raises is a finding
            return f"{type(e).__name__}: {str(e)[:300]}"
        got.pop("ResponseMetadata", None)
        last = json.loads(self.ask("GET", "/landfall/last"))
        if not last or last["operation"] != name:
            return f"routed to {last and last['operation']}"
        if service == "sqs" and (last["face"] == "sqs-query") != self.old:
            return f"taken for {last['face']}"
        ignored = CLIENT_ONLY.get(service, set())
        found = difference(without(plain(given), ignored), last["input"], "input")
        rewritten = REWRITTEN.get(service, set())
        return found or difference(without(plain(answer), rewritten), plain(got), "output")


    def refused(self, service, client, name, shape):
        """None where boto3 tells the modelled error with its code, its status and our message."""
        model = client.meta.service_model.operation_model(name)
        self.ask("POST", "/landfall/fail", shape.name)
        try:
            client._make_api_call(name, self.inputs_of(service, model, 0))
        except botocore.exceptions.ClientError as e:
            told, status = e.response["Error"], e.response["ResponseMetadata"]["HTTPStatusCode"]
        else:
            return "no error was raised"
        # A client that knows awsQueryCompatible is told the code of the Query days.
        code = LEGACY.get(shape.name, shape.name) if service == "sqs" else shape.name
        if client.meta.service_model.metadata["protocol"] in ("query", "ec2", "rest-xml"):
            code = shape.metadata.get("error", {}).get("code", code)
        wanted = shape.metadata.get("error", {}).get("httpStatusCode", status)
        if told.get("Code") != code:
            return f"{code} became {told.get('Code')}"
        if status != wanted and service != "sqs":
            return f"status {wanted} became {status}"
        return None if told.get("Message") == "told so" else f"the message became {told.get('Message')!r}"


def try_errors(client, service, api, failures):
    """How many modelled errors come through, each by an operation that declares it where one does."""
    model = api.meta.service_model
    declared = {e.name: name for name in model.operation_names for e in model.operation_model(name).error_shapes
                if f"{service}.{name}" not in UNTRIED and model.operation_model(name).http["method"] != "HEAD"}
    good = 0
    for shape in model.error_shapes:
        if shape.name not in declared:
            continue
        wrong = client.refused(service, api, declared[shape.name], shape)
        good += wrong is None
        if wrong:
            failures.append(f"{service} error {shape.name}: {wrong}")
    return good


def main():
    port, models = int(sys.argv[1]), sys.argv[2]
    client = Client(port, models)
    if not client.old and botocore.__file__.startswith("/usr/lib/python3/"):
        sys.exit(77)
    total = passed = untried = errors = 0
    with open(os.path.join(models, "overlay", "sqs.json"), encoding="utf-8") as f:
        LEGACY.update(json.load(f)["query_codes"])
    failures = []
    for service in SERVICES:
        api = client.client(service)
        with open(os.path.join(models, MODEL_FILES.get(service, service) + ".json"), encoding="utf-8") as f:
            ours = json.load(f)["operations"]
        names = [n for n in api.meta.service_model.operation_names if n in ours]
        good = 0
        for name in names:
            if f"{service}.{name}" in UNTRIED:
                untried += 1
                continue
            # The second turn takes other enum values and other members of unions.
            wrong = client.attempt(service, api, name) or client.attempt(service, api, name, turn=1)
            good += wrong is None
            if wrong:
                failures.append(f"{service}.{name}: {wrong}")
        total, passed = total + len(names), passed + good
        errors += try_errors(client, service, api, failures)
        print(f"  {service:10} {good} of {len(names)}")
    print(f"botocore {botocore.__version__}: {passed} of {total} operations round-trip, {untried} untried, "
          f"{errors} modelled errors come through, {len(failures)} failures")
    for line in failures[:int(os.environ.get("LANDFALL_FAILURES", "40"))]:
        print("  " + line)
    client.close()
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
