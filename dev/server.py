"""`make server`: the whole API from the one binary `server`, on a DynamoDB Local, until Ctrl-C.

PORT= is where it listens (8080); DATA= a directory that keeps the data between runs (in memory without); RELEASE=1 has it built as it is
deployed, for load tests.
"""

from __future__ import annotations

import os
import pathlib

import dynamodb_local
import dev
import install
import prerequisites
import processes
from console import main, step
from paths import ROOT

SECONDS_TO_START = 30


def script() -> None:
    port, data = dev.port_setting(8080), dev.data_setting()
    dev.check_port(port, "make server")
    dev.until_stopped(dynamodb_local.reserved(data), lambda children: serve(port, data, children))


def serve(port: int, data: pathlib.Path | None, children: list) -> None:
    install.install("dynamodb-local", basics=prerequisites.BASICS)
    variables, database_port = dev.prepare(data, children)
    build = "debug"
    if os.environ.get("RELEASE"):
        with step("building the server as it is deployed (minutes the first time)", shows_progress=True):
            command = ["cargo", "build", "--release", "--package", "profiles_server"]
            dev.call(command, children, "the build failed; cargo's text is above")
        build = "release"
    with step("starting the server"):
        binary = dev.target_directory() / build / "server"
        # Nobody has to notice that it ends.
        command = [binary, "--listen", f"127.0.0.1:{port}", "--drain", "0"]
        server = processes.start(command, cwd=ROOT, env=variables)
        children.append(server)
        dev.wait_for_port(port, server, SECONDS_TO_START)
    dev.announce(port, database_port)
    dev.wait(children)


if __name__ == "__main__":
    main(script)
