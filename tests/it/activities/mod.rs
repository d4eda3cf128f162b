//! Activities: events, experiences and deliveries, their lists, and their removal.

mod as_the_original;
mod clear_and_forget;
mod deliveries;
mod events;
mod experiences;
mod faults;
mod heads;
mod lists;

use profiles_domain::AccountId;
use profiles_tests::activities::Activities;
use profiles_tests::{Reply, World};

const NO_IDENTIFIER: &str =
    "Unprocessable: No identifier found. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter";
/// An id that no record has.
const UNKNOWN: &str = "5f3c4232c712de665632a6d5";

fn must_be(field: &str, expected: &str) -> String {
    format!("Unprocessable: `{field}` must be {expected}")
}

/// Returns the id in the answer to an event.
#[track_caller]
fn event_id(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["event"]["id"].as_str().expect("an event with an id").to_owned()
}

/// Reads the activities of an account, and checks their invariants.
async fn checked(world: &World, account: AccountId) -> Activities {
    let recorded = Activities::read(world, account).await;
    recorded.check_invariants();
    recorded
}
