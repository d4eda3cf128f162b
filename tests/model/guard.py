"""The guard of a batch's write: its extra conditions, because an item is written long after its request was answered."""
from dataclasses import dataclass

from items import MARGIN, is_live

CREATION, CHANGE, ATTACHMENT = "creation", "change", "attachment"
"""The effects of a write on its profile. An attachment gives it a new uid."""

ANY = object()
"""Stands for any revision, id or applied log."""


class Abort(Exception):
    """Nothing was written."""


class Forgotten(Abort):
    """The profile was forgotten after the batch was accepted."""


class Missing(Abort):
    """The profile is not there, and none is to be created."""


class Overtaken(Abort):
    """Another request wrote the profile meanwhile."""


class Unexpected(Abort):
    """The write would have this effect instead of the expected one."""

    def __init__(self, found):
        self.found = found


class Apart(Abort):
    """Several items may have other outcomes one after the other than at once."""


@dataclass
class Guard:
    """The conditions of a batch's write, besides those of any upsert."""
    accepted_at: int
    ignore: bool
    """Whether items without a profile are ignored."""
    expected: str
    seen: frozenset
    """The applied log as it was seen in the profile."""
    revision: object
    """The profile's revision as it was seen; `None` if nothing was there. The outcomes depend on it. With `ANY`, the applied log must be as
    it was seen."""
    profile: object
    """The id of the profile with that revision, because another one may have the same; or `ANY`."""
    entries: frozenset
    """The entries for the applied log, so that the same items are never written a second time."""
    claim_log: object = ANY
    """The applied log as it was seen in the claim, if only an address names the profile; otherwise `ANY`."""
    is_of_several: bool = False
    """Whether it writes several items. Then it must not make one profile of two."""
    margin: int = MARGIN

    def was_forgotten_since(self, item, is_free=False):
        """Returns whether a profile was forgotten here after the batch was accepted. `is_free`: nobody has the address, whomever the claim
        names."""
        marks = ["FORGOTTEN_AT"] + ["FENCED_AT"] * (is_free or not is_live(item))
        times = [item[name] for name in marks if name in item]
        return bool(times) and max(times) + self.margin >= self.accepted_at

    def check(self, item):
        if self.was_forgotten_since(item):
            raise Forgotten

    def check_profile(self, item):
        self.check(item)
        if is_live(item) and not self._is_as_seen(item):
            raise Overtaken

    def holds_for(self, item):
        """The condition on a slot. With a revision, its tombstone was checked when it was read."""
        return self._is_as_seen(item) and (self.revision is not ANY or not self.was_forgotten_since(item))

    def _is_as_seen(self, item):
        if self.revision is ANY:
            return item.get("APPLIED") == self.seen
        return item.get("REV") == self.revision and self.profile in (ANY, item.get("id"))

    def check_claim(self, item):
        self.check(item)
        if not self.is_claim_as_seen(item):
            raise Overtaken

    def is_claim_as_seen(self, item):
        return self.claim_log is ANY or item.get("APPLIED") == self.claim_log

    def check_effect(self, found):
        if found == CREATION and self.ignore:
            raise Missing
        if found != self.expected:
            raise Unexpected(found)

    def check_union(self):
        if self.is_of_several:
            raise Apart

    def creates(self):
        """Returns whether it is expected, and allowed, to create a profile."""
        return self.expected == CREATION and not self.ignore
