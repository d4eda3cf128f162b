"""Schedules that break a promise if a rule is switched off. The random runs find some of them only rarely."""
import company_schedules
from batch_items import Batch, Item
from check import Violation, must
import torn
from database import Transact, Write
from items import SECOND, Identity, claim_key
from operations import Operation
from run import Run


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


SCHEDULES = []


def schedule(function):
    SCHEDULES.append(function)
    return function


# own_claims

@schedule
def two_creates_of_one_uid_and_address(run):
    late = run.begin(upsert(2, "a", "x"))
    run.passes(late, 1)
    run.whole(upsert(1, "a", "x"))
    run.finish(late)


@schedule
def two_attachments_of_one_uid_the_first_seen_later(run):
    run.prepare([upsert(0, email="x")])
    late = run.begin(upsert(2, "a", "x"))
    run.passes(late, 2)
    run.whole(upsert(1, "a", "x"))
    run.finish(late)


@schedule
def two_attachments_of_one_uid(run):
    run.prepare([upsert(0, email="x")])
    late = run.begin(upsert(2, "a", "x"))
    run.passes(late, 1)
    run.whole(upsert(1, "a", "x"))
    run.finish(late)


@schedule
def address_alone_beside_a_create(run):
    late = run.begin(upsert(2, email="x"))
    run.passes(late, 1)
    run.whole(upsert(1, "a", "x"))
    run.finish(late)


# one_transaction

@schedule
def forgotten_right_after_an_event_made_it(run):
    tracking = run.begin(event("a"))
    run.passes(tracking, 2)
    run.whole(forget("a"))
    run.finish(tracking)


@schedule
def cleared_by_the_address_that_an_event_gave(run):
    run.prepare([upsert(0, "a")])
    tracking = run.begin(event("a", "x"))
    run.passes(tracking, 3)
    run.whole(clear(email="x"))
    run.finish(tracking)


@schedule
def keyed_event_twice_at_a_time_and_a_forget(run):
    first = run.begin(event("a", key="k"))
    run.passes(first, 2)
    run.whole(event("a", key="k"))
    run.whole(forget("a"))
    run.finish(first)


@schedule
def two_events_under_one_key_at_a_time(run):
    first = run.begin(event("a", key="k"))
    run.passes(first, 2)
    run.whole(event("b", key="k"))
    run.finish(first)


@schedule
def merged_and_cleared_after_an_event_made_it(run):
    run.prepare([upsert(0, "a")])
    tracking = run.begin(event(email="x"))
    run.passes(tracking, 3)
    run.whole(retrieve(email="x"))
    run.whole(upsert(1, "a", "x"))
    run.whole(clear("a"))
    run.finish(tracking)


@schedule
def keyed_event_whose_address_is_another_users_by_now(run):
    run.prepare([event("a", "x", "k"), upsert(1, "a", "y"), upsert(2, "b", "x")])
    run.whole(event("a", "x", "k"))


# unless_known

@schedule
def keyed_event_whose_profile_was_forgotten(run):
    id, = run.prepare([upsert(0, "a")])
    run.whole(Operation("event", Identity(id), name="n", key="k"))
    run.whole(forget("a"))
    run.whole(Operation("event", Identity(id), name="n", key="k"))


# claim_log and claim_as_seen

@schedule
def item_by_an_address_that_its_batch_changes(run):
    run.prepare([upsert(0, "b", "x")])
    batch = accepted(run, (None, "x", "p", 1), ("b", "y", "q", 1))
    crashes_unsaved(run, batch)
    run.whole(batch)


@schedule
def item_by_an_address_that_its_batch_gives_to_another(run):
    run.prepare([upsert(0, "a", "x")])
    batch = accepted(run, (None, "x", "p", 1), ("a", "y", "q", 1), ("b", "x", "q", 2))
    crashes_unsaved(run, batch)
    run.whole(batch)


@schedule
def item_that_changes_nothing_by_an_address_that_its_batch_changes(run):
    run.prepare([upsert(1, "b", "x")])
    batch = accepted(run, (None, "x", "p", 1), ("b", "y", "q", 1))
    crashes_unsaved(run, batch)
    run.whole(upsert(2, "b"))
    run.whole(batch)


