"""The rules that were added because a race or a repeat broke a promise without them. Each can be switched off, to see that it is needed."""
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Fixes:
    """Which rules hold."""

    own_claims: bool = True
    """An address that is held by the uid's own profile, or by any when there is no uid, is a lost race and no conflict."""
    one_transaction: bool = True
    """An event that creates or changes its profile is stored by the transaction that does so, and so is its key."""
    unless_known: bool = True
    """An event that is refused is answered by what is known under its key, if anything is."""
    claim_log: bool = True
    """A released claim keeps the applied log of the profile that had it, and items by address look there too."""
    fenced_uid: bool = True
    """An upsert by id that gives a uid looks at the tombstones of that uid and of its address."""
    former: bool = True
    """A profile remembers the addresses that it released; a forget puts tombstones there too."""
    fresh_clock: bool = True
    """A forget reads the clock at each attempt, the fence has a margin, and no tombstone's time goes back."""
    monotonic: bool = True
    """No update has an earlier time than the one before it, so that a late duplicate undoes nothing. (Two of one millisecond may.)"""
    noted: bool = True
    """Items that failed or were ignored are noted with the next write of their list, and stay so."""
    expected: bool = True
    """A batch follows an alias only to change, and reads instead of updating where it may neither create nor change."""
    clear_once: bool = True
    """A clear answers by what it saw, on condition of its revision."""
    one_by_one: bool = True
    """A folded step of items that are named in different ways, and that is ignored, is tried item by item."""
    unite_alone: bool = True
    """A folded step that would attach or merge is tried item by item, for the second item may find there what it asks for."""
    as_counted: bool = True
    """A batch writes a profile only as it was seen when its items were counted: on condition of the revision."""
    of_that_profile: bool = True
    """The revision that a batch's write depends on is that of the profile that was seen, wherever its names lead by now."""
    claim_as_seen: bool = True
    """A batch that names somebody by an address alone writes only while the applied log in the address's claim is as it was seen."""
    notes_stay: bool = True
    """What is noted of an item goes into every later write of its list, for that may be another user's."""
    later_than_forgotten: bool = True
    """A tombstone is no earlier than the profile's last change, and whoever comes after it in its slot is later."""
    still_there: bool = True
    """A conflict is answered, and an item left out, only while the profile, or that there is none, is as it was seen."""


COVERED = {"expected": ["as_counted"]}
"""Rules that another one covers. To see that they are needed, that goes as well."""
NAMES = [field.name for field in fields(Fixes)]


def without(names):
    """All rules but these."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise SystemExit(f"no such rule: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    gone = [*names, *(other for name in names for other in COVERED.get(name, []))]
    return Fixes(**{name: False for name in gone})


def from_arguments(arguments):
    """The rules that hold by `--without RULE` in a command, and its other arguments."""
    arguments, names = list(arguments), []
    while "--without" in arguments:
        place = arguments.index("--without")
        names += arguments[place + 1:place + 2] or [""]
        del arguments[place:place + 2]
    return without(names), arguments
