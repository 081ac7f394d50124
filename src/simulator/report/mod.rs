//! Reports: their subjects, their division into files, and their lines, written on request.
//!
//! | report | one line is | file |
//! | --- | --- | --- |
//! | organization, enterprise | a day; in a 28-day report all its days | [`day_sum`], [`window`], [`day_row`] |
//! | users | a person's day | [`user_row`], [`user_lines`] |
//! | user-teams | a person in a team on a day | [`user_teams`] |
//! | repos | a repository's day | [`repository`], [`repository_row`] |
//! | legacy days until 2026-04-02 | a day | [`legacy`], [`legacy_sum`] |

mod day_row;
mod day_rows;
mod day_sum;
pub(super) mod legacy;
mod legacy_sum;
mod repository;
mod repository_row;
mod text;
mod user_lines;
mod user_row;
mod user_teams;
mod window;

use bytes::Bytes;

use crate::model::day::Day;

use super::calendar::{CalendarDay, since};
use super::world::{PersonKey, Team, World, WorldOrganization};
use text::{Text, word};

/// Days in the window of a 28-day report.
pub(super) const WINDOW_DAYS: i32 = 28;
/// Approximate bytes of a piece of a file.
const CHUNK_BYTES: usize = 64 * 1024;

/// Pieces of a file. An empty one yields to other tasks after some work.
pub(super) type FileChunks = Box<dyn Iterator<Item = Bytes> + Send>;

/// Scope of a report: one organization, or the enterprise.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) world: World,
    /// Position among the organizations. None for the enterprise.
    pub(super) organization: Option<usize>,
}

impl Scope {
    pub(super) fn of_organization(world: &World, login: &str) -> Option<Self> {
        let mut organizations = world.organizations().iter();
        let position = organizations.position(|organization| organization.login.eq_ignore_ascii_case(login))?;
        Some(Self { world: world.clone(), organization: Some(position) })
    }

    pub(super) fn of_enterprise(world: &World, slug: &str) -> Option<Self> {
        world.enterprise().slug.eq_ignore_ascii_case(slug).then(|| Self { world: world.clone(), organization: None })
    }

    pub(super) fn organizations(&self) -> &[WorldOrganization] {
        match self.organization {
            Some(position) => &self.world.organizations()[position..=position],
            None => self.world.organizations(),
        }
    }

    /// People with a record on each day.
    fn reported(&self) -> &[PersonKey] {
        match self.organization {
            Some(position) => &self.world.organizations()[position].reported,
            None => &self.world.enterprise().reported,
        }
    }

    pub(super) fn teams(&self) -> &[Team] {
        match self.organization {
            Some(position) => &self.world.organizations()[position].teams,
            None => &self.world.enterprise().teams,
        }
    }

    /// Folder of its reports on the host of signed links.
    fn folder(&self) -> String {
        match self.organization {
            Some(position) => self.world.organizations()[position].login.clone(),
            None => format!("enterprises/{}", self.world.enterprise().slug),
        }
    }

    /// Appends the identifiers that each record carries. They are strings here, although REST has numbers.
    fn identifiers(&self, out: &mut Text) {
        word(out, "enterprise_id", &self.world.enterprise().id.to_string());
        self.organization_identifier(out);
    }

    fn organization_identifier(&self, out: &mut Text) {
        if let Some(position) = self.organization {
            word(out, "organization_id", &self.world.organizations()[position].id.to_string());
        }
    }
}

/// Subject of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportSubject {
    /// Organization or enterprise as a whole.
    Whole,
    Users,
    UserTeams,
    Repositories,
}

/// Days of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Day(Day),
    Latest { first: Day, last: Day },
}

#[derive(Clone, Debug)]
pub(super) struct RequestedReport {
    pub(super) scope: Scope,
    pub(super) subject: ReportSubject,
    pub(super) span: Span,
}

impl RequestedReport {
    /// Report of the last 28 days.
    pub(super) fn latest(scope: Scope, subject: ReportSubject) -> Self {
        let last = scope.world.options().until;
        Self { scope, subject, span: Span::Latest { first: last.plus_days(1 - WINDOW_DAYS), last } }
    }

    /// Report of a file, by the parts of the address that [`RequestedReport::file`] makes.
    pub(super) fn at(scope: Scope, name: &str, span: &str) -> Option<Self> {
        let (subject, latest) = match name.strip_suffix("-1-day") {
            Some(subject) => (subject, false),
            None => (name.strip_suffix("-28-day")?, true),
        };
        let subject = match subject {
            "organization" if scope.organization.is_some() => ReportSubject::Whole,
            "enterprise" if scope.organization.is_none() => ReportSubject::Whole,
            "users" => ReportSubject::Users,
            "user-teams" if !latest => ReportSubject::UserTeams,
            "repos" if !latest => ReportSubject::Repositories,
            _ => return None,
        };
        let report = match latest {
            true => Self::latest(scope, subject),
            false => Self { scope, subject, span: Span::Day(span.parse().ok()?) },
        };
        (report.folder_of_span() == span).then_some(report)
    }

