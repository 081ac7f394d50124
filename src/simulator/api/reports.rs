//! Links to reports. The files are on the host of signed links, see [`super::super::signed`].

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use serde_json::json;

use crate::model::day::Day;

use super::super::faults::LinkFault;
use super::super::report::{ReportSubject, RequestedReport, Scope, Span};
use super::super::signed;
use super::answer::{ApiAnswer, RequestParts, invalid, no_such_report, not_found, ok};
use super::{SharedState, SimulatorState};

type Fault = Option<Extension<LinkFault>>;

pub(super) async fn organization_day(
    State(server): SharedState,
    Path((org, report)): Path<(String, String)>,
    fault: Fault,
    parts: RequestParts,
) -> ApiAnswer {
    day(&server, Scope::of_organization(&server.world, &org), &report, fault, &parts)
}

pub(super) async fn organization_latest(
    State(server): SharedState,
    Path((org, report)): Path<(String, String)>,
    fault: Fault,
) -> ApiAnswer {
    latest(&server, Scope::of_organization(&server.world, &org), &report, fault)
}

pub(super) async fn enterprise_day(
    State(server): SharedState,
    Path((enterprise, report)): Path<(String, String)>,
    fault: Fault,
    parts: RequestParts,
) -> ApiAnswer {
    day(&server, Scope::of_enterprise(&server.world, &enterprise), &report, fault, &parts)
}

pub(super) async fn enterprise_latest(
    State(server): SharedState,
    Path((enterprise, report)): Path<(String, String)>,
    fault: Fault,
) -> ApiAnswer {
    latest(&server, Scope::of_enterprise(&server.world, &enterprise), &report, fault)
}

fn day(server: &SimulatorState, scope: Option<Scope>, name: &str, fault: Fault, parts: &RequestParts) -> ApiAnswer {
    let Some(scope) = scope else { return not_found() };
    let is_organization = scope.organization.is_some();
    let subject = match name {
        "organization-1-day" if is_organization => ReportSubject::Whole,
        "enterprise-1-day" if !is_organization => ReportSubject::Whole,
        "users-1-day" => ReportSubject::Users,
        "user-teams-1-day" => ReportSubject::UserTeams,
        "repos-1-day" => ReportSubject::Repositories,
        _ => return not_found(),
    };
    let Some(text) = parts.parameter("day") else { return invalid("CopilotMetrics", "day", "missing_field") };
    let Ok(day) = text.parse::<Day>() else { return invalid("CopilotMetrics", "day", "invalid") };
    let report = RequestedReport { scope, subject, span: Span::Day(day) };
    if !report.exists() {
        // Endpoints of enterprises do not use 204, except that of repositories.
        let mut nothing = Response::new(Body::empty());
        *nothing.status_mut() = StatusCode::NO_CONTENT;
        return if is_organization || subject == ReportSubject::Repositories { nothing } else { no_such_report() };
    }
    ok(&json!({ "download_links": links(server, &report, fault), "report_day": day }))
}

fn latest(server: &SimulatorState, scope: Option<Scope>, name: &str, fault: Fault) -> ApiAnswer {
    let Some(scope) = scope else { return not_found() };
    let subject = match name {
        "organization-28-day" if scope.organization.is_some() => ReportSubject::Whole,
        "enterprise-28-day" if scope.organization.is_none() => ReportSubject::Whole,
        "users-28-day" => ReportSubject::Users,
        _ => return not_found(),
    };
    let report = RequestedReport::latest(scope, subject);
    if !report.exists() {
        return ok(&"No report available");
    }
    let Span::Latest { first, last } = report.span else { return no_such_report() };
    let links = links(server, &report, fault);
    ok(&json!({ "download_links": links, "report_start_day": first, "report_end_day": last }))
}

fn links(server: &SimulatorState, report: &RequestedReport, fault: Fault) -> Vec<String> {
    let is_expired = matches!(fault, Some(Extension(LinkFault::Expired)));
    let sign = |part| {
        let signature = signed::sign(server.world.options().seed, &report.file(part), server.now(), is_expired);
        format!("{}{}?{signature}", server.signed_base_url, report.file(part))
    };
    (1..=report.parts()).map(sign).collect()
}
