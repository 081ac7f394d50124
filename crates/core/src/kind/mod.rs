//! Kinds as data: everything that can be read, one small file per kind. Pure; the requests are made in `github` and in `source`.
//!
//! A kind names its level ([`ScopeLevel`]), the source of its records ([`Source`]) and the parts of a record that are its items
//! ([`Split`]). Its endpoints with the rights that they need are in [`catalogue`]. A new kind takes a file, a line in [`ALL`], a
//! blueprint and a resource in a mapping; `tests/integration/catalogue.rs` names the missing ones.

pub mod account;
mod ai_credit_usage;
mod ai_tool_usage;
pub mod catalogue;
mod claude_code_usage;
mod copilot_billing;
mod copilot_enterprise_metrics;
mod copilot_enterprise_team_metrics;
mod copilot_organization_metrics;
mod copilot_seats;
mod copilot_team_metrics;
mod cursor_daily_usage;
mod cursor_members;
mod cursor_spend;
mod cursor_usage_events;
pub mod day_answers;
mod enterprise_team_usage_metrics;
mod enterprise_usage_metrics;
mod enterprise_user_usage_metrics;
mod fields;
mod github_organization_members;
mod github_repositories;
mod github_team_members;
mod github_team_repositories;
mod github_teams;
pub mod levels;
mod organization_usage_metrics;
mod organization_user_usage_metrics;
pub mod path;
pub mod persons;
mod record_text;
mod reports;
mod repository_usage_metrics;
pub mod row;
pub mod scope;
pub mod selection;
pub mod split;
mod team_usage_metrics;
pub mod tool_usage;
pub mod usage_items;
pub mod vendor;

use crate::model::field::{Field, FieldType};
use crate::model::person_fields::PersonFields;
use crate::model::selector_keys::SelectorKeys;
pub use account::AccountList;
pub use catalogue::{AppAccess, Right};
pub use day_answers::DayAnswers;
pub use path::PathTemplate;
pub use record_text::SplitError;
pub use row::{Row, RowCheck, RowError};
pub use scope::ScopeLevel;
pub use selection::Selection;
pub use split::{Form, Split};
pub use vendor::Vendor;

/// Similarity from which on a name is a misspelling of a known one: 0 is nothing in common, 1 is equal.
const NEAREST_SIMILARITY: f64 = 0.7;
/// Shortest beginning of a name that is taken for it, in letters.
const SHORTEST_BEGINNING: usize = 5;

/// The names of a kind, of whatever source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindNames {
    /// Its own, as mappings write it.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
}

impl KindNames {
    /// True for its name and its aliases.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// A kind: records of one sort that can be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name, as mappings write it.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// Description, one sentence.
    pub about: &'static str,
    /// Level of its scopes, which decides the enrichment of its items.
    pub scope: ScopeLevel,
    /// Source of the records.
    pub source: Source,
    /// Source of an enterprise's records, for a kind of organizations that is read for an enterprise too. Its items then have
    /// `__enterprise` in place of `__organization`.
    pub of_enterprise: Option<Source>,
    /// Parts of a record that are items.
    pub split: Split,
    /// Required fields of an item. For records of teams, which are made and not read: required fields of the users' rows.
    pub row: Row,
    /// The documented fields of an item, without what is added to it, see [`Kind::item_fields`].
    pub fields: &'static [Field],
    /// The fields of an item by which people are known. For records of teams, which are made and not read: those of the items that are
    /// made; the rows that they are made from are [`persons::USER_ROWS`].
    pub persons: PersonFields,
    /// The bundled blueprints that the bundled mappings make entities of from its items. None for a closed kind that no bundled
    /// mapping reads.
    pub blueprints: &'static [&'static str],
    /// Set when GitHub has closed the source.
    pub sunset: Option<Sunset>,
}

