//! Laws of names.

use super::*;

#[test]
fn any_letter_in_any_place_makes_a_name_that_stays() {
    // Without the tens of thousands of ideographs and syllables, which have neither case nor marks.
    let letters = (0..0x3400).chain(0xa000..0xac00).chain(0xd7a4..0x17000).chain(0x18d00..0x20000);
    for letter in letters.filter_map(char::from_u32) {
        for sent in [format!("{letter}"), format!("a{letter}Bb"), format!("AB{letter}\u{345}c{letter}D")] {
            assert_name_laws(&sent);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn names_match_their_own_definition_and_stay(sent in odd_name()) {
        assert_name_laws(&sent);
    }

    #[test]
    fn a_name_is_kept_or_has_a_warning(sent in vec((odd_name(), "[12]"), 1..5)) {
        let members: Vec<_> = sent.iter().map(|(name, value)| format!("{}:{value}", serde_json::to_string(name).unwrap())).collect();
        let mut warnings = Vec::new();
        let stored = properties(&format!("{{{}}}", members.join(",")), now(), &mut warnings).unwrap();
        let (dropped, repeated): (Vec<_>, Vec<_>) = warnings.iter().partition(|warning| warning.message.starts_with("dropped"));
        prop_assert_eq!(dropped.len(), sent.iter().filter(|(sent, _)| name(sent).is_err()).count());
        for kept in stored.keys() {
            let count = sent.iter().filter(|(sent, _)| name(sent).as_ref() == Ok(kept)).count();
            prop_assert_eq!(repeated.iter().filter(|warning| warning.prop == *kept).count(), usize::from(count > 1));
        }
    }

    #[test]
    fn marks_that_differ_make_names_that_differ(letter in "[a-zक-हก-ฮא-ת]", marks in vec(0_usize..8, 2)) {
        const MARKS: [&str; 8] = ["", "\u{302}", "\u{e48}", "\u{e49}", "\u{e37}", "\u{93f}", "\u{94d}", "\u{5b8}"];
        let [a, b] = [marks[0], marks[1]].map(|mark| name(&format!("{letter}{}x", MARKS[mark])).unwrap());
        prop_assert_eq!(a == b, marks[0] == marks[1]);
    }

    #[test]
    fn composed_or_decomposed_in_any_case_a_name_is_the_same(sent in "[À-ž ẠạỘộǻậ]{1,12}") {
        let decomposed: String = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd().normalize(&sent).into_owned();
        prop_assert_eq!(name(&decomposed), name(&sent));
    }
}
