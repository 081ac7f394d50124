//! One answer, and the time limit of an attempt.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::door::http::{TransportError, TransportErrorKind};

/// Time limit of one attempt until its answer is read, redirections included. The network's own limit covers only silence between
/// bytes. The largest list of a source fits at 35 KB a second.
pub const ATTEMPT_AT_MOST: Duration = Duration::from_secs(120);

/// An answer read to its end, with any status.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as it was read. May be empty.
    pub body: Bytes,
}

/// Ends a future after `limit`. `late` is the beginning of the message: `no answer` gives `no answer within 120 s`.
///
/// # Errors
/// The limit is over. The future is dropped, and with it its connection.
pub async fn within<T>(limit: Duration, late: &str, future: impl Future<Output = T>) -> Result<T, TransportError> {
    let message = || format!("{late} within {} s", limit.as_secs());
    tokio::time::timeout(limit, future).await.map_err(|_| TransportError::new(TransportErrorKind::Timeout, message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_comes_in_time_passes_and_what_comes_later_is_a_timeout() {
        for (seconds, is_in_time) in [(0, true), (9, true), (11, false), (1_000_000, false)] {
            let answer = tokio::time::sleep(Duration::from_secs(seconds));
            let outcome = within(Duration::from_secs(10), "no answer", answer).await;
            let expected = TransportError::new(TransportErrorKind::Timeout, "no answer within 10 s");
            assert_eq!(outcome, if is_in_time { Ok(()) } else { Err(expected) }, "{seconds}");
        }
    }
}
