"""Applying a batch of companies: the items of one company are one write."""
from batch_items import CREATED, IGNORED, UNCHANGED, UPDATED
from caller import attempts
from companies import company_id_after, company_key, company_slot, founded
from database import Action, Get, Write
from items import MARGIN, is_live, log_with, next_revision, next_update, outcome_in, unchanged


def lists(items):
    """Returns the items of each company."""
    by_uid = {}
    for item in items:
        by_uid.setdefault(item.company, []).append(item)
    return list(by_uid.values())


def apply(caller, batch, items):
    """Applies the items of one company, and returns their outcomes by their indexes."""
    uid = items[0].company
    key = company_key(company_slot(uid))
    for _ in attempts():
        seen = yield Get(key)
        outcomes, props, is_there = {}, dict(seen.get("props", {})), is_live(seen)
        writes = False
        for item in items:
            before = outcome_in(seen.get("APPLIED"), batch.name, item.index)
            if before:
                outcomes[item.index] = before
            elif caller.fixes.company_fenced and seen.get("FORGOTTEN_AT", -MARGIN * 10) + MARGIN >= batch.accepted_at:
                outcomes[item.index] = IGNORED
            elif not is_there and batch.ignore:
                outcomes[item.index] = IGNORED
            else:
                changes = item.prop not in props or props[item.prop] != item.value
                props[item.prop] = item.value
                outcomes[item.index] = CREATED if not is_there else UPDATED if changes else UNCHANGED
                writes, is_there = writes or changes or outcomes[item.index] == CREATED, True
        if not writes:
            return outcomes
        new = _written(caller, seen, uid, props, batch, outcomes)
        is_done, _ = yield Write(Action(key, unchanged(seen), lambda _: new))
        if is_done:
            return outcomes


def _written(caller, seen, uid, props, batch, outcomes):
    now = caller.now()
    new = dict(seen) if is_live(seen) else founded(seen, company_id_after(seen, now, company_slot(uid)), uid, now, caller.fixes)
    entries = frozenset((batch.name, index, outcome) for index, outcome in outcomes.items())
    updated_at = next_update(seen, now, caller.fixes) if is_live(seen) else new["updated_at"]
    return new | {"props": props, "updated_at": updated_at, "APPLIED": log_with(seen.get("APPLIED"), entries), "REV": next_revision(seen)}
