//! Batches from their request to their last profile, all in this process.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use http::StatusCode;
use profiles_api::Event;
use serde_json::{Value, json};

use crate::batch::PATH;
use crate::batch::bodies::Body;
use crate::instance::Instance;
use crate::local::{Local, tables};

/// Accepts batches by one client, and applies them by another.
pub(super) struct Worker<'a> {
    local: &'a Local,
    accepts: Instance,
    applies: Instance,
}

/// A batch that waits.
pub(super) struct Waiting {
    id: String,
    events: Vec<Event>,
}

impl<'a> Worker<'a> {
    /// Whose calls go through `client` when it applies what was accepted.
    pub(super) fn new(local: &'a Local, client: Client) -> Self {
        let accepts = Instance::new(local.client.clone(), &local.secret);
        Self { local, accepts, applies: Instance::new(client, &local.secret) }
    }

    /// Has a batch accepted, of whose tickets the stream would tell now.
    pub(super) async fn accept(&self, body: &Body) -> Waiting {
        let request = self.accepts.request("POST", PATH, String::new(), body.text.as_str());
        let answer = self.answer(request, StatusCode::ACCEPTED).await;
        let id = answer["batch"]["id"].as_str().expect("an id").to_owned();
        Waiting { events: self.events(&id).await, id }
    }

    /// Applies a batch, and returns its id.
    pub(super) async fn apply(&self, Waiting { id, events }: Waiting) -> String {
        for event in events {
            let failures = profiles_api::work(&self.applies.context, event, None).await.expect("the worker works");
            assert!(failures.is_empty(), "a chunk was not applied");
        }
        id
    }

    /// How many items of a batch ended so, as `updated_count`.
    pub(super) async fn count(&self, id: &str, name: &str) -> usize {
        let request = self.accepts.request("GET", &format!("{PATH}/{id}"), String::new(), "");
        let count = self.answer(request, StatusCode::OK).await["batch"][name].as_u64();
        count.and_then(|count| count.try_into().ok()).expect("a count")
    }

    async fn answer(&self, request: profiles_api::RoutedRequest, status: StatusCode) -> Value {
        let response = profiles_api::batch(&self.accepts.context, request).await;
        assert_eq!(response.status(), status, "{}", response.body());
        serde_json::from_str(response.body()).expect("JSON")
    }

    /// An event for each ticket of a batch.
    async fn events(&self, id: &str) -> Vec<Event> {
        let tickets = self
            .local
            .client
            .scan()
            .table_name(tables().batches)
            .filter_expression("contains(PK, :batch) AND begins_with(SK, :ticket)")
            .expression_attribute_values(":batch", AttributeValue::S(id.to_owned()))
            .expression_attribute_values(":ticket", AttributeValue::S("ticket#".to_owned()))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .expect("the tickets");
        let text = |value: &AttributeValue| json!({"S": value.as_s().expect("a text")});
        let event = |(partition, sort)| json!({"Records": [{"dynamodb": {"Keys": {"PK": partition, "SK": sort}, "SequenceNumber": "1"}}]});
        let events = tickets.iter().map(|ticket| event((text(&ticket["PK"]), text(&ticket["SK"]))));
        events.map(|event| serde_json::from_value(event).expect("an event as the function takes it")).collect()
    }
}
