//! Finds out which profile or company an item is for, and if it can be applied at all, without reading more of it than necessary.

use std::hash::{DefaultHasher, Hash, Hasher};

use profiles_domain::{AccountId, BatchModel, CompanyName, Error, Identity, observed_type};
use profiles_normalization::{Timestamp, each_member};
use serde_json::value::RawValue;

use crate::request::{Parameter, Parameters, Parsed, half_a_pair, read_company_upsert, read_email, read_uid, read_upsert};

/// Returns a number that is equal for all items with the same identifier.
///
/// # Errors
/// The reason why the item can never be applied.
pub(crate) fn identify(account: AccountId, model: BatchModel, object: &str, now: Timestamp) -> Result<u64, Error> {
    match model {
        BatchModel::Profiles => identify_profile(account, object, now),
        BatchModel::Companies => identify_company(account, object, now),
    }
}

fn identify_company(account: AccountId, object: &str, now: Timestamp) -> Result<u64, Error> {
    let name = match company_at_a_glance(object) {
        Some(name) => name?,
        None => {
            let parameters = Parameters::of_object(object).map_err(|_| half_a_pair("a name"))?;
            read_company_upsert(account, &parameters, now)?.0.name
        }
    };
    // The same by id and by uid.
    Ok(name.slot(account).bits())
}

/// Returns the uid of a company's item in which nothing else can be wrong. `None` if that takes a closer look.
fn company_at_a_glance(object: &str) -> Option<Result<CompanyName, Error>> {
    // Without escapes, names and strings can be compared as they are.
    if object.as_bytes().contains(&b'\\') {
        return None;
    }
    let (mut uid, mut is_simple) = (None, true);
    each_member(object, |name, value| {
        match name.as_ref() {
            "uid" => uid = Some(value),
            other => is_simple &= is_plain_property(other),
        }
        Ok(())
    })
    .ok()?;
    let uid: &RawValue = uid.filter(|_| is_simple)?;
    match read_uid("uid", Parameter::Json(uid)) {
        Ok(Parsed::Valid(uid)) => Some(Ok(CompanyName::Uid(uid))),
        // The closer look tells why there is no identifier.
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }
}

fn identify_profile(account: AccountId, object: &str, now: Timestamp) -> Result<u64, Error> {
    let identity = match at_a_glance(object) {
        Some(identity) => identity?,
        None => {
            let parameters = Parameters::of_object(object).map_err(|_| half_a_pair("a name"))?;
            read_upsert(account, &parameters, now)?.0.identity
        }
    };
    let mut hasher = DefaultHasher::new();
    match (identity.id, identity.uid, identity.email) {
        (Some(id), ..) => id.hash(&mut hasher),
        (None, Some(uid), _) => uid.hash(&mut hasher),
        (None, None, Some(email)) => email.hash(&mut hasher),
        (None, None, None) => return Err(Error::NoIdentifier),
    }
    Ok(hasher.finish())
}

/// Returns the uid, or without one the address, of an item in which nothing else can be wrong. `None` if that takes a closer look.
fn at_a_glance(object: &str) -> Option<Result<Identity, Error>> {
    // Without escapes, names and strings can be compared as they are.
    if object.as_bytes().contains(&b'\\') {
        return None;
    }
    let (mut uid, mut email, mut companies, mut is_simple) = (None, None, 0, true);
    each_member(object, |name, value| {
        match name.as_ref() {
            "uid" => uid = Some(value),
            "email" => email = Some(value),
            "company_uid" | "company_id" => {
                companies += 1;
                is_simple &= companies == 1 && names_a_company(value);
            }
            other => is_simple &= is_plain_property(other),
        }
        Ok(())
    })
    .ok()?;
    if !is_simple {
        return None;
    }
    let read = || {
        let uid = uid.map_or(Ok(Parsed::Absent), |sent: &RawValue| read_uid("uid", Parameter::Json(sent)))?.valid();
        // With a uid, the address does not identify, and a wrong one only causes a warning.
        let email = email.filter(|_| uid.is_none());
        let email = email.map_or(Ok(Parsed::Absent), |sent: &RawValue| read_email(Parameter::Json(sent)))?.valid();
        Ok(Identity { id: None, uid, email })
    };
    // The closer look tells why there is no identifier.
    Some(read()).filter(|identity| !matches!(identity, Ok(identity) if identity.is_empty()))
}

