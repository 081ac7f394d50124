//! A plan, written line by line so that its size takes no memory: text, Markdown for pull requests, and JSON.

use serde_json::{Value, json};

use super::number::{count, counted};
use super::outcome::problems;
use crate::model::entity::EntityKey;
use crate::model::escape;
use crate::reconcile::change::FieldChange;
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::Outcome;
use crate::reconcile::totals::Totals;

/// Maximum length of a shown value, in characters. Breakdowns are long documents.
const SHOWN_CHARACTERS: usize = 60;

/// Maximum size of the changes in Markdown, in bytes: a comment on GitHub holds 65,536 characters, and its other parts need some.
const MARKDOWN_CHANGES_BYTES: usize = 48 * 1024;

/// Maximum size of the problems in Markdown, in bytes.
const MARKDOWN_PROBLEMS_BYTES: usize = 12 * 1024;

/// Format of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanOutput {
    /// Text for terminals.
    Text,
    /// For a comment on a pull request: the counts, then the changes as a diff in a folded block.
    Markdown,
    /// One JSON object per line, the last one with the key `summary`.
    Json,
}

/// Actions of a plan, each of which can be shown or hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlanAction {
    /// `+`: the entity is created.
    Create,
    /// `~`: the entity is updated, or sent without a comparison.
    Update,
    /// `-`: the entity is deleted.
    Delete,
    /// `!`: the deletion is withheld.
    Withheld,
    /// `=`: the entity does not change.
    Unchanged,
}

impl PlanAction {
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

    /// Sign at the start of a line. In Markdown, signs that colour a diff.
    fn sign(self, form: PlanOutput) -> char {
        match (self, form) {
            (Self::Create, _) => '+',
            (Self::Update, PlanOutput::Markdown) => '!',
            (Self::Update, _) => '~',
            (Self::Delete, _) => '-',
            (Self::Withheld, PlanOutput::Markdown) => '#',
            (Self::Withheld, _) => '!',
            (Self::Unchanged, PlanOutput::Markdown) => ' ',
            (Self::Unchanged, _) => '=',
        }
    }
}

/// Writes a plan decision by decision. It shows only the given actions up to a maximum number of lines, and counts the rest.
#[derive(Debug)]
pub struct PlanWriter {
    form: PlanOutput,
    show: Vec<PlanAction>,
    limit: usize,
    listed: u64,
    unlisted: u64,
    blueprint: Option<String>,
    reason: Option<String>,
    /// Changes that wait for the end, because in Markdown the counts come first. Their size is limited.
    waiting: String,
}

impl PlanWriter {
    /// A writer that shows the given actions and at most `limit` entities; 0 means all. Markdown also stops at the maximum size
    /// of a comment.
    pub fn new(form: PlanOutput, show: Vec<PlanAction>, limit: usize) -> Self {
        let limit = if limit == 0 { usize::MAX } else { limit };
        Self { form, show, limit, listed: 0, unlisted: 0, blueprint: None, reason: None, waiting: String::new() }
    }

    /// The format of the plan.
    pub fn form(&self) -> PlanOutput {
        self.form
    }

    /// Text of one decision; empty when it is hidden, or printed later.
    pub fn decision(&mut self, key: &EntityKey, decision: &Decision) -> String {
        let action = PlanAction::of(decision);
        if !self.show.contains(&action) {
            return String::new();
        }
        if self.listed >= self.limit as u64 {
            self.unlisted += 1;
            return String::new();
        }
        self.listed += 1;
        match self.form {
            PlanOutput::Json => format!("{}\n", escape::json(&json_line(key, decision).to_string())),
            PlanOutput::Text => self.lines(key, decision, action),
            PlanOutput::Markdown => {
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

    fn lines(&mut self, key: &EntityKey, decision: &Decision, action: PlanAction) -> String {
        let mut lines = String::new();
        if self.blueprint.as_deref() != Some(&key.blueprint) {
            let gap = if self.blueprint.is_some() { "\n" } else { "" };
            let blueprint = escape::line(&key.blueprint).into_owned();
            let title = if self.form == PlanOutput::Markdown { format!("@@ {blueprint} @@") } else { blueprint };
            lines.push_str(&format!("{gap}{title}\n"));
            self.blueprint = Some(key.blueprint.clone());
            self.reason = None;
        }
        let sign = action.sign(self.form);
        // A diff is coloured by its first column, so only text is indented before the sign.
        let indent = if self.form == PlanOutput::Text { "  " } else { "" };
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
            Decision::Sent => "sent without a comparison: only the catalog can find the entity that is meant".to_owned(),
            Decision::Delete(gone) => gone.to_string(),
            Decision::Withheld(withheld) => format!("withheld: {withheld}"),
        };
        // Hundreds of entities may have the same reason, so it is written for the first of them only.
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

    /// Text after the last decision: the number of entities that were not listed, and the summary.
    pub fn closing(&self, outcome: &Outcome) -> String {
        match self.form {
            PlanOutput::Json => format!("{}\n", escape::json(&self.summary_line(outcome).to_string())),
            PlanOutput::Text => {
                let gap = if self.listed > 0 { "\n" } else { "" };
                format!("{}{gap}{}: {}\n", self.rest(), title(outcome), summary(outcome))
            }
            PlanOutput::Markdown => self.comment(outcome),
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
        summary["complete"] = (outcome.is_complete() && !outcome.aborted).into();
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
        // Text of servers must not end the block that quotes it.
        let problems = escape::fenced(&problems(outcome));
        if !problems.is_empty() {
            let problems = cut(problems.trim(), MARKDOWN_PROBLEMS_BYTES);
            comment.push_str(&format!(
                "\n<details open><summary>problems and notes</summary>\n\n```text\n{problems}\n```\n</details>\n"
            ));
        }
        comment
    }
}

fn title(outcome: &Outcome) -> &'static str {
    match (outcome.aborted, outcome.is_complete()) {
        (true, _) => "plan (stopped before the end)",
        (false, true) => "plan",
        (false, false) => "plan (partial)",
    }
}

/// Counts of a plan: `2 to create, 1 to update, 4 withheld, 3 unchanged`, or that there is nothing to change.
pub fn summary(outcome: &Outcome) -> String {
    let Totals { create, update, send, delete, withheld, unchanged, refused } = Totals::of(outcome);
    let none = (create + update + send + delete == 0).then(|| "no changes".to_owned());
    let part = |number: u64, what: &str| (number > 0).then(|| format!("{} {what}", count(number)));
    let parts = [
        none,
        part(create, "to create"),
        part(update, "to update"),
        part(send, "to send without a comparison"),
        part(delete, "to delete"),
        part(withheld, "withheld"),
        part(unchanged, "unchanged"),
        part(refused, "that the catalog will refuse"),
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

/// Shortens a field path: a property to its name; others stay as in a mapping.
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

/// The first lines of a text that fit into `bytes`.
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
