//! Checks of GitHub: credential, organizations, and each needed request.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::diagnosis::{DiagnosisBuilder, check};
use super::endpoint::{ExaminedEndpoint, endpoints};
use super::judge::{RequestContext, judge, judge_error};
use super::pages::Pages;
use super::{Examination, ExaminedSource};
use crate::door::clock::Clock;
use crate::github::selection::{is_pattern, matches};
use crate::github::{CredentialKind, GitHubError, Listing, Probe};
use crate::kind::catalogue::Answer;
use crate::kind::{Kind, Right, Vendor};
use crate::model::day::Day;
use crate::model::diagnosis::{Check, CheckResult, Diagnosis, ErrorName, MissingRequirement, Problem};
use crate::model::slice::SliceEnd;

/// Organizations that are checked. More of them rarely show more, and each takes several requests.
const ORGANIZATIONS_AT_MOST: usize = 20;

/// Days until the reports of a day certainly exist.
const REPORT_DELAY_DAYS: i32 = 4;

/// Allowed difference of two clocks. An App's JWT is backdated by a minute.
const CLOCKS_MAY_DIFFER_BY: SignedDuration = SignedDuration::from_secs(45);

/// State of the checks of one host.
pub(super) struct HostCheck<'a> {
    examination: &'a Examination<'a>,
    source: &'a ExaminedSource<'a>,
    pages: Pages,
    kind: CredentialKind,
    is_server: bool,
    /// GitHub has reported a rate limit. Further requests would extend it.
    is_limited: bool,
}

/// Checks GitHub for these kinds.
pub(super) async fn check_hosts(examination: &Examination<'_>, kinds: &[&'static Kind], diagnosis: &mut DiagnosisBuilder) {
    let has_enterprise = examination.sources.iter().any(|source| !source.enterprises.is_empty());
    let has_organizations = examination.sources.iter().any(wants_organizations);
    let of_github: Vec<&'static Kind> = kinds.iter().copied().filter(|kind| kind.vendor() == Vendor::GitHub).collect();
    let endpoints = endpoints(&of_github, has_enterprise, examination.all);
    let (of_enterprise, of_organization): (Vec<_>, Vec<_>) =
        endpoints.into_iter().partition(|examined| examined.endpoint.is_enterprise());
    for (number, source) in examination.sources.iter().enumerate() {
        let address = match source.label {
            label if source.address.ends_with(label) => source.address.to_owned(),
            label => format!("{}, {label}", source.address),
        };
        diagnosis.enter("GitHub", &address);
        let kind = source.github.credential().kind();
        let pages = Pages::of(source.address);
        let mut host_check = HostCheck { examination, source, pages, kind, is_server: false, is_limited: false };
        if !host_check.credential(diagnosis).await {
            continue;
        }
        let names = needed_by(&of_organization).join(", ");
        if wants_organizations(source) && !of_organization.is_empty() {
            for login in host_check.organizations(diagnosis).await {
                host_check.owner(&login, &of_organization, diagnosis).await;
            }
        } else if !has_organizations && !names.is_empty() {
            diagnosis.fact("skipped", format!("{names}: only an enterprise is named; name organizations, too, to read both"));
        }
        for slug in source.enterprises {
            host_check.owner(slug, &of_enterprise, diagnosis).await;
        }
        let kinds = needed_by(&of_enterprise);
        if number == 0 && !has_enterprise && !kinds.is_empty() {
            let names = kinds.join(", ");
            let problem = no_enterprise(&names);
            diagnosis.problem(Check { kinds, ..check("", "the enterprise's name", names) }, problem);
        }
    }
}

