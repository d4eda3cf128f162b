"""`run.py [NAME…]`: runs the tests of openapi.yaml, or those with one of these in their name. They start a server of their own."""

from __future__ import annotations

import pathlib
import sys
import unittest

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[2] / "dev"))

import local_server  # noqa: E402
from console import main  # noqa: E402


def script() -> None:
    patterns = [f"-k{name}" for name in sys.argv[1:]]
    argv = ["tests/openapi", "discover", "-v", "-s", sys.path[0], *patterns]
    with local_server.running():
        result = unittest.main(module=None, argv=argv, exit=False).result
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main(script)
