//! The shape of an address without the names in it: `/orgs/acme/teams` and `/orgs/beta/teams` are `/orgs/{}/teams`. Pure.
//!
//! Kept are only words that GitHub's and Port's interfaces are made of, so a label can neither hold a name nor have many values.

/// Words of paths. Whatever is not here is a name, a number or a surprise, and is left out.
const WORDS: &[&str] = &[
    "access_token",
    "access_tokens",
    "aggregate",
    "api",
    "app",
    "auth",
    "billing",
    "blueprints",
    "bulk",
    "copilot",
    "datasource-entities",
    "delete",
    "enterprise-1-day",
    "enterprise-28-day",
    "enterprises",
    "entities",
    "installation",
    "installations",
    "integration",
    "kinds",
    "latest",
    "log",
    "members",
    "memberships",
    "metrics",
    "organization",
    "organization-1-day",
    "organization-28-day",
    "orgs",
    "permissions",
    "provision-enabled",
    "rate_limit",
    "reports",
    "repos-1-day",
    "repos-28-day",
    "resync-request",
    "resync-state",
    "search",
    "seats",
    "selected_teams",
    "selected_users",
    "syncs",
    "team",
    "teams",
    "user",
    "user-teams-1-day",
    "users",
    "users-1-day",
    "users-28-day",
    "v1",
    "v3",
];

/// Segments that are shown. Both interfaces have fewer; a longer path is a surprise.
const SEGMENTS_AT_MOST: usize = 10;

/// The route of a path: `/orgs/{}/copilot/metrics/reports/users-1-day`.
pub fn route(path: &str) -> String {
    let mut route = String::new();
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    // What follows some words is a name, even if it is spelt like a word: an organization may be called `teams`.
    let mut is_name = false;
    for segment in segments.by_ref().take(SEGMENTS_AT_MOST) {
        let is_word = !is_name && WORDS.binary_search(&segment).is_ok();
        route.push('/');
        route.push_str(if is_word { segment } else { "{}" });
        is_name = is_word && matches!(segment, "orgs" | "enterprises" | "team" | "teams" | "installations" | "blueprints");
    }
    if segments.next().is_some() {
        route.push_str("/…");
    }
    if route.is_empty() { "/".to_owned() } else { route }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind;

    #[test]
    fn words_are_sorted() {
        assert!(WORDS.is_sorted());
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
            ("/user/orgs", "/user/orgs"),
            ("/sas/f3a9?sig=x", "/{}/{}"),
            ("/a/b/c/d/e/f/g/h/i/j/k", "/{}/{}/{}/{}/{}/{}/{}/{}/{}/{}/…"),
            ("", "/"),
        ];
        for (path, expected) in table {
            assert_eq!(route(path), expected, "{path}");
        }
    }

    #[test]
    fn the_path_of_every_kind_is_told_apart() {
        for kind in &kind::ALL {
            let path = kind.path().fill("acme", Some("platform"));
            let path = path.split('?').next().unwrap();
            let expected = path.replace("acme", "{}").replace("platform", "{}");
            assert_eq!(route(path), expected, "{}", kind.name);
        }
    }
}
