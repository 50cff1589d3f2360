// The JavaScript SDK's queues and sqs-consumer against a real server. The SDK verifies the digests of bodies itself.
// Usage: node sqs_test.mjs    with LANDFALL_URL and the AWS_* variables of tests/client/harness.py
import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import {
  ChangeMessageVisibilityBatchCommand, CreateQueueCommand, DeleteMessageBatchCommand, DeleteMessageCommand,
  DeleteQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand, QueueDoesNotExist, ReceiveMessageCommand,
  SendMessageBatchCommand, SendMessageCommand, SQSClient,
} from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";

const sqs = new SQSClient({ endpoint: process.env.LANDFALL_URL, region: "us-east-1", maxAttempts: 2 });

async function queue(t, QueueName, Attributes = {}) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  t.after(() => sqs.send(new DeleteQueueCommand({ QueueUrl })));
  return QueueUrl;
}

test("a message goes through with its attributes, and the digests hold", async (t) => {
  const QueueUrl = await queue(t, "js-plain");
  const MessageAttributes = {
    text: { DataType: "String", StringValue: "<&>\"é" },
    bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255, 16]) },
    number: { DataType: "Number", StringValue: "99.12" },
  };
  const sent = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "héllo \u{10000}", MessageAttributes }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl, WaitTimeSeconds: 5, MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] }));
  assert.equal(Messages[0].Body, "héllo \u{10000}");
  assert.equal(Messages[0].MessageId, sent.MessageId);
  assert.deepEqual(Messages[0].MessageAttributes, MessageAttributes);
  assert.equal(Messages[0].MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  assert.equal(Messages[0].Attributes.ApproximateReceiveCount, "1");
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle }));
});

test("an error is the exception that the SDK knows, with its code of the Query days", async () => {
  await assert.rejects(sqs.send(new GetQueueUrlCommand({ QueueName: "nowhere" })), (error) => {
    assert(error instanceof QueueDoesNotExist, error.constructor.name);
    assert.equal(error.message, "The specified queue does not exist.");
    assert.equal(error.Code ?? error.name, "AWS.SimpleQueueService.NonExistentQueue");
    return true;
  });
});

test("batches say what became of each entry", async (t) => {
  const QueueUrl = await queue(t, "js-batch");
  const Entries = [...Array(10).keys()].map((i) => ({ Id: `e${i}`, MessageBody: `body ${i}` }));
  const sent = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  assert.equal(sent.Successful.length, 10);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 5 }));
  const handles = Messages.map(({ ReceiptHandle }, i) => ({ Id: `e${i}`, ReceiptHandle }));
  const changed = await sqs.send(new ChangeMessageVisibilityBatchCommand({
    QueueUrl, Entries: handles.map((e) => ({ ...e, VisibilityTimeout: 60 })) }));
  assert.equal(changed.Successful.length, Messages.length);
  const gone = await sqs.send(new DeleteMessageBatchCommand({
    QueueUrl, Entries: [...handles.slice(0, 9), { Id: "bad", ReceiptHandle: "garbage" }] }));
  assert.deepEqual(gone.Failed.map((f) => [f.Id, f.Code, f.SenderFault]), [["bad", "ReceiptHandleIsInvalid", true]]);
});

test("sqs-consumer works a fifo queue off, in order", async (t) => {
  const QueueUrl = await queue(t, "js-consumer.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" });
  const wanted = [...Array(30).keys()].map(String);
  for (const MessageBody of wanted)
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: "g" }));
  const got = [];
  const consumer = Consumer.create({
    queueUrl: QueueUrl, sqs, batchSize: 10, waitTimeSeconds: 2, suppressFifoWarning: true,
    handleMessageBatch: async (messages) => {
      got.push(...messages.map((m) => m.Body));
      return messages;
    },
  });
  // Behind the deletes of what was received.
  consumer.on("response_processed", () => {
    if (got.length >= wanted.length) consumer.stop();
  });
  const failed = once(consumer, "error").then(([error]) => { throw error; });
  consumer.start();
  await Promise.race([once(consumer, "stopped"), failed]);
  assert.deepEqual(got, wanted);
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  assert.equal(Attributes.ApproximateNumberOfMessages, "0");
  assert.equal(Attributes.ApproximateNumberOfMessagesNotVisible, "0");
});
