"""Activity heads: one item for each profile that has activities. It has the number of the profile's generation, and their sums.

A record is written together with the head, on condition of the head's generation. Nothing else is checked: a merge and a forget close the
head, and a clear raises its generation, in their own transactions.
"""
from database import Action
from items import head_key, next_revision


def count(generation, name):
    """Returns the action that counts an event in the head, if this is the head's generation."""
    def change(item):
        return item | {"GENERATION": generation.number, "names": _sum(item.get("names", {}), {name: 1}), "REV": next_revision(item)}
    return Action(head_key(generation.profile), lambda item: is_of(item, generation), change)


def is_of(head, generation):
    """Returns whether records of this generation may be written. A head that is not there yet is of the first one."""
    return "CLOSED" not in head and head.get("GENERATION", 0) == generation.number


def raised(number):
    """Returns the head of a profile's next generation, which has no activities yet."""
    return {"GENERATION": number, "names": {}, "REV": 0}


CLOSED = {"CLOSED": True}
"""The head of a profile that was forgotten or merged into another one. It takes no record."""


def put(profile, head):
    return Action(head_key(profile), lambda _: True, lambda _: dict(head))


def unite(fixes, survivor, mine, twin, theirs, name=None):
    """Returns the actions that add a merged profile's head `theirs` to the survivor's head `mine`, and close it. With `name`, an event is
    counted, too. Both heads must be as they were seen."""
    def as_seen(seen, generation):
        if not fixes.heads_as_seen:
            return lambda _: True
        return lambda item: is_of(item, generation) and item.get("REV") == seen.get("REV")
    actions = []
    if name is not None or theirs.get("names"):
        names = _sum(_sum(mine.get("names", {}), theirs.get("names", {})), {name: 1} if name is not None else {})
        united = {"GENERATION": survivor.number, "names": names, "REV": next_revision(mine)}
        actions.append(Action(head_key(survivor.profile), as_seen(mine, survivor), lambda _: united))
    if fixes.merge_closes:
        actions.append(Action(head_key(twin.profile), as_seen(theirs, twin), lambda _: dict(CLOSED)))
    return actions


def _sum(one, other):
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}
