//! Forms and queries, with brackets as Rails reads them.

use crate::fuzz::json::Json;

/// Nests the pairs of a form. `None` where the brackets do not fit together, or are deeper than five.
pub(crate) fn nested(pairs: &[(String, String)]) -> Option<Vec<(String, Json)>> {
    let mut fields = Vec::new();
    for (name, value) in pairs {
        match path(name) {
            // A name that is repeated whole is another field.
            path if path.len() == 1 => fields.push((path[0].to_owned(), Json::text(value))),
            path if path.len() > 6 => return None,
            path => {
                let place = fields.iter().rposition(|(known, _)| known == path[0]);
                let place = place.unwrap_or_else(|| {
                    fields.push((path[0].to_owned(), if path[1].is_empty() { Json::Array(vec![]) } else { Json::Object(vec![]) }));
                    fields.len() - 1
                });
                put(&mut fields[place].1, &path[1..], value)?;
            }
        }
    }
    Some(fields)
}

/// Splits `a[b][]` into `a`, `b` and nothing. A name with brackets anywhere else is whole.
fn path(name: &str) -> Vec<&str> {
    let whole = vec![name];
    let Some((first, rest)) = name.split_once('[') else { return whole };
    let Some(rest) = rest.strip_suffix(']').filter(|_| !first.is_empty()) else { return whole };
    let parts: Vec<_> = std::iter::once(first).chain(rest.split("][")).collect();
    if parts[1..].iter().any(|part| part.contains(['[', ']'])) { whole } else { parts }
}

fn put(into: &mut Json, path: &[&str], value: &str) -> Option<()> {
    match (into, path) {
        (Json::Array(items), [""]) => items.push(Json::text(value)),
        (Json::Array(items), ["", rest @ ..]) => {
            // What the last item has already, the next one begins with.
            let is_new = match items.last() {
                Some(last @ Json::Object(_)) => {
                    last.get(rest[0]).is_some_and(|known| rest.len() == 1 || !matches!(known, Json::Object(_) | Json::Array(_)))
                }
                _ => true,
            };
            if is_new {
                items.push(Json::Object(vec![]));
            }
            put(items.last_mut()?, rest, value)?;
        }
        (Json::Object(members), [name]) if !name.is_empty() => {
            if members.iter().any(|(known, value)| known == name && !matches!(value, Json::Text(_))) {
                return None;
            }
            members.push(((*name).to_owned(), Json::text(value)));
        }
        (Json::Object(members), [name, rest @ ..]) if !name.is_empty() => {
            let place = members.iter().rposition(|(known, _)| known == name).unwrap_or_else(|| {
                members.push(((*name).to_owned(), if rest[0].is_empty() { Json::Array(vec![]) } else { Json::Object(vec![]) }));
                members.len() - 1
            });
            put(&mut members[place].1, rest, value)?;
        }
        _ => return None,
    }
    Some(())
}
