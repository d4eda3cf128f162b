"""Claims of addresses: what is in them, and what becomes of one that is nobody's.

A claim names a profile's id, and counts only if that profile has the address. Otherwise it is nobody's: whoever wrote it is on the way to the
profile, or died there, or died before it released the address. Every profile with an address has its claim, at any time. So the claim is
written before the profile gets the address, and released after the profile has lost it.
"""
from database import Action, Get, Transact
from items import claim_key, is_live, is_tombstone, log_with, next_revision, slot_key, unchanged


def holds(item, owner, email):
    """Returns whether this is the profile `owner`, and has the address."""
    return item.get("id") == owner and item.get("email") == email


def leads_to(item, owner):
    """Returns the id of the profile into which `owner` was merged, if `item` is what is in its slot."""
    return item["ALIAS_OF"] if item.get("ALIAS_ID") == owner else None


def take(fixes, email, me, guard):
    """Returns the action that claims an address for `me`, unless the claim names another one. It counts in the revision even if the claim
    names `me` already."""
    def is_allowed(item):
        return guard is None or not guard.was_forgotten_since(item, fixes.fenced_ahead) and guard.is_claim_as_seen(item)
    return Action(claim_key(email), lambda item: item.get("id", me) == me and is_allowed(item), _given_to(fixes, me))


def hand_over(email, owner, to):
    return Action(claim_key(email), lambda item: item.get("id") == owner, lambda item: item | {"id": to, "REV": next_revision(item)})


def release(fixes, now, email, claim, log):
    """Returns the action that releases a claim as it was read. It is not deleted, because it may be a tombstone. It keeps the applied log of
    the profile."""
    def is_as_read(item):
        return item.get("id") == claim["id"] and (not fixes.released_as_read or unchanged(claim)(item))
    return Action(claim_key(email), is_as_read, _released(fixes, now, log))


def take_over(fixes, now, email, claim, seen):
    """Releases a claim that is nobody's, in whose slot `seen` was found. If one of them changed meanwhile, nothing is done.

    It raises the revision of the slot. So nobody can write the address there who claimed it before.
    If the profile that is there by now, or the one into which the claimed one was merged, has the address, that one gets the claim."""
    if not fixes.takes_over:
        return
    owner, heir = claim["id"], seen
    if leads_to(seen, owner) is not None:
        heir = yield Get(slot_key(leads_to(seen, owner).slot))
    is_as_read = unchanged(claim) if fixes.taken_as_read else lambda item: "id" in item
    named = lambda item: is_as_read(item) and (not fixes.taken_as_read or item.get("id") == owner)
    if is_live(heir) and heir.get("email") == email and fixes.claim_goes_on:
        # Only tables that were restored to different instants lead here.
        actions = [Action(claim_key(email), named, _given_to(fixes, heir["id"])), Action(slot_key(heir["id"].slot), unchanged(heir), None)]
    else:
        log = heir.get("APPLIED") if fixes.log_of_survivor else seen.get("APPLIED")
        change = _released(fixes, now, log, _forgotten_at(fixes, owner, seen))
        actions = [Action(claim_key(email), named, change), _barrier(fixes, now, owner.slot, seen)]
    yield Transact(actions)


def _barrier(fixes, now, slot, seen):
    """Returns the action that raises the revision of a slot as it was seen. An empty slot gets an item that has nothing else, and expires."""
    def change(item):
        is_vacant = not is_live(item) and not is_tombstone(item) and "ALIAS_OF" not in item
        return item | {"REV": next_revision(item)} | ({"EXPIRES_AT": now} if is_vacant else {})
    return Action(slot_key(slot), unchanged(seen) if fixes.slot_still_seen else lambda _: True, change if fixes.barrier else None)


def _given_to(fixes, id):
    def change(item):
        kept = {name: value for name, value in item.items() if name not in ("EXPIRES_AT", "DELETION")}
        counts = fixes.claim_counts or item.get("id") != id
        return kept | {"id": id, "REV": next_revision(item) if counts else item.get("REV", 0)}
    return change


def _released(fixes, now, log, forgotten_at=None):
    def change(item):
        new = {name: value for name, value in item.items() if name != "id"} | {"EXPIRES_AT": now, "REV": next_revision(item)}
        if fixes.claim_log and log:
            new["APPLIED"] = log_with(item.get("APPLIED"), log)
        if forgotten_at is not None:
            new["FORGOTTEN_AT"] = max(item.get("FORGOTTEN_AT", 0), forgotten_at)
        return new
    return change


def _forgotten_at(fixes, owner, seen):
    """Returns when the profile was forgotten whose claim is there. It may have had the address, if the claim came back by a restore."""
    if fixes.fence_goes_along and is_tombstone(seen) and "ALIAS_OF" not in seen and seen.get("LAST", -1) >= owner.second:
        return seen["FORGOTTEN_AT"]
    return None


def reclaim(fixes, email, id):
    """Gives a profile that was found with an address the claim to it, if nobody has that. A repair does so for each such profile."""
    seen = yield Get(slot_key(id.slot))
    claim = yield Get(claim_key(email))
    if not holds(seen, id, email) or "id" in claim:
        return
    is_seen = unchanged(seen) if fixes.profile_still_seen else is_live
    yield Transact([Action(claim_key(email), lambda item: "id" not in item, _given_to(fixes, id)), Action(slot_key(id.slot), is_seen, None)])
