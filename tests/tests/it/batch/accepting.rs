//! What is accepted, what is refused, and what is told of items that can never be applied.

use profiles_tests::World;
use serde_json::json;

use super::{applied, counts};

#[tokio::test]
async fn the_documented_batch_is_accepted_and_applied() {
    let world = World::new().await;
    let api = world.api();
    let status = applied(
        &world,
        &api,
        r#"[{"uid":18821,"first_name":"Leon","role":"admin","last_import_at":"2029-04-07T12:18:00Z","invited_users_count":7,"company_uid":931},
            {"uid":28421,"first_name":"Kim","role":"engineer","last_import_at":"2029-04-02T16:11:06Z","invited_users_count":4,"company_uid":632}]"#,
    )
    .await;
    assert_eq!(counts(&status), [2, 0, 0, 0, 0]);
    assert_eq!(status["errors"], json!([]));
    let leon = api.retrieve("uid=18821").await;
    assert_eq!((&leon.profile()["first_name"], &leon.profile()["invited_users_count"]), (&json!("Leon"), &json!(7)));
    assert_eq!(leon.profile()["company"]["uid"], "931");
}
