//! Finds the identifiers in a command: what it says about users, companies, tours, batches and keys.

/// What an identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A user, by a uid.
    Uid,
    /// A user, by an address.
    Email,
    /// A company, by its uid.
    Company,
    /// Anything else, such as a tour or an idempotency key.
    Other,
}

/// An identifier in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identifier<'a> {
    /// What it names.
    pub sort: Sort,
    /// The text.
    pub text: &'a str,
}

/// The names of fields with identifiers, in JSON, forms and queries.
const FIELDS: [(&str, Sort); 8] = [
    ("uid", Sort::Uid),
    ("email", Sort::Email),
    ("company_uid", Sort::Company),
    ("company_id", Sort::Other),
    ("id", Sort::Other),
    ("model_id", Sort::Other),
    ("profile_id", Sort::Other),
    ("idempotency_key", Sort::Other),
];
/// The parts of paths and headers that come before an identifier.
const BEFORE: [&str; 7] = ["/tours/", "/surveys/", "/batch/", "/profiles/", "/deliveries/", "/deletions/", "Idempotency-Key: "];
/// Parts of paths that stand where others have an identifier.
const WORDS: [&str; 3] = ["batch", "count", "forget"];

/// Returns the identifiers in a command, in no particular order. The same one may come more than once.
#[must_use]
pub fn identifiers(command: &str) -> Vec<Identifier<'_>> {
    let mut found = Vec::new();
    for (name, sort) in FIELDS {
        for rest in after(command, &format!("\"{name}\":")) {
            let text = match rest.strip_prefix('"') {
                Some(rest) => rest.split('"').next(),
                None => rest.split(|c: char| !c.is_ascii_digit()).next(),
            };
            // A company's own uid is in an object of that name.
            let in_company = before(command, rest).trim_end_matches(&format!("\"{name}\":")).ends_with("\"company\":{");
            let sort = if in_company && sort == Sort::Uid { Sort::Company } else { sort };
            found.extend(text.map(|text| Identifier { sort, text }));
        }
        for begin in ['?', '&', '\''] {
            for rest in after(command, &format!("{begin}{name}=")) {
                found.extend(rest.split(['&', '"', '\'', ' ', '\n']).next().map(|text| Identifier { sort, text }));
            }
        }
    }
    for part in BEFORE {
        for rest in after(command, part) {
            let text = rest.split(['/', '?', '&', '"', '\'', ' ', '\n']).next().filter(|text| !WORDS.contains(text));
            found.extend(text.map(|text| Identifier { sort: Sort::Other, text }));
        }
    }
    found.retain(|identifier| !identifier.text.is_empty());
    found
}

/// Returns what comes after each occurrence of `part`.
fn after<'a>(text: &'a str, part: &str) -> Vec<&'a str> {
    text.match_indices(part).filter_map(|(at, _)| text.get(at + part.len()..)).collect()
}

/// Returns what comes before `rest`, which is the end of `text`.
fn before<'a>(text: &'a str, rest: &str) -> &'a str {
    text.strip_suffix(rest).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::examples;
    use std::collections::BTreeSet;

    #[test]
    fn fields_parts_of_paths_and_keys_are_identifiers() {
        let command = r#"curl -X POST -H 'Idempotency-Key: k-1' "$API/v3/edit/profiles/5f/forget?uid=7&expand[profile]=min" \
  -d '{"uid":18821,"email":"a@b.c","company":{"uid":"931"},"company_uid":null,"data":{"tour":{"id":"t"}}}' -d 'uid=8&email=x@y.z'"#;
        let mut texts: Vec<_> = identifiers(command).into_iter().map(|found| found.text).collect();
        texts.sort_unstable();
        assert_eq!(texts, ["18821", "5f", "7", "8", "931", "a@b.c", "k-1", "t", "x@y.z"]);
        let company = identifiers(command).into_iter().find(|found| found.text == "931").unwrap();
        assert_eq!(company.sort, Sort::Company);
    }

    #[test]
    fn these_are_all_the_identifiers_of_the_documents_that_the_api_does_not_give() {
        let examples = examples().unwrap();
        let all: BTreeSet<_> = examples.iter().flat_map(|example| identifiers(&example.command)).map(|found| found.text).collect();
        let own: Vec<_> = all.into_iter().filter(|text| !text.starts_with("6b038e")).collect();
        let expected = [
            "18821",
            "28421",
            "5fb70dcbc39330000325a94d",
            "5fb70dcbc39330000325a94e",
            "65f0a1b2000000000000a001",
            "65f0a1b2000000000000a002",
            "931",
            "Leon@chmln.co",
            "import-2029-04-07",
            "kim@chmln.co",
            "leon@chmln.co",
            "nobody",
        ];
        assert_eq!(own, expected);
    }
}
