//! The HTTP API: reading requests, calling the storage, writing answers.
//!
//! Each endpoint is an `async fn(&Context, Request) -> Response`, which a Lambda function, a server or a test can call.

pub mod answer;
mod batch;
mod budget;
mod clock;
mod context;
mod endpoints;
mod error;
pub mod lambda;
pub mod request;
pub mod routes;
mod secrets;
mod sweep;
pub mod telemetry;

pub use batch::{Attempt, Event, Failures, apply_ticket, waiting, wake_late, work};
pub use clock::Clock;
pub use context::{Context, StartError};
pub use endpoints::{analyze, any, batch, clear, deliveries, events, experiences, forget, retrieve, root, upsert};
pub use error::{Error, Sought};
pub use profiles_storage::batches::TicketKey;
pub use request::Request;
pub use sweep::{Swept, sweep};

pub use answer::Response;
