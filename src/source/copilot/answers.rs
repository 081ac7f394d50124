//! Answers about one day each, which come whole: without pages and without files. Each is a slice.
//!
//! Proof of completeness: the answer is JSON to its end, says itself that it is about that very day, names no other owner, and each of its
//! lines is one. That no line is there says that nothing was used.

use std::fmt;

use super::directory::Owner;
use super::sink::{Context, Cut, Sink};
use super::slice::{Begun, Origin, Rows};
use super::{NewestDay, Reading};
use crate::github::GitHubError;
use crate::kind::usage_items::{self, BillOwner};
use crate::kind::{DayAnswers, Form};
use crate::model::day::Day;
use crate::model::slice::SliceEnd;

/// Checks that an answer is about that day and that owner. GitHub describes what an answer says of its owner as its unique identifier, and
/// names are the same in any case.
fn check(answer: &[u8], day: Day, owner: &BillOwner) -> Result<(), Box<dyn fmt::Display>> {
    let wrong = |error| -> Box<dyn fmt::Display> { Box::new(error) };
    let found = usage_items::day_of(answer).map_err(wrong)?;
    if found != day {
        return Err(Box::new(format!("it is about {found}, and {day} was asked for")));
    }
    match usage_items::owner_of(answer).map_err(wrong)? {
        Some(found) if !found.is(owner) => Err(Box::new(format!("it is the bill of {found}, and that of {owner} was asked for"))),
        _ => Ok(()),
    }
}

impl Reading<'_> {
    /// Begins to read the answer about each day of an owner, oldest first.
    pub(super) async fn read_answers(&mut self, owner: &Owner, answers: DayAnswers) -> Result<(), GitHubError> {
        let Some(days) = self.days(owner, answers.since, NewestDay::Yesterday, &[answers.path]).await? else { return Ok(()) };
        for day in &days.days {
            if self.extraction.run.stop.is_cancelled() {
                break;
            }
            let path = answers.fill(&owner.name, *day);
            let pages = self.host.host.github.pages_of(&path, Form::Object, &self.extraction.kind.persons);
            let from = Origin::Answer {
                begun: Box::new(Begun::new(pages)),
                day: *day,
                owner: BillOwner::of(owner.is_enterprise(), &owner.name),
            };
            self.start(owner, None, Some(*day), days.window(), from).await;
        }
        Ok(())
    }
}

impl Context {
    /// Reads the answer about a day.
    pub(super) async fn read_answer(
        &self,
        mut begun: Begun,
        day: Day,
        owner: &BillOwner,
        rows: &mut Rows,
        sink: &mut Sink,
    ) -> Result<SliceEnd, Cut> {
        let source = begun.pages.source();
        rows.check.within(Some((day, day)));
        while let Some(records) = begun.next().await? {
            sink.check_not_stopped()?;
            for record in records {
                let line = record.line;
                if let Err(reason) = check(&record.json, day, owner) {
                    sink.reject(&source, line, &*reason);
                    continue;
                }
                match self.kind.split.items(record) {
                    Ok(items) => {
                        for item in items {
                            match rows.check(&item.json) {
                                Ok(()) => sink.push(item),
                                Err(reason) => sink.reject(&source, line, &*reason),
                            }
                            sink.flush_if_full(&source).await?;
                        }
                    }
                    Err(reason) => sink.reject(&source, line, &reason),
                }
            }
        }
        sink.flush(&source).await?;
        Ok(match begun.pages.end() {
            SliceEnd::Complete => sink.complete(),
            end => end,
        })
    }
}
