//! Log lines for people: one line for each thing that happened.

use std::fmt::{self, Display};

use nu_ansi_term::{Color, Style};
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterFn, filter_fn};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::clock::Clock;

/// A line: the time, how it ended, what it was, and details, as in
/// `12:18:00 200 POST /v3/observe/hooks/profiles  3.4 ms  1 request, 1 write unit`.
pub(super) struct Text {
    ending: Option<(String, Color)>,
    /// The first is the subject.
    parts: Vec<String>,
}

impl Text {
    pub(super) fn new(subject: impl Into<String>) -> Self {
        Self { ending: None, parts: vec![subject.into()] }
    }

    /// A request, which ended with this status.
    pub(super) fn request(status: u16, method: &str, route: &str) -> Self {
        let color = match status {
            500.. => Color::Red,
            400.. => Color::Yellow,
            _ => Color::Green,
        };
        Self { ending: Some((status.to_string(), color)), ..Self::new(format!("{method} {route}")) }
    }

    /// An event that a function handled.
    pub(super) fn event(failed: bool, function: &str) -> Self {
        let (ending, color) = if failed { ("failed", Color::Red) } else { ("ok ", Color::Green) };
        Self { ending: Some((ending.to_owned(), color)), ..Self::new(function) }
    }

    /// Adds a detail, unless it is empty.
    pub(super) fn with(mut self, detail: impl Into<String>) -> Self {
        self.parts.extend(Some(detail.into()).filter(|detail| !detail.is_empty()));
        self
    }

    /// Adds what a request or event took: time, requests to the database, and units.
    pub(super) fn with_cost(self, milliseconds: f64, requests: u32, read_units: f64, write_units: f64) -> Self {
        let consumed = [amount(requests, "request"), amount(read_units, "read unit"), amount(write_units, "write unit")];
        self.with(format!("{milliseconds:.1} ms")).with(amounts(consumed))
    }

    /// The whole line, with its end.
    pub(super) fn line(&self, color: bool) -> String {
        let paint = |style: Style| if color { style } else { Style::new() };
        let time = paint(Style::new().dimmed()).paint(time_of_day()).to_string();
        let ending = self.ending.as_ref().map(|(ending, color)| paint((*color).into()).paint(ending).to_string());
        let lead = [Some(time), ending].into_iter().flatten().collect::<Vec<_>>().join(" ");
        format!("{lead} {}\n", self.parts.join("  "))
    }
}

/// A list of the amounts that are not 0.
pub(super) fn amounts(amounts: impl IntoIterator<Item = Option<String>>) -> String {
    amounts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// An amount of a thing; `None` for 0.
pub(super) fn amount<N: Display + PartialOrd + From<u8>>(count: N, thing: &str) -> Option<String> {
    let ending = if count == N::from(1) { "" } else { "s" };
    (count > N::from(0)).then(|| format!("{count} {thing}{ending}"))
}

/// The time of day, in UTC as everywhere in the API.
pub(super) struct TimeOfDay;

impl FormatTime for TimeOfDay {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&time_of_day())
    }
}

fn time_of_day() -> String {
    // 2029-04-07T12:18:00.000Z
    Clock::system().now().to_string().chars().skip(11).take(8).collect()
}

/// Leaves out the runtime's warning that one instance answers one request at a time. It comes with each start of a function by
/// `cargo lambda watch`, and is as it should be.
pub(super) fn filter() -> FilterFn<fn(&Metadata<'_>) -> bool> {
    filter_fn(|metadata| *metadata.level() != Level::WARN || metadata.target() != "lambda_runtime::runtime")
}
