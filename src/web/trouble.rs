//! Reasons for which there is no page.

use http::StatusCode;

/// Reason for which there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) status: StatusCode,
    /// What is wrong, as a sentence without a full stop.
    pub(super) message: String,
    /// Where to go on: address and words.
    pub(super) way_on: Option<(String, String)>,
}

impl Trouble {
    /// There is no such thing.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, message: message.into(), way_on: None }
    }

    /// What was asked makes no sense.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, ..Self::missing(message) }
    }

    /// The visitor may not see it.
    pub(super) fn not_allowed(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, ..Self::missing(message) }
    }

    /// Something here does not work.
    pub(super) fn failed(error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message += &format!(": {cause}");
            source = cause.source();
        }
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, ..Self::missing(message) }
    }

    /// Names a page to go on with.
    pub(super) fn or_see(self, address: impl Into<String>, words: impl Into<String>) -> Self {
        Self { way_on: Some((address.into(), words.into())), ..self }
    }
}