fn names_a_company(value: &RawValue) -> bool {
    matches!(read_uid("company_uid", Parameter::Json(value)), Ok(Parsed::Valid(_) | Parsed::Absent))
}

/// True if a name is already normalized, and is that of an ordinary property.
fn is_plain_property(name: &str) -> bool {
    let is_normal = name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && !name.starts_with('_')
        && !name.ends_with('_')
        && !name.contains("__")
        && !name.is_empty();
    is_normal && name != "id" && name != "company" && observed_type(name).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    fn account() -> AccountId {
        AccountId::new(1, Slot::from_random(1))
    }

    fn closely(object: &str) -> Result<Identity, Error> {
        let parameters = Parameters::of_object(object).unwrap();
        Ok(read_upsert(account(), &parameters, Timestamp::UNIX_EPOCH)?.0.identity)
    }

    #[test]
    fn items_of_one_identifier_have_the_same_number_however_it_is_written() {
        let number = |object: &str| identify(account(), BatchModel::Profiles, object, Timestamp::UNIX_EPOCH).unwrap();
        let by_uid = number(r#"{"uid":18821}"#);
        for same in
            [r#"{"uid":"18821"}"#, r#"{"UID":"18821","email":"a@b"}"#, r#"{"uid":"\u0031\u0038821"}"#, r#"{"plan":1,"uid":1,"uid":18821}"#]
        {
            assert_eq!(number(same), by_uid, "{same}");
        }
        assert_eq!(number(r#"{"uid":18821,"email":"$unset"}"#), by_uid);
        assert_eq!(number(r#"{"uid":18821.0}"#), by_uid);
        let by_address = number(r#"{"email":"Leon@chmln.co"}"#);
        for same in [
            r#"{"email":" leon@CHMLN.co","uid":null}"#,
            r#"{"email":"leon@chmln.co.","uid":"undefined"}"#,
            r#"{"email":"\u200bleon@chmln.co","uid":" "}"#,
            r#"{"email":"leon@ｃｈｍｌｎ.co"}"#,
        ] {
            assert_eq!(number(same), by_address, "{same}");
        }
    }

    #[test]
    fn what_can_never_be_applied_is_refused() {
        let error = |object: &str| identify(account(), BatchModel::Profiles, object, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(error(r#"{"plan":"gold"}"#), Error::NoIdentifier);
        for json in [r#"{"uid":true,"email":"nobody"}"#, r#"{"uid":null}"#, r#"{"uid":"undefined"}"#, r#"{"email":"kim@xn--a"}"#] {
            assert!(matches!(error(json), Error::NoUsableIdentifier(_)), "{json}");
        }
        assert!(matches!(error(r#"{"uid":"a\nb"}"#), Error::InvalidUid { field: "uid", .. }));
        assert!(matches!(error(&format!(r#"{{"uid":"{}"}}"#, "a".repeat(769))), Error::InvalidUid { field: "uid", .. }));
        assert!(matches!(error(r#"{"email":"$unset","plan":1}"#), Error::InvalidField { field, .. } if field == "email"));
        assert!(matches!(error(r#"{"uid":1,"browser_x":"wide"}"#), Error::InvalidField { .. }));
        assert!(matches!(error(r#"{"uid":1,"browserX":"wide"}"#), Error::InvalidField { .. }));
        assert!(matches!(error(r#"{"uid":1,"company_uid":[1]}"#), Error::InvalidField { .. }));
        assert!(matches!(error(r#"{"uid":1,"company_uid":"a","company_id":"b"}"#), Error::CompaniesDiffer(..)));
        assert!(matches!(error(r#"{"uid":1,"plan":"\ud800"}"#), Error::InvalidField { .. }));
        assert!(matches!(error(r#"{"id":"short"}"#), Error::ProfileNotFound(_)));
    }

    #[test]
    fn items_of_one_company_have_the_same_number_by_id_and_by_uid() {
        let number = |object: &str| identify(account(), BatchModel::Companies, object, Timestamp::UNIX_EPOCH).unwrap();
        let by_uid = number(r#"{"uid":931}"#);
        let id = profiles_domain::CompanyId::new(9, Slot::of_uid(account(), "931"));
        for same in [r#"{"uid":"931","email":5}"#, r#"{"UID":"931"}"#, r#"{"uid":"\u0039\u0033\u0031"}"#, &format!(r#"{{"id":"{id}"}}"#)] {
            assert_eq!(number(same), by_uid, "{same}");
        }
        let error = |object: &str| identify(account(), BatchModel::Companies, object, Timestamp::UNIX_EPOCH).unwrap_err();
        for json in [r#"{"name":"Acme"}"#, r#"{"uid":null}"#, r#"{"uid":"undefined"}"#, r#"{"company_uid":931}"#] {
            assert!(matches!(error(json), Error::NoCompanyIdentifier(_)), "{json}");
        }
        assert!(matches!(error(r#"{"id":"short","uid":931}"#), Error::NoCompany(_)));
        assert!(matches!(error(r#"{"uid":"a\nb"}"#), Error::InvalidUid { field: "uid", .. }));
        assert!(matches!(error(r#"{"uid":931,"plan":"\ud800"}"#), Error::InvalidField { .. }));
    }

    /// All names with a meaning of their own, and others.
    static NAMES: LazyLock<String> = LazyLock::new(|| {
        format!(
            "(uid|email|company_uid|company_id|company|id|{}|[a-z_0-9]{{1,6}}|[A-Za-z -]{{1,4}})",
            profiles_domain::observed_names().collect::<Vec<_>>().join("|")
        )
    });

    proptest! {
        /// The glance is only a shorter way to the same result.
        #[test]
        fn at_a_glance_as_closely(
            names in proptest::collection::vec(NAMES.as_str(), 1..6),
            values in proptest::collection::vec(r#"(null|true|[0-9]{1,4}(\.0)?|1\.5|"[a-z]{0,3}(@b\.?)?"|" "|"\$unset"|"(nan|NULL)"|"é@xn--mnchen-3ya"|\[1\]|\{"a":1\})"#, 6),
        ) {
            let members: Vec<String> = names.iter().zip(&values).map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let object = format!("{{{}}}", members.join(","));
            if let Some(glance) = at_a_glance(&object) {
                let closely = closely(&object).map(|identity| Identity { email: identity.email.filter(|_| identity.uid.is_none()), ..identity });
                prop_assert_eq!(glance, closely, "{}", object);
            }
        }

        #[test]
        fn a_company_at_a_glance_as_closely(
            names in proptest::collection::vec("(uid|id|created_at|company|[a-z_0-9]{1,6}|[A-Za-z -]{1,4})", 1..6),
            values in proptest::collection::vec(r#"(null|true|[0-9]{1,4}(\.0)?|1\.5|"[a-z]{0,3}"|" "|"(nan|NULL)"|\[1\]|\{"a":1\})"#, 6),
        ) {
            let members: Vec<String> = names.iter().zip(&values).map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let object = format!("{{{}}}", members.join(","));
            if let Some(glance) = company_at_a_glance(&object) {
                let parameters = Parameters::of_object(&object).unwrap();
                let closely = read_company_upsert(account(), &parameters, Timestamp::UNIX_EPOCH).map(|(upsert, _)| upsert.name);
                prop_assert_eq!(glance, closely, "{}", object);
            }
        }

        #[test]
        fn the_name_of_a_plain_property_is_normal(name in "[a-z0-9_A-Z ]{1,8}") {
            if is_plain_property(&name) {
                prop_assert_eq!(profiles_normalization::name(&name).unwrap(), name);
            }
        }
    }
}
