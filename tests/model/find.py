"""Finding one profile, by strongly consistent reads of primary keys."""
from caller import NotFound, ProfilesDiffer
from database import Get
from claims import leads_to
from items import claim_key, is_live, slot_key, slot_of_uid


def find(identity, fixes):
    """Finds the profile that all identifiers name: by its id, or else its uid, or else its address."""
    if identity.id is not None:
        item = yield from _by_id(identity.id)
    elif identity.uid is not None:
        item = yield from _by_uid(identity.uid)
    else:
        item = yield from _by_email(identity.email, fixes)
    if item is None:
        raise NotFound
    if identity.uid not in (None, item.get("uid")) or identity.email not in (None, item.get("email")):
        raise ProfilesDiffer
    return item


def _at(profile):
    item = yield Get(slot_key(profile.slot))
    return item if item.get("id") == profile else None


def _by_id(profile):
    item = yield Get(slot_key(profile.slot))
    if "ALIAS_OF" in item and item.get("ALIAS_ID") == profile:
        return (yield from _at(item["ALIAS_OF"]))
    return item if item.get("id") == profile else None


def _by_uid(uid):
    item = yield Get(slot_key(slot_of_uid(uid)))
    if "ALIAS_OF" in item:
        item = yield from _at(item["ALIAS_OF"])
    return item if item and is_live(item) and item.get("uid") == uid else None


def _by_email(email, fixes):
    """If the profile that the claim names has not the address, nobody had it when one of them was read, or in between. Or it went to the
    profile into which the claimed one was merged."""
    claim = yield Get(claim_key(email))
    if "id" not in claim:
        return None
    item = yield Get(slot_key(claim["id"].slot))
    survivor = leads_to(item, claim["id"])
    if survivor is not None and fixes.follows_alias:
        item = yield Get(slot_key(survivor.slot))
    return item if is_live(item) and item.get("email") == email else None
