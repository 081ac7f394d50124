//! Which organizations are read, of those that there are. Pure.

/// What the settings leave out. By default nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Organizations not to read, by login.
    pub exclude_organizations: Vec<String>,
}

impl Selection {
    /// Whether that organization is read.
    pub fn has_organization(&self, login: &str) -> bool {
        !self.exclude_organizations.iter().any(|excluded| excluded.eq_ignore_ascii_case(login))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_not_read_however_it_is_written() {
        let selection = Selection { exclude_organizations: vec!["Tidewater".to_owned()] };
        assert!(selection.has_organization("harbor") && !selection.has_organization("tidewater"));
        assert!(Selection::default().has_organization("tidewater"));
    }
}
