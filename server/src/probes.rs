//! Answers a platform's health and readiness probes. No route of the API has these paths.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use profiles_api::Context;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Answers 200 while the process lives.
const HEALTH: &str = "/healthz";
/// Answers 200 while the process can serve requests.
const READINESS: &str = "/readyz";

/// The minimum interval between checks of the database, however many probes come.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);
/// The time limit of a check. Platforms wait for a second or so.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Answers probes.
pub(crate) struct Probes {
    context: Arc<Context>,
    shutdown_requested: CancellationToken,
    checked: Mutex<Option<(Instant, bool)>>,
}

impl Probes {
    pub(crate) fn new(context: Arc<Context>, shutdown_requested: CancellationToken) -> Self {
        Self { context, shutdown_requested, checked: Mutex::default() }
    }

    /// Returns the status and body of the response, if the request is a probe.
    pub(crate) async fn answer(&self, method: &str, path: &str) -> Option<(StatusCode, &'static str)> {
        match (method, path) {
            ("GET" | "HEAD", HEALTH) => Some((StatusCode::OK, r#"{"status":"alive"}"#)),
            ("GET" | "HEAD", READINESS) => Some(if self.shutdown_requested.is_cancelled() {
                (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"ending"}"#)
            } else if self.reaches_database().await {
                (StatusCode::OK, r#"{"status":"ready"}"#)
            } else {
                (StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"no database"}"#)
            }),
            _ => None,
        }
    }

    async fn reaches_database(&self) -> bool {
        // Probes that come during a check wait here, and share its result.
        let mut checked = self.checked.lock().await;
        if let Some((_, reached)) = checked.filter(|(at, _)| at.elapsed() < CHECK_INTERVAL) {
            return reached;
        }
        let reached = matches!(tokio::time::timeout(CHECK_TIMEOUT, self.context.reach_database()).await, Ok(Ok(())));
        let before = checked.replace((Instant::now(), reached)).is_none_or(|(_, reached)| reached);
        if reached != before {
            tracing::warn!(reached, "the database has become reachable or unreachable");
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_api::Request;
    use profiles_api::routes::ROUTES;

    #[test]
    fn no_route_of_the_api_has_the_path_of_a_probe() {
        for path in [HEALTH, READINESS] {
            for route in ROUTES {
                let request = Request { method: route.method.to_owned(), path: path.to_owned(), ..Request::default() };
                assert_eq!(request.routed().route(), None, "{path}");
            }
        }
    }
}
