"""The API on this machine: the steps that `make dev`, `make server` and `make sam-api` share."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import dynamodb_local
import processes
from console import Failure, say, step
from paths import ROOT, environment

SECRET = "dev-secret"
# `cargo lambda watch` hands paths to the functions as they were sent, where API Gateway decodes them.
OF_WATCH = {"EVENT_PATHS_ARE_ENCODED": "1"}


class Stopped(Exception):
    """The script was asked to stop, by a signal or because `make` is gone."""


def port_setting(default: int) -> int:
    port = os.environ.get("PORT") or str(default)
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Failure(f"PORT={port} is not a port: give a number from 1 to 65535")
    return int(port)


def data_setting() -> pathlib.Path | None:
    data = os.environ.get("DATA")
    return pathlib.Path(data).expanduser().resolve() if data else None


def check_port(port: int, command: str) -> None:
    """Fails if the port cannot be listened on. `command` is the one to repeat with another port."""
    with socket.socket() as probe:
        # As servers do. Otherwise a port that was in use a minute ago would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Failure(f"port {port} needs special rights: choose one from 1024 up, as in `{command} PORT=9001`") from None
        except OSError:
            other = port + 1 if port < 65535 else 9000
            raise Failure(
                f"port {port} is in use, perhaps by another `{command}`: stop that, or choose another port, as in `{command} PORT={other}`"
            ) from None


def until_stopped(around: contextlib.AbstractContextManager, serve) -> bool:
    """Runs `serve` inside of `around` until it returns or a signal comes, then stops the processes that it added to its list.

    Returns True if a signal stopped it.
    """
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        signal.signal(number, raise_stopped)
    children: list = []
    try:
        with around:
            try:
                serve(children)
            finally:
                # From here on, another Ctrl-C would only leave processes behind.
                for number in signals:
                    signal.signal(number, signal.SIG_IGN)
                processes.stop(children)
    except Stopped:
        say("stopped")
        return True
    return False


def raise_stopped(_number: int, _frame) -> None:
    raise Stopped


def prepare(data: pathlib.Path | None, children: list) -> tuple:
    """Builds the binaries, and starts a database with tables and an account.

    Returns the environment variables for a process that uses it, and the database's port.
    """
    with step("building the functions (minutes the first time)", shows_progress=True):
        # All of the workspace's binaries, because `cargo run --bin` selects features so: otherwise cargo would build again later.
        call(["cargo", "build", "--bins"], children, "the build failed; see cargo's output above")
    with step("starting DynamoDB Local"):
        database_port = dynamodb_local.start(data, children)
    # Logs for people, unless the environment asks for JSON.
    variables = {"AWS_LAMBDA_LOG_FORMAT": "Text", **environment(), **dynamodb_local.environment(database_port)}
    with step("creating the tables and an account"):
        variables.update(fill_database(variables, children, SECRET))
    return variables, database_port


def fill_database(variables: dict, children: list, *secrets: str) -> dict:
    """Creates the tables, and an account for each of these secrets. Returns the environment variables that name the tables."""
    profiles = target_directory() / "debug/profiles"
    failed = "preparing the database failed; see the reason above"
    names = subprocess.run([profiles, "tables", "env"], cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True)
    if names.returncode != 0:
        raise Failure(failed)
    tables = dict(line.split("=", 1) for line in names.stdout.splitlines())
    options = {"env": {**variables, **tables}, "stdout": subprocess.DEVNULL}
    call([profiles, "tables", "create"], children, failed, **options)
    for secret in secrets:
        account = [profiles, "account", "create", "--name", "dev", "--secret-from-stdin", "--if-missing"]
        call(account, children, failed, text=f"{secret}\n", **options)
    return tables


def target_directory() -> pathlib.Path:
    output = subprocess.run(
        ["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return pathlib.Path(json.loads(output)["target_directory"])


def call(command: list, children: list, failed: str, text: str | None = None, **options) -> None:
    """Runs a command to its end, as one of the children, so that a signal stops it like the others."""
    stdin = subprocess.PIPE if text is not None else subprocess.DEVNULL
    try:
        process = processes.start(command, stdin=stdin, cwd=ROOT, text=True, **options)
    except OSError as error:
        raise Failure(f"{command[0]} can't be started: {error.strerror}") from error
    children.append(process)
    process.communicate(text)
    children.remove(process)
    if process.returncode != 0:
        raise Failure(failed)


def start_event_sources(variables: dict, children: list, functions: str, worker: str, sweep: str) -> None:
    """Starts what invokes the batch worker and the sweep, whose names these are below the address `functions`."""
    command = [sys.executable, ROOT / "dev/event_sources.py", "--table", variables["BATCHES_TABLE"]]
    command += ["--function", f"{functions}/{worker}/invocations", "--sweep", f"{functions}/{sweep}/invocations"]
    children.append(processes.start(command, env=variables))


def wait_for_port(port: int, server: subprocess.Popen, seconds: int, output: str = "above") -> None:
    """Returns when the server listens on the port. `output` tells where the server's own output is."""
    name = " ".join(map(str, server.args[:3]))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Failure(f"{name} ended with status {server.returncode}; see its output {output}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise Failure(f"{name} did not listen within {seconds} seconds")


def announce(port: int, database_port: int, has_pages: bool = True) -> None:
    """Prints the addresses and some commands to try."""
    address = f"http://127.0.0.1:{port}"
    say(f"database: http://127.0.0.1:{database_port} access key {dynamodb_local.ACCESS_KEY} region {dynamodb_local.REGION}")
    say(f"ready: {address} (account secret {SECRET}, Ctrl-C ends it)")
    if has_pages:
        say(f"  {address}/console in a browser, which asks for that secret; {address}/docs")
    secret = f"-H 'X-Account-Secret: {SECRET}'"
    say(f"  curl {secret} {address}/")
    say(f"  curl {secret} {address}/v3/observe/hooks/profiles -d '{{\"uid\":\"18821\",\"email\":\"jane@example.com\",\"plan\":\"growth\"}}'")
    say(f"  curl {secret} '{address}/v3/analyze/profile?uid=18821'")
    say(f"  curl {secret} '{address}/v3/analyze/profile?email=jane@example.com'")
    batch = f"{address}/v3/observe/hooks/profiles/batch"
    say(f"  curl {secret} {batch} -d '{{\"profiles\":[{{\"uid\":\"18821\",\"plan\":\"scale\"}},{{\"uid\":\"18822\"}}]}}'")
    say(f"  curl {secret} '{batch}/<the id in that answer>'")


def wait(children: list) -> None:
    """Returns never: raises Failure when a child ends, and Stopped when the `make` that started this script is gone."""
    # A `make` that was killed can pass on no Ctrl-C.
    parent = os.getppid() if "MAKELEVEL" in os.environ else None
    while True:
        time.sleep(0.3)
        for process in children:
            if process.poll() is not None:
                # A script of this directory, or another program.
                names = [pathlib.Path(part).name for part in process.args]
                name = next((name for name in names if name.endswith(".py")), names[0])
                raise Failure(f"{name} ended with status {process.returncode}")
        if parent is not None and os.getppid() != parent:
            raise Stopped
