"""Schedules of single requests that break a promise if a rule is switched off. The random runs find some of them only rarely."""
from database import Transact
from items import Identity
from operations import Operation
from scheduling import accepted, claims_for, clear, event, forget, interrupted, passes_to, retrieve, schedule, slot_of, upsert, writes


# own_claims

@schedule
def two_creates_of_one_uid_and_address(run):
    interrupted(run, upsert(2, "a", "x"), 1, upsert(1, "a", "x"))


@schedule
def two_attachments_of_one_uid_the_first_seen_later(run):
    run.prepare([upsert(0, email="x")])
    interrupted(run, upsert(2, "a", "x"), 2, upsert(1, "a", "x"))


@schedule
def two_attachments_of_one_uid(run):
    run.prepare([upsert(0, email="x")])
    interrupted(run, upsert(2, "a", "x"), 1, upsert(1, "a", "x"))


@schedule
def address_alone_beside_a_create(run):
    interrupted(run, upsert(2, email="x"), 1, upsert(1, "a", "x"))


# one_transaction

@schedule
def forgotten_right_after_an_event_made_it(run):
    interrupted(run, event("a"), 2, forget("a"))


@schedule
def cleared_by_the_address_that_an_event_gave(run):
    run.prepare([upsert(0, "a")])
    interrupted(run, event("a", "x"), 3, clear(email="x"))


@schedule
def keyed_event_twice_at_a_time_and_a_forget(run):
    first = run.begin(event("a", key="k"))
    run.passes(first, 2)
    run.whole(event("a", key="k"))
    run.whole(forget("a"))
    run.finish(first)


@schedule
def two_events_under_one_key_at_a_time(run):
    interrupted(run, event("a", key="k"), 2, event("b", key="k"))


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


# monotonic

@schedule
def attempt_that_arrives_late(run):
    run.prepare([upsert(0, "a")])
    first = run.begin(upsert(1, "a"))
    run.pass_one(first, is_late=True)
    run.whole(upsert(2, "a"))
    run.arrive(0)


# later_than_twin

@schedule
def attempt_that_arrives_after_what_came_of_it_was_merged(run):
    run.prepare([upsert(0, "a")])
    merging = claims_for(run, upsert(1, "a", "x"))
    late = run.begin(upsert(2, email="x"))
    passes_to(run, late, writes(*slot_of("a")))
    run.pass_one(late, is_late=True)
    run.finish(late)
    run.finish(merging)
    run.arrive(0)


# clear_once

@schedule
def merged_while_it_is_cleared(run):
    _, id = run.prepare([upsert(0, "a"), upsert(0, email="x")])
    interrupted(run, clear(id=id), 2, upsert(1, "a", "x"))


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
    interrupted(run, batch, 3, upsert(1, "a", "y", id=id))


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


# null_is_none

@schedule
def null_of_one_who_is_merged(run):
    run.prepare([upsert(None, "a"), upsert(1, email="x")])
    run.whole(upsert(2, "a", "x", prop="q"))
