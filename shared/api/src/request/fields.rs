//! The fields of an upsert: identifiers, company, and properties.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use profiles_domain::{AccountId, CompanyName, Error, MembershipChange, SYSTEM_PROPERTIES, Upsert};
use profiles_normalization::{Timestamp, Value, Warning, name as normalize_name};

use super::company::read_company_property;
use super::identifiers::half_a_pair;
use super::{IdentityReader, Parameter, Parameters, Parsed, read_uid, secret, typed, unsets_email};

/// Reads an upsert. Of fields whose names normalize to the same, only the last one is read, with a warning. A field of the body that
/// overrules one of the query is intended, and causes none.
///
/// # Errors
/// A field that cannot be used, or no identifier.
pub(crate) fn read_upsert(account: AccountId, parameters: &Parameters<'_>, now: Timestamp) -> Result<(Upsert, Vec<Warning>), Error> {
    let mut warnings = Vec::new();
    let fields = LastOfEachName::of(parameters, &mut warnings);
    let (identity, upsert, company) = (IdentityReader::default(), Upsert::default(), CompanyFields::default());
    let mut reader = Reader { account, now, identity, upsert, company, warnings };
    for (name, sent) in fields.in_order {
        reader.read(name, sent)?;
    }
    reader.finish()
}

/// Parameters by their normalized names, in the order in which each name was first sent.
#[derive(Default)]
pub(super) struct LastOfEachName<'a> {
    pub(super) in_order: Vec<(String, Parameter<'a>)>,
    positions: HashMap<String, usize>,
}

impl<'a> LastOfEachName<'a> {
    pub(super) fn of(parameters: &'a Parameters<'_>, warnings: &mut Vec<Warning>) -> Self {
        let mut fields = Self::default();
        for layer in parameters.layers() {
            fields.overrule(layer, warnings);
        }
        fields
    }

    /// Adds these parameters. Each replaces an earlier one of the same name.
    fn overrule<'n>(&mut self, parameters: impl Iterator<Item = (&'n str, Parameter<'a>)>, warnings: &mut Vec<Warning>) {
        // The names in this layer, and for each if the warning about its repetition was given.
        let mut here: HashMap<usize, bool> = HashMap::new();
        for (sent_name, sent) in parameters {
            let name = match normalize_name(sent_name) {
                Ok(name) if name == "id" && sent_name != "id" => {
                    let message = "ignored: our own id must be spelled `id`, yours is `uid`".to_owned();
                    warnings.push(Warning { prop: sent_name.to_owned(), message });
                    continue;
                }
                Ok(name) => name,
                Err(reason) => {
                    warnings.push(Warning::dropped(sent_name, reason));
                    continue;
                }
            };
            let next = self.in_order.len();
            let position = *self.positions.entry(name.clone()).or_insert(next);
            if let Some(warned) = here.get_mut(&position) {
                if !std::mem::replace(warned, true) {
                    warnings.push(Warning::repeated(&name));
                }
            } else {
                here.insert(position, false);
            }
            match self.in_order.get_mut(position) {
                Some((_, earlier)) => *earlier = sent,
                None => self.in_order.push((name, sent)),
            }
        }
    }
}

struct Reader {
    account: AccountId,
    now: Timestamp,
    identity: IdentityReader,
    upsert: Upsert,
    company: CompanyFields,
    warnings: Vec<Warning>,
}

/// The fields that name a company.
#[derive(Default)]
struct CompanyFields {
    /// Each field with the company it names; none if it was `null`.
    named: BTreeMap<&'static str, Option<CompanyName>>,
    properties: BTreeMap<String, Value>,
}

impl Reader {
    fn read(&mut self, name: String, sent: Parameter<'_>) -> Result<(), Error> {
        match name.as_str() {
            "id" => self.identity.read_id("id", sent)?,
            "uid" => self.identity.read_uid("uid", sent, &mut self.warnings)?,
            "email" if unsets_email(sent) => self.upsert.unsets_email = true,
            "email" => self.identity.read_email("email", sent, &mut self.warnings)?,
            "company_id" => self.read_company_name("company_id", CompanyIs::IdOrUid, sent)?,
            "company_uid" => self.read_company_name("company_uid", CompanyIs::Uid, sent)?,
            "company" => self.read_company(sent)?,
            // The secret is not a property of the profile.
            secret::PARAMETER => {}
            system if SYSTEM_PROPERTIES.contains(&system) => self.warn(name, "ignored: only the service itself sets it"),
            _ => {
                let value = value(&name, sent, self.now, &mut self.warnings)?;
                if let Some(value) = typed::checked(&name, value, &mut self.warnings)? {
                    self.upsert.properties.insert(name, value);
                }
            }
        }
        Ok(())
    }

