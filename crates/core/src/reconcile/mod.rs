//! Desired and current entities to decisions. Pure and synchronous: create, update, unchanged, delete or withheld, each with its
//! reason. `resync` carries the decisions out.
//!
//! | subject | file |
//! | --- | --- |
//! | comparison of a desired entity with the current one | [`change`] |
//! | completeness of what was read for a blueprint | [`completeness`] |
//! | protection by `enableDelete: false` | [`protection`] |
//! | deletion | [`deletion`] |
//! | days that a report leaves out | [`missing_days`] |
//! | old days that a suppressed team does not hold back | [`past_days`] |
//! | entities that the catalog keeps because others relate to them | [`dependents`] |
//! | decision about one entity | [`decision`] |
//! | decision as it is kept of a run | [`kept_change`] |
//! | days that left the window of a report | [`window`] |
//! | proof by an empty list or a missing name | [`listing`] |
//! | owner that the rows of a report name | [`report_owner`] |
//! | refusals of the catalog that are certain | [`refusal`] |
//! | order of entities that relate to each other | [`order`] |
//! | totals of a run | [`totals`] |
//! | outcome of a run and its exit code | [`outcome`] |

pub mod change;
pub mod completeness;
pub mod decision;
pub mod deletion;
pub mod dependents;
pub mod kept_change;
pub mod listing;
pub mod missing_days;
pub mod order;
pub mod outcome;
pub mod past_days;
pub mod protection;
pub mod refusal;
pub mod report_owner;
pub mod totals;
pub mod window;
