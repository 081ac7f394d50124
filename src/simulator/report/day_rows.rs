//! Lines of a report of an organization or the enterprise: one day, or the wrapper around up to 28 days.
//!
//! Each day is summed when it is written. Earlier days are read too, for the counts of people.

use std::ops::RangeInclusive;

use bytes::Bytes;

use super::super::activity::{UserDay, activity_bit};
use super::super::calendar::{CalendarDay, since};
use super::super::dimension::PHASES;
use super::super::profile::Profile;
use super::day_row::{self, DayData};
use super::day_sum::DaySum;
use super::repository;
use super::text::{Text, close, count, raw, word};
use super::window::ActivityWindow;
use super::{FileChunks, RequestedReport, Span, WINDOW_DAYS};

/// Days that counts of people look back. A calendar month is the longest.
const LOOK_BACK_DAYS: i32 = 31;
/// People after which the work yields to other tasks.
const PEOPLE_PER_TURN: usize = 20_000;

/// Counts over 28 days, by GitHub's names.
const ENGAGEMENT: [(&str, u16); 7] = [
    ("code_completion", activity_bit::COMPLETION),
    ("agent_edit", activity_bit::AGENT_EDIT),
    ("code_review_passive", activity_bit::REVIEW_PASSIVE),
    ("code_review_active", activity_bit::REVIEW_ACTIVE),
    ("cloud_agent", activity_bit::CLOUD_AGENT),
    ("copilot_cli", activity_bit::CLI),
    ("github_app", activity_bit::APP),
];

struct DayRows {
    report: RequestedReport,
    window: ActivityWindow,
    /// The day being summed, and the number of people summed so far.
    day: CalendarDay,
    done: usize,
    sum: Box<DaySum>,
    phases: Vec<u8>,
    user_day: UserDay,
    /// Days in this file.
    shown: RangeInclusive<i32>,
    is_last_part: bool,
    is_over: bool,
}

/// Pieces of a file, counted from 1.
pub(super) fn chunks(report: &RequestedReport, part: u64) -> FileChunks {
    let Some((first, last)) = report.days() else { return Box::new(std::iter::empty()) };
    let parts = report.parts();
    let days = last.number - first.number + 1;
    let middle = first.number + days / 2;
    let shown = match (parts, part) {
        (1, _) => first.number..=last.number,
        (_, 1) => first.number..=middle - 1,
        _ => middle..=last.number,
    };
    let people = report.scope.reported().len();
    let begin = report.known_days().map_or(first.number, |(begin, _)| begin.number);
    Box::new(DayRows {
        report: report.clone(),
        window: ActivityWindow::new(people),
        day: first.plus_days((begin - first.number).max(-LOOK_BACK_DAYS)),
        done: 0,
        sum: Box::default(),
        phases: vec![0; people],
        user_day: UserDay::default(),
        shown,
        is_last_part: part == parts,
        is_over: false,
    })
}

impl DayRows {
    /// Sums some people. True when the day is complete.
    fn work(&mut self) -> bool {
        let Self { report, window, day, done, sum, phases, user_day, .. } = self;
        let world = &report.scope.world;
        let people = report.scope.reported();
        let end = people.len().min(*done + PEOPLE_PER_TURN);
        for position in *done..end {
            let person = people[position];
            user_day.fill(world, person, &Profile::of(world.options().seed, person), *day);
            sum.add(user_day);
            window.push(position, user_day.bits);
            phases[position] = user_day.phase;
        }
        *done = end;
        end == people.len()
    }

    fn data(&self) -> DayData<'_> {
        let mut in_phase = [0; PHASES.len()];
        for (position, phase) in self.phases.iter().enumerate() {
            in_phase[*phase as usize] += u64::from(self.window.is_within(position, activity_bit::ANYTHING, WINDOW_DAYS as u32));
        }
        DayData {
            scope: &self.report.scope,
            day: self.day,
            sum: &self.sum,
            window: &self.window,
            in_phase,
            pull_requests: repository::of_scope(&self.report.scope, self.day),
        }
    }

    fn opening(&self, out: &mut Text) {
        let Span::Latest { first, last } = self.report.span else { return };
        raw(out, "{");
        word(out, "report_start_day", &first.to_string());
        word(out, "report_end_day", &last.to_string());
        self.report.scope.identifiers(out);
        // GitHub makes reports on the third day after the last one.
        word(out, "created_at", &format!("{}T03:36:11.710Z", last.plus_days(3)));
        raw(out, "\"day_totals\":[");
    }

    fn closing(&self, out: &mut Text) {
        if matches!(self.report.span, Span::Latest { .. }) {
            close(out, "],");
            if self.is_last_part && self.day.number >= since::CUSTOMIZATIONS {
                raw(out, "\"copilot_feature_engagement\":{");
                count(out, "active_user_count", self.window.distinct(activity_bit::ANYTHING, WINDOW_DAYS as u32));
                raw(out, "\"totals_by_feature\":[");
                for (feature, bit) in ENGAGEMENT {
                    raw(out, "{");
                    word(out, "feature", feature);
                    count(out, "engaged_user_count", self.window.distinct(bit, WINDOW_DAYS as u32));
                    close(out, "},");
                }
                close(out, "]}");
            }
            close(out, "}");
        }
        close(out, "\n");
    }
}

impl Iterator for DayRows {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        if !self.work() {
            return Some(Bytes::new());
        }
        let mut out = Text::new();
        if self.shown.contains(&self.day.number) {
            if self.day.number == *self.shown.start() {
                self.opening(&mut out);
            }
            day_row::write(&mut out, &self.data());
            out.push(b',');
            if self.day.number == *self.shown.end() {
                self.closing(&mut out);
                self.is_over = true;
            }
        }
        self.day = self.day.plus_days(1);
        self.done = 0;
        *self.sum = DaySum::default();
        Some(Bytes::from(out))
    }
}