/// Checks one request to GitHub, judged as doctor judges its own. Sends nothing else.
pub async fn examine_path(source: &ExaminedSource<'_>, path: &str, clock: &Clock) -> Diagnosis {
    let mut diagnosis = DiagnosisBuilder::default();
    diagnosis.enter("GitHub", source.address);
    let kind = source.github.credential().kind();
    diagnosis.fact(
        "asked with",
        match source.credential_source {
            Some(variable) => format!("{} ({variable})", kind.words()),
            None => kind.words().to_owned(),
        },
    );
    let pages = Pages::of(source.address);
    let (owner, is_enterprise) = owner_of(path);
    let right = match () {
        () if path.contains("/copilot/metrics") => Right::UsageMetrics,
        () if path.contains("/copilot/billing") || path.ends_with("/copilot") => Right::Seats,
        () if path.contains("/settings/billing") => Right::Billing,
        () if path.contains("/teams") || path.contains("/members") => Right::Teams,
        () => Right::Profile,
    };
    let about = RequestContext { owner, is_enterprise, right, kind, pages: &pages, is_needed: true, is_server: false };
    let without_query = path.split('?').next().unwrap_or_default();
    let row = check(owner, format!("GET {without_query}"), "this request");
    match source.github.probe(path).await {
        Err(error) => diagnosis.problem(row, judge_error(&error, &about)),
        Ok(probe) => {
            if let Some(scopes) = &probe.scopes {
                diagnosis.fact("scopes", if scopes.is_empty() { "none".to_owned() } else { scopes.join(", ") });
            }
            if let Some(date) = probe.date {
                self::clock(date, clock.now(), "GitHub", &mut diagnosis);
            }
            let row = Check { status: Some(probe.status.as_u16()), ..row };
            match judge(&probe, &about) {
                Ok(note) => diagnosis.check(Check { note, ..row }),
                Err(problem) => diagnosis.problem(row, *problem),
            }
        }
    }
    diagnosis.finish()
}

/// The organization or enterprise of a path, and whether it is an enterprise. Empty for a path without one.
fn owner_of(path: &str) -> (&str, bool) {
    let mut segments = path.trim_start_matches('/').split(['/', '?']);
    match (segments.next(), segments.next()) {
        (Some("orgs" | "organizations"), Some(owner)) => (owner, false),
        (Some("enterprises"), Some(owner)) => (owner, true),
        _ => ("", false),
    }
}

/// As in Ocean, organizations are read where one is named or no enterprise is.
pub(super) fn wants_organizations(source: &ExaminedSource<'_>) -> bool {
    source.enterprises.is_empty() || !source.organizations.is_empty()
}

