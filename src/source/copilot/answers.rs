//! Answers about one day each, which come whole: without pages and without files. Each is a slice.
//!
//! Proof of completeness: the answer is JSON to its end, says itself that it is about that very day, names no other owner, and each of its
//! lines is one. That no line is there says that nothing was used, when a later run is told the same: until then entities of that day stay,
//! see [`Lists::proves_day`](super::lists::Lists::proves_day).

use std::sync::Arc;

use super::directory::Owner;
use super::lists::Lists;
use super::sink::{Context, Cut, Sink};
use super::slice::{Begun, Origin, Rows};
use super::{NewestDay, Reading};
use crate::github::GitHubError;
use crate::kind::usage_items::{Bill, BillOwner};
use crate::kind::{DayAnswers, Form};
use crate::model::day::Day;
use crate::model::item::RawItem;
use crate::model::slice::SliceEnd;
use crate::reconcile::listing::ListName;

/// What is asked for: the bill of an owner on a day.
pub(super) struct AskedBill {
    day: Day,
    owner: BillOwner,
    /// Where runs remember days without lines.
    list: ListName,
    lists: Arc<Lists>,
}

impl AskedBill {
    /// The lines of an answer that is about that day and that owner. GitHub describes what an answer says of its owner as its unique
    /// identifier, and names are the same in any case.
    fn lines(&self, record: &RawItem) -> Result<Vec<RawItem>, String> {
        let bill = Bill::read(&record.json).map_err(|error| error.to_string())?;
        if bill.day() != self.day {
            return Err(format!("it is about {}, and {} was asked for", bill.day(), self.day));
        }
        match bill.owner() {
            Some(found) if !found.is(&self.owner) => {
                Err(format!("it is the bill of {found}, and that of {} was asked for", self.owner))
            }
            _ => bill.items(record.line).map_err(|error| error.to_string()),
        }
    }
}

impl Reading<'_> {
    /// Begins to read the answer about each day of an owner, oldest first.
    pub(super) async fn read_answers(&mut self, owner: &Owner, answers: DayAnswers) -> Result<(), GitHubError> {
        let Some(days) = self.days(owner, answers.since, NewestDay::Yesterday, &[answers.path]).await? else { return Ok(()) };
        let lists = &self.extraction.run.lists;
        let level = if owner.is_enterprise() { "enterprises/" } else { "" };
        let list = lists.name(&self.host.host, &format!("{level}{}/{}", owner.name, self.extraction.kind.name));
        if let (Some((first, _)), false) = (days.window(), days.are_chosen) {
            lists.forget_days_before(&list, first);
        }
        for day in &days.days {
            if self.extraction.run.stop.is_cancelled() {
                break;
            }
            let path = answers.fill(&owner.name, *day);
            let pages = self.host.host.github.pages_of(&path, Form::Object, &self.extraction.kind.persons);
            let asked = AskedBill {
                day: *day,
                owner: BillOwner::of(owner.is_enterprise(), &owner.name),
                list: list.clone(),
                lists: Arc::clone(lists),
            };
            let from = Origin::Answer { begun: Box::new(Begun::new(pages)), asked: Box::new(asked) };
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
        asked: &AskedBill,
        rows: &mut Rows,
        sink: &mut Sink,
    ) -> Result<SliceEnd, Cut> {
        let source = begun.pages.source();
        let day = asked.day;
        let mut lines = 0_u64;
        rows.check.within(Some((day, day)));
        while let Some(records) = begun.next().await? {
            sink.check_not_stopped()?;
            for record in records {
                match asked.lines(&record) {
                    Ok(items) => {
                        for item in items {
                            lines += 1;
                            match rows.check(&item.json) {
                                Ok(()) => sink.push(item),
                                Err(reason) => sink.reject(&source, record.line, &*reason),
                            }
                            sink.flush_if_full(&source).await?;
                        }
                    }
                    Err(reason) => sink.reject(&source, record.line, &reason),
                }
            }
        }
        sink.flush(&source).await?;
        let end = begun.pages.end();
        if end != SliceEnd::Complete {
            return Ok(end);
        }
        if sink.is_whole() && !asked.lists.proves_day(&asked.list, day, lines > 0, self.github.now()) {
            sink.missing_days = vec![day];
        }
        Ok(sink.complete())
    }
}
