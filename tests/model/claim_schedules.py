"""Schedules of the three writes that give a profile an address: the claim, the profile, and the release of the old claim."""
from database import Transact
from items import Identity
from operations import Operation
from scheduling import (
    accepted, claims_for, clear, dies_before_release, dies_with_claim, event, forget, is_free, passes_to, retrieve, schedule, slot_of,
    unset, upsert,
)


# takes_over

@schedule
def address_of_one_who_died_with_the_claim(run):
    dies_with_claim(run, upsert(1, "a", "x"))
    run.whole(retrieve(email="x"))
    run.whole(upsert(2, "b", "x"))


@schedule
def address_that_its_own_profile_claimed_and_died(run):
    run.prepare([upsert(0, "a")])
    dies_with_claim(run, upsert(1, "a", "x"))
    run.whole(upsert(2, "a", "x"))


@schedule
def address_of_one_who_died_before_the_release(run):
    run.prepare([upsert(0, "a", "x")])
    dies_before_release(run, upsert(1, "a", "y"))
    run.whole(upsert(2, email="x"))


@schedule
def address_that_goes_back_to_one_who_died_before_the_release(run):
    run.prepare([upsert(0, "a", "x")])
    dies_before_release(run, upsert(1, "a", "y"))
    run.whole(upsert(2, "a", "x"))


@schedule
def address_that_the_one_before_in_the_slot_claimed(run):
    run.prepare([upsert(0, "a")])
    dies_with_claim(run, upsert(1, "a", "x"))
    run.whole(forget("a"))
    run.whole(upsert(2, "a", "x"))


@schedule
def event_with_an_address_that_one_claimed_who_died(run):
    dies_with_claim(run, event("a", "x"))
    run.whole(event("b", "x", "k"))
    run.whole(event(email="x"))


@schedule
def items_with_the_address_of_one_who_died_with_the_claim(run):
    dies_with_claim(run, upsert(0, "c", "x"))
    run.whole(accepted(run, (None, "x", "p", 1), ("a", "x", "p", 2)))


@schedule
def worker_that_dies_with_the_claim(run):
    for name, item in (("one", (None, "x", "p", 1)), ("other", ("a", "y", "p", 1))):
        batch = accepted(run, item, name=name)
        dies_with_claim(run, batch, item[1])
        run.whole(batch)


# barrier and created_to_stay

@schedule
def claim_that_is_taken_over_before_its_new_profile_is_written(run):
    late = claims_for(run, upsert(1, "a", "x"))
    run.whole(upsert(2, "b", "x"))
    run.finish(late)


@schedule
def claim_that_is_taken_over_before_its_profile_is_written(run):
    run.prepare([upsert(0, "a", "y")])
    late = claims_for(run, upsert(1, "a", "x"))
    run.whole(upsert(2, email="x"))
    run.finish(late)


@schedule
def claim_that_is_taken_over_before_a_company_is_founded_with_its_profile(run):
    late = claims_for(run, Operation("upsert", Identity(None, "a", "x"), prop="p", value=1, company="c"))
    run.whole(Operation("upsert", Identity(None, "b", "x"), prop="p", value=2, company="c"))
    run.finish(late)


@schedule
def claim_that_is_taken_over_before_an_event_is_recorded_with_its_profile(run):
    late = claims_for(run, event("a", "x", "k"))
    run.whole(event("b", "x"))
    run.finish(late)


@schedule
def claim_that_is_taken_over_from_a_worker(run):
    late = claims_for(run, accepted(run, (None, "x", "p", 1)))
    run.whole(upsert(2, "b", "x"))
    run.finish(late)


@schedule
def claim_that_is_taken_over_before_a_uid_is_given_with_it(run):
    id, = run.prepare([upsert(0, email="y")])
    late = claims_for(run, upsert(1, "a", "x", id))
    run.whole(upsert(2, "b", "x"))
    run.finish(late)


