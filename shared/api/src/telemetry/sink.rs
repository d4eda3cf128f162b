//! Writes the lines that carry metrics: as text, or in CloudWatch's embedded metric format, which needs no call and no permission.
//!
//! The format: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};

use metrique::emf::Emf;
use metrique::writer::Entry;
use metrique::writer::format::Format;
use metrique::{CloseValue, InflectableEntry, RootEntry};
use tracing_subscriber::fmt::MakeWriter;

use super::text::Text;

/// The metrics' default namespace in CloudWatch.
const NAMESPACE: &str = "Profiles";

/// A line that carries metrics.
pub(super) trait Line: CloseValue<Closed: InflectableEntry> {
    /// The line for people; `None` where there is nothing to tell them.
    fn text(&self) -> Option<Text>;
}

type WriteLine = dyn Fn(&[u8]) + Send + Sync;

/// A place that these lines are written to, in one form.
pub(super) struct Sink {
    form: Form,
    write: Box<WriteLine>,
}

enum Form {
    Json(Box<Mutex<Emf>>),
    Text { color: bool },
}

static SINKS: OnceLock<Vec<Sink>> = OnceLock::new();

impl Sink {
    pub(super) fn json(namespace: &str, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> Self {
        let namespace = if namespace.is_empty() { NAMESPACE } else { namespace };
        Self::new(Form::Json(Box::new(Mutex::new(Emf::no_validations(namespace.to_owned(), vec![Vec::new()])))), writer)
    }

    pub(super) fn text(color: bool, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> Self {
        Self::new(Form::Text { color }, writer)
    }

    fn new(form: Form, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> Self {
        // A log that cannot be written is no reason to fail a request.
        Self { form, write: Box::new(move |line| _ = writer.make_writer().write_all(line)) }
    }
}

/// Writes lines to these sinks from now on.
pub(super) fn init(sinks: Vec<Sink>) {
    // Tests may begin twice.
    let _ = SINKS.set(sinks);
}

/// Writes a line. It has the level `INFO`: on a higher one it is not written.
pub(super) fn write<L: Line>(line: L)
where
    RootEntry<L::Closed>: Entry,
{
    let Some(sinks) = SINKS.get().filter(|_| tracing::enabled!(tracing::Level::INFO)) else { return };
    let text = sinks.iter().any(|sink| matches!(sink.form, Form::Text { .. })).then(|| line.text()).flatten();
    let entry = RootEntry::new(line.close());
    for sink in sinks {
        let mut bytes = Vec::with_capacity(1024);
        match &sink.form {
            Form::Json(format) => {
                if format.lock().unwrap_or_else(PoisonError::into_inner).format(&entry, &mut bytes).is_err() {
                    continue;
                }
            }
            Form::Text { color } => match &text {
                Some(text) => bytes.extend_from_slice(text.line(*color).as_bytes()),
                None => continue,
            },
        }
        // In one piece: others write to the same place.
        (sink.write)(&bytes);
    }
}
