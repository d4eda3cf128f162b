"""Every error that the document shows is what a request gets, unless no request can bring it about."""

from __future__ import annotations

import re
import unittest

import document
from local_server import Answer, send
from test_examples import requested

SECRET = "of-errors"
HOOKS = "/v3/observe/hooks"
UNKNOWN = "6b038e7b0bac7c97f4767fb7"
TOUR = {"model_kind": "tour", "model_id": "5fb70dcbc39330000325a94d"}
SOME = {"prop": "plan", "op": "ex"}
LARGE = {"a" * 200 + str(number): "x" * 768 for number in range(430)}

# Those of the environment, of luck, and of waiting. tests/it/openapi.rs holds their texts equal to the code's.
NOT_ASKED_FOR = {
    *("defect", "hash_is_taken", "hash_of_a_company_is_taken", "no_answer", "not_signed", "out_of_time", "search_too_long"),
    *("too_many_properties", "too_many_requests", "too_many_searches", "too_slow"),
}


def ask(method: str, target: str, body=None, **headers: str) -> Answer:
    return send(method, target, body, SECRET, **headers)


def profile(**fields) -> Answer:
    return ask("POST", f"{HOOKS}/profiles", fields)


def search(**fields) -> Answer:
    return ask("POST", "/v3/analyze/profiles", fields)


def retrieve(query: str) -> Answer:
    return ask("GET", f"/v3/analyze/profile?{query}")


def webhook(data: dict) -> Answer:
    return ask("POST", f"{HOOKS}/experiences", {"id": "w", "kind": "tour.started", "data": data})


def deliver(**fields) -> Answer:
    return ask("POST", "/v3/edit/deliveries", {"uid": 1, **TOUR, **fields})


def uid_is_taken() -> Answer:
    profile(uid=28421)
    return profile(id=profile(email="noor@chmln.co").body["profile"]["id"], uid=28421)


def was_shown() -> Answer:
    profile(uid="shown")
    delivery = ask("POST", "/v3/edit/deliveries", {"uid": "shown", **TOUR}).body["delivery"]["id"]
    action = {"group_kind": "delivery", "group_id": delivery}
    data = {"profile": {"uid": "shown"}, "tour": {"id": TOUR["model_id"]}, "action": action}
    ask("POST", f"{HOOKS}/experiences", {"id": "shown", "kind": "tour.started", "data": data})
    return ask("DELETE", f"/v3/edit/deliveries/{delivery}")


def property_is_there() -> Answer:
    fields = {"kind": "company", "name": "Plan value (dollars USD)"}
    ask("POST", "/v3/edit/properties", fields)
    return ask("POST", "/v3/edit/properties", fields)


