//! One model of a person's day with an AI tool: which fields of each kind are the comparable core, and what comes of a row.
//!
//! The comparable core is what every tool tells in the same sense: who, on which day, whether the tool was used, and lines of it that
//! came into the code. The rest is there where the tool tells it, and absent where it does not: absent is not 0.
//!
//! | | Copilot | Cursor | Claude Code |
//! | --- | --- | --- | --- |
//! | active | a counter above 0, or a flag of a use | `isActive` | a session, a line, a commit or a pull request |
//! | interactions | prompts | requests of composer, chat and agent, inline edits | – |
//! | lines suggested | yes | yes | – |
//! | lines added, deleted | yes | those that were taken | yes |
//! | sessions | – | – | yes |
//! | cost | – | – | an estimate |
//! | credits | yes | – | – |
//!
//! A further tool is a constant here and a line in [`TOOLS`]; nothing else that reads the model changes.

use serde_json::{Map, Value};

use super::{Kind, find};
use crate::model::day::Day;
use crate::model::person::{MatchedBy, NameForm, PersonAliases};

/// Keys that lead to a value; `[]` stands for each element of a list.
type Path = &'static [&'static str];

/// The comparable core of a kind's rows.
#[derive(Debug, PartialEq, Eq)]
pub struct ToolUsage {
    /// The kind.
    pub kind: &'static str,
    /// The tool, in items.
    pub tool: &'static str,
    /// The name of the person, in each form that the tool has, first that is there.
    pub person: &'static [(Path, NameForm)],
    /// The day; a longer text begins with it.
    pub day: Path,
    /// Counters of which one above 0, and flags of which one that is true, means that the tool was used.
    pub active: &'static [Path],
    /// Sums, by the name that items have them under.
    pub sums: &'static [(&'static str, &'static [Path])],
    /// True when a person may have several rows a day, which are added up.
    pub has_several_rows: bool,
}

const COPILOT: ToolUsage = ToolUsage {
    kind: "organization-user-usage-metrics",
    tool: "copilot",
    person: &[(&["user_login"], NameForm::Login)],
    day: &["day"],
    active: &[
        &["user_initiated_interaction_count"],
        &["code_generation_activity_count"],
        &["code_acceptance_activity_count"],
        &["loc_added_sum"],
        &["loc_deleted_sum"],
        &["used_agent"],
        &["used_chat"],
        &["used_cli"],
        &["used_copilot_app"],
        &["used_copilot_cloud_agent"],
        &["used_copilot_coding_agent"],
        &["used_copilot_code_review_active"],
        &["used_vscode_agent"],
    ],
    sums: &[
        ("interactions", &[&["user_initiated_interaction_count"]]),
        ("lines_suggested", &[&["loc_suggested_to_add_sum"]]),
        ("lines_added", &[&["loc_added_sum"]]),
        ("lines_deleted", &[&["loc_deleted_sum"]]),
        ("credits", &[&["ai_credits_used"]]),
    ],
    has_several_rows: false,
};

/// Every kind whose rows are people's days with a tool.
pub const TOOLS: &[ToolUsage] = &[
    COPILOT,
    ToolUsage { kind: "enterprise-user-usage-metrics", ..COPILOT },
    ToolUsage {
        kind: "cursor-daily-usage",
        tool: "cursor",
        person: &[(&["email"], NameForm::Email), (&["userId"], NameForm::Machine)],
        day: &["day"],
        active: &[&["isActive"]],
        sums: &[
            ("interactions", &[&["composerRequests"], &["chatRequests"], &["agentRequests"], &["cmdkUsages"]]),
            ("lines_suggested", &[&["totalLinesAdded"]]),
            ("lines_added", &[&["acceptedLinesAdded"]]),
            ("lines_deleted", &[&["acceptedLinesDeleted"]]),
        ],
        has_several_rows: false,
    },
    ToolUsage {
        kind: "claude-code-usage",
        tool: "claude-code",
        person: &[(&["actor", "email_address"], NameForm::Email), (&["actor", "api_key_name"], NameForm::Machine)],
        day: &["date"],
        active: &[
            &["core_metrics", "num_sessions"],
            &["core_metrics", "lines_of_code", "added"],
            &["core_metrics", "lines_of_code", "removed"],
            &["core_metrics", "commits_by_claude_code"],
            &["core_metrics", "pull_requests_by_claude_code"],
        ],
        sums: &[
            ("lines_added", &[&["core_metrics", "lines_of_code", "added"]]),
            ("lines_deleted", &[&["core_metrics", "lines_of_code", "removed"]]),
            ("sessions", &[&["core_metrics", "num_sessions"]]),
            ("cost_cents", &[&["model_breakdown", "[]", "estimated_cost", "amount"]]),
        ],
        has_several_rows: true,
    },
];

/// The names of sums, in the order in which items have them.
pub const SUMS: [&str; 7] =
    ["interactions", "lines_suggested", "lines_added", "lines_deleted", "sessions", "cost_cents", "credits"];

