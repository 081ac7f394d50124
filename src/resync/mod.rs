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
//! | sends refused entities again, until that is of no use | [`resend`] |
//! | the keys of a run, 16 bytes each | [`fingerprints`] |
//! | what earlier runs saw listed | [`listings`] |
//! | lists what we own and deletes what is proven gone | [`delete`] |
//! | blueprints that are needed, and their relations | [`blueprints`] |
//! | lets one run in at a time, by the state kept at the catalog | [`guard`] |
//! | the integration's record at the catalog, before a run | `registration` |
//! | the page that shows a new integration's entities, once | `page` |
//! | a whole run, which can be told to end: record, guard, run, guard | `attended` |
//! | where the mapping comes from | [`source`] |
//! | what stays from run to run | [`ground`] |
//! | what the catalog is told beside entities | [`announce`] |
//! | what is told while it runs | [`observe`] |

pub mod announce;
mod attended;
pub mod blueprints;
pub mod delete;
pub mod extract;
pub mod fingerprints;
pub mod ground;
pub mod guard;
pub mod listings;
pub mod load;
pub mod observe;
mod page;
mod registration;
pub mod resend;
mod run;
pub mod source;
pub mod workers;

pub use attended::{Attendance, Attended, AttendedError, Visit, attend};
pub use registration::Creates;
pub use run::{Resync, ResyncError, ResyncOptions, run};
