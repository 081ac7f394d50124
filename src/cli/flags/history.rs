//! Flags of `history` and `backfill`.

use clap::{Args, Subcommand};

use super::{TextOrJson, names};
use crate::model::day::Day;

/// Flags of `history`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage history status
  pilotage history status --scope acme --output json
  pilotage history restated
  pilotage history rebuild

Exit codes: 0 done, 1 failed, 2 wrong usage, 5 rebuilt in part")]
pub struct HistoryFlags {
    /// What to do.
    #[command(subcommand)]
    pub verb: HistoryVerb,
    /// The history of `pilotage demo` instead of yours
    #[arg(long, global = true)]
    pub demo: bool,
}

/// What to do with the history.
#[derive(Subcommand, Clone, Debug)]
pub enum HistoryVerb {
    /// Show which days are held, which are missing, and the command that brings those
    Status {
        /// Only this organization or enterprise, with each gap [default: all]
        #[arg(long, value_name = "NAME")]
        scope: Option<String>,
        /// How it is printed
        #[arg(long, value_name = "FORMAT", default_value_t)]
        output: TextOrJson,
    },
    /// Show days that were final and that GitHub has changed since, with their first and last values
    Restated {
        /// How it is printed
        #[arg(long, value_name = "FORMAT", default_value_t)]
        output: TextOrJson,
    },
    /// Make the history anew: of what can be read of the old one, and of the report cache
    ///
    /// Nothing else in the data folder changes, and GitHub is not asked. A history that was damaged stays beside the new one as
    /// history.damaged.sqlite.
    Rebuild,
}

/// Flags of `backfill`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage backfill
  pilotage backfill --since 2026-06-01 --org acme
  pilotage backfill --only organization-usage-metrics

It reads days that the history does not hold, newest first, and writes no entity. It can be
stopped at any time: what was read stays, and the next backfill goes on. While a resync runs
it waits, and it leaves a quarter of GitHub's rate limit to others.

Exit codes: 0 done, 1 failed or stopped, 2 wrong settings or usage, 5 read in part")]
pub struct BackfillFlags {
    /// The first day, YYYY-MM-DD [default: the first that GitHub has]
    #[arg(long, value_name = "DAY")]
    pub since: Option<Day>,
    /// Only this kind, may be repeated [default: every kind that has days]
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = names::kinds(), hide_possible_values = true)]
    pub only: Vec<String>,
    /// Only this organization, may be repeated
    #[arg(long, value_name = "ORG", value_delimiter = ',')]
    pub org: Vec<String>,
    /// Print the plan, and read nothing
    #[arg(long)]
    pub dry_run: bool,
    /// GitHub's API
    #[arg(long, value_name = "URL")]
    pub github_host: Option<String>,
}
