//! Private key of a GitHub App, and the JWT that it signs. Pure: time is an argument.
//!
//! The library of TLS makes the signature, so that no second one is built.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use rustls::SignatureScheme;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use serde_json::json;

use crate::model::secret::Secret;

/// Seconds that the JWT is backdated, because GitHub's clock may be behind.
const BACKDATED_SECONDS: i64 = 60;

/// Seconds until the JWT expires. GitHub accepts ten minutes at most, by its own clock.
const GOOD_FOR_SECONDS: i64 = 540;

/// Private key for signing. It does not print.
#[derive(Clone)]
pub(super) struct PrivateKey(Arc<dyn SigningKey>);

impl PrivateKey {
    /// Reads a key in PEM, PKCS#1 or PKCS#8, as environment variables hold it: with line breaks, with `\n` or blanks instead,
    /// in quotes, only the part between first and last line, or any of these in base64 again.
    ///
    /// # Errors
    /// Not a private key for RSA. The error holds nothing of it.
    pub(super) fn read(text: &Secret) -> Result<Self, &'static str> {
        let text = text.expose().replace("\\r", "").replace("\\n", "\n");
        let text = text.trim().trim_matches(['"', '\'']);
        let der = match body(text) {
            Some(found) => base64_of(found?).ok_or("the private key is cut off, or not all of it is PEM")?,
            None => unwrapped(text)?,
        };
        let der = PrivateKeyDer::try_from(der).map_err(|_| "the private key is cut off, or not all of it is PEM")?;
        let key = rustls::crypto::ring::sign::any_supported_type(&der).map_err(|_| "the private key cannot be used")?;
        let signs = key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]).is_some();
        if signs { Ok(Self(key)) } else { Err("the private key is not for RSA: GitHub's are") }
    }

    /// JWT that authorizes the App of that client id, or App id.
    pub(super) fn jwt(&self, issuer: &str, now: Timestamp) -> Result<String, String> {
        let now = now.as_second();
        let claims = json!({ "iat": now - BACKDATED_SECONDS, "exp": now + GOOD_FOR_SECONDS, "iss": issuer });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(&claims));
        let signer = self.0.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]);
        let signature = signer.and_then(|signer| signer.sign(signed.as_bytes()).ok());
        let signature = signature.ok_or("the private key cannot sign")?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Text between the first and the last line of a private key in PEM. None when the text is not PEM of a private key.
fn body(text: &str) -> Option<Result<&str, &'static str>> {
    let (_, after) = text.split_once("PRIVATE KEY-----")?;
    if text.contains("ENCRYPTED") {
        return Some(Err("the private key is encrypted: use the file as downloaded from GitHub"));
    }
    let inside = after.split_once("-----END").map(|(inside, _)| inside);
    Some(inside.ok_or("the private key is cut off: it has no END line"))
}

/// Decodes a key without first and last line, or a whole PEM in base64.
fn unwrapped(text: &str) -> Result<Vec<u8>, &'static str> {
    const NO_PEM: &str = "the private key is not PEM: it should begin with -----BEGIN RSA PRIVATE KEY-----, or be the base64 of a file \
         that does, and begins with something else";
    let bytes = base64_of(text).filter(|bytes| !bytes.is_empty()).ok_or(NO_PEM)?;
    match std::str::from_utf8(&bytes).ok().map(body) {
        Some(Some(inside)) => base64_of(inside?).ok_or("the private key is cut off, or not all of it is PEM"),
        Some(None) => Err(NO_PEM),
        // DER begins with the tag of a sequence, and is not text.
        None if bytes.first() == Some(&0x30) => Ok(bytes),
        None => Err(NO_PEM),
    }
}

/// Decodes base64 with white space in it.
fn base64_of(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_whitespace().collect();
    STANDARD.decode(text.as_bytes()).or_else(|_| STANDARD_NO_PAD.decode(text.as_bytes())).ok()
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[private key]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made for these tests; it belongs to no App.
    const PKCS1: &str = include_str!("sample/key.pkcs1.pem");
    const PKCS8: &str = include_str!("sample/key.pkcs8.pem");

    /// The lines between the first and the last.
    fn lines(key: &str) -> Vec<&str> {
        key.lines().filter(|line| !line.starts_with("-----")).collect()
    }

    fn jwt(text: &str) -> String {
        let now = "2026-11-03T04:00:00Z".parse().unwrap();
        PrivateKey::read(&Secret::new(text)).unwrap().jwt("Iv23liSimulated", now).unwrap()
    }

    #[test]
    fn both_forms_of_a_key_sign_alike_however_their_lines_end() {
        let signed = jwt(PKCS1);
        let spellings = [
            PKCS8.to_owned(),
            PKCS1.replace('\n', "\\n"),
            PKCS8.replace('\n', "\\n"),
            format!("\"{}\"", PKCS1.trim().replace('\n', "\\n")),
            PKCS1.replace('\n', "\r\n"),
            PKCS1.replace('\n', "\n    "),
            PKCS1.trim().replace('\n', " "),
            PKCS8.trim().replace('\n', " "),
            STANDARD.encode(PKCS1),
            STANDARD.encode(PKCS8.trim()),
            STANDARD.encode(PKCS1).replace('=', ""),
            format!("'{}'", STANDARD.encode(PKCS8)),
            lines(PKCS1).concat(),
            lines(PKCS8).concat(),
            lines(PKCS1).join(" "),
        ];
        for spelling in spellings {
            assert_eq!(jwt(&spelling), signed);
        }
    }

    #[test]
    fn the_claims_are_those_that_github_takes() {
        let signed = jwt(PKCS1);
        let mut parts = signed.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
        assert_eq!(parts.next().unwrap(), br#"{"alg":"RS256","typ":"JWT"}"#);
        let claims: serde_json::Value = serde_json::from_slice(&parts.next().unwrap()).unwrap();
        let now = "2026-11-03T04:00:00Z".parse::<Timestamp>().unwrap().as_second();
        assert_eq!(claims, json!({ "iat": now - 60, "exp": now + 540, "iss": "Iv23liSimulated" }));
        assert_eq!(parts.next().unwrap().len(), 256);
    }

    #[test]
    fn what_is_no_key_is_named_without_being_shown() {
        let cut = &PKCS1[..PKCS1.len() / 2];
        let (cut_body, cut_pem) = (lines(PKCS1)[..5].concat(), STANDARD.encode(cut));
        let wrong = [
            "",
            "ghp_canary",
            "canary00",
            cut,
            &cut_body,
            &cut_pem,
            "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----",
        ];
        for text in wrong {
            let error = PrivateKey::read(&Secret::new(text)).unwrap_err();
            assert!(error.starts_with("the private key") && !error.contains("canary"), "{error}");
        }
        let key = PrivateKey::read(&Secret::new(PKCS1)).unwrap();
        assert_eq!(format!("{key:?}"), "[private key]");
    }
}
