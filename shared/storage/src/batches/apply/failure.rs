//! The errors of items as letters, by which the applied log keeps them.

use profiles_domain::{BatchItem, Collision, CompanyName, Error, Identifier, Identity, MembershipChange, Uid};

/// The letter of an error; `None` if it is not the item's own.
pub(super) fn letter(error: &Error) -> Option<char> {
    Some(match error {
        Error::ProfileNotFound(_) | Error::ProfilesDiffer(..) => 'P',
        Error::Conflict(Collision::EmailIsTaken(_)) => 'E',
        Error::Conflict(Collision::UidIsTaken(_)) => 'U',
        Error::Conflict(Collision::UidIsSet(_)) => 'S',
        Error::Conflict(Collision::SlotIsTaken(_)) => 'H',
        Error::Conflict(Collision::CompanySlotIsTaken(_)) => 'K',
        Error::CompanyNotFound(_) => 'C',
        Error::NoCompany(_) => 'N',
        Error::ItemTooLarge | Error::CompanyTooLarge => 'L',
        Error::Defect(_) => 'D',
        _ => return None,
    })
}

/// The error of an item with this letter.
pub(super) fn error(letter: char, item: &BatchItem) -> Error {
    let Identity { id, uid, email } = &item.upsert.identity;
    let of_uid = |collision: fn(Uid) -> Collision| uid.clone().map(|uid| Error::Conflict(collision(uid)));
    let company = match &item.upsert.membership {
        MembershipChange::Join(name, _) => Some(name.clone()),
        MembershipChange::Keep | MembershipChange::End => None,
    };
    let error = match (letter, company) {
        ('P', _) => id.map(|id| Error::ProfileNotFound(Identifier::Id(id))),
        ('E', _) => email.clone().map(|email| Error::Conflict(Collision::EmailIsTaken(email))),
        ('U', _) => of_uid(Collision::UidIsTaken),
        ('S', _) => of_uid(Collision::UidIsSet),
        ('H', _) => of_uid(Collision::SlotIsTaken),
        ('K', Some(CompanyName::Uid(uid))) => Some(Error::Conflict(Collision::CompanySlotIsTaken(uid))),
        ('C', Some(CompanyName::Id(id))) => Some(Error::CompanyNotFound(id)),
        ('L', _) => Some(Error::ItemTooLarge),
        _ => None,
    };
    error.unwrap_or_else(unknown)
}

/// The error with this letter of an item that is about this company.
pub(super) fn of_company(letter: char, name: &CompanyName) -> Error {
    match (letter, name) {
        ('N', CompanyName::Id(id)) => Error::NoCompany(Identifier::CompanyId(*id)),
        ('K', CompanyName::Uid(uid)) => Error::Conflict(Collision::CompanySlotIsTaken(uid.clone())),
        ('L', _) => Error::CompanyTooLarge,
        _ => unknown(),
    }
}

fn unknown() -> Error {
    Error::Defect("an item failed before, with an error that is not known any more".into())
}

#[cfg(test)]
mod tests {
    use super::super::steps::tests::item;
    use super::*;

    #[test]
    fn an_error_is_read_as_it_was_written() {
        let item = item(0, "a", "x@c");
        let Identity { uid, email, .. } = item.upsert.identity.clone();
        let (uid, email) = (uid.unwrap(), email.unwrap());
        for known in [
            Error::Conflict(Collision::EmailIsTaken(email)),
            Error::Conflict(Collision::UidIsTaken(uid.clone())),
            Error::Conflict(Collision::UidIsSet(uid.clone())),
            Error::Conflict(Collision::SlotIsTaken(uid)),
            Error::ItemTooLarge,
        ] {
            assert_eq!(error(letter(&known).unwrap(), &item), known);
        }
        for no_items in [Error::Unavailable, Error::Contended, Error::Denied(String::new())] {
            assert_eq!(letter(&no_items), None);
        }
    }
}
