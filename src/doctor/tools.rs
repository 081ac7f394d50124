//! Checks of AI tools beside GitHub Copilot: each list that the mapping needs, with the key of the settings.

use http::StatusCode;

use super::Examination;
use super::diagnosis::{DiagnosisBuilder, check};
use super::github::clock;
use crate::door::client::json::{JsonClient, JsonClientError, JsonRequest, Probed};
use crate::door::clock::Clock;
use crate::door::http::TransportErrorKind;
use crate::door::trust::CERTIFICATE_HELP;
use crate::kind::{Kind, Source, Vendor};
use crate::model::diagnosis::{Check, CheckResult, Diagnosis, ErrorName, MissingRequirement, Problem};

/// An AI tool with its key, if the settings have one.
#[derive(Debug)]
pub struct ExaminedTool<'a> {
    /// The vendor.
    pub vendor: Vendor,
    /// Address of its interface.
    pub address: &'a str,
    /// Client; none without a key.
    pub client: Option<&'a JsonClient>,
    /// Variable or file of the key.
    pub credential_source: Option<String>,
    /// A small request for each kind.
    pub requests: Vec<(&'static Kind, JsonRequest)>,
    /// Remedy for a status that refuses.
    pub remedy: fn(StatusCode) -> String,
    /// The page on which keys are made.
    pub page: &'a str,
    /// The beginning of a curl command: how the key is sent. The key is a variable in it.
    pub curl: &'a str,
}

/// Checks the tools for the kinds of a mapping.
pub(super) async fn check_tools(examination: &Examination<'_>, kinds: &[&'static Kind], diagnosis: &mut DiagnosisBuilder) {
    for tool in examination.tools {
        let of_tool: Vec<&str> = kinds.iter().filter(|kind| kind.vendor() == tool.vendor).map(|kind| kind.name).collect();
        match tool.client {
            None if of_tool.is_empty() => {}
            None => {
                diagnosis.enter(tool.vendor.title(), tool.address);
                let names = of_tool.join(", ");
                let variable = tool.vendor.key_variable();
                diagnosis.fact("skipped", format!("{names}: no key is in the settings ({variable}), so nothing is read"));
            }
            Some(client) => check_tool(examination, tool, client, kinds, diagnosis).await,
        }
    }
}

