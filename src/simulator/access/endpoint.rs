//! Which endpoint a path is, as far as permissions differ.

/// What of an organization or an enterprise is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    /// The organization itself.
    Profile,
    /// Members and teams.
    People,
    /// Reports.
    Metrics,
    /// The endpoints that GitHub closed.
    Legacy,
    /// Seats and billing.
    Seats,
    /// Giving and taking seats.
    SeatManagement,
    /// Organizations in which an App can be installed.
    Apps,
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// For everybody.
    Open,
    User,
    UserOrganizations,
    /// Needs the JWT of an App.
    App,
    Organization(String, Resource),
    Enterprise(String, Resource),
    /// Anything else; it will not be found.
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

    /// Whose metrics these are, and whether of the closed endpoints.
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
