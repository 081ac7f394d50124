//! The nouns of the house. Pure: no time, no input or output, no runtime.
//!
//! | noun | file |
//! | --- | --- |
//! | a calendar day | [`day`] |
//! | a record of GitHub on its way to an entity | [`item`] |
//! | an entity of the catalog and its key | [`entity`] |
//! | its properties and relations | [`fields`] |
//! | a blueprint: what entities of one type may hold | [`blueprint`] |
//! | what works and what is missing | [`diagnosis`] |
//! | text from elsewhere, fit to be read | [`escape`] |
//! | what a field of an item is | [`field`] |
//! | a list with at least one element | [`non_empty`] |
//! | quotes around a value | [`quotes`] |
//! | when something that recurs happens | [`recurrence`] |
//! | seats of Copilot, and what giving or taking some changes | [`seat`] |
//! | a name as one segment of a path | [`mod@segment`] |
//! | a slice: one thing read from GitHub, and how that ended | [`mod@slice`] |
//! | a secret that cannot be printed | [`secret`] |
//! | the cost of reading | [`usage`] |

pub mod blueprint;
pub mod day;
pub mod diagnosis;
pub mod entity;
pub mod escape;
pub mod field;
pub mod fields;
pub mod item;
pub mod non_empty;
pub mod quotes;
pub mod recurrence;
pub mod seat;
pub mod secret;
pub mod segment;
pub mod selector_keys;
pub mod slice;
pub mod usage;