/// Sources of a kind's records. All requests to GitHub are GET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A list, read page by page. A record is an element.
    Pages {
        /// The list.
        path: PathTemplate,
        /// Position of the elements on a page.
        form: Form,
        /// Right that a credential needs for it.
        right: Right,
    },
    /// A report: an answer with signed links to files. A record is a line.
    Report {
        /// The last 28 days at once, where there is such a report. Else, and when days are chosen, they are read one by one.
        latest: Option<PathTemplate>,
        /// The report of one day.
        day: DayReport,
    },
    /// An answer about each day. A record is the answer.
    Days(DayAnswers),
    /// Records of teams, made from two reports of each day. A record is a team's day.
    Teams(TeamReports),
    /// An endpoint that GitHub has closed. Where it answers that there is no such thing, records of its shape are made.
    Legacy {
        /// The list that was served there.
        path: PathTemplate,
        /// Reports that they are made from.
        made_from: MadeFrom,
    },
    /// A list of another vendor's. A record is an element.
    Account(AccountList),
    /// The people's days of every tool that is read, put into one shape. Nothing is asked for them but what those kinds ask.
    ToolDays,
}

/// The reports of one day each, which is named in the query parameter `day`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayReport {
    /// Path of the reports.
    pub path: PathTemplate,
    /// The first day that GitHub has one of.
    pub since: &'static str,
    /// A report whose manifest has the newest day; the report itself is not read for that.
    pub newest: PathTemplate,
}

/// The two reports of a day that teams' records are made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamReports {
    /// Memberships of users in teams.
    pub memberships: DayReport,
    /// Activity of each user.
    pub users: DayReport,
}

/// Reports from which records in the shape of 2024 are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeFrom {
    /// The users' reports.
    Users {
        /// The last 28 days at once.
        latest: PathTemplate,
        /// The report of one day.
        day: DayReport,
    },
    /// Team by team.
    Teams(TeamReports),
}

/// End of a source that GitHub has closed. A host may still serve it, so it is requested all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sunset {
    /// The day on which GitHub closed it.
    pub closed: &'static str,
    /// The name of the kind to use instead.
    pub replacement: &'static str,
}

impl Kind {
    /// The fields of an item as a mapping sees it: what GitHub sends, then what is added.
    pub fn item_fields(&self) -> impl Iterator<Item = &'static Field> {
        let of_enterprise = self.of_enterprise.map_or(&[][..], |_| ScopeLevel::Enterprise.added_fields());
        self.fields.iter().chain(self.scope.added_fields()).chain(of_enterprise)
    }

    /// Whose interface it is read from.
    pub fn vendor(&self) -> Vendor {
        match &self.source {
            Source::Account(list) => list.vendor,
            Source::ToolDays => Vendor::Several,
            _ => Vendor::GitHub,
        }
    }

    /// The field of an item that names its day: `day`, in the shape of 2024 `date`, or the day that was asked for. None for lists.
    pub fn day_field(&self) -> Option<&'static str> {
        let fields = self.fields.iter().chain(self.scope.added_fields());
        let fields = fields.filter(|field| field.kind == FieldType::Day).map(|field| field.name);
        self.source.has_days().then_some(fields)?.find(|name| matches!(*name, "day" | "date" | "__day"))
    }

    /// True when each item is the row of a whole day of an organization or an enterprise, which the history keeps.
    pub fn has_day_rows(&self) -> bool {
        matches!(self.source, Source::Report { .. }) && self.split == Split::DayTotals
    }

    /// The path to ask first, see [`Source::path`].
    pub fn path(&self) -> PathTemplate {
        self.source.path()
    }

    /// Keys that its selector may have besides `query`.
    pub fn selector_keys(&self) -> SelectorKeys {
        let (of_teams, report) = match &self.source {
            Source::Pages { .. } => return SelectorKeys::default(),
            Source::Account(list) => {
                let first_day = list.since.and_then(|since| since.parse().ok());
                return SelectorKeys { has_days: list.since.is_some(), first_day, ..SelectorKeys::default() };
            }
            Source::Days(answers) => {
                let first_day = answers.since.parse().ok();
                return SelectorKeys { has_days: true, first_day, ..SelectorKeys::default() };
            }
            Source::ToolDays => return SelectorKeys { has_days: true, ..SelectorKeys::default() },
            Source::Report { day, .. } | Source::Legacy { made_from: MadeFrom::Users { day, .. }, .. } => (None, day),
            Source::Teams(reports) | Source::Legacy { made_from: MadeFrom::Teams(reports), .. } => {
                (Some(reports.users), &reports.memberships)
            }
        };
        SelectorKeys {
            has_days: true,
            has_membership: of_teams.is_some(),
            first_day: report.since.parse().ok(),
            first_day_of_current_members: of_teams.and_then(|users| users.since.parse().ok()),
        }
    }
}

