//! The access token: fetched on first use, again before it expires and when it is refused, by one task for all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::HeaderValue;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::call::Call;
use super::error::CatalogError;
use crate::door::clock::Clock;
use crate::model::secret::Secret;

/// A token is renewed this long before it expires, so that it does not expire on its way.
const RENEWED_EARLY: Duration = Duration::from_secs(30);
/// The life of a token whose answer does not say: three hours, as documented.
const LIFE: f64 = 3.0 * 3600.0;
/// Time for which refused credentials are not tried again. All tasks of a run get the first refusal, and a daemon recovers when the
/// credentials are corrected at the catalog.
const BAD_CREDENTIALS_FOR: Duration = Duration::from_secs(60);

/// A token as it was issued.
pub(super) struct AccessToken {
    pub(super) authorization: HeaderValue,
    pub(super) secret: Secret,
    /// Number of the token, to distinguish it from earlier ones.
    number: u64,
    expires: Timestamp,
    uses: AtomicU64,
}

impl AccessToken {
    /// Notes a request that is sent with this token.
    pub(super) fn used(&self) {
        self.uses.fetch_add(1, Ordering::Relaxed);
    }

    /// True when at most one request was sent with this token.
    pub(super) fn was_used_once(&self) -> bool {
        self.uses.load(Ordering::Relaxed) <= 1
    }
}

#[derive(Default)]
pub(super) struct TokenStore(Mutex<StoredToken>);

#[derive(Default)]
struct StoredToken {
    token: Option<Arc<AccessToken>>,
    issued: u64,
    bad: Option<(CatalogError, Timestamp)>,
}

impl TokenStore {
    /// A token that has not expired and is not the `refused` one. `fetch` gets a new one of that number.
    ///
    /// Concurrent callers wait for one fetch, because the lock is held during it.
    pub(super) async fn get<F>(
        &self,
        refused: Option<&AccessToken>,
        clock: &Clock,
        fetch: impl FnOnce(u64) -> F,
    ) -> Result<Arc<AccessToken>, CatalogError>
    where
        F: Future<Output = Result<AccessToken, CatalogError>>,
    {
        let mut stored = self.0.lock().await;
        let now = clock.now();
        if let Some((error, until)) = &stored.bad
            && now < *until
        {
            return Err(error.clone());
        }
        if let Some(token) = &stored.token
            && now < token.expires
            && refused.is_none_or(|refused| refused.number != token.number)
        {
            return Ok(Arc::clone(token));
        }
        stored.token = None;
        let fetched = fetch(stored.issued + 1).await;
        if let Err(error @ CatalogError::Credentials { .. }) = &fetched {
            let now = clock.now();
            stored.bad = Some((error.clone(), now.checked_add(BAD_CREDENTIALS_FOR).unwrap_or(now)));
        }
        let token = Arc::new(fetched?);
        stored.issued += 1;
        stored.bad = None;
        stored.token = Some(Arc::clone(&token));
        Ok(token)
    }
}

/// The answer to signing in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenAnswer {
    access_token: String,
    expires_in: Option<f64>,
    token_type: Option<String>,
}

impl TokenAnswer {
    /// The token, which is issued now and is the one of that number.
    pub(super) fn token(self, call: &Call, number: u64, now: Timestamp) -> Result<AccessToken, CatalogError> {
        let token_type = self.token_type.as_deref().unwrap_or("Bearer");
        let mut authorization = HeaderValue::try_from(format!("{token_type} {}", self.access_token))
            .map_err(|_| call.unexpected_answer("the token cannot stand in a header"))?;
        authorization.set_sensitive(true);
        let life = Duration::try_from_secs_f64(self.expires_in.unwrap_or(LIFE)).unwrap_or_default();
        // A token that lives for seconds would otherwise never be used.
        let usable = life - RENEWED_EARLY.min(life / 10);
        Ok(AccessToken {
            authorization,
            secret: Secret::new(self.access_token),
            number,
            expires: now.checked_add(usable).unwrap_or(Timestamp::MAX),
            uses: AtomicU64::new(0),
        })
    }
}
