"""Clearing and forgetting users: one transaction hides everything and begins a journal. The purge removes what the journal names."""
import claims
import companies
import heads
from caller import NotFound, attempts
from database import Action, DeleteMany, Get, Query, Transact, Write
from find import find
from items import ProfileId, claim_key, generation_of, is_live, next_revision, next_update, registry_key, slot_key, slot_of_uid, unchanged


def clear(caller, identity):
    """Resets a profile and hides its records. Returns the profile's id."""
    for _ in attempts():
        seen = yield from find(identity, caller.fixes)
        journal = yield from _reset(caller, seen, caller.now())
        if journal:
            break
    yield from purge(journal)
    if not caller.fixes.clear_once:
        item = yield Get(slot_key(seen["id"].slot))
        if item.get("id") != seen["id"]:
            raise NotFound
    # The answer shows the company.
    yield from companies.shown(seen)
    return seen["id"]


def _reset(caller, seen, now):
    generation = generation_of(seen)
    journal = caller.new("journal")

    def holds(item):
        if caller.fixes.clear_once:
            return unchanged(seen)(item)
        return "id" in item and generation_of(item) == generation and item.get("INHERITED") == seen.get("INHERITED")

    def change(item):
        item.pop("INHERITED", None)
        updated_at = next_update(item, now, caller.fixes)
        return item | {"GENERATION": generation.number + 1, "last_cleared_at": now, "updated_at": updated_at, "REV": next_revision(item)}
    scopes = [("event", *generation) for generation in [generation, *sorted(seen.get("INHERITED", ()))]]
    item = {"doing": "clear", "profile": generation.profile, "scopes": scopes}
    actions = [_first(journal, item), Action(slot_key(generation.profile.slot), holds, change)]
    if caller.fixes.clear_raises:
        actions.append(heads.put(generation.profile, heads.raised(generation.number + 1)))
    refused = yield Transact(actions)
    return (journal, item) if refused is None else None


def _first(journal, item):
    return Action(("journal", journal), lambda item: not item, lambda _: dict(item))


def forget(caller, identity):
    """Forgets a user. From then on no request finds the user. Returns the profile's id."""
    began_at = caller.now()
    was_refused = False
    for _ in attempts():
        try:
            seen = yield from find(identity, caller.fixes)
        except NotFound as refusal:
            if type(refusal) is not NotFound:
                raise
            journal = yield from _unfinished(identity)
            if not journal:
                raise
            break
        journal = yield from hide(caller, seen, caller.now() if caller.fixes.fresh_clock else began_at, was_refused)
        if journal:
            break
        was_refused = True
    yield from purge(journal)
    return journal[1]["profile"]


def hide(caller, seen, now, look, name=None, along=()):
    """Begins the journal, and puts tombstones in place of the profile, its claim and its aliases, at once. With `look`, claim and aliases
    are read before. `along` is done at once with it."""
    me, fixes, journal = seen["id"], caller.fixes, name or caller.new("journal")
    times = [now]
    if fixes.later_than_forgotten:
        times.append(seen["updated_at"])

    def is_after(item):
        times.append(max(item.get("FORGOTTEN_AT", now), now if "id" in item else item.get("FENCED_AT", now)))
    merged = sorted(name for name in seen.get("ALIASES", ()) if isinstance(name, ProfileId))
    slots = sorted(name for name in seen.get("ALIASES", ()) if isinstance(name, str)) + [name.slot for name in merged]
    former, held = [], []
    for email in sorted(seen.get("FORMER", ())):
        if email == seen.get("email"):
            continue
        claim = yield Get(claim_key(email))
        owner = claim.get("id", me)
        if owner != me and fixes.fenced_if_held:
            holder = yield Get(slot_key(owner.slot))
            if not claims.holds(holder, owner, email):
                yield from claims.take_over(fixes, now, email, claim, holder)
                claim = yield Get(claim_key(email))
        if "id" not in claim or fixes.own_former and claim["id"] == me:
            former.append(email)
            is_after(claim)
        elif fixes.fenced_held:
            held.append((email, claim))
            times.append(claim.get("FENCED_AT", now))
    has_claim = "email" in seen
    if look:
        if has_claim:
            claim = yield Get(claim_key(seen["email"]))
            owner = claim.get("id", me)
            if owner != me and fixes.forget_heals:
                twin = yield Get(slot_key(owner.slot))
                if not claims.holds(twin, owner, seen["email"]):
                    yield from claims.take_over(fixes, now, seen["email"], claim, twin)
                    claim = yield Get(claim_key(seen["email"]))
            has_claim = claim.get("id", me) == me
            is_after(claim)
        read, slots = slots, []
        for slot in read:
            item = yield Get(slot_key(slot))
            if item.get("ALIAS_OF") == me:
                slots.append(slot)
                is_after(item)
    at = max(times) if fixes.fresh_clock else now

    def of_profile(_):
        return {
            "FORGOTTEN_AT": max(at, seen.get("FORGOTTEN_AT", 0)), "DELETION": journal, "REV": next_revision(seen), "EXPIRES_AT": now,
            "LAST": max(me.second, seen.get("LAST", 0)),
        }

    def tombstone(key, holds, gone):
        def change(item):
            new = item | {"DELETION": journal, "FORGOTTEN_AT": at, "EXPIRES_AT": now, "REV": next_revision(item)}
            return {name: value for name, value in new.items() if name not in gone}
        is_later = lambda item: not fixes.fresh_clock or item.get("FORGOTTEN_AT", 0) <= at
        return Action(key, lambda item: holds(item) and is_later(item), change)
    item = {"doing": "forget", "profile": me, "scopes": [("event", id) for id in [me, *merged]], "counted": None}
    actions = [
        _first(journal, item),
        Action(slot_key(me.slot), lambda item: item.get("id") == me and item["REV"] == seen["REV"], of_profile),
    ]
    if fixes.forget_closes:
        actions.append(heads.put(me, heads.CLOSED))
    if has_claim:
        actions.append(tombstone(claim_key(seen["email"]), lambda item: item.get("id", me) == me, ["id"]))
    actions += [tombstone(slot_key(slot), lambda item: item.get("ALIAS_OF") == me, ["ALIAS_OF", "ALIAS_ID"]) for slot in slots]
    # No profile was forgotten under a former address, so the tombstone names no deletion.
    is_former = (lambda item: item.get("id", me) == me) if fixes.own_former else lambda item: "id" not in item
    actions += [tombstone(claim_key(email), is_former, ["id", "DELETION"]) for email in former]
    actions += [_fence(fixes, at, email, claim) for email, claim in held]
    refused = yield Transact(actions + list(along))
    return (journal, item) if refused is None else None


