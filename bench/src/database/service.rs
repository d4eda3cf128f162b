//! Whoever makes the calls: the handlers with their context, and the client that they share with the ways without handlers.

use aws_sdk_dynamodb::Client;
use profiles_api::Response;

use super::calls::{Call, Operation, Way};
use super::stage::User;
use super::usual;
use crate::again;
use crate::instance::Instance;

/// One function instance, as it were.
pub(super) struct Service {
    client: Client,
    instance: Instance,
}

impl Service {
    /// On this client, with this account's secret.
    pub(super) fn new(client: Client, secret: &str) -> Self {
        Self { instance: Instance::new(client.clone(), secret), client }
    }

    /// Makes one call.
    pub(super) async fn make(&self, (operation, way): Call, user: &User) {
        match (operation, way) {
            (Operation::Upsert, Way::Handler) => self.upsert(&user.body).await,
            (Operation::UpsertWithEmail, Way::Handler) => self.upsert(&user.body_with_email).await,
            (Operation::Retrieve, Way::Handler) => self.retrieve(&user.uid).await,
            (Operation::Upsert, Way::Bare) => again::update(&self.client, user.update.clone()).await,
            (Operation::UpsertWithEmail, Way::Bare) => again::update(&self.client, user.update_with_email.clone()).await,
            (Operation::Retrieve, Way::Bare) => again::get(&self.client, user.get.clone()).await,
            (Operation::Upsert | Operation::UpsertWithEmail, Way::Usual) => usual::upsert(&self.client, usual::TABLE, user).await,
            (Operation::Upsert | Operation::UpsertWithEmail, Way::UsualIndexed) => usual::upsert(&self.client, usual::INDEXED, user).await,
            (Operation::Retrieve, Way::Usual) => _ = usual::find(&self.client, usual::TABLE, user).await,
            (Operation::Retrieve, Way::UsualIndexed) => _ = usual::find(&self.client, usual::INDEXED, user).await,
        }
    }

    /// Upserts through the handler.
    pub(super) async fn upsert(&self, body: &str) {
        let request = self.instance.request("POST", "/v3/observe/hooks/profiles", String::new(), body);
        succeeded(&profiles_api::upsert(&self.instance.context, request).await);
    }

    /// Retrieves through the handler.
    pub(super) async fn retrieve(&self, uid: &str) {
        let request = self.instance.request("GET", "/v3/analyze/profile", format!("uid={uid}"), "");
        succeeded(&profiles_api::retrieve(&self.instance.context, request).await);
    }
}

fn succeeded(response: &Response) {
    assert_eq!(response.status(), http::StatusCode::OK, "{}", response.body());
}
