//! Daemon between a simulated GitHub and a local catalog. In memory and in paused time, except for a few tests that start the program.

pub(crate) mod clocks;
pub(crate) mod first_start;
pub(crate) mod harness;
pub(crate) mod kind_schedules;
pub(crate) mod lifecycle;
pub(crate) mod process;
pub(crate) mod published_api;
pub(crate) mod triggers;

pub(crate) mod week;

// Faults of the simulation. A week uses only a part of them.
#[path = "../simulation/catalog_faults.rs"]
#[allow(dead_code)]
mod catalog_faults;
#[path = "../simulation/catalog_wire.rs"]
#[allow(dead_code)]
mod catalog_wire;
#[path = "../simulation/doubtful.rs"]
#[allow(dead_code)]
mod doubtful;
#[path = "../simulation/generated_mapping.rs"]
#[allow(dead_code)]
mod generated_mapping;
#[path = "../simulation/github_faults.rs"]
#[allow(dead_code)]
mod github_faults;
#[path = "../simulation/github_wire.rs"]
#[allow(dead_code)]
mod github_wire;
#[path = "../simulation/outage.rs"]
#[allow(dead_code)]
mod outage;
#[path = "../simulation/random.rs"]
#[allow(dead_code)]
mod random;
