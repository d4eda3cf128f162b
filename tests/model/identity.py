"""Creating and updating a profile, by each of its identifiers."""
import claims
import companies
import heads
from caller import Conflict, NotFound, attempts
from database import Get, GetMany
from guard import ATTACHMENT, CHANGE, CREATION, Missing, Unexpected
from items import alias, claim_key, generation_of, head_key, id_after, is_live, merged, slot_key, slot_of_uid, unchanged
from email_claim import CLAIMED, EmailClaim
from writer import LOST_RACE, Assumed, Written


class Upsert(EmailClaim):
    """Finds the profile that a change is for, and writes it."""

    def write(self, identity, known=None):
        """Writes the profile that is named. `known` is a fresh read of its slot, or of its claim if only an address is given."""
        self.unsets = identity.unsets
        if identity.id is not None:
            return (yield from self.by_id(identity.id, identity.uid, identity.email, known))
        if identity.uid is not None:
            return (yield from self.by_uid(identity.uid, identity.email, None, known))
        return (yield from self.by_email(identity.email, known))

    def by_email(self, email, known=None):
        for _ in attempts():
            claim = known if known is not None else (yield Get(claim_key(email)))
            known = None
            if self.guard:
                self.guard.check_claim(claim)
            if "id" not in claim:
                self.check_effect(CREATION)
                slot = self.caller.new("random:")
                done = yield from self.give(email, id_after({}, self.now, slot), slot, {}, lambda _: True)
                if isinstance(done, Written):
                    return done
                continue
            owner = claim["id"]
            try:
                self.check_effect(CHANGE)
            except Unexpected:
                done = yield Get(slot_key(owner.slot))
                if claims.holds(done, owner, email) or not self.fixes.takes_over:
                    raise
                yield from self.take_over(email, claim, done)
                continue
            done = yield from self.in_place(owner.slot, Assumed(owner, None, email))
            if isinstance(done, Written):
                return done
            if not claims.holds(done, owner, email):
                yield from self.take_over(email, claim, done)
            elif self.replaces:
                new = self.applied(done, owner)
                if (yield from self.replace(owner.slot, done, new)):
                    return Written(owner)

    def by_uid(self, uid, email, only=None, known=None):
        """With `only`, no other profile is written."""
        uid_slot = slot_of_uid(uid)
        pointed = None
        for _ in attempts():
            slot = pointed.slot if pointed else uid_slot
            seen = yield from self.in_place(slot, Assumed(pointed or only, uid, email), known)
            known = None
            if isinstance(seen, Written):
                return seen
            if "ALIAS_OF" in seen:
                target = seen["ALIAS_OF"]
                if only not in (None, target):
                    raise NotFound
                if self.fixes.expected:
                    self.check_effect(CHANGE)
                pointed = target
                continue
            if pointed and seen.get("id") != pointed:
                # The alias led to a profile that was forgotten meanwhile.
                pointed = None
                continue
            if only not in (None, seen.get("id")):
                raise NotFound
            was_live = is_live(seen)
            me = seen["id"] if was_live else id_after(seen, self.now, slot)
            if email is None or seen.get("email") == email:
                self.check_effect(CHANGE if was_live else CREATION)
                if was_live and not self.replaces and not self.unsets_email_of(seen):
                    continue
                new = self.applied(seen, me, uid=uid)
                if (yield from self.replace(slot, seen, new)):
                    return Written(me)
                continue
            mine = lambda holder: holder == uid
            try:
                self.check_effect(CHANGE if was_live else CREATION)
                claimed = yield from self.give(email, me, slot, seen, mine, uid=uid)
            except (Missing, Unexpected):
                if was_live:
                    raise
                # No profile is created, but the holder of the address may get the uid.
                claimed = yield from self.look_up_holder(email, me, slot, seen, mine)
                if claimed is None:
                    # Both were so at the same time only if the slot is unchanged.
                    if self.fixes.still_there and not unchanged(seen)((yield Get(slot_key(slot)))):
                        continue
                    raise
            if isinstance(claimed, Written):
                return claimed
            if claimed == LOST_RACE:
                continue
            if self.guard:
                self.guard.check_union()
            self.check_effect(CHANGE if was_live else ATTACHMENT)
            united = yield from (self.merge(uid, email, seen, claimed) if was_live else self.attach(uid, seen, uid_slot, claimed))
            if united:
                return united
            pointed = None

    def attach(self, uid, seen, uid_slot, twin):
        """Gives the new `uid` to the profile that had only an address. The uid's own slot becomes an alias of it."""
        owner = twin["id"]
        new = self.applied(twin, owner, uid=uid, alias=uid_slot)
        is_done = yield from self.replace(owner.slot, twin, new, [self.put(uid_slot, seen, alias(seen, owner))])
        return Written(owner) if is_done else None

    def merge(self, uid, email, seen, twin):
        """Merges the profile that had only the address into the uid's. Its slot becomes an alias, so its id keeps working."""
        me, owner = seen["id"], twin["id"]
        new = self.applied(merged(seen, twin, self.fixes), me, uid=uid, email=email, alias=owner)

        losing = yield from self.losing(seen, new)
        seen_heads = yield GetMany([head_key(me), head_key(owner)])
        refused = yield from self.transact(new, [
            self.put(me.slot, seen, new),
            self.put(owner.slot, twin, alias(twin, me)),
            claims.hand_over(email, owner, me),
        ] + heads.unite(
            self.fixes, generation_of(seen), seen_heads[head_key(me)], generation_of(twin), seen_heads[head_key(owner)],
            self.along and self.along.name,
        ), counts=False)
        if refused is not None:
            return None
        yield from self.release(losing, seen, new)
        return Written(me)

    def by_id(self, profile, uid, email, known=None):
        """Never creates a profile."""
        self.check_effect(CHANGE)
        target = profile
        for _ in attempts():
            seen = yield from self.in_place(target.slot, Assumed(target, uid, email), known)
            known = None
            if isinstance(seen, Written):
                return seen
            if "ALIAS_OF" in seen and seen.get("ALIAS_ID") == target:
                target = seen["ALIAS_OF"]
                continue
            if seen.get("id") != target:
                raise NotFound
            if "uid" in seen:
                if uid not in (None, seen["uid"]):
                    raise Conflict
                return (yield from self.by_uid(seen["uid"], email, only=target))
            if uid is not None:
                written = yield from self.give_uid(uid, email, target, seen)
                if written:
                    return written
            elif email is not None and seen.get("email") != email:
                claimed = yield from self.give(email, target, target.slot, seen, lambda _: False)
                if isinstance(claimed, Written):
                    return claimed
                if claimed != LOST_RACE:
                    # Without uids, the two profiles cannot be recognized as one user.
                    yield from self.taken(target.slot, seen)
            elif self.replaces or self.unsets_email_of(seen):
                new = self.applied(seen, target)
                if (yield from self.replace(target.slot, seen, new)):
                    return Written(target)

    def give_uid(self, uid, email, me, seen):
        """Gives a profile that had only an address its uid, and with it the new address if there is one."""
        uid_slot = slot_of_uid(uid)
        if seen.get("email") == email:
            email = None
        in_uid_slot = yield Get(slot_key(uid_slot))
        if self.fixes.fenced_uid:
            self.check(in_uid_slot)
        if is_live(in_uid_slot) or in_uid_slot.get("ALIAS_OF") not in (None, me):
            # Both were so at the same time only if this profile is unchanged.
            if self.fixes.still_there and not unchanged(seen)((yield Get(slot_key(me.slot)))):
                return None
            raise Conflict
        if email is not None:
            claimed = yield from self.claim(email, me, me.slot, seen, lambda holder: holder == uid)
            if claimed == LOST_RACE:
                return None
            if claimed != CLAIMED:
                return (yield from self.taken(me.slot, seen)) and None
        new = self.applied(seen, me, uid=uid, email=email, alias=uid_slot)
        is_done = yield from self.replace(me.slot, seen, new, [self.put(uid_slot, in_uid_slot, alias(in_uid_slot, me))])
        return Written(me) if is_done else None


def upsert(caller, identity, props, along=None, company=None, given=None):
    """Creates or updates the profile that is named, and returns what was written. `given` is a property of its company, which comes last."""
    def write():
        membership = yield from companies.decide(caller, company)
        writer = Upsert(caller, props, caller.now(), along=along, membership=membership, company=company)
        written = yield from writer.write(identity)
        return (yield from companies.settle(caller, writer, written, company, write))
    joined, written = yield from write()
    if given and joined:
        yield from companies.give(caller, joined, *given)
    return written
