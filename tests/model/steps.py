"""Steps: the items of a user that one write does, and their outcomes."""
from dataclasses import dataclass

from batch_items import CREATED, UNCHANGED, UPDATED
from items import Identity


@dataclass
class Step:
    """Consecutive items of one user that one write can do with the same result."""
    identity: Identity
    items: list

    def take_in(self, item):
        """Adds an item if it is certainly about the same profile. Returns whether it was added."""
        known, named = self.identity, item.identity
        if named.id is None and named.uid is None:
            is_same_user = named.email == known.email
        else:
            is_same_user = (named.id, named.uid) == (known.id, known.uid)
        if not is_same_user or (None not in (named.email, known.email) and named.email != known.email):
            return False
        if known.email is None:
            self.identity = known._replace(email=named.email)
        self.items.append(item)
        return True

    def are_named_alike(self):
        return len({item.identity for item in self.items}) == 1


def steps(items):
    found = []
    for item in items:
        if not (found and found[-1].take_in(item)):
            found.append(Step(item.identity, [item]))
    return found


def fold(step, seen, created):
    """Applies the items of a step one after the other to the profile `seen`. Returns the properties, and each item's outcome."""
    props, outcomes = {}, []
    email, uid = seen.get("email"), seen.get("uid")
    for item in step.items:
        stored = props.get(item.prop, seen.get("props", {}).get(item.prop))
        changes = stored != item.value
        props[item.prop] = item.value
        if item.identity.email not in (None, email):
            changes, email = True, item.identity.email
        if item.identity.uid not in (None, uid):
            changes, uid = True, item.identity.uid
        outcomes.append(CREATED if created and not outcomes else UPDATED if changes else UNCHANGED)
    return props, outcomes
