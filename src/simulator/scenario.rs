//! Named presets of faults, for rehearsals: what a resync says on the day that GitHub refuses, limits or fails.

use super::access::{Access, TokenRights};
use super::faults::{Faults, NoReport, Rule};
use super::{Simulator, access};
use crate::door::clock::Clock;

/// Preset of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// The credential lists organizations and teams, and may not read metrics.
    Forbidden,
    /// The credential has expired.
    ExpiredToken,
    /// The first organization asks for single sign-on.
    SingleSignOn,
    /// Few requests are answered in each window of time.
    RateLimit,
    /// No report exists yet.
    NoReport,
    /// Some answers fail, break or are slow.
    Flaky,
    /// Every answer is a failure.
    Outage,
}

/// Requests that the scenario `rate-limit` answers in a window. A resync of one small organization needs more.
const LIMITED_REQUESTS: u64 = 20;
/// Seconds of a window of the scenario `rate-limit`. GitHub's are an hour, for which nobody rehearses.
const LIMITED_SECONDS: i64 = 10;
/// Milliseconds by which the scenario `flaky` delays an answer.
const SLOW_MS: u64 = 1_500;
/// Bytes after which the scenario `flaky` cuts an answer: within the shortest one.
const CUT_BYTES: u64 = 20;

impl Scenario {
    /// All of them, in the order in which help and pages list them.
    pub const ALL: [Self; 7] =
        [Self::Forbidden, Self::ExpiredToken, Self::SingleSignOn, Self::RateLimit, Self::NoReport, Self::Flaky, Self::Outage];

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::ExpiredToken => "expired-token",
            Self::SingleSignOn => "sso",
            Self::RateLimit => "rate-limit",
            Self::NoReport => "no-report",
            Self::Flaky => "flaky",
            Self::Outage => "outage",
        }
    }

    /// Description, as one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::Forbidden => "the credential may list organizations, but not read metrics (403)",
            Self::ExpiredToken => "the credential has expired (401)",
            Self::SingleSignOn => "the first organization asks for single sign-on (403)",
            Self::RateLimit => "20 requests in 10 seconds are answered, further ones are refused (403)",
            Self::NoReport => "no report exists yet (204)",
            Self::Flaky => "some answers fail (502), break off or are slow",
            Self::Outage => "every answer is a failure (503)",
        }
    }

    /// Scenario of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scenario| scenario.name() == name)
    }

    fn rules(self) -> Vec<Rule> {
        match self {
            Self::Forbidden | Self::SingleSignOn | Self::RateLimit => Vec::new(),
            Self::ExpiredToken => vec![Rule::at("*").error(401, "Bad credentials")],
            Self::NoReport => vec![Rule::at("*/copilot/metrics/reports/*").no_report(NoReport::NoContent)],
            Self::Flaky => vec![
                Rule::at("*").every(5).error(502, "Server Error"),
                Rule::at("*").every(7).cut_after_bytes(CUT_BYTES),
                Rule::at("*").every(11).delay_ms(SLOW_MS),
            ],
            Self::Outage => vec![Rule::at("*").error(503, "Service Unavailable")],
        }
    }

    /// Rights of every credential. None: all rights.
    fn rights(self, first_organization: Option<String>) -> Option<TokenRights> {
        let classic = |is_owner, sso_required| TokenRights::Classic {
            scopes: access::ALL_SCOPES.split(", ").map(str::to_owned).collect(),
            is_owner,
            sso_required,
        };
        match self {
            Self::Forbidden => Some(classic(false, Vec::new())),
            Self::SingleSignOn => Some(classic(true, first_organization.into_iter().collect())),
            _ => None,
        }
    }
}

impl Simulator {
    /// Adds the faults of a scenario. The clock measures the windows of a limit, and links expire by it.
    #[must_use]
    pub fn with_scenario(mut self, scenario: Scenario, clock: Clock) -> Self {
        self.scenario_faults = Faults::new(scenario.rules());
        let first = self.server.world.organizations().first().map(|organization| organization.login.clone());
        if let Some(rights) = scenario.rights(first) {
            self = self.with_access(Access { others: Some(rights), ..Access::default() });
        }
        match scenario {
            Scenario::RateLimit => self.with_clock(clock).with_rate_limit_of(LIMITED_REQUESTS, LIMITED_SECONDS),
            _ => self,
        }
    }
}
