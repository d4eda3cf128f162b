"""Groups and links: the items of a chunk that are about one user."""
from database import GetMany
from items import claim_key, slot_key, slot_of_uid


class DisjointSets:
    """Disjoint sets of places. Each is represented by its first place."""

    def __init__(self, size):
        self.parents = list(range(size))

    def find(self, place):
        while self.parents[place] != place:
            place = self.parents[place]
        return place

    def union(self, one, other):
        one, other = sorted((self.find(one), self.find(other)))
        self.parents[other] = one


def group(items):
    """Groups the items that share identifiers, directly or through other items."""
    sets, by_name = DisjointSets(len(items)), {}
    for place, item in enumerate(items):
        id, uid, email, _ = item.identity
        names = [id and ("slot", id.slot), uid and ("slot", slot_of_uid(uid)), email and ("email", email)]
        for name in filter(None, names):
            sets.union(by_name.setdefault(name, place), place)
    groups = {}
    for place, item in enumerate(items):
        groups.setdefault(sets.find(place), []).append(item)
    return list(groups.values())


def links(groups):
    """Returns for each group the first group that leads to the same stored profile, perhaps by another identifier."""
    by_uid, by_id, by_email = {}, {}, []
    for place, items in enumerate(groups):
        for id, uid, email, _ in (item.identity for item in items):
            if id is not None:
                by_id[id] = place
            elif uid is not None:
                by_uid[uid] = place
            else:
                by_email.append((email, place))
    if not by_id and not (by_uid and by_email):
        return list(range(len(groups)))
    sets = DisjointSets(len(groups))
    claims = yield from get_many(claim_key(email) for email, _ in by_email)
    owners = [(claims[claim_key(email)].get("id"), place) for email, place in by_email]
    owners = [owner for owner in owners if owner[0]] + list(by_id.items())
    profiles = yield from get_many(slot_key(id.slot) for id, _ in owners)
    survivors = []
    for id, place in owners:
        item = profiles[slot_key(id.slot)]
        survivors.append((item["ALIAS_OF"] if item.get("ALIAS_ID") == id else id, place))
    profiles |= yield from get_many(
        slot_key(survivor[0].slot) for survivor, owner in zip(survivors, owners) if survivor != owner
    )
    by_profile = {}
    for id, place in survivors:
        sets.union(by_profile.setdefault(id, place), place)
        item = profiles[slot_key(id.slot)]
        if item.get("id") == id and item.get("uid") in by_uid:
            sets.union(by_uid[item["uid"]], place)
    return [sets.find(place) for place in range(len(groups))]


def get_many(keys):
    keys = sorted(set(keys))
    if not keys:
        return {}
    return (yield GetMany(keys))
