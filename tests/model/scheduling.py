"""The parts of schedules: requests, batches, and how far they come."""
from batch_items import Batch, Item
from check import must
from database import Transact, Write
from items import Identity, claim_key, slot_key, slot_of_uid
from operations import Operation

SCHEDULES = []


def schedule(function):
    SCHEDULES.append(function)
    return function


def upsert(value, uid=None, email=None, id=None, prop="p"):
    return Operation("upsert", Identity(id, uid, email), prop=prop, value=value)


def unset(value, uid=None, id=None, prop="p"):
    return Operation("upsert", Identity(id, uid, None, True), prop=prop, value=value)


def event(uid=None, email=None, key=None, name="n"):
    return Operation("event", Identity(None, uid, email), name=name, key=key)


def clear(uid=None, email=None, id=None):
    return Operation("clear", Identity(id, uid, email))


def forget(uid=None, email=None):
    return Operation("forget", Identity(None, uid, email))


def retrieve(uid=None, email=None):
    return Operation("retrieve", Identity(None, uid, email))


UNSET = "$unset"


def accepted(run, *items, ignore=False, name="batch", ahead=0):
    """Accepts a batch. Each item is uid, address (or `UNSET`), property and value, and perhaps an id."""
    def identity(id, uid, email):
        return Identity(*id, uid, None if email == UNSET else email, email == UNSET)
    items = tuple(Item(index, identity(id, uid, email), prop, value) for index, (uid, email, prop, value, *id) in enumerate(
        (*item[:4], *(item[4:] or [None])) for item in items
    ))
    one = Operation("batch", batch=Batch(name, items, ignore, run.world.time + ahead))
    run.accept(one)
    return one


def saves_next(task):
    """Returns whether a worker's next call saves the counts of its chunk."""
    return isinstance(task.call, Write) and task.call.action.key[0] == "ticket"


def crashes_unsaved(run, batch):
    """Runs a worker that crashes when all items are written and not yet counted."""
    worker = run.begin(batch)
    while not saves_next(worker):
        run.pass_one(worker)
    run.crash(worker)


def passes_to(run, task, is_next):
    """Lets calls pass until the next one is this."""
    while not task.is_over and not is_next(task.call):
        run.pass_one(task)


def interrupted(run, operation, calls, other):
    """Runs an operation, and another one from beginning to end when this number of its calls have passed."""
    task = run.begin(operation)
    run.passes(task, calls)
    run.whole(other)
    run.finish(task)


def writes(*key):
    """Returns whether a call writes this item."""
    return lambda call: any(action.key == key for action in (
        call.actions if isinstance(call, Transact) else [call.action] if isinstance(call, Write) else []
    ))


def dies_before(run, operation, is_next):
    """Runs an operation whose process dies before this call."""
    task = run.begin(operation)
    passes_to(run, task, is_next)
    run.crash(task)


def is_free(run, email):
    """Checks that the claim to an address names nobody, and expires."""
    claim = run.database.items.get(claim_key(email), {})
    must("id" not in claim and ("EXPIRES_AT" in claim or not claim), f"the claim to {email} names {claim.get('id')}")


def slot_of(uid):
    return slot_key(slot_of_uid(uid))


def claims_for(run, operation, email="x"):
    """Begins an operation that claims an address, and has not written its profile yet."""
    task = run.begin(operation)
    passes_to(run, task, writes(*claim_key(email)))
    run.pass_one(task)
    return task


def dies_with_claim(run, operation, email="x"):
    """Runs an operation whose process dies when it has claimed an address. The claim is nobody's."""
    run.crash(claims_for(run, operation, email))


def dies_before_release(run, operation, email="x"):
    """Runs an operation whose process dies before it releases this address."""
    dies_before(run, operation, writes(*claim_key(email)))
