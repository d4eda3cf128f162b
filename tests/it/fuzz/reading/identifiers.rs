//! The identifiers of a request: `id`, `uid`, `email`.

use super::unicode::{composed, is_invisible};
use super::{Fault, missing};
use crate::fuzz::decimal::Decimal;
use crate::fuzz::json::Json;

/// What a field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent<T> {
    /// Nothing.
    Nothing,
    /// Something that identifies nobody.
    Unusable,
    /// An identifier.
    Is(T),
}

impl<T> Sent<T> {
    pub(crate) fn is(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Nothing | Self::Unusable => None,
        }
    }
}

/// What a request does to the address of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Is(String),
    /// `"$unset"`.
    Goes,
}

/// Texts that stand for a missing value in the languages of the senders.
const MISSING: [&str; 8] = ["undefined", "null", "none", "nil", "nan", "[object object]", "true", "false"];

/// Domains that are spelled in several ways, each with its one form. `None`: UTS 46 refuses it.
const DOMAINS: [(&str, Option<&str>); 6] = [
    ("xn--mnchen-3ya.example", Some("münchen.example")),
    ("münchen.example", Some("münchen.example")),
    ("ｘ.co", Some("x.co")),
    ("例え.example", Some("例え.example")),
    ("xn--r8jz45g.example", Some("例え.example")),
    ("xn--zzzzzzzz999.example", None),
];

/// Reads the uid of a user.
pub(crate) fn uid(sent: &Json, field: &str) -> Result<Sent<String>, Fault> {
    let text = match sent {
        Json::Null => return Ok(Sent::Nothing),
        Json::Text(text) if text.is_empty() => return Ok(Sent::Nothing),
        Json::Text(text) if text.trim().is_empty() || MISSING.contains(&text.to_lowercase().as_str()) => return Ok(Sent::Unusable),
        Json::Text(text) => text.clone(),
        Json::Number(text) => {
            let number = Decimal::parse(text).expect("a number of JSON");
            match number.whole(768) {
                Some(digits) => digits,
                None if number.is_whole() => return Err(Fault::field(422, field)),
                None => return Ok(Sent::Unusable),
            }
        }
        Json::Half(_) => return Err(Fault::field(422, field)),
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => return Ok(Sent::Unusable),
    };
    if text.len() > 768 || text.chars().any(char::is_control) {
        return Err(Fault::field(422, field));
    }
    Ok(Sent::Is(text))
}

/// Reads the address of a user. With `may_go`, `"$unset"` takes it away.
pub(crate) fn email(sent: &Json, may_go: bool) -> Result<Sent<Address>, Fault> {
    match sent {
        Json::Text(text) if text.is_empty() => Ok(Sent::Nothing),
        Json::Text(text) if may_go && text == "$unset" => Ok(Sent::Is(Address::Goes)),
        Json::Text(text) => Ok(address(text).map_or(Sent::Unusable, |address| Sent::Is(Address::Is(address)))),
        Json::Half(_) => Err(Fault::field(422, "email")),
        _ => Ok(Sent::Unusable),
    }
}

/// Returns the one form of an address.
pub(crate) fn address(sent: &str) -> Option<String> {
    let sent = composed(sent);
    let text = sent.trim_matches(|char: char| char.is_whitespace() || is_invisible(char));
    if text.chars().any(|char| char.is_whitespace() || char.is_control() || is_invisible(char)) {
        return None;
    }
    let lower = text.to_lowercase();
    let lower = composed(&lower);
    let (local, domain) = lower.rsplit_once('@')?;
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let domain = match DOMAINS.iter().find(|(spelled, _)| *spelled == domain) {
        Some((_, form)) => (*form)?,
        None => domain,
    };
    let address = format!("{local}@{domain}");
    (!local.is_empty() && !domain.is_empty() && address.len() <= 320).then_some(address)
}

/// Reads our own id of a user.
pub(crate) fn id(sent: &Json) -> Result<Sent<String>, Fault> {
    match sent {
        Json::Null => Ok(Sent::Nothing),
        Json::Text(text) if text.is_empty() => Ok(Sent::Nothing),
        Json::Text(text) if is_id(text) => Ok(Sent::Is(text.clone())),
        Json::Text(_) => Err(missing()),
        _ => Err(Fault::field(422, "id")),
    }
}

/// Returns whether a text is an id: 24 lower-case hex digits.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
