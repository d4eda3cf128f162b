//! The paused clock of a test, stopped while a call is under way.

use std::sync::mpsc::{Sender, channel};

/// Stops the paused clock of the current runtime until this is dropped. Otherwise tokio would let it jump to the end of the next wait
/// while the database works.
pub(super) struct Stopped {
    _until_dropped: Sender<()>,
}

impl Stopped {
    pub(super) fn clock() -> Self {
        let (sender, receiver) = channel();
        // Tokio does not let a paused clock go on while a blocking task runs.
        tokio::task::spawn_blocking(move || receiver.recv());
        Self { _until_dropped: sender }
    }
}
