//! Makes the stream's events, which bring tickets to the function that applies batches.

use serde_json::{Value, json};

use crate::World;
use crate::invariants::{Item, text};

/// Returns the event of one ticket, as Lambda hands it over.
#[must_use]
pub fn event(partition: &str, sort: &str) -> Value {
    let keys = json!({"PK": {"S": partition}, "SK": {"S": sort}});
    let mut image = keys.clone();
    image["state"] = json!({"S": "waiting"});
    json!({"Records": [{
        "eventID": "c9fbe7d0261a5163fcb6940593e41797",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_870_258_680,
            "Keys": keys,
            "NewImage": image,
            "SequenceNumber": "000000000000000000001",
            "SizeBytes": 200,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/batches/stream/2029-04-07T12:18:00.000",
    }]})
}

/// Reads all tickets.
pub async fn tickets(world: &World) -> Vec<Item> {
    let mut items = world.items(&world.tables.batches).await;
    items.retain(|item| text(item, "SK").unwrap().starts_with("ticket#"));
    items
}

/// Returns the events of all tickets.
pub async fn events(world: &World) -> Vec<Value> {
    tickets(world).await.iter().map(|ticket| event(text(ticket, "PK").unwrap(), text(ticket, "SK").unwrap())).collect()
}
