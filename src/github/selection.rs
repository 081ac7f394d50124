//! Which organizations and teams are read, of those that there are. Pure.

/// What the settings leave out. By default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Organizations not to read, by login.
    pub exclude_organizations: Vec<String>,
    /// Teams to read, as `platform` or `acme/platform`; all when there are none.
    pub teams: Vec<String>,
    /// Teams not to read, written likewise.
    pub exclude_teams: Vec<String>,
}

impl Selection {
    /// Whether that organization is read.
    pub fn has_organization(&self, login: &str) -> bool {
        !self.exclude_organizations.iter().any(|excluded| excluded.eq_ignore_ascii_case(login))
    }

    /// Whether that team of that organization is read. To be left out counts more than to be named.
    pub fn has_team(&self, organization: &str, slug: &str) -> bool {
        let names = |written: &String| match written.split_once('/') {
            Some((owner, team)) => owner.eq_ignore_ascii_case(organization) && team.eq_ignore_ascii_case(slug),
            None => written.eq_ignore_ascii_case(slug),
        };
        (self.teams.is_empty() || self.teams.iter().any(names)) && !self.exclude_teams.iter().any(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_not_read_even_where_it_is_named() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let selection = Selection {
            exclude_organizations: list(&["Tidewater"]),
            teams: list(&["platform", "harbor/search"]),
            exclude_teams: list(&["keelworks/platform"]),
        };
        assert!(selection.has_organization("harbor") && !selection.has_organization("tidewater"));
        let table = [
            ("harbor", "platform", true),
            ("harbor", "Search", true),
            ("lighthouse", "search", false),
            ("keelworks", "platform", false),
            ("harbor", "payments", false),
        ];
        for (organization, team, expected) in table {
            assert_eq!(selection.has_team(organization, team), expected, "{organization}/{team}");
        }
        assert!(Selection::default().has_team("any", "team"));
    }
}