@schedule
def created_where_a_claim_was_taken_over(run):
    dies_with_claim(run, upsert(1, "a", "x"))
    run.whole(upsert(2, "b", "x"))
    run.whole(upsert(3, "a"))


@schedule
def created_where_the_revision_expires_meanwhile(run):
    dies_with_claim(run, upsert(1, "a", "x"))
    run.whole(upsert(2, "b", "x"))
    late = claims_for(run, upsert(3, "a", "y"), "y")
    run.expire()
    run.finish(late)


# of_that_id

@schedule
def created_again_after_the_revision_expired(run):
    dies_with_claim(run, upsert(1, "a", "x"))
    run.whole(upsert(2, "b", "x"))
    late = claims_for(run, upsert(3, "a", "y"), "y")
    run.expire()
    run.whole(upsert(4, "a", prop="q"))
    run.finish(late)


# slot_still_seen and taken_as_read

@schedule
def profile_that_is_written_before_its_claim_is_taken_over(run):
    late = claims_for(run, upsert(1, "a", "x"))
    taking = run.begin(upsert(2, "b", "x"))
    passes_to(run, taking, lambda call: isinstance(call, Transact))
    run.finish(late)
    run.finish(taking)


@schedule
def claim_that_is_released_and_taken_before_it_is_taken_over(run):
    run.prepare([upsert(0, "a", "x")])
    late = run.begin(upsert(1, "a", "y"))
    run.passes(late, 4)
    taking = run.begin(upsert(2, "b", "x"))
    passes_to(run, taking, lambda call: isinstance(call, Transact))
    run.finish(late)
    run.whole(upsert(3, email="x"))
    run.finish(taking)


# written_as_seen

@schedule
def profile_that_is_changed_after_its_address_is_claimed(run):
    run.prepare([upsert(0, "a")])
    late = claims_for(run, upsert(1, "a", "x"))
    run.whole(upsert(2, "a", prop="q"))
    run.finish(late)


@schedule
def cleared_after_its_address_is_claimed(run):
    run.prepare([upsert(0, "a", "y")])
    late = claims_for(run, upsert(1, "a", "x"))
    run.whole(clear("a"))
    run.finish(late)


@schedule
def merged_after_its_new_address_is_claimed(run):
    id, _ = run.prepare([upsert(0, email="x"), upsert(0, "a")])
    late = claims_for(run, upsert(1, email="y", id=id), "y")
    run.whole(upsert(2, "a", "x"))
    run.whole(upsert(3, "b", "y"))
    run.finish(late)


# claim_counts, released_as_read and read_first

@schedule
def address_that_comes_back_before_it_is_released(run):
    run.prepare([upsert(0, "a", "x")])
    late = run.begin(upsert(1, "a", "y"))
    passes_to(run, late, lambda call: run.database.items[slot_of("a")]["email"] == "y")
    run.whole(upsert(2, "a", "x"))
    run.finish(late)


@schedule
def address_that_comes_back_before_it_is_released_after_it_was_taken_away(run):
    run.prepare([upsert(0, "a", "x")])
    late = run.begin(unset(1, "a"))
    passes_to(run, late, lambda call: "email" not in run.database.items[slot_of("a")])
    run.whole(upsert(2, "a", "x"))
    run.finish(late)


# releases

@schedule
def addresses_that_are_released(run):
    twin, _ = run.prepare([upsert(0, email="t"), upsert(0, "a", "u")])
    for operation, email in (
        (upsert(1, "a", "v"), "u"), (unset(2, "a"), "v"), (upsert(3, "a", "w"), None), (upsert(4, "a", "t"), "w"), (event("a", "x"), None),
    ):
        run.whole(operation)
        if email:
            is_free(run, email)
    id = run.whole(upsert(5, email="y"))[1]
    run.whole(upsert(6, "b", "z", id))
    is_free(run, "y")
    id = run.whole(upsert(7, email="y"))[1]
    run.whole(Operation("upsert", Identity(id, "c", None, True), prop="p", value=8))
    is_free(run, "y")
