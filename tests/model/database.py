"""A tiny DynamoDB: items by their keys, and calls, each of which is atomic.

An operation is a generator: it yields calls, and is sent their answers.
"""
from dataclasses import dataclass
from typing import Callable, NamedTuple, Optional


class Action(NamedTuple):
    """A conditional write of one item, alone or in a transaction."""
    key: tuple
    holds: Callable[[dict], bool]
    """The condition on the stored item, which is empty if there is none."""
    change: Optional[Callable[[dict], Optional[dict]]]
    """Makes the new item, or deletes it by returning `None`. `None` in place of the function: only the condition is checked."""


@dataclass
class Get:
    """A strongly consistent GetItem. Its answer is the item, which is empty if there is none."""
    key: tuple


@dataclass
class GetMany:
    """A BatchGetItem. Its answer has the items by their keys, empty ones for those that are not there."""
    keys: list


@dataclass
class Write:
    """An UpdateItem or PutItem. Its answer is `(True, new item)` or `(False, stored item)`."""
    action: Action


@dataclass
class Transact:
    """A TransactWriteItems. Its answer is `None`, or a list with the stored item of each action whose condition did not hold."""
    actions: list


@dataclass
class Query:
    """A Query for the keys with this prefix. Its answer is the sorted keys."""
    prefix: tuple


@dataclass
class Members:
    """A Query of the index for the ids of a company's members. It may show the items as they were some writes ago."""
    company: tuple


@dataclass
class Wait:
    """No call, but a wait until this time."""
    until: int


@dataclass
class DeleteMany:
    """A BatchWriteItem that deletes."""
    keys: list


class Database:
    """The items of all tables."""

    def __init__(self, watch=None):
        self.items = {}
        self.watch = watch
        """Called with key, old and new item at each write, to check invariants."""
        self.writes, self.written = 0, {}
        """How many writes there were, and the number of the last one of each item."""
        self.lag = lambda: 0
        """Gives the number of writes that the index misses."""
        self.members, self.unseen = {}, []
        """The index, and the writes that it misses: slots, each with its profile's id and company."""

    def execute(self, call):
        """Executes a call and returns the answer."""
        match call:
            case Get(key):
                return dict(self.items.get(key, {}))
            case GetMany(keys):
                return {key: dict(self.items.get(key, {})) for key in keys}
            case Write(action):
                refused = self._transact([action])
                return (True, dict(self.items.get(action.key, {}))) if refused is None else (False, refused[0])
            case Transact(actions):
                return self._transact(actions)
            case Query(prefix):
                return sorted(key for key in self.items if key[:len(prefix)] == prefix)
            case Members(company):
                seen = max(0, len(self.unseen) - self.lag())
                self.members |= dict(self.unseen[:seen])
                del self.unseen[:seen]
                return sorted(id for id, of in self.members.values() if of == company)
            case Wait():
                return None
            case DeleteMany(keys):
                for key in keys:
                    self.items.pop(key, None)
                return None
        raise TypeError(call)

    def _transact(self, actions):
        assert len({action.key for action in actions}) == len(actions), "an item is in a transaction twice"
        old = [self.items.get(action.key, {}) for action in actions]
        refused = [None if action.holds(item) else dict(item) for action, item in zip(actions, old)]
        if any(item is not None for item in refused):
            return refused
        for action, item in zip(actions, old):
            if action.change is None:
                continue
            self.writes += 1
            self.written[action.key] = self.writes
            new = action.change(dict(item))
            if self.watch:
                self.watch(action.key, item, new or {})
            if action.key[0] == "slot" and (item.get("company_id") or (new or {}).get("company_id")):
                self.unseen.append((action.key, ((new or {}).get("id"), (new or {}).get("company_id"))))
            if new is None:
                self.items.pop(action.key, None)
            else:
                self.items[action.key] = new
        return None

    def expire(self, until):
        """Deletes the items of users that expire, except those that were written after this write."""
        for key in [key for key, item in self.items.items() if key[0] in ("slot", "claim") and "EXPIRES_AT" in item]:
            if self.written.get(key, 0) <= until:
                del self.items[key]
