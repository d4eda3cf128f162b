"""Applying a batch, which is one chunk. It may be applied more than once, and by several workers at the same time."""
from dataclasses import dataclass, field

import companies
import company_batch
from batch_items import FAILED, IGNORED, OUTCOMES, UNCHANGED, Batch
from caller import EmailTaken, NotFound, Refused, attempts
from database import Action, DeleteMany, Get, Query, Transact, Write
from groups import get_many, group, links
from guard import ANY, ATTACHMENT, CHANGE, CREATION, Apart, Forgotten, Guard, Missing, Overtaken, Unexpected
from identity import Upsert
from items import MARGIN, claim_key, is_live, outcome_in, slot_key, slot_of_uid
from steps import Step, fold, steps


def accept(database, batch):
    """Accepts a batch: stores its ticket, header and items at once."""
    database.items[("ticket", batch.name)] = {"REV": 1, "counts": None}
    database.items[("header", batch.name)] = {"counts": None}
    database.items[("parts", batch.name, 0)] = {"items": len(batch.items)}


def counts_of(database, batch):
    """Returns the counts of a completed batch."""
    return database.items[("header", batch.name)]["counts"]


def work(caller, batch):
    """Applies the items that are left of a batch, and counts them."""
    ticket_key = ("ticket", batch.name)
    ticket = yield Get(ticket_key)
    if not ticket:
        return
    if ticket["counts"] is None:
        parts = yield Query(("parts", batch.name))
        if parts:
            counts = yield from _apply(caller, batch)
        else:
            counts = (0, 0, 0, 0, len(batch.items))
        saved = {"REV": ticket["REV"] + 1, "counts": counts}
        revision = ticket["REV"]
        is_done, stored = yield Write(Action(ticket_key, lambda item: item.get("REV") == revision, lambda _: dict(saved)))
        ticket = saved if is_done else stored
        if not ticket or ticket["counts"] is None:
            # Another worker has the chunk, and will do the rest.
            return
    yield DeleteMany([("parts", batch.name, 0)])
    yield Transact([
        Action(ticket_key, lambda item: item.get("REV") == ticket["REV"], lambda _: None),
        Action(("header", batch.name), bool, lambda item: item | {"counts": ticket["counts"]}),
    ])


def _apply(caller, batch):
    if batch.of_companies:
        by_list = yield from side_by_side([company_batch.apply(caller, batch, items) for items in company_batch.lists(batch.items)])
        return _counts({index: outcome for outcomes in by_list for index, outcome in outcomes.items()})
    groups = group(batch.items)
    firsts = yield from links(groups)

    def lists_of(places):
        """Returns the items of groups, and of later ones that lead to the same profile, in a list for each profile."""
        wanted, by_first = {firsts[place] for place in places}, {}
        for place in range(min(places), len(groups)):
            if firsts[place] in wanted:
                by_first.setdefault(firsts[place], []).extend(groups[place])
        return [sorted(items) for _, items in sorted(by_first.items())]
    kept, noted = {}, {}

    def apply(places, is_last):
        lists = [
            List([item for item in items if item.index not in kept], {item.index: kept[item.index] for item in items if item.index in kept},
                 {item.index: noted[item.index] for item in items if item.index in noted})
            for items in lists_of(places)
        ]
        yield from Work(caller, batch, caller.now()).apply(lists, is_last)
        return lists
    lists = yield from apply(range(len(groups)), False)
    outcomes = {index: outcome for one in lists for index, outcome in one.done.items()}
    left = [place for place, items in enumerate(groups) if any(item.index not in outcomes for item in items)]
    if left:
        # What was done of the lists that wait is not looked at again: it may look different by then.
        for one in lists:
            if one.left and caller.fixes.kept:
                kept |= one.done
                noted |= one.noted
        again = {index: outcome for one in (yield from apply(left, True)) for index, outcome in one.done.items()}
        outcomes |= {item.index: again[item.index] for place in left for item in groups[place]}
    return _counts(outcomes)


def _counts(outcomes):
    return tuple(sum(outcome == name for outcome in outcomes.values()) for name in OUTCOMES)


class Before(Exception):
    """Some items of a step are in the applied log already."""

    def __init__(self, outcomes):
        self.outcomes = outcomes


