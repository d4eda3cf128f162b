//! The fields of an event: identifiers, a name, and properties.

use profiles_domain::{Error, Event, Identity};
use profiles_normalization::{Timestamp, Warning, name as normalize_name};

use super::fields::{LastOfEachName, cut, value};
use super::{IdentityReader, Parameter, Parameters, secret};

/// Reads an event and its user's identifiers, which are read as in an upsert.
///
/// # Errors
/// A field that cannot be used, or no identifier.
pub(crate) fn read_event(parameters: &Parameters<'_>, now: Timestamp) -> Result<(Identity, Event, Vec<Warning>), Error> {
    let mut warnings = Vec::new();
    let fields = LastOfEachName::of(parameters, &mut warnings);
    let mut identity = IdentityReader::default();
    let mut name = None;
    let mut properties = std::collections::BTreeMap::new();
    for (field, sent) in fields.in_order {
        match field.as_str() {
            "id" => identity.read_id("id", sent)?,
            "uid" => identity.read_uid("uid", sent, &mut warnings)?,
            "email" => identity.read_email("email", sent, &mut warnings)?,
            "name" => name = Some(sent),
            // The secret is not a property of the event.
            secret::PARAMETER => {}
            _ => {
                let value = value(&field, sent, now, &mut warnings)?;
                properties.insert(field, value);
            }
        }
    }
    let identity = identity.finish()?;
    Ok((identity, Event { name: event_name(name)?, properties, cut: cut(&warnings) }, warnings))
}

/// The normalized name of an event. Events with the same one are of the same kind.
fn event_name(sent: Option<Parameter<'_>>) -> Result<String, Error> {
    let name = sent.and_then(Parameter::string).and_then(|name| normalize_name(&name).ok());
    let expected = "a string with a letter or digit, of at most 255 bytes, such as `Imported Leads`";
    name.ok_or_else(|| Error::invalid_field("name", expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<(Identity, Event, Vec<Warning>), Error> {
        let parameters = Parameters::of_object(json).map_err(|_| Error::NoIdentifier)?;
        read_event(&parameters, Timestamp::from_unix_millis(0).unwrap())
    }

    #[test]
    fn a_name_is_normalized_and_all_but_identifiers_and_secret_are_properties() {
        let (identity, event, warnings) =
            read(r#"{"uid":18821,"Email":"A@B","Name":"Imported Leads","created_at":"2029-04-07","leadCount":"12","account_secret":"s","company":{"uid":1}}"#)
                .unwrap();
        assert_eq!((identity.uid.unwrap().as_str(), identity.email.unwrap().as_str()), ("18821", "a@b"));
        assert_eq!(event.name, "imported_leads");
        assert_eq!(event.properties.keys().collect::<Vec<_>>(), ["company", "created_at", "lead_count"]);
        assert_eq!(warnings, []);
    }

    #[test]
    fn a_wrong_name_is_refused_by_its_field() {
        let long = format!(r#"{{"uid":1,"name":"{}"}}"#, "x".repeat(256));
        let wrong = [
            r#"{"uid":1}"#,
            r#"{"uid":1,"name":""}"#,
            r#"{"uid":1,"name":"!!"}"#,
            r#"{"uid":1,"name":5}"#,
            r#"{"uid":1,"name":null}"#,
            &long,
        ];
        for json in wrong {
            assert!(matches!(read(json), Err(Error::InvalidField { field, .. }) if field == "name"), "{json}");
        }
    }

    #[test]
    fn what_names_nobody_is_said_first() {
        assert_eq!(read(r#"{"name":""}"#).err(), Some(Error::NoIdentifier));
        for json in [r#"{"uid":null}"#, r#"{"uid":true,"email":"nobody","name":""}"#, r#"{"uid":"undefined","name":5}"#] {
            assert!(matches!(read(json), Err(Error::NoUsableIdentifier(_))), "{json}");
        }
    }

    #[test]
    fn what_is_not_stored_as_sent_is_said() {
        let (_, _, warnings) = read(r#"{"uid":1,"ID":"x","email":"nobody","name":"a","!":1,"bigArray":[[1]]}"#).unwrap();
        assert_eq!(warnings.into_iter().map(|warning| warning.prop).collect::<Vec<_>>(), ["ID", "!", "email", "big_array"]);
    }

    proptest! {
        #[test]
        fn no_object_makes_it_panic(name in "(uid|email|id|name|.*)", value in "(null|true|-?[0-9]{1,40}|\"[a-z@]*\"|\\{\"uid\":[0-9]\\}|\\[\\])") {
            let name = serde_json::to_string(&name).unwrap();
            let _ = read(&format!("{{{name}:{value},\"uid\":1}}"));
        }
    }
}
