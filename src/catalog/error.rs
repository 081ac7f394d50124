//! What can go wrong with the catalog: what was attempted, on what, what came back, and what to do about it.
//!
//! Nothing here holds a secret: answers are cleared of tokens and secrets before they become a [`Refusal`].

use std::fmt;

use crate::door::http::{TransportError, TransportErrorKind};
use crate::door::retry::GaveUp;
use crate::door::trust::CERTIFICATE_HELP;

/// The catalog's no: its status, and what it said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Status of the answer.
    pub status: u16,
    /// The catalog's own code for it (`invalid_request`, `not_found` and so on), when it gave one.
    pub code: Option<String>,
    /// What the catalog said, or the beginning of its answer when that is not in its form. May be empty.
    pub message: String,
    /// `x-trace-id` of the answer: what the catalog's support asks for.
    pub trace: Option<String>,
}

impl Refusal {
    /// Whether the catalog itself says that the thing asked for does not exist. The 404 of a wrong address does not count.
    pub fn is_missing(&self) -> bool {
        self.status == 404 && self.code.is_some()
    }

    /// Whether the catalog says that the thing to be created exists already.
    pub fn is_taken(&self) -> bool {
        self.status == 409 || self.code.as_deref() == Some("identifier_taken")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the catalog answered {}", self.status)?;
        if let Some(code) = &self.code {
            write!(formatter, " ({code})")?;
        }
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        if let Some(trace) = &self.trace {
            write!(formatter, " [trace {trace}]")?;
        }
        Ok(())
    }
}

/// Why something could not be done at the catalog. `attempted` reads after "cannot": ``upsert 20 entities of `service` ``.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CatalogError {
    /// A setting cannot be used, so nothing was sent.
    #[error("cannot use {what}: {reason}")]
    Setting {
        /// The setting, with its value where that is no secret.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The token endpoint does not accept the credentials. Never retried.
    #[error("cannot sign in to the catalog with client id `{client_id}`: {refusal}")]
    Credentials {
        /// The client id, which is no secret.
        client_id: String,
        /// What the catalog answered.
        refusal: Box<Refusal>,
    },
    /// The catalog refused, and would refuse again.
    #[error("cannot {attempted}: {refusal}")]
    Refused {
        /// What was attempted, on what.
        attempted: String,
        /// What the catalog answered.
        refusal: Box<Refusal>,
    },
    /// The catalog kept answering that it cannot answer now.
    #[error("cannot {attempted}: {gave_up}; at last {refusal}")]
    Unavailable {
        /// What was attempted, on what.
        attempted: String,
        /// How often, for how long.
        gave_up: GaveUp,
        /// The last answer.
        refusal: Box<Refusal>,
    },
    /// No complete answer came.
    #[error("cannot {attempted}: the catalog gave no usable answer; {gave_up}")]
    Unreachable {
        /// What was attempted, on what.
        attempted: String,
        /// How often, for how long.
        gave_up: GaveUp,
        /// What happened the last time.
        #[source]
        cause: TransportError,
    },
    /// The request cannot be written: a name in its address is none, or the address is too long. Nothing was sent.
    #[error("cannot {attempted}: {reason}")]
    Unsendable {
        /// What was attempted, on what.
        attempted: String,
        /// Why not.
        reason: String,
    },
    /// The catalog answered with JSON of a shape that its interface does not have.
    #[error("cannot {attempted}: the catalog's answer has another shape than expected: {reason}")]
    Misunderstood {
        /// What was attempted, on what.
        attempted: String,
        /// What was missed in the answer.
        reason: String,
    },
}

impl CatalogError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::Setting { .. } => return None,
            Self::Credentials { refusal, .. } => match refusal.status {
                404 => BASE_URL_HELP,
                _ => CREDENTIALS_HELP,
            },
            Self::Refused { refusal, .. } => help_for(refusal)?,
            Self::Unavailable { refusal, .. } if refusal.status == 429 => {
                "other clients use up the rate limit of this organization; run at another time, or less often"
            }
            Self::Unavailable { .. } => "the catalog is in trouble; run again later, an unfinished resync does no harm",
            Self::Unreachable { cause, .. } => match cause.kind {
                TransportErrorKind::Connect => CONNECT_HELP,
                TransportErrorKind::Certificate => CERTIFICATE_HELP,
                TransportErrorKind::Timeout => "the catalog or a proxy in between does not answer; run again later",
                TransportErrorKind::Broken => "a proxy may be cutting answers; otherwise run again later",
                TransportErrorKind::TooLarge | TransportErrorKind::PrivateAddress | TransportErrorKind::Unsendable => {
                    BASE_URL_HELP
                }
                TransportErrorKind::Page => {
                    "let this machine reach the catalog through the proxy or web filter, or correct the address"
                }
            },
            Self::Unsendable { .. } => "correct the name in the mapping or the settings",
            Self::Misunderstood { .. } => BASE_URL_HELP,
        };
        Some(help.to_owned())
    }

    /// The catalog's answer, when it was one that refuses.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Credentials { refusal, .. } | Self::Refused { refusal, .. } | Self::Unavailable { refusal, .. } => {
                Some(refusal)
            }
            Self::Setting { .. } | Self::Unsendable { .. } | Self::Unreachable { .. } | Self::Misunderstood { .. } => None,
        }
    }

    /// Whether nothing else will work either, so that a run has to stop: bad credentials, a token that is refused, no answer.
    ///
    /// An upsert or a deletion returns only such errors; everything milder is told per entity.
    pub fn ends_the_run(&self) -> bool {
        match self {
            Self::Refused { refusal, .. } => refusal.status == 401,
            Self::Misunderstood { .. } | Self::Unsendable { .. } => false,
            Self::Setting { .. } | Self::Credentials { .. } | Self::Unavailable { .. } | Self::Unreachable { .. } => true,
        }
    }
}

