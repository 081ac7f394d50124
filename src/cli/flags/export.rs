//! Flags of `export`.

use std::path::PathBuf;

use clap::Args;

use super::PointWidth;
use crate::model::day::Day;

/// Flags of `export`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage export --what figures --format csv --out figures.csv
  pilotage export --figure active-people,lines --scope acme --since 2026-10-01 --format ndjson
  pilotage export --what figures --format openmetrics --out figures.om
  promtool tsdb create-blocks-from openmetrics figures.om data/
  pilotage export --what facts --names --format ndjson --since 2026-11-01
  pilotage export --what entities --names --format csv

Figures name nobody, and what may not be shown of a small group is withheld in them. Day facts
and entities tell about single people, so they are written with --names only.

Exit codes: 0 done, 1 failed, 2 wrong usage, or nothing was read yet")]
pub struct ExportFlags {
    /// What is written
    #[arg(long, value_name = "WHAT", default_value = "figures")]
    pub what: ExportSubject,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    pub format: ExportFormat,
    /// Only this figure, may be repeated [default: all]
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub figure: Vec<String>,
    /// Only this organization or enterprise [default: all that were read]
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// Figures of this team, by its slug [default: of whole organizations and enterprises]
    #[arg(long, value_name = "SLUG")]
    pub team: Option<String>,
    /// The first day, YYYY-MM-DD [default: the first that was read]
    #[arg(long, value_name = "DAY")]
    pub since: Option<Day>,
    /// The width of a figure's point [default: day]
    #[arg(long, value_name = "WIDTH")]
    pub by: Option<PointWidth>,
    /// Write what tells about single people, with their ids and logins
    #[arg(long)]
    pub names: bool,
    /// The file to write; an existing one is replaced once the new one is whole [default: stdout]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The numbers of `pilotage demo` instead of yours
    #[arg(long)]
    pub demo: bool,
}

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportSubject {
    /// Figures, as `figures show` has them
    Figures,
    /// What the history keeps of each day: rows of the whole, of people, teams and seats
    Facts,
    /// Entities of the embedded catalog
    Entities,
}

/// Formats of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportFormat {
    /// For spreadsheets and databases
    Csv,
    /// One JSON object a line
    Ndjson,
    /// Figures with the time of their days, to back-fill Prometheus
    Openmetrics,
}
