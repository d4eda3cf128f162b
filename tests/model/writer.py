"""The calls that write the change of one request, however its profile is found.

A known profile takes one update, with the assumptions as its condition. If they do not hold, the answer has the stored item, and the
writer decides anew. A change of identity, an event and a new company take a transaction, on condition of the revisions that were seen.
"""
from dataclasses import dataclass
from typing import Callable, NamedTuple, Optional

import claims
import companies
import heads
from database import Action, Get, Transact, Write
from guard import CHANGE, Overtaken
from items import (
    ProfileId, claim_key, generation_of, id_after, is_live, is_tombstone, log_with, next_revision, next_update, slot_key, unchanged,
)

LOST_RACE = "lost race"
"""A race was lost: look again."""


class Written(NamedTuple):
    """The profile that an upsert wrote."""
    id: ProfileId


class Along(NamedTuple):
    """An event that is recorded in the transaction that writes its profile."""
    actions: Callable
    """Makes the actions that store it and its key, for a generation of the profile."""
    name: str


class AlongRefused(Exception):
    """An action in the profile's transaction was refused, and nothing was written."""

    def __init__(self, items):
        self.items = items


class Assumed(NamedTuple):
    """The assumptions of an update in place about its slot."""
    id: Optional[ProfileId]
    """If it is `None`, the slot may also be empty, and the profile is created."""
    uid: Optional[str]
    email: Optional[str]

    def holds_for(self, item):
        if self.id is not None:
            is_theirs = item.get("id") == self.id and self.uid in (None, item.get("uid"))
        elif is_live(item):
            is_theirs = item.get("uid") == self.uid
        else:
            is_theirs = "ALIAS_OF" not in item and not is_tombstone(item)
        return is_theirs and self.email in (None, item.get("email"))


