//! Shows that something goes on.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// What takes longer than this shows itself.
const QUIET: Duration = Duration::from_secs(2);
/// Where there is no terminal, a line is written this often.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The progress of one step, on standard error: a bar on a terminal, elsewhere a line now and then.
pub(crate) struct Progress {
    bar: ProgressBar,
    text: String,
    began: Instant,
    last_line: Mutex<Instant>,
}

impl Progress {
    /// A step of so many parts; of one, if that is all that is known.
    pub(crate) fn new(text: impl Into<String>, length: u64) -> Self {
        let text = text.into();
        let bar = ProgressBar::new(length);
        let template = if length > 1 { "  {spinner} {msg} {pos} of {len}" } else { "  {spinner} {msg} {elapsed}" };
        let bar = ProgressStyle::with_template(template).map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style));
        bar.set_message(text.clone());
        bar.enable_steady_tick(Duration::from_millis(100));
        let now = Instant::now();
        // The first line comes after the time in which nothing has to be shown.
        let last_line = Mutex::new(now.checked_sub(LINE_EVERY.saturating_sub(QUIET)).unwrap_or(now));
        Self { bar, text, began: now, last_line }
    }

    /// Shows how many parts are done.
    pub(crate) fn at(&self, position: u64) {
        self.bar.set_position(position);
        self.go_on();
    }

    /// Shows one more part.
    pub(crate) fn one_more(&self) {
        self.bar.inc(1);
        self.go_on();
    }

    /// Shows that it goes on.
    pub(crate) fn go_on(&self) {
        let Ok(mut last) = self.last_line.lock() else { return };
        if self.bar.is_hidden() && last.elapsed() >= LINE_EVERY {
            *last = Instant::now();
            let of = self.bar.length().filter(|length| *length > 1).map(|length| format!(" {} of {length},", self.bar.position()));
            eprintln!("  … {}{} {} s", self.text, of.unwrap_or_default(), self.began.elapsed().as_secs());
        }
    }

    /// Waits for a future, and shows meanwhile that it goes on.
    pub(crate) async fn during<T>(self, future: impl Future<Output = T>) -> T {
        tokio::pin!(future);
        loop {
            tokio::select! {
                value = &mut future => return value,
                () = tokio::time::sleep(Duration::from_millis(500)) => self.go_on(),
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
