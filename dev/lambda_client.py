"""Invokes a Lambda function by the protocol of Lambda's API, which `cargo lambda watch` and SAM serve too."""

from __future__ import annotations

import http.client
import json
import urllib.parse

# An edited function is built first. One that is stopped during a request, by an edit say, never answers, and the caller is not told.
RESPONSE_SECONDS = 120


class Absent(Exception):
    """Nothing listens at the function's address."""


class Failed(Exception):
    """The invocation failed. The text says how, and quotes nothing of the response."""


class Function:
    """The function behind an invoke endpoint."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.address, self.path = parts.netloc, parts.path

    def invoke(self, event: dict) -> dict:
        connection = http.client.HTTPConnection(self.address, timeout=RESPONSE_SECONDS)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise Absent("the function is not running") from error
            body = json.dumps(event, ensure_ascii=False).encode()
            connection.request("POST", self.path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            result = json.loads(response.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Failed(f"the function's response is unusable ({type(error).__name__})") from error
        finally:
            connection.close()
        result = result if isinstance(result, dict) else {}
        if response.status != 200 or response.headers["X-Amz-Function-Error"] or "errorType" in result:
            raise Failed(f"the function failed (status {response.status})")
        return result
