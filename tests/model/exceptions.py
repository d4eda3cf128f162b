"""The exceptions: results that are allowed although no order of the operations gives them."""
from batch_items import CREATED, FAILED, IGNORED, UNCHANGED, UPDATED
from items import MARGIN, slot_of_uid


def is_the_same_deletion(one, history, state, ids):
    """A forget that finds no user may answer like another forget of the same user that is in progress, or has crashed."""
    if one.operation.do != "forget" or one.answer[0] != 200 or ids.number(one.answer[1]) not in state.forgotten:
        return False
    others = [other for other in history if other is not one and (other.operation.do in ("forget", "resume") or other.operation.cascade)]
    return any(other.crashed or other.ended > one.began for other in others)


def is_the_same_company_deletion(one, history):
    """The same for the deletion of a company."""
    if one.operation.do != "delete" or one.answer[0] != 200:
        return False
    others = [other for other in history if other is not one and other.operation.do in ("delete", "resume")]
    return any(other.crashed or other.ended > one.began for other in others)


def may_be_fenced(batch, company, history):
    """Returns whether an item of a batch may be kept from a company because that was deleted after the batch was accepted."""
    return any(
        other.operation.do == "delete" and other.time + 2 * MARGIN >= batch.accepted_at and other.operation.company in (None, company)
        for other in history
    )


def may_join_gone(one, company, history, ids):
    """Returns whether a request may join a company that is gone, because it began before the deletion was answered."""
    return any(
        other.operation.do == "delete" and (other.crashed or other.ended > one.began and other.answer[0] == 200)
        and (other.crashed or ids.number(other.answer[1]) in (None, company))
        for other in history
    )


def showing_no_company(one, company, history, ids):
    """Returns the ids, if a retrieve may show a member of a company without it, because it was deleted after the profile was read."""
    for other in history:
        if other.operation.do == "delete" and other.crashed:
            return ids
        if other.operation.do == "delete" and other.ended > one.began and other.answer[0] == 200:
            # It may be the only one that tells the company's id.
            bound = ids.with_pair(company, other.answer[1])
            if bound:
                return bound
    return None


def may_be_left_out(item, state, ids):
    """A user who was forgotten after a batch was accepted and has come back may be ignored, by whatever identifier. So may an id in the
    slot of a uid that was forgotten."""
    id, uid, email, _ = item.identity
    uids = {name[1] for name, _ in state.tombstones if name[0] == "uid" and name[1] is not None}
    if id is not None and id.slot in map(slot_of_uid, uids):
        return True
    target = state.profile(state.resolve(ids.number(id))) if id is not None else None
    back = [profile for _, profile in state.profiles if profile.uid in uids]
    return any(profile == target or uid == profile.uid or email is not None and email == profile.email for profile in back)


def may_be_taken_for_forgotten(item, history, state):
    """Returns whether an item may be ignored because the claim to its address names somebody who was forgotten. Whether he had the address,
    and the claim came back by a restore, or he was forgotten before he got it, is not known."""
    email = item.identity.email
    if not state.forgotten or email is None:
        return False
    identities = [one.operation.identity for one in history]
    identities += [
        other.identity for one in history if one.operation.do == "batch" for other in one.operation.batch.items if other is not item
    ]
    return email in state.torn or any(identity is not None and identity.email == email for identity in identities)


def may_be_left(one):
    """Returns whether items may be ignored that come after written ones. If two workers apply one chunk at the same time, the one that is
    counted may have ignored all of them, before the other one has written some of them and is ended."""
    return one.overlaps


def may_be_written(item, batch, state):
    """The new holder of a forgotten address may be written by it, if an earlier item named both."""
    id, uid, email, _ = item.identity
    if id is not None or uid is not None or state.holder("email", email) is None:
        return False
    return any(other.identity.email == email for other in batch.items[:item.index])


def may_be_counted_as(outcome, number, one, state):
    """Returns other outcomes as which an item of a batch may be counted.

    An item whose user was forgotten after it was written may be ignored when the chunk is applied again. If two workers apply one chunk at
    the same time, the one that is counted may have ignored an item that the other one writes."""
    if one.passes > 1 and (number in state.forgotten or number in [company for company, *_ in state.gone]):
        return [IGNORED]
    if one.overlaps and outcome in (CREATED, UPDATED):
        return [UNCHANGED, IGNORED, FAILED]
    return []


def is_too_late(invocation, is_saved):
    """Returns whether a late call must not arrive any more: its request was refused with a 409 or 404, or its batch was saved by another
    worker. The real database might execute it even then."""
    if invocation.operation.do == "batch":
        return is_saved(invocation.operation.batch)
    return not invocation.crashed and invocation.answer[0] != 200


def ends_late_workers(tasks, current, is_saved):
    """Ends the workers that continue after another one has saved the same chunk, and returns them: they might write items that it ignored.
    `current` made the last call; it is `None` if that was a late call."""
    late = [
        task for task in tasks if task is not current and not task.is_over and task.invocation.operation.do == "batch"
        and (current is None or current.invocation is task.invocation) and is_saved(task.invocation.operation.batch)
    ]
    for task in late:
        task.generator = None
    return late
