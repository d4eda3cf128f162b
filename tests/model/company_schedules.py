"""Schedules about companies that break a promise if a rule is switched off."""
from batch_items import Batch, Item
from companies import LEASE, LEAVE
from database import Members, Wait, Write
from items import MARGIN, Identity, slot_key
from operations import Operation
from scheduling import interrupted, passes_to, schedule, writes


def upsert(value, uid=None, email=None, company=None, gives=None):
    return Operation("upsert", Identity(None, uid, email), prop="p", value=value, company=company, gives=gives)


def company(value, uid="c"):
    return Operation("company", company=uid, prop="q", value=value)


def delete(uid="c", cascade=False):
    return Operation("delete", company=uid, cascade=cascade)


def batch(run, *items, accepted_at=None):
    """Accepts a batch. Each item is uid, value and company."""
    items = tuple(Item(index, Identity(None, uid, None), "p", value, company) for index, (uid, value, company) in enumerate(items))
    one = Operation("batch", batch=Batch("batch", items, False, run.world.time if accepted_at is None else accepted_at))
    run.accept(one)
    return one


def waits(call):
    return isinstance(call, Wait)


def completes(call):
    return isinstance(call, Write) and call.action.key[0] == "journal"


def remembered(run, *operations):
    """Prepares, and lets every instance remember the companies."""
    written = run.prepare(list(operations))
    run.warm()
    return written


# waits

@schedule
def joined_by_an_instance_that_remembers_it_right_after_the_answer(run):
    remembered(run, upsert(0, "a", company="c"))
    run.world.time -= LEASE // 2
    run.finish(run.begin(delete()))
    run.whole(upsert(1, "b", company="c"))


# lease_checked

@schedule
def joined_by_a_request_that_lasts_longer_than_the_lease(run):
    run.prepare([upsert(0, "a", company="c"), upsert(0, "b")])
    interrupted(run, upsert(1, "b", company="c"), 1, delete())


# second_pass

@schedule
def joined_within_the_lease_after_the_first_pass(run):
    remembered(run, upsert(0, "a", company="c"), upsert(0, "b"))
    deletion = run.begin(delete())
    passes_to(run, deletion, waits)
    run.whole(upsert(1, "b", company="c"))
    run.finish(deletion)


# rejoins_only

@schedule
def forgotten_between_a_late_write_and_the_second_look(run):
    remembered(run, upsert(0, "a", company="c"), Operation("upsert", Identity(None, "b"), prop="q", value=0))
    late = run.begin(upsert(1, "b", company="c"))
    deletion = run.begin(delete(cascade=True))
    passes_to(run, deletion, waits)
    run.passes(deletion, 1)
    run.pass_one(late)
    run.finish(deletion)
    run.finish(late)


@schedule
def changed_between_a_late_write_and_the_second_look(run):
    remembered(run, upsert(0, "a", company="c"), upsert(0, "b"))
    late = run.begin(upsert(1, "b", company="c"))
    deletion = run.begin(delete())
    passes_to(run, deletion, waits)
    run.passes(deletion, 1)
    run.pass_one(late)
    run.whole(upsert(2, "b", company=LEAVE))
    run.whole(Operation("retrieve", Identity(None, "b")))
    run.finish(late)
    run.finish(deletion)


# founded_as_seen

@schedule
def founded_and_deleted_while_another_founds_it(run):
    late = run.begin(upsert(1, "b", company="c"))
    passes_to(run, late, writes(*slot_key("uid:b")))
    deletion = run.begin(delete())
    run.world.time -= 2_000
    run.whole(upsert(2, "a", company="c"))
    run.finish(deletion)
    run.finish(late)


# taken_off_it

@schedule
def joins_another_company_while_he_is_taken_off(run):
    run.prepare([upsert(0, "a", company="c"), upsert(0, "b", company="d")])
    deletion = run.begin(delete())
    passes_to(run, deletion, writes(*slot_key("uid:a")))
    # A clock that is behind: his time is not what keeps him.
    run.whole(upsert(1, "a", company="d"), ahead=-5_000)
    run.finish(deletion)


# members_only

@schedule
def leaves_while_the_cascade_comes_to_him(run):
    run.prepare([upsert(0, "a", company="c")])
    deletion = run.begin(delete(cascade=True))
    passes_to(run, deletion, lambda call: isinstance(call, Members))
    run.passes(deletion, 1)
    run.whole(upsert(1, "a", company=LEAVE))
    run.finish(deletion)


# counted_at_once

@schedule
def cascade_that_dies_between_a_forget_and_its_count(run):
    run.prepare([upsert(0, "a", company="c")])
    deletion = run.begin(delete(cascade=True))
    passes_to(run, deletion, writes(*slot_key("uid:a")))
    run.passes(deletion, 1)
    run.crash(deletion)


# child_of_id

@schedule
def joins_anew_within_the_lease_after_the_cascade_forgot_him(run):
    remembered(run, upsert(0, "a", company="c"))
    deletion = run.begin(delete(cascade=True))
    passes_to(run, deletion, waits)
    run.whole(upsert(1, "a", company="c"))
    run.finish(deletion)


# pass_follows