@schedule
def two_workers_and_an_address_that_moves_on(run):
    batch = accepted(run, (None, "x", "p", 1))
    slow = run.begin(batch)
    run.passes(slow, 3)
    run.whole(upsert(0, "b", "x", prop="q"))
    quick = run.begin(batch)
    slow.invocation.overlaps = True
    while not saves_next(quick):
        run.pass_one(quick)
    quick.generator = None
    run.whole(upsert(1, "b", "y", prop="q"))
    run.finish(slow)


# fenced_uid

@schedule
def uid_that_was_forgotten_is_given_by_id(run):
    id, _ = run.prepare([upsert(0, email="x"), upsert(0, "a")])
    batch = accepted(run, ("a", None, "p", 1, id))
    run.whole(forget("a"))
    run.whole(batch)


@schedule
def address_that_was_forgotten_is_given_by_id_with_a_uid(run):
    id, _ = run.prepare([upsert(0, email="x"), upsert(0, "b", "y")])
    batch = accepted(run, ("a", "y", "p", 1, id))
    run.whole(forget("b"))
    run.whole(batch)


# former

@schedule
def address_that_a_forgotten_one_had_before(run):
    run.prepare([upsert(0, "a", "x")])
    batch = accepted(run, (None, "x", "p", 1))
    run.whole(upsert(1, "a", "y"))
    run.whole(forget("a"))
    run.whole(batch)


@schedule
def address_that_a_merged_one_had_before(run):
    id, _ = run.prepare([upsert(0, email="x"), upsert(0, "a")])
    batch = accepted(run, (None, "x", "p", 1))
    run.whole(upsert(1, email="y", id=id))
    run.whole(upsert(2, "a", "y"))
    run.whole(forget("a"))
    run.whole(batch)


# fresh_clock

@schedule
def batch_that_is_accepted_while_a_forget_is_under_way(run):
    run.prepare([upsert(0, "a")])
    forgetting = run.begin(forget("a"))
    run.passes(forgetting, 1)
    run.pause(2 * SECOND)
    batch = accepted(run, ("a", None, "p", 1))
    run.whole(retrieve("a"))
    run.finish(forgetting)
    run.whole(batch)


@schedule
def batch_that_is_accepted_by_a_clock_ahead(run):
    run.prepare([upsert(0, "a")])
    batch = accepted(run, ("a", None, "p", 1), ahead=60 * SECOND)
    run.whole(forget("a"))
    run.whole(batch)


@schedule
def address_forgotten_again_by_a_clock_behind(run):
    run.prepare([upsert(0, "a", "x")])
    run.whole(forget("a"), ahead=60 * SECOND)
    run.whole(upsert(0, "b", "x"))
    run.whole(forget("b"))


# monotonic

@schedule
def attempt_that_arrives_late(run):
    run.prepare([upsert(0, "a")])
    first = run.begin(upsert(1, "a"))
    run.pass_one(first, is_late=True)
    run.whole(upsert(2, "a"))
    run.arrive(0)


# later_than_forgotten

@schedule
def attempt_that_arrives_after_its_user_was_forgotten_and_came_back(run):
    first = run.begin(upsert(1, "a", "x"), ahead=60 * SECOND)
    run.pass_one(first, is_late=True)
    run.finish(first)
    run.whole(forget("a"))
    run.whole(upsert(2, "a", "x"))
    run.arrive(0)


# noted and notes_stay

@schedule
def item_that_failed_stays_before_a_later_one(run):
    run.prepare([upsert(0, "b", "x")])
    batch = accepted(run, ("a", None, "p", 1), ("a", "x", "p", 2), ("a", None, "p", 3))
    crashes_unsaved(run, batch)
    run.whole(upsert(1, "b", "y"))
    run.whole(batch)


@schedule
def item_that_failed_before_another_users_and_a_later_one(run):
    run.prepare([upsert(0, "c", "x"), upsert(0, "a"), upsert(0, "b")])
    batch = accepted(run, ("a", "x", "p", 1), ("b", "x", "p", 2), ("a", None, "p", 3))
    worker = run.begin(batch)
    run.passes(worker, 9)
    run.whole(upsert(1, "c", "y"))
    while not saves_next(worker):
        run.pass_one(worker)
    run.crash(worker)
    run.whole(upsert(4, "b", "z"))
    run.whole(batch)