impl Source {
    /// The path to ask first: the list, the report of the last 28 days, or, where there is none, that of one day.
    pub fn path(&self) -> PathTemplate {
        match self {
            Self::Pages { path, .. } | Self::Legacy { path, .. } | Self::Account(AccountList { path, .. }) => *path,
            Self::Days(DayAnswers { path, .. }) => *path,
            Self::ToolDays => PathTemplate(""),
            Self::Report { latest, day } => latest.unwrap_or(day.path),
            Self::Teams(reports) => reports.memberships.path,
        }
    }

    /// True when the days to read can be chosen.
    pub fn has_days(&self) -> bool {
        !matches!(self, Self::Pages { .. } | Self::Account(AccountList { since: None, .. }))
    }
}

/// Every kind, in the order in which they are listed.
pub static ALL: [Kind; 25] = [
    organization_usage_metrics::KIND,
    organization_user_usage_metrics::KIND,
    team_usage_metrics::KIND,
    repository_usage_metrics::KIND,
    enterprise_usage_metrics::KIND,
    enterprise_user_usage_metrics::KIND,
    enterprise_team_usage_metrics::KIND,
    copilot_seats::KIND,
    copilot_billing::KIND,
    ai_credit_usage::KIND,
    github_teams::KIND,
    github_team_members::KIND,
    github_organization_members::KIND,
    github_repositories::KIND,
    github_team_repositories::KIND,
    copilot_team_metrics::KIND,
    copilot_organization_metrics::KIND,
    copilot_enterprise_metrics::KIND,
    copilot_enterprise_team_metrics::KIND,
    claude_code_usage::KIND,
    cursor_members::KIND,
    cursor_daily_usage::KIND,
    cursor_spend::KIND,
    cursor_usage_events::KIND,
    ai_tool_usage::KIND,
];

/// The kinds of a vendor, in that order.
pub fn of(vendor: Vendor) -> impl Iterator<Item = &'static Kind> {
    ALL.iter().filter(move |kind| kind.vendor() == vendor)
}

impl Kind {
    /// Its names.
    pub fn names(&self) -> KindNames {
        KindNames { name: self.name, aliases: self.aliases }
    }
}

/// The kind of that name or alias.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.names().is_called(name))
}

/// The kind whose name or alias is most like `name`, for "did you mean". None when nothing is like it.
pub fn nearest(name: &str) -> Option<&'static Kind> {
    find(nearest_of(name, ALL.iter().map(Kind::names))?.name)
}

