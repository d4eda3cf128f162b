"""The replay of a restore, by the real admin command on DynamoDB Local. Tables are copied, because DynamoDB Local has no backups."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import subprocess
import types
import unittest
import urllib.request
from unittest import mock

import boto3

import world
import dynamodb_local
import local_api
import processes
from restoring.replay import replay

PREFIX = "restored-"
RESTORED = ("Profiles", "Identities", "Companies", "Activities", "Summaries")


class Replays(unittest.TestCase):
    def setUp(self) -> None:
        self.children = []
        self.addCleanup(lambda: processes.stop(self.children))
        self.binaries = local_api.target_directory() / "debug"
        database = dynamodb_local.environment(dynamodb_local.start(None, self.children))
        variables = {**os.environ, **database}
        self.tables = local_api.fill_database(variables, self.children, local_api.SECRET)
        self.port = dynamodb_local.free_port()
        command = [self.binaries / "server", "--listen", f"127.0.0.1:{self.port}", "--drain", "0"]
        server = processes.start(command, cwd=world.ROOT, env={**variables, **self.tables, "AWS_LAMBDA_LOG_LEVEL": "warn"})
        self.children.append(server)
        local_api.wait_for_port(self.port, server, 60)
        patched = mock.patch.dict(os.environ, database)
        patched.start()
        self.addCleanup(patched.stop)
        self.dynamodb = boto3.client("dynamodb", dynamodb_local.REGION)

    def test_a_user_who_was_forgotten_since_is_forgotten_again_and_nobody_else(self):
        gone, stays = (self.send("POST", "/v3/observe/hooks/profiles", {"uid": uid})["profile"]["id"] for uid in ("gone", "stays"))
        since = datetime.datetime.now(datetime.timezone.utc)
        backup = {name: self.items(self.tables[f"{name.upper()}_TABLE"]) for name in RESTORED}
        self.send("DELETE", f"/v3/edit/profiles/{gone}/forget")
        names = self.restore(backup)
        self.assertEqual(self.ids(names), {gone, stays})
        with contextlib.redirect_stdout(io.StringIO()) as output:
            for _ in range(2):
                replay(
                    types.SimpleNamespace(dry_run=False),
                    str(self.binaries / "profiles"),
                    names,
                    self.tables["DELETIONS_TABLE"],
                    f"{since:%Y-%m-%dT%H:%M:%SZ}",
                )
        self.assertEqual(self.ids(names), {stays})
        counts = [line.split()[-1] for line in output.getvalue().splitlines() if "profiles forgotten" in line]
        self.assertEqual(counts, ["1", "0", "0", "0"], "then the check, and the second replay with its own")

    def restore(self, backup: dict) -> dict:
        """Writes a backup into new tables, and returns their names."""
        create = [self.binaries / "profiles", "tables", "create", "--prefix", PREFIX]
        local_api.call(create, self.children, "no tables", env={**os.environ, **self.tables}, stdout=subprocess.DEVNULL)
        for name, items in backup.items():
            for item in items:
                self.dynamodb.put_item(TableName=PREFIX + self.tables[f"{name.upper()}_TABLE"], Item=item)
        return {f"{name}Table": PREFIX + self.tables[f"{name.upper()}_TABLE"] for name in RESTORED}

    def ids(self, names: dict) -> set:
        """Returns the ids of the profiles that are there. A tombstone has none."""
        return {item["id"]["S"] for item in self.items(names["ProfilesTable"]) if "id" in item}

    def items(self, table: str) -> list:
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def send(self, method: str, path: str, body: dict | None = None) -> dict:
        headers = {"X-Account-Secret": local_api.SECRET, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)
