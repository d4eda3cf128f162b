//! Claims that are ahead of their profile when a user is forgotten who had the address before.

use std::sync::Arc;

use profiles_tests::{World, stream};

use crate::batch::worker;

#[tokio::test]
async fn a_batch_that_has_claimed_an_address_brings_nobody_back_who_was_forgotten_since() {
    let world = World::new().await;
    for n in 0.. {
        let (_, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        api.upsert(r#"{"uid":"a","email":"leon@chmln.co"}"#).await.id();
        api.batch(r#"[{"email":"leon@chmln.co","plan":"gold"}]"#).await.batch_id();
        api.upsert(r#"{"uid":"a","email":"kim@chmln.co"}"#).await.id();
        let mut held = worker(&api, stream::events(&world).await.remove(0));
        let continues = held.pass(n).await;
        assert_eq!(api.forget("uid=a").await.status, 200);
        let before = api.retrieve("email=leon@chmln.co").await.status;
        held.finish().await;
        assert_eq!(api.retrieve("email=leon@chmln.co").await.status, before, "before call {n}");
        if !continues {
            break;
        }
    }
}
