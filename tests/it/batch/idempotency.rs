//! Idempotency: a batch that is sent again with its `Idempotency-Key`.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use profiles_tests::{Api, Reply, World};
use tokio::task::JoinSet;

use super::{BATCH, apply_all, completed, counts};

async fn send(api: &Api, key: &str, body: &str) -> Reply {
    api.post_under(key, BATCH, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_under_one_key_are_one_batch() {
    let world = World::new().await;
    let (account, _) = world.new_account(world.client(3)).await;
    assert_ne!(account, world.account);
    let apis: Vec<Arc<Api>> = (0..50).map(|_| Arc::new(world.api_with(world.client(3)))).collect();
    let mut requests = JoinSet::new();
    for api in &apis {
        let api = Arc::clone(api);
        requests.spawn(async move { send(&api, "import-1", r#"{"profiles":[{"uid":1,"n":1},{"uid":2},7]}"#).await });
    }
    let replies = requests.join_all().await;
    let ids: HashSet<String> = replies.iter().map(Reply::batch_id).collect();
    assert_eq!(ids.len(), 1);
    assert!(replies.iter().all(|reply| reply.text == replies[0].text));
    // Only the first one has left a chunk.
    assert_eq!(world.items(&world.tables.batch_chunks).await.len(), 1);
    apply_all(&world, &apis[0]).await;
    assert_eq!(counts(&completed(&apis[0], &replies[0].batch_id()).await), [2, 0, 0, 0, 1]);
}

#[tokio::test]
async fn a_key_belongs_to_its_body_and_account_for_a_day() {
    let world = World::new().await;
    let api = world.api();
    let body = r#"{"profiles":[{"uid":1}]}"#;
    let id = send(&api, "key", body).await.batch_id();
    assert_eq!(send(&api, "key", body).await.batch_id(), id);
    let taken = "Conflict: the Idempotency-Key was used with another body, send each batch under a key of its own";
    for other in [r#"{"profiles":[{"uid":2}]}"#, r#"{"profiles":[{"uid":1}],"on_model_missing":"ignore"}"#, r#"{"profiles":[]}"#] {
        assert_eq!(send(&api, "key", other).await.message(409), taken, "{other}");
    }
    assert_ne!(send(&api, "Key", body).await.batch_id(), id);
    let (_, other) = world.new_account(world.client(1)).await;
    assert_ne!(send(&other, "key", body).await.batch_id(), id);
    world.wait(Duration::from_secs(24 * 60 * 60 - 1));
    assert_eq!(send(&api, "key", body).await.batch_id(), id);
    world.wait(Duration::from_secs(1));
    let next = send(&api, "key", r#"{"profiles":[{"uid":2}]}"#).await.batch_id();
    assert_ne!(next, id);
}

#[tokio::test]
async fn a_malformed_key_is_refused() {
    let world = World::new().await;
    let api = world.api();
    let invalid = "Unprocessable: `Idempotency-Key` must be a header of 1 to 255 ASCII characters";
    for key in ["", " ", &"k".repeat(256)] {
        assert_eq!(send(&api, key, r#"{"profiles":[]}"#).await.message(422), invalid);
    }
    send(&api, &"k".repeat(255), r#"{"profiles":[]}"#).await.batch_id();
}
