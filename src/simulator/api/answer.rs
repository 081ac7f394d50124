//! Answers in GitHub's form: JSON, errors, and lists in pages.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use serde::Serialize;
use serde_json::{Value, json};

/// Documentation that GitHub's errors link to.
pub(crate) const DOCUMENTATION: &str = "https://docs.github.com/rest";
const REPORTS_DOCUMENTATION: &str = "https://docs.github.com/rest/copilot/copilot-usage-metrics";
/// Default elements of a page, for endpoints without another number.
pub(crate) const PER_PAGE: usize = 30;
/// Most elements of a page.
const MOST_PER_PAGE: usize = 100;

/// An answer with a body that may stream.
pub(crate) type ApiAnswer = Response<Body>;

/// Answer with that body.
pub(crate) fn with_body(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> ApiAnswer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// Answer in JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> ApiAnswer {
    // Serialization does not fail for these values; 500 stands for a defect, as at GitHub.
    match serde_json::to_vec(body) {
        Ok(text) => with_body(status, "application/json; charset=utf-8", text),
        Err(_) => with_body(StatusCode::INTERNAL_SERVER_ERROR, "application/json", r#"{"message":"Server Error"}"#),
    }
}

/// 200 with JSON.
pub(crate) fn ok(body: &impl Serialize) -> ApiAnswer {
    json(StatusCode::OK, body)
}

/// Error in GitHub's form.
pub(crate) fn error(status: StatusCode, message: &str, documentation: &str) -> ApiAnswer {
    let code = status.as_u16().to_string();
    json(status, &json!({ "message": message, "documentation_url": documentation, "status": code }))
}

/// 404, also for resources that the credential may not see.
pub(crate) fn not_found() -> ApiAnswer {
    error(StatusCode::NOT_FOUND, "Not Found", DOCUMENTATION)
}

/// 404 of a report.
pub(crate) fn no_such_report() -> ApiAnswer {
    error(StatusCode::NOT_FOUND, "Not Found", REPORTS_DOCUMENTATION)
}

/// 422 for a parameter.
pub(crate) fn invalid(resource: &str, field: &str, code: &str) -> ApiAnswer {
    let body = json!({
        "message": "Validation Failed",
        "errors": [{ "resource": resource, "field": field, "code": code }],
        "documentation_url": DOCUMENTATION,
        "status": "422",
    });
    json(StatusCode::UNPROCESSABLE_ENTITY, &body)
}

/// Parts of a request that answers depend on: address of the server, path and query.
#[derive(Clone, Debug)]
pub(crate) struct RequestParts {
    /// Scheme, host and port as the client wrote them, such as `http://127.0.0.1:8080`.
    pub(crate) base: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
}

impl RequestParts {
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        // In memory the URI has the whole address; over the network the host is in a header.
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let host = uri.authority().map(|authority| authority.as_str()).or(host).unwrap_or("api.github.com");
        let forwarded = headers.get("x-forwarded-proto").and_then(|scheme| scheme.to_str().ok());
        let scheme = uri.scheme_str().or(forwarded).unwrap_or("http");
        let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Self { base: format!("{scheme}://{host}"), path: uri.path().to_owned(), query: query.into_owned().collect() }
    }

    /// First value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Requested page of a list of `count` elements.
    pub(crate) fn page(&self, count: usize, per_page: usize) -> ListPage {
        let number = |name| self.parameter(name).and_then(|text| text.parse::<usize>().ok()).filter(|number| *number > 0);
        let per_page = number("per_page").unwrap_or(per_page).min(MOST_PER_PAGE);
        let page = number("page").unwrap_or(1);
        let first = (page - 1).saturating_mul(per_page).min(count);
        let last_page = count.div_ceil(per_page).max(1);
        let mut links = Vec::new();
        if page > 1 {
            links.push(self.link((page - 1).min(last_page), "prev"));
        }
        if page < last_page {
            links.push(self.link(page + 1, "next"));
            links.push(self.link(last_page, "last"));
        }
        if page > 1 {
            links.push(self.link(1, "first"));
        }
        ListPage { elements: first..(first + per_page).min(count), link: links.join(", ") }
    }

    fn link(&self, page: usize, relation: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.query.iter().filter(|(key, _)| key != "page"));
        query.append_pair("page", &page.to_string());
        format!("<{}{}?{}>; rel=\"{relation}\"", self.base, self.path, query.finish())
    }
}

/// Page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListPage {
    /// Positions of its elements.
    pub(crate) elements: std::ops::Range<usize>,
    /// `Link` header. Empty when there is only one page.
    link: String,
}

impl ListPage {
    /// Adds the `Link` header to an answer.
    pub(crate) fn linked(&self, mut answer: ApiAnswer) -> ApiAnswer {
        if let Ok(link) = HeaderValue::from_str(&self.link)
            && !self.link.is_empty()
        {
            answer.headers_mut().insert(header::LINK, link);
        }
        answer
    }
}

/// Page of a list. Only its own elements are made.
pub(crate) fn list<T>(parts: &RequestParts, items: &[T], element: impl Fn(&T) -> Value) -> ApiAnswer {
    let page = parts.page(items.len(), PER_PAGE);
    let elements: Vec<Value> = items[page.elements.clone()].iter().map(element).collect();
    page.linked(ok(&elements))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str) -> RequestParts {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:8080"));
        RequestParts::of(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn links_lead_to_the_host_that_was_asked_and_keep_the_query() {
        let page = parts("/orgs/harbor/teams?team_type=all&per_page=2&page=2").page(5, PER_PAGE);
        assert_eq!(page.elements, 2..4);
        let base = "http://127.0.0.1:8080/orgs/harbor/teams?team_type=all&per_page=2";
        let links = [(1, "prev"), (3, "next"), (3, "last"), (1, "first")];
        let links: Vec<String> = links.iter().map(|(page, rel)| format!("<{base}&page={page}>; rel=\"{rel}\"")).collect();
        assert_eq!(page.link, links.join(", "));
    }

    #[test]
    fn one_page_has_no_links() {
        for (uri, count) in [("/user/orgs", 30), ("/user/orgs?per_page=100", 100), ("/user/orgs", 0)] {
            assert_eq!(parts(uri).page(count, PER_PAGE).link, "", "{uri}");
        }
    }

    #[test]
    fn a_page_holds_at_most_a_hundred() {
        assert_eq!(parts("/user/orgs?per_page=1000").page(300, PER_PAGE).elements, 0..100);
        assert_eq!(parts("/user/orgs?per_page=0&page=x").page(300, PER_PAGE).elements, 0..30);
        assert_eq!(parts("/user/orgs?page=99").page(31, PER_PAGE).elements, 31..31);
    }
}
