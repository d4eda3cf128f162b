//! Names of letters that are unlike most.

use super::*;

#[test]
fn names_are_composed() {
    assert_eq!(name("e\u{301}cole"), name("école"));
    assert_eq!(name("E\u{301}cole"), name("École"));
    assert_eq!(name("\u{1112}\u{1161}\u{11ab}").unwrap(), "한");
    assert_eq!(name("\u{212a}elvin").unwrap(), "kelvin");
    assert_eq!(name("Ά\u{345}").unwrap(), "ᾴ");
}

#[test]
fn marks_belong_to_the_letter_before_them() {
    let kept = ["เสื่อ", "เสื้อ", "पत्नी", "নাম্বার", "orúkọ̀", "தமிழ்", "שָׁלוֹם", "عُمْر", "ខ្មែរ", "m\u{302}", "a\u{20dd}", "1\u{fe0f}\u{20e3}"];
    for sent in kept {
        assert_eq!(name(sent).as_deref(), Ok(sent));
        assert_eq!(name(&format!(" {sent}-{sent}")).unwrap(), format!("{sent}_{sent}"));
    }
    assert_ne!(name("เสื่อ"), name("เสื้อ"));
    // Words begin where they would without the mark.
    assert_eq!(name("x\u{302}Name").unwrap(), "x\u{302}_name");
    assert_eq!(name("HTTP\u{302}Server").unwrap(), "http\u{302}_server");
    assert_eq!(name("AX\u{302}b").unwrap(), "a_x\u{302}b");
    assert_eq!(name("2\u{302}X").unwrap(), "2\u{302}_x");
    // A mark that follows nothing goes, whether it is called a letter, too, or not.
    for mark in ['\u{302}', '\u{20dd}', '\u{93e}', '\u{345}', '\u{fe0f}'] {
        assert_eq!(name(&mark.to_string()), Err(NameError::Empty));
        assert_eq!(name(&format!("{mark}a-{mark}b {mark}")).unwrap(), "a_b");
    }
}

#[test]
fn names_in_greek_end_in_the_final_sigma() {
    assert_eq!(name("ΟΔΟΣ").unwrap(), "οδος");
    assert_eq!(name("ΟΔΟΣ ΣΑΣ").unwrap(), "οδος_σας");
    assert_eq!(name("Σ").unwrap(), "σ");
}

#[test]
fn names_with_letters_whose_case_is_odd() {
    // Its lower case is two characters: the second is a mark.
    assert_eq!(name("İstanbul").unwrap(), "i\u{307}stanbul");
    assert_eq!(name("İSİM"), name("i\u{307}si\u{307}m"));
    assert_eq!(name("straßeNr").unwrap(), "straße_nr");
    assert_eq!(name("GROẞ").unwrap(), "groß");
    assert_eq!(name("ısı").unwrap(), "ısı");
    assert_eq!(name("𝐀𝐀B").unwrap(), "𝐀𝐀b");
    assert_eq!(name("a𝐀B").unwrap(), "a𝐀b");
}

#[test]
fn names_of_emoji_alone_are_empty() {
    assert_eq!(name("😀"), Err(NameError::Empty));
    assert_eq!(name("👩‍👩‍👧"), Err(NameError::Empty));
    assert_eq!(name("🎉 launch 🎉").unwrap(), "launch");
}

#[test]
fn names_end_at_255_bytes() {
    assert_eq!(name(&"a".repeat(255)).unwrap().len(), 255);
    assert_eq!(name(&"a".repeat(256)), Err(NameError::TooLong));
    assert_eq!(name(&"é".repeat(127)).unwrap().len(), 254);
    assert_eq!(name(&"é".repeat(128)), Err(NameError::TooLong));
    // The limit is that of the normalized name.
    assert_eq!(name(&format!("{}a", "_".repeat(1_000))).unwrap(), "a");
    assert_eq!(name(&format!("a{}", "!".repeat(1_000))).unwrap(), "a");
    assert_eq!(name(&"aB".repeat(85)).unwrap().len(), 255);
    assert_eq!(name(&"aB".repeat(86)), Err(NameError::TooLong));
}

#[test]
fn names_that_are_dropped_are_named_in_a_warning() {
    let long = "é".repeat(128);
    let sent = format!(r#"{{"!!!": 1, "{long}": 2, "h": {{"?": 3}}}}"#);
    let mut warnings = Vec::new();
    let kept = properties(&sent, now(), &mut warnings).unwrap();
    assert_eq!(kept, BTreeMap::from([("h".to_owned(), Value::Hash(BTreeMap::new()))]));
    let warnings: Vec<_> = warnings.iter().map(|warning| (warning.prop.as_str(), warning.message.as_str())).collect();
    let shown = format!("{}…", "é".repeat(32));
    assert_eq!(
        warnings,
        [
            ("!!!", "dropped: the name has no letter or digit"),
            (shown.as_str(), "dropped: the name is longer than 255 bytes"),
            ("h.?", "dropped: the name has no letter or digit"),
        ]
    );
}

#[test]
fn of_names_that_become_the_same_the_last_wins_with_one_warning() {
    let mut warnings = Vec::new();
    let kept = properties(r#"{"userRole":1,"user_role":2,"b":0,"User Role":null,"USER-role":"3"}"#, now(), &mut warnings).unwrap();
    assert_eq!(serde_json::to_string(&kept).unwrap(), r#"{"b":0,"user_role":3}"#);
    assert_eq!(warnings, [Warning::repeated("user_role")]);
}
