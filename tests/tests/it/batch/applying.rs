//! What applying a batch does to profiles, and how it is counted.

use profiles_tests::World;

use super::{applied, counts};

#[tokio::test]
async fn items_of_one_user_apply_in_their_order_by_whichever_identifier() {
    let world = World::new().await;
    let api = world.api();
    let status = applied(
        &world,
        &api,
        r#"[{"uid":1,"email":"a@chmln.co","n":1},{"email":"a@chmln.co","n":2},{"uid":1,"n":3},{"uid":2,"n":1},{"email":"A@chmln.co ","n":4}]"#,
    )
    .await;
    assert_eq!(counts(&status), [2, 3, 0, 0, 0]);
    assert_eq!(api.retrieve("uid=1").await.profile()["n"], 4);
}

#[tokio::test]
async fn a_hundred_copies_of_a_user_are_one_write() {
    let world = World::new().await;
    let api = world.api();
    let profiles: Vec<String> = (0..100).map(|n| format!(r#"{{"uid":1,"n":{n},"plan":"gold"}}"#)).collect();
    let id = api.batch(&format!("[{}]", profiles.join(","))).await.batch_id();
    world.wire.take();
    super::apply_all(&world, &api).await;
    let calls = world.wire.take();
    // Besides the ticket's.
    assert_eq!(calls.iter().filter(|call| *call == "UpdateItem").count(), 2, "{calls:?}");
    assert_eq!(counts(&super::told(&api, &id).await), [1, 99, 0, 0, 0]);
    assert_eq!(api.retrieve("uid=1").await.profile()["n"], 99);
}
