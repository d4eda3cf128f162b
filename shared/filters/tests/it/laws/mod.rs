//! Laws that hold for all filters and records.

mod generate;
mod naive;
mod stored;
mod text;

use proptest::prelude::*;
use serde_json::Value as Json;

use crate::support::{Person, filters, person};
use generate::{Record, leaf, record, tree};

fn person_of(record: &Record) -> Person {
    let mut found = person(&record.properties.to_string());
    found.company = record.company.as_ref().map(|company| Box::new(person(&company.to_string())));
    found.delivery_ids.clone_from(&record.delivery_ids);
    found.events.clone_from(&record.events);
    found
}

/// The same filters with each list in another order.
fn reversed(filter: &Json) -> Json {
    match filter {
        Json::Array(items) => items.iter().rev().map(reversed).collect(),
        Json::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), if name == "filters" { reversed(member) } else { member.clone() })).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn generated_texts_are_in_their_normal_form() {
    for text in generate::TEXTS {
        assert_eq!(profiles_normalization::text("p", text, crate::support::now(), &mut Vec::new()), crate::support::value(&text.into()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whoever_fits_by_another_reading_fits(tree in tree(), records in prop::collection::vec(record(), 1..8)) {
        let filters = filters(&tree.to_string());
        for record in &records {
            prop_assert_eq!(filters.fit(&person_of(record)), naive::all(&tree, record), "{} {:?}", tree, record);
        }
    }

    #[test]
    fn each_filter_alone_fits_as_by_another_reading(leaf in leaf(), records in prop::collection::vec(record(), 1..8)) {
        let tree = Json::Array(vec![leaf]);
        let filters = filters(&tree.to_string());
        for record in &records {
            prop_assert_eq!(filters.fit(&person_of(record)), naive::all(&tree, record), "{} {:?}", tree, record);
        }
    }

    #[test]
    fn the_order_of_filters_does_not_matter(tree in tree(), record in record()) {
        let record = person_of(&record);
        prop_assert_eq!(filters(&tree.to_string()).fit(&record), filters(&reversed(&tree).to_string()).fit(&record));
    }

    #[test]
    fn a_negated_operator_is_the_complement(leaf in leaf(), record in record()) {
        let op = leaf.get("op").and_then(Json::as_str).unwrap_or("ex");
        let opposite = match op {
            "ex" => "nx",
            "eq" => "ne",
            "in" => "nin",
            "in-i" => "nin-i",
            "in-v" => "nin-v",
            "in-a" => "nin-a",
            _ => return Ok(()),
        };
        let mut negated = leaf.clone();
        negated.as_object_mut().unwrap().insert("op".to_owned(), opposite.into());
        let record = person_of(&record);
        let of = |leaf: Json| filters(&Json::Array(vec![leaf]).to_string()).fit(&record);
        prop_assert_ne!(of(leaf), of(negated));
    }

    #[test]
    fn nothing_fits_what_a_record_without_properties_fits(leaf in leaf()) {
        use profiles_filters::Filter;
        let filters = filters(&Json::Array(vec![leaf]).to_string());
        if let [Filter::Property(filter) | Filter::Company(_, filter)] = filters.group.filters.as_slice() {
            prop_assert_eq!(filter.fits_nothing(), filter.fits(&Person::default()));
        }
    }

    #[test]
    fn who_fits_fits_each_filter_that_is_required(tree in tree(), record in record()) {
        let (filters, record) = (filters(&tree.to_string()), person_of(&record));
        if filters.fit(&record) {
            for filter in filters.required() {
                let alone = profiles_filters::Filters {
                    group: profiles_filters::Group { filters: vec![filter.clone()], ..Default::default() },
                    ..Default::default()
                };
                prop_assert!(alone.fit(&record), "{}", tree);
            }
        }
    }
}