# expected

@schedule
def item_that_creates_beside_an_attachment(run):
    run.prepare([upsert(0, email="x")])
    batch = accepted(run, ("a", None, "q", 1))
    worker = run.begin(batch)
    run.passes(worker, 3)
    run.whole(upsert(1, "a", "x"))
    run.finish(worker)


@schedule
def item_that_may_not_create_beside_a_create(run):
    batch = accepted(run, ("a", "x", "q", 1), ignore=True)
    worker = run.begin(batch)
    run.passes(worker, 3)
    run.whole(upsert(1, "a", "x"))
    run.finish(worker)


# clear_once

@schedule
def merged_while_it_is_cleared(run):
    _, id = run.prepare([upsert(0, "a"), upsert(0, email="x")])
    clearing = run.begin(clear(id=id))
    run.passes(clearing, 2)
    run.whole(upsert(1, "a", "x"))
    run.finish(clearing)


# one_by_one, unite_alone and as_counted

@schedule
def item_beside_another_items_forgotten_address(run):
    run.prepare([upsert(0, "a"), upsert(0, "b", "x")])
    batch = accepted(run, ("a", None, "p", 1), ("a", "x", "q", 1))
    run.whole(forget("b"))
    run.whole(batch)


@schedule
def item_to_be_left_out_before_an_attachment(run):
    run.prepare([upsert(0, email="x")])
    run.whole(accepted(run, ("a", None, "p", 1), ("a", "x", "q", 1), ignore=True))


@schedule
def item_that_creates_before_a_merge(run):
    run.prepare([upsert(0, email="x")])
    run.whole(accepted(run, ("a", None, "p", 1), ("a", "x", "q", 1)))


@schedule
def item_that_finds_what_the_one_before_it_merged(run):
    run.prepare([upsert(0, "a"), upsert(1, email="x", prop="q")])
    run.whole(accepted(run, ("a", "x", "p", 1), ("a", None, "q", 1)))


@schedule
def item_that_changes_nothing_beside_an_upsert(run):
    run.prepare([upsert(1, "a")])
    batch = accepted(run, ("a", None, "q", 1), ("a", None, "p", 1))
    worker = run.begin(batch)
    run.passes(worker, 3)
    run.whole(upsert(2, "a"))
    run.finish(worker)


# of_that_profile

@schedule
def item_by_an_address_whose_profile_was_merged_into_one_of_the_same_revision(run):
    run.prepare([upsert(0, email="x"), upsert(0, email="x", prop="r")])
    first = accepted(run, ("a", None, "p", 1), name="first")
    second = accepted(run, (None, "x", "q", 1), name="second")
    crashes_unsaved(run, first)
    worker = run.begin(second)
    run.passes(worker, 4)
    run.whole(upsert(2, "a", "x"))
    run.finish(worker)
    run.whole(first)


# still_there

@schedule
def uid_that_came_after_the_profile_was_forgotten(run):
    id, = run.prepare([upsert(0, email="x")])
    late = run.begin(upsert(1, "a", id=id))
    run.passes(late, 1)
    run.whole(forget(email="x"))
    run.whole(upsert(2, "a"))
    run.finish(late)


@schedule
def address_that_came_after_the_profile_was_forgotten(run):
    id, = run.prepare([upsert(0, email="x")])
    late = run.begin(upsert(1, email="y", id=id))
    run.passes(late, 1)
    run.whole(forget(email="x"))
    run.whole(upsert(2, "a", "y"))
    run.finish(late)


@schedule
def item_to_be_left_out_while_its_uid_and_address_are_given(run):
    id, = run.prepare([upsert(0, email="x")])
    batch = accepted(run, ("a", "x", "q", 1), ignore=True)
    worker = run.begin(batch)
    run.passes(worker, 3)
    run.whole(upsert(1, "a", "y", id=id))
    run.finish(worker)


# clear_raises, forget_closes, merge_closes and heads_as_seen

def event_around(run, operation, *before, **identity):
    """Finds the profile of an event, runs another operation, and records the event then."""
    run.prepare(before)
    late = run.begin(event(**identity))
    while not isinstance(late.call, Transact):
        run.pass_one(late)
    run.whole(operation)
    run.finish(late)


