//! Clearing and forgetting users.

use super::activities::{event, tour_started};
use crate::counter::{Call, Counter};
use crate::effort::Effort;
use crate::progress;

/// The records of a user.
#[derive(Clone, Copy)]
enum Records {
    Events(usize),
    Interactions(usize),
}

/// Counts both, of users with few and with many records.
pub(super) async fn count(counter: &mut Counter<'_>, effort: Effort) {
    let many = effort.choose(1_000, 30);
    let all = [Records::Events(0), Records::Events(10), Records::Events(many), Records::Interactions(effort.choose(100, 10))];
    let bar = progress::bar("recording events, clearing and forgetting users (half a minute)", 2 * all.len() as u64);
    for (verb, path) in [("clear", "/v3/edit/profiles"), ("forget", "/v3/edit/profiles/forget")] {
        for (number, records) in all.into_iter().enumerate() {
            let uid = format!("{verb} {number}");
            counter
                .make(Call::post("/v3/observe/hooks/profiles", format!(r#"{{"uid":"{uid}","email":"{verb}{number}@example.com"}}"#)))
                .await;
            let text = record(counter, &uid, records).await;
            let query = format!("uid={}", uid.replace(' ', "%20"));
            counter.count(&format!("{verb} a user {text}"), Call::delete(path, query)).await;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
}

/// Records that many events or interactions of a user, and says so.
async fn record(counter: &Counter<'_>, uid: &str, records: Records) -> String {
    let (number, name) = match records {
        Records::Events(0) => return "without records".to_owned(),
        Records::Events(number) => (number, "events"),
        Records::Interactions(number) => (number, "interactions"),
    };
    for record in 0..number {
        let call = match records {
            Records::Events(_) => event(uid),
            Records::Interactions(_) => tour_started(uid, &format!("tour {record}")),
        };
        counter.make(call).await;
        // Not counted, and not to be kept.
        counter.recorder.take();
    }
    format!("with {number} {name}")
}
