"""Batches, their items, and the outcomes of items."""
from typing import NamedTuple, Optional

from items import Identity

OUTCOMES = ["created", "updated", "unchanged", "ignored", "failed"]
CREATED, UPDATED, UNCHANGED, IGNORED, FAILED = OUTCOMES


class Item(NamedTuple):
    """An item of a batch: sets one property."""
    index: int
    identity: Identity
    prop: str
    value: object
    company: Optional[str] = None
    """The uid of the company that the user joins, or `LEAVE`."""


class Batch(NamedTuple):
    """An accepted batch of one chunk."""
    name: str
    items: tuple
    ignore: bool
    accepted_at: int
    of_companies: bool = False
    """Whether its items are about companies, and not about users who join them."""
