//! What is asked of a page, and by whom.

use std::collections::BTreeMap;

use super::guard::roles::Roles;

/// Whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visitor {
    pub(super) roles: Roles,
    pub(super) is_signed_in: bool,
    pub(super) theme: Theme,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(super) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The theme of that name; the system's for any other.
    pub(super) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What is asked of a page.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) visitor: Visitor,
    /// Path with query, as it was asked.
    pub(super) address: String,
    /// Variable parts of the path, decoded.
    pub(super) parts: BTreeMap<String, String>,
    /// Parameters of the query. Of several with one name all count.
    pub(super) query: Vec<(String, String)>,
}

impl Ask {
    /// A variable part of the path. Empty when there is none of that name.
    pub(super) fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", String::as_str)
    }

    /// A parameter that is not empty; the last of several.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    pub(super) fn roles(&self) -> Roles {
        self.visitor.roles
    }
}
