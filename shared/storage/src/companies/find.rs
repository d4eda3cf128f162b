//! Finding the company that an identifier names.

use profiles_domain::{AccountId, Collision, Company, CompanyId, CompanyName, Error, Identifier};

use super::read::company;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::schema::attributes::ID;
use crate::schema::keys;

/// Reads the company of this name, strongly consistent.
pub(crate) async fn find(database: &Database, account: AccountId, name: &CompanyName) -> Result<Company, Error> {
    let item = database.get(&database.tables.companies, keys::slot(account, name.slot(account))).await?;
    let id = match (named(&item, name), name) {
        (Err(Error::Conflict(_)) | Ok(None), CompanyName::Uid(uid)) => return Err(Error::NoCompany(Identifier::Uid(uid.clone()))),
        (found, _) => found?,
    };
    let found = id.and_then(|id| company(item, id));
    found.ok_or_else(|| Error::Defect("a company that was found is not there".into()))
}

/// The id of the company that is in a slot.
pub(crate) fn id_of(item: &Item) -> Option<CompanyId> {
    item.text(ID)?.parse().ok()
}

/// The id of the company of this name, if it is what is in the name's slot; `None` if no company is there, and the name may found one.
///
/// # Errors
/// `NoCompany` for an id, which founds none. `Conflict` if another uid has the slot.
pub(crate) fn named(item: &Item, name: &CompanyName) -> Result<Option<CompanyId>, Error> {
    match (id_of(item), name) {
        (Some(id), CompanyName::Id(sent)) if id == *sent => Ok(Some(id)),
        (_, CompanyName::Id(sent)) => Err(Error::NoCompany(Identifier::CompanyId(*sent))),
        (None, CompanyName::Uid(_)) => Ok(None),
        (Some(id), CompanyName::Uid(uid)) if item.uid() == Some(uid.as_str()) => Ok(Some(id)),
        (Some(_), CompanyName::Uid(uid)) => Err(Error::Conflict(Collision::CompanySlotIsTaken(uid.clone()))),
    }
}
