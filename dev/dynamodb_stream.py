"""Reads a table's stream from DynamoDB Local, by DynamoDB's own protocol."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse

RESPONSE_SECONDS = 30
# When a shard ends, its successors are looked up at once. This interval is for a table that was deleted and created again.
REFRESH_SECONDS = 5
STREAM_OPERATIONS = ("DescribeStream", "GetRecords", "GetShardIterator")


class Unavailable(Exception):
    """The database does not answer, or refuses the request. The text says why, and quotes no stored data."""


class Database:
    """The database of an access key and a region in a DynamoDB Local."""

    def __init__(self, endpoint: str, access_key: str, region: str) -> None:
        self.address = urllib.parse.urlsplit(endpoint).netloc
        self.region = region
        # DynamoDB Local reads the access key and the region from this header, and never checks the signature.
        scope = f"{access_key}/{time.strftime('%Y%m%d')}/{region}/dynamodb/aws4_request"
        self.authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"

    def call(self, operation: str, **parameters) -> dict:
        version = "DynamoDBStreams_20120810" if operation in STREAM_OPERATIONS else "DynamoDB_20120810"
        headers = {
            "Authorization": self.authorization,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"{version}.{operation}",
        }
        connection = http.client.HTTPConnection(self.address, timeout=RESPONSE_SECONDS)
        try:
            connection.request("POST", "/", json.dumps(parameters), headers)
            response = connection.getresponse()
            result = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable("the database does not answer") from error
        finally:
            connection.close()
        if response.status != 200:
            kind = str(result.get("__type", response.status)).rpartition("#")[2]
            raise Unavailable(f"the database refuses {operation} ({kind})")
        return result


class Stream:
    """The changes of a table's items, from the oldest record that its stream still has."""

    def __init__(self, database: Database, table: str) -> None:
        self.database = database
        self.table = table
        self.arn: str | None = None
        # The parent of every shard, and the next position in those that are not read to their end.
        self.parents: dict = {}
        self.iterators: dict = {}
        self.refresh_at = 0.0

    def poll(self, limit: int):
        """Yields the new records of each shard, at most `limit` of each, in the form that Lambda functions receive."""
        if time.monotonic() >= self.refresh_at:
            self.refresh()
        for shard in list(self.iterators):
            if self.parents[shard] in self.iterators:
                # The parent has the earlier changes of the same items.
                continue
            page = self.database.call("GetRecords", ShardIterator=self.iterators[shard], Limit=limit)
            if page.get("NextShardIterator"):
                self.iterators[shard] = page["NextShardIterator"]
            else:
                del self.iterators[shard]
                self.refresh_at = 0.0
            if page["Records"]:
                yield [{**record, "awsRegion": self.database.region, "eventSourceARN": self.arn} for record in page["Records"]]

    def refresh(self) -> None:
        """Looks up the shards, and begins to read the new ones."""
        arn = self.database.call("DescribeTable", TableName=self.table)["Table"].get("LatestStreamArn")
        if arn is None:
            raise Unavailable(f"table {self.table} has no stream")
        if arn != self.arn:
            self.arn, self.parents, self.iterators = arn, {}, {}
        for shard in self.shards():
            name = shard["ShardId"]
            if name not in self.parents:
                request = {"StreamArn": arn, "ShardId": name, "ShardIteratorType": "TRIM_HORIZON"}
                self.iterators[name] = self.database.call("GetShardIterator", **request)["ShardIterator"]
                self.parents[name] = shard.get("ParentShardId")
        self.refresh_at = time.monotonic() + REFRESH_SECONDS

    def shards(self):
        page: dict = {}
        while True:
            found = self.database.call("DescribeStream", StreamArn=self.arn, **page)["StreamDescription"]
            yield from found["Shards"]
            if not found.get("LastEvaluatedShardId"):
                return
            page = {"ExclusiveStartShardId": found["LastEvaluatedShardId"]}