const CREDENTIALS_HELP: &str = "check OCEAN__PORT__CLIENT_ID and OCEAN__PORT__CLIENT_SECRET against the credentials that the portal shows, \
     and that OCEAN__PORT__BASE_URL is of the same region";
const BASE_URL_HELP: &str = "check that OCEAN__PORT__BASE_URL is the address of the API, such as https://api.port.io";
const CONNECT_HELP: &str = "check OCEAN__PORT__BASE_URL, the network, and HTTPS_PROXY where there is a proxy";

fn help_for(refusal: &Refusal) -> Option<&'static str> {
    if let Some(help) = refusal.code.as_deref().and_then(help_for_code) {
        return Some(help);
    }
    match refusal.status {
        300..=399 | 404 | 405 => Some(BASE_URL_HELP),
        401 => Some(CREDENTIALS_HELP),
        403 => Some("the credentials lack a permission for this, or this address may not call the catalog"),
        413 => Some("the catalog takes 1 MiB per request; map fewer or shorter properties"),
        500..=599 => Some("the catalog is in trouble; run again later, an unfinished resync does no harm"),
        _ => None,
    }
}

fn help_for_code(code: &str) -> Option<&'static str> {
    match code {
        "not_found" => Some("create what is missing at the catalog, or correct its name"),
        "missing_permissions" => Some("give the credentials the permission, or use those of an administrator"),
        "has_dependents" => Some("other entities relate to these; set `deleteDependentEntities: true` or delete those first"),
        "blueprint_schema_mismatch" | "invalid_request" => Some("compare the mapping with the blueprint"),
        "required_relation" => Some("the blueprint requires a relation that the mapping does not give"),
        "identifier_taken" => Some("something of that name exists already"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn refusal(status: u16, code: Option<&str>) -> Box<Refusal> {
        Box::new(Refusal { status, code: code.map(str::to_owned), message: "No such thing".into(), trace: Some("abc".into()) })
    }

    #[test]
    fn an_error_says_what_was_attempted_and_what_came_back() {
        let error = CatalogError::Refused { attempted: "read blueprint `x`".into(), refusal: refusal(404, Some("not_found")) };
        let text = "cannot read blueprint `x`: the catalog answered 404 (not_found): No such thing [trace abc]";
        assert_eq!(error.to_string(), text);
        assert_eq!(error.help().unwrap(), "create what is missing at the catalog, or correct its name");
    }

    #[test]
    fn an_error_does_not_repeat_its_source() {
        let gave_up = GaveUp { attempts: 4, waited: Duration::from_secs(2), refused_wait: None };
        let cause = TransportError::new(TransportErrorKind::Connect, "connection refused");
        let error = CatalogError::Unreachable { attempted: "sign in".into(), gave_up, cause };
        assert!(!error.to_string().contains("refused"), "{error}");
        assert!(std::error::Error::source(&error).unwrap().to_string().contains("connection refused"));
    }

    #[test]
    fn only_what_makes_everything_else_fail_too_ends_the_run() {
        for (status, ends) in [(401, true), (403, false), (404, false), (413, false), (422, false), (500, false)] {
            let error = CatalogError::Refused { attempted: "x".into(), refusal: refusal(status, None) };
            assert_eq!(error.ends_the_run(), ends, "{status}");
        }
        assert!(CatalogError::Credentials { client_id: "id".into(), refusal: refusal(401, None) }.ends_the_run());
        assert!(!CatalogError::Unsendable { attempted: "x".into(), reason: "y".into() }.ends_the_run());
        assert!(!CatalogError::Misunderstood { attempted: "x".into(), reason: "y".into() }.ends_the_run());
    }
}
