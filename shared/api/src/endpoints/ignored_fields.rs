//! Fields of a request that have no meaning there.

use profiles_normalization::Warning;

use crate::request::Parameters;

/// Warns of each field that is not in `known`, and of each known field that was sent more than once.
pub(super) fn ignored_fields(parameters: &Parameters<'_>, known: &[&'static str], message: &str) -> Vec<Warning> {
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
