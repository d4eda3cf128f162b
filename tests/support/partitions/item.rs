//! Items as DynamoDB stores them, and updates of them, as far as their size and the keys of indexes depend on them.

use serde_json::{Map, Value};

/// The attributes of an item, in DynamoDB's JSON.
pub(super) type Item = Map<String, Value>;

/// Returns the size of an item in bytes, by DynamoDB's rules.
pub(super) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + size_of_value(value)).sum()
}

fn size_of_value(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else { return 0 };
    let each = |value: &Value, size: fn(&Value) -> usize| -> usize { value.as_array().into_iter().flatten().map(size).sum() };
    match kind.as_str() {
        "S" => size_of_text(value),
        "N" => size_of_number(value),
        "B" => size_of_text(value) * 3 / 4,
        "SS" => each(value, size_of_text),
        "NS" => each(value, size_of_number),
        "L" => 3 + each(value, |value| 1 + size_of_value(value)),
        "M" => 3 + value.as_object().map_or(0, |entries| entries.len() + size(entries)),
        _ => 1,
    }
}

fn size_of_text(text: &Value) -> usize {
    text.as_str().map_or(0, str::len)
}

fn size_of_number(number: &Value) -> usize {
    number.as_str().map_or(0, |digits| digits.len().div_ceil(2) + 1)
}

/// Applies an update expression. The result of arithmetic is not computed: its size is that of its operand.
pub(super) fn update(item: &mut Item, update: &Value) {
    let expression = update["UpdateExpression"].as_str().unwrap_or_default();
    let name = |token: &str| update["ExpressionAttributeNames"][token].as_str().unwrap_or(token).to_owned();
    let value = |token: &str| update["ExpressionAttributeValues"][token].clone();
    for (clause, part) in parts(expression) {
        match clause {
            "SET" => {
                let Some((target, source)) = part.split_once('=') else { continue };
                let (target, source) = (name(target.trim()), source.trim());
                let is_kept = item.contains_key(&target) && source.starts_with("if_not_exists");
                let Some(operand) = source.split([' ', ',', '(', ')']).rfind(|token| token.starts_with(':')) else { continue };
                match item.get_mut(&target).and_then(|list| list.get_mut("L")?.as_array_mut()).filter(|_| source.starts_with("list_append"))
                {
                    Some(list) => list.extend(value(operand)["L"].as_array().into_iter().flatten().cloned()),
                    None if is_kept => {}
                    None => _ = item.insert(target, value(operand)),
                }
            }
            "ADD" => {
                let Some((target, operand)) = part.split_once(' ') else { continue };
                let (target, added) = (name(target), value(operand.trim()));
                match item.get_mut(&target).and_then(|set| set.get_mut("SS")?.as_array_mut()) {
                    Some(set) => set.extend(added["SS"].as_array().into_iter().flatten().cloned()),
                    None => _ = item.insert(target, added),
                }
            }
            _ => _ = item.remove(&name(&part)),
        }
    }
}

/// Divides an update expression into its parts, each with its clause.
fn parts(expression: &str) -> Vec<(&str, String)> {
    let mut parts: Vec<(&str, String)> = Vec::new();
    let (mut clause, mut depth) = ("", 0_u32);
    for word in expression.split_inclusive([' ', ',', '(', ')']) {
        match word.trim() {
            keyword @ ("SET" | "ADD" | "REMOVE" | "DELETE") => {
                clause = keyword;
                parts.push((clause, String::new()));
                continue;
            }
            word if word.ends_with('(') => depth += 1,
            word if word.ends_with(')') => depth -= 1,
            word if word.ends_with(',') && depth == 0 => {
                parts.last_mut().unwrap().1.push_str(word.trim_end_matches(','));
                parts.push((clause, String::new()));
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().1.push_str(word);
    }
    parts.into_iter().map(|(clause, part)| (clause, part.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_size_is_that_of_names_and_values() {
        let item = json!({"PK": {"S": "abc"}, "n": {"N": "1234"}, "b": {"B": "QUJD"}, "l": {"L": [{"S": "x"}, {"BOOL": true}]}, "s": {"SS": ["ab"]}});
        assert_eq!(size(item.as_object().unwrap()), 5 + 4 + 4 + (1 + 3 + 2 + 2) + 3);
    }

    #[test]
    fn an_update_sets_adds_appends_and_removes() {
        let mut item =
            json!({"PK": {"S": "x"}, "kept": {"S": "old"}, "gone": {"S": "y"}, "list": {"L": [{"S": "a"}]}}).as_object().unwrap().clone();
        let expression = "SET #a = :a, kept = if_not_exists(kept, :a), list = list_append(if_not_exists(list, :none), :more) REMOVE gone, never ADD rev :one";
        update(
            &mut item,
            &json!({
                "UpdateExpression": expression,
                "ExpressionAttributeNames": {"#a": "state"},
                "ExpressionAttributeValues": {":a": {"S": "new"}, ":none": {"L": []}, ":more": {"L": [{"S": "b"}]}, ":one": {"N": "1"}},
            }),
        );
        let expected = json!({
            "PK": {"S": "x"}, "kept": {"S": "old"}, "state": {"S": "new"}, "list": {"L": [{"S": "a"}, {"S": "b"}]}, "rev": {"N": "1"},
        });
        assert_eq!(Value::Object(item), expected);
    }
}
