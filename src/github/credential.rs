//! Who asks. A credential is chosen for each request, so that one which expires can be renewed in between.

use http::HeaderValue;

use crate::model::secret::Secret;

/// Tokens of this kind belong to one organization and see an empty list of organizations, whatever exists.
const FINE_GRAINED_PREFIX: &str = "github_pat_";

/// What GitHub is asked with.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A personal access token, classic or fine-grained, or any other token that lasts for the run.
    Token(Secret),
}

impl Credential {
    /// The value of `Authorization` for a request that is about to be made.
    ///
    /// # Errors
    /// When there is no credential to be had; the error says why, without the credential.
    #[expect(clippy::unused_async, reason = "a GitHub App will ask for a new token here")]
    pub async fn authorization(&self) -> Result<HeaderValue, String> {
        match self {
            Self::Token(token) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose().trim()))
                    .map_err(|_| "the token holds characters that no token of GitHub has".to_owned())?;
                value.set_sensitive(true);
                Ok(value)
            }
        }
    }

    /// Whether an empty list of organizations means nothing, because this credential is never shown one.
    pub fn is_shown_no_organizations(&self) -> bool {
        match self {
            Self::Token(token) => token.expose().trim().starts_with(FINE_GRAINED_PREFIX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_token_is_sent_as_bearer_and_does_not_print() {
        let value = Credential::Token(Secret::new(" ghp_canary\n")).authorization().await.unwrap();
        assert_eq!(value, "Bearer ghp_canary");
        assert!(!format!("{value:?}").contains("canary"));
    }

    #[tokio::test]
    async fn a_token_that_cannot_be_sent_is_named_without_being_shown() {
        let error = Credential::Token(Secret::new("ghp_\u{1}canary")).authorization().await.unwrap_err();
        assert!(error.contains("characters") && !error.contains("canary"));
    }
}
