"""Runs operations whose calls pass one by one."""
from dataclasses import dataclass, field, replace
from typing import Any

import company_deletions
import exceptions
from batch import accept
from caller import Caller, GaveUp, World
from check import Violation, Watch, check_companies, check_members, check_records, check_stored, must
from database import Database, Transact, Wait, Write
from deletions import sweep
from items import MARGIN, SECOND, Identity, is_live
from operations import Operation
from linearizability import Ids, is_linearizable
from sequential import State, step

FOR_EVER = 1 << 60
CALL = 83
"""Milliseconds by which the clock advances at each call."""


@dataclass
class Invocation:
    """An operation of a run, as clients see it. Times are places in the run's sequence of events."""
    operation: Operation
    began: int
    """For a batch, the time at which it was accepted."""
    ended: int = FOR_EVER
    crashed: bool = True
    answer: Any = None
    time: int = 0
    """The time of the clock when it began."""
    applied_from: int = 0
    """The time at which a worker first began to apply the batch."""
    passes: int = 0
    """How often a worker began to apply it."""
    writes: int = 0
    """How many writes the database had seen when it began."""
    overlaps: bool = False
    """Whether two workers applied it at the same time, or one while a call of another was late."""


@dataclass
class Task:
    """An operation that is held before its next call."""
    invocation: Invocation
    generator: Any
    call: Any = None
    calls: int = 0

    @property
    def is_over(self):
        return self.generator is None


