//! Selection of organizations and teams. Pure.
//!
//! A pattern is a name in which `*` stands for any characters and `?` for one; names hold neither. Case is ignored, as GitHub
//! does.

use wildmatch::WildMatch;

/// Selection by the settings, besides the organizations that they name. The default selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Organizations to leave out: logins or patterns.
    pub exclude_organizations: Vec<String>,
    /// Teams to read: `slug` or `organization/slug`, or patterns. Empty for all. Teams of an enterprise have its slug instead
    /// of the organization.
    pub teams: Vec<String>,
    /// Teams to leave out, in the same form.
    pub exclude_teams: Vec<String>,
}

impl Selection {
    /// Checks whether that organization is read.
    pub fn has_organization(&self, login: &str) -> bool {
        !self.exclude_organizations.iter().any(|pattern| matches(pattern, login))
    }

    /// Checks whether that team of an organization, or of an enterprise, is read.
    pub fn has_team(&self, owner: &str, slug: &str) -> bool {
        let is_one_of = |patterns: &[String]| patterns.iter().any(|pattern| matches_team(pattern, owner, slug));
        (self.teams.is_empty() || is_one_of(&self.teams)) && !is_one_of(&self.exclude_teams)
    }

    /// Checks whether the settings can leave out a team.
    pub fn chooses_teams(&self) -> bool {
        !self.teams.is_empty() || !self.exclude_teams.is_empty()
    }
}

/// Checks whether a text is a pattern and not a name.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Checks whether a name equals a pattern or matches it.
pub fn matches(pattern: &str, name: &str) -> bool {
    WildMatch::new_case_insensitive(pattern).matches(name)
}

/// Checks whether `slug` or `organization/slug` stands for that team.
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
