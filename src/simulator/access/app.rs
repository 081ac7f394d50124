//! GitHub Apps: JWT, installations, and tokens of installations.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Lifetime of an installation's token.
const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// Longest lifetime of a JWT.
const LONGEST_JWT_SECONDS: i64 = 600;

/// A GitHub App.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Number of the App.
    pub id: u64,
    /// Client id, such as `Iv23liSimulated`. The `iss` of a JWT may be this or the number.
    pub client_id: String,
    /// Slug of the App.
    pub slug: String,
    /// Installations of the App.
    pub installations: Vec<Installation>,
}

/// Installation of an App in an organization or an enterprise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Number of the installation.
    pub id: u64,
    /// Organization or enterprise.
    pub target: Target,
    /// Permissions to read, such as `organization_copilot_metrics`.
    pub permissions: Vec<String>,
    /// The installation is suspended and gets no token.
    pub is_suspended: bool,
}

/// Account in which an App is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Organization, by login.
    Organization(String),
    /// Enterprise, by slug.
    Enterprise(String),
}

/// Tokens that were issued to installations.
#[derive(Debug, Default)]
pub(super) struct IssuedTokens(Mutex<BTreeMap<String, (Installation, Timestamp)>>);

impl IssuedTokens {
    pub(super) fn installation(&self, token: &str) -> Option<(Installation, Timestamp)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    pub(super) fn issue(&self, installation: &Installation, now: Timestamp) -> (String, Timestamp) {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = format!("ghs_simulated{:06}{:06}", installation.id, tokens.len() + 1);
        let expires_at = now.saturating_add(LIFETIME).unwrap_or(now);
        tokens.insert(token.clone(), (installation.clone(), expires_at));
        (token, expires_at)
    }
}

/// Checks for three parts with dots, of which the first is a JSON object.
pub(super) fn looks_like_jwt(token: &str) -> bool {
    token.starts_with("ey") && token.matches('.').count() == 2
}

/// Checks the claims of a JWT. Errors are in GitHub's words. The signature must be present, but is not verified: the simulator
/// has no key.
pub(super) fn check_jwt(app: &App, token: &str, now: Timestamp) -> Result<(), &'static str> {
    const UNDECODABLE: &str = "A JSON web token could not be decoded";
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(UNDECODABLE);
    };
    let header = base64url(header).and_then(|text| serde_json::from_slice::<Value>(&text).ok()).ok_or(UNDECODABLE)?;
    let claims = base64url(claims).and_then(|text| serde_json::from_slice::<Value>(&text).ok()).ok_or(UNDECODABLE)?;
    if header["alg"] != "RS256" || base64url(signature).is_none_or(|signature| signature.len() < 128) {
        return Err(UNDECODABLE);
    }
    let is_issuer = match &claims["iss"] {
        Value::String(text) => *text == app.client_id || *text == app.id.to_string(),
        number => number.as_u64() == Some(app.id),
    };
    if !is_issuer {
        return Err("'Issuer' claim ('iss') must be the App's client ID or App ID");
    }
    let seconds = |claim: &str| claims[claim].as_i64();
    match (seconds("iat"), seconds("exp")) {
        (Some(issued), _) if issued > now.as_second() => {
            Err("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
        }
        (_, Some(expires)) if expires <= now.as_second() => Err(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ),
        (_, Some(expires)) if expires - now.as_second() > LONGEST_JWT_SECONDS => {
            Err("'Expiration time' claim ('exp') is too far in the future")
        }
        (Some(_), Some(_)) => Ok(()),
        _ => Err(UNDECODABLE),
    }
}

/// Decodes base64url without padding.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_is_read_without_padding() {
        assert_eq!(base64url("eyJhbGciOiJSUzI1NiJ9").unwrap(), br#"{"alg":"RS256"}"#);
        assert_eq!(base64url("_-8").unwrap(), [0xff, 0xef]);
        assert_eq!(base64url("a+b"), None);
    }
}
