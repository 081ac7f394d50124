//! What works, what is missing, and what to do about it: the nouns of a look at GitHub and the catalog that changes nothing.

use serde::Serialize;

/// What was found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// What follows from it.
    pub verdict: Verdict,
    /// GitHub, then the catalog.
    pub places: Vec<Place>,
    /// What to mend, each once, in the order in which it was met. Checks refer to it by number, counted from 1.
    pub problems: Vec<Problem>,
}

/// What follows from a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All that the mapping needs works.
    Well,
    /// Something that the mapping needs does not.
    Missing,
    /// GitHub or the catalog gave no answer at all, so nothing can be done.
    Unreachable,
}

/// A server, what it says of itself and us, and what was tried there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// `GitHub` or `catalog`.
    pub name: &'static str,
    /// Where it is.
    pub address: String,
    /// What is known without trying: name and value.
    pub facts: Vec<Fact>,
    /// What was tried.
    pub checks: Vec<Check>,
}

/// Something that is good to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What, in a word or two.
    pub name: &'static str,
    /// The value, in words.
    pub value: String,
}

/// Something that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Whom it is about: an organization's login, an enterprise's slug; empty when it is about nobody in particular.
    pub scope: String,
    /// What was tried: `GET /orgs/acme`, or ``blueprint `usage` ``.
    pub subject: String,
    /// What it is good for: kinds of the mapping, or what is read.
    pub gives: String,
    /// Whether the mapping needs it.
    pub is_needed: bool,
    /// How it went.
    pub result: CheckResult,
    /// The status that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Numbers of the problems that it met, counted from 1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<usize>,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// It works.
    Works,
    /// It does not.
    Missing,
    /// There was no answer.
    Unreachable,
    /// It was not tried, because something else has to be mended first.
    Skipped,
}

/// Something to mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A name for programs.
    pub error: ErrorName,
    /// What is missing, as far as the answer tells.
    pub missing: Missing,
    /// Whom it is about, as in [`Check::scope`].
    pub scope: String,
    /// What is the matter, in one line.
    pub summary: String,
    /// What the server said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
    /// Where in the mapping it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// What to do.
    pub remedy: String,
    /// The page where that is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// A command that shows the same; the credential is a variable in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub curl: Option<String>,
    /// Whether the mapping needs what it concerns.
    pub is_needed: bool,
}

/// Names of errors, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorName {
    /// The credential is not accepted.
    InvalidCredentials,
    /// It is, and may not do this.
    InvalidPermissions,
    /// There is no such thing, or none that the credential may see.
    NoResource,
    /// This server does not have it.
    Unsupported,
    /// The catalog's blueprints do not fit the mapping.
    InvalidBlueprint,
    /// A setting cannot be used.
    InvalidSettings,
    /// Too many requests for now.
    RateLimited,
    /// The server is not well.
    InternalError,
    /// No answer.
    Unreachable,
    /// This machine's clock is wrong.
    ClockSkew,
}

impl ErrorName {
    /// The name, as programs read it.
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

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// A credential that is accepted.
    Credential,
    /// The policy "Copilot usage metrics".
    Policy,
    /// A scope of a classic token.
    Scope,
    /// A permission of a fine-grained token or an App.
    Permission,
    /// A role of the token's owner.
    Role,
    /// Authorization for single sign-on.
    SingleSignOn,
    /// An address on the IP allow list.
    IpAllowList,
    /// The App's installation there.
    Installation,
    /// Another kind of credential.
    CredentialKind,
    /// Names of organizations in the settings.
    Organizations,
    /// The thing itself.
    Resource,
    /// A blueprint.
    Blueprint,
    /// A property or relation of a blueprint.
    Property,
    /// A connection.
    Connection,
    /// Trust in the server's certificate.
    Certificate,
    /// Time, or luck.
    Patience,
    /// The right time.
    Clock,
    /// A setting.
    Setting,
}
