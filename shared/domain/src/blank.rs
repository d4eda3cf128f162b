//! Texts in which nothing can be seen.

use profiles_normalization::unicode::is_invisible;

/// True if a text has only blanks and invisible characters, or nothing at all.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    without_blank_ends(text).is_empty()
}

/// The text without the blanks and invisible characters at its ends, such as a byte order mark.
pub(crate) fn without_blank_ends(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}
