//! Requests to the API over HTTP: what the commands that send some share.

mod arguments;
mod backoff;
mod call_error;
mod caller;
mod client;
mod error;

pub(crate) use self::arguments::Api;
pub(crate) use self::backoff::Backoff;
pub(crate) use self::call_error::CallError;
pub(crate) use self::caller::{Caller, MAX_ANSWER_BYTES};
pub(crate) use self::client::{Answer, Client, NoAnswer, is_id};
pub(crate) use self::error::Error;