impl Kind {
    /// The comparable core of its rows; none for a kind whose rows are no days of people with a tool.
    pub fn tool_usage(&self) -> Option<&'static ToolUsage> {
        TOOLS.iter().find(|usage| usage.kind == self.name)
    }
}

/// The kinds whose rows are people's days with a tool.
pub fn kinds() -> impl Iterator<Item = (&'static Kind, &'static ToolUsage)> {
    TOOLS.iter().filter_map(|usage| Some((find(usage.kind)?, usage)))
}

/// A person's day with a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolDay {
    /// The day.
    pub day: Day,
    /// The person as the tool names it.
    pub identity: String,
    /// The same text for one person in whatever tool.
    pub person: String,
    /// How the person was found.
    pub matched_by: MatchedBy,
    /// Whether the tool was used.
    pub is_active: bool,
    /// What the tool tells, by the names in [`SUMS`].
    pub sums: [Option<f64>; SUMS.len()],
}

/// Reason for which a row is no person's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoToolDay {
    /// The row names nobody.
    #[error("the row names neither a person nor a key")]
    Nobody,
    /// The row has no day.
    #[error("the row has no day")]
    NoDay,
}

impl ToolUsage {
    /// What a row says in the one model.
    ///
    /// # Errors
    /// Fails when the row names nobody, or has no day.
    pub fn read(&self, row: &Value, aliases: &PersonAliases) -> Result<ToolDay, NoToolDay> {
        let named = self.person.iter().find_map(|(path, form)| Some((text(first(row, path)?)?, *form)));
        let (identity, form) = named.ok_or(NoToolDay::Nobody)?;
        let day = first(row, self.day).and_then(Value::as_str).and_then(|text| text.get(..10)?.parse().ok());
        let person = aliases.find(&identity, form);
        Ok(ToolDay {
            day: day.ok_or(NoToolDay::NoDay)?,
            identity,
            person: person.id,
            matched_by: person.by,
            is_active: self.active.iter().any(|path| first(row, path).is_some_and(is_above_zero)),
            sums: SUMS.map(|name| {
                let (_, paths) = self.sums.iter().find(|(sum, _)| *sum == name)?;
                total(row, paths)
            }),
        })
    }
}

impl ToolDay {
    /// Adds another row of the same person, tool and day.
    pub fn add(&mut self, other: &Self) {
        self.is_active |= other.is_active;
        for (sum, of_other) in self.sums.iter_mut().zip(other.sums) {
            *sum = match (*sum, of_other) {
                (None, None) => None,
                (one, other) => Some(one.unwrap_or_default() + other.unwrap_or_default()),
            };
        }
    }

    /// The item. What the tool does not tell is not in it.
    pub fn item(&self, tool: &str, account: &str) -> Value {
        let mut item = Map::new();
        let mut put = |name: &str, value: Value| {
            item.insert(name.to_owned(), value);
        };
        put("tool", tool.into());
        put("account", account.into());
        put("day", self.day.to_string().into());
        put("person", self.person.clone().into());
        put("identity", self.identity.clone().into());
        put("matched_by", self.matched_by.name().into());
        put("active", self.is_active.into());
        for (name, sum) in SUMS.iter().zip(self.sums) {
            if let Some(sum) = sum {
                put(name, number(sum));
            }
        }
        Value::Object(item)
    }
}

/// A whole number without a decimal point.
fn number(value: f64) -> Value {
    /// Doubles hold every whole number up to here.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < WHOLE { Value::from(value as i64) } else { Value::from(value) }
}

/// The value at the end of a path without lists.
fn first<'a>(row: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(row, |value, key| value.get(key)).filter(|value| !value.is_null())
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn is_above_zero(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_f64().is_some_and(|number| number > 0.0))
}

/// The sum of all numbers at these paths; none when there is none.
fn total(row: &Value, paths: &[Path]) -> Option<f64> {
    let mut sum = None;
    for path in paths {
        add(row, path, &mut sum);
    }
    sum
}

