//! The daemon from outside: what its neighbours see of it. In memory and in paused time, but for the few tests that start the
//! program itself.

pub(crate) mod beginning;
pub(crate) mod clocks;
pub(crate) mod harness;
pub(crate) mod lifecycle;
pub(crate) mod peer;
pub(crate) mod process;
pub(crate) mod wishes;

pub(crate) mod week;

// The faults of the simulation, of which a week needs a part.
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
