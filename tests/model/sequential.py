"""The API's rules as a small program without a database: the effect of each operation, one after the other.

Profiles have numbers here. The answers show the id of each number.
"""
from dataclasses import dataclass, replace
from typing import Optional

from batch_items import CREATED, FAILED, IGNORED, UNCHANGED, UPDATED
from companies import LEAVE
from items import ProfileId, merged_props

NONE = frozenset()


@dataclass(frozen=True)
class Profile:
    uid: Optional[str] = None
    email: Optional[str] = None
    props: frozenset = NONE
    """Pairs of name and value."""
    events: tuple = ()
    cleared: bool = False
    former: frozenset = NONE
    """The addresses that it released."""
    company: Optional[int] = None
    """The number of its company. It shows none if that is gone."""


@dataclass(frozen=True)
class State:
    profiles: tuple = ()
    """Pairs of number and profile."""
    merged: tuple = ()
    """Pairs of a merged profile's number and that of the one it was merged into."""
    keys: tuple = ()
    """Pairs of an idempotency key and its request."""
    tombstones: frozenset = NONE
    """The identifiers of forgotten users, as `(name, place in the order)`."""
    fences: frozenset = NONE
    """The same of addresses that such users had before others. They count while nobody has the address."""
    forgotten: frozenset = NONE
    """The numbers of forgotten profiles."""
    torn: frozenset = NONE
    """The addresses whose claims name an id that has not the address."""
    companies: tuple = ()
    """Numbers, uids and properties of companies."""
    gone: tuple = ()
    """Numbers and uids of deleted companies, and whether their members are forgotten."""
    next: int = 0
    order: int = 0
    """The number of steps that were done."""

    def profile(self, number):
        return next((profile for known, profile in self.profiles if known == number), None)

    def with_profile(self, number, profile):
        others = [pair for pair in self.profiles if pair[0] != number]
        return replace(self, profiles=tuple(sorted(others + [(number, profile)], key=lambda pair: pair[0])))

    def without_profile(self, number):
        return replace(self, profiles=tuple(pair for pair in self.profiles if pair[0] != number))

    def resolve(self, number):
        """Returns the number of the profile to which a number leads, if any."""
        number = dict(self.merged).get(number, number)
        return number if self.profile(number) else None

    def company(self, uid):
        """Returns the number of the company with this uid."""
        return next((number for number, known, _ in self.companies if known == uid), None)

    def uid_of_company(self, number):
        """Returns the uid of a company that is there."""
        return next((uid for known, uid, _ in self.companies if known == number), None)

    def shown_company(self, number):
        """Returns the number of the company that a profile shows."""
        company = self.profile(number).company
        return company if self.uid_of_company(company) is not None else None

    def holder(self, attribute, value):
        return next((number for number, profile in self.profiles if getattr(profile, attribute) == value), None)


class Refusal(Exception):
    """Nothing is done."""

    def __init__(self, reason):
        self.reason = reason


CONFLICT, NOT_FOUND, NO_COMPANY, LEFT_OUT = Refusal(409), Refusal(404), Refusal(422), Refusal("ignored")


@dataclass(frozen=True)
class Guard:
    """The extra conditions of a batch's write."""
    ignore: bool
    has_tombstone: object
    """Returns whether an identifier is that of a user who was forgotten after the batch was accepted."""


def find(state, identity, number_of):
    """Finds the profile that all identifiers name."""
    if identity.id is not None:
        number = state.resolve(number_of(identity.id))
    elif identity.uid is not None:
        number = state.holder("uid", identity.uid)
    else:
        number = state.holder("email", identity.email)
    if number is None:
        return None
    profile = state.profile(number)
    is_named = identity.uid in (None, profile.uid) and identity.email in (None, profile.email)
    return number if is_named else None


