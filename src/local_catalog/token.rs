//! Access tokens in the API's form, signed with a key that is drawn at the start. A restart invalidates them.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use siphasher::sip128::{Hasher128, SipHasher24};

/// Lifetime of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenOptions {
    /// Lifetime. The API's tokens live three hours. Fractions of seconds are dropped.
    pub lifetime: Duration,
    /// Requests after which a token is refused, to test a token that expires during a run. No limit without it.
    pub uses: Option<u64>,
}

impl Default for TokenOptions {
    fn default() -> Self {
        Self { lifetime: Duration::from_secs(3 * 60 * 60), uses: None }
    }
}

/// Issues and checks tokens.
pub(crate) struct Tokens {
    options: TokenOptions,
    key: (u64, u64),
    issued: AtomicU64,
    /// Requests with each token, counted only under a limit.
    used: Mutex<HashMap<String, u64>>,
}

impl Tokens {
    pub(crate) fn new(options: TokenOptions) -> Self {
        // The standard library seeds these from the operating system. Only the signatures depend on them.
        let draw = || RandomState::new().build_hasher().finish();
        Self { options, key: (draw(), draw()), issued: AtomicU64::new(0), used: Mutex::default() }
    }

    /// Lifetime of a new token in seconds.
    pub(crate) fn lifetime_seconds(&self) -> u64 {
        self.options.lifetime.as_secs()
    }

    /// New token for a client.
    pub(crate) fn issue(&self, client: &str, now: Timestamp) -> String {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let lifetime = i64::try_from(self.lifetime_seconds()).unwrap_or(i64::MAX);
        let expires = now.as_second().saturating_add(lifetime);
        let claims = json!({"clientId": client, "isMachine": true, "exp": expires, "jti": number.to_string()});
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"SIP","typ":"JWT"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.signature(&signed);
        format!("{signed}.{signature}")
    }

    /// Client of a valid token.
    pub(crate) fn client(&self, token: &str, now: Timestamp) -> Option<String> {
        let (signed, signature) = token.rsplit_once('.')?;
        if self.signature(signed) != signature {
            return None;
        }
        let (_, claims) = signed.split_once('.')?;
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        if claims.get("exp").and_then(Value::as_i64)? <= now.as_second() || self.is_used_up(signature) {
            return None;
        }
        claims.get("clientId").and_then(Value::as_str).map(str::to_owned)
    }

    fn is_used_up(&self, signature: &str) -> bool {
        let Some(limit) = self.options.uses else { return false };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let count = used.entry(signature.to_owned()).or_default();
        *count += 1;
        *count > limit
    }

    fn signature(&self, signed: &str) -> String {
        let mut hasher = SipHasher24::new_with_keys(self.key.0, self.key.1);
        hasher.write(signed.as_bytes());
        format!("{:032x}", hasher.finish128().as_u128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_token_is_good_until_it_expires_and_only_here() {
        let tokens = Tokens::new(TokenOptions { lifetime: Duration::from_secs(60), uses: None });
        let token = tokens.issue("me", at(1000));
        assert_eq!(tokens.client(&token, at(1059)).as_deref(), Some("me"));
        assert_eq!(tokens.client(&token, at(1060)), None);
        assert_eq!(Tokens::new(TokenOptions::default()).client(&token, at(1000)), None);
        for wrong in ["", "a.b", "a.b.c", &token[1..]] {
            assert_eq!(tokens.client(wrong, at(1000)), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_can_be_made_to_die_after_some_requests() {
        let tokens = Tokens::new(TokenOptions { uses: Some(2), ..TokenOptions::default() });
        let token = tokens.issue("me", at(0));
        let answers: Vec<bool> = (0..3).map(|_| tokens.client(&token, at(0)).is_some()).collect();
        assert_eq!(answers, [true, true, false]);
    }
}