@dataclass
class Run:
    """A run in a world of its own."""
    fixes: Any
    world: World = None
    history: list = field(default_factory=list)
    moment: int = 0
    transcript: list = field(default_factory=list)
    late: list = field(default_factory=list)
    """Calls that reach the database later, or a second time, with their invocations."""
    state: State = State()
    ids: Ids = field(default_factory=Ids)
    memories: list = field(default_factory=lambda: [{}, {}])
    """What each instance remembers of companies."""
    tasks: list = field(default_factory=list)
    lags: bool = False
    """Whether the index of members misses writes."""
    torn: bool = False
    """Whether a profile with an address may not have the claim yet, because it had not in the beginning."""

    def __post_init__(self):
        self.world = World(self.fixes, Database(Watch()))

    @property
    def database(self):
        return self.world.database

    def pause(self, milliseconds=SECOND):
        """Advances the clock between two requests."""
        self.world.time += milliseconds

    def begin(self, operation, ahead=0, instance=0):
        """Begins an operation in an instance, and holds it at its first call. A batch may be begun again."""
        self.pause()
        moment = self._next()
        self.transcript.append(f"{moment}: begins {operation}")
        invocation = next((invocation for invocation in self.history if invocation.operation is operation), None)
        if invocation is None:
            invocation = Invocation(operation, moment, time=self.world.time, writes=self.database.writes)
            self.history.append(invocation)
        invocation.applied_from = invocation.applied_from or moment
        invocation.passes += 1
        task = Task(invocation, operation.run(Caller(self.world, ahead, self.memories[instance])))
        self.tasks.append(task)
        self._resume(task, None)
        return task

    def pass_one(self, task, is_late=False):
        """Lets the next call pass. With `is_late`, a write comes a second time later. (A transaction has a token, by which it takes place
        once. Whether a refused one may still take place later is not documented, and not modelled.)"""
        call, task.call = task.call, None
        if isinstance(call, Wait):
            self.world.time = max(self.world.time, call.until)
            self._resume(task, None)
            return
        answer = self._execute(call, task.invocation)
        if is_late and isinstance(call, Write):
            self.late.append((call, task.invocation))
        task.calls += 1
        self.transcript.append(f"{self._next()}: {_named(call)} of {task.invocation.operation} -> {answer}")
        self._resume(task, answer)
        self.world.time += CALL

    def _execute(self, call, invocation):
        if self.database.watch:
            self.database.watch.actor = invocation
        return self.database.execute(call)

    def _resume(self, task, answer):
        try:
            task.call = task.generator.send(answer)
        except GaveUp:
            raise Violation(f"{task.invocation.operation} is tried for ever") from None
        except StopIteration as end:
            task.generator = None
            invocation = task.invocation
            if invocation.crashed:
                invocation.crashed, invocation.ended, invocation.answer = False, self._next(), end.value
            self.transcript.append(f"{self.moment}: {invocation.operation} ends: {end.value}")

    def passes(self, task, calls):
        """Lets this number of calls pass. Returns whether the operation continues."""
        for _ in range(calls):
            if task.is_over:
                return False
            self.pass_one(task)
        return not task.is_over

    def finish(self, task):
        while not task.is_over:
            self.pass_one(task)
        return task.invocation.answer

    def whole(self, operation, ahead=0):
        return self.finish(self.begin(operation, ahead))

    def crash(self, task, is_late=False):
        """Crashes the process. With `is_late`, the call that it was about to make reaches the database later."""
        task.generator = None
        task.invocation.ended = self._next()
        self.transcript.append(f"{self.moment}: {task.invocation.operation} crashes")
        if is_late and isinstance(task.call, (Write, Transact)):
            self.late.append((task.call, task.invocation))
            if task.invocation.operation.do == "batch":
                task.invocation.overlaps = True
            else:
                task.invocation.ended = FOR_EVER

    def arrive(self, place):
        """Sends a late call to the database."""
        call, invocation = self.late.pop(place)
        if exceptions.is_too_late(invocation, self.is_saved):
            return
        self.transcript.append(f"{self._next()}: late {_named(call)} of {invocation.operation} -> {self._execute(call, invocation)}")

    def expire(self):
        """Lets the time pass after which items expire. It is longer than any operation lasts, so none is under way that began before such an
        item was written. Nor is a batch left that was accepted before."""
        self.tasks = [task for task in self.tasks if not task.is_over]
        under_way = [task.invocation for task in self.tasks] + [invocation for _, invocation in self.late]
        under_way += [one for one in self.history if one.operation.do == "batch" and not self.is_saved(one.operation.batch)]
        self.database.expire(min((one.writes for one in under_way), default=self.database.writes))
        self.pause(MARGIN)
        self.transcript.append(f"{self._next()}: what expires is gone")

    def check_stored(self):
        """Checks the stored items."""
        check_stored(self.database, self.torn)

    def is_saved(self, batch):
        """Returns whether a worker has saved the counts of a batch."""
        ticket = self.database.items.get(("ticket", batch.name))
        return not ticket or ticket["counts"] is not None

    def accept(self, operation):
        """Accepts a batch, which then waits to be applied."""
        accept(self.database, operation.batch)
        self.history.append(Invocation(operation, self._next(), writes=self.database.writes))
        self.transcript.append(f"{self.moment}: accepted {operation} at {operation.batch.accepted_at}")

    def prepare(self, operations):
        """Runs operations one after the other. Each answer must be the specified one. Returns the profiles that they wrote."""
        written = []
        for operation in operations:
            status, id, *_ = self.whole(operation)
            self.state, specified, number = step(self.state, operation, self.ids.number)
            self.ids = self.ids if number is None else self.ids.with_pair(number, id)
            if status != specified or self.ids is None:
                raise Violation(f"{operation}: {status} {id}")
            written.append(id)
        # The tombstones do not affect batches that are accepted from now on.
        for one in [number for number, profile in self.state.profiles if self.state.shown_company(number) is None]:
            self.state = self.state.with_profile(one, replace(self.state.profile(one), company=None))
        self.state = replace(self.state, tombstones=frozenset(), fences=frozenset(), forgotten=frozenset(), gone=())
        self._close()
        self.pause(10 * MARGIN)
        self.history.clear()
        return written

    def judge(self):
        """Checks all promises at the end of the run."""
        while self.late:
            self.arrive(0)
        self.torn = False
        self.check_stored()
        self._close()
        sweep(self.database)
        check_records(self.database)
        if not is_linearizable(self.history, self.database, self.state, self.ids, not self.fixes.fresh_clock):
            answers = "; ".join(f"{one.operation}: {'crashed' if one.crashed else one.answer}" for one in self.history)
            raise Violation(f"no order gives this: {answers}")
        self._check_free()

    def _check_free(self):
        """Checks that everybody can get an address that no profile has, whatever died on the way to it."""
        had = {item.get("email") for key, item in self.database.items.items() if key[0] == "slot"}
        for email in sorted(key[1] for key in self.database.items if key[0] == "claim" and key[1] not in had):
            status, id = self.whole(Operation("upsert", Identity(None, f"new {email}", email), prop="p", value="new"))
            found = self.whole(Operation("retrieve", Identity(None, None, email)))
            must((status, found[:2]) == (200, (200, id)), f"{email} is nobody's, and cannot be had: {status} {found}")
        self.check_stored()

    def warm(self):
        """Lets every instance remember the companies that are there."""
        for key, item in self.database.items.items():
            if key[0] == "company" and is_live(item):
                for memory in self.memories:
                    memory[key[1]] = dict(item), self.world.time

    def _close(self):
        """Does what the sweep does with deletions of companies: it resumes them, and an hour later it looks once more, and closes them."""
        caller, watch = Caller(self.world), self.database.watch
        self._sweep(company_deletions.resume(caller))
        if watch:
            check_members(self.database, watch, not self.lags)
        self.database.lag = lambda: 0
        self._sweep(company_deletions.close(caller))
        if watch:
            check_companies(self.database, watch)

    def _sweep(self, generator):
        answer = None
        try:
            while True:
                answer = self._execute(generator.send(answer), None)
        except StopIteration:
            pass
        except GaveUp:
            raise Violation("the sweep tries for ever") from None

    def _next(self):
        self.moment += 1
        return self.moment


def _named(call):
    match call:
        case Write(action):
            return f"write of {action.key}"
        case Transact(actions):
            return f"transaction of {[action.key for action in actions]}"
    return str(call)