def upsert(state, identity, number_of, guard=None):
    """Creates or changes the profile that is named. Returns state, number, and whether it was created or changed."""
    id, uid, email, unsets = identity

    def check(name):
        if guard and guard.has_tombstone(name):
            raise LEFT_OUT

    def create():
        if guard and guard.ignore:
            raise LEFT_OUT
        number = state.next
        return replace(state, next=number + 1).with_profile(number, Profile(uid=uid, email=email)), number, CREATED

    def change_email(state, number, mine_too):
        """Gives a profile the address. With `mine_too`, a profile that has only that is merged into it."""
        profile = state.profile(number)
        if email in (None, profile.email):
            return state, False
        check(("email", email))
        other = state.holder("email", email)
        if other is not None:
            twin = state.profile(other)
            if twin.uid is not None or not mine_too:
                raise CONFLICT
            merged = [(one, number if into == other else into) for one, into in state.merged] + [(other, number)]
            state = replace(state.without_profile(other), merged=tuple(sorted(merged)))
            props = merged_props(dict(profile.props), dict(twin.props), True)
            profile = replace(
                profile, props=frozenset(props.items()), events=tuple(sorted(profile.events + twin.events)),
                cleared=profile.cleared or twin.cleared, former=profile.former | twin.former, company=united_company(profile, twin),
            )
        former = profile.former | ({profile.email} if profile.email else NONE)
        return state.with_profile(number, replace(profile, email=email, former=former)), True

    def take_email_away(state, number, changes):
        profile = state.profile(number)
        if not unsets or profile.email is None:
            return state, changes
        return state.with_profile(number, replace(profile, email=None, former=profile.former | {profile.email})), True

    if id is not None:
        number = state.resolve(number_of(id))
        if number is None:
            check(("id", number_of(id)))
            raise NOT_FOUND
        profile = state.profile(number)
        if profile.uid is not None:
            if uid not in (None, profile.uid):
                raise CONFLICT
            state, changes = change_email(state, number, True)
        else:
            if uid is not None:
                check(("uid", uid))
                if state.holder("uid", uid) is not None:
                    raise CONFLICT
            state, changes = change_email(state, number, False)
            if uid is not None:
                state, changes = state.with_profile(number, replace(state.profile(number), uid=uid)), True
        state, changes = take_email_away(state, number, changes)
        return state, number, UPDATED if changes else UNCHANGED
    if uid is None:
        check(("email", email))
        number = state.holder("email", email)
        return create() if number is None else (state, number, UNCHANGED)
    check(("uid", uid))
    number = state.holder("uid", uid)
    if number is not None:
        state, changes = change_email(state, number, True)
        state, changes = take_email_away(state, number, changes)
        return state, number, UPDATED if changes else UNCHANGED
    if email is None:
        return create()
    check(("email", email))
    number = state.holder("email", email)
    if number is None:
        return create()
    if state.profile(number).uid is not None:
        raise CONFLICT
    return state.with_profile(number, replace(state.profile(number), uid=uid)), number, UPDATED


def united_company(profile, twin):
    """Returns the company of a merged profile. Its own wins, also if that is gone and nobody has taken it off yet."""
    return profile.company if profile.company is not None else twin.company


def found_company(state, uid):
    """Founds a company. Returns the state, and its number."""
    companies = sorted(state.companies + ((state.next, uid, NONE),), key=lambda one: one[0])
    return replace(state, next=state.next + 1, companies=tuple(companies)), state.next


def join(state, number, uid, number_of):
    """Makes a profile a member of the company with this uid or id, which is founded if need be, or of none. Returns the state, and whether it
    changed."""
    profile = state.profile(number)
    if uid == LEAVE:
        company = None
    elif isinstance(uid, ProfileId):
        company = number_of(uid)
        if state.uid_of_company(company) is None:
            raise NO_COMPANY
    else:
        company = state.company(uid)
        if company is None:
            state, company = found_company(state, uid)
    return state.with_profile(number, replace(profile, company=company)), profile.company != company


def join_gone(state, number, company):
    """Makes a profile a member of a company that is gone."""
    return state.with_profile(number, replace(state.profile(number), company=company))


def give(state, company, name, value):
    """Gives a company a property, if it is there."""
    return replace(state, companies=tuple(
        (number, uid, frozenset({**dict(props), name: value}.items()) if number == company else props) for number, uid, props in state.companies
    ))


def doomed(state):
    """Returns the numbers of the profiles that will be forgotten with their companies."""
    cascades = [number for number, _, cascade in state.gone if cascade]
    return [number for number, profile in state.profiles if profile.company in cascades]


def taken_off(state):
    """Returns the states after a member is taken off a company that is gone. Only a merge with another one's member shows whether he is."""
    if not any(state.uid_of_company(profile.company) is not None for _, profile in state.profiles):
        return []
    gone = [number for number, _, cascade in state.gone if not cascade]
    return [state.with_profile(number, replace(profile, company=None)) for number, profile in state.profiles if profile.company in gone]


def forget_doomed(state, number):
    return _forget(state, number, state.profile(number))


def _of_company(state, operation, number_of):
    """Runs an operation on a company."""
    company = state.company(operation.company) if operation.company_id is None else number_of(operation.company_id)
    if operation.company_id is not None and state.uid_of_company(company) is None:
        company = None
    if operation.do == "company":
        if company is None:
            if operation.company_id is not None:
                raise NOT_FOUND
            state, company = found_company(state, operation.company)
        return give(state, company, operation.prop, operation.value), 200, company
    if company is None:
        raise NOT_FOUND
    if operation.do == "retrieve company":
        return state, 200, company
    uid = state.uid_of_company(company)
    left = tuple(one for one in state.companies if one[0] != company)
    return replace(state, companies=left, gone=tuple(sorted(state.gone + ((company, uid, operation.cascade),)))), 200, company


