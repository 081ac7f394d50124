//! Errors of the catalog: the attempted request, the answer, and the remedy.
//!
//! They hold no secrets: tokens and secrets are redacted before an answer becomes a [`CatalogRefusal`].

use std::fmt;

use crate::door::client::retry::GaveUp;
use crate::door::http::{TransportError, TransportErrorKind};
use crate::door::trust::CERTIFICATE_HELP;

/// Answer of the catalog that refuses a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogRefusal {
    /// HTTP status.
    pub status: u16,
    /// The catalog's code (`invalid_request`, `not_found` and so on), if it gave one.
    pub code: Option<String>,
    /// The catalog's message, or the beginning of an answer of another form. May be empty.
    pub message: String,
    /// Header `x-trace-id` of the answer, for the catalog's support.
    pub trace: Option<String>,
}

impl CatalogRefusal {
    /// True when the catalog itself says that the object does not exist. The 404 of a wrong address does not count.
    pub fn is_missing(&self) -> bool {
        self.status == 404 && self.code.is_some()
    }

    /// True when the catalog says that the object to be created already exists.
    pub fn is_taken(&self) -> bool {
        self.status == 409 || self.code.as_deref() == Some("identifier_taken")
    }
}

impl fmt::Display for CatalogRefusal {
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

/// Error of a request to the catalog. `attempted` follows the word "cannot": ``upsert 20 entities of `service` ``.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CatalogError {
    /// A setting cannot be used, so nothing was sent.
    #[error("cannot use {what}: {reason}")]
    Setting {
        /// Setting, with its value unless that is a secret.
        what: String,
        /// Problem of the value.
        reason: String,
    },
    /// The token endpoint does not accept the credentials. Never retried.
    #[error("cannot sign in to the catalog with client id `{client_id}`: {refusal}")]
    Credentials {
        /// Client id, which is not secret.
        client_id: String,
        /// Answer of the catalog.
        refusal: Box<CatalogRefusal>,
    },
    /// The catalog refused, and a retry would be refused too.
    #[error("cannot {attempted}: {refusal}")]
    Refused {
        /// Attempted request and its object.
        attempted: String,
        /// Answer of the catalog.
        refusal: Box<CatalogRefusal>,
    },
    /// The catalog was unavailable in all attempts.
    #[error("cannot {attempted}: {gave_up}; at last {refusal}")]
    Unavailable {
        /// Attempted request and its object.
        attempted: String,
        /// Attempts and waits.
        gave_up: GaveUp,
        /// Last answer.
        refusal: Box<CatalogRefusal>,
    },
    /// No complete answer came.
    #[error("cannot {attempted}: the catalog gave no usable answer; {gave_up}")]
    Unreachable {
        /// Attempted request and its object.
        attempted: String,
        /// Attempts and waits.
        gave_up: GaveUp,
        /// Cause of the last failure.
        #[source]
        cause: TransportError,
    },
    /// The request cannot be built: a name cannot be part of an address, or the address is too long. Nothing was sent.
    #[error("cannot {attempted}: {reason}")]
    Unsendable {
        /// Attempted request and its object.
        attempted: String,
        /// Cause.
        reason: String,
    },
    /// The catalog answered with JSON of an unexpected form.
    #[error("cannot {attempted}: the catalog's answer has an unexpected form: {reason}")]
    UnexpectedAnswer {
        /// Attempted request and its object.
        attempted: String,
        /// Position or part of the answer that was not expected.
        reason: String,
    },
}

impl CatalogError {
    /// Remedy for people, if one is known.
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
            Self::Unavailable { .. } => UNAVAILABLE_HELP,
            Self::Unreachable { cause, .. } => match cause.kind {
                TransportErrorKind::Connect => CONNECT_HELP,
                TransportErrorKind::Certificate => CERTIFICATE_HELP,
                TransportErrorKind::Timeout => "the catalog or a proxy in between does not answer; run again later",
                TransportErrorKind::Broken => "a proxy may interrupt answers; otherwise run again later",
                TransportErrorKind::TooLarge | TransportErrorKind::PrivateAddress | TransportErrorKind::Unsendable => {
                    BASE_URL_HELP
                }
                TransportErrorKind::Page => {
                    "let this machine reach the catalog through the proxy or web filter, or correct the address"
                }
            },
            Self::Unsendable { .. } => "correct the name in the mapping or the settings",
            Self::UnexpectedAnswer { .. } => BASE_URL_HELP,
        };
        Some(help.to_owned())
    }

    /// Answer of the catalog, if it was one that refuses.
    pub fn refusal(&self) -> Option<&CatalogRefusal> {
        match self {
            Self::Credentials { refusal, .. } | Self::Refused { refusal, .. } | Self::Unavailable { refusal, .. } => {
                Some(refusal)
            }
            Self::Setting { .. } | Self::Unsendable { .. } | Self::Unreachable { .. } | Self::UnexpectedAnswer { .. } => None,
        }
    }

    /// True for errors after which a run has to stop, because further requests would fail too: bad credentials, a refused token, no
    /// answer.
    ///
    /// Upserts and deletions return only such errors. Others are part of the results of the entities.
    pub fn ends_the_run(&self) -> bool {
        match self {
            Self::Refused { refusal, .. } => refusal.status == 401,
            Self::UnexpectedAnswer { .. } | Self::Unsendable { .. } => false,
            Self::Setting { .. } | Self::Credentials { .. } | Self::Unavailable { .. } | Self::Unreachable { .. } => true,
        }
    }
}

const CREDENTIALS_HELP: &str = "check OCEAN__PORT__CLIENT_ID and OCEAN__PORT__CLIENT_SECRET against the credentials that the portal shows, \
     and that OCEAN__PORT__BASE_URL is of the same region";
const BASE_URL_HELP: &str = "check that OCEAN__PORT__BASE_URL is the address of the API, such as https://api.port.io";
const UNAVAILABLE_HELP: &str = "the catalog is temporarily unavailable; run again later, an unfinished resync does no harm";
const CONNECT_HELP: &str = "check OCEAN__PORT__BASE_URL, the network, and HTTPS_PROXY where there is a proxy";

fn help_for(refusal: &CatalogRefusal) -> Option<&'static str> {
    if let Some(help) = refusal.code.as_deref().and_then(help_for_code) {
        return Some(help);
    }
    match refusal.status {
        300..=399 | 404 | 405 => Some(BASE_URL_HELP),
        401 => Some(CREDENTIALS_HELP),
        403 => Some("the credentials lack a permission for this, or this address may not call the catalog"),
        413 => Some("the catalog takes 1 MiB per request; map fewer or shorter properties"),
        500..=599 => Some(UNAVAILABLE_HELP),
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

    fn refusal(status: u16, code: Option<&str>) -> Box<CatalogRefusal> {
        Box::new(CatalogRefusal {
            status,
            code: code.map(str::to_owned),
            message: "No such thing".into(),
            trace: Some("abc".into()),
        })
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
        assert!(!CatalogError::UnexpectedAnswer { attempted: "x".into(), reason: "y".into() }.ends_the_run());
    }
}
