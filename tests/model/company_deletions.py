"""Deleting companies. The first transaction begins a journal, puts a tombstone in place of the company, and leaves a marker; from then on
nobody is shown the company. Then its members are taken off it, or forgotten, in two passes: the second one after the lease of what instances
remember of it. The sweep resumes journals that are not complete, and looks once more at those that are.
"""
from caller import NotFound, attempts
from companies import LEASE, company_key, company_slot, marker_key
from database import Action, Get, Members, Query, Transact, Wait, Write
from deletions import hide, purge
from items import is_live, next_revision, registry_key, slot_key

LEASES_END_AFTER = LEASE + 500
"""The time after which a deletion is answered, and all leases are over."""
AT_ONCE = 2
"""Members that one transaction takes off."""


def delete(caller, uid, id, cascade):
    """Deletes a company, and returns its id."""
    slot = id.slot if id is not None else company_slot(uid)
    for _ in attempts():
        item = yield Get(company_key(slot))
        if is_live(item) and id in (None, item["id"]):
            journal = yield from _hide(caller, item, cascade)
            if journal:
                break
            continue
        journal = None
        if "DELETION" in item and (id is None or item["LAST"] == id.second):
            stored = yield Get(("journal", item["DELETION"]))
            if stored and "completed" not in stored and stored["cascade"] == cascade:
                journal = item["DELETION"], stored
        if not journal:
            raise NotFound
        break
    yield from finish(caller, *journal)
    return journal[1]["company"]


def _hide(caller, seen, cascade):
    me, name = seen["id"], caller.new("journal")
    at = caller.now()
    if caller.fixes.company_later:
        at = max(at, seen["updated_at"], seen.get("FORGOTTEN_AT", -1))
    journal = {"doing": "company", "company": me, "cascade": cascade, "profiles": 0}

    def tombstone(_):
        last = max(me.second, seen.get("LAST", 0))
        return {"FORGOTTEN_AT": at, "DELETION": name, "LAST": last, "REV": next_revision(seen), "EXPIRES_AT": at}
    refused = yield Transact([
        Action(("journal", name), lambda item: not item, lambda _: dict(journal)),
        Action(company_key(me.slot), lambda item: item.get("id") == me and item["REV"] == seen["REV"], tombstone),
        Action(marker_key(me), lambda _: True, lambda _: {"journal": name}),
    ])
    return (name, journal) if refused is None else None


def finish(caller, name, journal):
    """Takes off or forgets the members, and completes the journal."""
    began = caller.world.time
    yield from _pass(caller, name, journal)
    if caller.fixes.waits:
        yield Wait(began + LEASES_END_AFTER)
    if caller.fixes.second_pass:
        yield from _pass(caller, name, journal)
    yield Get(registry_key("company"))
    yield Write(Action(("journal", name), lambda item: item and "completed" not in item, lambda item: item | {"completed": True}))


def _pass(caller, name, journal):
    gone = journal["company"]
    members = yield Members(gone)
    if journal["cascade"]:
        for id in members:
            yield from _forget(caller, name, gone, id)
        return
    while members:
        yield from _take_off(caller, name, gone, members[:AT_ONCE])
        members = members[AT_ONCE:]


def _take_off(caller, name, gone, ids):
    """Takes members off a company. An id that is an alias by now is followed, because the membership went the same way."""
    left = {id: caller.now() for id in ids}
    for _ in attempts():
        if not left:
            return
        order = sorted(left)
        refused = yield Transact([_without_company(caller.fixes, gone, id, left[id]) for id in order] + [_counted(name, len(order))])
        if refused is None:
            return
        if refused[-1] is not None:
            # The journal is closed.
            return
        for id, item in zip(order, refused):
            if item is None:
                continue
            if item.get("id") == id and item.get("company_id") == gone:
                left[id] = _later(caller.fixes, item, left[id])
                continue
            del left[id]
            if caller.fixes.pass_follows and item.get("ALIAS_ID") == id:
                left[item["ALIAS_OF"]] = caller.now()


def _later(fixes, item, now):
    return max(now, item["updated_at"] + (1 if fixes.strictly_later else 0))


def _without_company(fixes, gone, id, at):
    def holds(item):
        is_member = item.get("company_id") == gone if fixes.taken_off_it else "company_id" in item
        is_later = item.get("updated_at", 0) < at if fixes.strictly_later else item.get("updated_at", 0) <= at
        return item.get("id") == id and is_member and is_later

    def change(item):
        item.pop("company_id")
        return item | {"updated_at": at, "REV": next_revision(item)}
    return Action(slot_key(id.slot), holds, change)


def _counted(name, number):
    return Action(("journal", name), bool, lambda item: item | {"profiles": item["profiles"] + number})


def _forget(caller, name, gone, id):
    """Forgets a member by a journal of its own."""
    was_refused = False
    for _ in attempts():
        seen = yield Get(slot_key(id.slot))
        if seen.get("ALIAS_ID") == id and caller.fixes.pass_follows:
            id = seen["ALIAS_OF"]
            continue
        if seen.get("id") != id or caller.fixes.members_only and seen.get("company_id") != gone:
            return
        child = f"{name} of {id.second if caller.fixes.child_of_id else ''} {id.slot}"
        journal = yield from hide(caller, seen, caller.now(), was_refused, child, [_counted(name, 1)] if caller.fixes.counted_at_once else [])
        if journal:
            if not caller.fixes.counted_at_once:
                yield Transact([_counted(name, 1)])
            yield from purge(journal)
            return
        was_refused = True


def resume(caller):
    """Resumes the journals of companies that are not complete, as the sweep does."""
    for key in (yield Query(("journal",))):
        journal = yield Get(key)
        if journal.get("doing") == "company" and "completed" not in journal:
            yield from finish(caller, key[1], journal)


def close(caller):
    """Looks once more for members of deleted companies, and closes their journals. The marker goes first."""
    for key in (yield Query(("journal",))):
        journal = yield Get(key)
        if journal.get("doing") != "company" or "closed" in journal or "completed" not in journal:
            continue
        yield from _pass(caller, key[1], journal)
        yield Write(Action(marker_key(journal["company"]), lambda _: True, lambda _: None))
        yield Write(Action(key, bool, lambda item: item | {"closed": True}))
