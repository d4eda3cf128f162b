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
pub fn case_folded(text: &str) -> Cow<'_, str> {
    const { CaseMapper::new() }.fold_string(text)
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
