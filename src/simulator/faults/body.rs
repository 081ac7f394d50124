//! Faults in bodies of answers.

use std::io;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};

use super::Rule;

/// Replacement of a damaged line.
const DAMAGED_LINE: &[u8] = b"{\"day\":\"2026-\n";

/// Applies the rule's faults to a body: first the damaged line, then the limit of bytes.
pub(super) fn with_faults(body: Body, rule: &Rule) -> Body {
    let mut damage = rule.spoil_line.map(|line| LineDamage { line, current: 1, is_written: false });
    let chunks = body.into_data_stream().map(move |chunk| {
        let chunk = chunk.map_err(io::Error::other)?;
        Ok(match &mut damage {
            Some(damage) => damage.apply(&chunk),
            None => chunk,
        })
    });
    let limit = rule.cut_after_bytes.or(rule.end_after_bytes).unwrap_or(u64::MAX);
    Body::from_stream(limited(Box::pin(chunks), limit, rule.cut_after_bytes.is_some()))
}

type BodyChunks = std::pin::Pin<Box<dyn stream::Stream<Item = io::Result<Bytes>> + Send>>;

/// Passes on at most `limit` bytes, then ends or breaks the connection. A shorter body is passed on whole.
fn limited(chunks: BodyChunks, limit: u64, breaks: bool) -> impl stream::Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some((chunks, limit)), move |state| async move {
        let (mut chunks, left) = state?;
        let reset = || io::Error::new(io::ErrorKind::ConnectionReset, "connection reset by the simulator");
        if left == 0 {
            if !breaks {
                return None;
            }
            // Over a network, earlier bytes must leave the buffers first, or the client would see nothing of the answer.
            tokio::task::yield_now().await;
            return Some((Err(reset()), None));
        }
        let chunk = match chunks.next().await? {
            Ok(chunk) => chunk,
            Err(error) => return Some((Err(error), None)),
        };
        let taken = chunk.slice(..chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        let left = left - taken.len() as u64;
        Some((Ok(taken), Some((chunks, left))))
    })
}

/// Replaces one line of a stream.
struct LineDamage {
    line: u64,
    current: u64,
    is_written: bool,
}

impl LineDamage {
    fn apply(&mut self, chunk: &[u8]) -> Bytes {
        let mut out = Vec::with_capacity(chunk.len());
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            if self.current != self.line {
                out.extend_from_slice(piece);
            } else if !self.is_written {
                self.is_written = true;
                out.extend_from_slice(DAMAGED_LINE);
            }
            self.current += u64::from(piece.ends_with(b"\n"));
        }
        Bytes::from(out)
    }
}
