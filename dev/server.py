"""`make server`: serves the whole API from the one binary `server`, on a DynamoDB Local, until Ctrl-C.

PORT= is the port (8080). DATA= is a directory that keeps the data between runs; without it, data is in memory. RELEASE=1 builds the
server with the settings of a deployment, for load tests.
"""

from __future__ import annotations

import os
import pathlib

import dynamodb_local
import install
import local_api
import prerequisites
import processes
from console import main, step
from paths import ROOT

SECONDS_TO_START = 30


def script() -> None:
    port, data = local_api.port_setting(8080), local_api.data_setting()
    local_api.check_port(port, "make server")
    local_api.until_stopped(dynamodb_local.reserved(data), lambda children: serve(port, data, children))


def serve(port: int, data: pathlib.Path | None, children: list) -> None:
    install.install("dynamodb-local", basics=prerequisites.BASICS)
    variables, database_port = local_api.prepare(data, children)
    build = "debug"
    if os.environ.get("RELEASE"):
        with step("building the server as for a deployment (minutes the first time)", shows_progress=True):
            command = ["cargo", "build", "--release", "--package", "profiles_server"]
            local_api.call(command, children, "the build failed; see cargo's output above")
        build = "release"
    with step("starting the server"):
        binary = local_api.target_directory() / build / "server"
        # No load balancer has to notice the end, so there is nothing to drain.
        command = [binary, "--listen", f"127.0.0.1:{port}", "--drain", "0"]
        server = processes.start(command, cwd=ROOT, env=variables)
        children.append(server)
        local_api.wait_for_port(port, server, SECONDS_TO_START)
    local_api.announce(port, database_port)
    local_api.wait(children)


if __name__ == "__main__":
    main(script)
