//! Diagnosis of the access to GitHub and the catalog: checks, problems and remedies. It comes from requests that change nothing.

use serde::Serialize;

/// Result of all checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Overall result.
    pub verdict: DiagnosisResult,
    /// GitHub hosts, then the catalog.
    pub places: Vec<CheckedServer>,
    /// Problems without repetition, in the order in which they were found. Checks refer to them by number, counted from 1.
    pub problems: Vec<Problem>,
}

/// Overall result of a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DiagnosisResult {
    /// Everything that the mapping needs works.
    Well,
    /// Something that the mapping needs does not work.
    Missing,
    /// GitHub or the catalog did not answer at all.
    Unreachable,
}

/// One server with its facts and its checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedServer {
    /// `GitHub` or `catalog`.
    pub name: &'static str,
    /// Base address.
    pub address: String,
    /// Facts that need no check, such as the plan or the version.
    pub facts: Vec<Fact>,
    /// Checks in the order in which they were made.
    pub checks: Vec<Check>,
}

/// A fact about a server or the credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Name, one or two words.
    pub name: &'static str,
    /// Value as text.
    pub value: String,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Scope: an organization's login or an enterprise's slug; empty when the check concerns no scope.
    pub scope: String,
    /// Subject of the check: `GET /orgs/acme`, or ``blueprint `usage` ``.
    pub subject: String,
    /// Use of what is checked, in words.
    pub gives: String,
    /// The kinds of the mapping that need it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Set if the mapping needs it.
    pub is_needed: bool,
    /// Result of this check.
    pub result: CheckResult,
    /// HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Further detail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Numbers of its problems in [`Diagnosis::problems`], counted from 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<usize>,
}

/// Result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// It works.
    Works,
    /// It does not work.
    Missing,
    /// The server did not answer.
    Unreachable,
    /// It was not checked, because another problem must be fixed first.
    Skipped,
}

/// A problem that the user can fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Name for programs.
    pub error: ErrorName,
    /// Missing requirement, as far as the answer shows it.
    pub missing: MissingRequirement,
    /// Scope, as in [`Check::scope`].
    pub scope: String,
    /// Problem in one line.
    pub summary: String,
    /// Message of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// Path in the mapping, when the mapping causes the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Remedy.
    pub remedy: String,
    /// Address of the page on which the remedy is carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// A curl command that reproduces the answer; the credential in it is a variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curl: Option<String>,
    /// Set if the mapping needs what fails.
    pub is_needed: bool,
}

impl Problem {
    /// A problem of what the mapping needs, of no scope of its own. Other fields are set where there is more.
    pub fn new(error: ErrorName, missing: MissingRequirement, summary: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            error,
            missing,
            scope: String::new(),
            summary: summary.into(),
            said: None,
            place: None,
            remedy: remedy.into(),
            page: None,
            curl: None,
            is_needed: true,
        }
    }

    /// A setting, or the mapping, that cannot be used as it is.
    pub fn of_setting(summary: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(ErrorName::InvalidSettings, MissingRequirement::Setting, summary, remedy)
    }
}

/// Names of errors, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorName {
    /// The server rejects the credential.
    InvalidCredentials,
    /// The credential is valid but lacks a right.
    InvalidPermissions,
    /// The resource does not exist, or the credential may not see it.
    NoResource,
    /// This server does not have the endpoint.
    Unsupported,
    /// The catalog's blueprints do not fit the mapping.
    InvalidBlueprint,
    /// A setting is invalid.
    InvalidSettings,
    /// The rate limit is reached.
    RateLimited,
    /// The server failed.
    InternalError,
    /// The server did not answer.
    Unreachable,
    /// This machine's clock is wrong.
    ClockSkew,
}

impl ErrorName {
    /// Name for programs, in snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "invalid_credentials",
            Self::InvalidPermissions => "invalid_permissions",
            Self::NoResource => "no_resource",
            Self::Unsupported => "unsupported",
            Self::InvalidBlueprint => "invalid_blueprint",
            Self::InvalidSettings => "invalid_settings",
            Self::RateLimited => "rate_limited",
            Self::InternalError => "internal_error",
            Self::Unreachable => "unreachable",
            Self::ClockSkew => "clock_skew",
        }
    }
}

/// Missing requirement behind a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingRequirement {
    /// A valid credential.
    Credential,
    /// The policy "Copilot usage metrics".
    Policy,
    /// A scope of a classic token.
    Scope,
    /// A permission of a fine-grained token or of an App.
    Permission,
    /// A role of the token's owner.
    Role,
    /// Authorization for single sign-on.
    SingleSignOn,
    /// An address on the IP allow list.
    IpAllowList,
    /// An installation of the App in the organization or enterprise.
    Installation,
    /// A credential of another type.
    CredentialKind,
    /// Names of organizations in the settings.
    Organizations,
    /// The resource that was requested.
    Resource,
    /// A blueprint.
    Blueprint,
    /// A property or relation of a blueprint.
    Property,
    /// A network connection.
    Connection,
    /// Trust in the server's certificate.
    Certificate,
    /// Nothing but time: the same request may succeed later.
    Patience,
    /// A correct clock on this machine.
    Clock,
    /// A setting.
    Setting,
}
