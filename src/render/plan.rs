//! A plan, line by line, so that a plan of a million changes needs no memory: text for people, Markdown for pull requests,
//! JSON for programs.

use serde_json::{Value, json};

use super::figures::{count, counted};
use crate::model::entity::EntityKey;
use crate::reconcile::change::FieldChange;
use crate::reconcile::decision::Decision;
use crate::reconcile::outcome::Outcome;

/// Longest value that is shown of a change, in characters. Breakdowns are whole documents.
const SHOWN_CHARACTERS: usize = 60;

/// Which form a plan takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For a comment on a pull request: the text in a folded block of a diff.
    Markdown,
    /// One JSON object per line.
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
    shown: usize,
    unshown: u64,
    blueprint: Option<String>,
    reason: Option<String>,
}

impl PlanWriter {
    /// A plan that shows the given actions, at most `limit` entities; 0 is all.
    pub fn new(form: Form, show: Vec<Action>, limit: usize) -> Self {
        let limit = if limit == 0 { usize::MAX } else { limit };
        Self { form, show, limit, shown: 0, unshown: 0, blueprint: None, reason: None }
    }

    /// The form that it takes.
    pub fn form(&self) -> Form {
        self.form
    }

    /// What comes before the first decision.
    pub fn opening(&self) -> String {
        match self.form {
            Form::Markdown => "<details open><summary>Pilotage plan</summary>\n\n```diff\n".to_owned(),
            Form::Text | Form::Json => String::new(),
        }
    }

    /// The lines of one decision; empty when it is not shown.
    pub fn decision(&mut self, key: &EntityKey, decision: &Decision) -> String {
        let action = Action::of(decision);
        if !self.show.contains(&action) {
            return String::new();
        }
        if self.shown >= self.limit {
            self.unshown += 1;
            return String::new();
        }
        self.shown += 1;
        match self.form {
            Form::Json => format!("{}\n", json_line(key, decision)),
            Form::Text | Form::Markdown => self.lines(key, decision, action),
        }
    }

    fn lines(&mut self, key: &EntityKey, decision: &Decision, action: Action) -> String {
        let mut lines = String::new();
        if self.blueprint.as_deref() != Some(&key.blueprint) {
            let gap = if self.blueprint.is_some() { "\n" } else { "" };
            let hunk = if self.form == Form::Markdown { "@@ " } else { "" };
            lines.push_str(&format!("{gap}{hunk}{}{}\n", key.blueprint, if hunk.is_empty() { "" } else { " @@" }));
            self.blueprint = Some(key.blueprint.clone());
            self.reason = None;
        }
        let sign = action.sign(self.form);
        // A diff is coloured by its first column, so only text is indented before the sign.
        let indent = if self.form == Form::Text { "  " } else { "" };
        lines.push_str(&format!("{indent}{sign} {}\n", key.identifier));
        match decision {
            Decision::Update(changes) => {
                for FieldChange { field, current, desired } in changes {
                    lines.push_str(&format!("{indent}    {field}: {} → {}\n", shown(current), shown(desired)));
                }
            }
            Decision::Sent => {
                lines.push_str(&format!("{indent}    sent uncompared: only the catalog can find out which entity is meant\n"));
            }
            Decision::Withheld(withheld) => {
                let reason = withheld.to_string();
                // Hundreds of entities are kept for one reason; it is said for the first of them.
                if self.reason.as_ref() != Some(&reason) {
                    lines.push_str(&format!("{indent}    kept because {reason}\n"));
                    self.reason = Some(reason);
                }
            }
            Decision::Create | Decision::Unchanged | Decision::Delete(_) => {}
        }
        lines
    }

    /// What comes after the last decision: the count of what was not shown, then the summary.
    pub fn closing(&self, outcome: &Outcome) -> String {
        let summary = summary(outcome);
        match self.form {
            Form::Json => format!("{}\n", json!({ "summary": outcome })),
            Form::Text => {
                let gap = if self.shown > 0 { "\n" } else { "" };
                format!("{}{gap}{summary}\n", self.rest())
            }
            Form::Markdown => format!("{}```\n</details>\n\n{summary}\n", self.rest()),
        }
    }