@dataclass
class Writer:
    """Writes one request's change."""
    caller: object
    props: dict
    now: int
    guard: object = None
    """The guard of a batch's write; `None` for a single upsert."""
    along: object = None
    """The event that is recorded in the same transaction; `None` if the write may be an update."""
    unsets: bool = False
    """Whether the profile's address is taken away."""
    membership: object = None
    """What becomes of the profile's membership; `None` if it stays."""
    company: object = None
    """The uid of its company."""

    @property
    def fixes(self):
        return self.caller.fixes

    @property
    def accepted_at(self):
        return self.guard.accepted_at if self.guard else None

    @property
    def replaces(self):
        """Whether one update cannot do it."""
        return self.along or isinstance(self.membership, companies.Founds)

    def with_membership(self, item):
        if isinstance(self.membership, companies.Leaves):
            item.pop("company_id", None)
        elif self.membership is not None:
            item["company_id"] = self.membership.id
        return item

    def check(self, seen):
        if self.guard:
            self.guard.check(seen)

    def check_profile(self, seen):
        if self.guard:
            self.guard.check_profile(seen)
        return seen

    def check_effect(self, found):
        if self.guard:
            self.guard.check_effect(found)

    def unsets_email_of(self, seen):
        """Returns whether an address is taken away from this profile."""
        return self.unsets and "email" in seen

    def allows(self, assumed, item):
        return assumed.holds_for(item) and not (self.fixes.unset_as_seen and self.unsets_email_of(item))

    def applied(self, seen, profile, uid=None, email=None, alias=None):
        """Returns the profile `seen` with this change."""
        new = {name: value for name, value in seen.items() if name not in ("ALIAS_OF", "ALIAS_ID", "DELETION", "EXPIRES_AT")}
        new.setdefault("id", profile)
        new["updated_at"] = next_update(seen, self.now, self.fixes)
        new["props"] = {**seen.get("props", {}), **self.props}
        if uid is not None:
            new["uid"] = uid
        if email is not None:
            if self.fixes.former and seen.get("email") not in (None, email):
                new["FORMER"] = seen.get("FORMER", frozenset()) - {email} | {seen["email"]}
            new["email"] = email
        elif self.unsets_email_of(seen):
            if self.fixes.former and self.fixes.unset_former:
                new["FORMER"] = seen.get("FORMER", frozenset()) | {seen["email"]}
            del new["email"]
        if alias is not None:
            new["ALIASES"] = seen.get("ALIASES", frozenset()) | {alias}
        if self.guard:
            new["APPLIED"] = log_with(seen.get("APPLIED"), self.guard.entries)
        new["REV"] = next_revision(seen)
        return self.with_membership(new)

    def in_place(self, slot, assumed, known=None):
        """Updates the profile in `slot` by one call, if the assumptions hold. Returns what was written, or the item that is there instead.
        If `known`, a fresh read of the slot, already fails the condition, no call is made."""
        if known is not None and (self.replaces or not self.allows(assumed, known)):
            return self.check_profile(known)
        if self.replaces:
            return self.check_profile((yield Get(slot_key(slot))))
        guard = self.guard
        if guard and assumed.id is None and self.fixes.expected and guard.expected != CHANGE and not guard.creates():
            return self.check_profile((yield Get(slot_key(slot))))

        def holds(item):
            if assumed.id is not None:
                is_theirs = item.get("id") == assumed.id and assumed.uid in (None, item.get("uid"))
            else:
                is_nothing = not is_live(item) and "ALIAS_OF" not in item and "FORGOTTEN_AT" not in item
                is_uids = item.get("uid") == assumed.uid
                if guard is None:
                    is_theirs = is_uids or is_nothing
                else:
                    is_theirs = is_nothing if guard.creates() else is_uids
            is_theirs = is_theirs and assumed.email in (None, item.get("email"))
            is_theirs = is_theirs and not (self.fixes.unset_as_seen and self.unsets_email_of(item))
            return is_theirs and (guard is None or guard.holds_for(item))

        now = self.now
        while True:
            is_done, item = yield Write(self._update(slot, assumed, holds, now))
            if is_done:
                return Written(item["id"])
            self.check_profile(item)
            later = next_update(item, now, self.fixes)
            if not self.fixes.monotonic or later == now or not self.allows(assumed, item):
                return item
            # Only the time is too early.
            now = later

    def _update(self, slot, assumed, holds, now):
        def is_later(item):
            return not self.fixes.monotonic or item.get("updated_at", -1) <= now

        def change(item):
            if assumed.id is None:
                item.setdefault("id", id_after({}, now, slot))
                if self.fixes.created_to_stay:
                    item.pop("EXPIRES_AT", None)
                item["uid"] = assumed.uid
            item["updated_at"] = now
            item["props"] = {**item.get("props", {}), **self.props}
            if self.guard:
                item["APPLIED"] = log_with(self.guard.seen, self.guard.entries)
            item["REV"] = next_revision(item)
            return self.with_membership(item)
        return Action(slot_key(slot), lambda item: holds(item) and is_later(item), change)

    def replace(self, slot, seen, new, others=()):
        """Replaces the content of `slot`, and does the other actions at once, unless it changed after it was seen. Then it releases the address
        that the profile has lost. Returns whether it was replaced."""
        losing = yield from self.losing(seen, new)
        put = self.put(slot, seen, new)
        if self.replaces or others:
            is_done = (yield from self.transact(new, [put, *others])) is None
        else:
            is_done, _ = yield Write(put)
        if is_done:
            yield from self.release(losing, seen, new)
        return is_done

    def losing(self, seen, new):
        """Reads the claim to the address that a profile is about to lose, if there is one."""
        is_lost = seen.get("email") not in (None, new.get("email"))
        return (yield Get(claim_key(seen["email"]))) if is_lost and self.fixes.releases and self.fixes.read_first else {}

    def release(self, losing, seen, new):
        """Releases the address that a profile has lost, unless it was claimed again since that was read."""
        if not self.fixes.read_first and seen.get("email") not in (None, new.get("email")):
            losing = yield Get(claim_key(seen["email"]))
        if losing.get("id") == seen.get("id") is not None:
            yield Write(claims.release(self.fixes, self.now, seen["email"], losing, new.get("APPLIED")))

    def transact(self, new, actions, counts=True):
        """Makes a transaction with the profile `new` and the other actions. Without `counts`, they count the event in the head already."""
        along = self.along.actions(generation_of(new)) if self.along else []
        head = [heads.count(generation_of(new), self.along.name)] if self.along and counts else []
        founds = isinstance(self.membership, companies.Founds)
        founding = [companies.founding(self.membership, self.now, self.fixes)] if founds else []
        began = self.caller.world.time
        refused = yield Transact(actions + along + head + founding)
        if founds and refused and refused[-1] is not None:
            # It was founded or deleted meanwhile: the next attempt joins that one, or founds it anew.
            self.membership = companies.seen(self.caller, self.company, refused[-1], began, self.accepted_at)
            if self.guard and self.membership is None:
                raise Overtaken
            return [None] * len(actions)
        of_along = refused[len(actions):len(actions) + len(along)] if refused else []
        if any(item is not None for item in of_along):
            raise AlongRefused(of_along)
        return refused and refused[:len(actions)]

    def put(self, slot, seen, new):
        def is_as_seen(item):
            is_that = not self.fixes.of_that_id or all(item.get(name) == seen.get(name) for name in ("id", "EXPIRES_AT"))
            return is_that and (not self.fixes.written_as_seen or unchanged(seen)(item))
        return Action(slot_key(slot), is_as_seen, lambda item: new | {"REV": next_revision(item)})
