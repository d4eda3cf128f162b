//! An account with companies: some come with members, whose requests give them properties; the others are copies of those.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::Slot;
use profiles_tests::World;
use profiles_tests::invariants::{Item, text};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::super::model::{Known, User};
use super::super::population::{pick, properties, write};
use super::super::shapes::{Shape, fitting};
use super::super::trees::Tree;
use crate::fuzz::json::Json;
use crate::fuzz::reading::times;
use crate::fuzz::reading::values::Value;

/// Companies that come with a member, at most.
const MADE: usize = 40;

/// An account with companies.
pub(super) struct Account {
    pub(super) world: World,
    /// The companies, in place of users.
    pub(super) known: Known,
}

impl Account {
    /// Makes an account of this number of companies, in a world of its own.
    pub(super) async fn of(size: usize, seed: u64) -> Self {
        let world = World::new().await;
        let mut rng = StdRng::seed_from_u64(seed);
        let api = world.api();
        for number in 0..size.min(MADE) {
            found(&world, number, &mut rng).await;
        }
        // No company: one that was deleted, and the mark of a deletion.
        write(&world, vec![(world.tables.companies.clone(), tombstone(&world)), (world.tables.companies.clone(), marker(&world))]).await;
        copy(&world, size.saturating_sub(MADE), &mut rng).await;
        api.get("/").await;
        world.wait(Duration::from_secs(1));
        let known = companies(&world).await;
        Self { world, known }
    }

    /// Returns the ids of those that fit, the newest first.
    pub(super) fn fitting(&self, tree: &Tree) -> Vec<String> {
        fitting(&self.known, tree, &self.world)
    }

    /// Returns a search of each plan.
    pub(super) fn shapes(&self) -> Vec<Shape> {
        let uids: Vec<_> = self.known.users.values().filter_map(|company| company.text("uid")).collect();
        let shape = |plan, filters: &str, limit| {
            let filters = Json::parse(&format!("[{filters}]")).unwrap_or_else(|| panic!("{filters}")).items().to_vec();
            Shape { plan, tree: Tree { filters, op: "and" }, limit }
        };
        let values = Json::Array([uids[3], uids[9], "nobody"].map(Json::text).to_vec());
        vec![
            shape("key: uid", &format!(r#"{{"prop":"uid","op":"in-v","value":{values}}}"#), 50),
            shape("key: uid and a property", &format!(r#"{{"prop":"uid","op":"in-v","value":{values}}},{{"prop":"name","op":"ex"}}"#), 50),
            shape("walk: all", "", 30),
            shape("walk: many", r#"{"prop":"role","op":"ne","value":"owner"}"#, 20),
            shape("sweep: few", r#"{"prop":"rare","op":"eq","value":7}"#, 10),
            shape("sweep: few, decided here", r#"{"prop":"note","op":"in-i","value":"ÄÖ"},{"prop":"vip","op":"eq","value":true}"#, 10),
            shape("sweep: a start", r#"{"prop":"uid","op":"sw","value":"copy 1"}"#, 7),
            shape("sweep: none", r#"{"prop":"role","op":"eq","value":"nobody"}"#, 10),
        ]
    }
}

impl User {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        match self.fields.get(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// Reads all companies.
pub(super) async fn companies(world: &World) -> Known {
    let companies = Known::read(world).await.companies;
    let as_user = |(id, fields): (String, Arc<_>)| {
        let mut user = User { id: id.clone(), created_at: 0, fields: Arc::unwrap_or_clone(fields), ..User::default() };
        user.created_at = times::read(user.text("created_at").unwrap()).unwrap();
        (id, Arc::new(user))
    };
    Known { users: companies.into_iter().map(as_user).collect(), ..Known::default() }
}

/// Founds a company with a member, or gives it other properties.
pub(super) async fn found(world: &World, number: usize, rng: &mut StdRng) {
    let body = format!(r#"{{"uid":"member of {number}","company":{{"uid":"k{number}"{}}}}}"#, properties(rng));
    world.api().upsert(&body).await.id();
    world.wait(Duration::from_millis(if rng.random() { 1 } else { rng.random_range(1..20_000_000) }));
}

/// Returns the tombstone of a company.
fn tombstone(world: &World) -> Item {
    let slot = Slot::of_uid(world.account, "deleted");
    let string = |text: &str| AttributeValue::S(text.to_owned());
    let mut item = key(world, slot);
    item.extend(
        [("FORGOTTEN_AT", "2029-04-07T12:18:00.000Z"), ("DELETION", "5f3c4232c712de665632a6d5")]
            .map(|(name, text)| (name.to_owned(), string(text))),
    );
    item.extend(
        [("LAST", "1870000000"), ("REV", "3"), ("EXPIRES_AT", "1980000000")]
            .map(|(name, digits)| (name.to_owned(), AttributeValue::N(digits.to_owned()))),
    );
    item
}

fn marker(world: &World) -> Item {
    super::gone::marker(world, "5f3c4232c712de665632a6d5")
}

fn key(world: &World, slot: Slot) -> Item {
    let slot = slot.to_string();
    [("PK", format!("{}#{}", world.account, &slot[..1])), ("SK", slot)]
        .map(|(name, text)| (name.to_owned(), AttributeValue::S(text)))
        .into()
}

/// Writes this number of further companies.
async fn copy(world: &World, number: usize, rng: &mut StdRng) {
    let mut originals = world.items(&world.tables.companies).await;
    originals.retain(|item| text(item, "id").is_some());
    let now = world.now().unix_millis();
    let mut writes = Vec::new();
    for copy in 0..number {
        let uid = format!("copy {copy}");
        let slot = Slot::of_uid(world.account, &uid);
        // Many were created in the same second.
        let seconds = if rng.random() { i64::try_from(number / 4 + 1).unwrap() } else { 2_000_000 };
        let created = now - rng.random_range(0..seconds) * 1_000 - rng.random_range(0..1_000);
        let mut company: Item = pick(rng, &originals);
        company.extend(key(world, slot));
        for (name, text) in [
            ("id", format!("{:08x}{slot}", created / 1_000)),
            ("uid", uid),
            ("created_at", times::written(created)),
            ("updated_at", times::written(created + rng.random_range(0..1_000_000))),
        ] {
            company.insert(name.to_owned(), AttributeValue::S(text));
        }
        writes.push((world.tables.companies.clone(), company));
    }
    write(world, writes).await;
}
