//! CloudWatch's metric math, as far as the template's alarms use it.
//!
//! The rules for periods without data are those of its documentation: arithmetic takes 0 where another series has a value, a comparison
//! with a number and `IF` give nothing, and what is divided by zero is dropped.

use std::collections::BTreeMap;

/// The values of consecutive periods, the newest last.
pub(super) type Series = Vec<Option<f64>>;

#[derive(Clone, Debug)]
enum Value {
    Number(f64),
    One(Series),
    Many(Vec<Series>),
}

/// An expression over metrics by their ids.
pub(super) struct Expression(Vec<String>);

impl Expression {
    pub(super) fn new(text: &str) -> Self {
        Self(tokens(text))
    }

    /// Computes it. `fills_empty` says if `FILL` also fills a series without any value, which the documentation leaves open.
    pub(super) fn compute(&self, metrics: &BTreeMap<&str, Series>, fills_empty: bool) -> Series {
        let mut parser = Parser { tokens: &self.0, metrics, fills_empty };
        match parser.either() {
            Value::One(series) if parser.tokens.is_empty() => series,
            other => panic!("{:?} gives no series: {other:?}, then {:?}", self.0, parser.tokens),
        }
    }

    /// Returns whether it says what a gap is filled with.
    pub(super) fn fills(&self) -> bool {
        self.0.iter().any(|token| token == "FILL")
    }
}

/// The expression's parts.
fn tokens(expression: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let mut joins = false;
    for letter in expression.chars() {
        let last = tokens.last_mut().filter(|_| joins);
        joins = !letter.is_whitespace();
        match last {
            Some(last) if is_word(letter) && last.ends_with(is_word) => last.push(letter),
            Some(last) if matches!((last.as_str(), letter), ("<" | ">" | "=" | "!", '=') | ("&", '&') | ("|", '|')) => last.push(letter),
            _ if letter.is_whitespace() => {}
            _ => tokens.push(letter.to_string()),
        }
    }
    tokens
}

struct Parser<'a> {
    tokens: &'a [String],
    metrics: &'a BTreeMap<&'a str, Series>,
    fills_empty: bool,
}

impl<'a> Parser<'a> {
    /// Takes the next part if it is one of these.
    fn take(&mut self, any: &[&str]) -> Option<&'a str> {
        let (first, rest) = self.tokens.split_first().filter(|(first, _)| any.contains(&first.as_str()))?;
        self.tokens = rest;
        Some(first)
    }

    fn either(&mut self) -> Value {
        let mut value = self.both();
        while self.take(&["OR", "||"]).is_some() {
            value = pairwise(value, self.both(), |one, other| Some(truth(one != 0.0 || other != 0.0)));
        }
        value
    }

    fn both(&mut self) -> Value {
        let mut value = self.comparison();
        while self.take(&["AND", "&&"]).is_some() {
            value = pairwise(value, self.comparison(), |one, other| Some(truth(one != 0.0 && other != 0.0)));
        }
        value
    }

    fn comparison(&mut self) -> Value {
        let value = self.sum();
        let Some(operator) = self.take(&["<", "<=", ">", ">=", "==", "!="]) else { return value };
        pairwise(value, self.sum(), |one, other| {
            Some(truth(match operator {
                "<" => one < other,
                "<=" => one <= other,
                ">" => one > other,
                ">=" => one >= other,
                "==" => one == other,
                _ => one != other,
            }))
        })
    }

    fn sum(&mut self) -> Value {
        let mut value = self.product();
        while let Some(operator) = self.take(&["+", "-"]) {
            value = pairwise(value, self.product(), |one, other| Some(if operator == "+" { one + other } else { one - other }));
        }
        value
    }

    fn product(&mut self) -> Value {
        let mut value = self.factor();
        while let Some(operator) = self.take(&["*", "/"]) {
            value = pairwise(value, self.factor(), |one, other| match operator {
                "*" => Some(one * other),
                _ => (other != 0.0).then(|| one / other),
            });
        }
        value
    }

    fn factor(&mut self) -> Value {
        let (token, rest) = self.tokens.split_first().expect("the expression ends too early");
        self.tokens = rest;
        if token == "(" {
            let value = self.either();
            self.take(&[")"]).expect("a closing parenthesis");
            return value;
        }
        if let Ok(number) = token.parse() {
            return Value::Number(number);
        }
        if self.take(&["("]).is_some() {
            let mut arguments = Vec::new();
            while self.take(&[")"]).is_none() {
                arguments.push(self.either());
                self.take(&[","]);
            }
            return self.call(token, arguments);
        }
        Value::One(self.metrics.get(token.as_str()).unwrap_or_else(|| panic!("no metric {token}")).clone())
    }

    fn call(&self, function: &str, mut arguments: Vec<Value>) -> Value {
        match (function, &mut arguments[..]) {
            ("METRICS", []) => Value::Many(self.metrics.values().cloned().collect()),
            ("SUM", [Value::Many(all)]) => Value::One(all.drain(..).reduce(|one, other| zip(&one, &other, |a, b| Some(a + b))).unwrap()),
            ("FILL", [Value::One(series), Value::Number(filler)]) => Value::One(self.filled(series, *filler)),
            ("FILL", [Value::Many(all), Value::Number(filler)]) => {
                Value::Many(all.iter().map(|series| self.filled(series, *filler)).collect())
            }
            ("IF", [Value::One(conditions), then, otherwise]) => Value::One(choose(conditions, then, otherwise)),
            (function, arguments) => panic!("{function} of {arguments:?} is not simulated"),
        }
    }

    fn filled(&self, series: &Series, filler: f64) -> Series {
        let fills = self.fills_empty || series.iter().any(Option::is_some);
        series.iter().map(|value| value.or(fills.then_some(filler))).collect()
    }
}

