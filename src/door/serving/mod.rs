//! Serves routers. The only file that listens.
//!
//! | subject | file |
//! | --- | --- |
//! | address, accept loop, limits | here |
//! | one connection: its stages and time limits | `connection` |
//! | allowed `Host` and `Origin` of a request | [`hosts`] |
//!
//! Clients must not be able to block a port: a connection must send something within [`ServingLimits`], and there are never
//! more than [`ServingLimits::connections`]. For one more, the connection that has been silent longest is closed, so that a
//! liveness probe is answered however many silent connections exist.

mod connection;
pub mod hosts;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use connection::ConnectionState;

/// Wait before accepting again after an error of the system, as when file descriptors run out.
const AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// Limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServingLimits {
    /// Concurrent connections.
    pub connections: usize,
    /// Time from the first byte of a request, or from the beginning of the connection, to the end of the head.
    pub head: Duration,
    /// Time from the end of the head to the end of the body.
    pub body: Duration,
    /// Time without a sent byte of an answer, or without the next request.
    pub idle: Duration,
}

impl ServingLimits {
    /// 64 connections serve several clients with their pools, and stay below the smallest usual limit of file descriptors. A
    /// head is sent at once: ten seconds are for a slow network. Bodies are 1 MiB at most. Clients close idle connections
    /// themselves after a minute or so.
    pub const STANDARD: Self =
        Self { connections: 64, head: Duration::from_secs(10), body: Duration::from_secs(60), idle: Duration::from_secs(75) };
}

/// Bound address whose server is built later: a router may need its own address.
#[derive(Debug)]
pub struct BoundAddress {
    listener: TcpListener,
    address: SocketAddr,
}

/// Address of the client of a request, in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

/// Server that runs in the background until it is dropped.
#[derive(Debug)]
pub struct Serving {
    stop: CancellationToken,
}

impl BoundAddress {
    /// Binds an address. Port 0 binds a free one.
    ///
    /// # Errors
    /// The address is in use, or not one of this machine.
    pub async fn take(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves a router within these limits. Needs a runtime.
    pub fn serve(self, router: Router, limits: ServingLimits) -> Serving {
        let stop = CancellationToken::new();
        tokio::spawn(accept(self.listener, router, limits, stop.clone()));
        Serving { stop }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, router: Router, limits: ServingLimits, stop: CancellationToken) {
    let open = Arc::new(OpenConnections::default());
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                if !open.make_room(limits.connections, &stop).await {
                    return;
                }
                begin(stream, PeerAddress(peer), &router, limits, &open, &stop);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                open.close_longest_silent();
                sleep(AFTER_REFUSAL).await;
            }
        }
    }
}

fn begin(
    stream: TcpStream,
    peer: PeerAddress,
    router: &Router,
    limits: ServingLimits,
    open: &Arc<OpenConnections>,
    stop: &CancellationToken,
) {
    // Head and body of an answer are two writes; waiting for the acknowledgement of the first costs 40 ms per request.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY on a connection");
    }
    let state = ConnectionState::new(limits);
    let close = CancellationToken::new();
    let number = open.add(state.clone(), close.clone());
    let (router, open, stop) = (router.clone(), Arc::clone(open), stop.clone());
    tokio::spawn(async move {
        // A guard, so that a handler that panics releases the connection too.
        let _guard = ConnectionGuard { open, number };
        connection::serve(stream, peer, router, state, &close, &stop).await;
    });
}

/// Open connections.
#[derive(Default)]
struct OpenConnections {
    connections: Mutex<Connections>,
    closed: Notify,
}

/// Connections by number, in ascending order, with their stage and the token that closes them.
#[derive(Default)]
struct Connections {
    last_number: u64,
    open: BTreeMap<u64, (ConnectionState, CancellationToken)>,
}

impl OpenConnections {
    fn add(&self, state: ConnectionState, close: CancellationToken) -> u64 {
        let mut connections = self.lock();
        connections.last_number += 1;
        let number = connections.last_number;
        connections.open.insert(number, (state, close));
        number
    }

    /// Waits until one more connection is allowed, and closes a silent one for it. False when the server is stopped first.
    async fn make_room(&self, most: usize, stop: &CancellationToken) -> bool {
        loop {
            let closed = self.closed.notified();
            if self.lock().open.len() < most {
                return true;
            }
            self.close_longest_silent();
            tokio::select! {
                biased;
                () = stop.cancelled() => return false,
                () = closed => {}
                // All of them may be working now and silent later.
                () = sleep(AFTER_REFUSAL) => {}
            }
        }
    }

    fn close_longest_silent(&self) {
        let connections = self.lock();
        let waiting = connections.open.values().filter(|(_, close)| !close.is_cancelled());
        let longest = waiting.filter_map(|(state, close)| Some((state.waiting_since()?, close))).min_by_key(|(since, _)| *since);
        if let Some((_, close)) = longest {
            close.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        // A panic leaves the map with at most one connection missing.
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Registration of an open connection.
struct ConnectionGuard {
    open: Arc<OpenConnections>,
    number: u64,
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.open.lock().open.remove(&self.number);
        // Wakes one waiter. Without one, the next sees the free place itself.
        self.open.closed.notify_waiters();
    }
}
