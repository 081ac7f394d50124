//! Endpoint of a path, as far as permissions differ.

/// Resource of an organization or an enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApiResource {
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
    /// What is billed.
    Billing,
    /// Assigning and removing seats.
    SeatManagement,
    /// Organizations in which an App can be installed, or is.
    Apps,
}

/// Endpoint with its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RequestedEndpoint {
    /// Open to every token.
    Open,
    User,
    UserOrganizations,
    /// Needs the JWT of an App.
    App,
    Organization(String, ApiResource),
    Enterprise(String, ApiResource),
    /// Any other path; it answers 404.
    Other,
}

impl RequestedEndpoint {
    pub(super) fn of(path: &str) -> Self {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match segments.as_slice() {
            ["meta" | "versions" | "rate_limit" | "organizations"] => Self::Open,
            ["user"] => Self::User,
            ["user", "orgs"] => Self::UserOrganizations,
            ["app", ..] | ["orgs" | "enterprises", _, "installation"] => Self::App,
            ["orgs", org, rest @ ..] => Self::Organization((*org).to_owned(), resource(rest)),
            ["organizations", org, rest @ ..] => Self::Organization((*org).to_owned(), resource(rest)),
            ["enterprises", slug, rest @ ..] => Self::Enterprise((*slug).to_owned(), resource(rest)),
            _ => Self::Other,
        }
    }

    /// Owner of the metrics, and whether the endpoint is a closed one. None for other resources.
    pub(super) fn metrics_of(&self) -> Option<(&str, bool)> {
        match self {
            Self::Organization(name, resource) | Self::Enterprise(name, resource) => match resource {
                ApiResource::Metrics => Some((name, false)),
                ApiResource::Legacy => Some((name, true)),
                _ => None,
            },
            _ => None,
        }
    }
}

fn resource(rest: &[&str]) -> ApiResource {
    match rest {
        ["copilot", "metrics", "reports", ..] => ApiResource::Metrics,
        ["copilot", "metrics"] | ["team", _, "copilot", "metrics"] => ApiResource::Legacy,
        ["copilot", "billing", "selected_users" | "selected_teams"] => ApiResource::SeatManagement,
        ["copilot", "billing", ..] | ["members", _, "copilot"] => ApiResource::Seats,
        ["settings", "billing", ..] => ApiResource::Billing,
        ["apps", ..] => ApiResource::Apps,
        [] => ApiResource::Profile,
        _ => ApiResource::People,
    }
}