/// The kinds that need any of them, each once.
fn needed_by(endpoints: &[ExaminedEndpoint]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in endpoints.iter().flat_map(|endpoint| &endpoint.needed_by) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn no_enterprise(kinds: &str) -> Problem {
    Problem::of_setting(
        format!("the mapping reads {kinds}, but no enterprise is named"),
        "set OCEAN__INTEGRATION__CONFIG__GITHUB_ENTERPRISE_NAME to its slug, or remove the kind from the mapping",
    )
}

impl<'a> HostCheck<'a> {
    fn about<'b>(&'b self, owner: &'b str, is_enterprise: bool, right: Right) -> RequestContext<'b> {
        RequestContext {
            owner,
            is_enterprise,
            right,
            kind: self.kind,
            pages: &self.pages,
            is_needed: true,
            is_server: self.is_server,
        }
    }

    /// Checks the credential. False when no other check can pass.
    async fn credential(&mut self, diagnosis: &mut DiagnosisBuilder) -> bool {
        let path = match self.kind {
            CredentialKind::App => "/app",
            CredentialKind::Installation => "/rate_limit",
            _ => "/user",
        };
        let github = self.source.github;
        let asked_with = match self.source.credential_source {
            Some(source) => format!("{} ({source})", self.kind.words()),
            None => self.kind.words().to_owned(),
        };
        diagnosis.fact("asked with", asked_with);
        if let Some(proxy) = self.examination.proxy {
            diagnosis.fact("through", format!("the proxy {proxy}"));
        }
        let row = check("", format!("GET {path}"), "the credential");
        let probe = match github.probe(path).await {
            Ok(probe) => probe,
            Err(error) => {
                diagnosis.problem(row, judge_error(&error, &self.about("", false, Right::Profile)));
                return false;
            }
        };
        self.report(&probe, diagnosis);
        let row = Check { status: Some(probe.status.as_u16()), note: owner_of_credential(&probe), ..row };
        match judge(&probe, &self.about("", false, Right::Profile)) {
            Ok(_) => diagnosis.check(row),
            Err(problem) => {
                let goes_on = probe.status == StatusCode::FORBIDDEN;
                diagnosis.problem(row, *problem);
                return goes_on;
            }
        }
        true
    }

    /// Reports other facts of the first answer.
    fn report(&mut self, probe: &Probe, diagnosis: &mut DiagnosisBuilder) {
        let now = self.examination.clock.now();
        if let Some(scopes) = &probe.scopes {
            diagnosis.fact("scopes", if scopes.is_empty() { "none".to_owned() } else { scopes.join(", ") });
        }
        if let Some(expires) = self.source.github.token_expires() {
            diagnosis.fact("expires", expiry(expires, now));
        }
        if let Some(version) = &probe.server_version {
            self.is_server = true;
            diagnosis.fact("server", format!("GitHub Enterprise Server {version}, which has no Copilot API"));
        }
        if let Some(date) = probe.date {
            clock(date, now, "GitHub", diagnosis);
        }
    }

    /// Logins of the organizations to check.
    async fn organizations(&mut self, diagnosis: &mut DiagnosisBuilder) -> Vec<String> {
        let ExaminedSource { github, organizations, selection, .. } = self.source;
        let (patterns, names): (Vec<&String>, Vec<&String>) = organizations.iter().partition(|name| is_pattern(name));
        let names: Vec<String> = names.into_iter().filter(|name| selection.has_organization(name)).cloned().collect();
        if !organizations.is_empty() && patterns.is_empty() {
            return self.shortened(names, diagnosis);
        }
        let subject = if self.kind == CredentialKind::App { "GET /app/installations" } else { "GET /user/orgs" };
        let row = check("", subject, "the organizations");
        let listing = match self.kind {
            CredentialKind::App => github.seen_organizations().await.map(Some),
            _ => self.listed(&row, diagnosis).await,
        };
        let listing = match listing {
            Ok(Some(listing)) => listing,
            Ok(None) => return Vec::new(),
            Err(error) => {
                diagnosis.problem(row, judge_error(&error, &self.about("", false, Right::Profile)));
                return Vec::new();
            }
        };
        let login = |organization: &Value| organization.get("login").and_then(Value::as_str).map(str::to_owned);
        let mut logins: Vec<String> = listing.objects.iter().filter_map(login).collect();
        // Named organizations that cannot be read are checked too, to show their answers.
        logins.extend(listing.failed.iter().map(|(login, _)| login.clone()));
        let row = Check { status: Some(200), note: Some(format!("{} seen", logins.len())), ..row };
        match listing.end {
            SliceEnd::Complete => diagnosis.check(row),
            end => diagnosis.problem(row, self.unlisted(&end, !listing.is_of_nobody)),
        }
        let fits = |login: &String| patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern, login));
        logins.retain(|login| fits(login) && selection.has_organization(login) && !names.contains(login));
        self.shortened([names, logins].concat(), diagnosis)
    }

    /// Lists organizations, after a first request without retries.
    async fn listed(&mut self, row: &Check, diagnosis: &mut DiagnosisBuilder) -> Result<Option<Listing>, GitHubError> {
        let probe = self.source.github.probe("/user/orgs?per_page=1").await?;
        if let Err(problem) = judge(&probe, &self.about("", false, Right::Profile)) {
            diagnosis.problem(Check { status: Some(probe.status.as_u16()), ..row.clone() }, *problem);
            return Ok(None);
        }
        self.source.github.seen_organizations().await.map(Some)
    }

    /// Problem of a list that may be incomplete. `is_partial` when GitHub says so and the list is not just empty.
    fn unlisted(&self, end: &SliceEnd, is_partial: bool) -> Problem {
        let (missing, summary) = match (end, self.kind) {
            (_, CredentialKind::App) => {
                (MissingRequirement::Installation, "the GitHub App is installed in no organization".to_owned())
            }
            (
                SliceEnd::Forbidden { reason, .. },
                CredentialKind::Classic | CredentialKind::SignedIn | CredentialKind::Unknown,
            ) if is_partial => (MissingRequirement::SingleSignOn, reason.clone()),
            (SliceEnd::Forbidden { reason, .. }, _) => (MissingRequirement::Organizations, reason.clone()),
            _ => (MissingRequirement::Organizations, "the token's owner belongs to no organization".to_owned()),
        };
        let remedy = match missing {
            MissingRequirement::Organizations => {
                let name = "name the organizations: OCEAN__INTEGRATION__CONFIG__GITHUB_ORGANIZATIONS=acme,other, or --org acme";
                match (end, self.kind) {
                    (SliceEnd::Forbidden { .. }, CredentialKind::FineGrained | CredentialKind::Installation) => name.to_owned(),
                    (SliceEnd::Forbidden { .. }, _) => {
                        format!("{name}; or give the token the scope `read:org`, and authorize it for their single sign-on")
                    }
                    _ => name.to_owned(),
                }
            }
            MissingRequirement::Installation => {
                "install the App in the organizations, in its settings under \"Install App\"".to_owned()
            }
            _ => end.remedy().unwrap_or("name the organizations in the settings").to_owned(),
        };
        let page = (missing != MissingRequirement::Organizations).then(|| self.pages.tokens(self.kind));
        Problem { page, ..Problem::new(ErrorName::InvalidPermissions, missing, summary, remedy) }
    }

    fn shortened(&self, mut logins: Vec<String>, diagnosis: &mut DiagnosisBuilder) -> Vec<String> {
        if logins.len() > ORGANIZATIONS_AT_MOST {
            diagnosis.fact(
                "looked at",
                format!("the first {ORGANIZATIONS_AT_MOST} of {} organizations; --org names others", logins.len()),
            );
            logins.truncate(ORGANIZATIONS_AT_MOST);
        }
        logins
    }

    /// Checks the endpoints of one owner.
    async fn owner(&mut self, owner: &str, endpoints: &[ExaminedEndpoint], diagnosis: &mut DiagnosisBuilder) {
        let day = Day::of(self.examination.clock.now()).plus_days(-REPORT_DELAY_DAYS);
        let mut is_absent = false;
        for examined in endpoints {
            let (endpoint, needed_by) = (&examined.endpoint, &examined.needed_by);
            let what_for = match endpoint.right {
                right @ (Right::Profile | Right::Teams) => right.words().to_owned(),
                right if needed_by.is_empty() => right.words().to_owned(),
                _ => needed_by.join(", "),
            };
            let path = examined.fill(owner, day);
            let row = check(owner, format!("GET {path}"), what_for);
            let row = Check { is_needed: !needed_by.is_empty(), kinds: needed_by.clone(), ..row };
            let skipped = match () {
                () if self.is_limited => Some("the rate limit is used up"),
                () if is_absent => Some("see above"),
                () => None,
            };
            if let Some(reason) = skipped {
                diagnosis.check(Check { result: CheckResult::Skipped, note: Some(reason.to_owned()), ..row });
                continue;
            }
            let about =
                RequestContext { is_needed: row.is_needed, ..self.about(owner, endpoint.is_enterprise(), endpoint.right) };
            let probe = match self.source.github.probe(&path).await {
                Ok(probe) => probe,
                Err(error) => {
                    let problem = judge_error(&error, &about);
                    // An App that is not installed there gets no data at all.
                    is_absent = matches!(error, GitHubError::Installation { .. } | GitHubError::Refused(_));
                    diagnosis.problem(row, problem);
                    continue;
                }
            };
            let row = Check { status: Some(probe.status.as_u16()), ..row };
            match judge(&probe, &about) {
                Ok(note) => diagnosis.check(Check { note, ..row }),
                Err(problem) => {
                    let is_limited = problem.error == ErrorName::RateLimited;
                    // The request for the organization itself, and not that for its repositories, which takes the same right.
                    let is_of_itself = endpoint.right == Right::Profile && endpoint.answer == Answer::One;
                    is_absent = is_of_itself && problem.error != ErrorName::InternalError;
                    diagnosis.problem(row, *problem);
                    self.is_limited |= is_limited;
                }
            }
        }
    }
}

