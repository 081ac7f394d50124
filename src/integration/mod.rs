//! Integration at the catalog: its record, one run at a time, the mapping stored there, and the reports about runs. The pipeline
//! itself is [`crate::resync`] and depends on none of it.
//!
//! | subject | file |
//! | --- | --- |
//! | a whole run that can be stopped: record, guard, pipeline, state at its end | `attend` |
//! | the integration's record at the catalog, before a run | `record` |
//! | guard: one run at a time, by the state at the catalog | [`guard`] |
//! | choice of the mapping: file, catalog or bundled | [`mapping`] |
//! | the page of a new integration, created once | `page` |
//! | reports to the catalog besides entities | [`announce`] |

pub mod announce;
mod attend;
pub mod guard;
pub mod mapping;
mod page;
mod record;

pub use attend::{RunEnd, RunError, RunRequest, RunResult, attend};
pub use record::CreationPolicy;
