//! Reports: GitHub answers with signed links to files, or in one of several forms that there is no report yet.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::client::{ApiResponse, GitHub};
use super::doubt::Doubt;
use super::error::GitHubError;
use super::pages::no_answer;
use crate::model::day::Day;

/// Links of a report. The largest enterprises have hundreds of files.
const LINKS_AT_MOST: usize = 1_000;

/// Answer to a request for a report.
#[derive(Clone, Debug)]
pub enum Manifest {
    /// The report exists.
    Ready(Report),
    /// No report yet. That its data are absent proves nothing.
    NotReady {
        /// Form of GitHub's answer.
        reason: String,
    },
}

/// A report with links to its files. They expire within about an hour, so the files must be read at once.
#[derive(Clone, Debug)]
pub struct Report {
    path: Arc<str>,
    period: Period,
    links: Arc<[SignedLink]>,
    /// Reason why its files would not be the whole report.
    doubt: Option<Doubt>,
}

/// Link whose signature is a secret. It does not print.
#[derive(Clone)]
struct SignedLink(String);

/// First and last day of a report, as GitHub writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Period {
    first: Option<String>,
    last: Option<String>,
}

#[derive(Deserialize)]
struct ManifestJson {
    /// None where the key is missing, which is malformed.
    #[serde(default, deserialize_with = "present")]
    download_links: Option<Option<Vec<Option<String>>>>,
    report_day: Option<String>,
    report_start_day: Option<String>,
    report_end_day: Option<String>,
}

/// Tells `null` from a missing key.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl GitHub {
    /// Requests a report: the one at a path such as `/orgs/acme/copilot/metrics/reports/users-28-day/latest`, or that of one
    /// `day` at `/orgs/acme/copilot/metrics/reports/users-1-day`.
    ///
    /// A 404 for one day means "not ready", because GitHub answers so without a report of that day. A 404 for `latest` is an
    /// error: the name is wrong, or the credential lacks the right.
    ///
    /// # Errors
    /// The report cannot be read, see [`super::slice_end`].
    pub async fn report(&self, path: &str, day: Option<Day>) -> Result<Manifest, GitHubError> {
        let path = day.map_or_else(|| path.to_owned(), |day| format!("{path}?day={day}"));
        let url = self.address(&path)?;
        let what = self.name_of(&url);
        match self.ask(url).await {
            Err(GitHubError::Refused(refusal)) if day.is_some() && refusal.status == StatusCode::NOT_FOUND => {
                Ok(Manifest::NotReady { reason: refusal.to_string() })
            }
            Err(error) => Err(error),
            Ok(answer) => match read(path, &answer) {
                Ok(Manifest::Ready(report)) if report.is_of_another_day(day) => {
                    let found = report.period.first.clone().unwrap_or_default();
                    let asked = day.map(|day| day.to_string()).unwrap_or_default();
                    let problem = format!("the report of {asked} was requested, but GitHub sent that of {found}");
                    Err(GitHubError::Malformed { what, problem })
                }
                read => read.map_err(|problem| GitHubError::Malformed { what, problem }),
            },
        }
    }

    /// Requests the same report again, because its links have expired.
    pub(super) async fn renew(&self, report: &Report, what: &str) -> Result<Report, GitHubError> {
        let changed = || GitHubError::ReportReplaced { what: what.to_owned() };
        let url = self.address(&report.path)?;
        let name = self.name_of(&url);
        let answer = self.ask(url).await?;
        let manifest = read(report.path.to_string(), &answer);
        match manifest.map_err(|problem| GitHubError::Malformed { what: name, problem })? {
            Manifest::Ready(again) if again.period == report.period && again.files() == report.files() => Ok(again),
            Manifest::Ready(_) | Manifest::NotReady { .. } => Err(changed()),
        }
    }
}

impl Report {
    /// Number of files, at least one.
    pub fn files(&self) -> usize {
        self.links.len()
    }

    /// Reason why its files, each read to its end, would not be the whole report.
    pub fn doubt(&self) -> Option<&Doubt> {
        self.doubt.as_ref()
    }

    fn is_of_another_day(&self, asked: Option<Day>) -> bool {
        asked.zip(self.days()).is_some_and(|(asked, days)| days != (asked, asked))
    }

    /// First and last day, where GitHub writes them in a readable form. Equal for a report of one day.
    pub fn days(&self) -> Option<(Day, Day)> {
        let day = |text: &Option<String>| text.as_deref()?.parse().ok();
        Some((day(&self.period.first)?, day(&self.period.last)?))
    }

    /// Path of the request.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Name of a file in messages: `/orgs/acme/.. file 1 of 2`.
    pub(super) fn name_of(&self, file: usize) -> Arc<str> {
        format!("{} file {} of {}", self.path, file + 1, self.files()).into()
    }

    /// Address of a file, counted from 0.
    pub(super) fn link(&self, file: usize) -> Option<Url> {
        self.links.get(file).and_then(|link| Url::parse(&link.0).ok())
    }
}

impl SignedLink {
    /// The address without its signature, which identifies the file.
    fn file(&self) -> &str {
        let link = self.0.trim();
        link.split_once(['?', '#']).map_or(link, |(file, _)| file)
    }
}

impl fmt::Debug for SignedLink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[signed link]")
    }
}