@schedule
def merged_while_the_second_pass_takes_him_off(run):
    remembered(run, upsert(0, None, "x"), upsert(0, "a"), company(0))
    deletion = run.begin(delete())
    passes_to(run, deletion, waits)
    run.whole(upsert(1, None, "x", company="c"))
    run.passes(deletion, 1)
    run.passes(deletion, 1)
    run.whole(upsert(2, "a", "x"))
    run.finish(deletion)


@schedule
def merged_while_the_cascade_comes_to_him(run):
    remembered(run, upsert(0, None, "x"), upsert(0, "a"), company(0))
    deletion = run.begin(delete(cascade=True))
    passes_to(run, deletion, waits)
    run.whole(upsert(1, None, "x", company="c"))
    run.passes(deletion, 1)
    run.passes(deletion, 1)
    run.whole(upsert(2, "a", "x"))
    run.finish(deletion)


# strictly_later

@schedule
def late_duplicate_of_a_join_in_the_millisecond_of_the_take_off(run):
    remembered(run, upsert(0, "b"), company(0))
    joining = run.begin(upsert(1, "b", company="c"))
    run.pass_one(joining, is_late=True)
    run.finish(joining)
    joined_at = run.database.items[slot_key("uid:b")]["updated_at"]
    # The clock of the deletion is behind.
    deletion = run.begin(delete(), -10 * LEASE)
    run.finish(deletion)
    assert run.database.items[slot_key("uid:b")]["updated_at"] >= joined_at
    run.arrive(0)


# company_later

@schedule
def deleted_and_founded_by_clocks_that_are_behind(run):
    run.prepare([company(0)])
    run.whole(company(1), ahead=5_000)
    run.whole(delete())
    run.whole(company(2), ahead=-5_000)


# company_fenced

@schedule
def item_of_a_batch_that_was_accepted_before_its_company_was_deleted(run):
    run.prepare([upsert(0, "a", company="c")])
    one = batch(run, ("a", 1, "c"))
    run.whole(delete())
    run.whole(one)


@schedule
def item_of_a_company_that_was_deleted_and_is_there_again(run):
    run.prepare([upsert(0, "a", company="c")])
    one = batch(run, ("b", 1, "c"))
    run.whole(delete())
    run.whole(company(1))
    run.whole(one)


# fold_by_id

@schedule
def item_long_after_a_deletion_that_died(run):
    run.prepare([upsert(1, "a", company="c")])
    deletion = run.begin(delete())
    passes_to(run, deletion, writes(*slot_key("uid:a")))
    run.crash(deletion)
    run.pause(3 * MARGIN)
    run.whole(batch(run, ("a", 1, "c")))
    run.whole(company(2))


# More that must hold.

@schedule
def merged_with_a_member_of_another_company_after_his_own_was_deleted(run):
    run.prepare([upsert(0, "a", company="c"), upsert(0, None, "x", company="d")])
    deletion = run.begin(delete())
    passes_to(run, deletion, writes(*slot_key("uid:a")))
    run.whole(Operation("retrieve company", company="c"))
    run.whole(upsert(1, "a", "x"))
    run.finish(deletion)

@schedule
def deletion_that_dies_after_its_first_transaction(run):
    run.prepare([upsert(0, "a", company="c"), upsert(0, "b", company="c")])
    deletion = run.begin(delete(cascade=True))
    run.passes(deletion, 2)
    run.crash(deletion)
    run.whole(Operation("retrieve", Identity(None, "a")))
    run.whole(upsert(1, "a", company=LEAVE))
    run.whole(delete(cascade=True))


@schedule
def two_deletions_at_once(run):
    run.prepare([upsert(0, "a", company="c"), upsert(0, "b", company="c"), upsert(0, "c", company="c")])
    first = run.begin(delete())
    run.passes(first, 3)
    second = run.begin(delete())
    run.passes(second, 3)
    run.passes(first, 1)
    run.finish(second)
    run.finish(first)


@schedule
def given_a_property_while_it_is_deleted(run):
    run.prepare([company(0)])
    interrupted(run, upsert(1, "a", company="c", gives=1), 2, delete())
    run.whole(Operation("retrieve company", company="c"))


@schedule
def joined_by_its_id_by_a_request_that_lasts_longer_than_the_lease(run):
    id, _ = run.prepare([company(0), upsert(0, "b")])
    interrupted(run, upsert(1, "b", company=id), 1, delete())
    run.whole(upsert(2, "b", company=id))


@schedule
def items_of_a_company_that_is_deleted_meanwhile(run):
    run.prepare([company(0)])
    items = tuple(Item(index, None, prop, 1, "c") for index, prop in enumerate("pq"))
    one = Operation("batch", batch=Batch("batch", items, False, run.world.time, True))
    run.accept(one)
    interrupted(run, one, 3, delete())


@schedule
def items_of_a_company_that_are_applied_again_after_it_was_deleted(run):
    items = tuple(Item(index, None, prop, 1, "c") for index, prop in enumerate("pq"))
    one = Operation("batch", batch=Batch("batch", items, False, run.world.time, True))
    run.accept(one)
    worker = run.begin(one)
    run.passes(worker, 4)
    run.crash(worker)
    run.whole(delete())
    run.whole(one)