@schedule
def event_of_a_profile_that_was_cleared(run):
    event_around(run, clear("a"), upsert(0, "a"), uid="a")


@schedule
def event_of_a_profile_that_was_forgotten(run):
    event_around(run, forget("a"), upsert(0, "a"), uid="a")


@schedule
def event_of_a_profile_that_was_merged(run):
    event_around(run, upsert(1, "a", "x"), upsert(0, "a"), upsert(0, email="x"), email="x")


@schedule
def event_of_a_profile_that_is_being_merged(run):
    run.prepare([upsert(0, "a"), upsert(0, email="x"), event(email="x")])
    merging = run.begin(upsert(1, "a", "x"))
    while not (isinstance(merging.call, Transact) and any(action.key[0] == "head" for action in merging.call.actions)):
        run.pass_one(merging)
    run.whole(event(email="x"))
    run.whole(event("a"))
    run.finish(merging)


# unset_releases, unset_as_seen, unset_former, unset_apart and fenced_held

@schedule
def address_that_is_taken_away_and_given_to_another(run):
    run.prepare([upsert(0, "a", "x")])
    run.whole(unset(1, "a"))
    run.whole(upsert(2, "b", "x"))


@schedule
def address_that_is_taken_away_beside_a_change_of_it(run):
    run.prepare([upsert(0, "a")])
    late = run.begin(unset(2, "a"))
    run.whole(upsert(1, "a", "x"))
    run.finish(late)


@schedule
def address_that_is_taken_away_beside_an_upsert_by_it(run):
    run.prepare([upsert(0, "a", "x")])
    late = run.begin(upsert(1, email="x"))
    run.passes(late, 1)
    run.whole(unset(2, "a"))
    run.finish(late)


@schedule
def address_that_is_taken_away_beside_a_forget(run):
    run.prepare([upsert(0, "a", "x")])
    batch = accepted(run, (None, "x", "p", 1))
    taking = run.begin(unset(2, "a"))
    run.passes(taking, 1)
    forgetting = run.begin(forget("a"))
    run.passes(forgetting, 1)
    run.finish(taking)
    run.finish(forgetting)
    run.whole(batch)


@schedule
def address_that_is_taken_away_from_one_who_is_being_merged(run):
    _, id = run.prepare([upsert(0, "a"), upsert(0, email="x")])
    merging = run.begin(upsert(1, "a", "x"))
    run.passes(merging, 3)
    run.whole(unset(2, id=id))
    run.finish(merging)


@schedule
def address_that_was_taken_away_from_a_forgotten_one(run):
    run.prepare([upsert(0, "a", "x")])
    batch = accepted(run, (None, "x", "p", 1))
    run.whole(unset(1, "a"))
    run.whole(forget("a"))
    run.whole(batch)


@schedule
def items_that_give_an_address_and_take_it_away(run):
    run.prepare([upsert(0, "a", "x")])
    run.whole(accepted(run, ("a", "y", "p", 1), ("a", UNSET, "p", 2)))


@schedule
def items_that_take_an_address_away_and_give_one(run):
    run.prepare([upsert(0, "a", "x")])
    run.whole(accepted(run, ("a", UNSET, "p", 1), ("a", "y", "p", 2), (None, "y", "q", 3)))


@schedule
def address_of_a_forgotten_one_that_another_had_meanwhile(run):
    run.prepare([upsert(0, "a", "x")])
    batch = accepted(run, (None, "x", "p", 1))
    run.whole(upsert(1, "a", "y"))
    run.whole(upsert(1, "b", "x"))
    run.whole(forget("a"))
    run.whole(unset(2, "b"))
    run.whole(batch)


# null_is_none

@schedule
def null_of_one_who_is_merged(run):
    run.prepare([upsert(None, "a"), upsert(1, email="x")])
    run.whole(upsert(2, "a", "x", prop="q"))


# handed_over and waits_in_order

def address_that_its_batch_hands_over(run, *items, failed=0):
    """Applies a batch in which `a` gives up the address that `b` gets."""
    run.prepare([upsert(0, "a", "x"), upsert(0, "b"), upsert(0, "c", "z")])
    run.whole(accepted(run, ("b", "x", "p", 1), *items))
    outcomes = run.database.items[("header", "batch")]["counts"]
    must(outcomes[4] == failed, f"an address does not arrive: {outcomes}")


