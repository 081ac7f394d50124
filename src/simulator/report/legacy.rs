//! Days of the endpoints that GitHub closed on 2026-04-02, summed over the same activity as today's reports: suggestions,
//! acceptances and lines are those of `code_completion`, chats those of the chat features in an editor.

use bytes::Bytes;

use super::super::activity::UserDay;
use super::super::calendar::CalendarDay;
use super::super::dimension::{IDES, LANGUAGES, MODELS};
use super::super::names;
use super::super::profile::Profile;
use super::super::world::{FEWEST_REPORTED_SEATS, PersonKey, World};
use super::legacy_sum::{DEFAULT_MODEL, LegacySum};
use super::text::{Text, close, count, raw, word};

/// Iterator over days, each summed when it is written.
pub(in super::super) struct LegacyDays {
    world: World,
    /// Users only; idle members have no activity.
    people: Vec<PersonKey>,
    owner: String,
    days: std::vec::IntoIter<CalendarDay>,
    is_opened: bool,
    is_over: bool,
}

impl LegacyDays {
    /// Days of these people. With fewer than five seats the list is empty. `owner` is the login in the names of repositories.
    pub(in super::super) fn new(world: &World, members: &[PersonKey], owner: &str, days: Vec<CalendarDay>) -> Self {
        let days = if members.len() < FEWEST_REPORTED_SEATS { Vec::new() } else { days };
        Self {
            world: world.clone(),
            people: members.iter().copied().filter(|person| !world.is_idle(*person)).collect(),
            owner: owner.to_owned(),
            days: days.into_iter(),
            is_opened: false,
            is_over: false,
        }
    }
}

impl Iterator for LegacyDays {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        let mut out = Text::new();
        let Some(day) = self.days.next() else {
            self.is_over = true;
            return Some(Bytes::from_static(if self.is_opened { b"]" } else { b"[]" }));
        };
        out.push(if self.is_opened { b',' } else { b'[' });
        self.is_opened = true;
        let mut sum = LegacySum::default();
        let mut user_day = UserDay::default();
        for person in &self.people {
            user_day.fill(&self.world, *person, &Profile::of(self.world.options().seed, *person), day);
            sum.add(&user_day);
        }
        write(&mut out, day, &sum, &self.owner);
        Some(Bytes::from(out))
    }
}

fn write(out: &mut Text, day: CalendarDay, sum: &LegacySum, owner: &str) {
    raw(out, "{");
    word(out, "date", &day.day.to_string());
    count(out, "total_active_users", sum.active);
    count(out, "total_engaged_users", sum.engaged);
    block(out, "copilot_ide_code_completions", sum.completions_people, |out| completions(out, sum));
    block(out, "copilot_ide_chat", sum.chat_people, |out| chat(out, sum));
    block(out, "copilot_dotcom_chat", sum.dotcom_people, |out| {
        raw(out, "\"models\":[{");
        model(out, DEFAULT_MODEL);
        count(out, "total_engaged_users", sum.dotcom_people);
        count(out, "total_chats", sum.dotcom_chats);
        close(out, "}]");
    });
    block(out, "copilot_dotcom_pull_requests", sum.summary_people, |out| {
        raw(out, "\"repositories\":[");
        for (repository, (people, summaries)) in &sum.summaries {
            raw(out, "{");
            word(out, "name", &format!("{owner}/{}", names::repository(*repository)));
            count(out, "total_engaged_users", *people);
            raw(out, "\"models\":[{");
            model(out, DEFAULT_MODEL);
            count(out, "total_pr_summaries_created", *summaries);
            count(out, "total_engaged_users", *people);
            close(out, "}]},");
        }
        close(out, "]");
    });
    close(out, "}");
}

/// Appends a block, or null when nobody is engaged.
fn block(out: &mut Text, key: &str, people: u64, inside: impl FnOnce(&mut Text)) {
    raw(out, &format!("\"{key}\":"));
    if people == 0 {
        raw(out, "null,");
        return;
    }
    raw(out, "{");
    count(out, "total_engaged_users", people);
    inside(out);
    close(out, "},");
}

fn completions(out: &mut Text, sum: &LegacySum) {
    raw(out, "\"languages\":[");
    for (language, people) in &sum.completions_by_language {
        raw(out, "{");
        word(out, "name", LANGUAGES[*language as usize].0);
        count(out, "total_engaged_users", *people);
        close(out, "},");
    }
    close(out, "],\"editors\":[");
    for (editor, people) in &sum.completions_by_editor {
        raw(out, "{");
        word(out, "name", IDES[*editor as usize].name);
        count(out, "total_engaged_users", *people);
        raw(out, "\"models\":[{");
        model(out, DEFAULT_MODEL);
        count(out, "total_engaged_users", *people);
        raw(out, "\"languages\":[");
        for ((_, language), part) in sum.completions.range((*editor, 0)..=(*editor, u8::MAX)) {
            raw(out, "{");
            word(out, "name", LANGUAGES[*language as usize].0);
            count(out, "total_engaged_users", part.people);
            count(out, "total_code_suggestions", part.suggestions);
            count(out, "total_code_acceptances", part.acceptances);
            count(out, "total_code_lines_suggested", part.lines_suggested);
            count(out, "total_code_lines_accepted", part.lines_accepted);
            close(out, "},");
        }
        close(out, "]}]},");
    }
    close(out, "]");
}

fn chat(out: &mut Text, sum: &LegacySum) {
    raw(out, "\"editors\":[");
    for (editor, people) in &sum.chat_by_editor {
        raw(out, "{");
        word(out, "name", IDES[*editor as usize].name);
        count(out, "total_engaged_users", *people);
        raw(out, "\"models\":[");
        for ((_, number), part) in sum.chats.range((*editor, 0)..=(*editor, u8::MAX)) {
            raw(out, "{");
            model(out, *number);
            count(out, "total_engaged_users", part.people);
            count(out, "total_chats", part.chats);
            count(out, "total_chat_insertion_events", part.insertions);
            count(out, "total_chat_copy_events", part.copies);
            close(out, "},");
        }
        close(out, "]},");
    }
    close(out, "]");
}

fn model(out: &mut Text, number: u8) {
    word(out, "name", MODELS.get(number as usize).map_or("default", |(name, _)| name));
    raw(out, "\"is_custom_model\":false,\"custom_model_training_date\":null,");
}