    /// Reads a field that names a company by its uid, or by the service's own id.
    fn read_company_name(&mut self, field: &'static str, is: CompanyIs, sent: Parameter<'_>) -> Result<(), Error> {
        match read_uid(field, sent)? {
            Parsed::Valid(uid) => {
                let id = (is == CompanyIs::IdOrUid).then(|| uid.as_str().parse().ok()).flatten();
                self.company.named.insert(field, Some(id.map_or(CompanyName::Uid(uid), CompanyName::Id)));
            }
            Parsed::Nobody(reason) => self.warn(field.to_owned(), format!("ignored: {reason}")),
            Parsed::Invalid(_) => return Err(Error::invalid_field(field, "a string or an integer")),
            Parsed::Absent if sent.is_null() => {
                self.company.named.insert(field, None);
            }
            Parsed::Absent => {}
        }
        Ok(())
    }

    /// Reads the field `company`: an object with the company's uid or id, and its properties.
    fn read_company(&mut self, sent: Parameter<'_>) -> Result<(), Error> {
        const FIELD: &str = "company";
        let raw = match sent {
            Parameter::Json(raw) if raw.get().starts_with('{') => raw,
            _ if sent.is_null() => {
                self.company.named.insert(FIELD, None);
                return Ok(());
            }
            _ => {
                self.warn(FIELD.to_owned(), "ignored: a company is an object with its `uid` and properties, or named by `company_uid`");
                return Ok(());
            }
        };
        let mut warnings = Vec::new();
        let parameters = Parameters::of_object(raw.get()).map_err(|_| half_a_pair(FIELD))?;
        for (name, sent) in LastOfEachName::of(&parameters, &mut warnings).in_order {
            match name.as_str() {
                // Unlike `company: null`, a missing id in the object does not end the membership.
                "uid" | "id" if sent.is_null() => {}
                "uid" => self.read_company_name("company.uid", CompanyIs::Uid, sent)?,
                "id" => self.read_company_name("company.id", CompanyIs::IdOrUid, sent)?,
                _ => read_company_property(&mut self.company.properties, name, sent, self.now, &mut warnings)?,
            }
        }
        self.upsert.cut_of_company = cut(&warnings);
        self.warnings.extend(warnings.into_iter().map(|warning| Warning { prop: format!("{FIELD}.{}", warning.prop), ..warning }));
        Ok(())
    }

    fn finish(mut self) -> Result<(Upsert, Vec<Warning>), Error> {
        if self.upsert.unsets_email && self.identity.is_empty() {
            let expected = "an address, because it is taken away only from a user whom `uid` or `id` names";
            return Err(Error::invalid_field("email", expected));
        }
        self.upsert.identity = std::mem::take(&mut self.identity).finish()?;
        self.upsert.membership = self.membership()?;
        self.upsert.cut = cut(&self.warnings);
        Ok((self.upsert, self.warnings))
    }

    fn membership(&mut self) -> Result<MembershipChange, Error> {
        let ended = self.company.named.values().any(Option::is_none);
        let mut named = std::mem::take(&mut self.company.named).into_iter().filter_map(|(field, name)| Some((field, name?)));
        let Some((field, name)) = named.next() else {
            if !self.company.properties.is_empty() {
                self.warn("company".to_owned(), "ignored: it has no `uid` that says which company it is");
            }
            return Ok(if ended { MembershipChange::End } else { MembershipChange::Keep });
        };
        for (other_field, other) in named {
            if name.slot(self.account) != other.slot(self.account) {
                return Err(Error::CompaniesDiffer(field, other_field));
            }
        }
        Ok(MembershipChange::Join(name, std::mem::take(&mut self.company.properties)))
    }

    fn warn(&mut self, prop: String, message: impl Into<String>) {
        self.warnings.push(Warning { prop, message: message.into() });
    }
}

/// The identifier by which a field names a company.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CompanyIs {
    Uid,
    /// The service's own id if the value is one, else the customer's uid.
    IdOrUid,
}

/// The properties of which a value was cut: a value inside of hashes counts as one of the outermost.
pub(super) fn cut(warnings: &[Warning]) -> BTreeSet<String> {
    let of_cut = warnings.iter().filter(|warning| warning.is_of_cut());
    of_cut.filter_map(|warning| warning.prop.split('.').next()).map(str::to_owned).collect()
}

