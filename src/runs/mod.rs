//! Run reports in the data folder: written by `telemetry`, listed and read here.
//!
//! | subject | file |
//! | --- | --- |
//! | the folder: writing, listing, finding one | `folder` |
//! | a report as it is read back | `report` |
//! | entities that a run did not leave as they were | `changes` |
//! | a run's name and the state in which it ended | `run` |
//! | time by phase, and what was asked of a side | `cost` |

mod changes;
mod cost;
mod folder;
mod report;
mod run;

pub use changes::{CHANGES_AT_MOST, ChangesPacker, ChangesWriter, PackedChanges};
pub use cost::{Cost, FORMAT, Phases};
pub use folder::{KEPT, Runs, RunsError};
pub use report::{KeptBlueprintDeletion, KeptDeletion, KeptExamples, KeptNulls, KeptRequests, KeptResource, KeptRun, KeptSlice};
pub use run::{RunId, RunState};
