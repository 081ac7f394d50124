//! A resync: GitHub's records become entities, and the catalog is made to agree with them.
//!
//! ```text
//! extract (async, per slice) ──► map (one worker per core) ──► load (async, a few requests in flight) ──► delete
//! ```
//!
//! Batches stream through bounded channels and reach the loader in one fixed order (resource, scope as listed, link, line),
//! whatever runs ahead. This room carries out; what is decided is decided in [`crate::reconcile`].
//!
//! | station | file |
//! | --- | --- |
//! | reads slices into batches | [`extract`] |
//! | maps batches on workers with a stack of their own | [`workers`] |
//! | compares entities and sends those that differ | [`load`] |
//! | the keys of a run, 16 bytes each | [`fingerprints`] |
//! | lists what we own and deletes what is proven gone | [`delete`] |
//! | blueprints that are needed, and their relations | [`blueprints`] |
//! | lets one run in at a time, by the state kept at the catalog | [`guard`] |
//! | a run that can be told to end, from guard to guard | `attended` |
//! | what is told while it runs | [`observe`] |

mod attended;
pub mod blueprints;
pub mod delete;
pub mod extract;
pub mod fingerprints;
pub mod guard;
pub mod load;
pub mod observe;
mod run;
pub mod workers;

pub use attended::{Attended, AttendedError, attend};
pub use run::{Resync, ResyncError, ResyncOptions, run};
