//! What requests teach of properties.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::ConditionCheck;
use aws_sdk_dynamodb::types::builders::ConditionCheckBuilder;
use profiles_domain::{AccountId, CompanyId, MAX_SAMPLES, ProfileId, PropertyKind, PropertyTypes};
use profiles_normalization::Value;

use crate::dynamo::database::Database;
use crate::dynamo::value::text;
use crate::schema::attributes::ID;
use crate::schema::generation::Generation;
use crate::schema::keys;

/// A property by its kind and its normalized name.
pub(super) type Prop = (PropertyKind, String);

/// What one request tells of a property, if some of it is new.
pub(crate) struct News {
    pub(super) prop: Prop,
    pub(super) types: PropertyTypes,
    pub(super) is_cut: bool,
    /// The value as it is shown, if it is one of those to show.
    pub(super) value: Option<Value>,
}

/// The owner of values: they go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    Profile(ProfileId),
    /// A profile in one of its generations, of whose events they are.
    Generation(Generation),
    Company(CompanyId),
}

impl Owner {
    /// Its id, as it is stored with a value.
    pub(super) fn id(self) -> String {
        match self {
            Self::Profile(id) | Self::Generation(Generation { profile: id, .. }) => id.to_string(),
            Self::Company(id) => id.to_string(),
        }
    }

    /// The action that checks that it is there.
    pub(super) fn check(self, database: &Database, account: AccountId) -> ConditionCheckBuilder {
        let (table, slot) = match self {
            Self::Generation(generation) => return generation.check(database, account),
            Self::Profile(id) => (&database.tables.profiles, id.slot()),
            Self::Company(id) => (&database.tables.companies, id.slot()),
        };
        ConditionCheck::builder()
            .table_name(table)
            .set_key(Some(keys::slot(account, slot)))
            .condition_expression(format!("{ID} = :owner"))
            .expression_attribute_values(":owner", text(self.id()))
    }
}

/// A value of an owner.
#[derive(Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) value: Value,
    pub(super) owner: Owner,
}

/// All that is told of a property at once.
#[derive(Clone, Default)]
pub(super) struct Lesson {
    pub(super) types: PropertyTypes,
    pub(super) is_cut: bool,
    /// Different values, the latest first.
    pub(super) samples: Vec<Sample>,
}

/// What is told at once, by property.
#[derive(Default)]
pub(super) struct Lessons(pub(super) BTreeMap<Prop, Lesson>);

impl Lessons {
    /// Adds up news, the latest of which come first.
    pub(super) fn of(news: Vec<(Vec<News>, Owner)>) -> Self {
        let mut lessons = Self::default();
        for (owner, News { prop, types, is_cut, value }) in
            news.into_iter().flat_map(|(news, owner)| news.into_iter().map(move |one| (owner, one)))
        {
            let lesson = lessons.0.entry(prop).or_default();
            lesson.types = lesson.types.and(types);
            lesson.is_cut |= is_cut;
            if let Some(value) = value
                && lesson.samples.len() < MAX_SAMPLES
                && !lesson.samples.iter().any(|sample| sample.value == value)
            {
                lesson.samples.push(Sample { value, owner });
            }
        }
        lessons
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn props(&self) -> impl Iterator<Item = &Prop> {
        self.0.keys()
    }

    /// Leaves out the values of an owner that is gone.
    pub(super) fn drop_samples_of(&mut self, owner: Owner) {
        self.0.values_mut().for_each(|lesson| lesson.samples.retain(|sample| sample.owner != owner));
    }
}
