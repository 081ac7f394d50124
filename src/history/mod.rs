//! The history: what was read, day by day, kept in the data folder beside the catalog and whatever the catalog is.
//!
//! Its unit is a **day fact**: one part of one day of one scope. A part is kept as its source wrote it, so that a figure that
//! is added later can be computed from what was read before.
//!
//! | subject | file |
//! | --- | --- |
//! | the parts of a day, and whose they are | [`fact`] |
//! | keeping them while a resync reads | [`record`] |
//! | writing them, all or nothing | [`store`] |
//! | reading them, also while they are written | [`reader`] |
//! | figures of what is kept | [`figures`] |
//! | figures of a selection of scope, team and days | [`selection`] |
//! | tables and settings of SQLite | `schema` |
//! | reasons for failure | [`error`] |

pub mod error;
pub mod fact;
pub mod figures;
pub mod reader;
pub mod record;
mod schema;
pub mod selection;
pub mod store;

pub use error::HistoryError;
pub use fact::{DayFact, Part, ScopeKey};
pub use reader::HistoryReader;
pub use record::HistoryRecorder;
pub use store::{HistoryStore, Written};

/// The file in a data folder.
pub const FILE_NAME: &str = "history.sqlite";

#[cfg(test)]
mod tests;
