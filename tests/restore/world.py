"""A restore in the account of cloud.py, which may be killed after any of its changes."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev"))

# Before boto3 is imported: no account of anybody's is used, whatever happens.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_REGION="us-east-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402

import restore  # noqa: E402
from console import Failure  # noqa: E402, F401
from cloud import BUCKET, STACK, Cloud  # noqa: E402
from restoring import aws, replay  # noqa: E402

TO = "2029-04-07T12:18:00Z"
LABEL = "20290407T121800Z"
# What is stored before each change set is made.
TEMPLATES = ("/detach.json", "/import.json", "/attach.json", "/settle.json")
# One at a concurrency that the template does not know, and one that is stopped for good.
CONCURRENCY = {"Upsert": 7, "Analyze": 0}
NOTHING_LEFT = "since 2029\n" + "".join(f"{name:<22} {0:>9}\n" for name in
    ("deletion records read", "forgotten since", "profiles forgotten", "cleared since", "profiles cleared", "deleted since", "companies deleted", "members taken off", "records removed", "tombstones written", "failed"))  # fmt: skip


class Killed(BaseException):
    """The end of the process, which nothing can catch."""


def translated() -> dict:
    """Returns the template as SAM translates it."""
    command = [sys.executable, ROOT / "dev/cloudformation.py", ROOT / "template.yaml"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


TEMPLATE = translated()
# It keeps AWS's descriptions of its services, which take long to read.
SESSION = aws.Aws().session


class TestAws(aws.Aws):
    """Calls to the account of a test."""

    def __init__(self, world: World, dry_run: bool) -> None:
        self.world = world
        super().__init__(dry_run, sleep=world.sleep, clock=lambda: world.cloud.now)
        self.session = SESSION

    def client(self, service: str):
        is_new = service not in self.clients
        client = super().client(service)
        if is_new:
            self.world.cloud.attach(client)
        return client

    def change(self, service: str, operation: str, **parameters) -> None:
        super().change(service, operation, **parameters)
        if not self.dry_run:
            self.world.changed(operation, {name: value for name, value in parameters.items() if name != "Body"})


class World(contextlib.AbstractContextManager):
    """The account, and the machine that the restore runs on."""

    def __init__(self, worker_concurrency: int = 5, key: str = "", restore_seconds: float = 90) -> None:
        self.mock = mock_aws()
        self.mock.start()
        parameters = {name: given.get("Default", "") for name, given in TEMPLATE["Parameters"].items()}
        parameters |= {"WorkerConcurrency": worker_concurrency, "TablesKeyArn": key}
        concurrency = {**CONCURRENCY, "BatchWorker": worker_concurrency or None}
        self.cloud = Cloud(TEMPLATE, parameters, concurrency, restore_seconds)
        self.directory = tempfile.TemporaryDirectory()
        self.changes, self.kill_after, self.gets_ahead, self.counted = [], None, False, 0
        self.replays, self.mends, self.output = [], [], ""

    def __exit__(self, *_) -> None:
        self.directory.cleanup()
        self.mock.stop()

    def sleep(self, seconds: float) -> None:
        self.cloud.now += seconds

    def changed(self, operation: str, parameters: dict) -> None:
        is_repeatable = operation in ("replay", "mend") or parameters.get("Key", "").endswith(TEMPLATES)
        self.changes.append(f"{operation} {parameters}")
        self.counted += not (is_repeatable and self.gets_ahead)
        self.cloud.check()
        if self.kill_after is not None and self.counted >= self.kill_after:
            raise Killed

    def run(self, *options: str, kill_after: int | None = None, gets_ahead: bool = False, answer=lambda _: True) -> str:
        """Runs the restore until its end or its death. Returns what it printed.

        With `gets_ahead` it does not die of what every run that comes there does again.
        """
        self.changes, self.kill_after, self.gets_ahead, self.counted = [], kill_after, gets_ahead, 0
        given = restore.arguments(["--stack", STACK, "--to", TO, "--bucket", BUCKET, *options])
        aws_of_test = TestAws(self, given.dry_run)
        before, replay.run = replay.run, self.replay
        try:
            with contextlib.redirect_stdout(io.StringIO()) as output:
                restore.Restore(given, aws_of_test, answer, pathlib.Path(self.directory.name)).run()
        finally:
            replay.run = before
            self.output = output.getvalue()
        return self.output

    def replay(self, call: list, tables: dict) -> str:
        """Plays the admin command, which has tests of its own."""
        if "addresses" in call:
            assert call[-2:] == ["addresses", "mend"] and sorted(tables) == ["IDENTITIES_TABLE", "PROFILES_TABLE"]
            assert self.replays and self.replays[-1].items() >= tables.items(), "it comes after the replay"
            self.mends.append(tables)
            self.changed("mend", {})
            return ""
        assert call[call.index("--since") + 1] == TO
        assert tables["DELETIONS_TABLE"] == self.cloud.old["DeletionsTable"]
        if "--dry-run" not in call:
            self.replays.append(tables)
            self.cloud.forgotten += tables.values()
            self.changed("replay", {})
        return NOTHING_LEFT


class Case(unittest.TestCase):
    maxDiff = None

    def world(self, **options) -> World:
        world = World(**options)
        self.addCleanup(world.__exit__)
        return world
