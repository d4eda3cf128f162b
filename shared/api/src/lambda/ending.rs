//! The end of a function's instance. Lambda tells only instances that have an extension, by a signal.
//!
//! The extension is registered by the process itself and asks for no events, so nothing ever waits for it:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>.

use std::env;

use http::{HeaderValue, Request};
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{BoxError, PooledClient};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Lambda sets this variable. Stand-ins without containers do not, and have no extensions.
const ON_LAMBDA: &str = "LAMBDA_TASK_ROOT";
const IDENTIFIER: &str = "lambda-extension-identifier";

/// The end of this instance, which is still to come.
pub(super) struct Ending {
    signal: Option<Signal>,
    extension: Option<Extension>,
}

impl Ending {
    /// Asks to be told. That must come before the first event is asked for; Lambda takes no extensions later.
    pub(super) async fn ask() -> Self {
        let signal = signal(SignalKind::terminate()).ok();
        let mut extension = None;
        if env::var_os(ON_LAMBDA).is_some() {
            match Extension::register().await {
                Ok(registered) => extension = Some(registered),
                Err(reason) => tracing::warn!(%reason, "Lambda will not tell of the end of this instance"),
            }
        }
        Self { signal, extension }
    }

    /// Returns when the instance ends.
    pub(super) async fn come(self) {
        let waiting = async {
            if let Some(extension) = self.extension {
                // There are no events, so there is no answer.
                let _ = extension.next().await;
            }
            std::future::pending::<()>().await;
        };
        let told = async {
            match self.signal {
                Some(mut signal) => _ = signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = told => {}
            () = waiting => {}
        }
    }
}

struct Extension {
    client: PooledClient,
    identifier: HeaderValue,
}

impl Extension {
    async fn register() -> Result<Self, BoxError> {
        let client = PooledClient::builder().build();
        let request = Request::post("/2020-01-01/extension/register")
            .header("lambda-extension-name", "end-of-instance")
            .header("content-type", "application/json")
            .body(Body::from(r#"{"events":[]}"#))?;
        let response = client.call(request).await?;
        let identifier = response.headers().get(IDENTIFIER).cloned();
        let identifier = identifier.ok_or_else(|| format!("the registration was answered {}", response.status()))?;
        Ok(Self { client, identifier })
    }

    /// Waits for an event. Lambda takes an instance for started only when each extension has asked.
    async fn next(&self) -> Result<(), BoxError> {
        let request = Request::get("/2020-01-01/extension/event/next").header(IDENTIFIER, &self.identifier).body(Body::empty())?;
        self.client.call(request).await.map(drop)
    }
}