/// Normalizes a property's value.
pub(super) fn value(name: &str, sent: Parameter<'_>, now: Timestamp, warnings: &mut Vec<Warning>) -> Result<Value, Error> {
    match sent {
        Parameter::Text(text) => Ok(profiles_normalization::text(name, text, now, warnings)),
        Parameter::Json(raw) => profiles_normalization::json(name, raw, now, warnings).map_err(|_| half_a_pair(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<(Upsert, Vec<Warning>), Error> {
        let account = AccountId::new(1, Slot::from_random(1));
        let parameters = Parameters::of_object(json).map_err(|_| Error::NoIdentifier)?;
        read_upsert(account, &parameters, Timestamp::from_unix_millis(0).unwrap())
    }

    fn warned(json: &str) -> Vec<String> {
        read(json).unwrap().1.into_iter().map(|warning| warning.prop).collect()
    }

    #[test]
    fn names_are_normalized_before_fields_are_recognized() {
        let (upsert, warnings) = read(r#"{"UID":1,"Email":" A@B ","companyUid":931,"userRole":"admin","accountSecret":"s"}"#).unwrap();
        assert_eq!(upsert.identity.uid.unwrap().as_str(), "1");
        assert_eq!(upsert.identity.email.unwrap().as_str(), "a@b");
        assert!(matches!(upsert.membership, MembershipChange::Join(CompanyName::Uid(uid), _) if uid.as_str() == "931"));
        assert_eq!(upsert.properties.keys().collect::<Vec<_>>(), ["user_role"]);
        assert_eq!(warnings, []);
    }

    #[test]
    fn what_is_ignored_is_said() {
        assert_eq!(
            warned(r#"{"uid":1,"ID":"x","createdAt":1,"percent":5,"email":"nobody","!!!":1}"#),
            ["ID", "!!!", "created_at", "percent", "email"]
        );
        assert_eq!(warned(r#"{"email":"a@b","uid":true,"company":"Acme"}"#), ["uid", "company"]);
        assert_eq!(warned(r#"{"uid":1,"company":{"name":"Acme"}}"#), ["company"]);
        assert_eq!(warned(r#"{"uid":1,"userRole":1,"user_role":2,"user role":3}"#), ["user_role"]);
        assert_eq!(
            warned(r#"{"uid":1,"uid":2,"company":{"uid":1,"!":1,"aB":1,"a_b":2,"created_at":1}}"#),
            ["uid", "company.!", "company.a_b", "company.created_at"]
        );
    }

    #[test]
    fn an_address_is_taken_away_only_from_a_user_who_is_named_otherwise() {
        for json in [
            r#"{"uid":1,"email":"$unset"}"#,
            r#"{"uid":1,"Email":" $unset "}"#,
            r#"{"email":"a@b","uid":1,"E-mail":1,"email":"\u0024unset"}"#,
        ] {
            let (upsert, _) = read(json).unwrap();
            assert!(upsert.unsets_email && upsert.identity.email.is_none(), "{json}");
        }
        for json in [r#"{"email":"$unset"}"#, r#"{"email":"$unset","uid":null}"#, r#"{"email":"$unset","uid":true,"plan":"gold"}"#] {
            assert!(matches!(read(json).err(), Some(Error::InvalidField { field, .. }) if field == "email"), "{json}");
        }
        for json in [
            r#"{"uid":1,"email":"$UNSET"}"#,
            r#"{"uid":1,"email":"$unset@b"}"#,
            r#"{"uid":1,"email":["$unset"]}"#,
            r#"{"uid":1,"plan":"$unset"}"#,
        ] {
            assert!(!read(json).unwrap().0.unsets_email, "{json}");
        }
    }

    #[test]
    fn a_company_id_that_is_no_id_of_ours_is_a_uid() {
        let join = |json| match read(json).unwrap().0.membership {
            MembershipChange::Join(name, _) => Some(name),
            MembershipChange::Keep | MembershipChange::End => None,
        };
        assert!(matches!(join(r#"{"uid":1,"company_id":"5f3c4232c712de665632a6e8"}"#), Some(CompanyName::Id(_))));
        assert!(matches!(join(r#"{"uid":1,"company_id":"72d8ce91-fa3c-40f4-954d-4a8e8319a61e"}"#), Some(CompanyName::Uid(_))));
        assert!(matches!(join(r#"{"uid":1,"company_id":null,"company_uid":931}"#), Some(CompanyName::Uid(_))));
        assert_eq!(
            read(r#"{"uid":1,"company_id":"a","company_uid":"b"}"#).err(),
            Some(Error::CompaniesDiffer("company_id", "company_uid"))
        );
    }

    #[test]
    fn null_in_any_company_field_ends_the_membership() {
        for field in ["company_id", "company_uid", "company"] {
            assert!(read(&format!(r#"{{"uid":1,"{field}":null}}"#)).unwrap().0.membership == MembershipChange::End, "{field}");
        }
        assert!(read(r#"{"uid":1,"company_uid":""}"#).unwrap().0.membership == MembershipChange::Keep);
    }

    proptest! {
        #[test]
        fn no_object_makes_it_panic(name in "(uid|email|id|company|company_id|browser_n|.*)", value in "(null|true|-?[0-9]{1,40}|\"[a-z@]*\"|\\{\"uid\":[0-9]\\}|\\[\\])") {
            let name = serde_json::to_string(&name).unwrap();
            let _ = read(&format!("{{{name}:{value},\"uid\":1}}"));
        }
    }
}
