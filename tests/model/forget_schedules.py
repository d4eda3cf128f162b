"""Schedules about forgotten users, and addresses that profiles had before."""
from database import Transact
from items import SECOND
from scheduling import (
    accepted, claims_for, dies_before_release, dies_with_claim, forget, interrupted, is_free, passes_to, retrieve, schedule, UNSET, unset, upsert,
)


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


# later_than_forgotten

@schedule
def attempt_that_arrives_after_its_user_was_forgotten_and_came_back(run):
    first = run.begin(upsert(1, "a", "x"), ahead=60 * SECOND)
    run.pass_one(first, is_late=True)
    run.finish(first)
    run.whole(forget("a"))
    run.whole(upsert(2, "a", "x"))
    run.arrive(0)


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


# unset_as_seen, unset_former, unset_apart and fenced_held

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
    interrupted(run, upsert(1, email="x"), 1, unset(2, "a"))


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
    interrupted(run, upsert(1, "a", "x"), 3, unset(2, id=id))


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


# fenced_if_held, fenced_as_read, fenced_ahead and own_former

@schedule
def former_address_that_a_worker_has_claimed(run):
    run.prepare([upsert(0, "a", "x")])
    batch = accepted(run, (None, "x", "p", 1))
    run.whole(upsert(1, "a", "y"))
    worker = claims_for(run, batch)
    run.whole(forget("a"))
    run.whole(retrieve(email="x"))
    run.finish(worker)


@schedule
def former_address_that_a_worker_claims_during_a_forget(run):
    run.prepare([upsert(0, "a", "x"), upsert(0, "a", "y"), upsert(0, "b", "x")])
    batch = accepted(run, (None, "x", "p", 1))
    forgetting = run.begin(forget("a"))
    passes_to(run, forgetting, lambda call: isinstance(call, Transact))
    run.whole(unset(1, "b"))
    worker = claims_for(run, batch)
    run.finish(forgetting)
    run.whole(retrieve(email="x"))
    run.finish(worker)


@schedule
def former_address_whose_holder_died_before_the_release(run):
    run.prepare([upsert(0, "a", "x"), upsert(0, "a", "y"), upsert(0, "b", "x")])
    batch = accepted(run, ("b", "x", "p", 1))
    run.whole(forget("a"))
    dies_before_release(run, upsert(1, "b", "z", prop="q"))
    run.whole(batch)


@schedule
def former_address_that_was_not_released(run):
    run.prepare([upsert(0, "a", "x")])
    batch = accepted(run, (None, "x", "p", 1))
    dies_before_release(run, upsert(1, "a", "y"))
    run.whole(forget("a"))
    is_free(run, "x")
    run.whole(batch)


@schedule
def forgotten_after_its_address_is_claimed(run):
    run.prepare([upsert(0, "a", "y")])
    late = claims_for(run, upsert(1, "a", "x"))
    run.whole(forget("a"))
    run.whole(retrieve("a"))
    run.finish(late)


@schedule
def item_with_an_address_that_a_forgotten_one_had_claimed(run):
    id, = run.prepare([upsert(0, email="x")])
    batch = accepted(run, (None, "y", "p", 1))
    dies_with_claim(run, upsert(1, email="y", id=id), "y")
    run.whole(forget(email="x"))
    run.whole(batch)
