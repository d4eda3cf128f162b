//! A function instance in this process, and the requests of an account to it.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use http::{HeaderMap, HeaderValue, header};
use profiles_api::{Clock, Context, Request, RoutedRequest};
use profiles_storage::accounts::Accounts;
use profiles_storage::{RetryPolicy, Storage};

use crate::local::tables;

/// One function instance. Its caches are its own, as on Lambda.
pub(crate) struct Instance {
    /// The context of the handlers.
    pub(crate) context: Context,
    headers: HeaderMap,
}

impl Instance {
    /// Uses this client, and makes requests with this secret.
    pub(crate) fn new(client: Client, secret: &str) -> Self {
        Self::at(Clock::system(), client, secret)
    }

    /// The same, at the times of this clock.
    pub(crate) fn at(clock: Clock, client: Client, secret: &str) -> Self {
        Self::of(clock, client, secret, |storage| storage)
    }

    /// The same, with a storage that this changes. Before that, it tells the registry of properties nothing.
    pub(crate) fn of(clock: Clock, client: Client, secret: &str, change: impl FnOnce(Storage) -> Storage) -> Self {
        let tables = tables();
        let accounts = Accounts::new(client.clone(), tables.accounts.clone());
        let storage = Storage::new(client, tables, RetryPolicy::default()).telling_for(Duration::ZERO);
        let mut headers = HeaderMap::new();
        headers.insert("x-account-secret", secret.parse().expect("a secret is a header's value"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { context: Context::new(change(storage), accounts, clock), headers }
    }

    /// Makes a request with the secret in its header.
    pub(crate) fn request(&self, method: &str, path: &str, query: String, body: impl Into<Vec<u8>>) -> RoutedRequest {
        let headers = self.headers.clone();
        Request { method: method.into(), path: path.into(), query, headers, body: body.into(), ..Request::default() }.routed()
    }
}
