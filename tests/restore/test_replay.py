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
import urllib.error
import urllib.request
from unittest import mock

import boto3

import world
import dynamodb_local
import local_api
import processes
from restoring.replay import mend, replay

PREFIX = "restored-"
RESTORED = ("Profiles", "Identities", "Companies", "Activities", "Summaries", "Properties")


class Replays(unittest.TestCase):
    def setUp(self) -> None:
        self.children = []
        self.addCleanup(lambda: processes.stop(self.children))
        self.binaries = local_api.target_directory() / "debug"
        database = dynamodb_local.environment(dynamodb_local.start(None, self.children))
        self.variables = {**os.environ, **database}
        self.tables = local_api.fill_database(self.variables, self.children, local_api.SECRET)
        self.port = self.serve(self.tables)
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
                self.replay(names, since)
        self.assertEqual(self.ids(names), {stays})
        counts = [line.split()[-1] for line in output.getvalue().splitlines() if "profiles forgotten" in line]
        self.assertEqual(counts, ["1", "0", "0", "0"], "then the check, and the second replay with its own")

    def test_a_user_who_was_cleared_since_is_cleared_again(self):
        self.send("POST", "/v3/observe/hooks/profiles", {"uid": "cleared"})
        self.send("POST", "/v3/observe/hooks/events", {"uid": "cleared", "name": "opened"})
        since = datetime.datetime.now(datetime.timezone.utc)
        backup = {name: self.items(self.tables[f"{name.upper()}_TABLE"]) for name in RESTORED}
        self.send("DELETE", "/v3/edit/profiles?uid=cleared")
        names = self.restore(backup)
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.replay(names, since)
        self.assertRegex(output.getvalue(), r"profiles cleared +1\n")
        profile = next(item for item in self.items(names["ProfilesTable"]) if "id" in item)
        self.assertIn("last_cleared_at", profile)
        self.assertFalse([item for item in self.items(names["ActivitiesTable"]) if "#event#" in item["SK"]["S"]])

    def test_a_claim_whose_profile_was_restored_to_an_earlier_instant_is_mended_by_the_next_write(self):
        address = {"email": "torn@example.com"}
        since = datetime.datetime.now(datetime.timezone.utc)
        backup = {"Profiles": self.items(self.tables["PROFILES_TABLE"])}
        self.send("POST", "/v3/observe/hooks/profiles", address)
        backup |= {name: self.items(self.tables[f"{name.upper()}_TABLE"]) for name in RESTORED if name != "Profiles"}
        names = self.restore(backup)
        with contextlib.redirect_stdout(io.StringIO()):
            self.replay(names, since)
        restored = {f"{name.upper()}_TABLE": names[f"{name}Table"] for name in RESTORED}
        self.port = self.serve({**self.tables, **restored})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.send("GET", "/v3/analyze/profile?email=torn@example.com")
        self.assertEqual(refused.exception.code, 404)
        written = self.send("POST", "/v3/observe/hooks/profiles", address)["profile"]["id"]
        self.assertEqual(self.send("GET", "/v3/analyze/profile?email=torn@example.com")["profile"]["id"], written)
        self.assertEqual(self.ids(names), {written})

    def test_a_profile_whose_claim_was_restored_to_an_earlier_instant_is_found_by_its_address_again(self):
        address = {"email": "torn@example.com"}
        since = datetime.datetime.now(datetime.timezone.utc)
        self.send("POST", "/v3/observe/hooks/profiles", {"uid": "other"} | {"email": "other@example.com"})
        backup = {"Identities": self.items(self.tables["IDENTITIES_TABLE"])}
        torn = self.send("POST", "/v3/observe/hooks/profiles", {"uid": "torn"} | address)["profile"]["id"]
        backup |= {name: self.items(self.tables[f"{name.upper()}_TABLE"]) for name in RESTORED if name != "Identities"}
        names = self.restore(backup)
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.replay(names, since)
            for _ in range(2):
                mend(types.SimpleNamespace(dry_run=False), str(self.binaries / "profiles"), names)
        counts = [line.split()[-1] for line in output.getvalue().splitlines() if "claims given" in line and "PROFILES" not in line]
        self.assertEqual(counts, ["1", "0"])
        restored = {f"{name.upper()}_TABLE": names[f"{name}Table"] for name in RESTORED}
        self.port = self.serve({**self.tables, **restored})
        self.assertEqual(self.send("GET", "/v3/analyze/profile?email=torn@example.com")["profile"]["id"], torn)
        self.assertEqual(self.send("POST", "/v3/observe/hooks/profiles", address)["profile"]["id"], torn)

    def replay(self, names: dict, since: datetime.datetime) -> None:
        arguments, command = types.SimpleNamespace(dry_run=False), str(self.binaries / "profiles")
        replay(arguments, command, names, self.tables["DELETIONS_TABLE"], f"{since:%Y-%m-%dT%H:%M:%SZ}")

    def serve(self, tables: dict) -> int:
        """Starts a server on these tables, and returns its port."""
        port = dynamodb_local.free_port()
        command = [self.binaries / "server", "--listen", f"127.0.0.1:{port}", "--drain", "0"]
        server = processes.start(command, cwd=world.ROOT, env={**self.variables, **tables, "AWS_LAMBDA_LOG_LEVEL": "warn"})
        self.children.append(server)
        local_api.wait_for_port(port, server, 60)
        return port

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
