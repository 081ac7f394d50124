//! Judges whether the rows of a report are those of the organization or enterprise that was asked for. Pure.
//!
//! GitHub's rows have the id that GitHub lists for their owner. Recorded and made-up reports often have one id for all owners, which
//! is right there. So the listed id is always right, and another one only as long as nothing else was seen.

/// The ids that are known of an owner.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownOwnerIds<'a> {
    /// The one that GitHub lists; none where it lists none, as of an enterprise.
    pub listed: Option<&'a str>,
    /// The one that its reports had in an earlier run.
    pub remembered: Option<&'a str>,
    /// The one that its reports had in this run so far.
    pub seen: Option<&'a str>,
}

impl KnownOwnerIds<'_> {
    /// True when a report with that id is the owner's.
    ///
    /// # Errors
    /// The id that was expected, when it is somebody else's.
    pub fn check(&self, found: &str) -> Result<(), String> {
        let expected = match self {
            Self { seen: Some(seen), .. } => seen,
            Self { listed: Some(listed), .. } if *listed == found => listed,
            Self { remembered: Some(remembered), .. } => remembered,
            _ => return Ok(()),
        };
        if *expected == found { Ok(()) } else { Err((*expected).to_owned()) }
    }

    /// True when the id is to be remembered. The listed one always is, so that a wrong one does not stay.
    pub fn is_remembered(&self, found: &str) -> bool {
        self.listed == Some(found) || self.remembered.is_none() && self.check(found).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listed_id_is_right_and_another_one_only_while_nothing_else_was_seen() {
        // Listed, remembered, seen in this run, found; what was expected instead, and whether it is remembered.
        let table = [
            (None, None, None, "7", None, true),
            (Some("7"), None, None, "7", None, true),
            (Some("7"), None, None, "1", None, true),
            (Some("7"), Some("1"), None, "1", None, false),
            (Some("7"), Some("1"), None, "7", None, true),
            (Some("7"), Some("7"), None, "1", Some("7"), false),
            (Some("7"), Some("1"), None, "2", Some("1"), false),
            (None, Some("1"), None, "2", Some("1"), false),
            (None, None, Some("1"), "2", Some("1"), false),
            (None, Some("1"), Some("1"), "1", None, false),
            // The first report of a run was wrong, and nobody could know.
            (Some("7"), None, Some("1"), "7", Some("1"), true),
            (Some("7"), Some("1"), Some("7"), "1", Some("7"), false),
        ];
        for (listed, remembered, seen, found, expected, is_remembered) in table {
            let owner = KnownOwnerIds { listed, remembered, seen };
            assert_eq!(owner.check(found).err().as_deref(), expected, "{owner:?} {found}");
            assert_eq!(owner.is_remembered(found), is_remembered, "{owner:?} {found}");
        }
    }
}
