//! What can be collected, as data: one small file per kind. Pure: asks nobody, knows no network.
//!
//! A kind names whom it is about ([`ScopeLevel`]), where its records come from ([`Source`]) and which parts of a record are its
//! items ([`Split`]). Adding one is a file, a line in [`ALL`], a resource in a mapping and a case in a test. Fetching is
//! [`crate::github`].

mod copilot_organization_metrics;
mod copilot_team_metrics;
mod enterprise_usage_metrics;
mod enterprise_user_usage_metrics;
mod fields;
mod organization_usage_metrics;
mod organization_user_usage_metrics;
pub mod path;
pub mod scope;
pub mod split;

use crate::model::field::Field;
pub use path::PathTemplate;
pub use scope::ScopeLevel;
pub use split::{Split, SplitError};

/// How much a name may differ from a known one and still be taken for a misspelling of it: 0 is nothing in common, 1 is equal.
const NEAREST_SIMILARITY: f64 = 0.7;

/// Something that can be collected.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name, as mappings write it.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// What it is, as one sentence.
    pub about: &'static str,
    /// Whom it is read for, and what is added to each item.
    pub scope: ScopeLevel,
    /// Where the records come from.
    pub source: Source,
    /// Which parts of a record are items.
    pub split: Split,
    /// The documented fields of an item, without what is added to it, see [`Kind::item_fields`].
    pub fields: &'static [Field],
    /// Set when GitHub has closed the source.
    pub sunset: Option<Sunset>,
}

/// Where a kind's records come from. All requests are GET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A list, read page by page. A record is an element.
    Pages {
        /// The list.
        path: PathTemplate,
    },
    /// A report: an answer with signed links to files. A record is a line.
    Report {
        /// The last 28 days at once.
        latest: PathTemplate,
        /// One day, to be named in the query parameter `day`.
        day: PathTemplate,
    },
}

/// What is known about a source that GitHub has closed. A host may still serve it, so it is asked all the same.
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
        self.fields.iter().chain(self.scope.added_fields())
    }

    /// The path to ask first: the list, or the report of the last 28 days.
    pub fn path(&self) -> PathTemplate {
        match self.source {
            Source::Pages { path } => path,
            Source::Report { latest, .. } => latest,
        }
    }
}

/// Every kind, in the order in which they are listed.
pub static ALL: [Kind; 6] = [
    organization_usage_metrics::KIND,
    organization_user_usage_metrics::KIND,
    enterprise_usage_metrics::KIND,
    enterprise_user_usage_metrics::KIND,
    copilot_team_metrics::KIND,
    copilot_organization_metrics::KIND,
];

/// The kind of that name or alias.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().find(|kind| kind.name == name || kind.aliases.contains(&name))
}

/// The kind whose name or alias is most like `name`, for "did you mean". None when nothing is like it.
pub fn nearest(name: &str) -> Option<&'static Kind> {
    let name = name.to_ascii_lowercase();
    let similarity = |kind: &Kind| {
        let names = std::iter::once(kind.name).chain(kind.aliases.iter().copied());
        names.map(|known| strsim::normalized_damerau_levenshtein(known, &name)).fold(0.0, f64::max)
    };
    let candidates = ALL.iter().map(|kind| (similarity(kind), kind)).filter(|(similarity, _)| *similarity >= NEAREST_SIMILARITY);
    candidates.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, kind)| kind)
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
        assert_eq!(ALL.iter().filter(|kind| kind.sunset.is_some()).count(), 2);
    }

    #[test]
    fn the_paths_are_those_that_github_documents() {
        let paths: Vec<_> = ALL.iter().map(|kind| kind.path().fill("acme", Some("platform"))).collect();
        assert_eq!(
            paths,
            [
                "/orgs/acme/copilot/metrics/reports/organization-28-day/latest",
                "/orgs/acme/copilot/metrics/reports/users-28-day/latest",
                "/enterprises/acme/copilot/metrics/reports/enterprise-28-day/latest",
                "/enterprises/acme/copilot/metrics/reports/users-28-day/latest",
                "/orgs/acme/team/platform/copilot/metrics",
                "/orgs/acme/copilot/metrics",
            ]
        );
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