def _fence(fixes, at, email, claim):
    """Returns the action that leaves a mark in the claim to a former address, as long as it is another profile's."""
    def holds(item):
        is_held = item.get("id") == claim["id"] and unchanged(claim)(item) if fixes.fenced_as_read else "id" in item
        return is_held and item.get("FENCED_AT", 0) <= at
    return Action(claim_key(email), holds, lambda item: item | {"FENCED_AT": at, "REV": next_revision(item)})


def _unfinished(identity):
    """Returns the unfinished journal of a user who is being forgotten by this identifier."""
    if identity.id is not None:
        tombstone = yield Get(slot_key(identity.id.slot))
        if tombstone.get("LAST") != identity.id.second:
            return None
    elif identity.uid is not None:
        tombstone = yield Get(slot_key(slot_of_uid(identity.uid)))
    else:
        tombstone = yield Get(claim_key(identity.email))
    if is_live(tombstone) or "DELETION" not in tombstone:
        return None
    journal = yield Get(("journal", tombstone["DELETION"]))
    return (tombstone["DELETION"], journal) if journal and "completed" not in journal else None


def purge(journal):
    """The purge: removes the records that a journal names, counts each once, and completes the journal, which stays."""
    name, item = journal
    place = 0
    while "completed" not in item:
        if place == len(item["scopes"]):
            # The values that the user gave to properties. A clear leaves those of the profile.
            for kind in ("profile", "event") if item["doing"] == "forget" else ("event",):
                yield Get(registry_key(kind))
            yield Write(Action(("journal", name), lambda item: item and "completed" not in item, lambda item: item | {"completed": True}))
            return
        records = yield Query(item["scopes"][place])
        if item["doing"] == "forget":
            counted = item["counted"]
            is_past = counted is not None and place < counted[0]
            last = counted[1] if counted is not None and counted[0] == place else ()
            if not is_past and any(record > last for record in records):
                is_done, newer = yield Write(_count(name, counted, (place, records[-1])))
                if not is_done:
                    newer = yield Get(("journal", name))
                    if not newer:
                        return
                    item = newer
                    continue
                item = newer
        if records:
            yield DeleteMany(records)
        place += 1


def _count(journal, counted, to):
    """Saves in the journal how far records are counted."""
    return Action(("journal", journal), lambda item: item and item["counted"] == counted, lambda item: item | {"counted": to})


def sweep(database):
    """The sweep: finishes all journals of users."""
    for key in [key for key in database.items if key[0] == "journal" and database.items[key]["doing"] != "company"]:
        purging = purge((key[1], dict(database.items[key])))
        try:
            answer = None
            while True:
                answer = database.execute(purging.send(answer))
        except StopIteration:
            pass
