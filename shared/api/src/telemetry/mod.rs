//! Logs: JSON lines that hold nothing private, and metrics in some of them.

mod invocation;
mod lines;
mod sink;

pub use invocation::{Invocation, Named, event, request};
pub(crate) use lines::{BatchAccepted, ChunkApplied, ChunksWaiting, Swept};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Writes logs to standard output, one JSON object a line. `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets as the template says (default
/// `info`), is the level of this project's own lines. `METRICS_NAMESPACE` is where CloudWatch puts the metrics in them (default
/// `Profiles`).
pub fn init() {
    init_with(&std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default(), std::io::stdout);
}

/// The same on this level, to this writer. Libraries log warnings at most: below that some write whole requests, and with them
/// private data.
pub fn init_with(level: &str, writer: impl for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static) {
    let level = match level.to_ascii_lowercase().as_str() {
        level @ ("trace" | "debug" | "warn" | "error") => level.to_owned(),
        _ => "info".to_owned(),
    };
    sink::init(std::env::var("METRICS_NAMESPACE").ok(), writer.clone());
    let own = ["profiles_api", "profiles_domain", "profiles_storage", "profiles_server"].map(|target| format!(",{target}={level}"));
    let filter = EnvFilter::new(format!("warn{}", own.concat()));
    // With the span: whatever is said while a request is under way names the request.
    tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false).with_env_filter(filter).with_writer(writer).init();
}
