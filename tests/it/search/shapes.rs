//! Searches of every plan, on a generated account.

use std::time::Duration;

use profiles_tests::World;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::model::{Known, User};
use super::naive;
use super::population::populate;
use super::trees::Tree;
use crate::fuzz::json::Json;
use crate::fuzz::reading::values::Value;

/// A search, and how it is answered.
pub(super) struct Shape {
    pub(super) plan: &'static str,
    pub(super) tree: Tree,
    pub(super) limit: usize,
}

/// An account, and what is known of it.
pub(super) struct Account {
    pub(super) world: World,
    pub(super) known: Known,
}

impl Account {
    /// Makes an account of about this number of profiles, in a world of its own.
    pub(super) async fn of(size: usize, seed: u64) -> Self {
        let world = World::new().await;
        populate(&world, size, &mut StdRng::seed_from_u64(seed)).await;
        world.wait(Duration::from_secs(1));
        let known = Known::read(&world).await;
        Self { world, known }
    }

    /// Returns the ids of those who fit, the newest first.
    pub(super) fn fitting(&self, tree: &Tree) -> Vec<String> {
        fitting(&self.known, tree, &self.world)
    }

    /// Returns a search of each plan.
    pub(super) fn shapes(&self) -> Vec<Shape> {
        let of = |field: &str| self.known.users.values().filter_map(move |user| text(user, field)).collect::<Vec<_>>();
        let (uids, emails) = (of("uid"), of("email"));
        let list = |texts: &[&str]| Json::Array(texts.iter().map(|text| Json::text(*text)).collect::<Vec<_>>()).to_string();
        let shape = |plan, filters: &str, limit| {
            let filters = Json::parse(&format!("[{filters}]")).unwrap_or_else(|| panic!("{filters}")).items().to_vec();
            Shape { plan, tree: Tree { filters, op: "and" }, limit }
        };
        vec![
            shape("key: uid", &format!(r#"{{"prop":"uid","op":"in-v","value":{}}}"#, list(&[uids[3], uids[9], "nobody"])), 50),
            shape("key: email", &format!(r#"{{"prop":"email","op":"in-v","value":{}}}"#, list(&[emails[3], emails[9], "no@body.co"])), 50),
            shape(
                "key: email and what was done",
                &format!(
                    r#"{{"prop":"email","op":"in-v","value":{}}},{{"kind":"event","prop":"signedUp","op":"nx"}}"#,
                    list(&emails[..10])
                ),
                50,
            ),
            shape("index: uid", r#"{"prop":"uid","op":"sw","value":"x1"}"#, 7),
            shape("index: email", r#"{"prop":"email","op":"sw","value":"copy1"}"#, 7),
            shape("index: company", r#"{"prop":"company.uid","op":"in-v","value":"c17,c18,c19,c20,c21,c22,c23"}"#, 5),
            shape("walk: everybody", "", 30),
            shape("walk: many", r#"{"prop":"percent","op":"lt","value":60}"#, 20),
            shape("sweep: few", r#"{"prop":"rare","op":"eq","value":7},{"prop":"percent","op":"lt","value":80}"#, 10),
            shape("sweep: few, decided here", r#"{"prop":"note","op":"in-i","value":"ÄÖ"},{"prop":"percent","op":"lt","value":9}"#, 10),
            shape("sweep: none", r#"{"prop":"role","op":"eq","value":"nobody"}"#, 10),
            shape("heads: an event", r#"{"kind":"event","prop":"Imported Leads","mod":"gte","range":1}"#, 20),
            shape("heads: events to be counted", r#"{"kind":"event","prop":"signedUp","mod":"lte","range":1,"cond":"gt-d","int":5}"#, 20),
            shape("heads: not done", r#"{"kind":"survey","value":"s1","op":"nx"},{"prop":"company.plan","op":"ne","value":"gold"}"#, 20),
        ]
    }
}

/// Returns the ids of those who fit, the newest first.
pub(super) fn fitting(known: &Known, tree: &Tree, world: &World) -> Vec<String> {
    let now = world.now().unix_millis();
    let fits = |user: &&std::sync::Arc<User>| naive::fits(user, &tree.filters, tree.op, now);
    known.users.values().filter(fits).map(|user| user.id.clone()).rev().collect()
}

fn text<'u>(user: &'u User, field: &str) -> Option<&'u str> {
    match user.fields.get(field) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}
