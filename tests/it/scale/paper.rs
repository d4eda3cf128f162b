//! The figures of docs/scale.md, computed anew from those that they follow from.

use profiles_tests::project_file;
use profiles_tests::scale::{INSTANCES, Kind, READS, UPSERTS, WRITES, harmonic};

/// Millions of upserts in a month of thirty days.
const MILLIONS: f64 = UPSERTS * 86_400.0 * 30.0 / 1e6;
/// Millions of users.
const USERS: f64 = 100.0;

/// The price with a letter in docs/operations.md.
fn price(letter: &str) -> f64 {
    let document = project_file("docs/operations.md");
    let row = document.lines().find(|line| line.starts_with('|') && line.ends_with(&format!("| {letter} |")));
    let price = row.unwrap_or_else(|| panic!("no price {letter}")).split('|').nth(2).unwrap();
    price.trim().parse().unwrap()
}

/// Writes a number as the document does: `16,000`.
fn number(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn row(cells: &[&str]) -> String {
    let cell = |cell: &&str| if cell.is_empty() { " |".to_owned() } else { format!(" {cell} |") };
    format!("|{}", cells.iter().map(cell).collect::<String>())
}

#[track_caller]
fn says(text: &str) {
    assert!(project_file("docs/scale.md").contains(text), "docs/scale.md lacks `{text}`");
}

/// Units of an upsert: of `profiles`, `identities`, and the indexes by creation, uid and address.
const UNITS: [(&str, [f64; 5]); 6] = [
    ("known users", [1.0, 0.0, 0.0, 0.0, 0.0]),
    ("new users", [1.0, 0.0, 1.0, 1.0, 0.0]),
    ("new users with an address", [2.0, 1.0, 1.0, 1.0, 1.0]),
    ("changed addresses", [2.0, 2.0, 0.0, 0.0, 2.0]),
    ("new users, by batch", [1.0, 0.0, 1.0, 1.0, 0.0]),
    ("new users with an address, by batch", [1.0, 1.0, 1.0, 1.0, 1.0]),
];

#[test]
fn units_a_second_of_each_table() {
    for (what, units) in UNITS {
        let each: f64 = units.iter().sum();
        let cells: Vec<_> = units.iter().map(|units| if *units == 0.0 { String::new() } else { number(units * UPSERTS) }).collect();
        let (each, sum) = (number(each), number(each * UPSERTS));
        let mut all = vec![what, &each];
        all.extend(cells.iter().map(String::as_str));
        all.push(&sum);
        says(&row(&all));
    }
}

#[test]
fn the_hottest_keys() {
    let by_key = 16.0 * WRITES;
    says(&format!("{} new users a second", number(by_key)));
    let hottest = Kind::Zipf.hottest();
    says(&format!("1 ÷ {:.1}", harmonic(USERS * 1e6)));
    says(&format!("{:.1} %", hottest * 100.0));
    says(&format!("{} a second", number(hottest * UPSERTS)));
    says(&format!("{} upserts a second", number((WRITES / hottest / 100.0).floor() * 100.0)));
    says(&format!("{} reads a second", number(READS)));
}

#[test]
fn the_cost_of_a_month() {
    let [w, r, a, l, g, c] = ["W", "R", "A", "L", "G", "C"].map(price);
    // The API is cheaper beyond 300 million.
    let api = |millions: f64| a * millions.min(300.0) + 0.9 * (millions - 300.0).max(0.0);
    let single = |units: f64, m: f64| [w * units * m, 0.0, api(m), l * m, g * 1e6 * 0.012 * 0.5 * m, c * 0.38 * m];
    let batch = |units: f64, m: f64| [w * (units + 0.128 + 0.0026) * m, r * 1.016 * m, 0.0, 0.0, g * 200.0 * 3.0 * 1.73 * m, 0.0];
    for (what, costs) in [
        ("known users, one by one", single(1.0, MILLIONS)),
        ("known users, by batch", batch(1.0, MILLIONS)),
        ("once: 100 million new users with an address, one by one", single(6.0, USERS)),
        ("once: the same by batch", batch(5.0, USERS)),
    ] {
        let cells: Vec<_> = costs.iter().map(|cost| if *cost == 0.0 { String::new() } else { number(*cost) }).collect();
        let sum = format!("**{}**", number(costs.iter().sum()));
        let mut all = vec![what];
        all.extend(cells.iter().map(String::as_str));
        all.push(&sum);
        says(&row(&all));
    }

    // A unit an hour: on demand, if it is used all the time; provisioned, by its list price.
    let (on_demand, provisioned) = (3_600.0 * w / 1e6, 0.00065);
    says(&format!("{:.0} %", 100.0 * provisioned / on_demand));
    let month = UPSERTS / 0.7 * provisioned * 720.0;
    for (what, part) in [("provisioned", 1.0), ("reserved for a year", 0.46), ("reserved for three years", 0.23)] {
        says(&row(&[what, &number(month * part)]));
    }
    says(&row(&["on demand", &number(w * MILLIONS)]));
}

#[test]
fn instances_and_storage() {
    says(&format!("{} instances at once", number(UPSERTS * 0.012)));
    says(&format!("{} concurrent executions", number(INSTANCES)));
    says(&format!("{:.0} GB", USERS * 1.6));
    says(&format!("{:.0} dollars a month", USERS * 1.6 * 0.45));
}
