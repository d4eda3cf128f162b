"""The stream of a table of DynamoDB Local, by DynamoDB's own protocol."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse

ANSWER_SECONDS = 30
# A shard that ends has its successors looked for at once, so this is only for a table that was made anew.
LOOK_EVERY_SECONDS = 5
STREAM_OPERATIONS = ("DescribeStream", "GetRecords", "GetShardIterator")


class Unavailable(Exception):
    """The database does not answer, or not with what it was asked for; the text says why, and quotes nothing stored."""


class Database:
    """A DynamoDB Local, and in it the database that belongs to an access key and a region."""

    def __init__(self, endpoint: str, access_key: str, region: str) -> None:
        self.address = urllib.parse.urlsplit(endpoint).netloc
        self.region = region
        # It reads the access key and the region in this header, and never checks the signature.
        scope = f"{access_key}/{time.strftime('%Y%m%d')}/{region}/dynamodb/aws4_request"
        self.authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"

    def call(self, operation: str, **parameters) -> dict:
        version = "DynamoDBStreams_20120810" if operation in STREAM_OPERATIONS else "DynamoDB_20120810"
        headers = {
            "Authorization": self.authorization,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"{version}.{operation}",
        }
        connection = http.client.HTTPConnection(self.address, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", "/", json.dumps(parameters), headers)
            answer = connection.getresponse()
            result = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unavailable("the database does not answer") from error
        finally:
            connection.close()
        if answer.status != 200:
            kind = str(result.get("__type", answer.status)).rpartition("#")[2]
            raise Unavailable(f"the database refuses {operation} ({kind})")
        return result


class Stream:
    """What happens to a table's items, from the oldest record that its stream still has."""

    def __init__(self, database: Database, table: str) -> None:
        self.database = database
        self.table = table
        self.arn: str | None = None
        # Every shard's parent, and where to read on in those that are not at their end.
        self.parents: dict = {}
        self.iterators: dict = {}
        self.look_at = 0.0

    def poll(self, limit: int):
        """Yields what is new in each shard, up to this many records of it, in the form in which Lambda hands them on."""
        if time.monotonic() >= self.look_at:
            self.look()
        for shard in list(self.iterators):
            if self.parents[shard] in self.iterators:
                # What happened to an item earlier is in the parent.
                continue
            answer = self.database.call("GetRecords", ShardIterator=self.iterators[shard], Limit=limit)
            if answer.get("NextShardIterator"):
                self.iterators[shard] = answer["NextShardIterator"]
            else:
                del self.iterators[shard]
                self.look_at = 0.0
            if answer["Records"]:
                yield [{**record, "awsRegion": self.database.region, "eventSourceARN": self.arn} for record in answer["Records"]]

    def look(self) -> None:
        """Begins to read the shards that were not there before."""
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
        self.look_at = time.monotonic() + LOOK_EVERY_SECONDS

    def shards(self):
        page: dict = {}
        while True:
            found = self.database.call("DescribeStream", StreamArn=self.arn, **page)["StreamDescription"]
            yield from found["Shards"]
            if not found.get("LastEvaluatedShardId"):
                return
            page = {"ExclusiveStartShardId": found["LastEvaluatedShardId"]}
