//! Creating and updating a company.
//!
//! A known company takes one `UpdateItem`, whose condition says what was assumed. Where the condition does not hold, DynamoDB returns the
//! stored item, and that decides what to do instead.

use profiles_domain::{AccountId, CompanyId, CompanyName, CompanyUpsert, Error};
use profiles_normalization::Timestamp;

use super::change::{CompanyChange, Founded};
use super::find::{id_of, named};
use crate::dynamo::database::{Database, Write};
use crate::schema::keys;

/// Creates or updates the company that the request names, and returns its id.
pub(crate) async fn upsert(database: &Database, account: AccountId, request: CompanyUpsert, now: Timestamp) -> Result<CompanyId, Error> {
    let CompanyUpsert { name, properties, .. } = request;
    let change = CompanyChange::new(properties);
    let (slot, mut now) = (name.slot(account), now);
    // What is in the slot, if the change depends on it.
    let mut seen = match change.replaces_item() {
        true => Some(database.get(&database.tables.companies, keys::slot(account, slot)).await?),
        false => None,
    };
    let mut retries = database.race_retries();
    loop {
        retries.wait_for_next().await?;
        let (written, id) = match &seen {
            None => (change.write_in_place(database, account, &name, now).await?, None),
            Some(item) => {
                let founded = match (named(item, &name)?, &name) {
                    (None, CompanyName::Uid(uid)) => Some(Founded::over(item, slot, uid, now)),
                    _ => None,
                };
                let id = founded.as_ref().map(|founded| founded.id).or_else(|| id_of(item));
                (change.write_over(database, account, slot, item, founded, now).await?, id)
            }
        };
        let refused = match written {
            Write::Done(company) => return id.or_else(|| id_of(&company)).or(id_in(&name)).ok_or_else(no_id),
            Write::Refused(item) => item,
            Write::Raced => continue,
        };
        match named(&refused, &name)? {
            // It was refused for its time alone.
            Some(_) if !change.replaces_item() => (now, seen) = (refused.next_update(now), None),
            _ => seen = Some(refused),
        }
    }
}

fn id_in(name: &CompanyName) -> Option<CompanyId> {
    match name {
        CompanyName::Id(id) => Some(*id),
        CompanyName::Uid(_) => None,
    }
}

fn no_id() -> Error {
    Error::Defect("an updated company has no id".into())
}
