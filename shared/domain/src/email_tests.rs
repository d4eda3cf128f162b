//! Tests that one user has one address, however it is written.

use proptest::prelude::*;

use crate::{Email, InvalidEmail, MAX_EMAIL_BYTES};

#[track_caller]
fn address(text: &str) -> String {
    let email = Email::new(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let again = Email::new(email.as_str());
    assert!(again == Ok(email.clone()), "{text:?} is normalized to {:?}, and that to something else", email.as_str());
    email.as_str().to_owned()
}

#[test]
fn what_looks_and_routes_the_same_is_one_address() {
    for (same, expected) in [
        (
            &["  Leon@CHMLN.co ", "leon@chmln.co.", "LEON@CHMLN.CO", "leon@chmln.co\r\n", "leon@ｃｈｍｌｎ.co", "leon@chmln。co"][..],
            "leon@chmln.co",
        ),
        (&["josé@example.com", "jose\u{301}@example.com", "JOSE\u{301}@Example.com", "JOSÉ@EXAMPLE.COM"], "josé@example.com"),
        (
            &[
                "\u{200b}kim@x.co",
                "kim@x.co\u{200b}",
                "\u{feff}kim@x.co",
                "kim@x.co\u{ad}",
                "\u{202a}kim@x.co\u{202c}",
                "\u{2066}kim@x.co\u{2069}",
                "\u{200e} kim@x.co.\u{feff}\u{a0}",
                "\u{2060}kim@x.co\u{200d}",
                "kim@x.co\u{fe0f}",
                "\u{e0001}kim@x.co",
            ],
            "kim@x.co",
        ),
        (
            &[
                "kim@münchen.example",
                "kim@xn--mnchen-3ya.example",
                "Kim@MÜNCHEN.example",
                "kim@mu\u{308}nchen.example",
                "kim@XN--Mnchen-3YA.Example.",
                "kim@xn--mnchen-3ya。example",
            ],
            "kim@münchen.example",
        ),
        (&["a@xn--fa-hia.de", "a@faß.de", "A@FAẞ.de"], "a@faß.de"),
        (&["a@xn--r8jz45g.jp", "a@例え.jp", "a@例え．jp"], "a@例え.jp"),
        (&["a@❤.example", "a@❤\u{fe0f}.example", "a@xn--qei.example"], "a@❤.example"),
        (&["İ@x", "i\u{307}@X"], "i\u{307}@x"),
        (&["ΟΔΟΣ@x.gr", "οδος@x.gr"], "οδος@x.gr"),
        (&["한@x", "\u{1112}\u{1161}\u{11ab}@x"], "한@x"),
    ] {
        for text in same {
            assert_eq!(address(text), expected, "{text:?}");
        }
    }
}

#[test]
fn what_routes_differently_is_another_address() {
    for (one, other) in [
        ("a@faß.de", "a@fass.de"),
        ("jose@example.com", "josé@example.com"),
        ("k.im@x.co", "kim@x.co"),
        ("kim+a@x.co", "kim@x.co"),
        ("kim@münchen.example", "kim@munchen.example"),
        // A non-joiner that changes how the letters are joined.
        ("a@نامهای.com", "a@نامه\u{200c}ای.com"),
        // Cyrillic.
        ("kіm@x.co", "kim@x.co"),
    ] {
        assert_ne!(address(one), address(other));
    }
}

#[test]
fn whatever_was_an_address_without_strict_rules_still_is() {
    for text in [
        "a@b",
        "a@[192.0.2.1]",
        "a@[ipv6:2001:db8::1]",
        "a@_dmarc.example.com",
        "a@my_host",
        "a@-x-.example",
        "a@r3---sn.example",
        "a@b..c",
        "a@.b",
        "a@b@c",
        "\"a@b\"@c",
        "o'neil@x",
        "a!b@x",
        "a@localhost",
        "❤\u{fe0f}@x",
        "a@1",
        "a@x:25",
        "a@b/c",
    ] {
        assert_eq!(address(text), text);
    }
    assert_eq!(address("A@[IPv6:2001:DB8::1]"), "a@[ipv6:2001:db8::1]");
}

#[test]
fn what_is_no_address_says_why() {
    for (texts, reason) in [
        (
            &[
                "",
                "@",
                "leon",
                "leon@",
                "@chmln.co",
                "le on@chmln.co",
                "leon@chm ln.co",
                "leon@chmln.co\0",
                "a\u{a0}b@c",
                "a@b\u{2003}c",
                "a\n@b",
            ][..],
            InvalidEmail::Form,
        ),
        (
            &[
                "ki\u{200b}m@x.co",
                "kim@x\u{200b}.co",
                "kim\u{ad}@x.co",
                "kim@x.\u{feff}co",
                "kim@\u{202e}x.co",
                "kim@x.co\u{200b}.",
                "kim\u{2066}@x.co",
                "kim@x\u{2060}.co",
                "ki\u{200d}m@x.co",
                "kim\u{3164}@x.co",
                "k\u{34f}im@x.co",
            ],
            InvalidEmail::Invisible,
        ),
        (
            &[
                "a@.",
                "a@..",
                "a@b..",
                "a@xn--",
                "a@xn--a",
                "a@xn--zzzzzzzzz",
                "a@xn--a-.co",
                "a@\u{301}b.co",
                "a@x\u{200d}y.co",
                "a@ab\u{200c}c.co",
                "a@b＠c",
                "a@b¨",
                "a@\u{e000}.co",
                "a@אb.co",
            ],
            InvalidEmail::Domain,
        ),
    ] {
        for text in texts {
            assert_eq!(Email::new(text).map(|email| email.as_str().to_owned()), Err(reason), "{text:?}");
        }
    }
}

#[test]
fn an_address_may_have_320_bytes_and_not_one_more() {
    let longest = format!("{}@b", "a".repeat(MAX_EMAIL_BYTES - 2));
    assert_eq!(address(&longest), longest);
    assert_eq!(Email::new(&format!("a{longest}")), Err(InvalidEmail::TooLong));
    assert_eq!(InvalidEmail::TooLong.reason(), format!("it is longer than {MAX_EMAIL_BYTES} bytes"));
    // The limit is that of the normalized address.
    let decomposed = format!("{}@b", "e\u{301}".repeat(159));
    assert_eq!(address(&decomposed).len(), MAX_EMAIL_BYTES);
    assert_eq!(Email::new(&format!("{}@b", "e\u{301}".repeat(160))), Err(InvalidEmail::TooLong));
    // A megabyte of work is never begun.
    for huge in ["a".repeat(1 << 20), format!("a@xn--{}", "a".repeat(1 << 20)), format!("a@{}", "é.".repeat(1 << 19))] {
        assert_eq!(Email::new(&huge), Err(InvalidEmail::TooLong));
    }
}

/// Parts of addresses that are written in more than one way.
fn local() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[a-zà-öø-ÿążșạ가-힣α-ως0-9.+_-]{1,12}").unwrap()
}

