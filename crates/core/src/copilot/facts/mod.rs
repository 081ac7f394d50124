//! Folds rows of GitHub's reports and seats to day facts, see [`crate::facts`].
//!
//! ```text
//!  users-1-day ──► PeopleDayBuilder ──┬─► PeopleDay
//!  user-teams-1-day ──► Roster ───────┴─► TeamsDay
//!  seats ──► SeatsDayBuilder ─────────► SeatsDay
//! ```
//!
//! | subject | file |
//! | --- | --- |
//! | people and teams of a day | [`people_day`] |
//! | what is read from one row | `person` |
//! | sums of a team from its record | `team_sums` |
//! | editors that report lines, by GitHub's table | [`versions`] |
//! | seats of a day | [`seats_day`] |

pub mod people_day;
mod person;
pub mod seats_day;
mod team_sums;
pub mod versions;

pub use people_day::{FinishedFacts, PeopleDayBuilder, Person};
pub use seats_day::SeatsDayBuilder;

#[cfg(test)]
mod tests;
