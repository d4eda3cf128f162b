//! Mistakes that are planted in the protocol, by changing its calls on the wire. Each must be found.

use profiles_tests::World;
use serde_json::{Value, json};

use super::run::explore;
use super::schedules::{BY_UID, Pair, upsert};

#[derive(Clone, Copy, Debug)]
enum Mistake {
    /// Who frees an address does not raise the revision of the slot that the claim names.
    NoBarrier,
    /// An address is freed though the slot that the claim names has changed since it was read.
    FreedUnseen,
    /// A claim does not raise its revision.
    NoBump,
    /// A profile is given an address though it has changed since it was read.
    NoRevision,
    /// An address is released though it was claimed again since.
    Release,
}

/// The pairs of which one finds each mistake.
const PAIRS: [Pair; 3] = [
    Pair { died: None, before: &[], first: upsert("a", "x"), second: upsert("b", "x") },
    Pair { died: None, before: &[upsert("a", "x")], first: upsert("a", "y"), second: upsert("a", "x") },
    Pair { died: None, before: &[BY_UID], first: upsert("a", "x"), second: BY_UID },
];

impl Mistake {
    fn plant(self, world: &World) {
        let (profiles, identities) = (world.tables.profiles.clone(), world.tables.identities.clone());
        world.wire.plant(move |operation, call| {
            let is_in = |write: &Value, table: &str| write["TableName"] == table;
            let updates = |write: &Value, what: &str| write["UpdateExpression"].as_str().is_some_and(|update| update.contains(what));
            let releases = |write: &Value| is_in(write, &identities) && updates(write, "REMOVE id");
            match (self, operation) {
                (Self::NoBarrier | Self::FreedUnseen, "TransactWriteItems") => {
                    let Some([claim, slot]) = call["TransactItems"].as_array_mut().and_then(|all| all.get_disjoint_mut([0, 1]).ok()) else {
                        return;
                    };
                    if !releases(&claim["Update"]) || !is_in(&slot["Update"], &profiles) {
                        return;
                    }
                    if let Self::FreedUnseen = self {
                        without_condition(&mut slot["Update"]);
                    } else {
                        call["TransactItems"].as_array_mut().unwrap().truncate(1);
                    }
                }
                (Self::NoBump, "UpdateItem") if is_in(call, &identities) && updates(call, "SET id") => {
                    let update = call["UpdateExpression"].as_str().unwrap().replace(" ADD REV :one", "");
                    call["UpdateExpression"] = json!(update);
                    drop_unused_values(call);
                }
                (Self::NoRevision, "PutItem") if is_in(call, &profiles) => {
                    call["ConditionExpression"] = json!("attribute_not_exists(id) OR id = :id");
                    call["ExpressionAttributeValues"] = json!({":id": call["Item"]["id"]});
                }
                (Self::Release, "UpdateItem") if releases(call) => {
                    call["ConditionExpression"] = json!("id = :named");
                    drop_unused_values(call);
                }
                _ => {}
            }
        });
    }
}

fn without_condition(write: &mut Value) {
    write.as_object_mut().unwrap().remove("ConditionExpression");
    drop_unused_values(write);
}

/// Drops the values that no expression names: DynamoDB refuses them.
fn drop_unused_values(write: &mut Value) {
    let text = |name: &str| write[name].as_str().unwrap_or_default().to_owned();
    let expressions = text("UpdateExpression") + &text("ConditionExpression");
    write["ExpressionAttributeValues"].as_object_mut().unwrap().retain(|name, _| expressions.contains(name.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_in_the_protocol_is_found() {
    for mistake in [Mistake::NoBarrier, Mistake::FreedUnseen, Mistake::NoBump, Mistake::NoRevision, Mistake::Release] {
        let explored = explore(PAIRS.to_vec(), |world| mistake.plant(world)).await;
        eprintln!("{mistake:?}: {} failures in {} runs: {:?}", explored.failures.len(), explored.runs, explored.failures.first());
        assert!(!explored.failures.is_empty(), "{mistake:?} is not found in {} runs", explored.runs);
    }
    explore(PAIRS.to_vec(), |_| ()).await.assert_sound(100);
}
