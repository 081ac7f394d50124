//! A team in the index of a day: what tables of all teams are made of.

use std::sync::Arc;

use super::editors::EditorSums;

/// Teams that are packed together: enough to share their tables, few enough that one team is read without the others.
pub const TEAMS_PER_GROUP: usize = 32;

/// The sums of a team that tables of all teams are made of. They are as in its record.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TeamSums {
    /// Members with a row in `users-1-day`.
    pub reported: u64,
    /// Members with activity by the definition of Pilotage.
    pub active: u64,
    /// Members with `used_agent`.
    pub agent_people: u64,
    /// `user_initiated_interaction_count`.
    pub prompts: u64,
    /// Completions shown.
    pub shown: u64,
    /// Completions accepted.
    pub accepted: u64,
    /// Lines added and deleted by agents.
    pub agent_lines: u64,
    /// Lines added and deleted.
    pub lines: u64,
    /// Credits used.
    pub credits: f64,
}

/// A team in the index of a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TeamEntry {
    /// GitHub's id of the team.
    pub id: u64,
    /// Its slug on that day.
    pub slug: Option<Arc<str>>,
    /// Number of its members.
    pub members: u64,
    /// Sums of its members' rows; none when the users report was not read.
    pub sums: Option<TeamSums>,
    /// Completions of members with exactly one editor.
    pub editors: EditorSums,
    /// Whether it may not be shown: it is too small, or what is shown of others would reveal few people. See
    /// [`TeamsDay::protect`](super::TeamsDay::protect).
    pub is_withheld: bool,
}
