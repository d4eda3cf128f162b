//! `application/x-www-form-urlencoded`: forms and query strings.

use std::borrow::Cow;

use percent_encoding::percent_decode;

/// Parses names and values, in the order sent. `None` if one of them is not UTF-8: lenient decoding would hide that.
pub(super) fn parse(text: &str) -> Option<Vec<(Cow<'_, str>, Cow<'_, str>)>> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('+') {
        let text = text.replace('+', " ");
        return Some(Cow::Owned(percent_decode(text.as_bytes()).decode_utf8().ok()?.into_owned()));
    }
    percent_decode(text.as_bytes()).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_is_a_blank_and_a_name_alone_is_empty() {
        let parsed = parse("a=1+2&b&c=%2B&&d=x=y").unwrap();
        assert_eq!(parsed, [("a", "1 2"), ("b", ""), ("c", "+"), ("d", "x=y")].map(|(n, v)| (n.into(), v.into())));
    }

    #[test]
    fn what_is_not_utf_8_is_refused() {
        assert_eq!(parse("a=%FF"), None);
        assert_eq!(parse("%C3=+"), None);
    }
}
