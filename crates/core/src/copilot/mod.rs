//! What Copilot's records mean: the team join, windows of active users, and the shape of 2024. Pure streaming folds: lines of
//! reports go in, records come out, one at a time and always in the same order. Fetching lines is `github`; what a
//! record becomes is [`crate::mapping`].
//!
//! ```text
//!  user-teams-1-day ──► Roster ──┬─► TeamDay ──► FinishedTeamDay ──┬─► Windows        (days oldest first)
//!                                │      ▲                          └─► records(&Windows), ascending by team id
//!  users-1-day ──────────────────┼──────┤
//!                                └─► LegacyTeamDay ──► records, ascending by team id
//!  users-28-day ────────────────────► LegacyPeriod ──► records, oldest day first
//! ```
//!
//! | question | file |
//! | --- | --- |
//! | who belongs to which team on a day? | [`roster`] |
//! | what did each team do on a day? | [`team_day`], [`finished_day`], and [`team_record`] for how it is written |
//! | how many different people in 7 and 28 days? | [`windows`] |
//! | what would the endpoint that GitHub closed have said? | [`legacy_shape`] |
//! | which rows are not taken, and why? | [`refusal`] |
//!
//! Inside: `activity` says who counts as a user; `meaning` says which field is a key, a sum, or neither; `columns`, `cells` and `sums` make adding fast and small.
//! What every field of a record means is told in `docs/team-metrics.md` and `docs/legacy-shape.md`.

mod activity;
mod cells;
mod columns;
pub mod finished_day;
mod heading;
mod json;
pub mod legacy_shape;
mod meaning;
pub mod refusal;
pub mod roster;
mod sums;
pub mod team_day;
pub mod team_record;
mod user_row;
pub mod windows;

pub use heading::ReportOwner;

#[cfg(test)]
mod tests;