@schedule
def address_that_a_later_item_gives_up(run):
    address_that_its_batch_hands_over(run, ("a", "y", "q", 1))


@schedule
def address_that_a_later_item_takes_away(run):
    address_that_its_batch_hands_over(run, ("a", UNSET, "q", 1))


@schedule
def address_that_is_taken_away_after_its_holder_waited_for_another(run):
    address_that_its_batch_hands_over(run, ("a", "z", "q", 1), ("a", UNSET, "q", 2), failed=1)


@schedule
def item_that_waits_before_another_of_its_user(run):
    address_that_its_batch_hands_over(run, ("b", None, "p", 2), ("a", UNSET, "q", 1))


# kept

@schedule
def item_that_was_done_before_one_that_waits_and_then_forgotten(run):
    run.prepare([upsert(0, "a")])
    batch = accepted(run, ("a", "x", "p", 1), ("b", "x", "q", 1))
    worker = run.begin(batch)
    while not any(item.get("uid") == "a" and item.get("email") == "x" for item in run.database.items.values()):
        run.pass_one(worker)
    run.passes(worker, 3)
    run.whole(forget("a"))
    run.finish(worker)


# heals_claims and claim_goes_on

def claimed_by_nobody(run):
    """Leaves a claim to `x` whose profile is lost."""
    id, = run.prepare([upsert(0, email="x")])
    torn.lose_profile(run, id)


@schedule
def address_of_a_lost_profile(run):
    claimed_by_nobody(run)
    run.whole(retrieve(email="x"))
    run.whole(upsert(1, email="x"))


@schedule
def uid_with_the_address_of_a_lost_profile(run):
    claimed_by_nobody(run)
    run.whole(upsert(1, "a", "x"))


@schedule
def items_with_the_address_of_a_lost_profile(run):
    claimed_by_nobody(run)
    run.whole(accepted(run, (None, "x", "p", 1), ("a", "x", "p", 2)))


@schedule
def claim_that_names_its_profile_too_early(run):
    id, = run.prepare([upsert(0, "a", "y")])
    torn.claim(run, "x", id)
    run.whole(upsert(1, "a", "x"))


@schedule
def uid_given_by_id_with_an_address_that_is_claimed_too_early(run):
    id, = run.prepare([upsert(0, email="y")])
    torn.claim(run, "x", id)
    run.whole(upsert(1, "a", "x", id))


@schedule
def claim_that_names_the_merged_profile(run):
    _, id, _ = run.prepare([upsert(0, "a"), upsert(0, email="x"), upsert(0, "a", "x")])
    torn.claim(run, "x", id)
    run.whole(retrieve(email="x"))
    run.whole(upsert(1, email="x"))


@schedule
def claim_that_names_the_one_before_in_the_slot(run):
    id, _, _ = run.prepare([upsert(0, "a", "x"), forget("a"), upsert(0, "a", "x")])
    torn.claim(run, "x", id)
    run.whole(upsert(1, email="x"))


# slot_still_seen and claim_still_named

@schedule
def address_that_comes_back_before_its_claim_is_mended(run):
    run.prepare([upsert(0, "a", "x")])
    late = run.begin(upsert(3, email="x"))
    run.passes(late, 1)
    run.whole(upsert(1, "a", "y"))
    run.passes(late, 1)
    run.whole(upsert(2, "a", "x"))
    run.finish(late)


@schedule
def two_that_meet_the_same_claim(run):
    claimed_by_nobody(run)
    late = run.begin(upsert(2, email="x"))
    run.passes(late, 2)
    run.whole(upsert(1, "a", "x"))
    run.finish(late)


@schedule
def taken_claim_met_while_another_mends_it(run):
    claimed_by_nobody(run)
    late = run.begin(upsert(2, "b", "x"))
    run.passes(late, 3)
    run.whole(upsert(1, "a", "x"))
    run.finish(late)


# fence_goes_along

@schedule
def forgotten_address_whose_claim_came_back(run):
    id, = run.prepare([upsert(0, "a", "x")])
    batch = accepted(run, (None, "x", "p", 1))
    run.whole(forget("a"))
    run.database.items.pop(claim_key("x"))
    run.database.items[claim_key("x")] = {"id": id}
    run.whole(upsert(1, "b", "x"))
    run.whole(upsert(2, "b", "y"))
    run.whole(batch)


