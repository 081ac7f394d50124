//! Flags of `report`.

use std::path::PathBuf;

use clap::Args;

use super::PointWidth;
use crate::model::day::Day;

/// Flags of `report`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage report --out copilot.html
  pilotage report --out acme.html --scope acme --since 2026-09-01 --by week
  pilotage report --demo --out demo.html

The file has charts, definitions and tables of all figures. It has no script, loads nothing, and
names nobody, so it can be sent, kept as an artifact of a job, and printed.

Exit codes: 0 done, 1 the file cannot be written, 2 wrong usage, or nothing was read yet")]
pub struct ReportFlags {
    /// The file to write; an existing one is replaced
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Only this organization or enterprise [default: all that were read]
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// The first day, YYYY-MM-DD [default: 90 days until the newest]
    #[arg(long, value_name = "DAY")]
    pub since: Option<Day>,
    /// The width of a point
    #[arg(long, value_name = "WIDTH", default_value = "day")]
    pub by: PointWidth,
    /// The numbers of `pilotage demo` instead of yours
    #[arg(long)]
    pub demo: bool,
}
