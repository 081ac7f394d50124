//! Credentials. One is chosen for each request, so that one that expires can be renewed in between.
//!
//! | subject | file |
//! | --- | --- |
//! | owner of a request | [`owner`] |
//! | a GitHub App and its installations | [`app`] |
//! | private key of an App, and signing | `key` |

pub mod app;
mod key;
pub mod owner;

use http::HeaderValue;

pub use app::GitHubApp;
pub use owner::Owner;

use crate::model::secret::Secret;

/// Credential for GitHub's API.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Personal access token, classic or fine-grained, or another token that lasts for the run.
    Token(Secret),
    /// GitHub App, with a token for each of its installations.
    App(GitHubApp),
}

/// Type of a credential, as far as its form shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// Classic personal access token.
    Classic,
    /// Fine-grained personal access token of one organization or person.
    FineGrained,
    /// Token of a user who signed in to an App.
    SignedIn,
    /// Token of an installation of an App, made elsewhere. It expires after an hour.
    Installation,
    /// GitHub App.
    App,
    /// Token of an unknown form.
    Unknown,
}

impl CredentialKind {
    /// The type in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Classic => "a classic personal access token",
            Self::FineGrained => "a fine-grained personal access token",
            Self::SignedIn => "the token of a signed-in user",
            Self::Installation => "the token of an App's installation",
            Self::App => "a GitHub App",
            Self::Unknown => "a token",
        }
    }
}

impl Credential {
    /// Type of this credential.
    pub fn kind(&self) -> CredentialKind {
        let Self::Token(token) = self else { return CredentialKind::App };
        let token = token.expose().trim();
        let kinds = [
            ("ghp_", CredentialKind::Classic),
            ("github_pat_", CredentialKind::FineGrained),
            ("gho_", CredentialKind::SignedIn),
            ("ghu_", CredentialKind::SignedIn),
            ("ghs_", CredentialKind::Installation),
        ];
        // Tokens made before April 2021 have no prefix, and some of them never expire.
        let is_old = token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        let known = kinds.iter().find(|(prefix, _)| token.starts_with(prefix)).map(|(_, kind)| *kind);
        known.unwrap_or(if is_old { CredentialKind::Classic } else { CredentialKind::Unknown })
    }

    /// Checks whether this type is never shown organizations, so that an empty list of them proves nothing.
    pub fn is_shown_no_organizations(&self) -> bool {
        matches!(self.kind(), CredentialKind::FineGrained | CredentialKind::Installation)
    }
}

/// Value of `Authorization` for a token.
///
/// # Errors
/// The token cannot be sent in a header. The error does not show it.
pub(super) fn bearer(token: &str) -> Result<HeaderValue, String> {
    let value = HeaderValue::from_str(&format!("Bearer {}", token.trim()));
    let mut value = value.map_err(|_| "the token contains characters that GitHub's tokens do not have".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_as_bearer_and_does_not_print() {
        let value = bearer(" ghp_canary\n").unwrap();
        assert_eq!(value, "Bearer ghp_canary");
        assert!(!format!("{value:?}").contains("canary"));
    }

    #[test]
    fn a_token_that_cannot_be_sent_is_named_without_being_shown() {
        let error = bearer("ghp_\u{1}canary").unwrap_err();
        assert!(error.contains("characters") && !error.contains("canary"));
    }

    #[test]
    fn a_token_is_known_by_its_form() {
        let old = "0123456789abcdef0123456789abcdef01234567";
        let table = [
            ("ghp_x", CredentialKind::Classic),
            (old, CredentialKind::Classic),
            ("github_pat_11A_x", CredentialKind::FineGrained),
            ("gho_x", CredentialKind::SignedIn),
            (" ghs_x", CredentialKind::Installation),
            ("any", CredentialKind::Unknown),
        ];
        for (token, kind) in table {
            assert_eq!(Credential::Token(Secret::new(token)).kind(), kind, "{token}");
        }
    }
}

#[cfg(test)]
mod matrix;
