//! Logs: JSON lines with metrics in some of them, or text for people. They hold nothing private.
//!
//! `measure` times a request or event and writes its line. `lines` has every line that carries metrics. `instance` writes short lines,
//! and by `volume` the metrics of many requests in one. `sink` writes all of them, by `text` where people read them.

mod instance;
mod invocation;
mod lines;
mod measure;
mod sink;
mod text;
mod volume;

pub use instance::Instance;
pub use invocation::{Invocation, RequestLabel};
pub(crate) use lines::{BatchAccepted, ChunkApplied, ChunksWaiting, Swept};
pub use measure::{event, request};

use std::io::IsTerminal;

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use self::sink::Sink;

/// The form of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line. CloudWatch reads metrics out of some of them.
    Json,
    /// One line of text for each thing that happened, for people. It carries no metrics.
    Text {
        /// Whether the lines have ANSI colors.
        color: bool,
    },
}

impl Format {
    /// Reads Lambda's own switch, `AWS_LAMBDA_LOG_FORMAT`: `Text`, or else JSON. Colors are for terminals, unless `NO_COLOR` is set.
    fn from_environment() -> Self {
        let is_text = variable("AWS_LAMBDA_LOG_FORMAT").eq_ignore_ascii_case("text");
        let color = std::io::stdout().is_terminal() && variable("NO_COLOR").is_empty();
        if is_text { Self::Text { color } } else { Self::Json }
    }
}

/// A place that logs are written to, in one form.
pub struct Output {
    layer: Box<dyn Layer<Registry> + Send + Sync>,
    sink: Sink,
}

impl Output {
    /// Creates an output of this form. `METRICS_NAMESPACE` is where CloudWatch puts the metrics in JSON lines (default `Profiles`).
    pub fn new(format: Format, writer: impl for<'a> MakeWriter<'a> + Clone + Send + Sync + 'static) -> Self {
        let layer = fmt::layer().with_writer(writer.clone());
        match format {
            // With the span: each line that is written during a request names the request.
            Format::Json => Self {
                layer: layer.json().flatten_event(true).with_span_list(false).boxed(),
                sink: Sink::json(&variable("METRICS_NAMESPACE"), writer),
            },
            Format::Text { color } => Self {
                layer: layer.compact().with_ansi(color).with_target(false).with_timer(text::TimeOfDay).with_filter(text::filter()).boxed(),
                sink: Sink::text(color, writer),
            },
        }
    }
}

/// Starts writing logs to standard output. `AWS_LAMBDA_LOG_FORMAT` is their form, `AWS_LAMBDA_LOG_LEVEL` (default `info`) the level of
/// this project's own lines. Lambda sets both as the template says.
pub fn init() {
    init_with(&variable("AWS_LAMBDA_LOG_LEVEL"), [Output::new(Format::from_environment(), std::io::stdout)]);
}

/// Starts writing logs of this level to these outputs. Libraries log warnings at most: below that some write whole requests, and with
/// them private data.
pub fn init_with(level: &str, outputs: impl IntoIterator<Item = Output>) {
    let level = match level.to_ascii_lowercase().as_str() {
        level @ ("trace" | "debug" | "warn" | "error") => level.to_owned(),
        _ => "info".to_owned(),
    };
    let own = ["profiles_api", "profiles_domain", "profiles_storage", "profiles_server"].map(|target| format!(",{target}={level}"));
    let filter = EnvFilter::new(format!("warn{}", own.concat()));
    let (layers, sinks): (Vec<_>, Vec<_>) = outputs.into_iter().map(|output| (output.layer, output.sink)).unzip();
    sink::init(sinks);
    tracing_subscriber::registry().with(layers).with(filter).init();
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
