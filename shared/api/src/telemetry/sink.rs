//! Writes the lines that carry metrics: as text, or in CloudWatch's embedded metric format, which needs no call and no permission.
//!
//! The format: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};

use metrique::emf::Emf;
use metrique::writer::Entry;
use metrique::writer::format::Format;
use metrique::{CloseValue, InflectableEntry, RootEntry};
use serde::Serialize;
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
    Json(Box<Json>),
    Text { color: bool },
}

struct Json {
    namespace: String,
    format: Mutex<Emf>,
}

static SINKS: OnceLock<Vec<Sink>> = OnceLock::new();

impl Sink {
    pub(super) fn json(namespace: &str, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> Self {
        let namespace = if namespace.is_empty() { NAMESPACE } else { namespace }.to_owned();
        let format = Mutex::new(Emf::no_validations(namespace.clone(), vec![Vec::new()]));
        Self::new(Form::Json(Box::new(Json { namespace, format })), writer)
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
    let Some(sinks) = sinks() else { return };
    let text = has_text(sinks).then(|| line.text()).flatten();
    let entry = RootEntry::new(line.close());
    write_to(sinks, text.as_ref(), |json, bytes| json.format.lock().unwrap_or_else(PoisonError::into_inner).format(&entry, bytes).is_ok());
}

/// Writes a line of the same level that is serialized as it is. `in_namespace` makes it, from the metrics' namespace.
pub(super) fn write_json<L: Serialize>(in_namespace: impl Fn(&'static str) -> L, text: impl FnOnce() -> Option<Text>) {
    let Some(sinks) = sinks() else { return };
    let text = has_text(sinks).then(text).flatten();
    write_to(sinks, text.as_ref(), |json, bytes| {
        let written = serde_json::to_writer(&mut *bytes, &in_namespace(&json.namespace)).is_ok();
        bytes.push(b'\n');
        written
    });
}

fn sinks() -> Option<&'static [Sink]> {
    SINKS.get().map(Vec::as_slice).filter(|_| tracing::enabled!(tracing::Level::INFO))
}

fn has_text(sinks: &[Sink]) -> bool {
    sinks.iter().any(|sink| matches!(sink.form, Form::Text { .. }))
}

fn write_to(sinks: &'static [Sink], text: Option<&Text>, json: impl Fn(&'static Json, &mut Vec<u8>) -> bool) {
    for sink in sinks {
        let mut bytes = Vec::with_capacity(1024);
        let is_written = match (&sink.form, text) {
            (Form::Json(form), _) => json(form, &mut bytes),
            (Form::Text { color }, Some(text)) => {
                bytes.extend_from_slice(text.line(*color).as_bytes());
                true
            }
            (Form::Text { .. }, None) => false,
        };
        if is_written {
            // In one piece: others write to the same place.
            (sink.write)(&bytes);
        }
    }
}
