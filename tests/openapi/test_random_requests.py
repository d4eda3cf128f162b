"""Random requests, made from the document by schemathesis: each is answered as it says."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
import unittest

import document
import local_server

SECRET = "of-random-requests"
SETTINGS = pathlib.Path(__file__).with_name("schemathesis.toml")
SECONDS = 1800
LINES_SHOWN = 200


class RandomRequests(unittest.TestCase):
    def test_every_one_is_answered_as_the_document_says(self):
        command = [
            *[pathlib.Path(sys.executable).parent / "schemathesis", "--no-color", "--config-file", SETTINGS, "run", document.PATH],
            *["--url", f"http://127.0.0.1:{local_server.port}", "--header", f"X-Account-Secret: {SECRET}"],
        ]
        # It leaves files where it runs.
        with tempfile.TemporaryDirectory() as directory:
            options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
            result = subprocess.run(command, cwd=directory, timeout=SECONDS, **options)
        if result.returncode != 0:
            self.fail("\n".join(result.stdout.splitlines()[-LINES_SHOWN:]))
