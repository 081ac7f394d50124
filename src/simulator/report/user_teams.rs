//! Lines of a user-teams report: the members of each team on a day. Teams with fewer than five seats are left out.

use std::ops::Range;

use bytes::Bytes;

use super::super::world::{FEWEST_REPORTED_SEATS, PersonKey, Team};
use super::text::{Text, close, count, number, raw, word};
use super::{CHUNK_BYTES, RequestedReport, Scope, Span};

fn reported(scope: &Scope) -> impl Iterator<Item = &Team> {
    scope.teams().iter().filter(|team| team.members.len() >= FEWEST_REPORTED_SEATS)
}

/// Number of lines.
pub(super) fn count_lines(scope: &Scope) -> u64 {
    reported(scope).map(|team| team.members.len() as u64).sum()
}

pub(super) struct UserTeamLines {
    report: RequestedReport,
    lines: Range<u64>,
}

impl UserTeamLines {
    pub(super) fn new(report: &RequestedReport, lines: Range<u64>) -> Self {
        let all = count_lines(&report.scope);
        Self { report: report.clone(), lines: lines.start.min(all)..lines.end.min(all) }
    }
}

impl Iterator for UserTeamLines {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.lines.is_empty() {
            return None;
        }
        let Self { report, lines } = self;
        let mut out = Vec::with_capacity(CHUNK_BYTES + 1024);
        let rows = reported(&report.scope).flat_map(|team| team.members.iter().map(move |person| (team, *person)));
        for (team, person) in rows.skip(lines.start as usize).take((lines.end - lines.start) as usize) {
            if out.len() >= CHUNK_BYTES {
                break;
            }
            row(&mut out, report, team, person);
            lines.start += 1;
        }
        Some(Bytes::from(out))
    }
}

fn row(out: &mut Text, report: &RequestedReport, team: &Team, person: PersonKey) {
    raw(out, "{\"user_id\":");
    number(out, person.id());
    out.push(b',');
    word(out, "user_login", &person.login());
    if let Span::Day(day) = report.span {
        word(out, "day", &day.to_string());
    }
    match report.scope.organization {
        Some(_) => report.scope.organization_identifier(out),
        None => report.scope.identifiers(out),
    }
    count(out, "team_id", team.id);
    word(out, "slug", &team.slug);
    close(out, "}\n");
}
