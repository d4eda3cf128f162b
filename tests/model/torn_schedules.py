"""Schedules that begin with claims and profiles that do not agree."""
import torn
from items import Identity, claim_key
from operations import Operation
from scheduling import accepted, forget, interrupted, is_free, retrieve, schedule, unset, upsert


# takes_over and claim_goes_on

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


# takes_over while others do

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
    interrupted(run, upsert(2, email="x"), 2, upsert(1, "a", "x"))


@schedule
def taken_claim_met_while_another_mends_it(run):
    claimed_by_nobody(run)
    interrupted(run, upsert(2, "b", "x"), 3, upsert(1, "a", "x"))


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


# one without the claim to its address

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
    is_free(run, "x")


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
    is_free(run, "x")


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
    interrupted(run, retrieve(email="x"), 1, upsert(1, "a", "x"))


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
