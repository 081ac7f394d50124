//! Paths of GitHub's API with room for whom they are about.

/// A path such as `/orgs/{owner}/team/{team}/copilot/metrics`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathTemplate(pub &'static str);

impl PathTemplate {
    /// The path for an owner (an organization's login or an enterprise's slug) and, where it has room for one, a team's slug.
    /// Names are escaped, so that none of them can reach another endpoint.
    pub fn fill(self, owner: &str, team: Option<&str>) -> String {
        self.0
            .replace("{owner}", &segment(owner))
            .replace("{team}", &segment(team.unwrap_or_default()))
    }
}

/// A name as one segment of a path.
pub fn segment(name: &str) -> String {
    let mut segment = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'~')
            || (byte == b'.' && !matches!(name, "." | ".."))
        {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment() {
        let cases = [
            ("octo-org", "octo-org"),
            ("a.b_c~d", "a.b_c~d"),
            ("a/b", "a%2Fb"),
            ("..", "%2E%2E"),
            ("ent:core", "ent%3Acore"),
            ("a?b#c d%", "a%3Fb%23c%20d%25"),
            ("é", "%C3%A9"),
        ];
        for (name, expected) in cases {
            assert_eq!(segment(name), expected);
        }
    }

    #[test]
    fn a_template_takes_owner_and_team() {
        let template = PathTemplate("/orgs/{owner}/team/{team}/copilot/metrics");
        assert_eq!(
            template.fill("acme", Some("a b")),
            "/orgs/acme/team/a%20b/copilot/metrics"
        );
    }
}
