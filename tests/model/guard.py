"""The terms under which an item of a batch is written, long after its request was answered."""
from dataclasses import dataclass

from items import MARGIN, is_live

CREATION, CHANGE, ATTACHMENT = "creation", "change", "attachment"
"""What a write may be expected to do to its profile; an attachment gives it a uid that is new."""

ANY = object()
"""Any revision or log will do."""


class Abort(Exception):
    """Nothing was written."""


class Forgotten(Abort):
    """Its profile was forgotten after the batch was accepted."""


class Missing(Abort):
    """Its profile isn't there, and none is to be created."""


class Overtaken(Abort):
    """Somebody wrote into the profile meanwhile."""


class Unexpected(Abort):
    """The write would not do what is expected, but this."""

    def __init__(self, found):
        self.found = found


class Apart(Abort):
    """Several items may end otherwise one after the other than all at once."""


@dataclass
class Guard:
    """What must hold for a batch's write besides what any upsert assumes."""
    accepted_at: int
    ignore: bool
    """Whether items are left out whose profile isn't there."""
    expected: str
    seen: frozenset
    """The applied log as it was seen in the profile."""
    revision: object
    """The profile's revision as it was seen, on which it depends what the items do; `None` when nothing was there. With `ANY`, the applied
    log must be as it was seen."""
    profile: object
    """The id of the profile whose revision that is, for another one may have the same; `ANY` will do."""
    entries: frozenset
    """Left in the log, so that the same is never written a second time."""
    claim_log: object = ANY
    """The applied log as it was seen in the claim of an address that is all there is to name a profile by."""
    is_of_several: bool = False
    """Whether it is of several items, and so may not make one profile of two."""
    margin: int = MARGIN

    def was_forgotten_since(self, item):
        """Whether who was here was forgotten since the batch was accepted."""
        return "FORGOTTEN_AT" in item and item["FORGOTTEN_AT"] + self.margin >= self.accepted_at

    def check(self, item):
        if self.was_forgotten_since(item):
            raise Forgotten

    def check_profile(self, item):
        self.check(item)
        if is_live(item) and not self._is_as_seen(item):
            raise Overtaken

    def holds_for(self, item):
        """The condition on a slot. With a revision, whether somebody was forgotten there was seen, too."""
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
        """Whether it is expected, and allowed, to create a profile."""
        return self.expected == CREATION and not self.ignore
