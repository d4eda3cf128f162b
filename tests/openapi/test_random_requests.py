"""Random requests, made from the document by schemathesis: each is answered as it says. They are the same in every run."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
import unittest

import document
import local_server

SECRET = "of-random-requests"
SECONDS = 900
LINES_SHOWN = 200

# The API takes more than a schema says: other spellings of a field, and fields that it ignores with a warning. What it asks of several
# parameters together (one identifier of three) a schema cannot say. And an unknown method is a 404 that names the known ones.
NOT_CHECKED = "negative_data_rejection,positive_data_acceptance,unsupported_method"


class RandomRequests(unittest.TestCase):
    def test_of_each_operation(self):
        schemathesis("examples,coverage,fuzzing", 10)

    def test_of_operations_that_follow_the_links_of_others(self):
        schemathesis("stateful", 60)


def schemathesis(phases: str, examples: int) -> None:
    command = [
        *[pathlib.Path(sys.executable).parent / "schemathesis", "--no-color", "run", document.PATH],
        *["--url", f"http://127.0.0.1:{local_server.port}", "--header", f"X-Account-Secret: {SECRET}"],
        *["--phases", phases, "--max-examples", str(examples), "--generation-deterministic", "--exclude-checks", NOT_CHECKED],
    ]
    # It leaves files where it runs.
    with tempfile.TemporaryDirectory() as directory:
        result = subprocess.run(
            command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=SECONDS
        )
    if result.returncode != 0:
        raise AssertionError("\n".join(result.stdout.splitlines()[-LINES_SHOWN:]))
