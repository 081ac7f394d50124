//! Constructors of rules for common faults of GitHub.

use serde_json::{Value, json};

use super::{LinkFault, Rule, TransportFault};

impl Rule {
    /// Rule for that path (`*` stands for any text) without an effect yet.
    pub fn at(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// Skips that many requests first.
    #[must_use]
    pub fn skip(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// Limits the number of times that the rule acts.
    #[must_use]
    pub fn times(mut self, requests: u64) -> Self {
        self.times = Some(requests);
        self
    }

    /// Acts on each nth request only.
    #[must_use]
    pub fn every(mut self, requests: u64) -> Self {
        self.every = Some(requests);
        self
    }

    /// Answers with that status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Answers with that JSON.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Answers with that text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Delays the answer.
    #[must_use]
    pub fn delay_ms(mut self, milliseconds: u64) -> Self {
        self.delay_ms = milliseconds;
        self
    }

    /// Breaks the connection after that many bytes of the body.
    #[must_use]
    pub fn cut_after_bytes(mut self, bytes: u64) -> Self {
        self.cut_after_bytes = Some(bytes);
        self
    }

    /// Ends the body after that many bytes without an error, as a truncated file does.
    #[must_use]
    pub fn end_after_bytes(mut self, bytes: u64) -> Self {
        self.end_after_bytes = Some(bytes);
        self
    }

    /// Cuts that line, counted from 1, after its beginning.
    #[must_use]
    pub fn spoil_line(mut self, line: u64) -> Self {
        self.spoil_line = Some(line);
        self
    }

    /// Gives no answer.
    #[must_use]
    pub fn transport(mut self, fault: TransportFault) -> Self {
        self.transport = Some(fault);
        self
    }

    /// Returns links that have expired. For paths of reports.
    #[must_use]
    pub fn expired_links(mut self) -> Self {
        self.links = Some(LinkFault::Expired);
        self
    }

    /// Answers with an error in GitHub's form.
    #[must_use]
    pub fn error(self, status: u16, message: &str) -> Self {
        self.status(status).json(json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.to_string(),
        }))
    }

    /// 403 for a missing permission.
    #[must_use]
    pub fn forbidden(self) -> Self {
        self.error(403, "Resource not accessible by personal access token")
            .header("x-accepted-github-permissions", "organization_copilot_metrics=read")
    }

    /// 403 because the requests of the hour are used up. `reset` is in seconds since 1970.
    #[must_use]
    pub fn primary_rate_limit(self, reset: i64) -> Self {
        self.error(403, "API rate limit exceeded for user ID 1000001.")
            .header("x-ratelimit-limit", "5000")
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-used", "5000")
            .header("x-ratelimit-reset", reset.to_string())
            .header("x-ratelimit-resource", "core")
    }

    /// 429 for too many requests at a time, with or without a time to wait.
    #[must_use]
    pub fn secondary_rate_limit(self, retry_after_seconds: Option<u64>) -> Self {
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        let rule = self.error(429, message);
        match retry_after_seconds {
            Some(seconds) => rule.header("retry-after", seconds.to_string()),
            None => rule,
        }
    }

    /// Answers in one of GitHub's forms for a missing report.
    #[must_use]
    pub fn no_report(self, form: NoReport) -> Self {
        match form {
            NoReport::NoContent => self.status(204),
            NoReport::EmptyText => self.json(json!("")),
            NoReport::Text => self.json(json!("No report available")),
            NoReport::Null => self.json(Value::Null),
            NoReport::NoLinks => self.json(json!({ "download_links": [], "report_day": "2026-10-30" })),
            NoReport::NotFound => self.error(404, "Not Found"),
        }
    }
}

/// Form of an answer without a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReport {
    /// 204.
    NoContent,
    /// `""`.
    EmptyText,
    /// `"No report available"`.
    Text,
    /// `null`.
    Null,
    /// A report without links.
    NoLinks,
    /// 404, as for a day without a report.
    NotFound,
}