async fn check_tool(
    examination: &Examination<'_>,
    tool: &ExaminedTool<'_>,
    client: &JsonClient,
    kinds: &[&'static Kind],
    diagnosis: &mut DiagnosisBuilder,
) {
    let model = kinds.iter().find(|kind| kind.source == Source::ToolDays);
    let needed_by = |kind: &Kind| -> Vec<&str> {
        let itself = kinds.iter().find(|needed| needed.name == kind.name);
        let of_model = model.filter(|_| kind.tool_usage().is_some());
        itself.into_iter().chain(of_model).map(|kind| kind.name).collect()
    };
    let examined: Vec<_> = tool.requests.iter().map(|(kind, request)| (*kind, request, needed_by(kind))).collect();
    if !examination.all && examined.iter().all(|(_, _, needed_by)| needed_by.is_empty()) {
        return;
    }
    diagnosis.enter(tool.vendor.title(), tool.address);
    diagnosis.fact(
        "asked with",
        match &tool.credential_source {
            Some(source) => format!("an Admin API key ({source})"),
            None => "an Admin API key".to_owned(),
        },
    );
    let mut stopped: Option<&'static str> = None;
    let mut is_first = true;
    for (kind, request, needed_by) in examined {
        if needed_by.is_empty() && !examination.all {
            continue;
        }
        let gives = if needed_by.is_empty() { kind.name.to_owned() } else { needed_by.join(", ") };
        let kinds = needed_by.iter().map(|name| (*name).to_owned()).collect();
        let row = Check { is_needed: !needed_by.is_empty(), kinds, ..check("", request.what(), gives) };
        if let Some(reason) = stopped {
            diagnosis.check(Check { result: CheckResult::Skipped, note: Some(reason.to_owned()), ..row });
            continue;
        }
        match client.probe(request).await {
            Err(error) => {
                let problem = unreachable(tool, &error, row.is_needed);
                diagnosis.problem(row, problem);
                stopped = Some("see above");
            }
            Ok(probed) => {
                if let (true, Some(date)) = (is_first, date_of(&probed)) {
                    clock(date, examination.clock.now(), tool.vendor.title(), diagnosis);
                }
                is_first = false;
                let row = Check { status: Some(probed.status.as_u16()), ..row };
                match judge(tool, client, request, &probed, row.is_needed) {
                    None => diagnosis.check(row),
                    Some(problem) => {
                        stopped = match problem.error {
                            ErrorName::RateLimited => Some("the rate limit is used up"),
                            ErrorName::InvalidCredentials => Some("see above"),
                            _ => None,
                        };
                        diagnosis.problem(row, problem);
                    }
                }
            }
        }
    }
}

/// Checks one request to a tool, judged as doctor judges its own. Sends nothing else.
pub async fn examine_request(tool: &ExaminedTool<'_>, kind: &'static Kind, request: &JsonRequest, clock: &Clock) -> Diagnosis {
    let mut diagnosis = DiagnosisBuilder::default();
    diagnosis.enter(tool.vendor.title(), tool.address);
    let row = check("", request.what(), kind.name);
    let Some(client) = tool.client else { return diagnosis.finish() };
    match client.probe(request).await {
        Err(error) => diagnosis.problem(row, unreachable(tool, &error, true)),
        Ok(probed) => {
            if let Some(date) = date_of(&probed) {
                super::github::clock(date, clock.now(), tool.vendor.title(), &mut diagnosis);
            }
            let row = Check { status: Some(probed.status.as_u16()), ..row };
            match judge(tool, client, request, &probed, true) {
                None => diagnosis.check(row),
                Some(problem) => diagnosis.problem(row, problem),
            }
        }
    }
    diagnosis.finish()
}

fn date_of(probed: &Probed) -> Option<jiff::Timestamp> {
    let text = probed.headers.get(http::header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
}

/// The problem of an answer. None for a good one.
fn judge(
    tool: &ExaminedTool<'_>,
    client: &JsonClient,
    request: &JsonRequest,
    probed: &Probed,
    is_needed: bool,
) -> Option<Problem> {
    let title = tool.vendor.title();
    let (error, missing, summary) = match probed.status {
        status if status.is_success() => return None,
        StatusCode::UNAUTHORIZED => {
            (ErrorName::InvalidCredentials, MissingRequirement::Credential, format!("{title} does not accept the key"))
        }
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            (ErrorName::InvalidPermissions, MissingRequirement::Permission, format!("the key may not read this of {title}"))
        }
        StatusCode::TOO_MANY_REQUESTS => {
            (ErrorName::RateLimited, MissingRequirement::Patience, format!("{title}: the rate limit is used up"))
        }
        status if status.is_server_error() => {
            (ErrorName::InternalError, MissingRequirement::Patience, format!("{title} has a server error"))
        }
        status => (
            ErrorName::InternalError,
            MissingRequirement::Resource,
            format!("{title} answered {}, which it does not document", status.as_u16()),
        ),
    };
    let is_of_key = matches!(error, ErrorName::InvalidCredentials | ErrorName::InvalidPermissions);
    Some(Problem {
        said: (!probed.message.is_empty()).then(|| probed.message.clone()),
        page: is_of_key.then(|| tool.page.to_owned()),
        curl: Some(curl(tool, client, request)),
        is_needed,
        ..Problem::new(error, missing, summary, (tool.remedy)(probed.status))
    })
}

fn unreachable(tool: &ExaminedTool<'_>, error: &JsonClientError, is_needed: bool) -> Problem {
    let (missing, summary, remedy) = match error {
        JsonClientError::Transport { source, .. } if source.kind == TransportErrorKind::Certificate => {
            (MissingRequirement::Certificate, "the certificate is not trusted", CERTIFICATE_HELP)
        }
        JsonClientError::Transport { source, .. } if source.kind == TransportErrorKind::Connect => (
            MissingRequirement::Connection,
            "there is no connection",
            "check the address, the network, and HTTPS_PROXY and NO_PROXY where there is a proxy",
        ),
        _ => (
            MissingRequirement::Connection,
            "no complete answer arrives",
            "try again; if it persists, look at the proxy or the firewall in between",
        ),
    };
    let summary = format!("{}: {summary}", tool.vendor.title());
    Problem { said: Some(error.to_string()), is_needed, ..Problem::new(ErrorName::Unreachable, missing, summary, remedy) }
}

/// Command for the same request in a terminal.
fn curl(tool: &ExaminedTool<'_>, client: &JsonClient, request: &JsonRequest) -> String {
    let address = format!("{}{}", client.base_url(), request.path);
    match &request.body {
        None => format!("{} '{address}'", tool.curl),
        Some(body) => format!("{} -H 'content-type: application/json' -d '{body}' '{address}'", tool.curl),
    }
}
