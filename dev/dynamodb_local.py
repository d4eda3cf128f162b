"""Starts DynamoDB Local, for `make dev`, `make server` and the functions that SAM runs."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import pathlib
import socket
import subprocess
import time

import processes
from console import Failure
from paths import DYNAMODB_LOCAL, ROOT

MAIN_CLASS = "software.amazon.dynamodb.services.local.main.ServerRunner"
READY_SECONDS = 60

# DynamoDB Local accepts letters and digits only, and has a database for each access key.
ACCESS_KEY = "dev"
REGION = "us-east-1"


def start(data: pathlib.Path | None, children: list, shared: bool = False) -> int:
    """Starts a DynamoDB Local, in memory or with its data in a directory, and returns its port as soon as it answers.

    With `shared`, it has one database for all access keys: SAM passes its caller's keys to the functions.
    """
    port = free_port()
    storage = ["-dbPath", str(data)] if data else ["-inMemory"]
    command = [
        *["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{DYNAMODB_LOCAL}/*", MAIN_CLASS],
        *[*storage, *(["-sharedDb"] if shared else []), "-disableTelemetry", "-port", str(port)],
    ]
    # Standard output is a banner only. Errors are on standard error.
    process = processes.start(command, stdout=subprocess.DEVNULL)
    children.append(process)
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Failure(f"DynamoDB Local ended while starting, with status {process.returncode}; see its output above")
        if answers(port):
            return port
        time.sleep(0.05)
    raise Failure(f"DynamoDB Local did not answer within {READY_SECONDS} seconds")


def environment(port: int) -> dict:
    """Returns the environment variables by which every AWS tool and SDK uses this database."""
    return {
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_REGION": REGION,
    }


@contextlib.contextmanager
def reserved(data: pathlib.Path | None):
    """Locks the data directory, so that no second DynamoDB Local opens the same files."""
    if data is None:
        yield
        return
    try:
        data.mkdir(parents=True, exist_ok=True)
        if ROOT in data.parents:
            # Otherwise cargo-lambda would take each write for an edited source, and restart the functions.
            (data / ".gitignore").write_text("*\n")
        lock = open(data / ".lock", "w")
    except OSError as error:
        raise Failure(f"DATA={data} can't be used: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(f"another `make dev` uses DATA={data}: stop it, or choose another directory") from None
        yield


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    """Tells whether DynamoDB Local answers on this port: a request without a signature gets status 400."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
