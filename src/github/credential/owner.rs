//! Owner of a request, by its path. Pure.

/// Owner of a path. An App uses the token of its installation there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// Organization, by login.
    Organization(String),
    /// Enterprise, by slug.
    Enterprise(String),
    /// The App itself, which needs its JWT.
    App,
    /// No owner, such as for `/rate_limit`.
    Nobody,
}

impl Owner {
    /// Owner of a path such as `/orgs/acme/teams?per_page=100`. Names are in lower case, because GitHub ignores case.
    pub fn of(path: &str) -> Self {
        let path = path.split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments.as_slice() {
            ["app", ..] | ["orgs" | "enterprises", _, "installation"] => Self::App,
            ["orgs" | "organizations", name, ..] => Self::Organization(name.to_ascii_lowercase()),
            ["enterprises", slug, ..] => Self::Enterprise(slug.to_ascii_lowercase()),
            _ => Self::Nobody,
        }
    }

    /// Path of the App's installation at this owner.
    pub(in crate::github) fn installation_path(&self) -> Option<String> {
        match self {
            Self::Organization(name) => Some(format!("/orgs/{name}/installation")),
            Self::Enterprise(slug) => Some(format!("/enterprises/{slug}/installation")),
            Self::App | Self::Nobody => None,
        }
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Organization(name) => write!(formatter, "organization `{name}`"),
            Self::Enterprise(slug) => write!(formatter, "enterprise `{slug}`"),
            Self::App => formatter.write_str("the App itself"),
            Self::Nobody => formatter.write_str("nobody in particular"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_on_whose_behalf_it_is_asked() {
        let acme = || Owner::Organization("acme".to_owned());
        let fleet = || Owner::Enterprise("fleet".to_owned());
        let table = [
            ("/orgs/acme", acme()),
            ("/orgs/Acme/copilot/metrics/reports/users-1-day?day=2026-08-01", acme()),
            ("/organizations/acme/settings/billing/ai_credit/usage", acme()),
            ("/enterprises/fleet/teams?per_page=100", fleet()),
            ("/orgs/acme/installation", Owner::App),
            ("/enterprises/fleet/installation", Owner::App),
            ("/app/installations?per_page=100", Owner::App),
            ("/user/orgs", Owner::Nobody),
            ("/rate_limit", Owner::Nobody),
            ("", Owner::Nobody),
        ];
        for (path, owner) in table {
            assert_eq!(Owner::of(path), owner, "{path}");
        }
    }
}
