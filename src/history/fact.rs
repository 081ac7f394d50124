//! Parts of a day, and the scopes that they belong to.

use crate::kind::Kind;
use crate::model::day::Day;

/// Whose a fact is. Ordered by host, level and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeKey {
    /// The host of the source, such as `api.github.com`.
    pub host: String,
    /// `organization`, `enterprise`, or [`ScopeKey::TOOLS`].
    pub level: String,
    /// The login or the slug.
    pub name: String,
}

impl ScopeKey {
    /// The level of accounts of AI tools.
    pub const TOOLS: &str = "tools";

    /// Host of the scopes that the demo makes up, whose days end on one day and do not go on.
    pub const SIMULATED: &str = "simulated";

    /// The key of a scope as a slice names it: `acme`, or `acme at api.octo.ghe.com` where there are several hosts. `host` is the
    /// one of scopes without a host. The name is in lower case, because GitHub takes names in any case.
    pub fn of_slice(scope: &str, is_enterprise: bool, host: &str) -> Self {
        // Neither logins nor slugs have spaces.
        let (name, host) = scope.split_once(" at ").unwrap_or((scope, host));
        Self { host: host.to_owned(), level: Self::level(is_enterprise).to_owned(), name: name.to_lowercase() }
    }

    /// Name of a level.
    pub fn level(is_enterprise: bool) -> &'static str {
        if is_enterprise { "enterprise" } else { "organization" }
    }

    /// Whether it is an enterprise.
    pub fn is_enterprise(&self) -> bool {
        self.level == "enterprise"
    }

    /// The name, with level and host where it alone is not enough among those others.
    pub fn label(&self, all: &[Self]) -> String {
        match all.iter().filter(|other| other.name == self.name).count() {
            0 | 1 => self.name.clone(),
            _ => format!("{} ({} at {})", self.name, self.level, self.host),
        }
    }
}

/// A part of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The row of the day's report about the whole scope.
    Aggregate,
    /// The people, see [`crate::facts::PeopleDay`].
    People,
    /// The teams with their members, see [`crate::facts::TeamsDay`].
    Teams,
    /// The seats at the end of the day, see [`crate::facts::SeatsDay`].
    Seats,
    /// The lines of that day's bill, by SKU and model.
    Billing,
    /// The rows of repositories.
    Repositories,
    /// The AI tools of an account, see [`crate::facts::ToolsDay`].
    Tools,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 7] =
        [Self::Aggregate, Self::People, Self::Teams, Self::Seats, Self::Billing, Self::Repositories, Self::Tools];

    /// Its number in the file. Numbers are never given anew.
    pub(super) fn number(self) -> i64 {
        match self {
            Self::Aggregate => 1,
            Self::People => 2,
            Self::Teams => 3,
            Self::Seats => 4,
            Self::Billing => 5,
            Self::Repositories => 6,
            Self::Tools => 7,
        }
    }

    /// The part of that number.
    pub(super) fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.number() == number)
    }

    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aggregate => "aggregate",
            Self::People => "people",
            Self::Teams => "teams",
            Self::Seats => "seats",
            Self::Billing => "billing",
            Self::Repositories => "repositories",
            Self::Tools => "tools",
        }
    }

    /// The part of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// Whether the source has it of past days. What it does not have can only be read on the day itself.
    pub fn has_days(self) -> bool {
        !matches!(self, Self::Seats)
    }

    /// Whether it is about single people. Teams are about people too; who is in them is a section of its own.
    pub fn is_of_people(self) -> bool {
        matches!(self, Self::People | Self::Seats | Self::Tools)
    }

    /// Whether its content is several sections, which are packed each by itself, see [`super::sections`].
    pub fn has_sections(self) -> bool {
        matches!(self, Self::People | Self::Teams | Self::Seats)
    }

    /// The part that a kind gives. None for kinds of which nothing is kept.
    pub fn of_kind(kind: &Kind) -> Option<Self> {
        match kind.name {
            "organization-user-usage-metrics" | "enterprise-user-usage-metrics" => Some(Self::People),
            "team-usage-metrics" | "enterprise-team-usage-metrics" => Some(Self::Teams),
            "copilot-seats" => Some(Self::Seats),
            "ai-credit-usage" => Some(Self::Billing),
            "repository-usage-metrics" => Some(Self::Repositories),
            "ai-tool-usage" => Some(Self::Tools),
            _ => kind.has_day_rows().then_some(Self::Aggregate),
        }
    }

    /// The kind whose reading gives it, for an organization or an enterprise. None where no kind does.
    pub fn kind(self, is_enterprise: bool) -> Option<&'static str> {
        Some(match (self, is_enterprise) {
            (Self::Aggregate, false) => "organization-usage-metrics",
            (Self::Aggregate, true) => "enterprise-usage-metrics",
            (Self::People, false) => "organization-user-usage-metrics",
            (Self::People, true) => "enterprise-user-usage-metrics",
            (Self::Teams, false) => "team-usage-metrics",
            (Self::Teams, true) => "enterprise-team-usage-metrics",
            (Self::Repositories, _) => "repository-usage-metrics",
            (Self::Tools, _) => "ai-tool-usage",
            (Self::Seats, _) => "copilot-seats",
            (Self::Billing, _) => "ai-credit-usage",
        })
    }
}

/// Fingerprint of what the source wrote of a part of a day. It tells readings apart; it guards nothing.
pub type ContentHash = [u8; 16];

/// One part of one day, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayFact {
    /// Whose it is.
    pub scope: ScopeKey,
    /// The day, in UTC.
    pub day: Day,
    /// The part.
    pub part: Part,
    /// Fingerprint of what the source wrote, see [`super::hash`].
    pub hash: ContentHash,
    /// The part, packed; none for a day of which only the fingerprint was taken, because it was known to be final.
    pub content: Option<Vec<u8>>,
}
