//! Deletions of companies with few and with many members, who stay or go with them.

use super::PROFILES;
use super::time::Time;
use crate::counter::{Call, Counter};
use crate::effort::Effort;
use crate::local::Local;
use crate::progress;
use crate::report::Findings;

/// The most requests of a deletion of which the members stay.
const REQUESTS: usize = 8;
/// Beyond that, one for so many members.
const MEMBERS_OF_A_REQUEST: usize = 25;

/// Counts them.
pub(super) async fn measure(local: &Local, effort: Effort, findings: &mut Findings) {
    let (_, secret) = local.another_account().await;
    let mut counter = Time::new().counter(local, &secret, findings).await;
    let sizes = effort.choose([0, 10, 1_000], [0, 10, 30]);
    let bar = progress::bar("creating members, and deleting their companies (a minute)", 2 * sizes.len() as u64);
    for members in sizes {
        let name = format!("delete a company of {members} members");
        let requests = delete(&mut counter, &name, members, "").await as usize;
        let most = REQUESTS + members.div_ceil(MEMBERS_OF_A_REQUEST);
        counter.findings.goal(
            requests <= most,
            format!(
                "deletion of a company of {members} members: {requests} requests (goal: at most {most}, which is {REQUESTS} and one for each \
                {MEMBERS_OF_A_REQUEST} members)"
            ),
        );
        bar.inc(1);
    }
    for members in sizes {
        delete(&mut counter, &format!("… and {members} members with it"), members, "&cascade=profiles").await;
        bar.inc(1);
    }
    bar.finish_and_clear();
}

/// Founds a company with so many members, and deletes it to the end. Returns the number of requests.
async fn delete(counter: &mut Counter<'_>, operation: &str, members: usize, cascade: &str) -> u32 {
    let uid = format!("c{members}{}", cascade.len());
    counter.make(Call::post(super::COMPANIES, format!(r#"{{"uid":"{uid}","name":"Company"}}"#))).await;
    for member in 0..members {
        counter.make(Call::post(PROFILES, format!(r#"{{"uid":"{uid} {member}","plan":"gold","company_uid":"{uid}"}}"#))).await;
        // Not counted, and not to be kept.
        counter.recorder.take();
    }
    let (answer, recorded) = counter.count(operation, Call::delete("/v3/edit/company", format!("uid={uid}{cascade}"))).await;
    let id = answer["deletion"]["id"].as_str().expect("an id");
    let status = counter.make(Call::get(&format!("/v3/edit/deletions/{id}"), "")).await;
    let deletion = &status["deletion"];
    assert!(deletion["state"] == "completed" && deletion["removed"]["profiles"] == members, "{operation}: {status}");
    recorded.requests()
}
