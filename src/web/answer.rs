//! Answers of pages, and of what our script posts to.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};

use super::layout::Page;
use super::trouble::Trouble;

/// Result of a page.
pub(super) type Shown = Result<Answer, Trouble>;

/// An answer.
pub(super) enum Answer {
    Page(Page),
    /// A chart for the frame of another site: a whole document.
    Framed {
        status: StatusCode,
        text: String,
    },
    /// Something for programs: its type, and its text.
    Data {
        content_type: &'static str,
        text: String,
        file_name: Option<String>,
    },
}

impl From<Page> for Answer {
    fn from(page: Page) -> Self {
        Self::Page(page)
    }
}

/// An answer for our script, and for programs.
pub(super) fn told(status: StatusCode, message: &str) -> Response {
    told_with_way(status, message, None)
}

/// As [`told`], with the address of a page to go on with.
pub(super) fn told_with_way(status: StatusCode, message: &str, see: Option<&str>) -> Response {
    let mut body = serde_json::json!({"ok": status.is_success(), "message": message});
    if let Some(see) = see {
        body["see"] = see.into();
    }
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
