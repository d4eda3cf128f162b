"""Companies: a profile's membership, which an instance of the code decides by what it remembers, and the companies' own upserts.

A company is in the slot of its uid: nothing, a live company, or the tombstone of a deleted one. An instance trusts what it remembers of a
company for a lease after it began to read it. A deletion is answered only when a lease is over since its first transaction. So a request that
is sent after the answer meets the tombstone; one that was sent before may be too late for the deletion, and looks again itself.
"""
from dataclasses import dataclass

from caller import NoCompany, NotFound, attempts
from database import Action, Get, GetMany, Transact, Write
from items import MARGIN, SECOND, ProfileId, is_live, next_revision, next_update, slot_key, unchanged

LEASE = 3 * SECOND
LEAVE = "$leave"
"""Stands for `null` in place of a company's uid."""


def company_slot(name):
    """Returns the slot of a company, which is named by its uid or its id."""
    return name.slot if isinstance(name, ProfileId) else "company:" + name


def company_key(slot):
    return ("company", slot)


def marker_key(company):
    return ("marker", company)


@dataclass(frozen=True)
class Leaves:
    """The profile leaves its company."""


@dataclass(frozen=True)
class Joins:
    """The profile joins a company that was there."""
    id: ProfileId
    until: int
    """The end of the lease."""


@dataclass(frozen=True)
class Founds:
    """The profile joins a company that the same transaction founds."""
    id: ProfileId
    uid: str
    seen: object
    """The content of its slot."""
    began: int = 0
    """A time before it is founded."""


def decide(caller, uid, accepted_at=None):
    """Decides the membership. Of a batch's item, a company is ignored (`None`) that was deleted after the batch was accepted."""
    if uid is None:
        return None
    if uid == LEAVE:
        return Leaves()
    slot = company_slot(uid)
    known = caller.memory.get(slot)
    if known and caller.world.time < known[1] + LEASE:
        return _membership(caller, uid, *known, accepted_at)
    began = caller.world.time
    return seen(caller, uid, (yield Get(company_key(slot))), began, accepted_at)


def prefetch(caller, names):
    """Reads the companies that are named and not remembered."""
    slots = sorted({company_slot(name) for name in names})
    slots = [slot for slot in slots if slot not in caller.memory or caller.world.time >= caller.memory[slot][1] + LEASE]
    if not slots:
        return
    began = caller.world.time
    found = yield GetMany([company_key(slot) for slot in slots])
    for slot in slots:
        if is_live(found[company_key(slot)]):
            caller.memory[slot] = dict(found[company_key(slot)]), began


def seen(caller, uid, item, began, accepted_at=None):
    """Decides the membership by what is in the slot. A live company is remembered."""
    if is_live(item):
        caller.memory[company_slot(uid)] = dict(item), began
    return _membership(caller, uid, item, began, accepted_at)


def _membership(caller, uid, item, began, accepted_at):
    if accepted_at is not None and caller.fixes.company_fenced and item.get("FORGOTTEN_AT", -MARGIN * 10) + MARGIN >= accepted_at:
        return None
    if isinstance(uid, ProfileId) and item.get("id") != uid:
        raise NoCompany
    if is_live(item):
        return Joins(item["id"], began + LEASE)
    return Founds(company_id_after(item, caller.now(), company_slot(uid)), uid, dict(item), caller.world.time)


