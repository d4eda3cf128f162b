//! What the reading asks of Unicode's tables.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizer;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

/// Returns the composed form (NFC).
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizer::new_nfc().normalize(text)
}

/// Returns whether it is a combining mark: Mn, Mc or Me.
pub(super) fn is_mark(char: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(char))
}

/// Returns whether it is invisible: Cf.
pub(super) fn is_invisible(char: char) -> bool {
    category(char) == GeneralCategory::Format
}

fn category(char: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(char)
}
