//! E-mail addresses, in the one form in which each is stored and looked up.

use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{Hyphens, Uts46};
use profiles_normalization::unicode::{composed, is_invisible, is_variation_selector};

use crate::blank::without_blank_ends;

/// Bytes of an e-mail address at most.
pub const MAX_EMAIL_BYTES: usize = 320;
/// Bytes of an address before normalization at most: far more than any that fits afterwards can have.
const MAX_SENT_BYTES: usize = 8 * MAX_EMAIL_BYTES;
/// What a domain does not hold even if the tables of IDNA allow it, because the address could not be taken apart again: control characters,
/// blanks and `@`. The rest of ASCII is allowed, for domains such as `_mail.example.com` and `[192.0.2.1]`.
const NOT_IN_DOMAINS: AsciiDenyList = AsciiDenyList::new(true, "@");

/// An e-mail address. Addresses that look the same and reach the same mailbox are equal.
///
/// It is in lower case and in Unicode's composed form, without blanks and invisible characters around it and without a final dot. Its domain
/// is in the Unicode form of UTS 46, so `kim@xn--mnchen-3ya.example` is `kim@münchen.example`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The reason why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidEmail {
    /// It lacks either side of the `@`, or holds a blank or control character.
    Form,
    /// It has an invisible character inside, and would look like the address of another user.
    Invisible,
    /// Its domain is none by the rules of IDNA (UTS 46).
    Domain,
    /// It has more than 320 bytes.
    TooLong,
}

impl Email {
    /// Normalizes an address. Normalizing a normalized one changes nothing.
    ///
    /// # Errors
    /// [`InvalidEmail`] if it is none.
    pub fn new(text: &str) -> Result<Self, InvalidEmail> {
        let sent = without_blank_ends(text);
        if sent.len() > MAX_SENT_BYTES {
            return Err(InvalidEmail::TooLong);
        }
        let sent = composed(sent);
        let (local, domain) = sent.rsplit_once('@').ok_or(InvalidEmail::Form)?;
        if local.is_empty() || domain.is_empty() || sent.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(InvalidEmail::Form);
        }
        if local.chars().any(is_hidden) || domain.chars().any(|c| is_hidden(c) && !is_joiner(c)) {
            return Err(InvalidEmail::Invisible);
        }
        let address = format!("{}@{}", composed(&local.to_lowercase()), domain_in_unicode(domain)?);
        if address.len() > MAX_EMAIL_BYTES { Err(InvalidEmail::TooLong) } else { Ok(Self(address)) }
    }

    /// The normalized address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// True for what nobody sees in an address. (Of variation selectors, one sees the effect, as in a red heart.)
fn is_hidden(character: char) -> bool {
    is_invisible(character) && !is_variation_selector(character)
}

/// True for the zero width joiner and non-joiner. UTS 46 allows them in a domain where they change how the letters beside them look, as
/// Persian and Sinhala need it, and refuses them elsewhere.
fn is_joiner(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}')
}

fn domain_in_unicode(domain: &str) -> Result<String, InvalidEmail> {
    let (mapped, result) = Uts46::new().to_unicode(domain.as_bytes(), NOT_IN_DOMAINS, Hyphens::Allow);
    result.map_err(|_| InvalidEmail::Domain)?;
    let domain = mapped.strip_suffix('.').unwrap_or(&mapped);
    // A second final dot would go the next time.
    if domain.is_empty() || domain.ends_with('.') { Err(InvalidEmail::Domain) } else { Ok(domain.to_owned()) }
}

impl InvalidEmail {
    /// The reason in English.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Form => "it does not look like an e-mail address",
            Self::Invisible => "an invisible character is inside the address",
            Self::Domain => "its domain is not valid",
            Self::TooLong => "it is longer than 320 bytes",
        }
    }
}

impl fmt::Display for InvalidEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for InvalidEmail {}

// A derived `Debug` could write it to a log.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}
