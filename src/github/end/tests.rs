use http::{HeaderMap, HeaderValue};

use super::*;
use crate::door::http::TransportError;
use crate::kind;

fn about(name: &str) -> RequestSubject {
    RequestSubject::Kind(kind::find(name).unwrap())
}

fn refused(status: u16, headers: &[(&'static str, &'static str)], message: &str) -> GitHubRefusal {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
    GitHubRefusal::by_api(
        "GET /x".to_owned(),
        StatusCode::from_u16(status).unwrap(),
        &headers,
        message.to_owned(),
        &crate::model::secret::Redactor::default(),
    )
}

fn end(refusal: GitHubRefusal, about: RequestSubject) -> SliceEnd {
    slice_end(&GitHubError::Refused(Box::new(refusal)), about)
}

#[test]
fn no_refusal_is_taken_for_nothing_to_read() {
    let abouts = [
        about("organization-usage-metrics"),
        about("enterprise-usage-metrics"),
        about("copilot-team-metrics"),
        RequestSubject::Organizations,
        RequestSubject::Organization,
        RequestSubject::Teams,
    ];
    for about in abouts {
        for status in [204, 304, 400, 401, 403, 404, 410, 418, 422, 429, 500, 503] {
            let end = end(refused(status, &[], ""), about);
            assert!(matches!(end.name(), "forbidden" | "failed"), "{status} {about:?}");
            assert!(end.remedy().is_some_and(|remedy| !remedy.is_empty()));
        }
    }
}

#[test]
fn each_refusal_has_its_state_and_a_remedy_that_fits() {
    let permissions = ("x-accepted-github-permissions", "organization_copilot_metrics=read");
    let cases: Vec<(GitHubRefusal, RequestSubject, &str, &str)> = vec![
        (refused(401, &[], "Bad credentials"), about("organization-usage-metrics"), "forbidden", "expired"),
        (refused(403, &[], ""), about("organization-usage-metrics"), "forbidden", "\"Copilot usage metrics\""),
        (refused(403, &[permissions], ""), about("user-usage-metrics"), "forbidden", "`organization_copilot_metrics=read`"),
        (refused(404, &[], "Not Found"), about("user-usage-metrics"), "forbidden", "check the organization's name"),
        (refused(403, &[], ""), about("enterprise-usage-metrics"), "forbidden", "`read:enterprise`"),
        (
            refused(403, &[], "Resource not accessible by integration"),
            about("enterprise-usage-metrics"),
            "forbidden",
            "installation on the enterprise",
        ),
        (refused(404, &[], "Not Found"), about("copilot-team-metrics"), "forbidden", "`team-usage-metrics`"),
        (refused(404, &[], ""), about("copilot-organization-metrics"), "forbidden", "`organization-usage-metrics`"),
        (refused(403, &[], ""), about("copilot-organization-metrics"), "forbidden", "`read:org`"),
        (refused(422, &[], "setting is disabled"), about("copilot-organization-metrics"), "forbidden", "policy"),
        (refused(422, &[], ""), about("organization-usage-metrics"), "failed", "newer version"),
        (
            refused(422, &[], "The usage metrics policy is switched off here."),
            about("organization-usage-metrics"),
            "forbidden",
            "an owner enables the policy \"Copilot usage metrics\" in the organization's settings",
        ),
        (
            GitHubRefusal { what: "GET /enterprises/x/copilot".into(), ..refused(422, &[], "The setting is disabled") },
            about("enterprise-usage-metrics"),
            "forbidden",
            "\"Copilot usage metrics\" on the enterprise's page",
        ),
        (
            refused(403, &[], "Resource protected by organization SAML enforcement."),
            RequestSubject::Teams,
            "forbidden",
            "single sign-on",
        ),
        (
            refused(403, &[("x-github-sso", "required; url=https://github.com/orgs/o/sso?a=1")], "SAML"),
            RequestSubject::Teams,
            "forbidden",
            "https://github.com/orgs/o/sso?a=1",
        ),
        (refused(403, &[], "Your IP is not on the IP allow list"), RequestSubject::Teams, "forbidden", "this machine's address"),
        (refused(403, &[], ""), RequestSubject::Teams, "forbidden", "list the organization's teams"),
        (refused(403, &[], ""), RequestSubject::Organizations, "forbidden", "name the organizations"),
        (refused(404, &[], ""), RequestSubject::Organization, "forbidden", "check the organization's name"),
        (GitHubRefusal { is_limit: true, ..refused(403, &[], "") }, RequestSubject::Teams, "failed", "rate limit"),
        (GitHubRefusal { is_limit: true, ..refused(429, &[], "") }, RequestSubject::Teams, "failed", "rate limit"),
        (refused(503, &[], ""), RequestSubject::Teams, "failed", "githubstatus"),
        (
            GitHubRefusal::by_files("file 1".into(), StatusCode::NOT_FOUND, None),
            about("user-usage-metrics"),
            "failed",
            "requests the report again",
        ),
        (
            GitHubRefusal::by_files("file 1".into(), StatusCode::FORBIDDEN, None),
            about("user-usage-metrics"),
            "failed",
            "requests the report again",
        ),
    ];
    for (refusal, about, state, remedy) in cases {
        let name = refusal.to_string();
        let end = end(refusal, about);
        assert_eq!(end.name(), state, "{name}");
        assert!(end.remedy().unwrap().contains(remedy), "{name}: {:?}", end.remedy());
        assert!(end.reason().unwrap().starts_with(&name));
    }
}

#[test]
fn a_closed_endpoint_is_said_to_be_closed_since_when() {
    let end = end(refused(404, &[], "Not Found"), about("copilot-team-metrics"));
    assert_eq!(end.reason(), Some("GitHub answered 404 to GET /x: Not Found; GitHub closed this endpoint on 2026-04-02"));
}

#[test]
fn a_connection_that_fails_says_what_to_check() {
    let kinds = [
        (TransportErrorKind::Connect, "address of GitHub"),
        (TransportErrorKind::Certificate, "SSL_CERT_FILE"),
        (TransportErrorKind::Timeout, "run again"),
    ];
    for (kind, remedy) in kinds {
        let error = GitHubError::Transport { what: "GET /x".into(), source: TransportError::new(kind, "because"), gave_up: None };
        let end = slice_end(&error, RequestSubject::Organizations);
        assert!(matches!(&end, SliceEnd::Failed { remedy: text, .. } if text.contains(remedy)), "{end:?}");
    }
}