/// Finds the nearest name among these kinds, which need not be of [`ALL`].
pub fn nearest_of(name: &str, kinds: impl IntoIterator<Item = KindNames>) -> Option<KindNames> {
    let name = name.to_ascii_lowercase();
    let similarity = |kind: &KindNames| {
        let names = std::iter::once(kind.name).chain(kind.aliases.iter().copied());
        let of_name = |known: &str| match known.starts_with(&name) && name.len() >= SHORTEST_BEGINNING {
            // Half a name is no misspelling, and says what is meant all the same; of several, the shortest.
            true => 1.0 - known.len() as f64 / 1000.0,
            false => strsim::normalized_damerau_levenshtein(known, &name),
        };
        names.map(of_name).fold(0.0, f64::max)
    };
    let candidates = kinds.into_iter().map(|kind| (similarity(&kind), kind));
    let alike = candidates.filter(|(similarity, _)| *similarity >= NEAREST_SIMILARITY);
    alike.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_name_means_one_kind() {
        let names: Vec<_> = ALL.iter().flat_map(|kind| std::iter::once(kind.name).chain(kind.aliases.iter().copied())).collect();
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:?}");
        for kind in &ALL {
            assert_eq!(find(kind.name).unwrap().name, kind.name);
        }
        assert_eq!(find("user-usage-metrics").unwrap().name, "organization-user-usage-metrics");
        assert!(find("").is_none());
    }

    #[test]
    fn a_misspelled_name_has_a_nearest_kind_and_a_foreign_one_has_none() {
        let cases = [
            ("copilot-team-metric", Some("copilot-team-metrics")),
            ("Organization-Usage-Metrics", Some("organization-usage-metrics")),
            ("organisation-usage-metrics", Some("organization-usage-metrics")),
            ("user-usage-metric", Some("organization-user-usage-metrics")),
            ("copilot-organization-metrics-", Some("copilot-organization-metrics")),
            ("organization-usage", Some("organization-usage-metrics")),
            ("team-usage", Some("team-usage-metrics")),
            ("copil", Some("copilot-seats")),
            ("issue", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name).map(|kind| kind.name), expected, "{name}");
        }
    }

    #[test]
    fn a_closed_kind_names_a_replacement_that_exists_and_is_open() {
        for sunset in ALL.iter().filter_map(|kind| kind.sunset) {
            assert!(find(sunset.replacement).unwrap().sunset.is_none());
            assert!(sunset.closed.parse::<crate::model::day::Day>().is_ok());
        }
        assert_eq!(ALL.iter().filter(|kind| kind.sunset.is_some()).count(), 4);
    }

    #[test]
    fn the_paths_are_those_that_github_documents() {
        let paths: Vec<_> = of(Vendor::GitHub).map(|kind| kind.path().fill("acme", Some("platform"))).collect();
        assert_eq!(
            paths,
            [
                "/orgs/acme/copilot/metrics/reports/organization-28-day/latest",
                "/orgs/acme/copilot/metrics/reports/users-28-day/latest",
                "/orgs/acme/copilot/metrics/reports/user-teams-1-day",
                "/orgs/acme/copilot/metrics/reports/repos-1-day",
                "/enterprises/acme/copilot/metrics/reports/enterprise-28-day/latest",
                "/enterprises/acme/copilot/metrics/reports/users-28-day/latest",
                "/enterprises/acme/copilot/metrics/reports/user-teams-1-day",
                "/orgs/acme/copilot/billing/seats?per_page=100",
                "/orgs/acme/copilot/billing",
                "/organizations/acme/settings/billing/ai_credit/usage",
                "/orgs/acme/teams?per_page=100",
                "/orgs/acme/teams/platform/members?per_page=100",
                "/orgs/acme/members?per_page=100",
                "/orgs/acme/repos?per_page=100",
                "/orgs/acme/teams/platform/repos?per_page=100",
                "/orgs/acme/team/platform/copilot/metrics",
                "/orgs/acme/copilot/metrics",
                "/enterprises/acme/copilot/metrics",
                "/enterprises/acme/team/platform/copilot/metrics",
            ]
        );
    }

    #[test]
    fn what_a_selector_may_say_follows_from_the_source() {
        let told = |name: &str| {
            let keys = find(name).unwrap().selector_keys();
            (keys.has_days, keys.has_membership, keys.first_day.map(|day| day.to_string()).unwrap_or_default())
        };
        assert_eq!(told("copilot-seats"), (false, false, String::new()));
        assert_eq!(told("repository-usage-metrics"), (true, false, "2025-12-12".to_owned()));
        assert_eq!(told("copilot-team-metrics"), (true, true, "2025-12-12".to_owned()));
        assert_eq!(told("enterprise-usage-metrics"), (true, false, "2025-10-10".to_owned()));
    }

    #[test]
    fn items_of_every_kind_with_days_name_their_day() {
        for kind in &ALL {
            let expected = match (kind.source.has_days(), kind.sunset.is_some()) {
                (false, _) => None,
                (true, false) if kind.scope == ScopeLevel::AccountDay => Some("__day"),
                (true, false) => Some("day"),
                (true, true) => Some("date"),
            };
            assert_eq!(kind.day_field(), expected, "{}", kind.name);
        }
    }

    #[test]
    fn no_object_has_two_fields_of_one_name() {
        fn check(kind: &str, fields: &[&Field]) {
            let names: HashSet<_> = fields.iter().map(|field| field.name).collect();
            assert_eq!(names.len(), fields.len(), "{kind}: {names:?}");
            for field in fields {
                assert!(!field.about.ends_with('.') && !field.about.is_empty(), "{kind}: {}", field.name);
                check(kind, &field.children.iter().collect::<Vec<_>>());
            }
        }
        for kind in &ALL {
            check(kind.name, &kind.item_fields().collect::<Vec<_>>());
        }
    }
}
