//! Receives a request's body, up to a limit of bytes and time.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Body;

/// The most bytes that are read beyond the limit, and discarded, so that the client gets to read the response.
const MAX_IGNORED_BYTES: usize = 16 * 1024 * 1024;

/// The result of receiving a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// The bytes; of a body that is too large, only enough to show that.
    Bytes {
        bytes: Vec<u8>,
        /// Whether the body was read to its end.
        whole: bool,
    },
    /// The body took too long.
    TooSlow,
    /// The client left, or sent invalid HTTP.
    Broken,
}

/// Receives a body that may have `limit` bytes when it is decoded.
pub(crate) async fn receive(body: impl Body<Data: AsRef<[u8]>> + Unpin, limit: usize, within: Duration) -> Received {
    tokio::time::timeout(within, read(body, enough(limit))).await.unwrap_or(Received::TooSlow)
}

/// Returns the number of bytes to keep. Compression makes an incompressible body somewhat longer. A body of more bytes than these
/// decodes to more than the limit, which the decoder reports.
fn enough(limit: usize) -> usize {
    limit + limit / 16 + 1024
}

async fn read(mut body: impl Body<Data: AsRef<[u8]>> + Unpin, enough: usize) -> Received {
    let announced = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default();
    let (mut bytes, mut ignored) = (Vec::with_capacity(announced.min(enough)), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Received::Broken };
        // Trailers are ignored.
        let Ok(data) = frame.into_data() else { continue };
        let data = data.as_ref();
        let (kept, rest) = data.split_at(data.len().min(enough - bytes.len()));
        bytes.extend_from_slice(kept);
        ignored += rest.len();
        if ignored > MAX_IGNORED_BYTES {
            return Received::Bytes { bytes, whole: false };
        }
    }
    Received::Bytes { bytes, whole: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use hyper::body::{Bytes, Frame};
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll};

    const LONG: Duration = Duration::from_secs(600);

    /// Sends bytes without end, and counts them.
    struct Endless(Arc<AtomicUsize>);

    impl Body for Endless {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.0.fetch_add(1 << 16, Ordering::SeqCst);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 1 << 16])))))
        }
    }

    /// Sends nothing, ever.
    struct Silent;

    impl Body for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_comes_whole_and_one_that_is_too_large_only_as_far_as_shows_that() {
        for (sent, kept) in [(0, 0), (1_000, 1_000), (1_001, 1_001), (enough(1_000), enough(1_000)), (9_000, enough(1_000))] {
            let received = receive(Full::new(Bytes::from(vec![b'x'; sent])), 1_000, LONG).await;
            assert_eq!(received, Received::Bytes { bytes: vec![b'x'; kept], whole: true });
        }
    }

    #[tokio::test]
    async fn an_endless_body_is_read_no_further_than_a_client_needs_that_is_almost_done() {
        let sent = Arc::new(AtomicUsize::new(0));
        let Received::Bytes { bytes, whole: false } = receive(Endless(Arc::clone(&sent)), 1_000, LONG).await else { panic!("it ended") };
        assert_eq!(bytes.len(), enough(1_000));
        assert!(sent.load(Ordering::SeqCst) <= enough(1_000) + MAX_IGNORED_BYTES + (1 << 16));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        assert_eq!(receive(Silent, 1_000, LONG).await, Received::TooSlow);
    }
}
