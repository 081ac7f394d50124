//! A resync: records of the sources become entities, and the catalog is made to agree with them.
//!
//! ```text
//! source (async, per slice) ──► map (one worker per core) ──► load (async, a few requests in flight) ──► delete
//! ```
//!
//! Batches stream through bounded channels and reach the loader in one fixed order (resource, scope as listed, link, line),
//! whatever runs ahead. This module carries out; decisions are made in
//! [`crate::reconcile`]. It knows no vendor: what is read, and every sentence about that, comes from a [`crate::source::Source`].
//!
//! | station | file |
//! | --- | --- |
//! | everything that a run needs, and its errors | `inputs` |
//! | the run as a whole | `run` |
//! | one resource: reads, maps and loads it | `resource` |
//! | maps batches on workers with a stack of their own | [`workers`] |
//! | compares entities and sends those that differ | [`load`] |
//! | sends refused entities again, until that is of no use | [`resend`] |
//! | the keys of a run, 16 bytes each | [`fingerprints`] |
//! | lists what we own and deletes what is proven gone | [`delete`] |
//! | reads for an observer alone, at the end | `further` |
//! | counts nulls, and remarks on those that are worth it | `remarks` |
//! | blueprints that are needed, and their relations | [`blueprints`] |
//! | what stays from run to run | [`context`] |
//! | events of a run, for observers | [`observe`] |
//! | changes that were reviewed, and no others | [`review`] |

pub mod blueprints;
pub mod context;
pub mod delete;
pub mod fingerprints;
mod further;
mod inputs;
pub mod load;
pub mod observe;
mod remarks;
pub mod resend;
mod resource;
pub mod review;
mod run;
pub mod workers;

pub use inputs::{Resync, ResyncError, ResyncOptions};
pub use run::run;
