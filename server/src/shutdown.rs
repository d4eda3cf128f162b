//! The steps of a server's shutdown.

use tokio_util::sync::CancellationToken;

/// The progress of a shutdown. Each token is cancelled when its step begins.
#[derive(Clone, Default)]
pub(crate) struct Shutdown {
    /// A signal came. The server is not ready any more, and each response closes its connection.
    pub(crate) requested: CancellationToken,
    /// No new connections are accepted, and no background work begins.
    pub(crate) closed: CancellationToken,
    /// Idle connections are closed.
    pub(crate) idle_closed: CancellationToken,
}
