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
//! | the newest day of every figure | [`newest`] |
//! | figures for a scraper | [`figure_metrics`] |
//! | why numbers of a day differ | [`explanation`] |
//! | values by which readings are told apart | `values` |
//! | a new one of what is left of an old one | [`salvage`] |
//! | contents of several sections | [`sections`] |
//! | contents in the file | `contents` |
//! | contents as older files have them | `second_form` |
//! | one day after the other, as figures read them | `day_reader`, `found_facts` |
//! | what is kept as plain rows | `plain` |
//! | numbers of persons | `persons` |
//! | persons by other names, and without them | [`people`] |
//! | AI tools of all accounts together | `tools` |
//! | rows of a slice, folded to the parts of its days | `folding` |
//! | how long days are kept, and what becomes of people's days | [`keep`], `roll_up` |
//! | values as the file has them | `cells` |
//! | tables and settings of SQLite | `schema` |
//! | views for other programs | `views` |
//! | reasons for failure | [`error`] |

pub mod backfill;
mod cells;
mod checks;
mod contents;
mod day_reader;
pub mod error;
pub mod explanation;
pub mod fact;
pub mod figure_metrics;
pub mod figures;
pub mod finality;
mod folding;
mod found_facts;
pub mod hash;
pub mod keep;
pub mod lock;
pub mod newest;
pub mod people;
mod persons;
mod plain;
pub mod reader;
pub mod record;
pub mod restated;
mod roll_up;
pub mod salvage;
mod schema;
mod second_form;
pub mod sections;
pub mod selection;
pub mod status;
pub mod store;
pub mod tools;
mod values;
mod views;
pub mod writing;

pub use error::HistoryError;
pub use fact::{DayFact, Part, ScopeKey};
pub use keep::KeptDays;
pub use persons::PeopleKept;
pub use reader::HistoryReader;
pub use record::HistoryRecorder;
pub use store::{HistoryStore, Reading, Written};

/// The file in a data folder.
pub const FILE_NAME: &str = "history.sqlite";

#[cfg(test)]
mod tests;
