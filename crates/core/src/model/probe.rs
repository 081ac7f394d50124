//! A diagnosis as the probe of a connection: one result for each kind and scope, in the form of Ocean 0.50.11 and later. Pure.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::diagnosis::{Check, CheckResult, Diagnosis, DiagnosisResult};

/// Result of a kind in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProbeCheckStatus {
    /// Not checked yet.
    Pending,
    /// Everything that the kind needs works.
    Success,
    /// Something that it needs does not work.
    Failure,
    /// Nothing was found out.
    Unknown,
}

/// One kind in one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProbeCheck {
    /// The kind.
    pub kind: String,
    /// The level of the scope and its name: `{"organization": "acme"}`. Empty before scopes are known.
    pub scopes: Map<String, Value>,
    /// The result.
    pub status: ProbeCheckStatus,
    /// The first problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The probe before anything was asked: each kind, pending.
pub fn pending(kinds: &[&str]) -> Vec<ProbeCheck> {
    let check = |kind: &&str| ProbeCheck {
        kind: (*kind).to_owned(),
        scopes: Map::new(),
        status: ProbeCheckStatus::Pending,
        message: None,
    };
    kinds.iter().map(check).collect()
}

/// The results of these kinds, by scope in the order in which they were checked. A kind of which nothing was checked is unknown.
pub fn results(diagnosis: &Diagnosis, kinds: &[&str]) -> Vec<ProbeCheck> {
    let checks: Vec<&Check> =
        diagnosis.places.iter().filter(|place| place.name != "catalog").flat_map(|place| &place.checks).collect();
    let mut scopes: Vec<&str> = Vec::new();
    for check in &checks {
        if !scopes.contains(&check.scope.as_str()) {
            scopes.push(&check.scope);
        }
    }
    let mut results = Vec::new();
    for kind in kinds {
        let before = results.len();
        for scope in &scopes {
            let needs = |check: &&&Check| check.scope == *scope && check.kinds.iter().any(|name| name == kind);
            let of_kind: Vec<&&Check> = checks.iter().filter(needs).collect();
            if of_kind.is_empty() {
                continue;
            }
            let failed = of_kind.iter().find(|check| matches!(check.result, CheckResult::Missing | CheckResult::Unreachable));
            let (status, message) = match failed {
                Some(check) => (ProbeCheckStatus::Failure, problem(diagnosis, check)),
                None if of_kind.iter().all(|check| check.result == CheckResult::Works) => (ProbeCheckStatus::Success, None),
                None => (ProbeCheckStatus::Unknown, None),
            };
            results.push(ProbeCheck { kind: (*kind).to_owned(), scopes: of(scope, of_kind[0]), status, message });
        }
        if results.len() == before {
            let first = checks.iter().find(|check| check.scope.is_empty() && check.result != CheckResult::Works);
            let (status, message) = match first {
                Some(check) => (ProbeCheckStatus::Failure, problem(diagnosis, check)),
                None => (ProbeCheckStatus::Unknown, None),
            };
            results.push(ProbeCheck { kind: (*kind).to_owned(), scopes: Map::new(), status, message });
        }
    }
    results
}

fn problem(diagnosis: &Diagnosis, check: &Check) -> Option<String> {
    let number = check.problems.first()?.checked_sub(1)?;
    diagnosis.problems.get(number).map(|problem| problem.summary.clone())
}

fn of(scope: &str, check: &Check) -> Map<String, Value> {
    let level = match () {
        () if scope.is_empty() => return Map::new(),
        () if check.subject.contains(" /enterprises/") => "enterprise",
        () if check.subject.contains(" /org") => "organization",
        () => "account",
    };
    Map::from_iter([(level.to_owned(), Value::from(scope))])
}

