//! A plan, line by line, so that a plan of a million changes needs no memory: text for people, Markdown for pull requests,
//! JSON for programs.

use serde_json::{Value, json};

use super::number::{count, counted};
use super::outcome::troubles;
use crate::model::entity::EntityKey;
use crate::model::escape;
use crate::reconcile::change::FieldChange;
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::Outcome;
use crate::reconcile::totals::Totals;

/// Longest value that is shown of a change, in characters. Breakdowns are whole documents.
const SHOWN_CHARACTERS: usize = 60;

/// Bytes of changes in Markdown at most: a comment on GitHub holds 65,536 characters, and the rest of it needs some.
const MARKDOWN_CHANGES_BYTES: usize = 48 * 1024;

/// Bytes of troubles in Markdown at most.
const MARKDOWN_TROUBLES_BYTES: usize = 12 * 1024;

/// Which form a plan takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For a comment on a pull request: the counts, then the changes in a folded block of a diff.
    Markdown,
    /// One JSON object per line, the last one with the key `summary`.
    Json,
}

/// The five things that can be shown of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// `+`
    Create,
    /// `~`, entities that are sent uncompared among them.
    Update,
    /// `-`
    Delete,
    /// `!`
    Withheld,
    /// `=`
    Unchanged,
}

impl Action {
    /// The action of a decision.
    pub fn of(decision: &Decision) -> Self {
        match decision {
            Decision::Create => Self::Create,
            Decision::Update(_) | Decision::Sent => Self::Update,
            Decision::Unchanged => Self::Unchanged,
            Decision::Delete(_) => Self::Delete,
            Decision::Withheld(_) => Self::Withheld,
        }
    }

    /// In Markdown the signs are those that colour a diff.
    fn sign(self, form: Form) -> char {
        match (self, form) {
            (Self::Create, _) => '+',
            (Self::Update, Form::Markdown) => '!',
            (Self::Update, _) => '~',
            (Self::Delete, _) => '-',
            (Self::Withheld, Form::Markdown) => '#',
            (Self::Withheld, _) => '!',
            (Self::Unchanged, Form::Markdown) => ' ',
            (Self::Unchanged, _) => '=',
        }
    }
}

/// Writes a plan as decisions come. Shows only some of the actions, and only so many lines, and counts the rest.
#[derive(Debug)]
pub struct PlanWriter {
    form: Form,
    show: Vec<Action>,
    limit: usize,
    listed: u64,
    unlisted: u64,
    blueprint: Option<String>,
    reason: Option<String>,
    /// In Markdown the counts come first, so the changes wait; they are few enough.
    waiting: String,
}

impl PlanWriter {
    /// A plan that shows the given actions, at most `limit` entities; 0 is all. Markdown stops at what fits a comment.
    pub fn new(form: Form, show: Vec<Action>, limit: usize) -> Self {
        let limit = if limit == 0 { usize::MAX } else { limit };
        Self { form, show, limit, listed: 0, unlisted: 0, blueprint: None, reason: None, waiting: String::new() }
    }

    /// The form that it takes.
    pub fn form(&self) -> Form {
        self.form
    }

    /// What is to be printed of one decision; empty when it is not shown, or not yet.
    pub fn decision(&mut self, key: &EntityKey, decision: &Decision) -> String {
        let action = Action::of(decision);
        if !self.show.contains(&action) {
            return String::new();
        }
        if self.listed >= self.limit as u64 {
            self.unlisted += 1;
            return String::new();
        }
        self.listed += 1;
        match self.form {
            Form::Json => format!("{}\n", escape::json(&json_line(key, decision).to_string())),
            Form::Text => self.lines(key, decision, action),
            Form::Markdown => {
                let lines = self.lines(key, decision, action);
                if self.waiting.len() + lines.len() > MARKDOWN_CHANGES_BYTES {
                    self.limit = 0;
                    self.listed -= 1;
                    self.unlisted += 1;
                } else {
                    self.waiting.push_str(&lines);
                }
                String::new()
            }
        }
    }

    fn lines(&mut self, key: &EntityKey, decision: &Decision, action: Action) -> String {
        let mut lines = String::new();
        if self.blueprint.as_deref() != Some(&key.blueprint) {
            let gap = if self.blueprint.is_some() { "\n" } else { "" };
            let blueprint = escape::line(&key.blueprint).into_owned();
            let title = if self.form == Form::Markdown { format!("@@ {blueprint} @@") } else { blueprint };
            lines.push_str(&format!("{gap}{title}\n"));
            self.blueprint = Some(key.blueprint.clone());
            self.reason = None;
        }
        let sign = action.sign(self.form);
        // A diff is coloured by its first column, so only text is indented before the sign.
        let indent = if self.form == Form::Text { "  " } else { "" };
        lines.push_str(&format!("{indent}{sign} {}\n", escape::text(&key.identifier)));
        let reason = match decision {
            Decision::Create | Decision::Unchanged => return lines,
            Decision::Update(changes) => {
                for FieldChange { field, current, desired } in changes {
                    let line = format!("{indent}    {}: {} → {}", short(field), shown(current), shown(desired));
                    lines.push_str(&format!("{}\n", escape::line(&line)));
                }
                return lines;
            }
            Decision::Sent => "sent uncompared: only the catalog can find out which entity is meant".to_owned(),
            Decision::Delete(gone) => gone.to_string(),
            Decision::Withheld(withheld) => format!("withheld: {withheld}"),
        };
        // Hundreds of entities go or stay for one reason; it is said for the first of them.
        if self.reason.as_ref() != Some(&reason) {
            let line = format!("{indent}    {reason}");
            lines.push_str(&format!(
                "{}
",
                escape::line(&line)
            ));
            self.reason = Some(reason);
        }
        lines
    }

