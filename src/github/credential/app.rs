//! A GitHub App: who it is, and what is known of its installations. Asks nobody; `github::installations` does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use jiff::{SignedDuration, Timestamp};

use super::bearer;
use super::key::PrivateKey;
use super::owner::Owner;
use crate::model::secret::Secret;

/// How long before its end a token is not used any more: no request takes so long, and no two clocks differ so much.
const RENEWED_BEFORE_ITS_END: SignedDuration = SignedDuration::from_mins(5);

/// A GitHub App. Clones share what is known of its installations, and their tokens.
#[derive(Clone, Debug)]
pub struct GitHubApp(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    issuer: String,
    key: PrivateKey,
    installations: Mutex<HashMap<Owner, Arc<Installed>>>,
}

/// The App at one owner. Whoever needs a token takes the lock, so that only one is asked for, however many need it.
pub(in crate::github) type Installed = tokio::sync::Mutex<Installation>;

/// What is known of an installation.
#[derive(Debug, Default)]
pub(in crate::github) struct Installation {
    /// Its number, once it has been found.
    pub(in crate::github) id: Option<u64>,
    token: Option<Token>,
}

#[derive(Debug)]
struct Token {
    authorization: HeaderValue,
    expires_at: Timestamp,
}

impl GitHubApp {
    /// An App of that client id, or id, with its private key in PEM.
    ///
    /// # Errors
    /// When the key is none that can sign. The error shows nothing of it.
    pub fn new(issuer: impl Into<String>, private_key: &Secret) -> Result<Self, &'static str> {
        let key = PrivateKey::read(private_key)?;
        Ok(Self(Arc::new(Inner { issuer: issuer.into(), key, installations: Mutex::default() })))
    }

    /// Its client id, or id.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// What the App itself shows to GitHub.
    pub(in crate::github) fn authorization(&self, now: Timestamp) -> Result<HeaderValue, String> {
        bearer(&self.0.key.jwt(&self.0.issuer, now)?)
    }

    /// The installation at that owner, whether or not anything is known of it.
    pub(in crate::github) fn at(&self, owner: &Owner) -> Arc<Installed> {
        let mut installations = self.0.installations.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(installations.entry(owner.clone()).or_default())
    }
}

impl Installation {
    /// What to show to GitHub, when there is a token that lasts.
    pub(in crate::github) fn authorization(&self, now: Timestamp) -> Option<HeaderValue> {
        let lasts = |token: &&Token| token.expires_at.duration_since(now) > RENEWED_BEFORE_ITS_END;
        self.token.as_ref().filter(lasts).map(|token| token.authorization.clone())
    }

    /// Keeps a new token.
    pub(in crate::github) fn keep(&mut self, token: &str, expires_at: Timestamp) -> Result<HeaderValue, String> {
        let authorization = bearer(token)?;
        self.token = Some(Token { authorization: authorization.clone(), expires_at });
        Ok(authorization)
    }

    /// Drops the token if it is still this one: somebody else may have got a new one meanwhile.
    pub(in crate::github) fn forget(&mut self, refused: &HeaderValue) {
        if self.token.as_ref().is_some_and(|token| token.authorization == refused) {
            self.token = None;
        }
    }
}