# disowned

def claim_is_missing(run, *before):
    """Leaves the profile of `a` without the claim to its address `x`."""
    id = run.prepare([upsert(0, "a", "x"), *before])[0]
    torn.lose_claim(run, "x")
    return id


@schedule
def another_address_for_one_without_a_claim(run):
    claim_is_missing(run)
    run.whole(upsert(1, "a", "y"))


@schedule
def address_taken_away_from_one_without_a_claim(run):
    claim_is_missing(run)
    run.whole(unset(1, "a"))


@schedule
def merge_into_one_without_a_claim(run):
    claim_is_missing(run, upsert(0, email="y"))
    run.whole(upsert(1, "a", "y"))


@schedule
def uid_and_address_for_one_without_a_claim(run):
    id, = run.prepare([upsert(0, email="x")])
    torn.lose_claim(run, "x")
    run.whole(upsert(1, "a", "y", id))


@schedule
def another_address_for_one_whose_claim_names_a_lost_profile(run):
    lost, _ = run.prepare([upsert(0, "b"), upsert(0, "a", "x")])
    torn.claim(run, "x", lost)
    run.whole(upsert(1, "a", "y"))


@schedule
def another_address_for_one_whose_address_another_one_has(run):
    owner, _ = run.prepare([upsert(0, "b"), upsert(0, "a", "x")])
    torn.claim(run, "x", owner)
    torn.share(run, "x", owner)
    run.whole(retrieve(email="x"))
    run.whole(upsert(1, "a", "y"))


# profile_still_seen

def repair(run, id):
    """Begins a repair of the profile, which has `x`. No client sees it."""
    task = run.begin(Operation("repair", Identity(id, None, "x")))
    run.history.remove(task.invocation)
    return task


@schedule
def repair_of_one_without_a_claim(run):
    run.finish(repair(run, claim_is_missing(run)))
    run.whole(retrieve(email="x"))
    run.whole(upsert(1, email="x"))


@schedule
def repair_while_the_address_changes(run):
    late = repair(run, claim_is_missing(run))
    run.passes(late, 2)
    run.whole(upsert(1, "a", "y"))
    run.finish(late)


@schedule
def repair_while_the_address_goes_to_another_one(run):
    late = repair(run, claim_is_missing(run))
    run.passes(late, 2)
    run.whole(upsert(1, "a", "y"))
    run.whole(upsert(2, email="x"))
    run.finish(late)


@schedule
def repair_while_the_profile_is_forgotten(run):
    late = repair(run, claim_is_missing(run))
    run.passes(late, 2)
    run.whole(forget("a"))
    run.finish(late)


@schedule
def two_repairs_at_once(run):
    id = claim_is_missing(run)
    late = repair(run, id)
    run.passes(late, 2)
    run.finish(repair(run, id))
    run.finish(late)


# follows_alias

@schedule
def address_that_moves_on_by_a_merge_while_it_is_read(run):
    run.prepare([upsert(0, "a"), upsert(0, email="x")])
    reading = run.begin(retrieve(email="x"))
    run.passes(reading, 1)
    run.whole(upsert(1, "a", "x"))
    run.finish(reading)


@schedule
def item_that_would_change_nothing_in_the_one_that_the_claim_names(run):
    id, = run.prepare([upsert(1, "a")])
    torn.claim(run, "x", id)
    run.whole(accepted(run, (None, "x", "p", 1)))
    run.whole(retrieve(email="x"))


# forget_heals

@schedule
def forgotten_while_the_claim_names_another_id(run):
    lost, _ = run.prepare([upsert(0, "b"), upsert(0, "a", "x")])
    torn.claim(run, "x", lost)
    batch = accepted(run, (None, "x", "p", 1))
    run.whole(forget("a"))
    run.whole(batch)


ALL = SCHEDULES + company_schedules.SCHEDULES


def broken(fixes):
    """Yields the schedules that break a promise with these rules."""
    for one in ALL:
        run = Run(fixes)
        try:
            one(run)
            run.judge()
        except Violation as violation:
            yield one.__name__, violation, run
