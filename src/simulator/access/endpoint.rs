//! Endpoint of a path, as far as permissions differ.

/// Resource of an organization or an enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// The organization itself.
    Profile,
    /// Members and teams.
    People,
    /// Reports.
    Metrics,
    /// Endpoints that GitHub closed.
    Legacy,
    /// Seats and billing.
    Seats,
    /// Assigning and removing seats.
    SeatManagement,
    /// Organizations in which an App can be installed, or is.
    Apps,
}

/// Endpoint with its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// Open to every token.
    Open,
    User,
    UserOrganizations,
    /// Needs the JWT of an App.
    App,
    Organization(String, Resource),
    Enterprise(String, Resource),
    /// Any other path; it answers 404.
    Other,
}

impl Endpoint {
    pub(super) fn of(path: &str) -> Self {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments.as_slice() {
            ["meta" | "versions" | "rate_limit" | "organizations"] => Self::Open,
            ["user"] => Self::User,
            ["user", "orgs"] => Self::UserOrganizations,
            ["app", ..] | ["orgs" | "enterprises", _, "installation"] => Self::App,
            ["orgs", org, rest @ ..] => Self::Organization((*org).to_owned(), resource(rest)),
            ["enterprises", slug, rest @ ..] => Self::Enterprise((*slug).to_owned(), resource(rest)),
            _ => Self::Other,
        }
    }

    /// Owner of the metrics, and whether the endpoint is a closed one. None for other resources.
    pub(super) fn metrics_of(&self) -> Option<(&str, bool)> {
        match self {
            Self::Organization(name, resource) | Self::Enterprise(name, resource) => match resource {
                Resource::Metrics => Some((name, false)),
                Resource::Legacy => Some((name, true)),
                _ => None,
            },
            _ => None,
        }
    }
}

fn resource(rest: &[&str]) -> Resource {
    match rest {
        ["copilot", "metrics", "reports", ..] => Resource::Metrics,
        ["copilot", "metrics"] | ["team", _, "copilot", "metrics"] => Resource::Legacy,
        ["copilot", "billing", "selected_users" | "selected_teams"] => Resource::SeatManagement,
        ["copilot", "billing", ..] | ["members", _, "copilot"] => Resource::Seats,
        ["apps", ..] => Resource::Apps,
        [] => Resource::Profile,
        _ => Resource::People,
    }
}
