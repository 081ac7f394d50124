//! Flags of `forget`.

use clap::Args;

/// Flags of `forget`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage forget mona --dry-run
  pilotage forget mona
  pilotage forget mona --id 583231

The person goes from the history, the report cache, the run reports and the local catalog of the
data folder. A keyed hash of the login and of the numbers keeps every later resync, backfill and
rebuild from bringing them back.

Exit codes: 0 done, 1 a file cannot be changed or is in use, 2 wrong usage or settings")]
pub struct ForgetFlags {
    /// The login of the person, in any case
    #[arg(value_name = "USER")]
    pub user: String,
    /// The number that GitHub gave the person, where the history does not know it; may be repeated
    #[arg(long = "id", value_name = "NUMBER")]
    pub ids: Vec<u64>,
    /// Show what would be removed, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The data of `pilotage demo` instead of yours
    #[arg(long)]
    pub demo: bool,
}
