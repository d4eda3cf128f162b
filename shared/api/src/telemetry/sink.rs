//! Where lines with metrics go: to the logs, in CloudWatch's embedded metric format, which needs no call and no permission.
//!
//! The format: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};

use metrique::emf::Emf;
use metrique::writer::Entry;
use metrique::writer::format::Format;
use metrique::{CloseValue, InflectableEntry, RootEntry};
use tracing_subscriber::fmt::MakeWriter;

/// Where the metrics go in CloudWatch unless the environment says otherwise.
const NAMESPACE: &str = "Profiles";

type WriteLine = dyn Fn(&[u8]) + Send + Sync;

struct Sink {
    format: Mutex<Emf>,
    write: Box<WriteLine>,
}

static SINK: OnceLock<Sink> = OnceLock::new();

/// From now on, lines go to this writer.
pub(super) fn init(namespace: Option<String>, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) {
    let namespace = namespace.filter(|namespace| !namespace.is_empty()).unwrap_or_else(|| NAMESPACE.to_owned());
    let format = Mutex::new(Emf::no_validations(namespace, vec![Vec::new()]));
    // A log that cannot be written is no reason to fail a request.
    let write = Box::new(move |line: &[u8]| _ = writer.make_writer().write_all(line));
    // Tests may begin twice.
    let _ = SINK.set(Sink { format, write });
}

/// Writes a line. Like any other line of this project of level `INFO`, it is not written on a higher one.
pub(super) fn write<Line>(line: Line)
where
    Line: CloseValue,
    Line::Closed: InflectableEntry,
    RootEntry<Line::Closed>: Entry,
{
    let Some(sink) = SINK.get().filter(|_| tracing::enabled!(tracing::Level::INFO)) else { return };
    let mut text = Vec::with_capacity(1024);
    let entry = RootEntry::new(line.close());
    if sink.format.lock().unwrap_or_else(PoisonError::into_inner).format(&entry, &mut text).is_ok() {
        // In one piece: others write to the same place.
        (sink.write)(&text);
    }
}
