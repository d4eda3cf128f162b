"""Steps: the items of a user that one write does, and their outcomes."""
from dataclasses import dataclass

from batch_items import CREATED, UNCHANGED, UPDATED
from companies import Leaves
from items import Identity


ABSENT = object()


@dataclass
class Step:
    """Consecutive items of one user that one write can do with the same result."""
    identity: Identity
    items: list
    company: object = None
    """The company of all of them that name one."""

    def __post_init__(self):
        self.company = next((item.company for item in self.items if item.company is not None), None)

    def take_in(self, item, fixes):
        """Adds an item if it is certainly about the same profile. Returns whether it was added."""
        known, named = self.identity, item.identity
        if named.id is None and named.uid is None:
            is_alike = known.id is None and known.uid is None or not fixes.named_alike
            is_same_user = named.email == known.email and is_alike
        else:
            is_same_user = (named.id, named.uid) == (known.id, known.uid)
        before, after = _address_after(known), _address_after(named)
        if not is_same_user or (KEPT not in (before, after) and before != after and (fixes.unset_apart or None not in (before, after))):
            return False
        if None not in (self.company, item.company) and self.company != item.company:
            return False
        self.company = self.company or item.company
        self.identity = known._replace(email=known.email or named.email, unsets=known.unsets or named.unsets)
        self.items.append(item)
        return True

    def are_named_alike(self):
        return len({item.identity[:3] for item in self.items}) == 1


KEPT = "kept"
"""A change leaves the address as it is."""


def _address_after(identity):
    """Returns the address after a change: `None` if it takes the address away, `KEPT` if it leaves it."""
    return None if identity.unsets else identity.email or KEPT


def steps(items, fixes):
    found = []
    for item in items:
        if not (found and found[-1].take_in(item, fixes)):
            found.append(Step(item.identity, [item]))
    return found


def fold(step, seen, created, membership, fixes):
    """Applies the items of a step one after the other to the profile `seen`. Returns the properties, and each item's outcome."""
    props, outcomes = {}, []
    email, uid, company = seen.get("email"), seen.get("uid"), seen.get("company_id")
    for item in step.items:
        stored = props.get(item.prop, seen.get("props", {}).get(item.prop, ABSENT))
        changes = stored != item.value
        props[item.prop] = item.value
        if item.identity.email not in (None, email):
            changes, email = True, item.identity.email
        if item.identity.unsets and email is not None:
            changes, email = True, None
        if item.identity.uid not in (None, uid):
            changes, uid = True, item.identity.uid
        if item.company is not None and membership is not None:
            joined = None if isinstance(membership, Leaves) else membership.id
            is_same = company == joined or not fixes.fold_by_id and company and joined and company.slot == joined.slot
            changes, company = changes or not is_same, joined
        outcomes.append(CREATED if created and not outcomes else UPDATED if changes else UNCHANGED)
    return props, outcomes
