// The JavaScript SDK against a real server: S3 objects of every way to send a body, EC2's describes, STS.
// Usage: node sdk_test.mjs    with LANDFALL_URL and the AWS_* variables of tests/client/harness.py
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import test from "node:test";
import { DescribeImagesCommand, DescribeRegionsCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateBucketCommand, DeleteBucketCommand, DeleteObjectCommand, DeleteObjectsCommand, GetObjectCommand,
  HeadObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { Upload } from "@aws-sdk/lib-storage";

const endpoint = process.env.LANDFALL_URL;
const options = { endpoint, region: "us-east-1", maxAttempts: 2 };
const s3 = new S3Client({ ...options, forcePathStyle: true });
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const bodyOf = async (answer) => Buffer.from(await answer.Body.transformToByteArray());

test("sts tells who is calling", async () => {
  const who = await new STSClient(options).send(new GetCallerIdentityCommand({}));
  assert.equal(who.Account, "000000000000");
  assert.match(who.Arn, /^arn:aws:(iam|sts)::000000000000:/);
});

test("s3 objects: buffers, streams, ranges, batches", async (t) => {
  const Bucket = `js-${process.pid}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  t.after(async () => {
    const listed = await s3.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key } of listed.Contents ?? []) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
  });

  const small = randomBytes(10_000);
  await s3.send(new PutObjectCommand({ Bucket, Key: "a b+c/é", Body: small, Metadata: { who: "me" } }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: "a b+c/é", ChecksumMode: "ENABLED" }));
  assert.equal(sha256(await bodyOf(got)), sha256(small));
  assert.equal(got.Metadata.who, "me");
  assert.ok(got.ChecksumCRC32, "the checksum that the SDK sent comes back");

  // A stream of known length goes out as aws-chunked with a trailing checksum, over plain HTTP too.
  const streamed = randomBytes(300_000);
  await s3.send(new PutObjectCommand({
    Bucket, Key: "streamed", Body: Readable.from([streamed.subarray(0, 100), streamed.subarray(100)]),
    ContentLength: streamed.length,
  }));
  const back = await s3.send(new GetObjectCommand({ Bucket, Key: "streamed" }));
  assert.equal(sha256(await bodyOf(back)), sha256(streamed));
  assert.notEqual(back.ContentEncoding, "aws-chunked");

  const part = await s3.send(new GetObjectCommand({ Bucket, Key: "streamed", Range: "bytes=1000-1999" }));
  assert.deepEqual(await bodyOf(part), streamed.subarray(1000, 2000));

  const large = randomBytes(12 << 20);
  await new Upload({ client: s3, params: { Bucket, Key: "large", Body: Readable.from([large]) }, partSize: 5 << 20 }).done();
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "large" }));
  assert.equal(head.ContentLength, large.length);
  assert.match(head.ETag, /-3"$/);
  assert.equal(sha256(await bodyOf(await s3.send(new GetObjectCommand({ Bucket, Key: "large" })))), sha256(large));

  const gone = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "large" }, { Key: "x" }] } }));
  assert.equal(gone.Deleted.length, 2);
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: "large" })), { name: "NoSuchKey" });
});

test("ec2 answers typed values and typed errors", async () => {
  const ec2 = new EC2Client(options);
  const regions = await ec2.send(new DescribeRegionsCommand({}));
  assert.ok(regions.Regions.some((r) => r.RegionName === "us-east-1"));
  const vpcs = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }));
  assert.equal(vpcs.Vpcs[0].IsDefault, true);
  await assert.rejects(ec2.send(new DescribeImagesCommand({ ImageIds: ["ami-0123456789abcdef0"] })),
    { name: "InvalidAMIID.NotFound" });
});
