"""`make dev`: the whole API on this machine, under its real paths, until Ctrl-C.

PORT= is where it listens (9000); DATA= a directory that keeps the data between runs (in memory without).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

import database
import install
import prerequisites
import processes
from console import Failure, main, say, step
from places import ROOT, environment

SECRET = "dev-secret"
WORKER = "/2015-03-31/functions/batch_worker/invocations"
SWEEP = "/2015-03-31/functions/sweep/invocations"
# One request for each function. They start it, and open its connection to the database, before anyone waits for that.
WARM_UP = (
    ("GET", "/", None, (200,)),
    ("POST", "/v3/analyze/profile", '{"uid":"warm-up"}', (404,)),
    # Without an identifier nothing is stored, and without profiles neither.
    ("POST", "/v3/observe/hooks/profiles", "{}", (422,)),
    ("POST", "/v3/observe/hooks/profiles/batch", "{}", (422,)),
    ("POST", WORKER, '{"Records":[]}', (200,)),
    ("POST", "/v3/observe/hooks/events", "{}", (422,)),
    ("POST", "/v3/observe/hooks/experiences", "{}", (422,)),
    ("GET", "/v3/edit/deliveries", None, (422,)),
    ("GET", "/v3/analyze/responses", None, (422,)),
    ("DELETE", "/v3/edit/profiles", None, (422,)),
    ("DELETE", "/v3/edit/profiles/forget", None, (422,)),
    ("POST", SWEEP, "{}", (200,)),
)
WARM_UP_SECONDS = 120


class Stopped(Exception):
    """Someone asked for the end."""


def script() -> None:
    port, data = port_setting(9000), data_setting()
    check_port(port)
    until_stopped(database.reserved(data), lambda children: serve(port, data, children))


def until_stopped(around: contextlib.AbstractContextManager, serve) -> bool:
    """Runs `serve` inside of `around` until it ends or somebody asks for the end, and then ends all that it added to its list. True: it
    was stopped."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in signals:
        signal.signal(number, stop_once)
    children: list = []
    try:
        with around:
            try:
                serve(children)
            finally:
                # From here on, another Ctrl-C would only leave something behind.
                for number in signals:
                    signal.signal(number, signal.SIG_IGN)
                processes.stop(children)
    except Stopped:
        say("stopped")
        return True
    return False


def serve(port: int, data: pathlib.Path | None, children: list) -> None:
    install.install("dynamodb-local", "cargo-lambda", basics=prerequisites.BASICS)
    variables, database_port = prepare(data, children)
    with step("starting the functions by a request to each"):
        check_port(port)
        watch = ["cargo-lambda", "lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", str(port)]
        # The deployed API answers no CORS preflight, and neither does this one. Of cargo and cargo-lambda, only what is wrong is shown.
        server = processes.start([*watch, "--disable-cors", "--quiet"], cwd=ROOT, env={**variables, "RUST_LOG": "warn"})
        children.append(server)
        warm_up(port, server)
        bridge = [sys.executable, ROOT / "dev/bridge.py", "--table", variables["BATCHES_TABLE"]]
        functions = f"http://127.0.0.1:{port}"
        bridge += ["--function", f"{functions}{WORKER}", "--sweep", f"{functions}{SWEEP}"]
        children.append(processes.start(bridge, env=variables))

    announce(port, database_port)
    wait(children)


def prepare(data: pathlib.Path | None, children: list) -> tuple:
    """Builds everything, and starts a database with all that it needs. Returns variables that lead there, and its port."""
    with step("building the functions (minutes the first time)", shows_progress=True):
        # All of the workspace's binaries, as `cargo run --bin` selects features: another selection would build anew later.
        call(["cargo", "build", "--bins"], children, "the build failed; cargo's text is above")
    with step("starting DynamoDB Local"):
        database_port = database.start(data, children)
    # Logs for people, unless the environment asks for JSON.
    variables = {"AWS_LAMBDA_LOG_FORMAT": "Text", **environment(), **database.environment(database_port)}
    with step("creating the tables and an account"):
        variables.update(fill_database(variables, children, SECRET))
    return variables, database_port


def data_setting() -> pathlib.Path | None:
    data = os.environ.get("DATA")
    return pathlib.Path(data).expanduser().resolve() if data else None


