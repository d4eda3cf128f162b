//! The identifiers of a request, and why those that are none are not.

use profiles_domain::{Error, Identity, Unusable};
use profiles_normalization::Warning;

use super::{Parameter, Parsed, read_email, read_id, read_uid};

/// Collects the identifiers of a request.
#[derive(Default)]
pub(crate) struct IdentityReader {
    identity: Identity,
    /// All fields that identify nobody.
    unusable: Unusable,
    /// True if one of them has a value: `null` and `""` count as not sent.
    has_unusable_value: bool,
}

impl IdentityReader {
    /// Reads the service's own id in `field`.
    ///
    /// # Errors
    /// If it cannot be one.
    pub(crate) fn read_id(&mut self, field: &'static str, sent: Parameter<'_>) -> Result<(), Error> {
        self.identity.id = self.usable(field, sent, read_id(field, sent, Error::ProfileNotFound)?).ok().flatten();
        Ok(())
    }

    /// Reads the customer's id in `field`. One that identifies nobody is left out, with a warning.
    ///
    /// # Errors
    /// If it must not be left out, because the request might be for another user then.
    pub(crate) fn read_uid(&mut self, field: &'static str, sent: Parameter<'_>, warnings: &mut Vec<Warning>) -> Result<(), Error> {
        match self.usable(field, sent, read_uid(field, sent)?) {
            Ok(uid) => self.identity.uid = uid,
            Err(reason) => warnings.push(Warning::about(field, &format!("ignored: {reason}"))),
        }
        Ok(())
    }

    /// Reads the address in `field`. One that is none is left out, with a warning; so is `null`, which changes no address.
    ///
    /// # Errors
    /// If it is a string that is not valid Unicode.
    pub(crate) fn read_email(&mut self, field: &'static str, sent: Parameter<'_>, warnings: &mut Vec<Warning>) -> Result<(), Error> {
        match self.usable(field, sent, read_email(sent)?) {
            Ok(email) => self.identity.email = email,
            Err(reason) => warnings.push(Warning::about(field, &format!("not stored: {reason}"))),
        }
        if sent.is_null() {
            warnings.push(Warning::about(field, "ignored: the address stays, `null` does not take it away"));
        }
        Ok(())
    }

    /// True if no identifier was read yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.identity.is_empty()
    }

    /// The identifiers.
    ///
    /// # Errors
    /// `NoIdentifier` or `NoUsableIdentifier` if there is none.
    pub(crate) fn finish(self) -> Result<Identity, Error> {
        if self.identity.is_empty() { Err(self.unusable.into_error()) } else { Ok(self.identity) }
    }

    /// The identifiers, if any were sent.
    ///
    /// # Errors
    /// `NoUsableIdentifier` if some were sent, and none is one.
    pub(crate) fn finish_optional(self) -> Result<Identity, Error> {
        if self.has_unusable_value { self.finish() } else { Ok(self.identity) }
    }

    /// The identifier, if one was sent; the reason if it is none.
    fn usable<T>(&mut self, field: &'static str, sent: Parameter<'_>, parsed: Parsed<T>) -> Result<Option<T>, &'static str> {
        match parsed {
            Parsed::Valid(identifier) => Ok(Some(identifier)),
            Parsed::Absent => {
                self.unusable.add(field, if sent.is_null() { "it is `null`" } else { "it is empty" });
                Ok(None)
            }
            Parsed::Nobody(reason) | Parsed::Invalid(reason) => {
                self.unusable.add(field, reason);
                self.has_unusable_value = true;
                Err(reason)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    /// The identifiers among `uid` and `email`, given as JSON, and the warnings.
    fn read(fields: &[(&str, &str)]) -> (IdentityReader, Vec<String>) {
        let (mut reader, mut warnings) = (IdentityReader::default(), Vec::new());
        for (field, json) in fields {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            match *field {
                "uid" => reader.read_uid("uid", Parameter::Json(raw), &mut warnings).unwrap(),
                _ => reader.read_email("email", Parameter::Json(raw), &mut warnings).unwrap(),
            }
        }
        (reader, warnings.into_iter().map(|warning| format!("{}: {}", warning.prop, warning.message)).collect())
    }

    #[test]
    fn what_identifies_nobody_is_named_in_a_warning_or_in_the_error() {
        for (field, json, reason) in [
            ("uid", "true", "a uid is a string or an integer"),
            ("uid", "1.5", "a uid is a string or an integer, and this number has a fraction"),
            ("uid", r#"" ""#, "it is blank"),
            ("uid", r#""undefined""#, "it stands for a missing value"),
            ("email", "5", "it does not look like an e-mail address"),
            ("email", r#""ki\u200bm@x.co""#, "an invisible character is inside the address"),
            ("email", r#""kim@xn--a""#, "its domain is not valid"),
        ] {
            let other = if field == "uid" { ("email", r#""a@b""#) } else { ("uid", "1") };
            let (reader, warnings) = read(&[(field, json), other]);
            assert!(reader.finish().is_ok());
            let verb = if field == "uid" { "ignored" } else { "not stored" };
            assert_eq!(warnings, [format!("{field}: {verb}: {reason}")]);

            let error = read(&[(field, json)]).0.finish().unwrap_err().to_string();
            assert!(error.starts_with(&Error::NoIdentifier.to_string()) && error.ends_with(&format!("(`{field}`: {reason})")), "{error}");
            assert!(read(&[(field, json)]).0.finish_optional().is_err());
        }
    }

    #[test]
    fn what_was_not_sent_is_named_in_the_error_only() {
        for (field, json, reason) in [("uid", "null", "it is `null`"), ("uid", r#""""#, "it is empty"), ("email", r#""  ""#, "it is empty")]
        {
            let (reader, warnings) = read(&[(field, json)]);
            assert_eq!(warnings, [""; 0]);
            assert!(reader.finish().unwrap_err().to_string().ends_with(&format!("(`{field}`: {reason})")));
            assert!(read(&[(field, json)]).0.finish_optional().unwrap().is_empty());
        }
        let error = read(&[("uid", "null"), ("email", r#""x""#)]).0.finish().unwrap_err().to_string();
        assert!(error.ends_with("(`uid`: it is `null`; `email`: it does not look like an e-mail address)"), "{error}");
        assert_eq!(read(&[]).0.finish(), Err(Error::NoIdentifier));
    }

    #[test]
    fn null_takes_no_address_away() {
        let (reader, warnings) = read(&[("email", "null"), ("uid", "1")]);
        assert!(reader.finish().unwrap().email.is_none());
        assert_eq!(warnings, ["email: ignored: the address stays, `null` does not take it away"]);
    }
}
