//! Types that all other modules share. Pure: no time, no input or output, no runtime.
//!
//! | subject | file |
//! | --- | --- |
//! | calendar day | [`day`] |
//! | raw item, enrichment and batch | [`item`] |
//! | entity and its key | [`entity`] |
//! | entities that share a request to the catalog, and their results | [`bulk`] |
//! | entities as the catalog has them | [`current`] |
//! | properties and relations of an entity | [`fields`] |
//! | blueprint: the schema of entities | [`blueprint`] |
//! | diagnosis of the access to GitHub and the catalog | [`diagnosis`] |
//! | escaping of text from servers and files | [`escape`] |
//! | documented field of an item | [`field`] |
//! | fields of a JSON object | [`json_fields`] |
//! | place that the mapping of a run comes from | [`mapping_origin`] |
//! | names in a sentence | [`names`] |
//! | list with at least one element | [`non_empty`] |
//! | people with several names in several tools | [`person`] |
//! | fields of items by which people are known | [`person_fields`] |
//! | diagnosis as the probe of a connection | [`probe`] |
//! | quotes around a value | [`quotes`] |
//! | Copilot seats that nobody uses | [`reclaim`] |
//! | schedule | [`recurrence`] |
//! | Copilot seats and changes of them | [`seat`] |
//! | name as one path segment | [`mod@segment`] |
//! | selector keys of a kind | [`selector_keys`] |
//! | slice and the end of its read | [`mod@slice`] |
//! | secret that cannot be printed | [`secret`] |
//! | cost of reading | [`usage`] |

pub mod blueprint;
pub mod bulk;
pub mod current;
pub mod day;
pub mod diagnosis;
pub mod entity;
pub mod escape;
pub mod field;
pub mod fields;
pub mod item;
pub mod json_fields;
pub mod mapping_origin;
pub mod names;
pub mod non_empty;
pub mod person;
pub mod person_fields;
pub mod probe;
pub mod quotes;
pub mod reclaim;
pub mod recurrence;
pub mod seat;
pub mod secret;
pub mod segment;
pub mod selector_keys;
pub mod slice;
pub mod usage;
