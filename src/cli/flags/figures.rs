//! Flags of `figures`.

use clap::{Args, Subcommand};

use super::TextOrJson;
use crate::figure::Bucket;
use crate::model::day::Day;

/// Flags of `figures`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage figures
  pilotage figures show active-people --scope acme --since 2026-10-01 --by week
  pilotage figures define completion-acceptance
  pilotage figures why acme 2026-11-20

Each resync keeps what figures are made of in the data folder, whatever the mapping and the
catalog are. Exit codes: 0 done, 1 failed, 2 wrong usage, or nothing was read yet")]
pub struct FiguresFlags {
    /// What to do. None: all are listed.
    #[command(subcommand)]
    pub verb: Option<FiguresVerb>,
    /// The numbers of `pilotage demo` instead of yours
    #[arg(long, global = true)]
    pub demo: bool,
}

/// Commands about figures.
#[derive(Subcommand, Clone, Debug)]
pub enum FiguresVerb {
    /// Show a figure of organizations and enterprises, day by day, by week or by month
    #[command(after_help = "\
Examples:
  pilotage figures show active-people
  pilotage figures show lines --scope acme --by month --output csv
  pilotage figures show active-people --scope acme --team platform --by week
  pilotage figures show completion-acceptance --scope acme --output json | jq '.points[-1]'

A value with ~ is provisional: GitHub may still change it. `none` says that nothing happened
that could be counted, `not held` that a day was not read.")]
    Show(FigureShowFlags),
    /// Name every difference between the numbers of active people of a day
    #[command(after_help = "\
Examples:
  pilotage figures why acme 2026-11-20
  pilotage figures why fleet 2026-11-20 --output json | jq '.steps[].code'

It leads from the own number of an organization or enterprise to its users report, its teams,
its seats, and its enterprise or organizations. Each step has a name: overlap, unassigned,
teams under five, server-side only, restated, not held.")]
    Why {
        /// The organization or enterprise
        scope: String,
        /// The day, YYYY-MM-DD
        day: Day,
        /// How it is printed
        #[arg(long, value_name = "FORMAT", default_value_t)]
        output: TextOrJson,
    },
    /// Print what a figure counts, of whom, and where the definition comes from
    Define {
        /// The figure
        id: String,
        /// How it is printed
        #[arg(long, value_name = "FORMAT", default_value_t)]
        output: TextOrJson,
    },
}

/// Flags of `figures show`.
#[derive(Args, Clone, Debug)]
pub struct FigureShowFlags {
    /// The figure
    pub id: String,
    /// Only this organization or enterprise [default: all that were read]
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// Only this team, by its slug [default: the whole organization or enterprise]
    #[arg(long, value_name = "SLUG")]
    pub team: Option<String>,
    /// The first day, YYYY-MM-DD [default: the first that was read]
    #[arg(long, value_name = "DAY")]
    pub since: Option<Day>,
    /// The width of a point
    #[arg(long, value_name = "WIDTH", default_value = "day")]
    pub by: PointWidth,
    /// How it is printed; json and svg are of one scope
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub output: FigureFormat,
}

/// The width of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum PointWidth {
    /// A day
    Day,
    /// Monday to Sunday
    Week,
    /// A calendar month
    Month,
}

impl From<PointWidth> for Bucket {
    fn from(width: PointWidth) -> Self {
        match width {
            PointWidth::Day => Self::Day,
            PointWidth::Week => Self::Week,
            PointWidth::Month => Self::Month,
        }
    }
}

/// Formats of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FigureFormat {
    /// For people
    Table,
    /// For spreadsheets
    Csv,
    /// One document with the definition
    Json,
    /// One JSON object per point
    Ndjson,
    /// For a page
    Markdown,
    /// A chart as a file; of one scope
    Svg,
}
