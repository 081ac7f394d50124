//! Which organizations and teams are read, of those that there are. Pure.
//!
//! A pattern is a name in which `*` stands for any characters and `?` for one; names hold neither. Case is not told apart, as
//! GitHub does not.

use wildmatch::WildMatch;

/// What the settings choose beside the organizations that they name. By default nothing is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Organizations not to read: logins or patterns of them.
    pub exclude_organizations: Vec<String>,
    /// Teams to read, all when there are none: `slug` or `organization/slug`, or patterns of them. An enterprise's teams have its
    /// slug in place of the organization.
    pub teams: Vec<String>,
    /// Teams not to read, written likewise.
    pub exclude_teams: Vec<String>,
}

impl Selection {
    /// Whether that organization is read.
    pub fn has_organization(&self, login: &str) -> bool {
        !self.exclude_organizations.iter().any(|pattern| matches(pattern, login))
    }

    /// Whether that team of an organization, or of an enterprise, is read.
    pub fn has_team(&self, owner: &str, slug: &str) -> bool {
        let is_one_of = |patterns: &[String]| patterns.iter().any(|pattern| matches_team(pattern, owner, slug));
        (self.teams.is_empty() || is_one_of(&self.teams)) && !is_one_of(&self.exclude_teams)
    }

    /// Whether any team may be left out.
    pub fn chooses_teams(&self) -> bool {
        !self.teams.is_empty() || !self.exclude_teams.is_empty()
    }
}

/// Whether a text is a pattern and not a name.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether a name is that name, or fits that pattern.
pub fn matches(pattern: &str, name: &str) -> bool {
    WildMatch::new_case_insensitive(pattern).matches(name)
}

/// Whether a team is meant by `slug` or `organization/slug`.
pub fn matches_team(pattern: &str, owner: &str, slug: &str) -> bool {
    match pattern.split_once('/') {
        Some((owners, slugs)) => matches(owners, owner) && matches(slugs, slug),
        None => matches(pattern, slug),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_is_left_out_is_not_read_however_it_is_written() {
        let selection = Selection { exclude_organizations: texts(&["Tidewater", "old-*"]), ..Selection::default() };
        assert!(selection.has_organization("harbor") && !selection.has_organization("tidewater"));
        assert!(!selection.has_organization("Old-things") && selection.has_organization("older"));
        assert!(Selection::default().has_organization("tidewater"));
    }

    #[test]
    fn a_team_is_read_when_it_is_chosen_and_not_left_out() {
        let table: &[(&[&str], &[&str], bool)] = &[
            (&[], &[], true),
            (&["platform"], &[], true),
            (&["PLATFORM"], &[], true),
            (&["plat*"], &[], true),
            (&["plat?orm"], &[], true),
            (&["form"], &[], false),
            (&["acme/platform"], &[], true),
            (&["ac*/*"], &[], true),
            (&["beta/platform"], &[], false),
            (&[], &["platform"], false),
            (&["*"], &["acme/*"], false),
            (&["*"], &["beta/*"], true),
        ];
        for (teams, exclude_teams, expected) in table {
            let selection = Selection { teams: texts(teams), exclude_teams: texts(exclude_teams), ..Selection::default() };
            assert_eq!(selection.has_team("acme", "platform"), *expected, "{teams:?} {exclude_teams:?}");
        }
    }
}