    fn rest(&self) -> String {
        match self.unshown {
            0 => String::new(),
            unshown => format!("… and {}\n", counted(unshown, "more change", "more changes")),
        }
    }
}

/// `plan: 3 to create, 1 to update, 0 to delete, 24 kept, 100 unchanged`.
pub fn summary(outcome: &Outcome) -> String {
    let sum = |of: fn(&crate::reconcile::outcome::ResourceOutcome) -> u64| outcome.resources.iter().map(of).sum::<u64>();
    let deleted: u64 = outcome.deletion.blueprints.iter().map(|deletion| deletion.deleted).sum();
    let withheld: u64 = outcome.deletion.blueprints.iter().map(|deletion| deletion.withheld()).sum();
    format!(
        "plan: {} to create, {} to update, {} to delete, {} withheld, {} unchanged",
        count(sum(|resource| resource.created)),
        count(sum(|resource| resource.updated + resource.sent)),
        count(deleted),
        count(withheld),
        count(sum(|resource| resource.unchanged)),
    )
}

fn json_line(key: &EntityKey, decision: &Decision) -> Value {
    let mut line = json!({ "blueprint": key.blueprint, "identifier": key.identifier });
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
    line["action"] = action.into();
    if let Some((name, detail)) = detail {
        line[name] = detail;
    }
    line
}

/// A value as JSON, cut to a length that fits a line.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::decision::Gone;
    use crate::reconcile::deletion::Withheld;

    fn key(blueprint: &str, identifier: &str) -> EntityKey {
        EntityKey { blueprint: blueprint.into(), identifier: identifier.into() }
    }

    fn update() -> Decision {
        Decision::Update(vec![FieldChange { field: "properties.users".into(), current: json!(12), desired: json!(13) }])
    }

    fn all() -> Vec<Action> {
        vec![Action::Create, Action::Update, Action::Delete, Action::Withheld, Action::Unchanged]
    }

    #[test]
    fn a_blueprint_and_a_reason_are_said_once() {
        let mut plan = PlanWriter::new(Form::Text, all(), 0);
        let decisions = [
            ("a", "1", Decision::Create),
            ("a", "2", update()),
            ("b", "3", Decision::Withheld(Withheld::Restricted)),
            ("b", "4", Decision::Withheld(Withheld::Restricted)),
            ("b", "5", Decision::Delete(Gone::Undesired)),
        ];
        let text: String =
            decisions.iter().map(|(blueprint, name, decision)| plan.decision(&key(blueprint, name), decision)).collect();
        let expected = "\
a
  + 1
  ~ 2
      properties.users: 12 → 13

b
  ! 3
      kept because only part of the mapping was run (--only, --org)
  ! 4
  - 5
";
        assert_eq!(text, expected);
    }

    #[test]
    fn what_is_beyond_the_limit_is_counted() {
        let mut plan = PlanWriter::new(Form::Text, vec![Action::Create], 1);
        assert_eq!(plan.decision(&key("a", "1"), &Decision::Create), "a\n  + 1\n");
        assert_eq!(plan.decision(&key("a", "2"), &Decision::Create), "");
        assert_eq!(plan.decision(&key("a", "3"), &Decision::Unchanged), "");
        assert_eq!(plan.rest(), "… and 1 more change\n");
    }

    #[test]
    fn a_line_of_json_says_it_all() {
        let mut plan = PlanWriter::new(Form::Json, all(), 0);
        let line = plan.decision(&key("a", "2"), &update());
        let expected = json!({
            "blueprint": "a", "identifier": "2", "action": "update",
            "changes": [{ "field": "properties.users", "current": 12, "desired": 13 }],
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
    }
}
