"""Recording events, and the idempotency keys of their requests."""
import heads
from caller import Conflict, NotFound, Refused, attempts
from database import Action, Get, Transact
from find import find
from identity import upsert
from items import generation_of, idempotency_key
from writer import Along, AlongRefused


def put_event(generation, event, name):
    return Action(("event", *generation, event), lambda item: True, lambda _: {"name": name})


def put_key(key, event, body):
    """Stores a key, unless it is there."""
    return Action(idempotency_key(key), lambda item: not item, lambda _: {"body": body, "record": event})


def earlier(known, body):
    """Returns the record of an earlier request with the key."""
    if known["body"] != body:
        raise Conflict
    return known["record"]


def track(caller, identity, name, key=None):
    """Records an event of the profile that is named. A new profile is created, and a profile gets a uid or address that it lacks. An event
    with a known key is not recorded again."""
    event, body = caller.new("event"), (identity, name)

    def records(generation):
        return ([put_key(key, event, body)] if key else []) + [put_event(generation, event, name)]
    for _ in attempts():
        try:
            generation = generation_of((yield from find(identity, caller.fixes)))
        except NotFound:
            if caller.fixes.one_transaction:
                return (yield from _along_with_its_profile(caller, identity, key, event, body, Along(records, name)))
            yield from upsert(caller, identity, {})
            continue
        refused = yield Transact(records(generation) + [heads.count(generation, name)])
        if refused is None:
            return event
        if key and refused[0] is not None:
            return earlier(refused[0], body)
        # The profile was merged, cleared or forgotten after it was read.


def _along_with_its_profile(caller, identity, key, event, body, along):
    """Writes profile, key and event at once."""
    try:
        yield from upsert(caller, identity, {}, along=along)
        return event
    except AlongRefused as refusal:
        return earlier(refusal.items[0], body)
    except Refused:
        # The event may have been recorded before. Its identifiers may be another user's by now.
        if key and caller.fixes.unless_known:
            known = yield Get(idempotency_key(key))
            if known:
                return earlier(known, body)
        raise
