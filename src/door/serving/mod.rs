//! Serving a router: the one place where this program listens.
//!
//! | subject | file |
//! | --- | --- |
//! | the address, the loop that accepts, the limits | here |
//! | one connection: what it waits for, and for how long | `connection` |
//! | which `Host` and `Origin` a request may name | [`hosts`] |
//!
//! Whoever reaches a port must not be able to hold it: a connection has to say something within [`Limits`], and there are never
//! more of them than [`Limits::connections`]. When one more comes, the one that has kept us waiting longest is closed for it, so
//! that a liveness probe is answered however many silent connections somebody opens.

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

use connection::Watch;

/// How long to wait before accepting again when the system refuses, which it does when file descriptors run out.
const AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// What a server allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// From the first byte of a request, or from the connection's beginning, to the end of its head.
    pub head: Duration,
    /// From the end of a request's head to the end of its body.
    pub body: Duration,
    /// Without a byte taken of an answer, and without a request on a connection that had one.
    pub idle: Duration,
}

impl Limits {
    /// 64 connections are several clients with their pools, and leave room for everything else below the smallest usual limit of
    /// file descriptors. A head is sent in one piece: ten seconds are for a bad network. Bodies are 1 MiB at most. Clients keep
    /// connections for a minute or so before they close them themselves.
    pub const STANDARD: Self =
        Self { connections: 64, head: Duration::from_secs(10), body: Duration::from_secs(60), idle: Duration::from_secs(75) };
}

/// An address that is taken, whose server is still to be built: a router may have to know its own address.
#[derive(Debug)]
pub struct Place {
    listener: TcpListener,
    address: SocketAddr,
}

/// A server that runs in the background until it is dropped.
#[derive(Debug)]
pub struct Serving {
    stop: CancellationToken,
}

impl Place {
    /// Takes an address; port 0 takes a free one.
    ///
    /// # Errors
    /// When it is taken already, or none of this machine's.
    pub async fn take(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves a router there within these limits. Must be called in a runtime.
    pub fn serve(self, router: Router, limits: Limits) -> Serving {
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

async fn accept(listener: TcpListener, router: Router, limits: Limits, stop: CancellationToken) {
    let open = Arc::new(Open::default());
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                if !open.make_room(limits.connections, &stop).await {
                    return;
                }
                begin(stream, &router, limits, &open, &stop);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                open.close_the_longest_waiting();
                sleep(AFTER_REFUSAL).await;
            }
        }
    }
}

fn begin(stream: TcpStream, router: &Router, limits: Limits, open: &Arc<Open>, stop: &CancellationToken) {
    // An answer's head and body are two writes; waiting for the acknowledgement of the first costs 40 ms a request.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps waiting for acknowledgements");
    }
    let watch = Watch::new(limits);
    let close = CancellationToken::new();
    let number = open.add(watch.clone(), close.clone());
    let (router, open, stop) = (router.clone(), Arc::clone(open), stop.clone());
    tokio::spawn(async move {
        // In a guard, so that a handler that panics takes its connection's place with it.
        let _place = Taken { open, number };
        connection::serve(stream, router, watch, &close, &stop).await;
    });
}

/// The connections that are open.
#[derive(Default)]
struct Open {
    connections: Mutex<Connections>,
    closed: Notify,
}

/// Connections by their number, which grows: what each is at, and what closes it.
#[derive(Default)]
struct Connections {
    last_number: u64,
    open: BTreeMap<u64, (Watch, CancellationToken)>,
}

impl Open {
    fn add(&self, watch: Watch, close: CancellationToken) -> u64 {
        let mut connections = self.held();
        connections.last_number += 1;
        let number = connections.last_number;
        connections.open.insert(number, (watch, close));
        number
    }

    /// Waits until one more connection may be there, and closes another for it where one keeps us waiting. False when the server
    /// is told to stop first.
    async fn make_room(&self, most: usize, stop: &CancellationToken) -> bool {
        loop {
            let closed = self.closed.notified();
            if self.held().open.len() < most {
                return true;
            }
            self.close_the_longest_waiting();
            tokio::select! {
                biased;
                () = stop.cancelled() => return false,
                () = closed => {}
                // All of them may be at work now and wait for their clients later.
                () = sleep(AFTER_REFUSAL) => {}
            }
        }
    }

    fn close_the_longest_waiting(&self) {
        let connections = self.held();
        let waiting = connections.open.values().filter(|(_, close)| !close.is_cancelled());
        let longest = waiting.filter_map(|(watch, close)| Some((watch.waiting_since()?, close))).min_by_key(|(since, _)| *since);
        if let Some((_, close)) = longest {
            close.cancel();
        }
    }

    fn held(&self) -> MutexGuard<'_, Connections> {
        // Whoever panicked with it left a map in which at worst one connection is missing.
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place among those that are open.
struct Taken {
    open: Arc<Open>,
    number: u64,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.open.held().open.remove(&self.number);
        // One that waits is woken; when none does, the next that waits sees the room by itself.
        self.open.closed.notify_waiters();
    }
}
