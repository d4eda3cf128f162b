//! What a request has besides the fields that mean something in it.

use profiles_normalization::Warning;

use crate::request::Parameters;

/// Says of what else was sent than `known` that it means nothing here, and of a field that was sent twice that the last one counts.
pub(super) fn kept_back(parameters: &Parameters<'_>, known: &[&'static str], message: &str) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for layer in parameters.layers() {
        let mut seen = Vec::new();
        for (sent, _) in layer {
            match known.iter().find(|known| profiles_normalization::name(sent).is_ok_and(|name| name == **known)) {
                None => warnings.push(Warning::about(sent, message)),
                Some(known) if seen.contains(&known) => warnings.push(Warning::repeated(known)),
                Some(known) => seen.push(known),
            }
        }
    }
    warnings
}
