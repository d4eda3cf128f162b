//! Random trees of filters over random profiles.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_filters::{Activity, ActivityFilter, Comparison, Field, Filter, Filters, Group, GroupOp, PropertyFilter, Test, Window};
use profiles_normalization::{Timestamp, Value};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::table::{Profiles, company_id, company_set, profile_id};
use super::values::{TIME, all, hash, text, texts};
use crate::dynamo::value::to_attribute;
use crate::schema::attributes::{COMPANY_ID, DELIVERY_IDS};
use crate::search::known::Sets;

const SEED: u64 = 20_290_407;
const PROFILES: usize = 320;
const TREES: usize = 400;
const COMPANIES: usize = 6;
/// Names of properties, two of which hold hashes.
const NAMES: [&str; 6] = ["plan", "size", "score", "last_seen_at", "traits", "in"];

struct Dice(StdRng);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    fn pick<T: Clone>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len())].clone()
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A value; mostly one of few, so that filters find something.
    fn value(&mut self) -> Value {
        let all = all();
        if self.one_in(3) {
            self.pick(&all)
        } else {
            self.pick(&[text("abc"), text("ABC"), text(TIME), all[4].clone(), Value::Null, all[0].clone()])
        }
    }

    fn profile(&mut self) -> Vec<(String, AttributeValue)> {
        let mut attributes = Vec::new();
        for name in NAMES {
            if self.one_in(4) {
                continue;
            }
            let value = match name {
                "last_seen_at" => self.pick(&[Value::Null, text(TIME), text("1999-12-31T23:59:59.999Z")]),
                "traits" | "in" => {
                    let (one, two, three) = (self.value(), self.value(), self.value());
                    hash(&[("plan", one), ("in", hash(&[("size", two), ("plan", three)]))])
                }
                _ => self.value(),
            };
            attributes.push((name.to_owned(), to_attribute(value)));
        }
        if !self.one_in(3) {
            let id = company_id(self.below(COMPANIES));
            attributes.push((COMPANY_ID.to_owned(), AttributeValue::S(id.to_string())));
        }
        if self.one_in(3) {
            let id = self.pick(&["000000010000000000000005", "000000020000000000000005"]);
            let until = self.pick(&["", "#1999-12-31T23:59:59.999Z", "#2029-04-08T12:18:00.000Z"]);
            attributes.push((DELIVERY_IDS.to_owned(), AttributeValue::L(vec![AttributeValue::S(format!("{id}{until}"))])));
        }
        attributes
    }

    fn field(&mut self) -> Field {
        if self.one_in(8) {
            return Field::DeliveryIds;
        }
        let paths =
            [&["plan"][..], &["size"], &["score"], &["last_seen_at"], &["traits", "plan"], &["in", "in", "size"], &["plan", "in"], &["id"]];
        Field::Path(self.pick(&paths).iter().map(|name| (*name).to_owned()).collect())
    }

    fn test_of_company(&mut self) -> Test {
        let negated = self.one_in(2);
        let mut id = || text(company_id(self.below(COMPANIES)).to_string());
        match (id(), id()) {
            (value, other) if value == other => Test::Equal { value, negated },
            (one, other) => Test::OneOf { values: vec![one, other], negated },
        }
    }

    fn test(&mut self) -> Test {
        let (value, negated) = (self.value(), self.one_in(2));
        let texts = texts();
        let part = if self.one_in(2) { "ab".to_owned() } else { self.pick(&texts) };
        match self.below(10) {
            0 => Test::Exists { negated },
            1 | 2 => Test::Equal { value, negated },
            3 => {
                let comparison = self.pick(&[Comparison::Greater, Comparison::GreaterOrEqual, Comparison::Less, Comparison::LessOrEqual]);
                Test::Compare(comparison, value)
            }
            4 => Test::Contains { text: part.to_lowercase(), any_case: true, negated },
            5 => Test::Contains { text: part, any_case: false, negated },
            6 => Test::OneOf { values: (0..self.below(5)).map(|_| self.value()).collect(), negated },
            7 => Test::Has { value, negated },
            8 => {
                let time = Timestamp::parse_canonical(TIME).unwrap();
                Test::Age(self.pick(&[Window::After(time), Window::Before(time)]))
            }
            _ => Test::StartsWith(part),
        }
    }

    fn filter(&mut self, levels: usize, tree: &mut Filters, sets: &mut Sets) -> Filter {
        match self.below(if levels == 0 { 10 } else { 16 }) {
            2 => Filter::Property(PropertyFilter { field: Field::Path(vec![COMPANY_ID.into()]), test: self.test_of_company() }),
            0 => {
                let companies: Vec<_> = (0..COMPANIES).filter(|_| self.one_in(2)).collect();
                sets.companies.push(company_set(companies, self.one_in(2)));
                tree.companies += 1;
                let filter = PropertyFilter { field: Field::Path(vec!["plan".into()]), test: Test::Exists { negated: false } };
                Filter::Company(tree.companies - 1, filter)
            }
            1 if self.one_in(3) => {
                sets.activities.push((0..PROFILES).filter(|_| self.one_in(2)).map(profile_id).collect());
                tree.activities += 1;
                let negated = self.one_in(2);
                Filter::Activity(
                    tree.activities - 1,
                    ActivityFilter { activity: Activity::Event("won".into(), None), window: None, negated },
                )
            }
            1..10 => Filter::Property(PropertyFilter { field: self.field(), test: self.test() }),
            _ => Filter::Group(self.group(levels - 1, tree, sets)),
        }
    }

    fn group(&mut self, levels: usize, tree: &mut Filters, sets: &mut Sets) -> Group {
        let op = self.pick(&[GroupOp::And, GroupOp::Or]);
        let filters = (0..self.below(5)).map(|_| self.filter(levels, tree, sets)).collect();
        Group { op, filters }
    }
}

#[tokio::test]
async fn random_trees_let_through_who_fits() {
    let mut dice = Dice(StdRng::seed_from_u64(SEED));
    let profiles = Profiles::new((0..PROFILES).map(|_| dice.profile())).await;
    let (mut exact, mut telling) = (0, 0);
    for _ in 0..TREES {
        let (mut tree, mut sets) = (Filters::default(), Sets::default());
        let group = dice.group(4, &mut tree, &mut sets);
        tree.group = group;
        if dice.one_in(2) {
            sets.gone = (0..COMPANIES).filter(|_| dice.one_in(2)).map(company_id).collect();
            for set in &mut sets.companies {
                set.ids.retain(|id| !sets.gone.contains(id));
            }
        }
        let outcome = profiles.ask(&tree, &sets).await;
        outcome.check();
        exact += usize::from(outcome.expression.is_exact);
        telling += usize::from(outcome.let_through.len() < PROFILES && !outcome.fitting.is_empty());
    }
    assert!(exact > TREES / 4 && telling > TREES / 4, "{exact} exact, {telling} leave some out and find some");
}
