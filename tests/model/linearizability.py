"""Checks that the answers and the stored state of a run are those of some order of its operations."""
from dataclasses import replace

import company_batch
import exceptions
import sequential
from batch import counts_of
from batch_items import IGNORED, OUTCOMES, UNCHANGED, UPDATED
from companies import LEAVE
from groups import group
from items import ProfileId
from observed import companies_of, observed


class Ids:
    """The id of each number: a one-to-one relation."""

    def __init__(self, of=()):
        self.of = dict(of)

    def number(self, id):
        return next((number for number, known in self.of.items() if known == id), None)

    def with_pair(self, number, id):
        """Returns these and one more pair, or `None` if it contradicts them."""
        if number in self.of:
            return self if self.of[number] == id else None
        return None if id is None or id in self.of.values() else Ids({**self.of, number: id})


class Search:
    """Searches for such an order. Each operation is a step, and so is each item of a batch. A crashed operation may have done its step."""

    def __init__(self, history, database, precise_tombstones):
        self.history = history
        self.database = database
        self.precise_tombstones = precise_tombstones
        self.seen = set()
        self.counts = {
            index: counts_of(database, one.operation.batch) for index, one in enumerate(history) if one.operation.do == "batch"
        }
        self.groups = {
            index: _lists(one.operation.batch) for index, one in enumerate(history) if one.operation.do == "batch"
        }

    def is_linearizable(self, state, ids):
        """Returns whether there is such an order from this state on."""
        return self._from(state, ids, tuple(() if one.operation.do == "batch" else None for one in self.history))

    def _from(self, state, ids, done):
        """`done` has the answer of each operation, and for a batch the outcomes of the items that are done, by their indexes."""
        seen = (state, tuple(sorted(ids.of.items())), done)
        if seen in self.seen:
            return False
        self.seen.add(seen)
        left = [index for index, one in enumerate(self.history) if not self._is_over(one, done[index])]
        if not [index for index in left if not self.history[index].crashed] and self._is_stored(state, ids, done):
            return True
        for index in left:
            one = self.history[index]
            began = one.applied_from if done[index] else one.began
            if any(self._ended(other, done) < began and (not self.history[other].crashed or done[other] == ()) for other in left):
                continue
            # An operation that crashed before this one began does nothing more.
            after = tuple(
                "crashed" if self.history[other].crashed and self.history[other].ended < one.began and self._may_go_on(other, answer) else answer
                for other, answer in enumerate(done)
            )
            for next_state, next_ids, answer in self._steps(index, one, state, ids, done[index]):
                next_state = sequential.replace(next_state, order=state.order + 1)
                next_done = self._still_linked(after[:index] + (answer,) + after[index + 1:], next_state, next_ids)
                if self._from(next_state, next_ids, next_done):
                    return True
        deleted = [sequential.forget_doomed(state, number) for number in sequential.doomed(state)] + sequential.taken_off(state)
        return any(self._from(sequential.replace(after, order=state.order + 1), ids, done) for after in deleted)

    def _may_go_on(self, index, done):
        return done is None or isinstance(done, tuple) and self.history[index].operation.do != "batch"

    def _ended(self, index, done):
        """Returns the end of an operation's next step. Accepting a batch is a step of its own."""
        one = self.history[index]
        return one.began if done[index] == () else one.ended

    def _is_over(self, one, done):
        if one.operation.do == "batch":
            return len(done) == len(one.operation.batch.items) + 1
        return done is not None and not isinstance(done, tuple)

    def _steps(self, index, one, state, ids, done):
        operation = one.operation
        if operation.do == "batch":
            yield from self._items(index, operation.batch, state, ids, done)
            return
        if done is not None:
            yield from self._company_of(operation, state, ids, done)
            return
        after, status, number = sequential.step(state, operation, ids.number)
        bound = ids
        if not one.crashed:
            bound = ids if number is None else ids.with_pair(number, one.answer[1])
            if one.answer[0] != status:
                bound = None
            if bound and operation.do == "retrieve" and status == 200:
                bound = self._showing(one, state.shown_company(number), bound)
        if bound:
            gives = operation.gives and status == 200
            yield after, bound, ("gives", after.profile(number).company) if gives else "done"
        if operation.do == "upsert" and operation.company not in (None, LEAVE):
            yield from self._joins_gone(one, state, ids)
        if one.crashed:
            return
        if status == 404 and exceptions.is_the_same_company_deletion(one, self.history):
            for company in (number for number, uid, _ in state.gone if operation.company in (None, uid)):
                bound = ids.with_pair(company, one.answer[1])
                if bound:
                    yield state, bound, "done"
        if status == 404 and exceptions.is_the_same_deletion(one, self.history, state, ids):
            yield state, ids, "done"

    def _showing(self, one, company, ids):
        """Returns the ids, with that of the company which a retrieve shows; `None` if it shows a wrong one."""
        if one.answer[2] is not None:
            return None if company is None else ids.with_pair(company, one.answer[2])
        return ids if company is None else exceptions.showing_no_company(one, company, self.history, ids)

    def _gone(self, one, uid, state, ids):
        """Returns the companies that are gone, and that a request may join."""
        named = [number for number, known, _ in state.gone if known == uid or ids.number(uid) == number]
        return [number for number in named if exceptions.may_join_gone(one, number, self.history, ids)]

    def _joins_gone(self, one, state, ids):
        """The steps of an upsert that joins a company that is gone, or is refused for another reason after it saw that company."""
        if isinstance(one.operation.company, ProfileId) and not one.crashed and one.answer[0] in (404, 409):
            _, status, _ = sequential.step(state, replace(one.operation, company=None), ids.number)
            if status == one.answer[0]:
                yield state, ids, "done"
        for gone in self._gone(one, one.operation.company, state, ids):
            after, status, number = sequential.step(state, replace(one.operation, company=None), ids.number)
            bound = ids if one.crashed or status != 200 else ids.with_pair(number, one.answer[1])
            if status == 200 and bound and (one.crashed or one.answer[0] == 200):
                joined = sequential.join_gone(after, number, gone)
                yield joined, bound, "done"
                if not isinstance(one.operation.company, ProfileId):
                    yield joined, bound, ("joined", number, gone)

    def _company_of(self, operation, state, ids, done):
        """The second step of an upsert: it gives its company a property, or its profile joins another company in place of one that is gone."""
        if done[0] == "gives":
            yield sequential.give(state, done[1], "plan", operation.gives), ids, "done"
            return
        number = state.resolve(done[1])
        if number is not None and state.profile(number).company == done[2]:
            after = sequential.join(state, number, operation.company, ids.number)[0]
            yield after, ids, ("gives", after.profile(number).company) if operation.gives else "done"

    def _items(self, index, batch, state, ids, done):
        if not done:
            # The step of accepting it. From here on, some items lead to one profile.
            yield state, ids, (("accepted", state.order if self.precise_tombstones else None, frozenset(_links(batch, state, ids))),)
            return
        _, accepted, links = done[0]
        known = {entry[0]: entry[2] for entry in done[1:]}
        for items in self.groups[index]:
            for item in items:
                if item.index in known or any(later == item.index and earlier not in known for earlier, later in links):
                    continue
                for after, outcome, number in self._item(self.history[index], item, batch, state, ids, accepted):
                    entries = done + ((item.index, outcome, number),)
                    if self._is_in_order(item, number, items, known, state) and self._may_be_counted(index, entries):
                        yield after, ids, done[:1] + tuple(sorted(entries[1:], key=lambda entry: entry[0]))

    def _still_linked(self, done, state, ids):
        """Removes links that do not hold any more."""
        return tuple(
            (answer[0][:2] + (answer[0][2] & _links(one.operation.batch, state, ids),),) + answer[1:]
            if one.operation.do == "batch" and answer and answer[0][2] else answer
            for one, answer in zip(self.history, done)
        )

    def _is_in_order(self, item, number, items, known, state):
        """Returns whether no later item of the same user is done: one with the same identifier, or one that wrote the same profile."""
        if item.identity is None:
            return not any(later.index in known and later.index > item.index for later in items)
        for later in items:
            if later.index in known and later.index > item.index:
                target = known[later.index]
                wrote_the_same = None not in (number, target) and state.resolve(target) == number
                if _first(later.identity) == _first(item.identity) or wrote_the_same:
                    return False
        return True

    def _item(self, one, item, batch, state, ids, accepted):
        if batch.of_companies:
            is_fenced = exceptions.may_be_fenced(batch, item.company, self.history)
            yield sequential.company_item(state, item, batch.ignore, is_fenced and any(uid == item.company for _, uid, _ in state.gone))
            if exceptions.may_be_left(one):
                yield state, IGNORED, None
            return
        is_fenced = exceptions.may_be_fenced(batch, item.company, self.history)
        gone = [number for number, uid, _ in state.gone if uid == item.company and is_fenced]
        for company in [sequential.IGNORE, *gone] if gone else [sequential.JOIN]:
            after, outcome, number = sequential.item(state, item, batch.ignore, accepted, ids.number, company)
            yield after, outcome, number
            # The profile may have left its company, which is gone, or not yet.
            if outcome == UNCHANGED and company != sequential.IGNORE and item.company is not None:
                if item.company != LEAVE:
                    yield after, UPDATED, number
            if outcome == UPDATED and item.company == LEAVE:
                left = state.profile(number)
                if left is not None and left.company is not None and state.shown_company(number) is None:
                    yield after, sequential.item(state, item._replace(company=None), batch.ignore, accepted, ids.number)[1], number
        is_doubtful = exceptions.may_be_taken_for_forgotten(item, self.history, state)
        if is_doubtful or exceptions.may_be_left_out(item, state, ids) or exceptions.may_be_left(one):
            yield state, IGNORED, None
        if exceptions.may_be_written(item, batch, state):
            free = sequential.replace(state, tombstones=frozenset(), fences=frozenset())
            after, outcome, number = sequential.item(free, item, batch.ignore, accepted, ids.number)
            yield sequential.replace(after, tombstones=state.tombstones, fences=state.fences), outcome, number

    def _may_be_counted(self, index, entries):
        """Returns whether the counts have room for the items that are done."""
        counts = dict(zip(OUTCOMES, self.counts[index]))
        return self.history[index].passes > 1 or all(
            sum(entry[1] == outcome for entry in entries[1:]) <= counts[outcome] for outcome in OUTCOMES
        )

    def _are_counted(self, index, entries, state):
        """Returns whether the counts are those of the items."""
        left, others = dict(zip(OUTCOMES, self.counts[index])), []
        for _, outcome, number in entries[1:]:
            left[outcome] -= 1
            others.append((outcome, exceptions.may_be_counted_as(outcome, number, self.history[index], state)))
        for outcome, instead in others:
            other = next((other for other in instead if left[other] > 0), None)
            if left[outcome] < 0 and other:
                left[outcome] += 1
                left[other] -= 1
        return not any(left.values())

    def _is_stored(self, state, ids, done):
        profiles, aliases = observed(self.database)
        stored_companies = companies_of(self.database)
        if {(uid, props) for _, uid, props in state.companies} != {(uid, props) for uid, (_, props) in stored_companies.items()}:
            return False
        for number, uid, _ in state.companies:
            ids = ids.with_pair(number, stored_companies[uid][0])
            if ids is None:
                return False
        if len(profiles) != len(state.profiles):
            return False
        if not all(self._are_counted(index, done[index], state) for index in self.counts):
            return False
        for number, profile in state.profiles:
            company = state.uid_of_company(profile.company)
            as_stored = (profile.uid, profile.email, profile.props, tuple(sorted(profile.events)), profile.cleared, company)
            id = next((id for id, stored in profiles.items() if stored == as_stored), None)
            ids = ids.with_pair(number, id) if id else None
            if ids is None:
                return False
        for number, id in ids.of.items():
            if id.slot.startswith("company:"):
                continue
            leads_to = aliases.get(id, id)
            target = leads_to if leads_to in profiles else None
            if ids.of.get(state.resolve(number)) != target:
                return False
        stored_keys = {key[1]: item["body"] for key, item in self.database.items.items() if key[0] == "key"}
        return stored_keys == dict(state.keys)


def _links(batch, state, ids):
    """Returns the pairs of items that lead to one profile by different identifiers."""
    targets = {}
    for item in [] if batch.of_companies else batch.items:
        name, value = _first(item.identity)
        if name == "email" and value in state.torn:
            # Its claim does not lead there yet.
            continue
        number = state.resolve(ids.number(value)) if name == "id" else state.holder(name, value)
        if number is not None:
            targets.setdefault(number, []).append(item.index)
    return {(earlier, later) for items in targets.values() for earlier in items for later in items if earlier < later}


def _lists(batch):
    return company_batch.lists(batch.items) if batch.of_companies else group(batch.items)


def _first(identity):
    """Returns the identifier that counts: the id, or else the uid, or else the address."""
    return next((name, value) for name, value in zip(identity._fields[:3], identity) if value is not None)


def is_linearizable(history, database, state, ids, precise_tombstones):
    """Returns whether some order from this state on gives the answers and the stored state. With `precise_tombstones`, a batch ignores only
    users who were forgotten after it was accepted."""
    return Search(history, database, precise_tombstones).is_linearizable(state, ids)
