//! What the API answers when it refuses: a status, a code, a message and, where they help, the particulars.

use serde_json::{Value, json};

/// A refusal as the API writes it: `{"ok":false,"error":code,"message":…,"details":…}` under a status.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    /// HTTP status; inside a bulk it becomes the `statusCode` of one item.
    pub(crate) status: u16,
    /// The API's word for it, such as `not_found`.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) message: String,
    /// What was looked for, by what.
    pub(crate) details: Option<Value>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: None }
    }

    /// The request has not the shape that its route asks for.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, "invalid_request", message)
    }

    /// The entity does not fit its blueprint.
    pub(crate) fn mismatch(message: impl Into<String>) -> Self {
        Self::new(422, "blueprint_schema_mismatch", message)
    }

    /// There is none of that name. `resource` opens the sentence, so it is written with a capital: `Blueprint`.
    pub(crate) fn not_found(resource: &str, identifier: &str) -> Self {
        Self {
            details: Some(json!({"resource": resource, "byField": "identifier", "withValue": identifier})),
            ..Self::new(404, "not_found", format!("{resource} with identifier \"{identifier}\" was not found"))
        }
    }

    /// There is one of that name already.
    pub(crate) fn taken(resource: &str, identifier: &str) -> Self {
        Self {
            details: Some(json!({"resource": resource, "byField": "identifier", "withValue": identifier})),
            ..Self::new(409, "identifier_taken", format!("{resource} with identifier \"{identifier}\" already exists"))
        }
    }

    /// Something else depends on what was to go.
    pub(crate) fn has_dependents(message: impl Into<String>, dependents: &[String]) -> Self {
        Self { details: Some(json!({"dependents": dependents})), ..Self::new(403, "has_dependents", message) }
    }

    /// No token, or one that is not good any more.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "unauthorized", message)
    }

    /// Our fault, or the disk's.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "internal_error", message)
    }

    /// The body of the answer.
    pub(crate) fn envelope(&self) -> Value {
        let mut body = json!({"ok": false, "error": self.code, "message": self.message});
        if let Some(details) = &self.details {
            body["details"] = details.clone();
        }
        body
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the local catalog's database failed");
        Self::internal(format!("the catalog's database failed: {error}"))
    }
}
