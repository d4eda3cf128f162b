//! What tells a platform how the process is. No route of the API has these paths.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use profiles_api::Context;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Whether the process lives.
const HEALTH: &str = "/healthz";
/// Whether it should be sent requests.
const READINESS: &str = "/readyz";

/// For so long the database is not asked again, however often somebody asks here.
const CHECKED_FOR: Duration = Duration::from_secs(5);
/// Platforms wait for a second or so.
const CHECKED_WITHIN: Duration = Duration::from_secs(2);

/// Answers probes.
pub(crate) struct Probes {
    context: Arc<Context>,
    asked_to_end: CancellationToken,
    checked: Mutex<Option<(Instant, bool)>>,
}

impl Probes {
    pub(crate) fn new(context: Arc<Context>, asked_to_end: CancellationToken) -> Self {
        Self { context, asked_to_end, checked: Mutex::default() }
    }

    /// The status and body of an answer, when the request is a probe.
    pub(crate) async fn answer(&self, method: &str, path: &str) -> Option<(StatusCode, &'static str)> {
        match (method, path) {
            ("GET" | "HEAD", HEALTH) => Some((StatusCode::OK, r#"{"status":"alive"}"#)),
            ("GET" | "HEAD", READINESS) => Some(if self.asked_to_end.is_cancelled() {
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
        // Those who ask meanwhile wait here, and share the answer.
        let mut checked = self.checked.lock().await;
        if let Some((_, reached)) = checked.filter(|(at, _)| at.elapsed() < CHECKED_FOR) {
            return reached;
        }
        let reached = matches!(tokio::time::timeout(CHECKED_WITHIN, self.context.reach_database()).await, Ok(Ok(())));
        let before = checked.replace((Instant::now(), reached)).is_none_or(|(_, reached)| reached);
        if reached != before {
            tracing::warn!(reached, "whether the database can be reached has changed");
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
