"""A tiny DynamoDB: items under keys, and the calls that are made to it. Each call is atomic.

An operation is a generator: it yields a call, and is sent what the database answers.
"""
from dataclasses import dataclass
from typing import Callable, NamedTuple, Optional


class Action(NamedTuple):
    """A conditional write of one item, alone or in a transaction."""
    key: tuple
    holds: Callable[[dict], bool]
    """Whether the stored item, empty when there is none, is as expected."""
    change: Optional[Callable[[dict], Optional[dict]]]
    """Makes the new item; `None` instead of it: deletes it. `None` instead of this: checks only."""


@dataclass
class Get:
    """A strongly consistent GetItem. Answered with the item, empty when there is none."""
    key: tuple


@dataclass
class GetMany:
    """A BatchGetItem. Answered with the items by their keys, empty ones for those that are not there."""
    keys: list


@dataclass
class Write:
    """An UpdateItem or PutItem. Answered with `(True, new item)` or `(False, stored item)`."""
    action: Action


@dataclass
class Transact:
    """A TransactWriteItems. Answered with `None`, or for each action with the stored item if its condition did not hold."""
    actions: list


@dataclass
class Query:
    """A Query for the keys that begin so. Answered with the keys in their order."""
    prefix: tuple


@dataclass
class DeleteMany:
    """A BatchWriteItem that deletes."""
    keys: list


class Database:
    """The items of all tables."""

    def __init__(self, watch=None):
        self.items = {}
        self.watch = watch
        """Called with key, old and new item at each write, to complain of what must never be."""

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
            new = action.change(dict(item))
            if self.watch:
                self.watch(action.key, item, new or {})
            if new is None:
                self.items.pop(action.key, None)
            else:
                self.items[action.key] = new
        return None
