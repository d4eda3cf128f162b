//! An HTTP client with recorded responses, which are there at once: no database hides the work on this side of the connection.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::wire;

/// Asks the database once for each kind of call to a table, and then repeats that response.
#[derive(Clone)]
pub(crate) struct CannedClient {
    inner: SharedHttpClient,
    responses: Responses,
    asked: Arc<AtomicUsize>,
}

/// Responses by operation, table and kind.
type Responses = Arc<Mutex<HashMap<(String, String, String), Vec<u8>>>>;

impl CannedClient {
    /// Returns how often the database was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Default for CannedClient {
    fn default() -> Self {
        Self { inner: Builder::new().build_http(), responses: Arc::default(), asked: Arc::default() }
    }
}

impl fmt::Debug for CannedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CannedClient")
    }
}

impl HttpClient for CannedClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(CannedConnector {
            inner: self.inner.http_connector(settings, components),
            responses: Arc::clone(&self.responses),
            asked: Arc::clone(&self.asked),
        })
    }
}

#[derive(Debug)]
struct CannedConnector {
    inner: SharedHttpConnector,
    responses: Responses,
    asked: Arc<AtomicUsize>,
}

impl HttpConnector for CannedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = (wire::operation(&request).to_owned(), wire::table(&request).to_owned(), wire::kind(&request));
        if let Some(body) = self.responses.lock().expect("no panic").get(&call) {
            return HttpConnectorFuture::ready(Ok(response(body.clone())));
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (inner, responses) = (self.inner.clone(), Arc::clone(&self.responses));
        HttpConnectorFuture::new(async move {
            let first = inner.call(request).await?;
            assert!(first.status().is_success(), "the database refused {}", call.0);
            let body = ByteStream::new(first.into_body()).collect().await.expect("the whole response").to_vec();
            responses.lock().expect("no panic").insert(call, body.clone());
            Ok(response(body))
        })
    }
}

fn response(body: Vec<u8>) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(200).expect("a status"), SdkBody::from(body))
}
