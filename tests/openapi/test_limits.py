"""The limits of the document are those of the server: what is at a limit is taken, and what is beyond it is treated as the table says."""

from __future__ import annotations

import json
import unittest

from local_server import Answer, send

SECRET = "of-limits"
HOOKS = "/v3/observe/hooks"
TOUR = {"model_kind": "tour", "model_id": "t"}


def ask(method: str, target: str, body=None, **headers: str) -> Answer:
    return send(method, target, body, SECRET, **headers)


def profile(**fields) -> Answer:
    return ask("POST", f"{HOOKS}/profiles", {"uid": "limits", **fields})


def batch(**headers: str) -> Answer:
    return ask("POST", f"{HOOKS}/profiles/batch", {"profiles": []}, **headers)


def search(*filters: dict, **fields) -> Answer:
    return ask("POST", "/v3/analyze/profiles", {"filters": filters, **fields})


def event(**fields) -> Answer:
    return ask("POST", f"{HOOKS}/events", {"uid": "limits", "name": "e", **fields})


def webhook(id: str = "w", tour: str = "t") -> Answer:
    data = {"profile": {"uid": "limits"}, "tour": {"id": tour}}
    return ask("POST", f"{HOOKS}/experiences", {"id": id, "kind": "tour.started", "data": data})


def deliver(**fields) -> Answer:
    return ask("POST", "/v3/edit/deliveries", {"uid": "limits", **TOUR, "delivery_ids_at_limit": "drop", **fields})


def padded(body: dict, bytes: int) -> str:
    """Returns JSON of so many bytes, with blanks at its end."""
    return json.dumps(body).ljust(bytes)


def levels(number: int) -> dict:
    """Returns a filter that goes so many levels deep."""
    return {"prop": "a", "op": "ex"} if number == 1 else {"kind": "group", "filters": [levels(number - 1)]}


def options(bytes: int) -> dict:
    """Returns options that are so many bytes of JSON."""
    return {"a": "x" * (bytes - len(json.dumps({"a": ""})))}


def email(bytes: int) -> str:
    return "a" * (bytes - len("@chmln.co")) + "@chmln.co"


def hashes(levels: int):
    return {"a": hashes(levels - 1)} if levels else 1


SOME = {"prop": "plan", "op": "ex"}

# What is refused beyond a limit: a request with a number, the limit, and the status of one more.
REFUSED = {
    "decoded body": (lambda n: ask("POST", f"{HOOKS}/profiles", padded({"uid": "limits"}, n)), 1_048_576, 413),
    "a batch's decoded body": (lambda n: ask("POST", f"{HOOKS}/profiles/batch", padded({"profiles": []}, n)), 16_777_216, 413),
    "uid": (lambda n: profile(uid="x" * n), 768, 422),
    "company_uid": (lambda n: profile(company_uid="x" * n), 768, 422),
    "items on a page": (lambda n: search(limit=n), 500, 422),
    "properties on a page": (lambda n: ask("GET", f"/v3/edit/properties?kind=event&limit={n}"), 500, 422),
    "filters of a search": (lambda n: search(*[SOME] * n), 100, 422),
    "levels of filters": (lambda n: search(levels(n)), 5, 422),
    "values in a list of a filter": (lambda n: search({"prop": "a", "op": "in-v", "value": list(range(n))}), 500, 422),
    "bytes of a value": (lambda n: search({"prop": "a", "op": "eq", "value": "x" * n}), 768, 422),
    "Idempotency-Key": (lambda n: batch(Idempotency_Key="k" * n), 255, 422),
    "name of an event": (lambda n: event(name="x" * n), 255, 422),
    "id of a webhook": (lambda n: webhook(id="x" * n), 255, 422),
    "id of a tour": (lambda n: webhook(tour="x" * n), 255, 422),
    "options of a delivery": (lambda n: deliver(options=options(n)), 4096, 422),
    "idempotency_key of a delivery": (lambda n: deliver(idempotency_key="k" * n), 255, 422),
    "limit of pending deliveries": (lambda n: deliver(delivery_ids_limit=n), 3, 422),
    "name of a property": (lambda n: ask("POST", "/v3/edit/properties", {"kind": "event", "name": "p" * n}), 255, 422),
    "description of a property": (
        lambda n: ask("POST", "/v3/edit/properties", {"kind": "event", "name": f"p{n}", "description": "d" * n}),
        1024,
        422,
    ),
}
# What is stored with a warning beyond a limit: a request with a number, the limit, and the warning's message.
WARNED = {
    "a string": (lambda n: profile(a="x" * n), 768, "cut to 768 bytes"),
    "a property's name": (lambda n: profile(**{"x" * n: 1}), 255, "dropped: the name is longer than 255 bytes"),
    "levels of hashes": (lambda n: profile(a=hashes(n)), 3, "hashes go 3 levels deep: stored as JSON text"),
    "email": (lambda n: profile(email=email(n)), 320, "not stored: it is longer than 320 bytes"),
}


class Limits(unittest.TestCase):
    def test_one_more_is_refused(self):
        for name, (request, limit, status) in REFUSED.items():
            with self.subTest(limit=name):
                self.assertLess(request(limit).status, 300)
                answer = request(limit + 1)
                self.assertEqual(answer.status, status, answer)

    def test_one_more_is_stored_with_a_warning(self):
        for name, (request, limit, message) in WARNED.items():
            with self.subTest(limit=name):
                self.assertNotIn("warnings", request(limit).body)
                self.assertEqual([warning["message"] for warning in request(limit + 1).body["warnings"]], [message])

    def test_an_answer_has_a_hundred_warnings_and_one_that_counts_the_others(self):
        for sent, shown, last in ((100, 100, None), (107, 101, "7 more warnings")):
            warnings = profile(**{f"a{number}": "x" * 769 for number in range(sent)}).body["warnings"]
            self.assertEqual(len(warnings), shown)
            self.assertEqual(warnings[100:], [{"prop": "…", "message": last}] if last else [])

    def test_a_user_has_three_pending_deliveries(self):
        profile(uid="delivered")
        for number in range(4):
            answer = ask("POST", "/v3/edit/deliveries", {"uid": "delivered", **TOUR})
            self.assertEqual(answer.status, 201 if number < 3 else 409)