/// Owner of the credential, as far as the answer names it.
fn owner_of_credential(probe: &Probe) -> Option<String> {
    let value: Value = serde_json::from_slice(&probe.body).ok()?;
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    text("login").map(|login| format!("of `{login}`")).or_else(|| text("slug").map(|slug| format!("the App `{slug}`")))
}

fn expiry(expires: Timestamp, now: Timestamp) -> String {
    let days = expires.duration_since(now).as_hours() / 24;
    let day = expires.strftime("%Y-%m-%d %H:%M UTC");
    match days {
        ..0 => format!("{day}, which has passed"),
        0 => format!("{day}, within a day: make a new token now"),
        1..=14 => format!("{day}, in {days} days: make a new token soon"),
        _ => format!("{day}, in {days} days"),
    }
}

/// Compares two clocks.
pub(super) fn clock(theirs: Timestamp, ours: Timestamp, whose: &str, diagnosis: &mut DiagnosisBuilder) {
    let ahead = ours.duration_since(theirs);
    if ahead.abs() <= CLOCKS_MAY_DIFFER_BY {
        // The header has whole seconds.
        diagnosis.fact("clock", "agrees with this machine's");
        return;
    }
    let seconds = ahead.abs().as_secs();
    let direction = if ahead.is_positive() { "ahead of" } else { "behind" };
    let summary = format!("this machine's clock is {seconds} s {direction} {whose}'s");
    let remedy = "synchronize the clock with a time server: tokens, signatures and waits depend on it";
    let problem = Problem::new(ErrorName::ClockSkew, MissingRequirement::Clock, summary, remedy);
    diagnosis.problem(check("", "the clock", "signatures and waits"), problem);
}
