//! The HTTP API, and the work that follows a request.
//!
//! - `routes` maps methods and paths to endpoints, and each endpoint to a Lambda function.
//! - `endpoints` has a function for each Lambda function, which calls the handlers; `request` reads requests, `response` writes responses.
//! - `batch` is shared by the acceptance of batches and the `worker`, which applies them.
//! - `lambda` runs any of it as a Lambda function. A server or a test calls the same functions.

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
pub use endpoints::{
    analyze, batch, clear, companies, deliveries, dispatch, events, experiences, forget, properties, respond_as, retrieve, root, search,
    upsert,
};
pub use error::{Error, ResourceKind};
pub use lambda::{Event, Failures, work};
pub use profiles_storage::batches::TicketKey;
pub use request::{Request, RoutedRequest};
pub use response::Response;
pub use worker::{Attempt, Swept, apply_ticket, sweep, untouched_for};