    /// Path of a file of the report, counted from 1.
    pub(super) fn file(&self, part: u64) -> String {
        let folder = self.scope.folder();
        let subject = match (self.subject, self.scope.organization) {
            (ReportSubject::Whole, Some(_)) => "organization",
            (ReportSubject::Whole, None) => "enterprise",
            (ReportSubject::Users, _) => "users",
            (ReportSubject::UserTeams, _) => "user-teams",
            (ReportSubject::Repositories, _) => "repos",
        };
        let days = if matches!(self.span, Span::Day(_)) { 1 } else { WINDOW_DAYS };
        format!("/reports/{folder}/{subject}-{days}-day/{}/part-{part:04}.ndjson", self.folder_of_span())
    }

    fn folder_of_span(&self) -> String {
        match self.span {
            Span::Day(day) => day.to_string(),
            Span::Latest { first, last } => format!("{first}..{last}"),
        }
    }

    /// Checks whether GitHub has such a report: one of its days is in the world and in GitHub's reports, and it has a row.
    /// GitHub answers a report without rows by a status, not with an empty file.
    pub(super) fn exists(&self) -> bool {
        self.days().is_some() && self.has_rows()
    }

    fn has_rows(&self) -> bool {
        match self.subject {
            ReportSubject::Whole => true,
            ReportSubject::Users => !self.scope.reported().is_empty(),
            ReportSubject::UserTeams => user_teams::count_lines(&self.scope) > 0,
            ReportSubject::Repositories => !repository_row::lines(self).is_empty(),
        }
    }

    /// First and last day that are both in the world and in GitHub's reports.
    fn known_days(&self) -> Option<(CalendarDay, CalendarDay)> {
        let (first, last) = self.scope.world.days()?;
        let begin = match (self.subject, self.scope.organization) {
            (ReportSubject::UserTeams, _) => since::USER_TEAMS,
            (ReportSubject::Repositories, _) => since::REPOSITORIES,
            (_, Some(_)) => since::ORGANIZATION,
            (_, None) => since::ENTERPRISE,
        };
        let first = first.plus_days((begin - first.number).max(0));
        (first.number <= last.number).then_some((first, last))
    }

    /// First and last day of the report.
    fn days(&self) -> Option<(CalendarDay, CalendarDay)> {
        let (known_first, known_last) = self.known_days()?;
        let (first, last) = match self.span {
            Span::Day(day) => (day, day),
            Span::Latest { first, last } => (first, last),
        };
        let (first, last) = (first.max(known_first.day), last.min(known_last.day));
        (first <= last).then(|| (CalendarDay::new(first), CalendarDay::new(last)))
    }

    fn day_count(&self) -> u64 {
        self.days().map_or(0, |(first, last)| u64::from((last.number - first.number + 1).unsigned_abs()))
    }

    /// Number of files, at least one.
    pub(super) fn parts(&self) -> u64 {
        let per_part = self.scope.world.options().lines_per_part.max(1);
        let people = self.scope.reported().len() as u64;
        match self.subject {
            ReportSubject::Users => (people * self.day_count()).div_ceil(per_part).max(1),
            // Large organizations get their days in several wrappers.
            ReportSubject::Whole if people * self.day_count() > per_part && self.day_count() > 1 => 2,
            ReportSubject::Whole | ReportSubject::Repositories => 1,
            ReportSubject::UserTeams => user_teams::count_lines(&self.scope).div_ceil(per_part).max(1),
        }
    }

    /// Lines of a file, counted from 1. None when the file does not exist.
    pub(super) fn lines(&self, part: u64) -> Option<FileChunks> {
        if part == 0 || part > self.parts() {
            return None;
        }
        let per_part = self.scope.world.options().lines_per_part.max(1);
        let lines = (part - 1).saturating_mul(per_part)..part.saturating_mul(per_part);
        Some(match self.subject {
            ReportSubject::Users => Box::new(user_lines::UserLines::new(self, lines)),
            ReportSubject::Whole => day_rows::chunks(self, part),
            ReportSubject::UserTeams => Box::new(user_teams::UserTeamLines::new(self, lines)),
            ReportSubject::Repositories => Box::new(std::iter::once(repository_row::lines(self))),
        })
    }
}
