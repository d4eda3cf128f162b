"""Rules that were added because a race or a repeated request broke a promise. Each can be switched off, to see that it is needed."""
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Fixes:
    """The rules that hold."""

    own_claims: bool = True
    """If the uid's own profile holds the address, or any profile if there is no uid, that is a lost race and no conflict."""
    one_transaction: bool = True
    """An event that creates or changes its profile is stored in the same transaction, and so is its key."""
    unless_known: bool = True
    """An event that is refused gets the first answer to its key, if there is one."""
    claim_log: bool = True
    """A released claim keeps the applied log of its profile. Items by address also look there."""
    fenced_uid: bool = True
    """An upsert by id that gives a uid checks the tombstones of that uid and of its address."""
    former: bool = True
    """A profile remembers the addresses that it released. A forget puts tombstones there, too."""
    fresh_clock: bool = True
    """A forget reads the clock at each attempt, tombstones count with a margin, and no tombstone's time goes back."""
    monotonic: bool = True
    """No update has an earlier time than the one before it, so a late duplicate undoes nothing. (In the same millisecond it may.)"""
    later_than_twin: bool = True
    """Nor has a merge an earlier time than either profile, so a late duplicate of what made one of them undoes nothing."""
    noted: bool = True
    """Items that failed or were ignored are put into the applied log by the next write of their list, and stay so."""
    expected: bool = True
    """A batch follows an alias only to change a profile, and reads instead of updating where it may neither create nor change."""
    clear_once: bool = True
    """A clear answers with what it saw, on condition of its revision."""
    one_by_one: bool = True
    """An ignored step of items with different identifiers is tried item by item."""
    named_alike: bool = True
    """An item with only an address is a step of its own, because it may have been written to whoever had the address before."""
    unite_alone: bool = True
    """A step that would attach or merge is tried item by item, because its second item may change nothing then."""
    as_counted: bool = True
    """A batch writes a profile only at the revision at which its items were counted."""
    of_that_profile: bool = True
    """The revision is that of the profile that was seen, wherever the identifiers lead by now."""
    claim_as_seen: bool = True
    """An item with only an address is written only while the applied log in the claim is as it was seen."""
    notes_stay: bool = True
    """The outcome of an item goes into the applied log with every later write of its list, because that may be another user's."""
    later_than_forgotten: bool = True
    """A tombstone is no earlier than the profile's last change, and the next profile in the slot is later."""
    clear_raises: bool = True
    """A clear raises the generation in the activity head, also where there is no head yet."""
    forget_closes: bool = True
    """A forget closes the activity head, also where there is none yet."""
    merge_closes: bool = True
    """A merge closes the head of the profile that is merged, also where there is none yet."""
    heads_as_seen: bool = True
    """A merge unites two heads only while both are as they were seen."""
    unset_as_seen: bool = True
    """A request that takes the address away updates a profile in place only if that has no address."""
    unset_former: bool = True
    """An address that is taken away is a former one."""
    unset_apart: bool = True
    """An item that takes an address away, and one that gives one, are two steps of a batch."""
    fenced_held: bool = True
    """A forget leaves a mark in the former claims that others hold, which is a tombstone once they are released."""
    fenced_as_read: bool = True
    """It does so while the claim is as it was read."""
    fenced_if_held: bool = True
    """It takes over a former claim that is nobody's, and puts a tombstone there."""
    own_former: bool = True
    """So it does with a former claim that names the forgotten profile, in the same transaction."""
    fenced_ahead: bool = True
    """The mark counts when an address is claimed, also if the claim names the profile already."""
    handed_over: bool = True
    """An item whose address another profile has is tried once more when the rest of its chunk is done."""
    waits_in_order: bool = True
    """The items after one that waits for its address wait with it."""
    kept: bool = True
    """What was done of a list that waits is kept until it goes on."""
    null_is_none: bool = True
    """A merge takes the other's value in place of null."""
    still_there: bool = True
    """A conflict is answered, and an item ignored, only while the profile (or its absence) is as it was seen."""
    written_as_seen: bool = True
    """A profile is written only while it is as it was seen before its new address was claimed."""
    of_that_id: bool = True
    """And only while the slot has the same id, or still none, and expires at the same time: what expires takes its revision along."""
    claim_counts: bool = True
    """A claim that names the profile already counts in the revision when it is taken again."""
    releases: bool = True
    """A profile's old address is released."""
    released_as_read: bool = True
    """It is released only while the claim is as it was read."""
    read_first: bool = True
    """That claim is read before the profile is written."""
    takes_over: bool = True
    """A claim that names no profile with the address is released by the writer who meets it."""
    taken_as_read: bool = True
    """Such a claim is released only while it is as it was read."""
    slot_still_seen: bool = True
    """Such a claim is released only while the slot that it names is as it was seen."""
    barrier: bool = True
    """The same transaction raises the revision of that slot."""
    created_to_stay: bool = True
    """A profile that is created where nothing is but a revision does not expire."""
    log_of_survivor: bool = True
    """Such a claim keeps the applied log of the profile into which the one that it names was merged."""
    claim_goes_on: bool = True
    """Such a claim goes to the profile with the address to which its id leads. Only without one it is released."""
    fence_goes_along: bool = True
    """The time of the tombstone in that slot goes into the claim."""
    follows_alias: bool = True
    """A reader follows the claim also to the profile into which the claimed one was merged."""
    founded_as_seen: bool = True
    """A company is founded only while its slot is as it was seen."""
    lease_checked: bool = True
    """Who joined a remembered company, and was answered after the lease, looks again."""
    rejoins_only: bool = True
    """If the company is gone, only the membership is written once more, and only while the profile is still a member of it."""
    waits: bool = True
    """A deletion of a company is answered only when a lease is over."""
    second_pass: bool = True
    """A deletion of a company looks for members a second time after that."""
    taken_off_it: bool = True
    """A member is taken off only while the company is still the one that was deleted."""
    members_only: bool = True
    """A cascade forgets only who is a member."""
    counted_at_once: bool = True
    """A cascade counts a forgotten member in the transaction that forgets him."""
    child_of_id: bool = True
    """The journal of a forgotten member is derived from his id, because another one may follow him in the slot."""
    pass_follows: bool = True
    """A pass follows a member who was merged."""
    strictly_later: bool = True
    """A member is taken off at a later time than that of the update before."""
    company_later: bool = True
    """A company's tombstone is no earlier than its last update, and a company that is founded there is later."""
    company_fenced: bool = True
    """A batch founds no company that was deleted after the batch was accepted."""
    fold_by_id: bool = True
    """A batch's item is a change if its company is another one than the profile's, also in the same slot."""
    profile_still_seen: bool = True
    """A repair gives a claim to a profile only while that is as it was seen."""
    forget_heals: bool = True
    """A forget takes over the claim to its profile's address, if that names no profile with the address, and puts its tombstone there."""


COVERED = {"expected": ["as_counted"]}
"""Rules that another rule covers. To see that they are needed, that one is switched off, too."""
NAMES = [field.name for field in fields(Fixes)]


def without(names):
    """Returns all rules except these."""
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise SystemExit(f"no such rule: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    gone = [*names, *(other for name in names for other in COVERED.get(name, []))]
    return Fixes(**{name: False for name in gone})


def from_arguments(arguments):
    """Reads `--without RULE` in a command. Returns the rules that hold, and the other arguments."""
    arguments, names = list(arguments), []
    while "--without" in arguments:
        place = arguments.index("--without")
        names += arguments[place + 1:place + 2] or [""]
        del arguments[place:place + 2]
    return without(names), arguments
