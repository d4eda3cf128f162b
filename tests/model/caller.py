"""The caller of an operation: the rules, the clock of its process, and new names."""
from dataclasses import dataclass, field
from itertools import count

from database import Database
from fixes import Fixes

ATTEMPTS = 50
"""The number of attempts of an operation that loses races."""


class Refused(Exception):
    """The request is refused, and nothing was stored."""
    status = None


class Conflict(Refused):
    """A 409."""
    status = 409


class EmailTaken(Conflict):
    """A 409, because another profile has the address."""


class NotFound(Refused):
    """A 404."""
    status = 404


class NoCompany(Refused):
    """A 422, because there is no company of this id."""
    status = 422


class ProfilesDiffer(NotFound):
    """A 404, because the identifiers name different profiles."""


class GaveUp(Exception):
    """No attempt is left."""


@dataclass
class World:
    """The database, and the time."""
    fixes: Fixes
    database: Database = field(default_factory=Database)
    time: int = 10_000_000
    """Milliseconds."""
    numbers: count = field(default_factory=count)


@dataclass
class Caller:
    """A process that runs one operation."""
    world: World
    ahead: int = 0
    """Milliseconds by which its clock is ahead."""
    memory: dict = field(default_factory=dict)
    """What its instance remembers of companies, each with the time at which it began to read that. Time that passes is the same everywhere."""

    @property
    def fixes(self):
        return self.world.fixes

    def now(self):
        return self.world.time + self.ahead

    def new(self, kind):
        """Returns a new name, like a random slot or id."""
        return f"{kind}{next(self.world.numbers)}"


def attempts():
    yield from range(ATTEMPTS)
    raise GaveUp
