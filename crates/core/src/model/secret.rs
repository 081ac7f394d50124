//! Secrets that must not be printed: tokens, client secrets, private keys, signed URLs.

use std::fmt;

use aho_corasick::packed::Config;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use url::form_urlencoded;

/// A secret text. It has no `Display`, its `Debug` prints `[secret]`, and it cannot be serialized. It reaches a log, error, plan,
/// page or metric only through [`Secret::expose`], whose name is easy to search for.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the code that puts it into a request.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Tells whether the text is empty or blank, as a misconfigured variable leaves it.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

/// Shortest text that is redacted, in bytes. A shorter one is likely an ordinary word.
const SHORTEST: usize = 6;

/// Bytes of a body from which on all forms are searched for together.
const LONG_BODY: usize = 64 << 10;

/// Shortest line of a longer secret that is redacted by itself, in bytes: a line of a key, but not its last one.
const SHORTEST_LINE: usize = 20;

/// Replaces known secrets in texts of servers: an error may quote the request with its headers.
///
/// It is applied to texts where they arrive. Texts of this program contain no secret.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Forms to be found, longest first.
    forms: Vec<String>,
}

impl Redactor {
    /// Makes a redactor of these secrets: as they are, escaped as in JSON, percent-encoded, and within base64.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms = Vec::new();
        for secret in secrets {
            let lines = secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && line.len() < secret.len());
            for text in std::iter::once(secret.trim()).chain(lines).filter(|text| text.len() >= SHORTEST) {
                forms.extend(quoted_forms(text));
            }
        }
        forms.sort_unstable_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Self { forms }
    }

    /// Tells whether a body contains a secret. It may be megabytes, and need not be text.
    pub fn finds(&self, body: &[u8]) -> bool {
        // Over a long body one pass for all forms, which takes longer to prepare.
        let together = || Config::new().builder().extend(&self.forms).build();
        match (body.len() >= LONG_BODY).then(together).flatten() {
            Some(together) => together.find(body).is_some(),
            None => self.forms.iter().any(|form| memmem::find(body, form.as_bytes()).is_some()),
        }
    }

    /// The text with `[secret]` in place of each secret.
    pub fn redact(&self, text: &str) -> String {
        self.forms.iter().fold(text.to_owned(), |text, form| {
            // Most texts contain no secret and are not copied again.
            if text.contains(form.as_str()) { text.replace(form.as_str(), "[secret]") } else { text }
        })
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Redactor({} forms)", self.forms.len())
    }
}

/// Forms in which a secret may be quoted.
fn quoted_forms(text: &str) -> Vec<String> {
    let json = serde_json::Value::from(text).to_string();
    let address: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let mut quoted_forms = vec![
        text.to_owned(),
        json.trim_matches('"').to_owned(),
        address.replace('+', "%20"),
        lower_escapes(&address.replace('+', "%20")),
        lower_escapes(&address),
        address,
    ];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        // Three bytes make four characters, so the preceding bytes shift the text to one of three positions. The characters at both
        // ends depend on its neighbours and are left out.
        for before in 0..3 {
            let mut bytes = vec![0; before];
            bytes.extend_from_slice(text.as_bytes());
            let encoded = engine.encode(&bytes);
            let begin = (before * 8).div_ceil(6);
            let end = bytes.len() * 8 / 6;
            quoted_forms.extend(encoded.get(begin..end).map(str::to_owned));
        }
    }
    quoted_forms.retain(|form| form.len() >= SHORTEST);
    quoted_forms.sort_unstable();
    quoted_forms.dedup();
    quoted_forms
}

/// Lower case for percent-encodings: `%2F` becomes `%2f`.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lowered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        lowered.push('%');
        lowered.push_str(&digits.to_ascii_lowercase());
        lowered.push_str(rest);
    }
    lowered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let holder = Some(Secret::new("ghp_canary"));
        assert_eq!(format!("{holder:?}"), "Some([secret])");
    }

    #[test]
    fn every_line_of_a_long_key_is_found_in_a_long_body() {
        let lines: Vec<String> =
            (0..60).map(|number| format!("{number:02}MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA")).collect();
        let redactor = Redactor::new([lines.join("\n").as_str()]);
        assert!(redactor.forms.len() > 128, "more than are searched for together: {}", redactor.forms.len());
        let around = "a".repeat(LONG_BODY);
        for line in &lines {
            assert!(redactor.finds(format!("{around}{line}{around}").as_bytes()), "{line}");
        }
        assert!(!redactor.finds(around.as_bytes()));
    }

    #[test]
    fn a_secret_is_blotted_out_however_it_is_quoted() {
        let secret = "gh/canary+token=9 ü";
        let redactor = Redactor::new([secret]);
        let base64 = |text: String| base64::engine::general_purpose::STANDARD.encode(text);
        let quoted = [
            secret.to_owned(),
            "gh%2Fcanary%2Btoken%3D9%20%C3%BC".to_owned(),
            "gh%2fcanary%2btoken%3d9+%c3%bc".to_owned(),
            base64(secret.to_owned()),
            base64(format!("x:{secret}")),
            base64(format!("ab:{secret}:after")),
            base64(format!("abc:{secret}")),
        ];
        for quoted in quoted {
            let redacted = redactor.redact(&format!("bad token {quoted}, see the page"));
            assert!(redacted.starts_with("bad token ") && redacted.ends_with(", see the page"), "{redacted}");
            for around in [0, LONG_BODY] {
                let around = "a".repeat(around);
                assert!(redactor.finds(format!("{around}{quoted}{around}").as_bytes()), "{quoted}");
                assert!(!redactor.finds(format!("{around}{}{around}", &quoted[..quoted.len() / 2]).as_bytes()), "{quoted}");
            }
            let middle = redacted.replace("bad token ", "").replace(", see the page", "");
            let rest = middle.replace("[secret]", "");
            // In base64 the characters at both ends also depend on the neighbouring bytes.
            assert!(middle.contains("[secret]") && rest.len() <= 14 && !rest.contains("canary"), "{quoted}: {redacted}");
        }
        assert!(!format!("{redactor:?}").contains("canary"));
    }

    #[test]
    fn a_key_is_blotted_out_line_by_line_too_and_a_word_is_left_alone() {
        let line = "MIIEowIBAAKCAQEAcanaryLineOfAKey";
        let key = format!("-----BEGIN KEY-----\n{line}\nshort\n-----END KEY-----\n");
        let redactor = Redactor::new([key.as_str(), "token", ""]);
        assert_eq!(redactor.redact(&format!("a token: {line} and short")), "a token: [secret] and short");
        assert_eq!(redactor.redact(&key), "[secret]\n");
        assert_eq!(redactor.redact(&format!("{:?}", key.trim())), "\"[secret]\"");
    }
}
