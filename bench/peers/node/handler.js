// An upsert as it is usually written: find the profile by an index, and put it back with what was sent.
"use strict";

const { randomUUID } = require("node:crypto");
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { DynamoDBDocumentClient, PutCommand, QueryCommand } = require("@aws-sdk/lib-dynamodb");

const { ACCOUNT_SECRET, PROFILES_TABLE: TableName } = process.env;
// Made once: the requests of an instance share its connections.
const database = DynamoDBDocumentClient.from(new DynamoDBClient({}));

exports.handler = async (event) => {
  if (event.headers["x-account-secret"] !== ACCOUNT_SECRET) {
    return reply(401, { error: "unknown account secret" });
  }
  let sent;
  try {
    sent = JSON.parse(event.body);
  } catch {
    return reply(400, { error: "the body is no JSON" });
  }
  if (sent.uid !== undefined) sent.uid = String(sent.uid);
  if (sent.email !== undefined) sent.email = sent.email.trim().toLowerCase();
  if (!sent.uid && !sent.email) {
    return reply(422, { error: "uid or email is needed" });
  }
  const profile = await upsert(sent);
  return reply(200, { profile: { id: profile.id } });
};

async function upsert(sent) {
  const now = new Date().toISOString();
  const known = (await find("uid", sent.uid)) ?? (await find("email", sent.email));
  const profile = { ...(known ?? { id: randomUUID(), created_at: now }), ...sent, updated_at: now };
  await database.send(new PutCommand({ TableName, Item: profile }));
  return profile;
}

async function find(name, value) {
  if (!value) return undefined;
  const found = await database.send(
    new QueryCommand({
      TableName,
      IndexName: `${name}-index`,
      KeyConditionExpression: "#name = :value",
      ExpressionAttributeNames: { "#name": name },
      ExpressionAttributeValues: { ":value": value },
      Limit: 1,
    }),
  );
  return found.Items[0];
}

function reply(statusCode, body) {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
