//! Serving a router on this machine, until the process is told to end.

use std::net::SocketAddr;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;

/// A server that runs in the background until it is dropped.
pub(super) struct Serving {
    stop: CancellationToken,
}

/// An address that is taken, whose server is still to be built: a router may have to know its own address.
pub(super) struct Place {
    listener: TcpListener,
    /// Where.
    pub(super) address: SocketAddr,
}

impl Place {
    /// Takes an address; port 0 takes a free one.
    pub(super) async fn take(address: SocketAddr) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| {
            Failure::failed(format!("cannot listen on {address}: {error}")).help("choose another port, or 0 for a free one")
        };
        let listener = TcpListener::bind(address).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        Ok(Self { listener, address })
    }

    /// The address as a URL.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves a router there.
    pub(super) fn serve(self, router: Router) -> Serving {
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        // An answer's head and body are two writes; waiting for the acknowledgement of the first costs 40 ms a request.
        let listener = self.listener.tap_io(|connection| {
            if let Err(error) = connection.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps waiting for acknowledgements");
            }
        });
        tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
            if let Err(error) = served {
                tracing::error!(%error, "a server ended");
            }
        });
        Serving { stop }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The word to end, which SIGTERM and Ctrl-C give, from now on. Must be called in a runtime.
///
/// Where signals cannot be listened for, they end the process as they always did.
pub(super) fn word_to_end() -> CancellationToken {
    use tokio::signal::unix::{SignalKind, signal};
    let end = CancellationToken::new();
    let (terminated, interrupted) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    if let (Ok(mut terminated), Ok(mut interrupted)) = (terminated, interrupted) {
        let word = end.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
            }
            word.cancel();
        });
    }
    end
}

/// Does something, unless the word to end comes first; then it is dropped where it is.
pub(super) async fn unless_ended<T>(end: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = end.cancelled() => None,
        done = work => Some(done),
    }
}

/// Waits for the word to end.
pub(super) async fn told_to_end() {
    word_to_end().cancelled().await;
}
