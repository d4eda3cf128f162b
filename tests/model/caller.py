"""What an operation knows of the world: the rules, its process's clock, and names for what is new."""
from dataclasses import dataclass, field
from itertools import count

from database import Database
from fixes import Fixes

ATTEMPTS = 50
"""How often an operation begins anew after a lost race."""


class Refused(Exception):
    """An answer that is an error: nothing was stored."""
    status = None


class Conflict(Refused):
    """A 409."""
    status = 409


class NotFound(Refused):
    """A 404."""
    status = 404


class ProfilesDiffer(NotFound):
    """A 404, since the identifiers name different profiles."""


class GaveUp(Exception):
    """No attempt is left: what waits for this waits for ever."""


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
    """A process that does one operation."""
    world: World
    ahead: int = 0
    """Milliseconds by which its clock is ahead."""

    @property
    def fixes(self):
        return self.world.fixes

    def now(self):
        return self.world.time + self.ahead

    def new(self, kind):
        """A name that nothing else has, as a random slot or id is."""
        return f"{kind}{next(self.world.numbers)}"


def attempts():
    yield from range(ATTEMPTS)
    raise GaveUp
