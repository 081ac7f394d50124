//! Charts in the frames of other sites: links that are signed for one figure and one scope, and that end.
//!
//! A frame gets no cookie, so the link itself says who may look. Its signature is an HMAC of figure, scope, team and end under the key of
//! the settings; another key ends all links. A link shows one chart with its table, never a name. The sites that may have the frame are
//! those of the settings.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use jiff::Timestamp;
use ring::hmac;
use url::form_urlencoded;

use crate::model::secret::Secret;

/// Shortest key, in characters: 128 bits in hexadecimal.
const KEY_AT_LEAST: usize = 32;

/// What charts in frames need.
#[derive(Clone, Debug, Default)]
pub struct EmbedOptions {
    /// The key of the links; none: there are no charts in frames.
    pub key: Option<Secret>,
    /// Origins of the sites that may show them, such as `https://app.port.io`.
    pub from: Vec<String>,
}

/// Reason for which no chart can be shown in frames.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum EmbedError {
    /// The key is too short.
    #[error("the key of embedded charts is too short: it needs at least {KEY_AT_LEAST} characters")]
    ShortKey,
    /// What should be an origin is none.
    #[error("cannot use `{0}` as a site that shows charts in a frame: an origin is expected, such as https://app.port.io")]
    Origin(String),
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmbedLink<'a> {
    /// Id of the figure.
    pub figure: &'a str,
    /// The organization or enterprise. None: that of the entity whose page has the frame.
    pub scope: Option<&'a str>,
    /// The team.
    pub team: Option<&'a str>,
    /// The second of its end, since 1970.
    pub until: i64,
}

/// Signs and checks links.
#[derive(Clone, Debug)]
pub struct EmbedKey(hmac::Key);

impl EmbedKey {
    /// The key of the settings.
    ///
    /// # Errors
    /// It is too short to be safe.
    pub fn new(key: &Secret) -> Result<Self, EmbedError> {
        let text = key.expose().trim();
        if text.chars().count() < KEY_AT_LEAST {
            return Err(EmbedError::ShortKey);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes())))
    }

    /// The address of a chart, given that of the pages, such as `https://copilot.example.com`.
    pub fn address(&self, url: &str, link: &EmbedLink<'_>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("scope", link.scope), ("team", link.team)] {
            query.extend_pairs(value.map(|value| (name, value)));
        }
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, message(link).as_bytes()));
        let query = query.append_pair("until", &link.until.to_string()).append_pair("signature", &signature).finish();
        format!("{}/embed/chart/{}?{query}", url.trim_end_matches('/'), link.figure)
    }

    /// Whether a signature is of this link. The time of the comparison says nothing about it.
    pub(super) fn has_signed(&self, link: &EmbedLink<'_>, signature: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(signature)
            .is_ok_and(|signature| hmac::verify(&self.0, message(link).as_bytes(), &signature).is_ok())
    }
}

/// What is signed. JSON keeps the parts apart, whatever is in them.
fn message(link: &EmbedLink<'_>) -> String {
    serde_json::json!(["pilotage embedded chart", link.figure, link.scope, link.team, link.until]).to_string()
}

/// Charts in frames, as the pages have them.
pub(super) struct Embedding {
    pub(super) key: Option<EmbedKey>,
    /// The policy of the answers.
    pub(super) policy: HeaderValue,
}

impl Embedding {
    pub(super) fn new(options: &EmbedOptions) -> Result<Self, EmbedError> {
        if let Some(wrong) = options.from.iter().find(|origin| !is_origin(origin)) {
            return Err(EmbedError::Origin(wrong.clone()));
        }
        let ancestors = if options.from.is_empty() { "'none'".to_owned() } else { options.from.join(" ") };
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
             frame-ancestors {ancestors}; require-trusted-types-for 'script'; trusted-types 'none'"
        );
        let policy = HeaderValue::from_str(&policy).map_err(|_| EmbedError::Origin(options.from.join(" ")))?;
        Ok(Self { key: options.key.as_ref().map(EmbedKey::new).transpose()?, policy })
    }
}

/// Whether a text is scheme, host and perhaps port: nothing that would end the directive, or let everybody in.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    host.map(|host| host.strip_prefix("*.").unwrap_or(host)).is_some_and(|host| !host.is_empty() && is_plain(host))
}