ASKED_FOR = {
    "wrong_secret": lambda: send("GET", "/", secret="nobodys"),
    "unknown_path": lambda: ask("GET", "/v4"),
    "similar_path": lambda: ask("GET", "/v3/analyze/profile/"),
    "unknown_method": lambda: ask("PUT", "/"),
    "no_batch": lambda: ask("GET", f"{HOOKS}/profiles/batch/{UNKNOWN}"),
    "no_delivery": lambda: ask("GET", f"/v3/edit/deliveries/{UNKNOWN}"),
    "no_deletion": lambda: ask("GET", f"/v3/edit/deletions/{UNKNOWN}"),
    "no_tour": lambda: ask("GET", "/v3/analyze/tours/5fb70dcbc39330000325a94f"),
    "no_survey": lambda: ask("GET", "/v3/edit/surveys/5fb70dcbc39330000325a94f"),
    "no_interaction": lambda: ask("GET", f"/v3/analyze/interactions/{UNKNOWN}"),
    "no_response": lambda: ask("DELETE", f"/v3/edit/responses/{UNKNOWN}"),
    "no_property": lambda: ask("GET", f"/v3/edit/properties/{UNKNOWN}"),
    "uid_is_taken": uid_is_taken,
    "was_shown": was_shown,
    "property_is_there": property_is_there,
    "body_too_large": lambda: profile(uid=1, text="x" * 1024 * 1024),
    "batch_too_large": lambda: ask("POST", f"{HOOKS}/profiles/batch", " " * (16 * 1024 * 1024 + 1)),
    "no_json": lambda: ask("POST", f"{HOOKS}/profiles", '{"uid":1'),
    "no_utf8": lambda: ask("POST", f"{HOOKS}/profiles", b'{"uid":"\xff"}'),
    "no_object": lambda: ask("POST", f"{HOOKS}/profiles", "[]"),
    "no_query": lambda: retrieve("uid=%ff"),
    "odd_brackets": lambda: retrieve("tags[=a"),
    "conflicting_brackets": lambda: retrieve("company=1&company[uid]=1"),
    "deep_brackets": lambda: retrieve("a[b][c][d][e][f][g]=1"),
    "unknown_encoding": lambda: ask("POST", f"{HOOKS}/profiles", "{}", Content_Encoding="br"),
    "not_encoded": lambda: ask("POST", f"{HOOKS}/profiles", "{}", Content_Encoding="gzip"),
    "no_identifier": lambda: profile(plan="gold"),
    "no_usable_identifier": lambda: profile(uid=" ", email="leon"),
    "uid_too_long": lambda: profile(uid="x" * 769),
    "no_address_is_left": lambda: profile(email="$unset"),
    "unknown_company_id": lambda: profile(uid=1, company_id="5f3c4232c712de665632a6e8"),
    "two_companies": lambda: profile(uid=1, company_id="930", company_uid="931"),
    "not_a_number_of_pixels": lambda: profile(uid=1, browser_x="wide"),
    "profile_too_large": lambda: profile(uid=1, **LARGE),
    "no_company_identifier": lambda: ask("POST", f"{HOOKS}/companies", {"name": "Acme"}),
    "no_name": lambda: ask("POST", f"{HOOKS}/events", {"uid": 1, "name": "!"}),
    "event_too_large": lambda: ask("POST", f"{HOOKS}/events", {"uid": 1, "name": "large", **LARGE}),
    "not_an_array": lambda: ask("POST", f"{HOOKS}/profiles/batch", {"profiles": 1}),
    "wrong_on_model_missing": lambda: ask("POST", f"{HOOKS}/profiles/batch", {"profiles": [], "on_model_missing": "stop"}),
    "wrong_key": lambda: ask("POST", f"{HOOKS}/profiles/batch", {"profiles": []}, Idempotency_Key="k" * 256),
    "wrong_index": lambda: ask("GET", f"{HOOKS}/profiles/batch/{UNKNOWN}?after=first"),
    "no_webhook_id": lambda: ask("POST", f"{HOOKS}/experiences", {"kind": "tour.started"}),
    "no_kind": lambda: ask("POST", f"{HOOKS}/experiences", {"id": "w"}),
    "no_profile": lambda: webhook({}),
    "no_tour_id": lambda: webhook({"profile": {"uid": 1}, "tour": {}}),
    "not_a_size": lambda: retrieve("uid=1&expand[company]=none"),
    "expand_is_no_object": lambda: ask("POST", "/v3/analyze/profile", {"uid": 1, "expand": "all"}),
    "filters_are_no_array": lambda: search(filters={}),
    "wrong_op": lambda: search(filters=[SOME, SOME, {"kind": "group", "filters": [{"kind": "tour", "value": "t", "op": "eq"}]}]),
    "wrong_filters_op": lambda: search(filters_op="xor"),
    "of_a_segment": lambda: search(segment_id="5f3c4232c712de665632a6d5"),
    "too_many_filters": lambda: search(filters=[SOME] * 101),
    "wrong_limit": lambda: ask("GET", "/v3/edit/tours?limit=501"),
    "nothing_named": lambda: ask("GET", "/v3/analyze/responses"),
    "wrong_before": lambda: ask("GET", "/v3/analyze/responses?uid=1&before=x"),
    "id_and_user": lambda: ask("GET", "/v3/analyze/responses?id=s&uid=1"),
    "wrong_model_kind": lambda: deliver(model_kind="launcher"),
    "wrong_from": lambda: deliver(**{"from": "soon"}),
    "until_before_from": lambda: deliver(**{"from": "+3d", "until": "+2d"}),
    "wrong_once": lambda: deliver(once="perhaps"),
    "empty_key": lambda: deliver(idempotency_key=""),
    "no_delivery_id": lambda: ask("DELETE", "/v3/edit/deliveries"),
}


class Errors(unittest.TestCase):
    def test_every_error_is_what_a_request_gets(self):
        in_examples = {name for _, _, operation in document.operations() for name in requested(operation)}
        for name, status, message in document.errors():
            if name in NOT_ASKED_FOR or name in in_examples:
                self.assertNotIn(name, ASKED_FOR)
                continue
            with self.subTest(error=name):
                answer = ASKED_FOR[name]()
                self.assertEqual((answer.status, answer.body["code"]), (status, status), answer)
                self.assertEqual([without_ids(message)], [without_ids(found) for found in answer.body["messages"]])
        names = {name for name, _, _ in document.errors()}
        self.assertLessEqual(ASKED_FOR.keys() | NOT_ASKED_FOR, names, "errors that the document does not show")


def without_ids(message: str) -> str:
    return re.sub(r"`[0-9a-f]{24}`", "`…`", message)
