//! The work that is done on this side of the wire: each call with answers that are there at once, so that no database hides it.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use aws_smithy_http_client::Builder;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::calls::ALL;
use super::service::Service;
use super::stage::Stage;
use crate::statistics::Spread;

const BLOCKS: usize = 60;
const CALLS_IN_A_BLOCK: u32 = 50;

/// Microseconds of each call, in the order of [`ALL`].
pub(super) async fn measure(stage: &Stage) -> Vec<f64> {
    let services: Vec<Service> = ALL.iter().map(|_| stage.service_on(Parrot::default())).collect();
    let mut blocks = vec![Vec::new(); ALL.len()];
    // The first block asks the database, and warms up.
    for _ in 0..=BLOCKS {
        for (index, call) in ALL.into_iter().enumerate() {
            let began = Instant::now();
            for _ in 0..CALLS_IN_A_BLOCK {
                services[index].make(call, &stage.users[0]).await;
            }
            blocks[index].push((began.elapsed() / CALLS_IN_A_BLOCK).as_secs_f64() * 1_000_000.0);
        }
    }
    blocks.into_iter().map(|block| Spread::of(block.into_iter().skip(1)).median).collect()
}

/// Asks the database once for each kind of call to a table, and then repeats what it said.
#[derive(Clone)]
struct Parrot {
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
        let call = (request.headers().get("x-amz-target").unwrap_or_default().to_owned(), table(&request).to_owned());
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

/// The table that a request is about; its secret's account is in another than its profile.
fn table(request: &HttpRequest) -> &str {
    let body = request.body().bytes().and_then(|body| std::str::from_utf8(body).ok()).expect("a request in JSON");
    let (_, rest) = body.split_once(r#""TableName":""#).expect("a request about a table");
    rest.split('"').next().unwrap_or_default()
}

fn answer(body: Vec<u8>) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(200).expect("a status"), SdkBody::from(body))
}
