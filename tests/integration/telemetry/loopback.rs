//! Servers on this machine, for programs that are started as a whole. They end with the test.

use std::net::SocketAddr;
use std::sync::mpsc;

use axum::Router;
use tokio::sync::oneshot;

/// A server that is there until it is dropped.
pub(crate) struct Loopback {
    pub(crate) address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Loopback {
    /// Serves what `router` makes of its own address.
    pub(crate) fn serve(router: impl FnOnce(String) -> Router + Send + 'static) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                let router = router(format!("http://{address}"));
                sender.send(address).unwrap();
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address: receiver.recv().unwrap(), _stop: stop }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
