//! Laws of values and whole objects.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_json_comes_out_within_the_limits_and_stays(sent in document()) {
        let raw: &RawValue = serde_json::from_str(&sent).unwrap();
        let mut warnings = Vec::new();
        let value = json("prop", raw, now(), &mut warnings).unwrap();
        assert_within_limits(&value, 1);
        if !cut_any(&warnings) {
            let again = serde_json::to_string(&value).unwrap();
            let raw: &RawValue = serde_json::from_str(&again).unwrap();
            let mut warnings = Vec::new();
            prop_assert_eq!(json("prop", raw, now(), &mut warnings).unwrap(), value);
            prop_assert_eq!(warnings, []);
        }
    }

    #[test]
    fn what_is_changed_has_a_warning_and_what_is_not_has_none(sent in scalar(), name in "(prop|seen_at|app_version)") {
        let raw: &RawValue = serde_json::from_str(&sent).unwrap();
        let mut warnings = Vec::new();
        let value = json(&name, raw, now(), &mut warnings).unwrap();
        match warnings.as_slice() {
            [] => assert_unchanged(&sent, &value),
            [warning] if warning.message.starts_with("read as") => {
                let (Ok(text), Value::Number(number)) = (serde_json::from_str::<String>(&sent), &value) else { panic!("{sent}") };
                prop_assert_ne!(text.trim(), number.as_str());
                prop_assert_ne!(name, "app_version");
                prop_assert_eq!(&warning.message, &format!("read as the number {}", number.as_str()));
            }
            [warning] => {
                prop_assert_eq!(&warning.message, "cut to 768 bytes");
                let text = serde_json::from_str::<String>(&sent).unwrap_or(sent);
                let Value::String(kept) = value else { panic!("{text}") };
                prop_assert!(text.starts_with(&kept) && kept.len() < text.len());
            }
            _ => panic!("{warnings:?}"),
        }
    }

    #[test]
    fn any_object_comes_out_within_the_limits_and_stays(sent in object_of(document())) {
        let mut warnings = Vec::new();
        let stored = properties(&sent, now(), &mut warnings).unwrap();
        assert_members_within_limits(&stored, 1);
        prop_assert!(warnings.iter().all(|warning| !warning.prop.is_empty() || sent.contains("\"\"")));
        if !cut_any(&warnings) {
            let mut warnings = Vec::new();
            prop_assert_eq!(properties(&serde_json::to_string(&stored).unwrap(), now(), &mut warnings).unwrap(), stored);
            prop_assert_eq!(warnings, []);
        }
    }

    #[test]
    fn any_text_is_taken_or_refused(sent in prop_oneof![any::<String>(), "[\\[\\]{}\",:0-9a-z\\\\ud8e.+-]{0,60}"]) {
        let mut warnings = Vec::new();
        let _ = entries(&sent);
        let _ = properties(&sent, now(), &mut warnings);
        if let Ok(raw) = serde_json::from_str::<&RawValue>(&sent) {
            let _ = json("prop", raw, now(), &mut warnings);
        }
    }

    #[test]
    fn any_string_means_the_same_in_a_form_as_in_json(sent in near_miss()) {
        let mut of_text = Vec::new();
        let mut of_json = Vec::new();
        let quoted = serde_json::to_string(&sent).unwrap();
        let raw: &RawValue = serde_json::from_str(&quoted).unwrap();
        let value = text("prop", &sent, now(), &mut of_text);
        prop_assert_eq!(&json("prop", raw, now(), &mut of_json).unwrap(), &value);
        prop_assert_eq!(of_json, of_text);
        if let Value::String(kept) = &value {
            prop_assert!(sent.starts_with(kept.as_str()) || Timestamp::parse_canonical(kept).is_some());
        }
    }

    #[test]
    fn any_depth_is_skipped_without_recursion(open in "[\\[{]{1,4}", depth in 0_usize..12_000) {
        let opening: String = open.chars().map(|bracket| if bracket == '[' { "[" } else { "{\"a\":" }).collect();
        let closing: String = open.chars().rev().map(|bracket| if bracket == '[' { ']' } else { '}' }).collect();
        let sent = format!("{}1{}", opening.repeat(depth / open.len() + 1), closing.repeat(depth / open.len() + 1));
        let mut warnings = Vec::new();
        let raw: &RawValue = serde_json::from_str(&sent).unwrap();
        assert_within_limits(&json("prop", raw, now(), &mut warnings).unwrap(), 1);
    }
}
