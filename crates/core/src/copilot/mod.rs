//! Meaning of Copilot's records: the team join, windows of active users, and the legacy format. Pure streaming folds: lines of
//! reports go in, records come out, one at a time and always in the same order. `github` fetches the lines, and
//! [`crate::mapping`] maps the records.
//!
//! ```text
//!  user-teams-1-day ──► Roster ──┬─► TeamDay ──► FinishedTeamDay ──┬─► Windows        (days oldest first)
//!                                │      ▲                          └─► records(&Windows), ascending by team id
//!  users-1-day ──────────────────┼──────┤
//!                                └─► LegacyTeamDay ──► records, ascending by team id
//!  users-28-day ────────────────────► LegacyPeriod ──► records, oldest day first
//! ```
//!
//! | subject | file |
//! | --- | --- |
//! | members of teams on a day | [`roster`] |
//! | activity of each team on a day | [`team_day`], [`finished_day`]; [`team_record`] writes its record |
//! | distinct active users in 7 and 28 days | [`windows`] |
//! | records in the legacy format, as of the endpoints that GitHub closed | [`legacy_shape`] |
//! | day facts: rows folded to sets of people, teams and seats | [`facts`] |
//! | refused rows with their reasons | [`refusal`] |
//!
//! Private files: `activity` defines active users; `meaning` says which field is a key, a sum, or neither; `columns`, `cells` and
//! `sums` make adding up fast and small. `docs/team-metrics.md` and `docs/legacy-shape.md` document every field of a record.

mod activity;
mod cells;
mod columns;
pub mod facts;
pub mod finished_day;
mod json;
pub mod legacy_shape;
mod meaning;
pub mod refusal;
pub mod roster;
mod row_identity;
mod sums;
pub mod team_day;
pub mod team_record;
mod user_row;
pub mod windows;

pub use row_identity::ReportOwner;

#[cfg(test)]
mod tests;
