"""An upsert as it is usually written: find the profile by an index, and put it back with what was sent."""

import json
import os
import uuid
from datetime import datetime, timezone
from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Key

SECRET = os.environ["ACCOUNT_SECRET"]
# Made once: the requests of an instance share its connections.
table = boto3.resource("dynamodb").Table(os.environ["PROFILES_TABLE"])


def handler(event, context):
    if event["headers"].get("x-account-secret") != SECRET:
        return reply(401, {"error": "unknown account secret"})
    try:
        sent = json.loads(event["body"], parse_float=Decimal)
    except ValueError:
        return reply(400, {"error": "the body is no JSON"})
    if "uid" in sent:
        sent["uid"] = str(sent["uid"])
    if "email" in sent:
        sent["email"] = sent["email"].strip().lower()
    if not sent.get("uid") and not sent.get("email"):
        return reply(422, {"error": "uid or email is needed"})
    profile = upsert(sent)
    return reply(200, {"profile": {"id": profile["id"]}})


def upsert(sent):
    now = datetime.now(timezone.utc).isoformat()
    known = find("uid", sent.get("uid")) or find("email", sent.get("email"))
    profile = {**(known or {"id": uuid.uuid4().hex, "created_at": now}), **sent, "updated_at": now}
    table.put_item(Item=profile)
    return profile


def find(name, value):
    if not value:
        return None
    found = table.query(IndexName=f"{name}-index", KeyConditionExpression=Key(name).eq(value), Limit=1)
    return next(iter(found["Items"]), None)


def reply(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