fn domain() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]{1,8}(\\.[a-z]{2,5}){0,2}",
        "[a-zà-öø-ýążș]{1,8}\\.[a-z]{2,5}",
        "(例え|テスト|münchen|bücher|παράδειγμα|пример|faß|😀)\\.(example|jp|рф)",
    ]
}

fn decomposed(text: &str) -> String {
    // Through the names of characters, not through the code under test.
    icu_normalizer::DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// No two addresses that look and route the same give two users.
    #[test]
    fn every_spelling_of_an_address_is_the_same(
        local in local(),
        domain in domain(),
        before in "[ \t\u{200b}\u{feff}\u{ad}\u{202a}\u{2066}\u{200e}\u{a0}]{0,3}",
        after in "[ \t\r\n\u{200b}\u{feff}\u{ad}\u{202c}\u{2069}\u{200f}\u{3000}]{0,3}",
        dot: bool,
        form in 0..6,
    ) {
        let expected = address(&format!("{local}@{domain}"));
        let ascii = idna::domain_to_ascii(&domain).unwrap();
        let dot = if dot { "." } else { "" };
        let spelled = match form {
            0 => format!("{}@{}{dot}", decomposed(&local), decomposed(&domain)),
            1 => format!("{local}@{ascii}{dot}"),
            2 => format!("{local}@{}{dot}", ascii.to_uppercase()),
            // Letters without an upper case of their own, such as `ß`, stay.
            3 => format!("{}@{domain}{dot}", local.chars().map(one_capital).collect::<String>()),
            4 => format!("{local}@{}{dot}", domain.chars().map(one_capital).collect::<String>()),
            _ => format!("{local}@{}{dot}", domain.replace('.', "\u{3002}")),
        };
        // A sigma has two lower cases, which are two letters.
        prop_assume!(!expected.contains(['σ', 'ς']) || form != 3);
        prop_assume!(!domain.contains(['σ', 'ς']) || form != 4);
        prop_assert_eq!(address(&format!("{before}{spelled}{after}")), expected);
    }

    #[test]
    fn an_address_stays_as_it_is(text in prop_oneof![
        any::<String>(),
        "[a-zA-ZÀ-žΑ-ω㌀-㍿Ａ-ｚ\u{300}-\u{345}\u{200c}\u{fe0f}İ.+ -]{0,8}@(xn--)?[a-zA-ZÀ-žΑ-ω㌀-㍿！-ｚא-ת\u{300}-\u{345}\u{200c}\u{200d}\u{fe0f}İ.。_\\[\\]-]{0,12}",
        "\\PC{0,8}@\\PC{0,8}",
    ]) {
        if Email::new(&text).is_ok() {
            let address = address(&text);
            prop_assert!(address.len() <= MAX_EMAIL_BYTES && !address.chars().any(|c| c.is_whitespace() || c.is_control()));
        }
    }

    #[test]
    fn nothing_invisible_is_inside(text in "[a-z]{1,4}@[a-z]{1,4}\\.co", place in 1_usize..6, hidden in "[\u{200b}\u{feff}\u{ad}\u{200e}\u{202a}-\u{202e}\u{2060}-\u{2064}\u{2066}-\u{2069}]") {
        let mut inside = text.clone();
        inside.insert_str(place, &hidden);
        prop_assert_eq!(Email::new(&inside), Err(InvalidEmail::Invisible));
    }
}

fn one_capital(letter: char) -> String {
    let upper: String = letter.to_uppercase().collect();
    // Some letters have an upper case of several, or one that is another letter's.
    if upper.to_lowercase() == letter.to_string() { upper } else { letter.to_string() }
}
