#!/usr/bin/env python3
"""Runs the schedules, and then random operations on few identifiers, interleaved at every call. Some crash, and some calls are late.

    python3 tests/model/random_runs.py [runs] [seed] [--without RULE ...]
"""
import random
import sys

from batch_items import Batch, Item
import torn
from check import Violation
from exceptions import ends_late_workers
from fixes import from_arguments
from items import Identity, SECOND
from operations import Operation
from run import Run
from schedules import ALL, broken

UIDS, EMAILS, KEYS, COMPANIES = "ab", "xy", "k", "cccd"


def upsert(label, uid=None, email=None, id=None):
    return Operation("upsert", Identity(id, uid, email), prop="p", value=label)


def member(label, company, uid=None, email=None):
    return Operation("upsert", Identity(None, uid, email), prop="p", value=label, company=company)


STARTS_WITH_COMPANIES = [
    [],
    [member(0, "c", "a")],
    [member(0, "c", "a"), member(1, "c", "b")],
    [member(0, "c", "a"), member(1, "c", "b"), member(2, "c", None, "x")],
    [member(0, "c", "a"), member(1, "d", None, "x")],
    [member(0, "c", "a", "x"), member(1, "d", "b")],
    [member(0, "c", "a"), upsert(1, "b"), upsert(2, None, "x")],
    [upsert(0, "a"), member(1, "c", None, "x")],
    [Operation("company", company="c", prop="p", value=0)],
    [member(0, "c", "a"), Operation("delete", company="c")],
    [member(0, "c", "a"), Operation("delete", company="c"), member(1, "c", "b")],
]


STARTS = [
    [],
    [("a", None)],
    [(None, "x")],
    [("a", "x")],
    [("a", None), (None, "x")],
    [("a", None), ("b", "x")],
    [("a", "x"), ("b", "y")],
    [(None, "x"), ("a", "x")],
    [("a", None), (None, "x"), ("a", "x")],
    [("a", "x"), ("a", "y")],
    [("a", "x"), (None, "y")],
    [(None, "x"), (None, "y")],
]


# Torn states: what is prepared, and what is done to it, given the ids that were written.
TORN = [
    ([upsert(0, None, "x")], lambda run, ids: torn.lose_profile(run, ids[0])),
    ([upsert(0, "a", "x")], lambda run, ids: torn.lose_profile(run, ids[0])),
    ([upsert(0, "a")], lambda run, ids: torn.claim(run, "x", ids[0])),
    ([upsert(0, None, "y")], lambda run, ids: torn.claim(run, "x", ids[0])),
    ([upsert(0, "a", "y"), upsert(1, "b")], lambda run, ids: torn.claim(run, "x", ids[0])),
    ([upsert(0, "b"), upsert(0, None, "y"), upsert(0, "b", "y")], lambda run, ids: torn.claim(run, "x", ids[1])),
    ([upsert(0, "a"), upsert(0, None, "x"), upsert(0, "a", "x")], lambda run, ids: torn.claim(run, "x", ids[1])),
    ([upsert(0, "a", "x"), Operation("forget", Identity(None, "a"))], lambda run, ids: torn.claim(run, "x", ids[0])),
    (
        [upsert(0, "a", "x"), Operation("forget", Identity(None, "a")), upsert(0, "a", "y")],
        lambda run, ids: torn.claim(run, "x", ids[0]),
    ),
    (
        [upsert(0, "a", "x"), Operation("forget", Identity(None, "a")), upsert(0, "a", "x")],
        lambda run, ids: torn.claim(run, "x", ids[0]),
    ),
]


def who(rng, ids):
    """Returns random identifiers, of one kind or several."""
    uid, email = rng.choice(UIDS), rng.choice(EMAILS)
    if ids and rng.random() < 0.2:
        return Identity(rng.choice(ids), *rng.choice([(None, None), (None, None), (uid, None), (None, email), (uid, email)]))
    return Identity(None, *rng.choice([(uid, None), (None, email), (uid, email), (uid, email)]))


def whom(rng, ids):
    """Returns random identifiers of an upsert, some of which take the address away."""
    names = who(rng, ids)
    if rng.random() < 0.25 and (names.id or names.uid):
        return names._replace(email=None, unsets=True)
    return names


def operation(rng, ids, label, batches=True):
    """Returns a random operation. `label` is the value of the property that it sets."""
    names = who(rng, ids)
    # One of these identifiers.
    kind = rng.choice([kind for kind in ("id", "uid", "email") if getattr(names, kind) is not None])
    named = Identity(**{kind: getattr(names, kind)})
    roll = rng.random()
    if roll < 0.40:
        return Operation("upsert", whom(rng, ids), prop=rng.choice(["p", "q"]), value=rng.choice([label, label, label, None]))
    if roll < 0.55:
        return Operation("event", names, name=rng.choice(["n", label]), key=rng.choice([None, None, *KEYS]))
    if roll < 0.63:
        return Operation("clear", named)
    if roll < 0.75:
        return Operation("forget", named)
    if roll < 0.80 or not batches:
        return Operation("retrieve", named)
    items = tuple(
        Item(index, whom(rng, ids), rng.choice(["p", "q"]), rng.choice([f"{label}.{index}", "same"])) for index in range(rng.randint(1, 3))
    )
    return Operation("batch", batch=Batch(label, items, rng.random() < 0.3, None))


