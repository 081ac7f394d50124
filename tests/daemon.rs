//! The daemon from outside: what its neighbours see of it. In memory and in paused time, but for the few tests that start the
//! program itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "daemon/beginning.rs"]
mod beginning;
#[path = "daemon/harness.rs"]
mod harness;
#[path = "daemon/lifecycle.rs"]
mod lifecycle;
#[path = "daemon/peer.rs"]
mod peer;
#[path = "daemon/process.rs"]
mod process;
#[path = "daemon/wishes.rs"]
mod wishes;

#[path = "daemon/week.rs"]
mod week;

// The weather of the simulation, which has more in it than a week needs.
#[path = "simulation/catalog_wire.rs"]
#[allow(dead_code)]
mod catalog_wire;
#[path = "simulation/draft.rs"]
#[allow(dead_code)]
mod draft;
#[path = "simulation/github_wire.rs"]
#[allow(dead_code)]
mod github_wire;
#[path = "simulation/stream.rs"]
#[allow(dead_code)]
mod stream;
#[path = "simulation/weather.rs"]
#[allow(dead_code)]
mod weather;
