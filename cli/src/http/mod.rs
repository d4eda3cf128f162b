//! Requests to the API over HTTP: what the commands that send some share.

mod arguments;
mod backoff;
mod client;
mod error;

pub(crate) use self::arguments::Api;
pub(crate) use self::backoff::Backoff;
pub(crate) use self::client::{Answer, Client, NoAnswer, is_id};
pub(crate) use self::error::Error;
