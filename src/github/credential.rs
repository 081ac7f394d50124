//! Who asks. A credential is chosen for each request, so that one which expires can be renewed in between.
//!
//! | subject | file |
//! | --- | --- |
//! | on whose behalf a request is made | [`owner`] |
//! | a GitHub App and its installations | [`app`] |
//! | its private key, and what it signs | `key` |

pub mod app;
mod key;
pub mod owner;

use http::HeaderValue;

pub use app::GitHubApp;
pub use owner::Owner;

use crate::model::secret::Secret;

/// What GitHub is asked with.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A personal access token, classic or fine-grained, or any other token that lasts for the run.
    Token(Secret),
    /// A GitHub App, which has a token for each of its installations.
    App(GitHubApp),
}

/// What kind of credential it is, as far as its form tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A classic personal access token.
    Classic,
    /// A fine-grained personal access token: it belongs to one organization or person.
    FineGrained,
    /// The token of somebody who signed in to an App.
    SignedIn,
    /// The token of an installation of an App, made elsewhere; it lasts for an hour.
    Installation,
    /// A GitHub App.
    App,
    /// A token of an unknown form.
    Unknown,
}

impl CredentialKind {
    /// The kind in words.
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
    /// What kind it is.
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
        // Tokens had no prefix before April 2021, and those that never expire are still in use.
        let is_old = token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        let known = kinds.iter().find(|(prefix, _)| token.starts_with(prefix)).map(|(_, kind)| *kind);
        known.unwrap_or(if is_old { CredentialKind::Classic } else { CredentialKind::Unknown })
    }

    /// Whether an empty list of organizations means nothing, because this credential is never shown one.
    pub fn is_shown_no_organizations(&self) -> bool {
        matches!(self.kind(), CredentialKind::FineGrained | CredentialKind::Installation)
    }
}

/// The value of `Authorization` for a token.
///
/// # Errors
/// When the token cannot be sent; the error does not show it.
pub(super) fn bearer(token: &str) -> Result<HeaderValue, String> {
    let value = HeaderValue::from_str(&format!("Bearer {}", token.trim()));
    let mut value = value.map_err(|_| "the token holds characters that no token of GitHub has".to_owned())?;
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