def port_setting(usual: int) -> int:
    port = os.environ.get("PORT") or str(usual)
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Failure(f"PORT={port} is not a port: give a number from 1 to 65535")
    return int(port)


def check_port(port: int, command: str = "make dev") -> None:
    with socket.socket() as probe:
        # As servers do it; without, a port that was in use a minute ago would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Failure(f"port {port} takes special rights: choose one from 1024 on, as in `{command} PORT=9001`") from None
        except OSError:
            other = port + 1 if port < 65535 else 9000
            raise Failure(
                f"port {port} is in use, perhaps by another `{command}`: end that, or choose another port, as in `{command} PORT={other}`"
            ) from None


def call(command: list, children: list, failed: str, text: str | None = None, **options) -> None:
    """Runs a command to its end, as a child that a signal ends with the others."""
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


def fill_database(variables: dict, children: list, *secrets: str) -> dict:
    """Creates the tables, and an account with each of these secrets. Returns the variables that name the tables."""
    profiles = target_directory() / "debug/profiles"
    failed = "the database could not be prepared; the reason is above"
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


def wait_for_port(port: int, server: subprocess.Popen, seconds: int, text: str = "above") -> None:
    """Returns when the server listens there. Its own text is where `text` says."""
    name = " ".join(map(str, server.args[:3]))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Failure(f"{name} ended with status {server.returncode}; its own text is {text}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise Failure(f"{name} did not listen within {seconds} seconds")


def warm_up(port: int, server: subprocess.Popen) -> None:
    failures: list = []
    requests = [threading.Thread(target=ask, args=(port, server, request, failures), daemon=True) for request in WARM_UP]
    for request in requests:
        request.start()
    for request in requests:
        request.join()
    if failures:
        raise Failure("\n       ".join(failures))


def ask(port: int, server: subprocess.Popen, request: tuple, failures: list) -> None:
    method, path, body, expected = request
    deadline = time.monotonic() + WARM_UP_SECONDS
    headers = {"X-Account-Secret": SECRET, "Content-Type": "application/json"}
    while time.monotonic() < deadline:
        if server.poll() is not None:
            failures.append(f"cargo lambda watch ended with status {server.returncode}; its own text is above")
            return
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=deadline - time.monotonic() + 1)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            if answer.status not in expected:
                failures.append(f"{method} {path} answered {answer.status}: {answer.read(500).decode(errors='replace')}")
            return
        except ConnectionError:
            # Not listening yet.
            time.sleep(0.05)
        except (OSError, http.client.HTTPException) as error:
            failures.append(f"{method} {path} was not answered: {error}")
            return
        finally:
            connection.close()
    failures.append(f"{method} {path} was not answered within {WARM_UP_SECONDS} seconds")


def announce(port: int, database_port: int) -> None:
    address = f"http://127.0.0.1:{port}"
    say(f"database: http://127.0.0.1:{database_port} access key {database.ACCESS_KEY} region {database.REGION}")
    say(f"ready: {address} (account secret {SECRET}, Ctrl-C ends it)")
    secret = f"-H 'X-Account-Secret: {SECRET}'"
    say(f"  curl {secret} {address}/")
    say(f"  curl {secret} {address}/v3/observe/hooks/profiles -d '{{\"uid\":\"18821\",\"email\":\"jane@example.com\",\"plan\":\"growth\"}}'")
    say(f"  curl {secret} '{address}/v3/analyze/profile?uid=18821'")
    say(f"  curl {secret} '{address}/v3/analyze/profile?email=jane@example.com'")
    batch = f"{address}/v3/observe/hooks/profiles/batch"
    say(f"  curl {secret} {batch} -d '{{\"profiles\":[{{\"uid\":\"18821\",\"plan\":\"scale\"}},{{\"uid\":\"18822\"}}]}}'")
    say(f"  curl {secret} '{batch}/<the id in that answer>'")


def wait(children: list) -> None:
    # Started by make, it ends with make: if that was killed, nobody could send it a Ctrl-C any more.
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


def stop_once(number: int, _frame) -> None:
    raise Stopped


if __name__ == "__main__":
    main(script)