fn add(value: &Value, path: &[&str], sum: &mut Option<f64>) {
    match path.split_first() {
        None => {
            if let Some(number) = value.as_f64() {
                *sum = Some(sum.unwrap_or_default() + number);
            }
        }
        Some((&"[]", rest)) => value.as_array().into_iter().flatten().for_each(|element| add(element, rest, sum)),
        Some((key, rest)) => {
            if let Some(value) = value.get(key) {
                add(value, rest, sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(kind: &str, row: &Value) -> Value {
        let aliases = PersonAliases::new([("ada@acme.example", vec!["ada-acme"])]).unwrap();
        let usage = find(kind).unwrap().tool_usage().unwrap();
        usage.read(row, &aliases).unwrap().item(usage.tool, "acme")
    }

    #[test]
    fn one_person_is_one_in_three_tools_and_what_a_tool_does_not_tell_is_absent() {
        let copilot = json!({"day": "2026-11-02", "user_login": "Ada-Acme", "user_initiated_interaction_count": 3,
            "loc_suggested_to_add_sum": 20, "loc_added_sum": 8, "loc_deleted_sum": 0, "ai_credits_used": 1.5});
        let cursor = json!({"day": "2026-11-02", "email": "Ada@acme.example", "isActive": true, "composerRequests": 2, "chatRequests": 1,
            "totalLinesAdded": 50, "acceptedLinesAdded": 30, "acceptedLinesDeleted": 4});
        let claude = json!({"date": "2026-11-02T00:00:00Z", "actor": {"type": "user_actor", "email_address": "ada@acme.example"},
            "core_metrics": {"num_sessions": 2, "lines_of_code": {"added": 7, "removed": 1}},
            "model_breakdown": [{"estimated_cost": {"amount": 100}}, {"estimated_cost": {"amount": 25.5}}]});
        let told = |tool: &str, identity: &str, by: &str| {
            json!({"tool": tool, "account": "acme", "day": "2026-11-02", "person": "ada@acme.example", "identity": identity,
                "matched_by": by, "active": true})
        };
        let with = |mut item: Value, more: Value| {
            item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            item
        };
        assert_eq!(
            read("organization-user-usage-metrics", &copilot),
            with(
                told("copilot", "Ada-Acme", "alias"),
                json!({"interactions": 3, "lines_suggested": 20, "lines_added": 8, "lines_deleted": 0, "credits": 1.5})
            )
        );
        assert_eq!(
            read("cursor-daily-usage", &cursor),
            with(
                told("cursor", "Ada@acme.example", "alias"),
                json!({"interactions": 3, "lines_suggested": 50, "lines_added": 30, "lines_deleted": 4})
            )
        );
        assert_eq!(
            read("claude-code-usage", &claude),
            with(
                told("claude-code", "ada@acme.example", "alias"),
                json!({"lines_added": 7, "lines_deleted": 1, "sessions": 2, "cost_cents": 125.5})
            )
        );
    }

    #[test]
    fn who_cannot_be_matched_is_told_and_never_guessed() {
        let login = read("enterprise-user-usage-metrics", &json!({"day": "2026-11-02", "user_login": "ada"}));
        assert_eq!(
            (&login["person"], &login["matched_by"], &login["active"]),
            (&json!("github:ada"), &json!("none"), &json!(false))
        );
        let key =
            json!({"date": "2026-11-02T00:00:00Z", "actor": {"type": "api_actor", "api_key_name": "ci"}, "core_metrics": {}});
        let key = read("claude-code-usage", &key);
        assert_eq!((&key["person"], &key["matched_by"], key.get("sessions")), (&json!("ci"), &json!("no-person"), None));
        let usage = find("claude-code-usage").unwrap().tool_usage().unwrap();
        let nobody = usage.read(&json!({"date": "2026-11-02T00:00:00Z", "actor": {}}), &PersonAliases::default());
        assert_eq!(nobody, Err(NoToolDay::Nobody));
        assert_eq!(usage.read(&json!({"actor": {"email_address": "a@b.c"}}), &PersonAliases::default()), Err(NoToolDay::NoDay));
    }

    #[test]
    fn rows_of_one_person_are_added_up() {
        let usage = find("claude-code-usage").unwrap().tool_usage().unwrap();
        let row = |added: u64, cost: Option<u64>| {
            let breakdown: Vec<Value> = cost.into_iter().map(|cost| json!({"estimated_cost": {"amount": cost}})).collect();
            let row = json!({"date": "2026-11-02T00:00:00Z", "actor": {"email_address": "a@b.c"},
                "core_metrics": {"lines_of_code": {"added": added}}, "model_breakdown": breakdown});
            usage.read(&row, &PersonAliases::default()).unwrap()
        };
        let mut day = row(0, None);
        assert!(!day.is_active);
        day.add(&row(3, Some(20)));
        let item = day.item("claude-code", "acme");
        assert_eq!(
            (&item["active"], &item["lines_added"], &item["cost_cents"], item.get("sessions")),
            (&json!(true), &json!(3), &json!(20), None)
        );
    }

    #[test]
    fn every_tool_reads_documented_fields_of_a_kind_about_people() {
        use crate::model::field::Field;
        fn has(fields: &[Field], path: &[&str]) -> bool {
            match path.split_first() {
                None => true,
                Some((&"[]", rest)) => has(fields, rest),
                Some((first, rest)) => fields.iter().any(|field| field.name == *first && has(field.children, rest)),
            }
        }
        assert_eq!(kinds().count(), TOOLS.len());
        for (kind, usage) in kinds() {
            assert!(kind.persons.are_of_people(), "{}", kind.name);
            let paths = usage.person.iter().map(|(path, _)| *path).chain([usage.day]).chain(usage.active.iter().copied());
            for path in paths.chain(usage.sums.iter().flat_map(|(_, paths)| paths.iter().copied())) {
                assert!(has(kind.fields, path), "{}: {path:?}", kind.name);
            }
            assert!(usage.sums.iter().all(|(name, _)| SUMS.contains(name)), "{}", kind.name);
        }
    }
}
