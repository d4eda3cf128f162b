"""`make dev`: serves the whole API on this machine, under its real paths, until Ctrl-C.

PORT= is the port (9000). DATA= is a directory that keeps the data between runs; without it, data is in memory.
RELOAD=0 leaves running functions as they are when their code is edited.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import pathlib
import subprocess
import threading
import time

import dynamodb_local
import install
import local_api
import prerequisites
import processes
from console import Failure, main, step
from paths import ROOT, TOOLS

FUNCTIONS = "/2015-03-31/functions"
# One request for each function: they start the functions and open their connections to the database before the first real request.
WARM_UP = (
    ("GET", "/", None, (200,)),
    ("POST", "/v3/analyze/profile", '{"uid":"warm-up"}', (404,)),
    # None of these stores anything: they lack an identifier, or profiles.
    ("POST", "/v3/observe/hooks/profiles", "{}", (422,)),
    ("POST", "/v3/observe/hooks/profiles/batch", "{}", (422,)),
    ("POST", f"{FUNCTIONS}/batch_worker/invocations", '{"Records":[]}', (200,)),
    ("POST", "/v3/observe/hooks/events", "{}", (422,)),
    ("POST", "/v3/observe/hooks/experiences", "{}", (422,)),
    ("POST", "/v3/edit/deliveries", "{}", (422,)),
    ("GET", "/v3/analyze/responses", None, (422,)),
    ("GET", "/v3/analyze/profiles?limit=0", None, (422,)),
    ("DELETE", "/v3/edit/profiles", None, (422,)),
    ("DELETE", "/v3/edit/profiles/forget", None, (422,)),
    ("GET", "/openapi.json", None, (200,)),
    ("POST", f"{FUNCTIONS}/sweep/invocations", "{}", (200,)),
)
WARM_UP_SECONDS = 120


def script() -> None:
    port, data = local_api.port_setting(9000), local_api.data_setting()
    local_api.check_port(port, "make dev")
    local_api.until_stopped(dynamodb_local.reserved(data), lambda children: serve(port, data, children))


def serve(port: int, data: pathlib.Path | None, children: list) -> None:
    install.install("dynamodb-local", "cargo-lambda", basics=prerequisites.BASICS)
    variables, database_port = local_api.prepare(data, children)
    with step("starting the functions by a request to each"):
        local_api.check_port(port, "make dev")
        watch = ["cargo-lambda", "lambda", "watch", "--invoke-address", "127.0.0.1", "--invoke-port", str(port)]
        # The deployed API answers no CORS preflight, so neither does this one. Of cargo and cargo-lambda, only warnings are shown.
        watch += ["--disable-cors", "--quiet", "--manifest-path", ROOT / "Cargo.toml"]
        server = processes.start(watch, cwd=watched(), env={**variables, **local_api.OF_WATCH, "RUST_LOG": "warn"})
        children.append(server)
        warm_up(port, server)
        local_api.start_event_sources(variables, children, f"http://127.0.0.1:{port}{FUNCTIONS}", "batch_worker", "sweep")
    local_api.announce(port, database_port)
    local_api.wait(children)


def watched() -> pathlib.Path:
    """Returns a directory with links to the code whose edits rebuild and restart the functions.

    `cargo lambda watch` watches all directories below the one that it runs in, once for each function, and does so even if it is to
    ignore changes. With those of `.tools` and `target`, that is more than Linux allows, and functions then never answer.
    """
    name, sources = ("unwatched", ()) if os.environ.get("RELOAD") == "0" else ("watched", ("functions", "shared"))
    directory = TOOLS / name
    directory.mkdir(parents=True, exist_ok=True)
    for source in sources:
        # Another `make dev` may do the same at this moment.
        with contextlib.suppress(FileExistsError):
            (directory / source).symlink_to(ROOT / source)
    return directory


def warm_up(port: int, server: subprocess.Popen) -> None:
    failures: list = []
    requests = [threading.Thread(target=send, args=(port, server, request, failures), daemon=True) for request in WARM_UP]
    for request in requests:
        request.start()
    for request in requests:
        request.join()
    if failures:
        raise Failure("\n       ".join(failures))


def send(port: int, server: subprocess.Popen, request: tuple, failures: list) -> None:
    """Sends a request as soon as the server listens, and notes a failure if the response is not the expected one."""
    method, path, body, expected = request
    deadline = time.monotonic() + WARM_UP_SECONDS
    headers = {"X-Account-Secret": local_api.SECRET, "Content-Type": "application/json"}
    while time.monotonic() < deadline:
        if server.poll() is not None:
            failures.append(f"cargo lambda watch ended with status {server.returncode}; see its output above")
            return
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=deadline - time.monotonic() + 1)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            if response.status not in expected:
                text = response.read(500).decode(errors="replace")
                failures.append(f"{method} {path}: status {response.status}: {text}")
            return
        except ConnectionError:
            # Not listening yet.
            time.sleep(0.05)
        except (OSError, http.client.HTTPException) as error:
            failures.append(f"{method} {path}: no response: {error}")
            return
        finally:
            connection.close()
    failures.append(f"{method} {path}: no response within {WARM_UP_SECONDS} seconds")


if __name__ == "__main__":
    main(script)
