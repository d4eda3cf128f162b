"""Where things are."""

from __future__ import annotations

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Tools of this project only, none of them committed.
TOOLS = ROOT / ".tools"
VENV = TOOLS / "venv"
DYNAMODB_LOCAL = TOOLS / "dynamodb-local"


def environment() -> dict:
    """This process's environment, with the project's tools found first and nothing in it that does harm here."""
    directories = [str(VENV / "bin"), str(TOOLS / "bin"), os.environ.get("PATH", "")]
    # A proxy is for the world outside; the AWS SDK would ask it for this machine's own addresses too.
    direct = ",".join(filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "127.0.0.1", "localhost"]))
    variables = {**os.environ, "PATH": os.pathsep.join(directories), "NO_PROXY": direct, "no_proxy": direct}
    # On the lower levels that it may ask for, cargo-lambda prints paths, and with them secrets.
    variables.pop("RUST_LOG", None)
    return variables