def operation_of_companies(rng, ids, label, companies):
    """Returns a random operation about companies."""
    roll, company = rng.random(), rng.choice(COMPANIES)
    named = {"company": company}
    if companies and rng.random() < 0.2:
        named = {"company_id": rng.choice(companies)}
    if roll < 0.40:
        joins = rng.choice([company, company, company, "$leave"])
        if companies and rng.random() < 0.15:
            joins = rng.choice(companies)
        gives = label if joins != "$leave" and rng.random() < 0.2 else None
        return Operation("upsert", whom(rng, ids), prop="p", value=label, company=joins, gives=gives)
    if roll < 0.52:
        if rng.random() < 0.3:
            items = tuple(
                Item(index, None, rng.choice("pq"), rng.choice([f"{label}.{index}", "same"]), rng.choice(COMPANIES))
                for index in range(rng.randint(1, 3))
            )
            return Operation("batch", batch=Batch(label, items, rng.random() < 0.3, None, True))
        items = tuple(
            Item(index, whom(rng, ids), "p", rng.choice([f"{label}.{index}", "same"]), rng.choice([company, company, None, "$leave"]))
            for index in range(rng.randint(1, 2))
        )
        return Operation("batch", batch=Batch(label, items, rng.random() < 0.2, None))
    if roll < 0.60:
        return Operation("company", prop=rng.choice("pq"), value=label, **named)
    if roll < 0.65:
        return Operation("retrieve company", company=company)
    if roll < 0.70:
        return Operation("resume")
    return Operation("delete", cascade=rng.random() < 0.5, **named)


def random_run(seed, fixes):
    """Makes one run, and checks it."""
    rng = random.Random(seed)
    run = Run(fixes)
    try:
        _random_run(run, rng)
    except Violation as violation:
        return run, violation
    return run, None


def _random_run(run, rng):
    is_torn = rng.random() < 0.25
    with_companies = not is_torn and rng.random() < 0.6
    if with_companies:
        written = run.prepare(rng.choice(STARTS_WITH_COMPANIES))
    elif is_torn:
        starts, tear = rng.choice(TORN)
        written = run.prepare(starts)
        tear(run, written)
    else:
        starts = [upsert("same" if rng.random() < 0.3 else f"s{place}", *who) for place, who in enumerate(rng.choice(STARTS))]
        starts += [operation(rng, [], f"t{place}", batches=False) for place in range(rng.choice([0, 0, 0, 1, 2]))]
        written = run.prepare(starts)
    companies = [id for id in written if id and id.slot.startswith("company:")]
    ids = [id for id in written if id and id not in companies]
    if with_companies:
        run.lags = rng.random() < 0.3
        run.database.lag = (lambda: rng.randint(0, 3)) if run.lags else run.database.lag
        if rng.random() < 0.6:
            run.warm()
    # Random for each run: how far clocks differ, how often processes crash, calls are late and items expire, and how many calls an operation
    # makes before it is another one's turn.
    skew, crashing, repeating = rng.choice([0, 0, 0, 5 * SECOND]), rng.choice([0, 0.01, 0.03, 0.06]), rng.choice([0, 0, 0.2])
    expiring = rng.choice([0, 0, 0.03, 0.1])
    pace = rng.choice([1, 1, 3, 8])
    waiting, tasks = [], []
    for place in range(rng.randint(2, 4)):
        about_companies = with_companies and rng.random() < 0.75
        one = operation_of_companies(rng, ids, f"o{place}", companies) if about_companies else operation(rng, ids, f"o{place}")
        ahead = rng.randint(-skew, skew)
        if one.do == "batch":
            one.batch = one.batch._replace(accepted_at=run.world.time + ahead)
            run.accept(one)
        waiting += [(one, ahead)] * (2 if one.do == "batch" and rng.random() < 0.15 else 1)
    rng.shuffle(waiting)
    turn, current = 0, None
    while waiting or tasks:
        if rng.random() < expiring:
            run.expire()
        if run.late and rng.random() < 0.05:
            run.arrive(rng.randrange(len(run.late)))
            run.check_stored()
            waiting += [(task.invocation.operation, 0) for task in ends_late_workers(tasks, None, run.is_saved)]
        if turn == 0 or current is None or current.is_over:
            turn = rng.randint(1, pace)
            choice = rng.randrange(len(waiting) + len(tasks))
            if choice < len(waiting):
                one, ahead = waiting.pop(choice)
                current = run.begin(one, ahead, rng.randrange(2) if with_companies else 0)
                current.invocation.overlaps |= any(task.invocation is current.invocation for task in tasks)
                tasks.append(current)
            else:
                current = tasks[choice - len(waiting)]
        if not current.is_over:
            turn -= 1
            if rng.random() < crashing:
                run.crash(current, rng.random() < 0.4)
                if current.invocation.operation.do == "batch":
                    waiting.append((current.invocation.operation, rng.randint(-skew, skew)))
            else:
                run.pass_one(current, rng.random() < repeating)
                run.check_stored()
                ends_late_workers(tasks, current, run.is_saved)
        tasks = [task for task in tasks if not task.is_over]
    if is_torn:
        # The claim is met at least now.
        run.whole(upsert("last", None, "x"))
    run.judge()


def main(arguments):
    fixes, numbers = from_arguments(arguments)
    runs, first = [int(number) for number in numbers] + [3000, 0][len(numbers):]
    failed = 0
    for name, violation, _ in broken(fixes):
        failed += 1
        print(f"{name}: {violation}")
    for seed in range(first, first + runs):
        run, violation = random_run(seed, fixes)
        if violation:
            print("\n".join(run.transcript))
            print(f"seed {seed}: {violation}")
            return 1
    if failed:
        return 1
    print(f"{len(ALL)} schedules and {runs} random runs, and every promise was kept")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
