//! What is lost when requests about one user arrive at once: properties of a known one, and that a new one is one.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::contender::Contender;
use super::crowd::Crowd;
use crate::effort::Effort;
use crate::local::Local;
use crate::progress;

/// The requests at once, each with an instance of its own, as on Lambda.
const AT_ONCE: usize = 64;

/// What a round leaves.
#[derive(Clone, Copy)]
pub(super) struct Left {
    /// The requests.
    pub(super) at_once: usize,
    /// The properties that are stored, of one in each request.
    pub(super) properties: usize,
    /// The profiles of the new user.
    pub(super) profiles: usize,
}

/// Counts what is left, for each function and round.
pub(super) async fn count(contenders: &[Contender], local: &Local, effort: Effort) -> Vec<Vec<Left>> {
    let (rounds, size) = effort.choose((9, AT_ONCE), (1, 4));
    let mut all = Vec::new();
    for contender in contenders {
        progress::say(&format!("{size} upserts of one user at once: {} (half a minute)", contender.name));
        let mut crowd = Crowd::start(contender, size);
        let mut left = Vec::new();
        for round in 0..rounds {
            left.push(Left {
                at_once: size,
                properties: properties(&mut crowd, size, &format!("shared-{round}"), contender, local).await,
                profiles: profiles(&mut crowd, &format!("new-{round}"), contender, local).await,
            });
        }
        all.push(left);
    }
    all
}

/// Has each instance set another property of a known user, and counts those that are stored.
async fn properties(crowd: &mut Crowd<'_>, size: usize, uid: &str, contender: &Contender, local: &Local) -> usize {
    crowd.one(contender.event_of(uid));
    crowd.upsert(|number| format!(r#"{{"uid":"{uid}","property_{number}":{number}}}"#));
    let stored = stored(uid, contender, local).await;
    let [profile] = stored.as_slice() else { panic!("{} profiles of one user", stored.len()) };
    (0..size).filter(|number| profile.contains_key(&format!("property_{number}"))).count()
}

/// Has each instance upsert the same new user, and counts the profiles.
async fn profiles(crowd: &mut Crowd<'_>, uid: &str, contender: &Contender, local: &Local) -> usize {
    crowd.upsert(|number| format!(r#"{{"uid":"{uid}","property_{number}":{number}}}"#));
    stored(uid, contender, local).await.len()
}

/// Returns the profiles of this uid, from the table itself.
async fn stored(uid: &str, contender: &Contender, local: &Local) -> Vec<HashMap<String, AttributeValue>> {
    let scan = local.client.scan().table_name(&contender.table).consistent_read(true).filter_expression("uid = :uid");
    let answer = scan.expression_attribute_values(":uid", AttributeValue::S(uid.to_owned())).send().await.expect("an answer");
    assert!(answer.last_evaluated_key.is_none(), "the table has more than a page");
    answer.items.unwrap_or_default()
}
