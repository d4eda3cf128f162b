//! The calls that are compared: three operations, each done in up to three ways.

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Upserts a known user by uid.
    Upsert,
    /// The same, with the unchanged e-mail.
    UpsertWithEmail,
    /// Retrieves by uid.
    Retrieve,
}

/// A way to do an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Through the handler: from a request's bytes to a response's.
    Handler,
    /// By the SDK alone: the handler's own call to the database, ready-made.
    Bare,
    /// By the SDK alone, in the common design: an index finds the profile by its uid, then the merged item is put.
    Baseline,
}

/// One way to do one operation.
pub(super) type Call = (Operation, Way);

/// All calls that are measured. The baseline does not know of e-mail addresses: keeping them unique would take yet another request.
pub(super) const ALL: [Call; 8] = [
    (Operation::Upsert, Way::Handler),
    (Operation::Upsert, Way::Bare),
    (Operation::Upsert, Way::Baseline),
    (Operation::UpsertWithEmail, Way::Handler),
    (Operation::UpsertWithEmail, Way::Bare),
    (Operation::Retrieve, Way::Handler),
    (Operation::Retrieve, Way::Bare),
    (Operation::Retrieve, Way::Baseline),
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
            Self::Baseline => "baseline",
        }
    }
}

/// Returns the position of a call in [`ALL`].
pub(super) fn index(call: Call) -> usize {
    ALL.iter().position(|other| *other == call).expect("a call that is measured")
}
