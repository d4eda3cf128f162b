"""Giving an address to a profile: first the claim, then the profile, and last the release of its old address.

Each is a write of its own. A process may die between any two of them: what it leaves is a claim that is nobody's.
"""
import claims
from caller import EmailTaken
from database import Get, Write
from items import claim_key, slot_key, unchanged
from writer import LOST_RACE, Writer, Written

CLAIMED = "claimed"
"""The claim names the profile, which does not have the address yet."""


class EmailClaim(Writer):
    """Writes changes of addresses."""

    def give(self, email, me, slot, seen, mine, uid=None):
        """Gives `email` to the profile `me`, which was seen in `slot` without it, and writes the change.

        Returns what was written, `LOST_RACE`, or the profile without a uid that has the address."""
        claimed = yield from self.claim(email, me, slot, seen, mine)
        if claimed is not CLAIMED:
            return claimed
        is_done = yield from self.replace(slot, seen, self.applied(seen, me, uid=uid, email=email))
        return Written(me) if is_done else LOST_RACE

    def claim(self, email, me, slot, seen, mine):
        """Claims `email` for `me`. Returns `CLAIMED`, `LOST_RACE`, or the profile without a uid that has the address."""
        is_done, held = yield Write(claims.take(self.fixes, email, me, self.guard))
        if is_done:
            return CLAIMED
        self.check(held)
        if "id" not in held:
            return LOST_RACE
        return (yield from self.holder(email, me, slot, seen, held, mine))

    def look_up_holder(self, email, me, slot, seen, mine):
        """Looks up the address's holder without claiming it; `None` if it has none."""
        claim = yield Get(claim_key(email))
        self.check(claim)
        if "id" not in claim:
            return None
        return (yield from self.holder(email, me, slot, seen, claim, mine))

    def holder(self, email, me, slot, seen, claim, mine):
        """Reads the profile that the claim names. `mine` returns whether a holder with this uid is a lost race and no conflict."""
        owner = claim["id"]
        twin = yield Get(slot_key(owner.slot))
        self.check(twin)
        if not claims.holds(twin, owner, email):
            yield from self.take_over(email, claim, twin)
            return LOST_RACE
        if owner == me:
            # Another request gave it to this profile meanwhile.
            return LOST_RACE
        if "uid" not in twin:
            return twin
        if self.fixes.own_claims and mine(twin["uid"]):
            return LOST_RACE
        return (yield from self.taken(slot, seen))

    def taken(self, slot, seen):
        """Refuses a change because another profile has the address. Both were so at the same time only if the slot is as it was seen."""
        if self.fixes.still_there and not unchanged(seen)((yield Get(slot_key(slot)))):
            return LOST_RACE
        raise EmailTaken

    def take_over(self, email, claim, seen):
        """Releases a claim that is nobody's, in whose slot `seen` was found."""
        yield from claims.take_over(self.fixes, self.now, email, claim, seen)
