#!/usr/bin/python3
"""The messaging step of ./demo, with Debian's boto3: one topic fans out to three queues, workers drain them side by
side, an order that its worker cannot handle ends among the dead letters and is redriven once the worker is mended.

Usage: demo_fanout.py ENDPOINT LANDFALL_PROGRAM     (credentials from the environment)
May be run again on the same server, also after a run that was broken off.
"""
import json
import subprocess
import sys
import threading
import time
import uuid

import boto3

ORDERS = 200
SECONDS_MAX = 120
endpoint, landfall = sys.argv[1:3]
# One client for all threads: making clients is not thread-safe, using them is.
sqs = boto3.client("sqs", endpoint_url=endpoint)
sns = boto3.client("sns", endpoint_url=endpoint)
run = uuid.uuid4().hex[:8]
poison = f"{run}/order-13"
deadline = time.monotonic() + SECONDS_MAX


def in_time():
    if time.monotonic() > deadline:
        sys.exit(f"demo_fanout: not done within {SECONDS_MAX} s")
    return True


def arn_of(url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def depth(url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(counts[name]) for name in names)


def receive(url, wait):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait).get("Messages", [])


def delete(url, message):
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def make_queues(topic):
    dead = sqs.create_queue(QueueName="shipping-dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 2})
    queues = {}
    for name, attributes in (("billing", {}), ("audit", {}),
                             ("shipping", {"RedrivePolicy": redrive, "VisibilityTimeout": "1"})):
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = arn_of(url)
        allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                 "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        subscription = {"RawMessageDelivery": "true"}
        if name == "billing":
            subscription["FilterPolicy"] = json.dumps({"paid": ["true"]})
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=subscription)
        queues[name] = url
    return queues, dead


def publish(topic):
    start = time.monotonic()
    for first in range(0, ORDERS, 10):
        entries = [{"Id": str(n), "Message": f"{run}/order-{n}",
                    "MessageAttributes": {"paid": {"DataType": "String",
                                                   "StringValue": "true" if n % 2 == 0 else "false"}}}
                   for n in range(first, first + 10)]
        assert not sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Failed"]
    return time.monotonic() - start


def work(url, done, expected, refused=None):
    """Receives until the queue's share of this run is handled; the one that it cannot handle stays where it is."""
    while len(done) < expected and in_time():
        for message in receive(url, wait=1):
            if message["Body"] == refused:
                continue
            delete(url, message)
            if message["Body"].startswith(run):
                done.add(message["Body"])


def drain(queues):
    expected = {"billing": ORDERS // 2, "audit": ORDERS, "shipping": ORDERS - 1}
    done = {name: set() for name in queues}
    workers = [threading.Thread(target=work, args=(queues[name], done[name], expected[name],
                                                   poison if name == "shipping" else None))
               for name in queues for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {name: len(handled) for name, handled in done.items()} == expected
    return done


def main():
    topic = sns.create_topic(Name="orders")["TopicArn"]
    queues, dead = make_queues(topic)
    while depth(dead) and in_time():  # of a run that was broken off
        for message in receive(dead, wait=1):
            delete(dead, message)
    seconds = publish(topic)
    print(f"   {ORDERS} orders published to {topic} in {seconds:.2f} s")
    done = drain(queues)
    print("   handled by two workers each: " + ", ".join(f"{name} {len(done[name])}" for name in sorted(done)))
    while depth(dead) == 0 and in_time():  # visible again, it is received once more than allowed, and moves
        receive(queues["shipping"], wait=1)
    print("   order-13 failed twice and is among the dead letters")
    subprocess.run([landfall, "queue", "move", "shipping-dead", "--endpoint", endpoint], check=True)
    mended = set()
    work(queues["shipping"], mended, 1)
    assert mended == {poison} and depth(dead) == 0
    print("   redriven, and handled by the mended worker")


main()
