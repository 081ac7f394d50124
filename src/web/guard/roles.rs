//! Roles: what somebody who looks at the pages may see and do.

use std::fmt;

/// What somebody may do besides looking at figures, runs and the catalog without people, which everybody who is let in may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Sees logins: entities of kinds about people, their raw items, lists of seats.
    pub people: bool,
    /// Starts and stops runs.
    pub operator: bool,
}

impl Roles {
    /// Everything.
    pub const ALL: Self = Self { people: true, operator: true };

    /// Names of roles, as settings have them.
    pub const NAMES: [&'static str; 3] = ["viewer", "people", "operator"];

    /// Reads names of roles.
    ///
    /// # Errors
    /// The name that is none.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut roles = Self::default();
        for name in names {
            match name.trim().to_ascii_lowercase().as_str() {
                "viewer" => {}
                "people" => roles.people = true,
                "operator" => roles.operator = true,
                _ => return Err(name.to_owned()),
            }
        }
        Ok(roles)
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match (self.people, self.operator) {
            (false, false) => "viewer",
            (true, false) => "people",
            (false, true) => "operator",
            (true, true) => "people, operator",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_by_their_names() {
        let read = |names: &[&str]| Roles::named(names.iter().copied()).map(|roles| roles.to_string());
        assert_eq!(read(&[]), Ok("viewer".to_owned()));
        assert_eq!(read(&["Viewer", " people"]), Ok("people".to_owned()));
        assert_eq!(read(&["operator"]), Ok("operator".to_owned()));
        assert_eq!(read(&Roles::NAMES), Ok(Roles::ALL.to_string()));
        assert_eq!(read(&["admin"]), Err("admin".to_owned()));
    }
}
