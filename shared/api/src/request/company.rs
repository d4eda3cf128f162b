//! The fields of a company: its identifiers and its properties.

use std::collections::BTreeMap;

use profiles_domain::{AccountId, CompanyId, CompanyName, CompanyUpsert, Error, Unusable};
use profiles_normalization::{Timestamp, Value, Warning};

use super::fields::{LastOfEachName, cut, value};
use super::identifiers::read_id;
use super::{Parameter, Parameters, Parsed, read_uid, secret};

/// Reads an upsert of a company. Of fields whose names normalize to the same, only the last one is read, with a warning.
///
/// # Errors
/// A field that cannot be used, or no identifier.
pub(crate) fn read_company_upsert(
    account: AccountId,
    parameters: &Parameters<'_>,
    now: Timestamp,
) -> Result<(CompanyUpsert, Vec<Warning>), Error> {
    let (mut warnings, mut properties) = (Vec::new(), BTreeMap::new());
    let (mut id, mut uid) = (None, None);
    for (name, sent) in LastOfEachName::of(parameters, &mut warnings).in_order {
        match name.as_str() {
            "id" => id = Some(sent),
            "uid" => uid = Some(sent),
            // The secret is not a property of the company.
            secret::PARAMETER => {}
            _ => read_company_property(&mut properties, name, sent, now, &mut warnings)?,
        }
    }
    let name = read_company_name(account, id, uid, &mut warnings)?;
    Ok((CompanyUpsert { name, properties, cut: cut(&warnings) }, warnings))
}

/// Reads the service's own id of a company, and the customer's.
///
/// # Errors
/// If one of them cannot be used, there is none, or they are not those of one company.
pub(crate) fn read_company_name(
    account: AccountId,
    id: Option<Parameter<'_>>,
    uid: Option<Parameter<'_>>,
    warnings: &mut Vec<Warning>,
) -> Result<CompanyName, Error> {
    let mut unusable = Unusable::default();
    let mut is_empty = |field, sent: Parameter<'_>| unusable.add(field, if sent.is_null() { "it is `null`" } else { "it is empty" });
    let mut by_id: Option<CompanyId> = None;
    if let Some(sent) = id {
        by_id = read_id("id", sent, Error::NoCompany)?.valid();
        if by_id.is_none() {
            is_empty("id", sent);
        }
    }
    let mut by_uid = None;
    if let Some(sent) = uid {
        match read_uid("uid", sent)? {
            Parsed::Valid(uid) => by_uid = Some(uid),
            Parsed::Absent => is_empty("uid", sent),
            Parsed::Nobody(reason) | Parsed::Invalid(reason) => {
                unusable.add("uid", reason);
                warnings.push(Warning::about("uid", &format!("ignored: {reason}")));
            }
        }
    }
    match (by_id.map(CompanyName::Id), by_uid.map(CompanyName::Uid)) {
        (None, None) => Err(Error::NoCompanyIdentifier(unusable)),
        // A company's uid never changes, and its id has the slot of its uid.
        (Some(id), Some(uid)) if id.slot(account) != uid.slot(account) => Err(Error::CompaniesDiffer("id", "uid")),
        (Some(name), _) | (None, Some(name)) => Ok(name),
    }
}

/// Reads a field of a company that is no identifier: a property, unless only the service itself sets it.
pub(super) fn read_company_property(
    properties: &mut BTreeMap<String, Value>,
    name: String,
    sent: Parameter<'_>,
    now: Timestamp,
    warnings: &mut Vec<Warning>,
) -> Result<(), Error> {
    if matches!(name.as_str(), "created_at" | "updated_at") {
        warnings.push(Warning { prop: name, message: "ignored: only the service itself sets it".to_owned() });
        return Ok(());
    }
    let value = value(&name, sent, now, warnings)?;
    properties.insert(name, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::{Identifier, Slot, Uid};

    fn read(json: &str) -> Result<(CompanyUpsert, Vec<Warning>), Error> {
        let parameters = Parameters::of_object(json).unwrap();
        read_company_upsert(AccountId::new(1, Slot::from_random(1)), &parameters, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_uid_is_a_string_or_a_whole_number() {
        for json in [r#"{"uid":931}"#, r#"{"uid":"931"}"#, r#"{"UID":"931"}"#, r#"{"uid":931.0}"#, r#"{"uid":1,"uid":931}"#] {
            assert!(read(json).unwrap().0.name == CompanyName::Uid(Uid::new("931").unwrap()), "{json}");
        }
    }

    #[test]
    fn what_names_no_company_is_refused_and_says_why() {
        let text = "No identifier found. Pass your Company ID as the `uid` parameter";
        for (json, reason) in [
            (r#"{"name":"Acme"}"#, ""),
            ("{}", ""),
            (r#"{"uid":null}"#, " (`uid`: it is `null`)"),
            (r#"{"uid":"","id":""}"#, " (`id`: it is empty; `uid`: it is empty)"),
            (r#"{"uid":"undefined"}"#, " (`uid`: it stands for a missing value)"),
            (r#"{"uid":true}"#, " (`uid`: a uid is a string or an integer)"),
            (r#"{"ID":"5f3c4232c712de665632a6e8"}"#, ""),
            (r#"{"company_uid":931,"email":"a@b"}"#, ""),
        ] {
            assert_eq!(read(json).err().unwrap().to_string(), format!("{text}{reason}"), "{json}");
        }
        let unusable = Error::NoCompany(Identifier::Unusable("id", "short".to_owned()));
        assert_eq!(read(r#"{"id":"short","uid":1}"#).err(), Some(unusable));
        assert_eq!(read(r#"{"id":"5f3c4232c712de665632a6e8","uid":1}"#).err(), Some(Error::CompaniesDiffer("id", "uid")));
    }

    #[test]
    fn properties_are_normalized_and_what_the_service_sets_is_ignored_with_a_warning() {
        let (upsert, warnings) =
            read(r#"{"uid":1,"Plan Name":"gold","createdAt":1,"updated_at":2,"ID":3,"account_secret":"s","a b":1,"aB":2}"#).unwrap();
        assert_eq!(upsert.properties.keys().collect::<Vec<_>>(), ["a_b", "plan_name"]);
        let mut warned: Vec<_> = warnings.into_iter().map(|warning| warning.prop).collect();
        warned.sort();
        assert_eq!(warned, ["ID", "a_b", "created_at", "updated_at"]);
    }
}
