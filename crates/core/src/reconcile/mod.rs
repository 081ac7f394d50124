//! Desired and current to decisions. Pure, total and synchronous: given what is wanted, what is there and what was proven,
//! it says create, update, unchanged, delete or withheld, and why. Carrying it out is `resync`, which makes no choices.
//!
//! | question | file |
//! | --- | --- |
//! | does this entity differ from what the catalog holds? | [`change`] |
//! | was everything read that could have produced entities of this blueprint? | [`completeness`] |
//! | which entities does the mapping protect from deletion? | [`protection`] |
//! | what may be deleted? | [`deletion`] |
//! | which days does a report pass over? | [`missing_days`] |
//! | what follows when the catalog keeps entities that others relate to? | [`dependents`] |
//! | what was decided about one entity? | [`decision`] |
//! | has its day left the window that reports cover? | [`window`] |
//! | what does it prove that a list is empty, or that somebody is on it no more? | [`listing`] |
//! | are the rows of a report those of the owner that was asked for? | [`report_owner`] |
//! | in which order do entities that relate to each other go? | [`order`] |
//! | what did a run do, in seven numbers? | [`totals`] |
//! | what did a run do, and with which exit code does it end? | [`outcome`] |

pub mod change;
pub mod completeness;
pub mod decision;
pub mod deletion;
pub mod dependents;
pub mod listing;
pub mod missing_days;
pub mod order;
pub mod outcome;
pub mod protection;
pub mod report_owner;
pub mod totals;
pub mod window;
