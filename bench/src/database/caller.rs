//! Makes the calls: the handlers with their context, and the client that they share with the ways without handlers.

use aws_sdk_dynamodb::Client;
use profiles_api::Response;

use super::baseline;
use super::calls::{Call, Operation, Way};
use super::user::User;
use crate::instance::Instance;
use crate::replay_calls;

/// Makes the calls by one client, as one function instance does.
pub(super) struct Caller {
    client: Client,
    instance: Instance,
}

impl Caller {
    /// Uses this client, and this account's secret.
    pub(super) fn new(client: Client, secret: &str) -> Self {
        Self { instance: Instance::new(client.clone(), secret), client }
    }

    /// Makes one call.
    pub(super) async fn make(&self, (operation, way): Call, user: &User) {
        match (operation, way) {
            (Operation::Upsert, Way::Handler) => self.upsert(&user.body).await,
            (Operation::UpsertWithEmail, Way::Handler) => self.upsert(&user.body_with_email).await,
            (Operation::Retrieve, Way::Handler) => self.retrieve(&user.uid).await,
            (Operation::Upsert, Way::Bare) => replay_calls::update(&self.client, user.update.clone()).await,
            (Operation::UpsertWithEmail, Way::Bare) => replay_calls::update(&self.client, user.update_with_email.clone()).await,
            (Operation::Retrieve, Way::Bare) => replay_calls::get(&self.client, user.get.clone()).await,
            (Operation::Upsert | Operation::UpsertWithEmail, Way::Baseline) => baseline::upsert(&self.client, user).await,
            (Operation::Retrieve, Way::Baseline) => _ = baseline::find(&self.client, user).await,
        }
    }

    /// Upserts through the handler.
    pub(super) async fn upsert(&self, body: &str) {
        let request = self.instance.request("POST", "/v3/observe/hooks/profiles", String::new(), body);
        assert_ok(&profiles_api::upsert(&self.instance.context, request).await);
    }

    /// Retrieves through the handler.
    pub(super) async fn retrieve(&self, uid: &str) {
        let request = self.instance.request("GET", "/v3/analyze/profile", format!("uid={uid}"), "");
        assert_ok(&profiles_api::retrieve(&self.instance.context, request).await);
    }
}

fn assert_ok(response: &Response) {
    assert_eq!(response.status(), http::StatusCode::OK, "{}", response.body());
}