fn truth(is_true: bool) -> f64 {
    f64::from(u8::from(is_true))
}

fn zip(one: &Series, other: &Series, combine: impl Fn(f64, f64) -> Option<f64>) -> Series {
    let pairs = one.iter().zip(other);
    pairs.map(|pair| if let (None, None) = pair { None } else { combine(pair.0.unwrap_or(0.0), pair.1.unwrap_or(0.0)) }).collect()
}

fn pairwise(one: Value, other: Value, combine: impl Fn(f64, f64) -> Option<f64>) -> Value {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => Value::Number(combine(one, other).expect("a number")),
        (Value::One(one), Value::One(other)) => Value::One(zip(&one, &other, combine)),
        (Value::One(series), Value::Number(number)) => Value::One(series.iter().map(|value| combine((*value)?, number)).collect()),
        (Value::Number(number), Value::One(series)) => Value::One(series.iter().map(|value| combine(number, (*value)?)).collect()),
        (one, other) => panic!("{one:?} and {other:?} cannot be combined"),
    }
}

/// `IF`: nothing where the condition has no value; 0 where the chosen series has none and the condition is true.
fn choose(conditions: &Series, then: &Value, otherwise: &Value) -> Series {
    let of = |value: &Value, period: usize| match value {
        Value::Number(number) => Some(*number),
        Value::One(series) => series[period],
        Value::Many(_) => panic!("IF of an array"),
    };
    let chosen = |(period, condition): (usize, &Option<f64>)| match condition {
        None => None,
        Some(condition) if *condition != 0.0 => Some(of(then, period).unwrap_or(0.0)),
        Some(_) => of(otherwise, period),
    };
    conditions.iter().enumerate().map(chosen).collect()
}

#[test]
fn the_examples_of_the_documentation() {
    let series = |values: [i32; 5]| values.iter().map(|value| (*value >= 0).then(|| f64::from(*value))).collect::<Series>();
    let metrics: BTreeMap<_, _> = [
        ("one", series([1, 1, 0, 0, -1])),
        ("two", series([30, -1, 0, 0, 30])),
        ("three", series([0, 0, 20, -1, 20])),
        ("empty", series([-1; 5])),
    ]
    .into();
    for (expression, expected) in [
        ("IF(one, two, three)", [30, 0, 20, -1, -1]),
        ("IF(one, 5, three)", [5, 5, 20, -1, -1]),
        ("IF(one, two, 5)", [30, 0, 5, 5, -1]),
        ("two > three", [1, 0, 0, 0, 1]),
        ("two >= 30", [1, -1, 0, 0, 1]),
        ("two > 15 AND three > 15", [0, 0, 0, 0, 1]),
        ("two == 30 OR three == 20", [1, 0, 1, 0, 1]),
        ("two + 2 * three", [30, 0, 40, 0, 70]),
        ("100 * three / two", [0, -1, -1, -1, 66]),
        ("(two - 10) * 2", [40, -1, -20, -20, 40]),
        ("SUM(METRICS())", [31, 1, 20, 0, 50]),
        ("SUM(FILL(METRICS(), 1))", [32, 3, 21, 2, 52]),
        ("FILL(empty, 7)", [7; 5]),
    ] {
        let found: Vec<_> =
            Expression::new(expression).compute(&metrics, true).iter().map(|value| value.map_or(-1, |value| value as i32)).collect();
        assert_eq!(found, expected, "{expression}");
    }
    assert_eq!(Expression::new("FILL(empty, 7)").compute(&metrics, false), [None; 5]);
}
