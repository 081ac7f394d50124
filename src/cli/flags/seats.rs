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
    #[command(after_help = "\
Examples:
  pilotage seats list --org acme
  pilotage seats list --org acme --inactive --exclude ada,ben
  pilotage seats list --enterprise fleet --inactive --days 60 --output json

Exit codes: 0 done, 1 refused, 2 wrong settings or usage,
5 done, but GitHub may not have shown all seats")]
    List {
        /// Enterprise or organization.
        #[command(flatten)]
        place: SeatPlaceFlags,
        /// Only this person's seat, asked for by login, may be repeated
        #[arg(long, value_name = "LOGIN", value_delimiter = ',', conflicts_with_all = ["enterprise", "inactive"])]
        user: Vec<String>,
        /// Only seats that nobody uses, with what they cost
        #[arg(long)]
        inactive: bool,
        /// Days without activity after which a seat counts as unused
        #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=365), requires = "inactive")]
        days: u16,
        /// Days for which a new seat is left alone
        #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u16).range(0..=365), requires = "inactive")]
        grace: u16,
        /// Leave out this person, may be repeated; * stands for any letters
        #[arg(long, value_name = "LOGIN", value_delimiter = ',', requires = "inactive")]
        exclude: Vec<String>,
        /// How it is printed
        #[arg(long, value_name = "FORMAT", default_value_t)]
        output: TextOrJson,
    },
    /// Give seats, after showing who gets one and what it costs
    #[command(after_help = "\
Examples:
  pilotage seats add --org acme --user ada --user ben
  pilotage seats add --org acme --team platform --yes
  pilotage seats add --enterprise fleet --user ada

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
    /// Whose seats are meant.
    pub fn place(&self) -> &SeatPlaceFlags {
        match self {
            Self::List { place, .. } | Self::Add { place, .. } | Self::Remove { place, .. } => place,
        }
    }
}

/// Enterprise or organization whose seats are meant, and where it is.
#[derive(Args, Clone, Debug)]
pub struct SeatPlaceFlags {
    /// Enterprise or organization.
    #[command(flatten)]
    pub owner: SeatOwnerFlags,
    /// GitHub's API [default: https://api.github.com]
    #[arg(long, value_name = "URL")]
    pub github_host: Option<String>,
}

/// Enterprise or organization whose seats are meant.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct SeatOwnerFlags {
    /// The organization
    #[arg(long, value_name = "ORG")]
    pub org: Option<String>,
    /// The enterprise, by its slug
    #[arg(long, value_name = "SLUG")]
    pub enterprise: Option<String>,
}

/// To whom seats are given, or from whom they are taken.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct SeatHolderFlags {
    /// This person, may be repeated
    #[arg(long, value_name = "LOGIN", value_delimiter = ',')]
    pub user: Vec<String>,
    /// Everybody in this team of the organization, may be repeated
    #[arg(long, value_name = "SLUG", value_delimiter = ',', conflicts_with = "enterprise")]
    pub team: Vec<String>,
}