/// The body of a report: what the catalog is told about a probe. `ended` is none while it goes on.
pub fn body(checks: &[ProbeCheck], started: jiff::Timestamp, ended: Option<(jiff::Timestamp, DiagnosisResult)>) -> Value {
    let (status, message) = match ended {
        None => ("IN_PROGRESS", None),
        Some((_, DiagnosisResult::Unreachable)) => ("FAILED", Some("a server did not answer")),
        Some(_) => ("COMPLETED", None),
    };
    let mut body = json!({ "status": status, "mode": "shallow", "started_at": started, "checks": checks });
    if let Some((ended, _)) = ended {
        body["ended_at"] = json!(ended);
    }
    if let Some(message) = message {
        body["message"] = json!(message);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::{CheckedServer, ErrorName, MissingRequirement, Problem};

    fn check(scope: &str, subject: &str, kinds: &[&str], result: CheckResult) -> Check {
        let problems = if result == CheckResult::Missing { vec![1] } else { Vec::new() };
        let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        let (scope, subject, gives) = (scope.to_owned(), subject.to_owned(), "the organization".to_owned());
        Check { scope, subject, gives, kinds, is_needed: true, result, status: None, note: None, problems }
    }

    fn diagnosis(checks: Vec<Check>) -> Diagnosis {
        let problem = Problem::new(ErrorName::InvalidPermissions, MissingRequirement::Scope, "it lacks a scope", "");
        let place = CheckedServer { name: "GitHub", address: String::new(), facts: Vec::new(), checks };
        Diagnosis { verdict: DiagnosisResult::Missing, places: vec![place], problems: vec![problem] }
    }

    fn told(checks: Vec<Check>, kinds: &[&str]) -> Vec<String> {
        let results = results(&diagnosis(checks), kinds);
        let text = |check: &ProbeCheck| {
            let message = check.message.as_deref().unwrap_or("-");
            format!("{} {} {:?} {message}", check.kind, Value::Object(check.scopes.clone()), check.status)
        };
        results.iter().map(text).collect()
    }

    #[test]
    fn a_kind_has_a_result_in_each_scope() {
        use CheckResult::{Missing, Skipped, Works};
        let found = told(
            vec![
                check("acme", "GET /orgs/acme", &["one", "two"], Works),
                check("acme", "GET /orgs/acme/a", &["one", "two"], Works),
                check("beta", "GET /orgs/beta", &["one", "two"], Missing),
                check("beta", "GET /orgs/beta/a", &["one", "two"], Skipped),
                check("fleet", "GET /enterprises/fleet/a", &["two"], Missing),
                check("gamma", "GET /orgs/gamma/a", &["one", "two"], Skipped),
                check("gamma", "GET /orgs/gamma/b", &[], Missing),
            ],
            &["one", "two", "three"],
        );
        assert_eq!(
            found,
            [
                r#"one {"organization":"acme"} Success -"#,
                r#"one {"organization":"beta"} Failure it lacks a scope"#,
                r#"one {"organization":"gamma"} Unknown -"#,
                r#"two {"organization":"acme"} Success -"#,
                r#"two {"organization":"beta"} Failure it lacks a scope"#,
                r#"two {"enterprise":"fleet"} Failure it lacks a scope"#,
                r#"two {"organization":"gamma"} Unknown -"#,
                "three {} Unknown -",
            ]
        );
        // A credential that is not accepted leaves no scope to check.
        let found = told(vec![check("", "the credential", &[], Missing)], &["one"]);
        assert_eq!(found, ["one {} Failure it lacks a scope"]);
    }

    #[test]
    fn a_report_says_when_it_began_and_how_it_ended() {
        let at: jiff::Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
        let began = body(&pending(&["one"]), at, None);
        assert_eq!(began["status"], "IN_PROGRESS");
        assert_eq!(began["checks"], json!([{"kind": "one", "scopes": {}, "status": "PENDING"}]));
        assert!(began.get("ended_at").is_none());
        let ended = body(&[], at, Some((at, DiagnosisResult::Missing)));
        assert_eq!((ended["status"].as_str(), ended["ended_at"].as_str()), (Some("COMPLETED"), Some("2026-11-20T08:00:00Z")));
        assert_eq!(body(&[], at, Some((at, DiagnosisResult::Unreachable)))["status"], "FAILED");
    }
}
