//! Run reports in the data folder: written by `telemetry`, listed and read here.
//!
//! | subject | file |
//! | --- | --- |
//! | the folder: writing, listing, finding one | `folder` |
//! | a run's name and the state in which it ended | `run` |
//! | time by phase, and what was asked of a side | `cost` |

mod cost;
mod folder;
mod run;

pub use cost::{Cost, FORMAT, Phases};
pub use folder::{KEPT, KeptRequests, KeptResource, KeptRun, KeptSlice, Runs, RunsError};
pub use run::{RunId, RunState};
