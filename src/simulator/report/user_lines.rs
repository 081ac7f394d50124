//! Lines of a users report: day after day, and within a day person after person.

use std::ops::Range;

use bytes::Bytes;

use super::super::activity::UserDay;
use super::super::calendar::CalendarDay;
use super::super::profile::Profile;
use super::user_row::{self, Groups, Heading};
use super::{CHUNK_BYTES, RequestedReport};

/// Bytes of one more line after a chunk is full.
const LONGEST_LINE: usize = 16 * 1024;

pub(super) struct UserLines {
    report: RequestedReport,
    first: CalendarDay,
    people: u64,
    /// Remaining lines, counted over the whole report.
    left: Range<u64>,
    heading: Option<(u64, CalendarDay, Heading)>,
    day: UserDay,
    groups: Groups,
}

impl UserLines {
    pub(super) fn new(report: &RequestedReport, lines: Range<u64>) -> Self {
        let people = report.scope.reported().len() as u64;
        let all = people * report.day_count();
        Self {
            report: report.clone(),
            first: report.days().map_or_else(|| CalendarDay::new(report.scope.world.options().until), |(first, _)| first),
            people,
            left: lines.start.min(all)..lines.end.min(all),
            heading: None,
            day: UserDay::default(),
            groups: Groups::default(),
        }
    }
}

impl Iterator for UserLines {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.left.is_empty() {
            return None;
        }
        let Self { report, first, people, left, heading, day, groups } = self;
        let world = &report.scope.world;
        let reported = report.scope.reported();
        let mut out = Vec::with_capacity(CHUNK_BYTES + LONGEST_LINE);
        while out.len() < CHUNK_BYTES {
            let Some(line) = left.next() else { break };
            let offset = line / *people;
            if heading.as_ref().is_none_or(|(of, ..)| *of != offset) {
                let calendar_day = first.plus_days(offset as i32);
                *heading = Some((offset, calendar_day, Heading::new(&report.scope, report.span, calendar_day)));
            }
            let Some((_, calendar_day, heading)) = heading else { break };
            let person = reported[(line % *people) as usize];
            let profile = Profile::of(world.options().seed, person);
            day.fill(world, person, &profile, *calendar_day);
            user_row::write(&mut out, heading, person, &person.login(), day, groups);
        }
        Some(Bytes::from(out))
    }
}
