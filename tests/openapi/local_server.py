"""The server that the tests ask, on a DynamoDB Local of its own, with an account for each part of them."""

from __future__ import annotations

import contextlib
import http.client
import json
import tempfile
import time
import urllib.parse

import dynamodb_local
import local_api
import processes
from console import step
from paths import ROOT

# The examples name this one. The others begin without data.
SECRET = local_api.SECRET
SECRETS = (SECRET, "of-errors", "of-limits", "of-random-requests")
SECONDS_TO_START = 30
SECONDS_TO_ANSWER = 60
# A busy machine's database may be late, and then the answer asks for the same request again.
BUSY = (503, 504)
SECONDS_TO_TRY = 120

port = 0


@contextlib.contextmanager
def running():
    """Serves the API on `port`."""
    global port
    children: list = []
    with tempfile.TemporaryFile("w+") as log:
        try:
            variables, _ = local_api.prepare(None, children)
            local_api.fill_database(variables, children, *SECRETS)
            with step("starting the server"):
                port = dynamodb_local.free_port()
                command = [local_api.target_directory() / "debug/server", "--listen", f"127.0.0.1:{port}", "--drain", "0"]
                server = processes.start(command, cwd=ROOT, env=variables, stdout=log)
                children.append(server)
                local_api.wait_for_port(port, server, SECONDS_TO_START)
            yield
        finally:
            processes.stop(children)


class Answer:
    """An answer: its status, its headers in lower case, and its body, which is JSON."""

    def __init__(self, response: http.client.HTTPResponse):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = response.read().decode()
        self.body = json.loads(self.text) if self.text else None

    def __repr__(self) -> str:
        return f"{self.status} {self.text}"


def send(method: str, target: str, body: bytes | str | dict | None = None, secret: str | None = SECRET, **headers: str) -> Answer:
    """Sends a request. A body that is a dict is sent as JSON; `_` in the name of a header stands for `-`."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, dict):
        body = json.dumps(body)
        headers.setdefault("Content-Type", "application/json")
    if isinstance(body, str):
        body = body.encode()
    if secret is not None:
        headers["X-Account-Secret"] = secret
    began = time.monotonic()
    while True:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_TO_ANSWER)) as connection:
            connection.request(method, target, body, headers)
            answer = Answer(connection.getresponse())
        if answer.status not in BUSY or time.monotonic() - began > SECONDS_TO_TRY:
            return answer
        time.sleep(1)


def quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")