/// Parses the answer to a request for a report. The error says what is wrong with it.
fn read(path: String, answer: &ApiResponse) -> Result<Manifest, String> {
    if let Some(reason) = no_answer(answer.status, &answer.body) {
        return Ok(Manifest::NotReady { reason });
    }
    // The error of the JSON parser may quote a link.
    let expected = || "expected an object with `download_links`, a list of texts".to_owned();
    let envelope: ManifestJson = serde_json::from_slice(&answer.body).map_err(|_| expected())?;
    let links = envelope.download_links.ok_or_else(expected)?.unwrap_or_default();
    if links.is_empty() {
        return Ok(Manifest::NotReady { reason: "GitHub answered with a report that has no files".to_owned() });
    }
    if links.len() > LINKS_AT_MOST {
        return Err(format!("a report of {} files, of which {LINKS_AT_MOST} are read at most", links.len()));
    }
    let of = links.len();
    let links: Vec<_> = links.into_iter().flatten().filter(|link| !link.trim().is_empty()).map(SignedLink).collect();
    if links.is_empty() {
        return Err(format!("all {of} links in `download_links` are null"));
    }
    let different: HashSet<&str> = links.iter().map(SignedLink::file).collect();
    let is_twice = different.len() < links.len();
    let doubt = match of - links.len() {
        0 => is_twice.then_some(Doubt::SameLink),
        missing => Some(Doubt::MissingLinks { missing, of }),
    };
    let first = envelope.report_start_day.or_else(|| envelope.report_day.clone());
    let last = envelope.report_end_day.or(envelope.report_day);
    Ok(Manifest::Ready(Report { path: path.into(), period: Period { first, last }, links: links.into(), doubt }))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn manifest(status: u16, body: &str) -> Result<Manifest, String> {
        let status = StatusCode::from_u16(status).unwrap();
        read("/x".to_owned(), &ApiResponse { status, headers: HeaderMap::new(), body: Bytes::copy_from_slice(body.as_bytes()) })
    }

    #[test]
    fn every_way_of_saying_no_report_is_understood() {
        let cases = [
            (204, ""),
            (200, ""),
            (200, " \n"),
            (200, r#""""#),
            (200, r#""No report available""#),
            (200, "null"),
            (200, r#"{"download_links":[],"report_day":"2026-08-01"}"#),
            (200, r#"{"download_links":null}"#),
        ];
        for (status, body) in cases {
            let Ok(Manifest::NotReady { reason }) = manifest(status, body) else { panic!("{body}") };
            assert!(reason.starts_with("GitHub answered"), "{reason}");
        }
    }

    #[test]
    fn what_is_no_manifest_is_an_error_and_quotes_no_link() {
        for body in [
            "[]",
            "3",
            "true",
            "{}",
            r#"{"message":"Not Found"}"#,
            r#"{"error":{"code":"ServerBusy"}}"#,
            r#"{"report_day":"2026-07-01"}"#,
            r#"{"download_links":[null,null]}"#,
            r#"{"download_links":"https://h/a?sig=canary"}"#,
            r#"{"download_links":[1]}"#,
        ] {
            assert!(!manifest(200, body).unwrap_err().contains("canary"), "{body}");
        }
    }

    #[test]
    fn a_manifest_of_ever_more_links_is_no_report() {
        let links =
            |count| format!(r#"{{"download_links":[{}"x"],"report_day":"2026-07-01"}}"#, r#""https://h/a","#.repeat(count - 1));
        assert!(matches!(manifest(200, &links(LINKS_AT_MOST)), Ok(Manifest::Ready(_))));
        assert_eq!(
            manifest(200, &links(LINKS_AT_MOST + 1)).unwrap_err(),
            "a report of 1001 files, of which 1000 are read at most"
        );
    }

    #[test]
    fn a_manifest_whose_links_are_not_all_there_is_read_and_doubted() {
        let cases = [
            (r#"["https://h/a",null]"#, 1, Some(Doubt::MissingLinks { missing: 1, of: 2 })),
            (r#"[null,"https://h/a","","https://h/b"]"#, 2, Some(Doubt::MissingLinks { missing: 2, of: 4 })),
            (r#"["https://h/a","https://h/b","https://h/a"]"#, 3, Some(Doubt::SameLink)),
            (r#"["https://h/a?sig=1","https://h/a?sig=2"]"#, 2, Some(Doubt::SameLink)),
            (r#"["https://h/a?sig=1","https://h/a"]"#, 2, Some(Doubt::SameLink)),
            (r#"["https://h/a?sig=1","https://h/b?sig=1"]"#, 2, None),
            (r#"["https://h/a","https://h/b"]"#, 2, None),
        ];
        for (links, files, doubt) in cases {
            let body = format!(r#"{{"download_links":{links},"report_day":"2026-07-01"}}"#);
            let Ok(Manifest::Ready(report)) = manifest(200, &body) else { panic!("{body}") };
            assert_eq!((report.files(), report.doubt()), (files, doubt.as_ref()), "{links}");
        }
    }

    #[test]
    fn a_report_knows_its_days_and_hides_its_links() {
        let cases = [
            (
                r#"{"download_links":["https://h/a?sig=canary","https://h/b"],"report_start_day":"2026-07-01","report_end_day":"2026-07-28"}"#,
                2,
            ),
            (r#"{"download_links":["https://h/a?sig=canary"],"report_day":"2026-07-01","more":1}"#, 1),
        ];
        for (body, files) in cases {
            let Ok(Manifest::Ready(report)) = manifest(200, body) else { panic!("{body}") };
            assert_eq!(report.files(), files);
            assert_eq!(report.days().unwrap().0.to_string(), "2026-07-01");
            assert_eq!(report.link(0).unwrap().as_str(), "https://h/a?sig=canary");
            assert!(!format!("{report:?}").contains("canary"));
        }
    }
}
