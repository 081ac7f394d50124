//! Being an integration at the catalog: its record, one run at a time, the mapping that is stored there, and what the catalog is
//! told about a run beside entities. The pipeline itself is [`crate::resync`] and knows none of it.
//!
//! | subject | file |
//! | --- | --- |
//! | a whole run, which can be told to end: record, guard, run, guard | `attend` |
//! | the integration's record at the catalog, before a run | `record` |
//! | lets one run in at a time, by the state kept at the catalog | [`guard`] |
//! | where the mapping comes from | [`mapping`] |
//! | the page that shows a new integration's entities, once | `page` |
//! | what the catalog is told beside entities | [`announce`] |

pub mod announce;
mod attend;
pub mod guard;
pub mod mapping;
mod page;
mod record;

pub use attend::{Attendance, Attended, AttendedError, Visit, attend};
pub use record::Creates;
