//! Refusals of the API: a status, a code, a message and optional details.

use serde_json::{Value, json};

/// Refusal in the API's form: `{"ok":false,"error":code,"message":…,"details":…}` with a status.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ApiError {
    /// HTTP status; the `statusCode` of one item in a bulk answer.
    pub(crate) status: u16,
    /// Code of the API, such as `not_found`.
    pub(crate) code: &'static str,
    /// Message for users.
    pub(crate) message: String,
    /// Searched resource and identifier. Boxed, because refusals are copied often.
    pub(crate) details: Option<Box<Value>>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: None }
    }

    /// The request does not have the form of its route.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, "invalid_request", message)
    }

    /// The entity does not match its blueprint.
    pub(crate) fn mismatch(message: impl Into<String>) -> Self {
        Self::new(422, "blueprint_schema_mismatch", message)
    }

    /// The resource does not exist. `resource` begins the sentence, so it has a capital: `Blueprint`.
    pub(crate) fn not_found(resource: &str, identifier: &str) -> Self {
        Self {
            details: Some(by_identifier(resource, identifier)),
            ..Self::new(404, "not_found", format!("{resource} with identifier \"{identifier}\" was not found"))
        }
    }

    /// The identifier is in use.
    pub(crate) fn taken(resource: &str, identifier: &str) -> Self {
        Self {
            details: Some(by_identifier(resource, identifier)),
            ..Self::new(409, "identifier_taken", format!("{resource} with identifier \"{identifier}\" already exists"))
        }
    }

    /// Other entities depend on the deleted one.
    pub(crate) fn has_dependents(message: impl Into<String>, dependents: &[String]) -> Self {
        Self { details: Some(Box::new(json!({"dependents": dependents}))), ..Self::new(403, "has_dependents", message) }
    }

    /// The token is missing or no longer valid.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(401, "unauthorized", message)
    }

    /// Error of the catalog, or of the disk.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "internal_error", message)
    }

    /// Body of the answer.
    pub(crate) fn envelope(&self) -> Value {
        let mut body = json!({"ok": false, "error": self.code, "message": self.message});
        if let Some(details) = &self.details {
            body["details"] = Value::clone(details);
        }
        body
    }
}

fn by_identifier(resource: &str, identifier: &str) -> Box<Value> {
    Box::new(json!({"resource": resource, "byField": "identifier", "withValue": identifier}))
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the local catalog's database failed");
        Self::internal(format!("the catalog's database failed: {error}"))
    }
}
