//! The shape of an address without the names in it: `/orgs/acme/teams` and `/orgs/beta/teams` are `/orgs/{}/teams`. Pure.
//!
//! Kept are only words that GitHub's and Port's interfaces are made of, so a label can neither hold a name nor have many values.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::kind::catalogue;

/// Words of the paths that no kind is read from. Sorted.
const OTHER_WORDS: &[&str] = &[
    "access_token",
    "access_tokens",
    "aggregate",
    "api",
    "app",
    "auth",
    "blueprints",
    "bulk",
    "claude_code",
    "daily-usage-data",
    "datasource-entities",
    "delete",
    "entities",
    "filtered-usage-events",
    "installation",
    "installations",
    "integration",
    "kinds",
    "log",
    "memberships",
    "org",
    "organization",
    "permissions",
    "probe",
    "provision-enabled",
    "rate_limit",
    "repos-28-day",
    "resync-request",
    "resync-state",
    "search",
    "selected_teams",
    "selected_users",
    "spend",
    "syncs",
    "usage_report",
    "user",
    "users",
    "v1",
    "v3",
];

/// Words of paths. Whatever is not here is a name, a number or a surprise, and is left out.
static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let paths = catalogue::endpoints().into_iter().map(|endpoint| endpoint.path.without_query().0);
    let words = paths.flat_map(|path| path.split('/')).filter(|segment| !segment.starts_with('{'));
    words.chain(OTHER_WORDS.iter().copied()).collect()
});

/// Segments that are shown. Both interfaces have fewer; a longer path is a surprise.
const SEGMENTS_AT_MOST: usize = 10;

/// The route of a path: `/orgs/{}/copilot/metrics/reports/users-1-day`.
pub fn route(path: &str) -> String {
    let mut route = String::new();
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    // What follows some words is a name, even if it is spelt like a word: an organization may be called `teams`.
    let mut is_name = false;
    for segment in segments.by_ref().take(SEGMENTS_AT_MOST) {
        let is_first = route.is_empty();
        let is_word = !is_name && WORDS.contains(segment);
        route.push('/');
        route.push_str(if is_word { segment } else { "{}" });
        // Cursor's paths begin with `teams`, and what follows is no name; in Anthropic's, no name follows `organizations`.
        is_name = is_word
            && match segment {
                "teams" => !is_first,
                "organizations" => is_first,
                "orgs" | "org" | "enterprises" | "team" | "installations" | "blueprints" | "probe" => true,
                _ => false,
            };
    }
    if segments.next().is_some() {
        route.push_str("/…");
    }
    if route.is_empty() { "/".to_owned() } else { route }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_words_are_sorted_and_are_no_kinds() {
        assert!(OTHER_WORDS.is_sorted());
        let kinds = catalogue::endpoints().into_iter().map(|endpoint| endpoint.path.without_query().0);
        let kinds: HashSet<_> = kinds.flat_map(|path| path.split('/')).collect();
        let repeated: Vec<_> = OTHER_WORDS.iter().filter(|word| kinds.contains(**word)).collect();
        assert_eq!(repeated, [&""; 0]);
    }

    #[test]
    fn names_are_left_out_also_when_they_are_spelt_like_words() {
        let table = [
            ("/orgs/acme/teams", "/orgs/{}/teams"),
            ("/orgs/teams/teams/orgs/members", "/orgs/{}/teams/{}/members"),
            ("/orgs/acme/team/copilot/copilot/metrics", "/orgs/{}/team/{}/copilot/metrics"),
            ("/app/installations/12/access_tokens", "/app/installations/{}/access_tokens"),
            ("/v1/blueprints/service/entities/bulk", "/v1/blueprints/{}/entities/bulk"),
            ("/v1/integration/mine/resync-state", "/v1/integration/{}/resync-state"),
            ("/organizations/teams/settings/billing/ai_credit/usage", "/organizations/{}/settings/billing/ai_credit/usage"),
            ("/v1/org/orgs/integration/probe/probe", "/v1/org/{}/integration/probe/{}"),
            ("/user/orgs", "/user/orgs"),
            ("/teams/daily-usage-data", "/teams/daily-usage-data"),
            ("/v1/organizations/usage_report/claude_code", "/v1/organizations/usage_report/claude_code"),
            ("/sas/f3a9?sig=x", "/{}/{}"),
            ("/a/b/c/d/e/f/g/h/i/j/k", "/{}/{}/{}/{}/{}/{}/{}/{}/{}/{}/…"),
            ("", "/"),
        ];
        for (path, expected) in table {
            assert_eq!(route(path), expected, "{path}");
        }
    }

    #[test]
    fn every_endpoint_of_every_kind_is_told_apart() {
        for endpoint in catalogue::endpoints() {
            let path = endpoint.path.without_query();
            let expected = path.0.replace("{owner}", "{}").replace("{team}", "{}");
            assert_eq!(route(&path.fill("acme", Some("platform"))), expected);
        }
    }
}
