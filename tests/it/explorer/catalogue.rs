//! The starting states, and the operations to explore.

use super::operations::{Batch, Company, Operation, Size, Who};

/// A step that makes a starting state.
#[derive(Clone, Debug)]
pub(super) enum Preparation {
    Do(Operation),
    /// An hour passes. Tombstones from before it do not affect batches that are accepted after it.
    Hour,
    /// Claims and profiles are torn from each other, as by a restore of their tables to different instants.
    Tear(Tear),
}

/// A change that no operation makes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tear {
    /// The profile that this preparation wrote is not there. Its claim is.
    LostProfile(usize),
    /// The claim to this address names the profile that this preparation wrote.
    Claim(&'static str, usize),
    /// The claim to this address is not there. Its profile is.
    LostClaim(&'static str),
}

/// A starting state, and the operations that make sense only there.
pub(super) struct Start {
    pub(super) name: &'static str,
    pub(super) preparations: Vec<Preparation>,
    pub(super) operations: Vec<Operation>,
    /// Whether the operations of every starting state are explored here, too.
    pub(super) with_everything: bool,
    /// The last operation of every run. In a torn state, it meets what is torn, so that the invariants hold from then on.
    pub(super) last: Option<Operation>,
}

impl Start {
    /// Returns the operations to explore.
    pub(super) fn all_operations(&self) -> Vec<Operation> {
        let everywhere = if self.with_everything { everywhere() } else { Vec::new() };
        everywhere.into_iter().chain(self.operations.iter().cloned()).collect()
    }
}

fn uid(uid: &'static str) -> Who {
    Who { uid: Some(uid), ..Who::default() }
}

fn email(email: &'static str) -> Who {
    Who { email: Some(email), ..Who::default() }
}

fn both(uid: &'static str, email: &'static str) -> Who {
    Who { uid: Some(uid), email: Some(email), ..Who::default() }
}

/// The user whose address is taken away.
fn unset(who: Who) -> Who {
    Who { unsets: true, ..who }
}

fn id(place: usize) -> Who {
    Who { id: Some(place), ..Who::default() }
}

fn upsert(who: Who) -> Operation {
    Operation::Upsert { who, company: Company::Unnamed, size: Size::Small }
}

fn event(who: Who, key: Option<&'static str>) -> Operation {
    Operation::Event { who, key }
}

fn webhook(who: Who, id: &'static str, state: &'static str) -> Operation {
    Operation::Webhook { who, id, state }
}

fn deliver(who: Who, key: Option<&'static str>) -> Operation {
    Operation::Deliver { who, key }
}

fn batch(items: impl IntoIterator<Item = Who>, ignore: bool) -> Operation {
    Operation::Accept(Batch { items: items.into_iter().collect(), ignore, joins: false })
}

/// A batch whose users join the company `c`.
fn members(items: impl IntoIterator<Item = Who>) -> Operation {
    Operation::Accept(Batch { items: items.into_iter().collect(), ignore: false, joins: true })
}

fn in_company(who: Who, company: Company) -> Operation {
    Operation::Upsert { who, company, size: Size::Small }
}

/// Returns the operations that are explored in the starting states with companies.
fn of_companies() -> Vec<Operation> {
    vec![
        in_company(uid("a"), Company::Named),
        in_company(uid("b"), Company::Named),
        in_company(uid("a"), Company::Other),
        in_company(uid("a"), Company::Left),
        in_company(both("a", "x"), Company::WithProperties),
        upsert(both("a", "x")),
        Operation::UpsertCompany,
        Operation::DeleteCompany { cascade: false },
        Operation::DeleteCompany { cascade: true },
        Operation::RetrieveCompany,
        Operation::Retrieve(uid("a")),
        event(both("a", "x"), None),
        clear_a(),
        forget_a(),
        members([uid("a")]),
    ]
}

/// Returns the starting states with companies.
pub(super) fn starts_with_companies() -> Vec<Start> {
    let start = |name, operations: Vec<Operation>, batches: Vec<Operation>| {
        let first = operations.len();
        let applied = (first..first + batches.len()).map(Operation::Apply);
        let operations_there = of_companies().into_iter().chain(applied).collect();
        let preparations = operations.into_iter().chain(batches).map(Preparation::Do).collect();
        Start { name, preparations, operations: operations_there, with_everything: false, last: None }
    };
    let joined = |who| in_company(who, Company::Named);
    let waiting = || vec![members([uid("a")]), members([both("a", "x"), uid("b")])];
    let delete = |cascade| Operation::DeleteCompany { cascade };
    let mut deleted = start("deleted company", vec![joined(uid("a")), delete(false)], vec![]);
    deleted.preparations.push(Preparation::Hour);
    vec![
        start("no company", vec![], vec![]),
        start("company", vec![Operation::UpsertCompany], waiting()),
        start("member", vec![joined(uid("a"))], waiting()),
        start("members", vec![joined(uid("a")), joined(uid("b")), joined(email("x"))], vec![]),
        start("member to be merged", vec![upsert(uid("a")), joined(email("x"))], waiting()),
        start("members of two", vec![joined(uid("a")), in_company(email("x"), Company::Other)], vec![]),
        start("member with records", vec![joined(both("a", "x")), event(uid("a"), None), event(uid("a"), Some("k"))], vec![]),
        deleted,
        start("deleted company, and a batch", vec![joined(uid("a")), delete(false)], waiting()),
        start("founded again", vec![joined(uid("a")), delete(true), joined(uid("b"))], waiting()),
    ]
}

/// An upsert of the user `a`, to run after another operation.
pub(super) fn upsert_a() -> Operation {
    upsert(uid("a"))
}

/// A clear of the user `a`.
pub(super) fn clear_a() -> Operation {
    Operation::Clear(uid("a"))
}

/// A forget of the user `a`.
pub(super) fn forget_a() -> Operation {
    Operation::Forget(uid("a"))
}

/// Returns the operations that are explored in almost every starting state.
fn everywhere() -> Vec<Operation> {
    let with = |who, company, size| Operation::Upsert { who, company, size };
    vec![
        upsert(uid("a")),
        upsert(uid("b")),
        upsert(email("x")),
        upsert(email("y")),
        upsert(both("a", "x")),
        upsert(both("a", "y")),
        upsert(both("b", "x")),
        upsert(unset(uid("a"))),
        with(uid("a"), Company::Named, Size::Small),
        with(both("a", "x"), Company::WithProperties, Size::Small),
        with(uid("a"), Company::Unnamed, Size::Large),
        with(unset(uid("a")), Company::Named, Size::Small),
        with(both("a", "x"), Company::Unnamed, Size::Large),
        event(uid("a"), None),
        event(email("x"), None),
        event(both("a", "x"), None),
        event(both("a", "x"), Some("k")),
        event(uid("a"), Some("k")),
        webhook(uid("a"), "w", "started"),
        webhook(email("x"), "w", "started"),
        webhook(uid("a"), "v", "completed"),
        deliver(uid("a"), None),
        deliver(email("x"), Some("k")),
        Operation::Clear(uid("a")),
        Operation::Clear(email("x")),
        Operation::Forget(uid("a")),
        Operation::Forget(email("x")),
        Operation::Retrieve(uid("a")),
        Operation::Retrieve(email("x")),
        batch([uid("a")], false),
        batch([both("a", "x")], false),
    ]
}

/// Returns the starting states.
pub(super) fn starts() -> Vec<Start> {
    let start = |name, operations: Vec<Operation>, then: Vec<Operation>| {
        let preparations = operations.into_iter().map(Preparation::Do).collect();
        Start { name, preparations, operations: then, with_everything: true, last: None }
    };
    let by_id = |place: usize| {
        let with = |uid, email| upsert(Who { uid, email, ..id(place) });
        vec![
            with(None, None),
            with(Some("a"), None),
            with(Some("b"), None),
            with(None, Some("y")),
            with(Some("a"), Some("y")),
            upsert(unset(id(place))),
            upsert(unset(Who { uid: Some("a"), ..id(place) })),
            event(id(place), None),
            Operation::Clear(id(place)),
            Operation::Forget(id(place)),
            Operation::Retrieve(id(place)),
        ]
    };
    // The last preparations are batches that wait to be applied.
    let waiting = |before: Vec<Operation>, batches: Vec<Operation>| {
        let applied = (before.len()..before.len() + batches.len()).map(Operation::Apply).collect();
        (before.into_iter().chain(batches).collect::<Vec<_>>(), applied)
    };
    let of_batches = |name, before, batches| {
        let (preparations, applied) = waiting(before, batches);
        start(name, preparations, applied)
    };
    let all = || {
        vec![
            batch([uid("a")], false),
            batch([both("a", "x")], false),
            batch([both("a", "x")], true),
            batch([email("x")], false),
            batch([email("x"), both("a", "y")], false),
            batch([uid("a"), both("b", "x")], false),
            batch([uid("a"), both("a", "x")], true),
            batch([unset(uid("a"))], false),
            batch([unset(uid("a")), both("a", "y"), unset(uid("a"))], false),
        ]
    };
    let mut forgotten = start("forgotten", vec![upsert(both("a", "x")), event(uid("a"), None), Operation::Forget(uid("a"))], by_id(0));
    forgotten.preparations.push(Preparation::Hour);
    let mut unset_address = start("address taken away", vec![upsert(email("x")), upsert(unset(id(0)))], by_id(0));
    unset_address.preparations.push(Preparation::Do(batch([email("x")], false)));
    unset_address.operations.push(Operation::Apply(2));
    // Another user has the address that was theirs.
    let mut passed_on = start(
        "address passed on",
        vec![upsert(both("a", "x")), upsert(both("a", "y")), upsert(both("b", "x"))],
        vec![upsert(unset(uid("b"))), Operation::Forget(uid("b"))],
    );
    passed_on.preparations.push(Preparation::Do(batch([email("x")], false)));
    passed_on.operations.push(Operation::Apply(3));
    let mut moved = start("address moved", vec![upsert(both("a", "x")), upsert(both("a", "y"))], by_id(0));
    moved.preparations.push(Preparation::Do(batch([email("x")], false)));
    moved.operations.push(Operation::Apply(2));
    // The tear comes after these operations, and before batches that wait.
    let torn = |name, before: Vec<Operation>, tear, batches: Vec<Operation>, then: Vec<Operation>| {
        let first = before.len() + 1;
        let applied = (first..first + batches.len()).map(Operation::Apply);
        let before = before.into_iter().map(Preparation::Do).chain([Preparation::Tear(tear)]);
        Start {
            name,
            preparations: before.chain(batches.iter().cloned().map(Preparation::Do)).collect(),
            operations: then.into_iter().chain(applied).collect(),
            with_everything: true,
            last: Some(upsert(email("x"))),
        }
    };
    // A profile without its claim is met by what takes its address from it. It is not found by the address.
    let unclaimed = |name, before: Vec<Operation>, tear| {
        let by_id = |uid, email| upsert(Who { uid, email, ..id(0) });
        let then = vec![
            upsert(uid("a")),
            upsert(both("a", "y")),
            upsert(unset(uid("a"))),
            Operation::Upsert { who: both("a", "y"), company: Company::WithProperties, size: Size::Large },
            by_id(None, Some("y")),
            by_id(Some("a"), Some("y")),
            event(uid("a"), None),
            event(both("a", "y"), Some("k")),
            clear_a(),
            forget_a(),
            Operation::Retrieve(uid("a")),
            batch([both("a", "y")], false),
        ];
        Start { with_everything: false, last: Some(upsert(both("a", "y"))), ..torn(name, before, tear, vec![], then) }
    };
    let mut lost_uid = torn("claim of a lost uid", vec![upsert(both("a", "x"))], Tear::LostProfile(0), vec![], by_id(0));
    // Its slot does not know any more which id it gave last.
    lost_uid.preparations.push(Preparation::Hour);
    let forgotten_a = || vec![upsert(both("a", "x")), forget_a()];
    let forgotten_and = |after: Operation| forgotten_a().into_iter().chain([after]).collect();
    vec![
        torn("claim of a lost profile", vec![upsert(email("x"))], Tear::LostProfile(0), all(), by_id(0)),
        lost_uid,
        torn("claim of a profile without the address", vec![upsert(uid("a"))], Tear::Claim("x", 0), all(), by_id(0)),
        torn("claim of a profile with another address", vec![upsert(email("y"))], Tear::Claim("x", 0), vec![], by_id(0)),
        torn(
            "claim of a merged profile",
            vec![upsert(uid("a")), upsert(email("x")), upsert(both("a", "x"))],
            Tear::Claim("x", 1),
            vec![],
            by_id(1),
        ),
        torn(
            "claim of a profile merged with another address",
            vec![upsert(uid("a")), upsert(email("y")), upsert(both("a", "y"))],
            Tear::Claim("x", 1),
            vec![],
            by_id(1),
        ),
        torn("claim of a forgotten profile", forgotten_a(), Tear::Claim("x", 0), vec![], by_id(0)),
        torn("claim of the one before", forgotten_and(upsert(uid("a"))), Tear::Claim("x", 0), vec![], by_id(0)),
        torn("claim of the one before with the address", forgotten_and(upsert(both("a", "x"))), Tear::Claim("x", 0), vec![], by_id(0)),
        unclaimed("profile without its claim", vec![upsert(both("a", "x"))], Tear::LostClaim("x")),
        unclaimed("profile without its claim, and an address", vec![upsert(both("a", "x")), upsert(email("y"))], Tear::LostClaim("x")),
        unclaimed("profile whose claim names another", vec![upsert(both("a", "x")), upsert(uid("b"))], Tear::Claim("x", 1)),
        start("nothing", vec![], vec![]),
        start("uid", vec![upsert(uid("a"))], by_id(0)),
        start("address", vec![upsert(email("x"))], by_id(0)),
        start("uid and address", vec![upsert(both("a", "x"))], by_id(0)),
        start("uid, and address", vec![upsert(uid("a")), upsert(email("x"))], by_id(1)),
        start("uid, and the address of another", vec![upsert(uid("a")), upsert(both("b", "x"))], by_id(1)),
        start("attached", vec![upsert(email("x")), upsert(both("a", "x"))], by_id(0)),
        start("merged", vec![upsert(uid("a")), upsert(email("x")), upsert(both("a", "x"))], by_id(1)),
        forgotten,
        moved,
        unset_address,
        passed_on,
        start(
            "with records",
            vec![
                upsert(both("a", "x")),
                event(uid("a"), Some("k")),
                webhook(uid("a"), "w", "started"),
                deliver(uid("a"), Some("k")),
                deliver(uid("a"), None),
            ],
            vec![Operation::Withdraw(4), Operation::Clear(id(0)), Operation::Forget(id(0)), webhook(uid("a"), "u", "exited")],
        ),
        start(
            "cleared",
            vec![upsert(both("a", "x")), event(uid("a"), None), webhook(uid("a"), "w", "started"), Operation::Clear(uid("a"))],
            by_id(0),
        ),
        start(
            "event whose address moved",
            vec![event(both("a", "x"), Some("k")), upsert(both("a", "y")), webhook(email("y"), "w", "started")],
            vec![webhook(email("y"), "w", "started"), event(both("a", "y"), Some("k"))],
        ),
        of_batches("batches of nobody", vec![], all()),
        of_batches("batches of an address", vec![upsert(email("x"))], all()),
        of_batches("batches of a uid and address", vec![upsert(both("a", "x"))], all()),
        of_batches(
            "batches that hand an address over",
            vec![upsert(both("a", "x")), upsert(uid("b"))],
            vec![batch([both("b", "x"), both("a", "y")], false), batch([both("b", "x"), uid("b"), unset(uid("a"))], false)],
        ),
        of_batches("batches of two", vec![upsert(uid("a")), upsert(email("x"))], all()),
    ]
}
