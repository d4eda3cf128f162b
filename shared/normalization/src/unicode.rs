//! What Unicode says of characters. All of it comes from the same tables, so that it is of one version.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, VariationSelector};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The text in Unicode's composed form (NFC).
pub fn composed(text: &str) -> Cow<'_, str> {
    const { ComposingNormalizerBorrowed::new_nfc() }.normalize(text)
}

/// The text in Unicode's case-folded form, which is the same for texts that differ in case only: `Straße` and `STRASSE` become `strasse`.
pub fn case_folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    // Letters of ASCII need no tables, wherever they are.
    for run in text.as_bytes().chunk_by(|one, next| one.is_ascii() == next.is_ascii()) {
        let run = str::from_utf8(run).unwrap_or_default();
        if run.is_ascii() {
            folded.extend(run.chars().map(|letter| letter.to_ascii_lowercase()));
        } else {
            folded.push_str(&const { CaseMapper::new() }.fold_string(run));
        }
    }
    folded
}

/// True for a mark (Mn, Mc, Me), which belongs to the character before it.
pub fn is_mark(character: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(character))
}

/// True for a character that is not shown, such as a zero width space or a soft hyphen: a format character (Cf), or another one that Unicode
/// calls ignorable.
pub fn is_invisible(character: char) -> bool {
    category(character) == GeneralCategory::Format || const { CodePointSetData::new::<DefaultIgnorableCodePoint>() }.contains(character)
}

/// True for an invisible character that says how the one before it looks, as between a heart and a red one.
pub fn is_variation_selector(character: char) -> bool {
    const { CodePointSetData::new::<VariationSelector>() }.contains(character)
}

fn category(character: char) -> GeneralCategory {
    const { CodePointMapData::<GeneralCategory>::new() }.get(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_differ_in_case_only_are_the_same_when_folded() {
        for (texts, folded) in [
            (vec!["", ""], ""),
            (vec!["Straße", "STRASSE", "straẞe", "ſtraſſe"], "strasse"),
            (vec!["ΣΊΣΥΦΟΣ", "Σίσυφος", "σίσυφοσ"], "σίσυφοσ"),
            (vec!["I", "i"], "i"),
            (vec!["İ", "i̇"], "i̇"),
            (vec!["ﬀ", "FF", "ff"], "ff"),
            (vec!["a-É-Z", "A-é-z"], "a-é-z"),
        ] {
            for text in texts {
                assert_eq!(case_folded(text), folded, "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn folding_is_that_of_unicode_and_ends(text in "[a-zA-Z ßſİıKÅΣσςÉé😀\\PC]{0,12}") {
            let folded = case_folded(&text);
            prop_assert_eq!(&folded, &const { CaseMapper::new() }.fold_string(&text));
            prop_assert_eq!(case_folded(&folded), folded);
        }
    }
}