def side_by_side(generators):
    """Runs generators at the same time. The call that has waited longest is next."""
    results, waiting = {}, []

    def resume(place, generator, answer):
        try:
            waiting.append((place, generator, generator.send(answer)))
        except StopIteration as end:
            results[place] = end.value
    for place, generator in enumerate(generators):
        resume(place, generator, None)
    while waiting:
        place, generator, call = waiting.pop(0)
        resume(place, generator, (yield call))
    return [results[place] for place in sorted(results)]


@dataclass(eq=False)
class List:
    """The items of a list, and how far they are applied."""
    left: list
    done: dict = field(default_factory=dict)
    noted: dict = field(default_factory=dict)
    released: set = field(default_factory=set)
    """The addresses that its profiles released."""

    def may_release(self):
        """Returns whether an item after the one that waits may release an address."""
        wanted = self.left[0].identity.email
        return any(item.identity.unsets or item.identity.email not in (None, wanted) for item in self.left[1:])


@dataclass
class Work:
    """Applies the lists of a chunk."""
    caller: object
    batch: Batch
    now: int
    known: dict = field(default_factory=dict)

    @property
    def fixes(self):
        return self.caller.fixes

    def apply(self, lists, is_last):
        """Applies the items of each list in order, and the lists side by side. If not `is_last`, an item whose address another profile has is
        left, with those after it."""
        firsts = [one.left[0].identity for one in lists]
        slots = [slot_key(id.slot if id else slot_of_uid(uid)) for id, uid, *_ in firsts if id or uid]
        claims = [claim_key(email) for id, uid, email, _ in firsts if not id and not uid]
        self.known = yield from get_many(slots + claims)
        targets = [self.known[key].get("ALIAS_OF") for key in slots] + [self.known[key].get("id") for key in claims]
        self.known |= yield from get_many(slot_key(id.slot) for id in targets if id)
        named = [item.company for one in lists for item in one.left if item.company not in (None, companies.LEAVE)]
        yield from companies.prefetch(self.caller, named)
        if is_last:
            yield from self.hand_over(lists)
        else:
            yield from side_by_side([self.apply_list(one, self.known, self.fixes.handed_over) for one in lists])

    def hand_over(self, lists):
        """Applies lists to their end. One that waits for an address goes on when another one has released it. When none can, the first
        goes on without the item that waits."""
        turn, known, waiting = lists, self.known, []
        while turn:
            yield from side_by_side([self.apply_list(one, known, True) for one in turn])
            known = None
            released = set().union(*(one.released for one in turn))
            for one in turn:
                one.released.clear()
            waiting = sorted(waiting + [one for one in turn if one.left], key=lambda one: one.left[0].index)
            turn = [one for one in waiting if one.left[0].identity.email in released]
            if not turn:
                turn = [one for one in waiting if one.may_release()][:1]
                for one in turn:
                    self.give_up(one)
            waiting = [one for one in waiting if one not in turn]
        for one in waiting:
            self.give_up(one)
        yield from side_by_side([self.apply_list(one, None, False) for one in waiting])

    def give_up(self, one):
        item = one.left.pop(0)
        self.over(Step(item.identity, [item]), FAILED, one.done, one.noted)

    def apply_list(self, one, known, waits):
        """Applies what is left of a list, one step after the other. With `waits`, it stops before an item whose address another profile
        has."""
        done, noted, left, passed = one.done, one.noted, steps(one.left, self.fixes), []
        one.left = []
        while left:
            step = left.pop(0)
            by_one = [Step(item.identity, [item]) for item in step.items]
            try:
                outcomes = yield from self.write(step, known, one)
                done.update(zip((item.index for item in step.items), outcomes))
            except Before as before:
                done.update(before.outcomes)
                left = steps([item for item in step.items if item.index not in before.outcomes], self.fixes) + left
            except Apart:
                left = by_one + left
            except (Forgotten, Missing):
                # Perhaps only one of them must be ignored.
                if self.fixes.one_by_one and not step.are_named_alike():
                    left = by_one + left
                else:
                    self.over(step, IGNORED, done, noted)
            except Refused as refusal:
                # Perhaps only one of them cannot be applied.
                if len(step.items) > 1:
                    left = by_one + left
                elif waits and isinstance(refusal, EmailTaken) and not self.fixes.waits_in_order:
                    passed += step.items
                elif waits and isinstance(refusal, EmailTaken):
                    one.left = [item for each in [step] + left for item in each.items]
                    return
                else:
                    self.over(step, FAILED, done, noted)
            # After the first write, what was read before is out of date.
            known = None
        one.left = passed

    def over(self, step, outcome, done, noted):
        for item in step.items:
            done[item.index] = outcome
            if self.fixes.noted:
                noted[item.index] = outcome

    def write(self, step, known, one):
        """Writes the items of a step into their profile, unless they change nothing."""
        attaches = False
        for _ in attempts():
            try:
                return (yield from self.attempt(step, known, attaches, one))
            except Overtaken:
                pass
            except Unexpected as abort:
                # Another request created or changed the profile meanwhile: look again.
                attaches = abort.found == ATTACHMENT
            known = None

    def attempt(self, step, known, attaches, one):
        noted = one.noted
        first, profile = yield from self.find(step.identity, known)
        name = self.batch.name
        # The claim has the applied log of the profile that had the address when the items were written.
        logs = [profile.get("APPLIED")] + ([first.get("APPLIED")] if self.fixes.claim_log else [])
        is_by_email = step.identity.id is None and step.identity.uid is None
        before = {}
        for item in step.items:
            for log in logs:
                if outcome := outcome_in(log, name, item.index):
                    before.setdefault(item.index, outcome)
        if before:
            raise Before(before)
        expected = CHANGE if is_live(profile) else ATTACHMENT if attaches else CREATION
        membership = yield from companies.decide(self.caller, step.company, self.batch.accepted_at)
        props, outcomes = fold(step, profile, expected == CREATION, membership, self.fixes)
        entries = {**noted, **dict(zip((item.index for item in step.items), outcomes))}
        guard = Guard(
            accepted_at=self.batch.accepted_at,
            ignore=self.batch.ignore,
            expected=expected,
            seen=profile.get("APPLIED"),
            revision=profile.get("REV") if self.fixes.as_counted else ANY,
            profile=profile.get("id") if self.fixes.of_that_profile else ANY,
            claim_log=first.get("APPLIED") if self.fixes.claim_as_seen and is_by_email else ANY,
            entries=frozenset((name, index, outcome) for index, outcome in entries.items()),
            is_of_several=self.fixes.unite_alone and len(step.items) > 1,
            margin=MARGIN if self.fixes.fresh_clock else 0,
        )
        guard.check(first)
        guard.check(profile)
        if step.identity.id is not None and not is_live(profile):
            raise NotFound
        if all(outcome == UNCHANGED for outcome in outcomes):
            noted.update(entries)
            return outcomes
        if expected == CREATION and self.batch.ignore and step.identity.email is None:
            raise Missing
        writer = Upsert(self.caller, props, self.now, guard, membership=membership, company=step.company)
        written = yield from writer.write(step.identity, first)

        def again():
            return None, written
            yield
        yield from companies.settle(self.caller, writer, written, step.company, again)
        if not self.fixes.notes_stay:
            noted.clear()
        if "email" in profile and (step.identity.unsets or step.identity.email not in (None, profile["email"])):
            one.released.add(profile["email"])
        return outcomes

    def find(self, identity, known):
        """Reads the items to which a step's identifiers lead: the first slot or claim, and the profile."""
        def read(key):
            if known is not None:
                return known.get(key, {})
            return (yield Get(key))
        id, uid, email, _ = identity
        if id or uid:
            first_key = slot_key(id.slot if id else slot_of_uid(uid))
        else:
            first_key = claim_key(email)
        first = yield from read(first_key)
        if id:
            target = first["ALIAS_OF"] if first.get("ALIAS_ID") == id else id
        else:
            target = first.get("ALIAS_OF") or first.get("id")
        if target is None:
            return first, {}
        if first and first_key == slot_key(target.slot):
            profile = first
        else:
            profile = yield from read(slot_key(target.slot))
        # This may be a tombstone, whose time decides whether the item is ignored, but never another profile, nor one that a claim names and
        # that has not the address.
        is_named = profile.get("id") == target and (id or uid or profile.get("email") == email)
        return first, profile if is_named or not is_live(profile) else {}
