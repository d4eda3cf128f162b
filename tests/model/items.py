"""Stored items: their keys, and the content of a slot: nothing, a profile, an alias or a tombstone."""
from typing import NamedTuple, Optional

SECOND = 1000
"""Milliseconds. An id carries whole seconds."""
MARGIN = 120 * SECOND
"""A batch that is accepted this long after a forget still counts as accepted before it: clocks differ, and a forget takes time."""


class ProfileId(NamedTuple):
    """A profile's id: the second of its creation, and its slot."""
    second: int
    slot: str


class Identity(NamedTuple):
    """The identifiers in a request."""
    id: Optional[ProfileId] = None
    uid: Optional[str] = None
    email: Optional[str] = None
    unsets: bool = False
    """Whether the request takes the profile's address away. Then it has none itself."""


class Generation(NamedTuple):
    """A generation of a profile: the records that are current together."""
    profile: ProfileId
    number: int


def slot_key(slot):
    return ("slot", slot)


def registry_key(kind):
    """The values of the properties of a kind. The model has none: what matters here is when they are read."""
    return ("registry", kind)


def claim_key(email):
    return ("claim", email)


def head_key(profile):
    return ("head", profile)


def idempotency_key(key):
    return ("key", key)


def slot_of_uid(uid):
    return "uid:" + uid


def is_live(item):
    """Returns whether a profile is here."""
    return "id" in item


def is_tombstone(item):
    return "id" not in item and "FORGOTTEN_AT" in item


def generation_of(item):
    return Generation(item["id"], item.get("GENERATION", 0))


def generations_of(item):
    """Returns all current generations of a profile: its own, and those of profiles merged into it."""
    return {generation_of(item)} | item.get("INHERITED", frozenset())


def next_update(item, now, fixes):
    """Returns the time of a change that is made now. If another clock has made a later change, it is later than that."""
    last = item.get("updated_at", -1) if fixes.monotonic else -1
    if fixes.later_than_forgotten:
        last = max(last, item.get("FORGOTTEN_AT", -1))
    return now if last <= now else last + 1


def id_after(item, now, slot):
    """Returns the id of a new profile in a slot, later than all earlier ids in the slot."""
    return ProfileId(max(now // SECOND, item.get("LAST", -1) + 1), slot)


def next_revision(item):
    return item.get("REV", 0) + 1


def unchanged(seen):
    """Returns the condition that a slot is as it was seen. Its revision counts on through all its contents."""
    return lambda item: item.get("REV") == seen.get("REV")


def alias(seen, target):
    """Returns the alias that replaces the content of a slot."""
    new = {name: seen[name] for name in ("FORGOTTEN_AT", "LAST") if name in seen}
    if is_live(seen):
        new |= {"LAST": seen["id"].second, "ALIAS_ID": seen["id"]}
    return new | {"ALIAS_OF": target, "REV": next_revision(seen)}


def merged_props(own, of_twin, null_is_none):
    """Returns the properties of a merged profile. With `null_is_none`, a property that is null counts as none."""
    return {**of_twin, **{name: value for name, value in own.items() if not null_is_none or value is not None or name not in of_twin}}


def merged(seen, twin, fixes):
    """Returns a profile with everything that only its twin has."""
    both = dict(seen)
    if fixes.later_than_twin:
        both["updated_at"] = max(seen["updated_at"], twin["updated_at"])
    both["props"] = merged_props(seen.get("props", {}), twin.get("props", {}), fixes.null_is_none)
    for name in ("last_cleared_at", "company_id"):
        if name in twin:
            both.setdefault(name, twin[name])
    if "APPLIED" in twin:
        both["APPLIED"] = log_with(seen.get("APPLIED"), twin["APPLIED"])
    both["INHERITED"] = seen.get("INHERITED", frozenset()) | twin.get("INHERITED", frozenset()) | {generation_of(twin)}
    both["FORMER"] = seen.get("FORMER", frozenset()) | twin.get("FORMER", frozenset())
    return both


# The applied log of a profile: for each item of a batch that is in it `(batch, index, outcome)`.

def log_with(log, more):
    """Adds entries to an applied log. Known outcomes stay."""
    log = log or frozenset()
    known = {(batch, index) for batch, index, _ in log}
    return log | {entry for entry in more if entry[:2] not in known}


def outcome_in(log, batch, index):
    """Returns the outcome of an item, if it is in the applied log."""
    return next((entry[2] for entry in sorted(log or ()) if entry[:2] == (batch, index)), None)
