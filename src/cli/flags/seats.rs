//! Flags of `seats`.

use clap::{Args, Subcommand};

use super::TextOrJson;

/// Flags of `seats`.
#[derive(Args, Clone, Debug)]
pub struct SeatsFlags {
    /// Command about seats.
    #[command(subcommand)]
    pub verb: SeatsVerb,
}

/// Commands about seats.
#[derive(Subcommand, Clone, Debug)]
pub enum SeatsVerb {
    /// List who has a seat, and when it was last used
    List {
        /// Enterprise or organization.
        #[command(flatten)]
        place: SeatPlaceFlags,
        /// How it is printed
        #[arg(long, value_name = "FORMAT", default_value_t)]
        output: TextOrJson,
    },
    /// Give seats, after showing who gets one and what it costs
    #[command(after_help = "\
Examples:
  pilotage seats add --org acme --user ada --user ben
  pilotage seats add --org acme --team platform --yes

Exit codes: 0 done or nothing to do, 1 refused or not agreed to, 2 wrong settings or usage")]
    Add {
        /// Enterprise or organization.
        #[command(flatten)]
        place: SeatPlaceFlags,
        /// To whom.
        #[command(flatten)]
        holders: SeatHolderFlags,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Take seats, after showing who loses one; they end with the billing cycle
    #[command(after_help = "\
Example:
  pilotage seats remove --org acme --user ada

Exit codes: 0 done or nothing to do, 1 refused or not agreed to, 2 wrong settings or usage")]
    Remove {
        /// Enterprise or organization.
        #[command(flatten)]
        place: SeatPlaceFlags,
        /// From whom.
        #[command(flatten)]
        holders: SeatHolderFlags,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl SeatsVerb {
    /// Enterprise or organization.
    pub fn place(&self) -> &SeatPlaceFlags {
        match self {
            Self::List { place, .. } | Self::Add { place, .. } | Self::Remove { place, .. } => place,
        }
    }
}

/// Enterprise or organization whose seats are meant.
#[derive(Args, Clone, Debug)]
pub struct SeatPlaceFlags {
    /// The organization
    #[arg(long, value_name = "ORG")]
    pub org: String,
    /// GitHub's API [default: https://api.github.com]
    #[arg(long, value_name = "URL")]
    pub github_host: Option<String>,
}

/// To whom seats are given, or from whom they are taken.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct SeatHolderFlags {
    /// This person, may be repeated
    #[arg(long, value_name = "LOGIN", value_delimiter = ',')]
    pub user: Vec<String>,
    /// Everybody in this team, may be repeated
    #[arg(long, value_name = "SLUG", value_delimiter = ',')]
    pub team: Vec<String>,
}
