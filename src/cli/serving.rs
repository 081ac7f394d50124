//! Listening on this machine, until a signal to stop.

use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use crate::door::serving::BoundAddress;

/// Takes an address; port 0 takes a free one.
pub(super) async fn take(address: SocketAddr) -> Result<BoundAddress, Failure> {
    BoundAddress::take(address).await.map_err(|error| {
        Failure::failed(format!("cannot listen on {address}: {error}")).help("choose another port, or 0 for a free one")
    })
}

/// Token that SIGTERM, SIGHUP and Ctrl-C cancel from now on. Must be called in a runtime.
///
/// On a platform where signals cannot be listened for, they end the process at once. SIGHUP stays ignored when the parent process
/// ignores it, as `nohup` does.
pub(super) fn stop_signal() -> CancellationToken {
    use tokio::signal::unix::{SignalKind, signal};
    let end = CancellationToken::new();
    let mut kinds = vec![SignalKind::terminate(), SignalKind::interrupt()];
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if !ignores_hangup(&status) {
        kinds.push(SignalKind::hangup());
    }
    for mut signals in kinds.into_iter().filter_map(|kind| signal(kind).ok()) {
        let word = end.clone();
        tokio::spawn(async move {
            signals.recv().await;
            word.cancel();
        });
    }
    end
}

/// True when a process ignores SIGHUP, by Linux' `/proc/PID/status`: a mask of all ignored signals, of which this is the first.
fn ignores_hangup(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

/// Does work unless a signal to stop comes first; the work is then dropped.
pub(super) async fn unless_ended<T>(end: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = end.cancelled() => None,
        done = work => Some(done),
    }
}

/// Waits for a signal to stop.
pub(super) async fn wait_for_stop_signal() {
    stop_signal().cancelled().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nohup_ignores_stays_ignored() {
        assert!(ignores_hangup("Name:\tpilotage\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n"));
        assert!(!ignores_hangup("SigIgn:\t0000000000001000\n") && !ignores_hangup("SigBlk:\t0000000000000001\n"));
        assert!(!ignores_hangup(""));
    }
}
