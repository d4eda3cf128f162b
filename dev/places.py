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
    """This process's environment, with the project's tools found first."""
    directories = [str(VENV / "bin"), str(TOOLS / "bin"), os.environ.get("PATH", "")]
    return {**os.environ, "PATH": os.pathsep.join(directories)}
