//! A wire with answers that are there at once, so that no database hides what is done on this side of it.

use std::collections::HashMap;
use std::fmt;
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

/// Asks the database once for each kind of call to a table, and then repeats what it said.
#[derive(Clone)]
pub(crate) struct Parrot {
    inner: SharedHttpClient,
    heard: Heard,
}

/// Answers by operation and table.
type Heard = Arc<Mutex<HashMap<(String, String), Vec<u8>>>>;

impl Default for Parrot {
    fn default() -> Self {
        Self { inner: Builder::new().build_http(), heard: Arc::default() }
    }
}

impl fmt::Debug for Parrot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parrot")
    }
}

impl HttpClient for Parrot {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Perch { inner: self.inner.http_connector(settings, components), heard: Arc::clone(&self.heard) })
    }
}

#[derive(Debug)]
struct Perch {
    inner: SharedHttpConnector,
    heard: Heard,
}

impl HttpConnector for Perch {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let call = (wire::operation(&request).to_owned(), wire::table(&request).to_owned());
        if let Some(body) = self.heard.lock().expect("nobody panicked").get(&call) {
            return HttpConnectorFuture::ready(Ok(answer(body.clone())));
        }
        let (inner, heard) = (self.inner.clone(), Arc::clone(&self.heard));
        HttpConnectorFuture::new(async move {
            let answered = inner.call(request).await?;
            assert!(answered.status().is_success(), "the database refused {}", call.0);
            let body = ByteStream::new(answered.into_body()).collect().await.expect("the whole answer").to_vec();
            heard.lock().expect("nobody panicked").insert(call, body.clone());
            Ok(answer(body))
        })
    }
}

fn answer(body: Vec<u8>) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(200).expect("a status"), SdkBody::from(body))
}
