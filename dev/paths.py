"""Paths of the project and its tools, and the environment that finds them."""

from __future__ import annotations

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The project's own tools, which are not committed.
TOOLS = ROOT / ".tools"
VENV = TOOLS / "venv"
DYNAMODB_LOCAL = TOOLS / "dynamodb-local"
CONSOLE_TOOLS = TOOLS / "console"
# What `make bench` compares with.
PEERS = ROOT / "bench/peers"
PEERS_PYTHON, PEERS_NODE = TOOLS / "peers-python", TOOLS / "peers-node"


def environment() -> dict:
    """Returns this process's environment, with the project's tools first on PATH and without harmful settings."""
    directories = [str(VENV / "bin"), str(TOOLS / "bin"), os.environ.get("PATH", "")]
    # The AWS SDK would send requests to this machine through a proxy, too.
    direct = ",".join(filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "127.0.0.1", "localhost"]))
    variables = {**os.environ, "PATH": os.pathsep.join(directories), "NO_PROXY": direct, "no_proxy": direct}
    # At lower levels, cargo-lambda logs request paths, and secrets with them.
    variables.pop("RUST_LOG", None)
    return variables
