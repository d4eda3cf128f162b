"""Calls to AWS: each is printed as a command of the AWS CLI before it is made, and retried when AWS asks for that."""

from __future__ import annotations

import json
import os
import pathlib
import shlex
import time

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from console import Failure, say

# A wait prints that it continues when something has changed, and otherwise this often.
REMINDER_SECONDS = 300
# The service's name in the CLI, where it differs from that in the SDK.
CLI_SERVICES = {"s3": "s3api"}


class Aws:
    """AWS as one restore uses it. With `dry_run` it makes only calls that read, and prints the others."""

    def __init__(self, dry_run: bool = False, sleep=time.sleep, clock=time.time) -> None:
        # The CLI reads AWS_REGION, the SDK for Python only AWS_DEFAULT_REGION.
        self.session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
        self.region = self.session.region_name
        if not self.region:
            raise Failure("set AWS_REGION to the region of the stack")
        self.dry_run = dry_run
        self.sleep, self.clock = sleep, clock
        self.config = Config(retries={"mode": "standard", "total_max_attempts": 10})
        self.clients = {}

    def client(self, service: str):
        if service not in self.clients:
            self.clients[service] = self.session.client(service, config=self.config)
        return self.clients[service]

    def read(self, service: str, operation: str, quiet: bool = False, **parameters) -> dict:
        """Makes a call that changes nothing. A poll that is repeated is `quiet`."""
        if not quiet:
            say(f"  {command(service, operation, parameters)}")
        return getattr(self.client(service), operation)(**parameters)

    def read_all(self, service: str, operation: str, key: str, **parameters) -> list:
        """Reads all pages, as the CLI does by itself."""
        say(f"  {command(service, operation, parameters)}")
        pages = self.client(service).get_paginator(operation).paginate(**parameters)
        return [item for page in pages for item in page.get(key, [])]

    def change(self, service: str, operation: str, **parameters) -> None:
        """Makes a call that changes something. A path among the parameters is that of a file whose content is sent."""
        say(f"{'  (not made)' if self.dry_run else '>'} {command(service, operation, parameters)}")
        if not self.dry_run:
            sent = {name: value.read_bytes() if isinstance(value, pathlib.Path) else value for name, value in parameters.items()}
            getattr(self.client(service), operation)(**sent)

    def wait(self, poll, seconds: float, text: str) -> None:
        """Calls `poll` until it returns nothing, for as long as that takes. What it returns is shown as progress."""
        started = said = self.clock()
        before = None
        while left := poll():
            now = self.clock()
            if left != before or now - said >= REMINDER_SECONDS:
                say(f"  waiting for {text}, {duration(now - started)} so far: {left}")
                before, said = left, now
            self.sleep(seconds)


def code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def duration(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def command(service: str, operation: str, parameters: dict) -> str:
    """Returns the command of the AWS CLI that makes a call."""
    words = ["aws", CLI_SERVICES.get(service, service), operation.replace("_", "-")]
    for name, value in parameters.items():
        option = xform_name(name, "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            words += [f"--{option}", *map(shlex.quote, value)]
        elif isinstance(value, (dict, list)):
            words += [f"--{option}", shlex.quote(json.dumps(value, separators=(",", ":")))]
        else:
            words += [f"--{option}", shlex.quote(str(value))]
    if operation == "get_object":
        words.append("/dev/stdout")
    return " ".join(words)