def set_prop(state, number, name, value):
    """Sets a property. Returns the state, and whether it changed."""
    profile = state.profile(number)
    props = dict(profile.props)
    changes = name not in props or props[name] != value
    props[name] = value
    return state.with_profile(number, replace(profile, props=frozenset(props.items()))), changes


def step(state, operation, number_of):
    """Runs an operation of one step. Returns state, status and the profile's number."""
    identity = operation.identity
    try:
        match operation.do:
            case "upsert":
                if isinstance(operation.company, ProfileId) and state.uid_of_company(number_of(operation.company)) is None:
                    raise NO_COMPANY
                after, number, _ = upsert(state, identity, number_of)
                after = set_prop(after, number, operation.prop, operation.value)[0]
                return join(after, number, operation.company, number_of)[0] if operation.company else after, 200, number
            case "company" | "delete" | "retrieve company":
                return _of_company(state, operation, number_of)
            case "resume":
                return state, 200, None
            case "event":
                return _event(state, operation, number_of), 200, None
        number = find(state, identity, number_of)
        if number is None:
            raise NOT_FOUND
        profile = state.profile(number)
        match operation.do:
            case "clear":
                return state.with_profile(number, replace(profile, events=(), cleared=True)), 200, number
            case "forget":
                return _forget(state, number, profile), 200, number
            case "retrieve":
                return state, 200, number
    except Refusal as refusal:
        return state, refusal.reason, None
    raise ValueError(operation.do)


def _event(state, operation, number_of):
    key, body = operation.key, (operation.identity, operation.name)
    known = dict(state.keys)
    if key in known:
        if known[key] != body:
            raise CONFLICT
        return state
    number = find(state, operation.identity, number_of)
    if number is None:
        state, number, _ = upsert(state, operation.identity, number_of)
    profile = state.profile(number)
    state = state.with_profile(number, replace(profile, events=tuple(sorted(profile.events + (operation.name,)))))
    return replace(state, keys=tuple(sorted(state.keys + ((key, body),)))) if key else state


def _forget(state, number, profile):
    ids = [one for one, into in state.merged if into == number] + [number]
    after = state.without_profile(number)
    names = [("id", id) for id in ids] + [("uid", profile.uid), ("email", profile.email)]
    former = [("email", email) for email in profile.former if email != profile.email]
    names += [name for name in former if after.holder(*name) is None]
    held = {(name, state.order) for name in former if after.holder(*name) is not None}
    return replace(
        after, merged=tuple(pair for pair in state.merged if pair[1] != number),
        tombstones=state.tombstones | {(name, state.order) for name in names}, fences=state.fences | held, forgotten=state.forgotten | set(ids),
    )


def company_item(state, item, ignore, is_fenced):
    """Applies an item of a batch of companies. Returns state, outcome, and the company's number."""
    number = state.company(item.company)
    if is_fenced or number is None and ignore:
        return state, IGNORED, None
    if number is None:
        state, number = found_company(state, item.company)
        return give(state, number, item.prop, item.value), CREATED, number
    props = next(dict(props) for known, _, props in state.companies if known == number)
    is_same = item.prop in props and props[item.prop] == item.value
    return give(state, number, item.prop, item.value), UNCHANGED if is_same else UPDATED, number


JOIN, IGNORE = "join", "ignore"


def item(state, item, ignore, accepted, number_of, company=JOIN):
    """Applies an item of a batch that was accepted after `accepted` steps. Its company is joined, ignored, or the gone one of this number.
    Returns state, outcome, and the profile's number."""
    def has_tombstone(name):
        known = state.tombstones | (state.fences if name[0] == "email" and state.holder(*name) is None else NONE)
        return any(known == name and (accepted is None or place >= accepted) for known, place in known)
    try:
        after, number, outcome = upsert(state, item.identity, number_of, Guard(ignore, has_tombstone))
        after, changes = set_prop(after, number, item.prop, item.value)
        if item.company is not None and company == JOIN:
            after, joins = join(after, number, item.company, number_of)
            changes = changes or joins
        elif company not in (JOIN, IGNORE):
            after = join_gone(after, number, company)
        return after, UPDATED if changes and outcome == UNCHANGED else outcome, number
    except Refusal as refusal:
        return state, IGNORED if refusal is LEFT_OUT else FAILED, None
