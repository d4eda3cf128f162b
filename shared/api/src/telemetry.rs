//! Logs: JSON lines that hold nothing private.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Writes logs to standard output, one JSON object a line. `AWS_LAMBDA_LOG_LEVEL`, which Lambda sets as the template says (default
/// `info`), is the level of this project's own lines.
pub fn init() {
    init_with(&std::env::var("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default(), std::io::stdout);
}

/// The same on this level, to this writer. Libraries log warnings at most: below that some write whole requests, and with them
/// private data.
pub fn init_with(level: &str, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) {
    let level = match level.to_ascii_lowercase().as_str() {
        level @ ("trace" | "debug" | "warn" | "error") => level.to_owned(),
        _ => "info".to_owned(),
    };
    let filter =
        EnvFilter::new(format!("warn,profiles_api={level},profiles_domain={level},profiles_storage={level},profiles_server={level}"));
    tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_env_filter(filter).with_writer(writer).init();
}
