//! Batches from their request to their last profile, in this process.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use http::StatusCode;
use profiles_api::Event;
use serde_json::{Value, json};

use crate::batch::bodies::{Body, PATH};
use crate::instance::Instance;
use crate::local::{Local, tables};

/// Accepts batches by one client, and applies them by another.
pub(crate) struct Worker<'a> {
    local: &'a Local,
    accepts: Instance,
    applies: Instance,
}

/// A batch that is accepted and not applied yet.
pub(crate) struct Waiting {
    id: String,
    events: Vec<Event>,
}

impl<'a> Worker<'a> {
    /// Accepts by a plain client, and applies by this one.
    pub(crate) fn new(local: &'a Local, client: Client) -> Self {
        let accepts = Instance::new(local.client.clone(), &local.secret);
        Self { local, accepts, applies: Instance::new(client, &local.secret) }
    }

    /// Has a batch accepted. The stream would report its tickets now.
    pub(crate) async fn accept(&self, body: &Body) -> Waiting {
        let request = self.accepts.request("POST", PATH, String::new(), body.text.as_str());
        let response = self.respond(request, StatusCode::ACCEPTED).await;
        let id = response["batch"]["id"].as_str().expect("an id").to_owned();
        Waiting { events: self.events(&id).await, id }
    }

    /// Applies a batch, and returns its id.
    pub(crate) async fn apply(&self, Waiting { id, mut events }: Waiting) -> String {
        // A chunk that is not done in one turn gets another.
        while !events.is_empty() {
            for event in events {
                let failures = profiles_api::work(&self.applies.context, event, None).await;
                assert!(failures.is_empty(), "a chunk was not applied");
            }
            events = self.events(&id).await;
        }
        id
    }

    /// Returns a count of a batch's items, such as `updated_count`.
    pub(crate) async fn count(&self, id: &str, name: &str) -> usize {
        let request = self.accepts.request("GET", &format!("{PATH}/{id}"), String::new(), "");
        let count = self.respond(request, StatusCode::OK).await["batch"][name].as_u64();
        count.and_then(|count| count.try_into().ok()).expect("a count")
    }

    async fn respond(&self, request: profiles_api::RoutedRequest, status: StatusCode) -> Value {
        let response = profiles_api::batch(&self.accepts.context, request).await;
        assert_eq!(response.status(), status, "{}", response.body());
        serde_json::from_str(response.body()).expect("JSON")
    }

    /// Makes the stream's event for each ticket of a batch.
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
        events.map(|event| serde_json::from_value(event).expect("an event that the function understands")).collect()
    }
}