def company_id_after(item, now, slot):
    return ProfileId(max(now // SECOND, item.get("LAST", -1) + 1), slot)


def founded(item, id, uid, now, fixes):
    """Returns the company that is founded where `item` was. It keeps the time of the tombstone."""
    new = {name: item[name] for name in ("FORGOTTEN_AT", "LAST") if name in item}
    at = now
    if fixes.company_later:
        at = max(now, item.get("FORGOTTEN_AT", -1) + 1)
    return new | {"id": id, "uid": uid, "created_at": at, "updated_at": at, "props": {}, "REV": next_revision(item)}


def founding(membership, now, fixes):
    """Returns the action that founds a company, if its slot is as it was seen."""
    def holds(item):
        return unchanged(membership.seen)(item) if fixes.founded_as_seen else not is_live(item)

    def change(item):
        return founded(item, membership.id, membership.uid, now, fixes)
    return Action(company_key(membership.id.slot), holds, change)


def settle(caller, writer, written, uid, again):
    """Looks again at the company that a profile has joined, if that was answered after the lease. If it is gone, the profile joins anew.
    Returns the company that was joined in the end, if any, and what was written."""
    membership, accepted_at = writer.membership, writer.accepted_at
    for _ in attempts():
        if isinstance(membership, Founds):
            before = {name: membership.seen[name] for name in ("FORGOTTEN_AT", "LAST") if name in membership.seen}
            caller.memory[membership.id.slot] = before | {"id": membership.id, "uid": uid}, membership.began
        if not isinstance(membership, Joins):
            return (membership.id if isinstance(membership, Founds) else None), written
        if not caller.fixes.lease_checked or caller.world.time < membership.until:
            return membership.id, written
        gone, began = membership.id, caller.world.time
        try:
            membership = seen(caller, uid, (yield Get(company_key(gone.slot))), began, accepted_at)
        except NoCompany:
            # It was named by its id, so there is none to join instead.
            membership = None
        if isinstance(membership, Joins) and membership.id == gone:
            return gone, written
        if not caller.fixes.rejoins_only:
            return (yield from again())
        membership = yield from _rejoin(caller, written.id, gone, membership, uid, accepted_at)


def _rejoin(caller, id, gone, membership, uid, accepted_at):
    """Makes a member of a company that is gone one of another, or of none. Whoever is no member of it any more was taken off, or changed by a
    later request."""
    for _ in attempts():
        item = yield Get(slot_key(id.slot))
        if "ALIAS_OF" in item and item.get("ALIAS_ID") == id:
            id = item["ALIAS_OF"]
            continue
        if item.get("id") != id or item.get("company_id") != gone:
            return None
        now = caller.now()
        new = {name: value for name, value in item.items() if name != "company_id"}
        if membership is not None:
            new["company_id"] = membership.id
        new |= {"updated_at": next_update(item, now, caller.fixes), "REV": next_revision(item)}
        put = Action(slot_key(id.slot), unchanged(item), lambda _: new)
        if not isinstance(membership, Founds):
            is_done, _ = yield Write(put)
            if is_done:
                return membership
            continue
        began = caller.world.time
        refused = yield Transact([put, founding(membership, now, caller.fixes)])
        if refused is None:
            return membership
        if refused[1] is not None:
            membership = seen(caller, uid, refused[1], began, accepted_at)


def give(caller, company, prop, value):
    """Gives a company a property that it does not have yet. A company that is gone was given it before."""
    item = yield Get(company_key(company.slot))
    if item.get("id") == company and prop in item["props"] and item["props"][prop] == value:
        return
    now = next_update(item, caller.now(), caller.fixes)
    while True:
        is_done, item = yield Write(_set(company, company.slot, now, prop, value))
        if is_done or item.get("id") != company:
            return
        now = next_update(item, now, caller.fixes)


def _set(company, slot, now, prop, value):
    def holds(item):
        return item.get("id") == company and item["updated_at"] <= now

    def change(item):
        return item | {"props": {**item["props"], prop: value}, "updated_at": now, "REV": next_revision(item)}
    return Action(company_key(slot), holds, change)


def upsert_company(caller, uid, id, prop, value):
    """Creates or updates a company, and returns its id. By an id, it must be there."""
    now = caller.now()
    if id is not None:
        for _ in attempts():
            is_done, item = yield Write(_set(id, id.slot, now, prop, value))
            if is_done:
                return id
            if item.get("id") != id:
                raise NotFound
            now = next_update(item, now, caller.fixes)
    slot = company_slot(uid)

    def update(item, now):
        new = dict(item) if is_live(item) else founded(item, company_id_after(item, now, slot), uid, now, caller.fixes)
        later = max(now, new["updated_at"])
        return new | {"props": {**new["props"], prop: value}, "updated_at": later, "REV": next_revision(item)}
    for _ in attempts():
        def holds(item, now=now):
            return "FORGOTTEN_AT" not in item and item.get("updated_at", -1) <= now or is_live(item) and item["updated_at"] <= now
        is_done, item = yield Write(Action(company_key(slot), holds, lambda item, now=now: update(item, now)))
        if is_done:
            return item["id"]
        if is_live(item):
            now = next_update(item, now, caller.fixes)
            continue
        as_seen = unchanged(item)
        is_done, new = yield Write(Action(company_key(slot), as_seen, lambda item: update(item, now)))
        if is_done:
            return new["id"]


def retrieve_company(uid):
    """Returns the id of a company."""
    item = yield Get(company_key(company_slot(uid)))
    if not is_live(item):
        raise NotFound
    return item["id"]


def shown(profile):
    """Returns the id of the company that a profile shows: one that is there."""
    company = profile.get("company_id")
    if company is None:
        return None
    item = yield Get(company_key(company.slot))
    return company if item.get("id") == company else None
