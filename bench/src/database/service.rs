//! Whoever makes the calls: the handlers with their context, and the client that they share with the ways without handlers.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use http::{HeaderMap, HeaderValue, header};
use profiles_api::{Clock, Context, Request, Response};
use profiles_storage::accounts::Accounts;
use profiles_storage::{Patience, Storage, Tables};

use super::calls::{Call, Operation, Way};
use super::stage::{User, template};
use super::usual;

/// One function instance, as it were.
pub(super) struct Service {
    client: Client,
    context: Context,
    headers: HeaderMap,
}

impl Service {
    /// On this client, with this account's secret.
    pub(super) fn new(client: Client, secret: &str) -> Self {
        let storage = Storage::new(client.clone(), tables(), Patience::default());
        let accounts = Accounts::new(client.clone(), tables().accounts);
        let mut headers = HeaderMap::new();
        headers.insert("x-account-secret", secret.parse().expect("a secret is a header's value"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { client, context: Context::new(storage, accounts, Clock::system()), headers }
    }

    /// Makes one call.
    pub(super) async fn make(&self, (operation, way): Call, user: &User) {
        match (operation, way) {
            (Operation::Upsert, Way::Handler) => self.upsert(&user.body).await,
            (Operation::UpsertWithEmail, Way::Handler) => self.upsert(&user.body_with_email).await,
            (Operation::Retrieve, Way::Handler) => self.retrieve(&user.uid).await,
            (Operation::Upsert, Way::Bare) => self.update(&user.update).await,
            (Operation::UpsertWithEmail, Way::Bare) => self.update(&user.update_with_email).await,
            (Operation::Retrieve, Way::Bare) => self.get(&user.get).await,
            (Operation::Upsert | Operation::UpsertWithEmail, Way::Usual) => usual::upsert(&self.client, usual::TABLE, user).await,
            (Operation::Upsert | Operation::UpsertWithEmail, Way::UsualIndexed) => usual::upsert(&self.client, usual::INDEXED, user).await,
            (Operation::Retrieve, Way::Usual) => _ = usual::find(&self.client, usual::TABLE, user).await,
            (Operation::Retrieve, Way::UsualIndexed) => _ = usual::find(&self.client, usual::INDEXED, user).await,
        }
    }

    /// Upserts through the handler.
    pub(super) async fn upsert(&self, body: &str) {
        let request = self.request("POST", "/v3/observe/hooks/profiles", String::new(), body);
        succeeded(&profiles_api::upsert(&self.context, request).await);
    }

    /// Retrieves through the handler.
    pub(super) async fn retrieve(&self, uid: &str) {
        let request = self.request("GET", "/v3/analyze/profile", format!("uid={uid}"), "");
        succeeded(&profiles_api::retrieve(&self.context, request).await);
    }

    fn request(&self, method: &str, path: &str, query: String, body: &str) -> Request {
        Request { method: method.into(), path: path.into(), query, headers: self.headers.clone(), body: body.into() }
    }

    /// The handler's own update once more, without the handler.
    async fn update(&self, update: &UpdateItemInput) {
        let sent = self
            .client
            .update_item()
            .set_table_name(update.table_name.clone())
            .set_key(update.key.clone())
            .set_update_expression(update.update_expression.clone())
            .set_condition_expression(update.condition_expression.clone())
            .set_expression_attribute_names(update.expression_attribute_names.clone())
            .set_expression_attribute_values(update.expression_attribute_values.clone())
            .set_return_values(update.return_values.clone())
            .set_return_values_on_condition_check_failure(update.return_values_on_condition_check_failure.clone())
            .send()
            .await;
        sent.expect("a known user is updated");
    }

    /// The handler's own read once more, without the handler.
    async fn get(&self, get: &GetItemInput) {
        let sent = self
            .client
            .get_item()
            .set_table_name(get.table_name.clone())
            .set_key(get.key.clone())
            .set_consistent_read(get.consistent_read)
            .send()
            .await;
        assert!(sent.expect("an answer").item.is_some(), "a known user is found");
    }
}

fn succeeded(response: &Response) {
    assert_eq!(response.status(), http::StatusCode::OK, "{}", response.body());
}

/// The tables as they are named locally.
fn tables() -> Tables {
    Tables::from_environment(|variable| template().table_name(variable)).expect("the template has all tables")
}
