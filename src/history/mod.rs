//! The history: what was read, day by day, kept in the data folder beside the catalog and whatever the catalog is.
//!
//! Its unit is a **day fact**: one part of one day of one scope. A part is kept as its source wrote it, so that a figure that
//! is added later can be computed from what was read before.
//!
//! | subject | file |
//! | --- | --- |
//! | the parts of a day, and whose they are | [`fact`] |
//! | fingerprints of what was read of a day | [`hash`] |
//! | when a day is final | [`finality`] |
//! | keeping them while a resync reads | [`record`] |
//! | the thread that folds and writes what was read | [`writing`] |
//! | which days a backfill reads | [`backfill`] |
//! | old days that are read again | `checks` |
//! | who uses the file | [`lock`] |
//! | writing them, all or nothing | [`store`] |
//! | reading them, also while they are written | [`reader`] |
//! | days that were final and are other ones now | [`restated`] |
//! | days that are held and days that are missing | [`status`] |
//! | figures of what is kept | [`figures`] |
//! | figures of a selection of scope, team and days | [`selection`] |
//! | values by which readings are told apart | `values` |
//! | a new one of what is left of an old one | [`salvage`] |
//! | contents of several sections | [`sections`] |
//! | numbers of persons | `persons` |
//! | rows of a slice, folded to the parts of its days | `folding` |
//! | values as the file has them | `cells` |
//! | tables and settings of SQLite | `schema` |
//! | reasons for failure | [`error`] |

pub mod backfill;
mod cells;
mod checks;
pub mod error;
pub mod fact;
pub mod figures;
pub mod finality;
mod folding;
pub mod hash;
pub mod lock;
mod persons;
pub mod reader;
pub mod record;
pub mod restated;
pub mod salvage;
mod schema;
pub mod sections;
pub mod selection;
pub mod status;
pub mod store;
mod values;
pub mod writing;

pub use error::HistoryError;
pub use fact::{DayFact, Part, ScopeKey};
pub use reader::HistoryReader;
pub use record::HistoryRecorder;
pub use store::{HistoryStore, Reading, Written};

/// The file in a data folder.
pub const FILE_NAME: &str = "history.sqlite";

#[cfg(test)]
mod tests;
