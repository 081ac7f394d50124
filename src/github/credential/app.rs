//! A GitHub App and the state of its installations. Sends no request; `github::installations` does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};

use super::bearer;
use super::key::PrivateKey;
use super::owner::Owner;
use crate::model::secret::Secret;

/// Time before expiry from which a token is not used: longer than any request and any difference of clocks.
const RENEWED_BEFORE_ITS_END: SignedDuration = SignedDuration::from_mins(5);

/// GitHub App. Clones share their installations and tokens.
#[derive(Clone, Debug)]
pub struct GitHubApp(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuer: String,
    key: PrivateKey,
    installations: Mutex<HashMap<Owner, Arc<SharedInstallation>>>,
}

/// Installation at one owner. The lock makes concurrent requests share one new token.
pub(in crate::github) type SharedInstallation = tokio::sync::Mutex<InstallationState>;

/// State of an installation.
#[derive(Debug, Default)]
pub(in crate::github) struct InstallationState {
    /// Number of the installation, once it is found.
    pub(in crate::github) id: Option<u64>,
    token: Option<InstallationToken>,
}

#[derive(Debug)]
struct InstallationToken {
    authorization: HeaderValue,
    expires_at: Timestamp,
}

impl GitHubApp {
    /// App with a client id, or App id, and a private key in PEM.
    ///
    /// # Errors
    /// The key cannot sign. The error holds nothing of it.
    pub fn new(issuer: impl Into<String>, private_key: &Secret) -> Result<Self, &'static str> {
        let key = PrivateKey::read(private_key)?;
        Ok(Self(Arc::new(Inner { issuer: issuer.into(), key, installations: Mutex::default() })))
    }

    /// Client id, or App id.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Header that authorizes the App itself.
    pub(in crate::github) fn authorization(&self, now: Timestamp) -> Result<HeaderValue, String> {
        bearer(&self.0.key.jwt(&self.0.issuer, now)?)
    }

    /// Installation at that owner. Made empty when it is not known yet.
    pub(in crate::github) fn at(&self, owner: &Owner) -> Arc<SharedInstallation> {
        let mut installations = self.0.installations.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(installations.entry(owner.clone()).or_default())
    }
}

impl InstallationState {
    /// Header for this installation, while its token is valid.
    pub(in crate::github) fn authorization(&self, now: Timestamp) -> Option<HeaderValue> {
        let lasts = |token: &&InstallationToken| token.expires_at.duration_since(now) > RENEWED_BEFORE_ITS_END;
        self.token.as_ref().filter(lasts).map(|token| token.authorization.clone())
    }

    /// Keeps a new token.
    pub(in crate::github) fn keep(&mut self, token: &str, expires_at: Timestamp) -> Result<HeaderValue, String> {
        let authorization = bearer(token)?;
        self.token = Some(InstallationToken { authorization: authorization.clone(), expires_at });
        Ok(authorization)
    }

    /// Drops the token if it is the refused one: another request may have renewed it meanwhile.
    pub(in crate::github) fn forget(&mut self, refused: &HeaderValue) {
        if self.token.as_ref().is_some_and(|token| token.authorization == refused) {
            self.token = None;
        }
    }
}
