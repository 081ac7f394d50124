//! Paths of GitHub's API with room for whom they are about.

use crate::model::segment::segment;

/// A path such as `/orgs/{owner}/team/{team}/copilot/metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PathTemplate(pub &'static str);

impl PathTemplate {
    /// The path for an owner (an organization's login or an enterprise's slug) and, where it has room for one, a team's slug.
    /// Names are escaped, so that none of them can reach another endpoint.
    pub fn fill(self, owner: &str, team: Option<&str>) -> String {
        self.0.replace("{owner}", &segment(owner)).replace("{team}", &segment(team.unwrap_or_default()))
    }

    /// The template without the query that it ends with, if it has one.
    pub fn without_query(self) -> Self {
        Self(self.0.split_once('?').map_or(self.0, |(path, _)| path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_takes_owner_and_team() {
        let template = PathTemplate("/orgs/{owner}/team/{team}/copilot/metrics");
        assert_eq!(template.fill("acme", Some("a b")), "/orgs/acme/team/a%20b/copilot/metrics");
    }
}