    /// What comes after the last decision: the count of what was not listed, and the summary.
    pub fn closing(&self, outcome: &Outcome) -> String {
        match self.form {
            Form::Json => format!("{}\n", escape::json(&self.summary_line(outcome).to_string())),
            Form::Text => {
                let gap = if self.listed > 0 { "\n" } else { "" };
                format!("{}{gap}{}: {}\n", self.rest(), title(outcome), summary(outcome))
            }
            Form::Markdown => self.comment(outcome),
        }
    }

    fn rest(&self) -> String {
        match self.unlisted {
            0 => String::new(),
            unlisted => format!("… and {} (--limit 0 lists all)\n", counted(unlisted, "more", "more")),
        }
    }

    fn summary_line(&self, outcome: &Outcome) -> Value {
        let mut summary = json!(Totals::of(outcome));
        summary["listed"] = self.listed.into();
        summary["not_listed"] = self.unlisted.into();
        summary["complete"] = (outcome.is_whole() && !outcome.aborted).into();
        json!({ "summary": summary, "outcome": outcome })
    }

    fn comment(&self, outcome: &Outcome) -> String {
        let mut comment = format!("### Pilotage {}\n\n{}\n", title(outcome), summary(outcome));
        if !self.waiting.is_empty() {
            comment.push_str(&format!(
                "\n<details open><summary>changes: + create, ! update, - delete, # withheld</summary>\n\n```diff\n{}{}```\n</details>\n",
                escape::fenced(&self.waiting),
                self.rest()
            ));
        }
        // What servers said must not end the block that it is quoted in.
        let troubles = escape::fenced(&troubles(outcome));
        if !troubles.is_empty() {
            let troubles = cut(troubles.trim(), MARKDOWN_TROUBLES_BYTES);
            comment
                .push_str(&format!("\n<details open><summary>what to know</summary>\n\n```text\n{troubles}\n```\n</details>\n"));
        }
        comment
    }
}

fn title(outcome: &Outcome) -> &'static str {
    match (outcome.aborted, outcome.is_whole()) {
        (true, _) => "plan, stopped before it was done",
        (false, true) => "plan",
        (false, false) => "plan, in part",
    }
}

/// `2 to create, 1 to update, 4 withheld, 3 unchanged`: what there is, and that there is nothing to do when that is so.
pub fn summary(outcome: &Outcome) -> String {
    let Totals { create, update, send, delete, withheld, unchanged, refused: _ } = Totals::of(outcome);
    let none = (create + update + send + delete == 0).then(|| "no changes".to_owned());
    let part = |number: u64, what: &str| (number > 0).then(|| format!("{} {what}", count(number)));
    let parts = [
        none,
        part(create, "to create"),
        part(update, "to update"),
        part(send, "to send uncompared"),
        part(delete, "to delete"),
        part(withheld, "withheld"),
        part(unchanged, "unchanged"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

fn json_line(key: &EntityKey, decision: &Decision) -> Value {
    let (action, detail) = match decision {
        Decision::Create => ("create", None),
        Decision::Unchanged => ("unchanged", None),
        Decision::Sent => ("sent", None),
        Decision::Delete(gone) => ("delete", Some(("reason", Value::String(gone.to_string())))),
        Decision::Withheld(withheld) => ("withheld", Some(("reason", Value::String(withheld.to_string())))),
        Decision::Update(changes) => {
            let change =
                |change: &FieldChange| json!({ "field": change.field, "current": change.current, "desired": change.desired });
            ("update", Some(("changes", changes.iter().map(change).collect())))
        }
    };
    let mut line = json!({ "action": action, "blueprint": key.blueprint, "identifier": key.identifier });
    if let Some((name, detail)) = detail {
        line[name] = detail;
    }
    line
}

/// A property by its own name, everything else as it is called in a mapping.
fn short(field: &str) -> &str {
    field.strip_prefix("properties.").unwrap_or(field)
}

/// A value as JSON, cut to a length that fits a line.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    let text = escape::json(&text);
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// The lines of a text that fit.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut kept = String::new();
    for line in text.lines().take_while(|line| line.len() < bytes) {
        if kept.len() + line.len() >= bytes {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept + "…"
}

#[cfg(test)]
mod tests;
