"""The calls that write the change of one request, however its profile is found.

A known profile takes one update, with the assumptions as its condition. If they do not hold, the answer has the stored item, and the
writer decides anew. Only a change of identity takes a transaction, on condition of the revisions that were seen.
"""
from dataclasses import dataclass
from typing import Callable, NamedTuple, Optional

import companies
import heads
import heal
from caller import EmailTaken
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
    disowned: object = None
    """The old address, and the id in its claim, if that did not name the profile when an attempt released it."""

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
                item["uid"] = assumed.uid
            item["updated_at"] = now
            item["props"] = {**item.get("props", {}), **self.props}
            if self.guard:
                item["APPLIED"] = log_with(self.guard.seen, self.guard.entries)
            item["REV"] = next_revision(item)
            return self.with_membership(item)
        return Action(slot_key(slot), lambda item: holds(item) and is_later(item), change)

    def replace(self, slot, seen, new):
        """Replaces the content of `slot`, unless it changed after it was seen."""
        if self.replaces or self.unsets_email_of(seen):
            released = self.release_old(seen) if self.unsets_email_of(seen) and self.fixes.unset_releases else []
            refused = yield from self.transact(new, [self.put(slot, seen, new)] + released)
            if refused and released and refused[0] is None and refused[1] is not None:
                yield from self.release_refused(seen, refused[1])
            return refused is None
        is_done, _ = yield Write(Action(slot_key(slot), unchanged(seen), lambda _: new))
        return is_done

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
        return Action(slot_key(slot), unchanged(seen), lambda _: new)

    def claim_action(self, email, holder):
        """Returns the action that claims an address which no profile holds."""
        def change(item):
            item["id"] = holder
            item.pop("EXPIRES_AT", None)
            item.pop("DELETION", None)
            return item
        guard = self.guard

        def holds(item):
            return "id" not in item and (guard is None or not guard.was_forgotten_since(item) and guard.is_claim_as_seen(item))
        return Action(claim_key(email), holds, change)

    def release_old(self, seen):
        """Returns the action that releases the address of `seen`, if any. The claim is not deleted, because it may be a tombstone."""
        if "email" not in seen:
            return []
        log = log_with(seen.get("APPLIED"), self.guard.entries) if self.guard else seen.get("APPLIED")

        email, me = seen["email"], seen["id"]
        named = self.disowned[1] if self.disowned and self.disowned[0] == email else me
        if named not in (None, me):
            return [Action(claim_key(email), lambda item: item.get("id") == named, None)]

        def change(item):
            item.pop("id", None)
            item["EXPIRES_AT"] = self.now
            if self.fixes.claim_log and log:
                item["APPLIED"] = item.get("APPLIED", frozenset()) | log
            return item
        return [Action(claim_key(email), lambda item: item.get("id") == named, change)]

    def release_refused(self, seen, claim):
        """Notes whom the claim to the old address of `seen` names. The next attempt takes it from there, or leaves it."""
        if not self.fixes.disowned:
            return
        self.disowned = seen["email"], claim.get("id")
        if claim.get("id") not in (None, seen["id"]):
            yield from self.heal(seen["email"], claim["id"], (yield Get(slot_key(claim["id"].slot))))

    def heal(self, email, owner, seen):
        """Mends a claim that names `owner`, in whose slot `seen` was found."""
        yield from heal.mend(self.fixes, self.now, email, owner, seen)

    def claim(self, email, me, slot, seen, mine, uid=None):
        """Claims `email` for the profile `me`, releases its old address, and writes the change, all at once.

        Returns what was written, `LOST_RACE`, or the profile without a uid that has the address."""
        new = self.applied(seen, me, uid=uid, email=email)
        actions = [self.claim_action(email, me), self.put(slot, seen, new)] + self.release_old(seen)
        refused = yield from self.transact(new, actions)
        if refused is None:
            return Written(me)
        held = refused[0]
        if self.fixes.still_there and refused[1] is not None:
            return LOST_RACE
        if held is None:
            if "email" in seen and refused[2] is not None:
                yield from self.release_refused(seen, refused[2])
            return LOST_RACE
        self.check(held)
        if "id" not in held:
            return LOST_RACE
        return (yield from self.holder(email, me, seen, held["id"], mine))

    def look_up_holder(self, email, me, seen, mine):
        """Looks up the address's holder without claiming it; `None` if it has none."""
        claim = yield Get(claim_key(email))
        self.check(claim)
        if "id" not in claim:
            return None
        return (yield from self.holder(email, me, seen, claim["id"], mine))

    def holder(self, email, me, seen, owner, mine):
        """Reads the profile that holds the address. `mine` returns whether a holder with this uid is a lost race and no conflict. `seen` is
        the profile `me`, which lacks the address."""
        if owner == me:
            yield from self.heal(email, me, seen)
            return LOST_RACE
        twin = yield Get(slot_key(owner.slot))
        self.check(twin)
        if not heal.holds(twin, owner, email):
            yield from self.heal(email, owner, twin)
            return LOST_RACE
        if "uid" not in twin:
            return twin
        if self.fixes.own_claims and mine(twin["uid"]):
            return LOST_RACE
        raise EmailTaken
