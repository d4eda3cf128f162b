//! Filters of properties and fields.

use profiles_domain::Error;
use profiles_normalization::{MAX_HASH_DEPTH, Timestamp, name};

use super::number::days_before;
use super::sent::{Sent, string};
use super::value::{Form, Reader};
use crate::tree::{Comparison, Field, PropertyFilter, Test, Window};

const OPS: &str = "`ex`, `nx`, `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `gt-d`, `lt-d`, `in`, `nin`, `in-i`, `nin-i`, `in-v`, `nin-v`, \
                   `in-a`, `nin-a` or `sw`";
const PROP: &str = "a property's name, or a path into a hash such as `traits.plan`";
const OWN_NAME: &str = "a company's property by its own name, such as `name`, because companies are searched";
const DAYS: &str = "a number of days from 0 to 36500";

/// Whose property is tested.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Profile,
    Company,
}

/// Reads a filter of a property in a search of profiles, which may be of their companies' properties, or of companies.
///
/// # Errors
/// `InvalidField` that names the path.
pub(super) fn read(sent: &Sent<'_>, searched: Owner, now: Timestamp) -> Result<(Owner, PropertyFilter), Error> {
    sent.has_only(&["prop", "op", "value"], "left out, because a filter of a property has `prop`, `op` and `value` only")?;
    let (owner, names) = prop(sent, searched)?;
    let form = form(owner, &names);
    let test = test(sent, &Reader { sent, form, now })?;
    let field = if is_delivery_ids(owner, &names) { Field::DeliveryIds } else { Field::Path(names) };
    Ok((owner, PropertyFilter { field, test }))
}

/// The names in `prop`.
fn prop(sent: &Sent<'_>, searched: Owner) -> Result<(Owner, Vec<String>), Error> {
    let invalid = || sent.error("prop", PROP);
    let text = sent.given("prop").and_then(string).ok_or_else(invalid)?;
    // The owner, the property, and what is in its hashes.
    let most = 2 + MAX_HASH_DEPTH;
    let mut names = Vec::new();
    for part in text.split('.').take(most + 1) {
        names.push(name(part).map_err(|_| invalid())?);
    }
    let owner = match names.first().map(String::as_str) {
        // Meant for a search of profiles. A company has hardly ever a property of such a name.
        Some("company") if searched == Owner::Company => return Err(sent.error("prop", OWN_NAME)),
        Some("company_id") if searched == Owner::Company => return Err(sent.error("prop", "`id`, because companies are searched")),
        Some("company_uid") if searched == Owner::Company => return Err(sent.error("prop", "`uid`, because companies are searched")),
        Some("company") if names.len() == 1 => {
            return Err(sent.error("prop", "`company_id`, or one of the company's properties, such as `company.name`"));
        }
        Some("company_uid") => return Err(sent.error("prop", "`company.uid`")),
        Some("company") => {
            names.remove(0);
            Owner::Company
        }
        _ => searched,
    };
    if names.len() > 1 + MAX_HASH_DEPTH {
        return Err(sent.error("prop", "a path of at most 4 names, because hashes go 3 levels deep"));
    }
    Ok((owner, names))
}

fn is_delivery_ids(owner: Owner, names: &[String]) -> bool {
    owner == Owner::Profile && matches!(names, [name] if name == "delivery_ids")
}

/// The form in which the values are stored.
fn form(owner: Owner, names: &[String]) -> Form<'_> {
    match (owner, names) {
        (Owner::Profile, [name]) if name == "email" => Form::Email,
        (Owner::Profile, [name]) if ["id", "uid", "company_id", "delivery_ids"].contains(&name.as_str()) => Form::Text,
        (Owner::Company, [name]) if ["id", "uid"].contains(&name.as_str()) => Form::Text,
        (_, names) => Form::Property(names.last().map(String::as_str).unwrap_or_default()),
    }
}

fn test(sent: &Sent<'_>, value: &Reader<'_>) -> Result<Test, Error> {
    let op = sent.word("op", OPS)?.ok_or_else(|| sent.error("op", OPS))?;
    let negated = op.starts_with('n');
    Ok(match op.as_ref() {
        "ex" | "nx" => Test::Exists { negated },
        "eq" | "ne" => Test::Equal { value: value.any()?, negated },
        "gt" => Test::Compare(Comparison::Greater, value.comparable()?),
        "gte" => Test::Compare(Comparison::GreaterOrEqual, value.comparable()?),
        "lt" => Test::Compare(Comparison::Less, value.comparable()?),
        "lte" => Test::Compare(Comparison::LessOrEqual, value.comparable()?),
        "gt-d" => Test::Age(Window::After(days_ago(sent, value.now)?)),
        "lt-d" => Test::Age(Window::Before(days_ago(sent, value.now)?)),
        "in" | "nin" => Test::Contains { text: value.fragment()?, any_case: false, negated },
        "in-i" | "nin-i" => Test::Contains { text: value.folded_fragment()?, any_case: true, negated },
        "in-v" | "nin-v" => Test::OneOf { values: value.list()?, negated },
        "in-a" | "nin-a" => Test::Has { value: value.item()?, negated },
        "sw" => Test::StartsWith(value.fragment()?),
        _ => return Err(sent.error("op", OPS)),
    })
}

fn days_ago(sent: &Sent<'_>, now: Timestamp) -> Result<Timestamp, Error> {
    sent.given("value").and_then(|raw| days_before(now, raw)).ok_or_else(|| sent.error("value", DAYS))
}