/// What an entity of Port is about: a scope and a team, in identifiers such as `acme`, `acme@2026-11-02` and `acme/platform@2026-11-02`. An
/// entity of a blueprint of teams may be named by the team alone, where the link has the scope.
pub(super) fn of_entity<'a>(entity: &'a str, blueprint: &str, scope: Option<&str>) -> (Option<&'a str>, Option<&'a str>) {
    let subject = match entity.rsplit_once('@') {
        Some((subject, day)) if day.parse::<crate::model::day::Day>().is_ok() => subject,
        _ => entity,
    };
    match subject.split_once('/') {
        Some((of, team)) => (Some(of), Some(team)),
        None if scope.is_some_and(|scope| !scope.eq_ignore_ascii_case(subject))
            && blueprint.to_ascii_lowercase().contains("team") =>
        {
            (None, Some(subject))
        }
        None => (Some(subject), None),
    }
}

/// Whether a link has ended.
pub(super) fn has_ended(until: i64, now: Timestamp) -> bool {
    now.as_second() >= until
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> EmbedKey {
        EmbedKey::new(&Secret::new(text.to_owned())).unwrap()
    }

    #[test]
    fn a_signature_is_of_one_chart_scope_team_and_end_under_one_key() {
        let one = key("0123456789abcdef0123456789abcdef");
        let link = EmbedLink { figure: "lines", scope: Some("acme"), team: None, until: 1_800_000_000 };
        let address = one.address("https://copilot.example.com/", &link);
        let signature = address.split("signature=").nth(1).unwrap();
        assert!(address.starts_with("https://copilot.example.com/embed/chart/lines?scope=acme&until=1800000000&signature="));
        assert!(one.has_signed(&link, signature));
        for other in [
            EmbedLink { figure: "agent-lines", ..link },
            EmbedLink { scope: Some("beta"), ..link },
            EmbedLink { scope: None, ..link },
            EmbedLink { scope: Some("acme\",\"x"), ..link },
            EmbedLink { team: Some("x"), ..link },
            EmbedLink { until: link.until + 1, ..link },
        ] {
            assert!(!one.has_signed(&other, signature), "{other:?}");
        }
        assert!(!key("0123456789abcdef0123456789abcdeF").has_signed(&link, signature));
        for wrong in ["", "AAAA", "%%%", &signature[1..]] {
            assert!(!one.has_signed(&link, wrong), "{wrong}");
        }
        assert_eq!(EmbedKey::new(&Secret::new("short".to_owned())).unwrap_err(), EmbedError::ShortKey);
    }

    #[test]
    fn sites_that_may_have_the_frame_are_origins_and_nothing_else() {
        let policy = |from: &[&str]| {
            let options = EmbedOptions { key: None, from: from.iter().map(|it| (*it).to_owned()).collect() };
            Embedding::new(&options).map(|it| it.policy.to_str().unwrap().to_owned())
        };
        assert!(policy(&[]).unwrap().contains("frame-ancestors 'none';"));
        let two = policy(&["https://app.port.io", "https://*.example.com:8443"]).unwrap();
        assert!(two.contains("frame-ancestors https://app.port.io https://*.example.com:8443;"), "{two}");
        for wrong in [
            "*",
            "https://*",
            "https:",
            "https://",
            "app.port.io",
            "https://a; script-src *",
            "https://a b",
            "https://a/b",
            "'self'",
            "data:",
        ] {
            assert_eq!(policy(&[wrong]), Err(EmbedError::Origin(wrong.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn an_entity_of_port_names_scope_and_team() {
        for (entity, blueprint, scope, expected) in [
            ("acme", "copilot_seat_count", None, (Some("acme"), None)),
            ("acme@2026-11-02", "copilot_organization_usage", None, (Some("acme"), None)),
            ("acme/platform@2026-11-02", "copilot_team_usage", None, (Some("acme"), Some("platform"))),
            ("platform", "githubTeam", Some("acme"), (None, Some("platform"))),
            ("ACME", "githubTeam", Some("acme"), (Some("ACME"), None)),
            ("platform", "githubTeam", None, (Some("platform"), None)),
            ("a@b", "service", None, (Some("a@b"), None)),
        ] {
            assert_eq!(of_entity(entity, blueprint, scope), expected, "{entity} {blueprint} {scope:?}");
        }
    }
}
