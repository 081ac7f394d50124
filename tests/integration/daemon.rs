//! The daemon from outside: what its neighbours see of it. In memory and in paused time, but for the few tests that start the
//! program itself.

pub(crate) mod clocks;
pub(crate) mod first_start;
pub(crate) mod harness;
pub(crate) mod lifecycle;
pub(crate) mod process;
pub(crate) mod published_api;
pub(crate) mod triggers;

pub(crate) mod week;

// The weather of the simulation, which has more in it than a week needs.
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
