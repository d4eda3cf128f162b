//! Accepting and applying batches.

use crate::batch::bodies::{Body, Kind, PATH, User};
use crate::batch::worker::Worker;
use crate::counter::{Call, Counter};
use crate::effort::Effort;
use crate::progress;

/// The batches, in their order: each needs the profiles that those before it left. For each the result of its items, their fields, the
/// group of users and the plan in them, and the count that has them all in the end. None names a company: how often a new one is read
/// depends on what happens at the same time.
const BATCHES: [(&str, Kind, usize, &str, &str); 5] = [
    ("all new", Kind::Short, 0, "gold", "created_count"),
    ("nothing changes", Kind::Short, 0, "gold", "unchanged_count"),
    ("all change", Kind::Short, 0, "silver", "updated_count"),
    ("all new, with e-mail", Kind::Email, 1, "gold", "created_count"),
    ("all change, with e-mail", Kind::Email, 1, "silver", "updated_count"),
];

/// Counts all of them.
pub(super) async fn count(counter: &mut Counter<'_>, effort: Effort) {
    let items = effort.choose(1_000, 50);
    let bar = progress::bar(&format!("accepting and applying batches of {items} (half a minute)"), BATCHES.len() as u64);
    let groups: [Vec<User>; 2] = std::array::from_fn(|_| (0..items).map(|_| User::random()).collect());
    let client = counter.local.recorded_by(&counter.recorder);
    let worker = Worker::new(counter.local, client);
    for (number, (name, kind, group, plan, count)) in BATCHES.into_iter().enumerate() {
        let body = Body::about(kind, &groups[group], plan);
        if number == 0 {
            counter.count(&format!("accept a batch of {items}"), Call::post(PATH, body.text.as_str())).await;
        }
        let waiting = worker.accept(&body).await;
        counter.recorder.take();
        let id = worker.apply(waiting).await;
        counter.write_line(&format!("apply {items}: {name}"));
        assert_eq!(worker.count(&id, count).await, items, "{name}");
        if number == 0 {
            counter.count("status of a batch", Call::get(&format!("{PATH}/{id}"), "")).await;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
}
