"""A Lambda function, invoked as Lambda's own API does it, which `cargo lambda watch` serves too."""

from __future__ import annotations

import http.client
import json
import urllib.parse

# An edited function is built first. One that is ended in mid-request, as by an edit, never answers: nobody tells the caller.
ANSWER_SECONDS = 120


class Absent(Exception):
    """Nobody listens where the function should be."""


class Failed(Exception):
    """The function was invoked, and did not succeed; the text says how, and quotes nothing of the answer."""


class Function:
    """The function behind an invoke endpoint."""

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.address, self.path = parts.netloc, parts.path

    def invoke(self, event: dict) -> dict:
        connection = http.client.HTTPConnection(self.address, timeout=ANSWER_SECONDS)
        try:
            try:
                connection.connect()
            except OSError as error:
                raise Absent("the function is not there") from error
            body = json.dumps(event, ensure_ascii=False).encode()
            connection.request("POST", self.path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            result = json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Failed(f"the function does not answer as a function does ({type(error).__name__})") from error
        finally:
            connection.close()
        result = result if isinstance(result, dict) else {}
        if answer.status != 200 or answer.headers["X-Amz-Function-Error"] or "errorType" in result:
            raise Failed(f"the function failed (status {answer.status})")
        return result
