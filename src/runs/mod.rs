//! Run reports in the data folder: written by `telemetry`, listed and read here.
//!
//! | subject | file |
//! | --- | --- |
//! | the folder: writing, listing, finding one | `folder` |
//! | entities that a run did not leave as they were | `changes` |
//! | a run's name and the state in which it ended | `run` |
//! | time by phase, and what was asked of a side | `cost` |

mod changes;
mod cost;
mod folder;
mod run;

pub use changes::{CHANGES_AT_MOST, ChangesWriter, KeptChange, KeptField};
pub use cost::{Cost, FORMAT, Phases};
pub use folder::{
    KEPT, KeptBlueprintDeletion, KeptDeletion, KeptExamples, KeptRequests, KeptResource, KeptRun, KeptSlice, KeptTotals, Runs,
    RunsError,
};
pub use run::{RunId, RunState};
