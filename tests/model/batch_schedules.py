"""Schedules of batches that break a promise if a rule is switched off."""
from check import must
from scheduling import (
    accepted, claims_for, crashes_unsaved, dies_before_release, forget, interrupted, passes_to, retrieve, saves_next, schedule,
    slot_of, UNSET, upsert, writes,
)


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


# named_alike

@schedule
def item_by_an_address_that_is_the_one_befores_when_the_batch_is_applied_again(run):
    run.prepare([upsert(0, "a", "x"), upsert(0, "b")])
    batch = accepted(run, ("b", "x", "q", 1), (None, "x", "p", 1), ("a", UNSET, "q", 2))
    crashes_unsaved(run, batch)
    run.whole(batch)


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
    interrupted(run, batch, 3, upsert(1, "a", "x"))


@schedule
def item_that_may_not_create_beside_a_create(run):
    batch = accepted(run, ("a", "x", "q", 1), ignore=True)
    interrupted(run, batch, 3, upsert(1, "a", "x"))


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
    interrupted(run, batch, 3, upsert(2, "a"))


# of_that_profile

@schedule
def item_by_an_address_whose_profile_was_merged_into_one_of_the_same_revision(run):
    run.prepare([upsert(0, email="x"), upsert(0, email="x", prop="r")])
    first = accepted(run, ("a", None, "p", 1), name="first")
    second = accepted(run, (None, "x", "q", 1), name="second")
    crashes_unsaved(run, first)
    interrupted(run, second, 4, upsert(2, "a", "x"))
    run.whole(first)


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
    # He has the address. Otherwise both items may be ignored: nobody could tell whether he had it.
    run.whole(retrieve(email="x"))
    run.whole(forget("a"))
    run.finish(worker)


# log_of_survivor, claim_log

@schedule
def item_by_an_address_whose_profile_died_before_the_release(run):
    run.prepare([upsert(0, "a", "x")])
    batch = accepted(run, (None, "x", "p", 1))
    crashes_unsaved(run, batch)
    dies_before_release(run, upsert(1, "a", "y"))
    run.whole(batch)


@schedule
def item_by_an_address_whose_profile_was_merged_and_died_before_the_release(run):
    id, _ = run.prepare([upsert(0, email="x"), upsert(0, "a")])
    batch = accepted(run, (None, "x", "r", 1))
    crashes_unsaved(run, batch)
    dies_before_release(run, upsert(1, email="y", id=id))
    run.whole(upsert(2, "a", "y"))
    run.whole(batch)


@schedule
def address_that_its_batch_changes_and_dies_before_the_release(run):
    run.prepare([upsert(0, "b", "x")])
    batch = accepted(run, (None, "x", "p", 1), ("b", "y", "q", 1))
    worker = run.begin(batch)
    passes_to(run, worker, lambda call: run.database.items[slot_of("b")]["email"] == "y")
    run.crash(worker)
    run.whole(batch)


@schedule
def two_workers_with_one_address(run):
    batch = accepted(run, (None, "x", "p", 1))
    slow = claims_for(run, batch)
    slow.invocation.overlaps = True
    quick = run.begin(batch)
    passes_to(run, quick, writes("ticket", "batch"))
    quick.generator = None
    run.whole(upsert(2, "b", "x", prop="q"))
    dies_before_release(run, upsert(3, "b", "y", prop="q"))
    run.finish(slow)
