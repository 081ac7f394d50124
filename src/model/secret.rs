//! A value that must never be seen: tokens, client secrets, private keys, signed URLs.

use std::fmt;

/// A secret text. It has no `Display`, its `Debug` prints `[secret]`, and it cannot be serialized, so it reaches no log,
/// error, plan, page or metric unless somebody calls [`Secret::expose`], a word that is easy to search for.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that puts it on the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to hide: an empty or blank text, as a misconfigured variable gives.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let holder = Some(Secret::new("ghp_canary"));
        assert_eq!(format!("{holder:?}"), "Some([secret])");
    }
}
