//! Day facts: what is known of one day of one organization or enterprise, small enough to be kept for years. Pure: the types, and
//! how they are packed to bytes and unpacked. Who folds rows to facts is [`crate::copilot::facts`]; who keeps them is the caller.
//!
//! | subject | file |
//! | --- | --- |
//! | sets of people, credits by person, completions by editor | [`people`], [`numbers`], [`editors`] |
//! | credits by tenth of a day's people | [`tenths`] |
//! | teams: members, sums, and a record in the shape of an aggregate row | [`teams`], [`teams_index`], [`team_entry`] |
//! | seats: who holds one since when, and the last activity | [`seats`] |
//! | AI tools: who used which, and sums | [`tools`] |
//! | which teams may be shown, so that subtraction reveals nobody | [`protection`] |
//! | numbers that are left of people | [`rolled_up`] |
//! | rows of whole organizations in parts | [`rows`] |
//! | records in few bytes | `packed_json` |
//! | numbers and texts as bytes | `bytes` |
//!
//! Each kind of fact is packed to several byte strings with a format's number in front. A figure reads those alone that it needs.
//! They are not compressed; whoever keeps them may. Damaged bytes are an error, never a panic and never an allocation that
//! is larger than what they can hold.
//!
//! Persons are numbers: a dictionary of the caller gives each user a number from 0 up, for ever the same, so that sets are small.

mod bytes;
pub mod editors;
pub mod numbers;
mod packed_json;
pub mod people;
pub mod protection;
pub mod rolled_up;
pub mod rows;
pub mod seats;
pub mod team_entry;
pub mod teams;
pub mod teams_index;
pub mod tenths;
pub mod tools;

pub use bytes::DamagedFacts;
pub use editors::{Completions, EditorSums};
pub use numbers::Numbers;
pub use people::{PackedPeople, PeopleDay, PeopleSet};
pub use rolled_up::{PeopleCounts, SeatCounts};
pub use seats::{HeldSeat, PackedSeats, SeatsDay};
pub use team_entry::{TeamEntry, TeamSums};
pub use teams::{PackedTeams, TeamOfDay, TeamsDay};
pub use teams_index::{PackedIndex, TeamNames, TeamsIndex};
pub use tenths::CreditTenths;
pub use tools::{ToolOfDay, ToolsDay};

/// A set of persons, by their numbers in the caller's dictionary.
pub type PersonSet = roaring::RoaringBitmap;

#[cfg(test)]
mod tests;
