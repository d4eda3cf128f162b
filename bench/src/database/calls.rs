//! What is compared: three operations, each done in up to three ways.

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// A known user, by uid.
    Upsert,
    /// The same, and the unchanged e-mail is sent with it.
    UpsertWithEmail,
    /// By uid.
    Retrieve,
}

/// How it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Through the handler: from a request's bytes to an answer's.
    Handler,
    /// By the SDK alone: the same call to the database, ready-made.
    Bare,
    /// By the SDK alone, as it is usually done: an index finds the profile by its uid, then the merged item is put.
    Usual,
    /// The same on a table that has the other two indexes as well: by e-mail, and by creation. It can do what our table can.
    UsualIndexed,
}

/// One way to do one operation.
pub(super) type Call = (Operation, Way);

/// Everything that is measured. The usual way does not know of e-mail addresses: keeping them unique would take yet another request.
pub(super) const ALL: [Call; 9] = [
    (Operation::Upsert, Way::Handler),
    (Operation::Upsert, Way::Bare),
    (Operation::Upsert, Way::Usual),
    (Operation::Upsert, Way::UsualIndexed),
    (Operation::UpsertWithEmail, Way::Handler),
    (Operation::UpsertWithEmail, Way::Bare),
    (Operation::Retrieve, Way::Handler),
    (Operation::Retrieve, Way::Bare),
    (Operation::Retrieve, Way::Usual),
];

impl Operation {
    pub(super) const ALL: [Self; 3] = [Self::Upsert, Self::UpsertWithEmail, Self::Retrieve];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Upsert => "upsert by uid",
            Self::UpsertWithEmail => "upsert by uid, with its e-mail",
            Self::Retrieve => "retrieve by uid",
        }
    }
}

impl Way {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Bare => "bare call",
            Self::Usual => "usual way",
            Self::UsualIndexed => "usual way, 3 indexes",
        }
    }
}

/// The place of a call in [`ALL`].
pub(super) fn index(call: Call) -> usize {
    ALL.iter().position(|other| *other == call).expect("a call that is measured")
}
