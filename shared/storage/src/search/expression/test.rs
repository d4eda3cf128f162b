//! The tests of single attributes.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_filters::{Comparison, Test, Window};
use profiles_normalization::{Timestamp, UNIX_MILLIS, UNIX_SECONDS, Value};

use super::limits::{OverLimits, Writer};
use super::part::{Part, Shape};
use crate::dynamo::value::{text, to_attribute};
use crate::schema::attributes::DELIVERY_IDS;
use crate::search::kind::Kind;

/// Operands of `IN` at most.
const MAX_OPERANDS: usize = 100;
/// Times are between these texts.
const TIMES: [&str; 2] = ["0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"];

/// A test of what is at a path.
pub(super) fn of_path(writer: &mut Writer, kind: Kind, names: &[String], test: &Test) -> Result<Part, OverLimits> {
    let path = &writer.path(names)?;
    let is_time = matches!(names, [name] if kind.is_always_time(name));
    let (part, is_negated) = match test {
        Test::Exists { negated } => (exists(writer, path)?, *negated),
        Test::Equal { value, negated } => (one_of(writer, path, vec![to_attribute(value.clone())])?, *negated),
        Test::Compare(comparison, value) => (compared(writer, path, is_time, *comparison, value)?, false),
        Test::Age(window) => (aged(writer, path, is_time, *window)?, false),
        Test::Contains { text: part_of, any_case: false, negated } if !part_of.is_empty() => {
            (typed_and_contains(writer, path, "S", text(part_of))?, *negated)
        }
        // Every string contains the empty text, and DynamoDB cannot ignore the case.
        Test::Contains { text, negated, .. } if text.is_empty() => (has_type(writer, path, "S")?, *negated),
        Test::Contains { negated, .. } => (has_type(writer, path, "S")?.inexact(), *negated),
        Test::OneOf { values, negated } => (one_of(writer, path, values.iter().cloned().map(to_attribute).collect())?, *negated),
        Test::Has { value: Value::Null | Value::Array(_) | Value::Hash(_), negated } => (has_type(writer, path, "L")?.inexact(), *negated),
        Test::Has { value, negated } => (typed_and_contains(writer, path, "L", to_attribute(value.clone()))?, *negated),
        Test::StartsWith(start) if start.is_empty() => (has_type(writer, path, "S")?, false),
        Test::StartsWith(start) => {
            let start = writer.value(text(start));
            (writer.condition(format!("begins_with({path},{start})"), Shape::Single, 1)?, false)
        }
    };
    if is_negated { writer.negated(part) } else { Ok(part) }
}

/// A test of the deliveries that are pending. DynamoDB cannot tell which of those in the list are.
pub(super) fn of_delivery_ids(writer: &mut Writer, test: &Test) -> Result<Part, OverLimits> {
    let fits_without = match test {
        Test::Exists { negated }
        | Test::Equal { negated, .. }
        | Test::Contains { negated, .. }
        | Test::OneOf { negated, .. }
        | Test::Has { negated, .. } => *negated,
        Test::Compare(..) | Test::Age(_) | Test::StartsWith(_) => false,
    };
    if fits_without {
        return Ok(Part::UNKNOWN);
    }
    let path = writer.path(&[DELIVERY_IDS.to_owned()])?;
    Ok(exists(writer, &path)?.inexact())
}

/// Whether what is at a path is one of these values.
pub(super) fn one_of(writer: &mut Writer, path: &str, values: Vec<AttributeValue>) -> Result<Part, OverLimits> {
    // `IN` is documented for strings, numbers and binary values.
    let (listed, others): (Vec<_>, Vec<_>) =
        values.into_iter().partition(|value| matches!(value, AttributeValue::S(_) | AttributeValue::N(_)));
    let listed = placeholders(writer, listed);
    let others = placeholders(writer, others);
    let mut any = Part::NEVER;
    for operands in listed.chunks(MAX_OPERANDS).chain(others.chunks(1)) {
        let text = match operands {
            [operand] => format!("{path}={operand}"),
            operands => format!("{path} IN ({})", operands.join(",")),
        };
        any = any.or(writer.condition(text, Shape::Single, 1)?);
    }
    Ok(any)
}

fn placeholders(writer: &mut Writer, values: Vec<AttributeValue>) -> Vec<String> {
    values.into_iter().map(|value| writer.value(value)).collect()
}

fn exists(writer: &mut Writer, path: &str) -> Result<Part, OverLimits> {
    writer.condition(format!("attribute_exists({path})"), Shape::Single, 1)
}

fn has_type(writer: &mut Writer, path: &str, of_type: &str) -> Result<Part, OverLimits> {
    let of_type = writer.value(text(of_type));
    writer.condition(format!("attribute_type({path},{of_type})"), Shape::Single, 1)
}

/// Whether what is at a path is of this type and contains this: DynamoDB's `contains` takes strings, sets and lists.
fn typed_and_contains(writer: &mut Writer, path: &str, of_type: &str, value: AttributeValue) -> Result<Part, OverLimits> {
    let (of_type, value) = (writer.value(text(of_type)), writer.value(value));
    writer.condition(format!("attribute_type({path},{of_type}) AND contains({path},{value})"), Shape::And, 3)
}

fn compared(writer: &mut Writer, path: &str, is_time: bool, comparison: Comparison, value: &Value) -> Result<Part, OverLimits> {
    let is_exact = match value {
        Value::Number(_) => true,
        Value::String(text) => compares_exactly(is_time, comparison, text),
        // They have no order.
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Hash(_) => return Ok(Part::UNKNOWN),
    };
    let operator = match comparison {
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Equal => "=",
    };
    let value = writer.value(to_attribute(value.clone()));
    let part = writer.condition(format!("{path}{operator}{value}"), Shape::Single, 1)?;
    Ok(if is_exact { part } else { part.inexact() })
}

/// Whether what is at a path is a time in a window, or a number that may be one.
fn aged(writer: &mut Writer, path: &str, is_time: bool, window: Window) -> Result<Part, OverLimits> {
    let (comparison, at) = match window {
        Window::After(at) => (Comparison::Greater, at),
        Window::Before(at) => (Comparison::Less, at),
    };
    let of_texts = compared(writer, path, is_time, comparison, &Value::String(at.to_string()))?;
    if of_texts.is_exact {
        return Ok(of_texts);
    }
    let mut any = of_texts;
    for (range, at) in [(UNIX_SECONDS, at.unix_seconds()), (UNIX_MILLIS, at.unix_millis())] {
        let at = at.clamp(range.start, range.end);
        let (low, high) = match window {
            Window::After(_) => (at, range.end),
            Window::Before(_) => (range.start, at),
        };
        let [low, high] = [low, high].map(|bound| writer.value(AttributeValue::N(bound.to_string())));
        any = any.or(writer.condition(format!("{path} BETWEEN {low} AND {high}"), Shape::Single, 2)?.inexact());
    }
    Ok(any)
}

/// Whether DynamoDB, to which times are strings as others, compares what is always a time or may be anything with a string as the predicate does, which keeps them apart.
fn compares_exactly(is_time: bool, comparison: Comparison, text: &str) -> bool {
    if Timestamp::parse_canonical(text).is_some() {
        return comparison == Comparison::Equal || is_time;
    }
    let [first, last] = TIMES;
    match comparison {
        Comparison::Equal => true,
        Comparison::Greater | Comparison::GreaterOrEqual => text > last,
        Comparison::Less | Comparison::LessOrEqual => text < first,
    }
}
