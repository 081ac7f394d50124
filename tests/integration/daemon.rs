//! Daemon between a simulated GitHub and a local catalog. In memory and in paused time, except for a few tests that start the program.

pub(crate) mod clocks;
pub(crate) mod first_start;
pub(crate) mod harness;
pub(crate) mod lifecycle;
pub(crate) mod process;
pub(crate) mod published_api;
pub(crate) mod triggers;

pub(crate) mod week;

// Faults of the simulation. A week uses only a part of them.
#[path = "../simulation/catalog_wire.rs"]
#[allow(dead_code)]
mod catalog_wire;
#[path = "../simulation/doubtful.rs"]
#[allow(dead_code)]
mod doubtful;
#[path = "../simulation/draft.rs"]
#[allow(dead_code)]
mod draft;
#[path = "../simulation/github_wire.rs"]
#[allow(dead_code)]
mod github_wire;
#[path = "../simulation/outage.rs"]
#[allow(dead_code)]
mod outage;
#[path = "../simulation/stream.rs"]
#[allow(dead_code)]
mod stream;
#[path = "../simulation/weather.rs"]
#[allow(dead_code)]
mod weather;
