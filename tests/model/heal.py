"""Healing: a claim that names no profile with its address is mended by the first writer that meets it.

Only a restore of tables to different instants, or a change by hand, leaves such a claim. The transaction checks that the claim and the slot
that it names are still as they were seen. Between any two other writes they agree, so it never touches a claim that was merely on its way.
"""
from database import Action, Get, Transact
from items import claim_key, is_live, log_with, slot_key, unchanged


def holds(item, owner, email):
    """Returns whether this is the profile `owner`, and has the address."""
    return item.get("id") == owner and item.get("email") == email


def leads_to(item, owner):
    """Returns the id of the profile into which `owner` was merged, if `item` is what is in its slot."""
    return item["ALIAS_OF"] if item.get("ALIAS_ID") == owner else None


def mend(fixes, now, email, owner, seen):
    """Mends a claim that names `owner`, in whose slot `seen` was found. If that changed meanwhile, nothing is done.

    If the profile that is there by now, or the one into which it was merged, has the address, that one gets the claim. Otherwise it is
    nobody's, and is released."""
    if not fixes.heals_claims or holds(seen, owner, email):
        return
    heir = seen
    if leads_to(seen, owner) is not None:
        heir = yield Get(slot_key(leads_to(seen, owner).slot))
    is_named = lambda item: item.get("id") == owner if fixes.claim_still_named else "id" in item
    if is_live(heir) and heir.get("email") == email and fixes.claim_goes_on:
        change, seen = (lambda item: item | {"id": heir["id"]}), heir
        slot = heir["id"].slot
    else:
        change, slot = _released(fixes, now, owner, seen), owner.slot
    is_as_seen = unchanged(seen) if fixes.slot_still_seen else lambda _: True
    yield Transact([Action(claim_key(email), is_named, change), Action(slot_key(slot), is_as_seen, None)])


def _released(fixes, now, owner, seen):
    def change(item):
        new = {name: value for name, value in item.items() if name != "id"} | {"EXPIRES_AT": now}
        if seen.get("APPLIED"):
            new["APPLIED"] = log_with(item.get("APPLIED"), seen["APPLIED"])
        if fixes.fence_goes_along and "FORGOTTEN_AT" in seen and "ALIAS_OF" not in seen and seen.get("LAST", -1) >= owner.second:
            # The profile was forgotten, and its claim came back.
            new["FORGOTTEN_AT"] = max(item.get("FORGOTTEN_AT", 0), seen["FORGOTTEN_AT"])
        return new
    return change


def reclaim(fixes, email, id):
    """Gives a profile that was found with an address the claim to it, if nobody has that. A repair does so for each such profile."""
    seen = yield Get(slot_key(id.slot))
    claim = yield Get(claim_key(email))
    if not holds(seen, id, email) or "id" in claim:
        return
    is_seen = unchanged(seen) if fixes.profile_still_seen else is_live
    give = lambda item: {name: value for name, value in item.items() if name not in ("EXPIRES_AT", "DELETION")} | {"id": id}
    yield Transact([Action(claim_key(email), lambda item: "id" not in item, give), Action(slot_key(id.slot), is_seen, None)])
