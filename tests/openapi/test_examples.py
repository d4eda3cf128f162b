"""Every example of the document is sent, and answered as it says."""

from __future__ import annotations

import json
import re
import time
import unittest
import urllib.parse

import document
from local_server import Answer, quoted, send

ID = re.compile(r"[0-9a-f]{24}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# A batch is applied, and lists show what was recorded, some time after the answer.
SECONDS_TO_SHOW = 120
ASK_EVERY = 0.2


class Examples(unittest.TestCase):
    def test_every_example_is_answered_as_it_says(self):
        reader = Reader()
        shown, seen = set(), set()
        for path, method, operation in document.operations():
            answers = {}
            for status, response, schema, examples in document.responses(operation):
                for name, value in examples.items():
                    answers.setdefault(name, (status, response, schema, value))
                if status < 300:
                    shown |= {json.dumps(value) for value in examples.values()}
            names = requested(operation) or [name for name, (status, *_) in answers.items() if status < 300]
            self.assertTrue(names, operation["operationId"])
            for name in names:
                with self.subTest(operation=operation["operationId"], example=name):
                    status, _, schema, value = answers[name]
                    reader.read(self, (path, method, operation, name), (status, schema, value))
                    seen.add(json.dumps(value))
        self.assertEqual(shown - seen, set(), "examples of answers that no request gets")


def requested(operation: dict) -> list:
    """Returns the names of an operation's examples of requests."""
    names: dict = {}
    for parameter in operation["parameters"]:
        names.update(dict.fromkeys(examples_of(parameter)))
    for content in document.resolved(operation.get("requestBody", {})).get("content", {}).values():
        names.update(dict.fromkeys(content.get("examples", {})))
    return list(names)


def examples_of(parameter: dict) -> dict:
    if "content" in parameter:
        parameter = parameter["content"]["application/json"]
    return {name: document.resolved(example)["value"] for name, example in parameter.get("examples", {}).items()}


class Reader:
    """Sends the examples one after the other. An id in the document may be another one here, and is then the same everywhere."""

    def __init__(self):
        self.ids: dict = {}
        self.sent = ""

    def read(self, test: unittest.TestCase, request: tuple, expected: tuple) -> None:
        status, schema, value = expected
        began = time.monotonic()
        while True:
            answer = self.ask(*request)
            ids = dict(self.ids)
            if answer.status == status and self.fits(value, answer.body):
                document.validator(schema).validate(answer.body)
                return
            self.ids = ids
            # Only what shows in time is asked for again.
            if answer.status != 200 or request[1] == "delete" or time.monotonic() - began > SECONDS_TO_SHOW:
                test.fail(f"expected {status} {json.dumps(value)}\nfound    {answer!r}")
            time.sleep(ASK_EVERY)

    def ask(self, path: str, method: str, operation: dict, name: str) -> Answer:
        query, headers, body = [], {}, None
        for parameter in operation["parameters"]:
            named = examples_of(parameter)
            if parameter["in"] == "path":
                value = named.get(name, parameter.get("example"))
                path = path.replace(f"{{{parameter['name']}}}", quoted(self.own(str(value))))
            elif name in named:
                if parameter["in"] == "header":
                    headers[parameter["name"]] = named[name]
                elif parameter.get("style") == "deepObject":
                    query += [(f"{parameter['name']}[{field}]", word) for field, word in named[name].items()]
                else:
                    value = named[name]
                    query.append((parameter["name"], self.own(value if isinstance(value, str) else json.dumps(value))))
        for kind, content in document.resolved(operation.get("requestBody", {})).get("content", {}).items():
            if name in content.get("examples", {}):
                value = document.resolved(content["examples"][name])["value"]
                body = urllib.parse.urlencode(value) if kind.endswith("urlencoded") else self.own(json.dumps(value))
                headers["Content-Type"] = kind
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        self.sent += f"{target} {body}"
        # Where the secret is in the path, it is sent nowhere else.
        return send(method.upper(), target, body, **({"secret": None} if operation.get("security") == [] else {}), **headers)

    def own(self, text: str) -> str:
        return ID.sub(lambda found: self.ids.get(found[0], found[0]), text)

    def fits(self, expected, found, name: str = "") -> bool:
        """Returns whether an answer is as the document shows it. Ids, times and `percent` may be others of the same form."""
        if isinstance(expected, dict) and isinstance(found, dict):
            return expected.keys() == found.keys() and all(self.fits(value, found[key], key) for key, value in expected.items())
        if isinstance(expected, list) and isinstance(found, list):
            return len(expected) == len(found) and all(map(self.fits, expected, found))
        if name == "percent":
            return isinstance(found, (int, float)) and 0 <= found < 100
        if isinstance(expected, str) and isinstance(found, str):
            if ID.fullmatch(expected):
                known = expected if expected in self.sent else found
                return bool(ID.fullmatch(found)) and self.ids.setdefault(expected, known) == found
            if TIME.fullmatch(expected) and expected[:19] not in self.sent:
                return bool(TIME.fullmatch(found))
        return expected == found and type(expected) is type(found)
