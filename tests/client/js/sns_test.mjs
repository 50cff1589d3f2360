// The JavaScript SDK's topics, and deliveries over HTTP that AWS's own sns-validator accepts.
// Usage: node sns_test.mjs    with LANDFALL_URL, NODE_EXTRA_CA_CERTS and the AWS_* variables of tests/client/harness.py
import assert from "node:assert/strict";
import { createVerify } from "node:crypto";
import { EventEmitter, on, once } from "node:events";
import { createServer } from "node:http";
import test from "node:test";
import {
  ConfirmSubscriptionCommand, CreateTopicCommand, DeleteTopicCommand, GetSubscriptionAttributesCommand,
  InvalidParameterException, ListSubscriptionsByTopicCommand, NotFoundException, PublishBatchCommand, PublishCommand,
  SNSClient, SubscribeCommand, UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import MessageValidator from "sns-validator";

const sns = new SNSClient({ endpoint: process.env.LANDFALL_URL, region: "us-east-1", maxAttempts: 2 });
const validator = new MessageValidator(/^127\.0\.0\.1:\d+$/);
const validated = (message) => new Promise((resolve, reject) =>
  validator.validate({ ...message }, (error, told) => (error ? reject(error) : resolve(told))));

async function topic(t, Name, Attributes = {}) {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name, Attributes }));
  t.after(() => sns.send(new DeleteTopicCommand({ TopicArn })));
  return TopicArn;
}

/** An HTTP endpoint; next(type) is the next message of that type, in the order of their arrival. */
async function endpoint(t) {
  const news = new EventEmitter();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    response.end();
    news.emit(request.headers["x-amz-sns-message-type"], { headers: request.headers, body });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const arrivals = {};
  for (const type of ["SubscriptionConfirmation", "Notification", "UnsubscribeConfirmation"])
    arrivals[type] = on(news, type);
  return {
    url: `http://127.0.0.1:${server.address().port}/in?a=b`,
    next: async (type) => (await arrivals[type].next()).value[0],
  };
}

async function subscribed(at, TopicArn, Attributes = {}) {
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: at.url, Attributes }));
  const asked = JSON.parse((await at.next("SubscriptionConfirmation")).body);
  const { SubscriptionArn } = await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: asked.Token }));
  return SubscriptionArn;
}

for (const version of ["1", "2"]) {
  test(`sns-validator accepts what version ${version} signs, and nothing else`, async (t) => {
    const TopicArn = await topic(t, `js-signed-${version}`, { SignatureVersion: version });
    const at = await endpoint(t);
    const pending = await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: at.url }));
    assert.equal(pending.SubscriptionArn, "pending confirmation");
    const confirmation = await validated(JSON.parse((await at.next("SubscriptionConfirmation")).body));
    assert.equal(confirmation.SignatureVersion, version);
    assert.match(confirmation.SigningCertURL, /^https:/);
    const { SubscriptionArn } = await sns.send(
      new ConfirmSubscriptionCommand({ TopicArn, Token: confirmation.Token }));

    const Message = "héllo \u{10000}\r\n\t\"quoted\" </>";
    const sent = await sns.send(new PublishCommand({
      TopicArn, Message, Subject: "a subject",
      MessageAttributes: { a: { DataType: "Number", StringValue: "1.5" } },
    }));
    const { headers, body } = await at.next("Notification");
    const notification = await validated(JSON.parse(body));
    assert.equal(notification.Message, Message);
    assert.equal(notification.MessageId, sent.MessageId);
    assert.equal(headers["x-amz-sns-subscription-arn"], SubscriptionArn);
    assert.deepEqual(notification.MessageAttributes, { a: { Type: "Number", Value: "1.5" } });
    for (const change of [{ Message: "other" }, { Subject: "other" }, { TopicArn: TopicArn + "x" }])
      await assert.rejects(validated({ ...notification, ...change }), /signature is invalid/);

    await fetch(notification.UnsubscribeURL);
    const farewell = JSON.parse((await at.next("UnsubscribeConfirmation")).body);
    await signedWithToken(farewell);
    await fetch(farewell.SubscribeURL);
    await sns.send(new PublishCommand({ TopicArn, Message: "again" }));
    assert.equal((await validated(JSON.parse((await at.next("Notification")).body))).Message, "again");
  });
}

/** sns-validator leaves the token of an UnsubscribeConfirmation out; AWS's documentation, and its Java SDK, sign it. */
async function signedWithToken(message) {
  const certificate = await (await fetch(message.SigningCertURL)).text();
  const verifier = createVerify(message.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256");
  for (const key of ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"])
    verifier.update(`${key}\n${message[key]}\n`, "utf8");
  assert(verifier.verify(certificate, message.Signature, "base64"));
}

test("a raw delivery is the text alone", async (t) => {
  const TopicArn = await topic(t, "js-raw");
  const at = await endpoint(t);
  await subscribed(at, TopicArn, { RawMessageDelivery: "true" });
  await sns.send(new PublishCommand({ TopicArn, Message: "{\"a\": 1}" }));
  const { headers, body } = await at.next("Notification");
  assert.equal(body, "{\"a\": 1}");
  assert.equal(headers["x-amz-sns-rawdelivery"], "true");
});

test("a content type of one's own reaches the endpoint", async (t) => {
  const TopicArn = await topic(t, "js-type");
  const at = await endpoint(t);
  await subscribed(at, TopicArn, {
    DeliveryPolicy: JSON.stringify({ requestPolicy: { headerContentType: "application/json" } }) });
  await sns.send(new PublishCommand({ TopicArn, Message: "m" }));
  assert.equal((await at.next("Notification")).headers["content-type"], "application/json");
});

test("batches, lists and errors are those that the SDK knows", async (t) => {
  const TopicArn = await topic(t, "js-batch");
  const at = await endpoint(t);
  const SubscriptionArn = await subscribed(at, TopicArn);
  const PublishBatchRequestEntries = [...Array(10).keys()].map((i) => ({ Id: `e${i}`, Message: `m${i}` }));
  const { Successful, Failed } = await sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
  assert.deepEqual(Successful.map((one) => one.Id), PublishBatchRequestEntries.map((one) => one.Id));
  assert.equal(Failed?.length ?? 0, 0);
  const got = [];
  while (got.length < 10) got.push(JSON.parse((await at.next("Notification")).body).Message);
  assert.deepEqual(got.sort(), PublishBatchRequestEntries.map((one) => one.Message));
  const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  assert.deepEqual(Subscriptions.map((one) => one.SubscriptionArn), [SubscriptionArn]);
  await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
  await assert.rejects(sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn })), NotFoundException);
  await assert.rejects(sns.send(new PublishCommand({ TopicArn, Message: "" })), InvalidParameterException);
  await assert.rejects(sns.send(new PublishCommand({ TopicArn: TopicArn + "-gone", Message: "m" })), NotFoundException);
});
