//! The end of a server, step by step.

use tokio_util::sync::CancellationToken;

/// How far the end has come. Whoever has to act on a step waits for it here.
#[derive(Clone, Default)]
pub(crate) struct Ending {
    /// Somebody asked for the end. The server says that it is not ready, and each answer closes its connection.
    pub(crate) asked: CancellationToken,
    /// No new connections are taken, and nothing is begun in the background.
    pub(crate) closed: CancellationToken,
    /// Connections on which nothing happens are closed.
    pub(crate) silent: CancellationToken,
}
