//! The HTTP API: reading requests, calling the storage, writing answers.
//!
//! Each endpoint is an `async fn(&Context, Request) -> Response`, which a Lambda function, a server or a test can call.

mod batch;
mod clock;
mod context;
mod endpoints;
mod error;
pub mod lambda;
pub mod request;
pub mod response;
pub mod routes;
mod secrets;
pub mod telemetry;
mod warnings;
mod worker;

pub use clock::Clock;
pub use context::{Context, StartError};
pub use endpoints::{analyze, batch, clear, deliveries, dispatch, events, experiences, forget, retrieve, root, upsert};
pub use error::{Error, Sought};
pub use lambda::{Event, Failures, work};
pub use profiles_storage::batches::TicketKey;
pub use request::{Request, RoutedRequest};
pub use response::Response;
pub use worker::{Attempt, Swept, apply_ticket, sweep, waiting, wake_late};
