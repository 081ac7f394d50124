//! Fields of closed kinds with their successors, and expressions rewritten by them.

use std::ops::Range;

use super::super::program::syntax::{Part, Term, TermKind};

/// Successor of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Successor {
    /// The same value by another path.
    Same(&'static str),
    /// A value that is near, and the difference.
    Near(&'static str, &'static str),
    /// None, and the reason.
    None(&'static str),
    /// One for kinds of teams, another for those of organizations and enterprises.
    ByScope { team: &'static Successor, other: &'static Successor },
}
use Successor::{ByScope, Near, None as Nothing, Same};

/// Paths of legacy records without `?`. A path that begins as one of them and is longer has no successor.
const LEGACY: &[(&str, Successor)] = &[
    (".date", Same(".day")),
    (
        ".total_active_users",
        ByScope {
            team: &Same(".members_active"),
            other: &Near(".daily_active_users", "counts everybody whom GitHub's servers saw, so it may be larger"),
        },
    ),
    (".total_engaged_users", Nothing("deliberate activity is not counted apart from activity")),
    (
        ".copilot_ide_code_completions.editors[].models[].languages[].total_code_suggestions",
        Same("(.totals_by_feature[]? | select(.feature == \"code_completion\") | .code_generation_activity_count)"),
    ),
    (
        ".copilot_ide_code_completions.editors[].models[].languages[].total_code_acceptances",
        Same("(.totals_by_feature[]? | select(.feature == \"code_completion\") | .code_acceptance_activity_count)"),
    ),
    (
        ".copilot_ide_code_completions.editors[].models[].languages[].total_code_lines_suggested",
        Same("(.totals_by_feature[]? | select(.feature == \"code_completion\") | .loc_suggested_to_add_sum)"),
    ),
    (
        ".copilot_ide_code_completions.editors[].models[].languages[].total_code_lines_accepted",
        Same("(.totals_by_feature[]? | select(.feature == \"code_completion\") | .loc_added_sum)"),
    ),
    (
        ".copilot_ide_code_completions.languages[].name",
        Same("(.totals_by_language_feature[]? | select(.feature == \"code_completion\") | .language)"),
    ),
    (".copilot_ide_code_completions.editors[].name", Near(".totals_by_ide[]?.ide", "names the editors of chat as well")),
    (".copilot_ide_code_completions", Nothing("reports do not count completions by editor, model and language together")),
    (
        ".copilot_ide_chat.editors[].models[].total_chats",
        Near(
            "(.totals_by_feature[]? | select((.feature // \"\") | . == \"chat_inline\" or startswith(\"chat_panel_\")) \
             | .user_initiated_interaction_count)",
            "counts prompts, not conversations",
        ),
    ),
    (".copilot_ide_chat.editors[].models[].total_chat_copy_events", Nothing("copies from chat are not counted")),
    (".copilot_ide_chat.editors[].models[].total_chat_insertion_events", Nothing("insertions from chat are not counted")),
    (".copilot_ide_chat.editors[].total_engaged_users", CHAT_USERS),
    (".copilot_ide_chat.total_engaged_users", CHAT_USERS),
    (".copilot_ide_chat", Nothing("reports do not count chat by editor and model together")),
    (".copilot_dotcom_chat", Nothing("chat on github.com is not reported apart")),
    (".copilot_dotcom_pull_requests", Nothing("summaries of pull requests are not counted; `.pull_requests` has other numbers")),
];

const CHAT_USERS: Successor = ByScope {
    team: &Near(".daily_active_chat_users", "counts each member once, not once for each editor"),
    other: &Nothing("users of chat are counted within 28 days only: `.monthly_active_chat_users`"),
};

/// Fields of kinds that stay, which GitHub has renamed.
const RENAMED: &[(&str, &str)] = &[(".used_copilot_coding_agent", ".used_copilot_cloud_agent")];

/// Fields that a rewriting looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fields {
    /// Those of legacy records, of teams or not.
    Legacy { is_of_teams: bool },
    /// Those that were renamed.
    Renamed,
}

/// Field of an expression that has no exact successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inexact {
    /// Position in the expression.
    pub(super) span: Range<usize>,
    /// The field as written.
    pub(super) field: String,
    /// The successor, as written. None: there is none.
    pub(super) successor: Option<&'static str>,
    /// Difference, or reason.
    pub(super) reason: &'static str,
}

/// Rewritten expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rewriting {
    /// Replaced parts with their new text, in the order of the text.
    pub(super) replaced: Vec<(Range<usize>, String)>,
    /// Fields without an exact successor, in the same order.
    pub(super) inexact: Vec<Inexact>,
}

impl Rewriting {
    /// Tells whether every field has a successor.
    pub(super) fn is_possible(&self) -> bool {
        self.inexact.iter().all(|inexact| inexact.successor.is_some())
    }

    /// The expression with its replaced parts.
    pub(super) fn text(&self, source: &str) -> String {
        let mut text = source.to_owned();
        for (span, replacement) in self.replaced.iter().rev() {
            text.replace_range(span.clone(), replacement);
        }
        text
    }
}

/// Rewrites the fields of an expression that are read from the item.
pub(super) fn rewrite(term: &Term, source: &str, fields: Fields) -> Rewriting {
    let mut rewriting = Rewriting::default();
    follow(term, source, fields, &mut rewriting);
    rewriting
}

/// Functions whose arguments are evaluated on something else than their input.
const ON_OTHER_INPUT: &[&str] = &[
    "map",
    "map_values",
    "sort_by",
    "group_by",
    "min_by",
    "max_by",
    "unique_by",
    "with_entries",
    "recurse",
    "walk",
    "to_entries",
    "add",
    "any",
    "all",
];

/// Follows the parts of a term whose input is the item.
fn follow(term: &Term, source: &str, fields: Fields, rewriting: &mut Rewriting) {
    if let Some(path) = path_text(term)
        && let Some((name, successor)) = successor(&path, fields)
    {
        // `.a | .b` of a known beginning may go on with what is not known: then the beginning alone is no better.
        let written = source.get(term.span.clone()).unwrap_or_default();
        apply(term, written, name, successor, fields, rewriting);
        return;
    }
    match &term.kind {
        TermKind::Pipe(left, _) => follow(left, source, fields, rewriting),
        TermKind::Call { name, .. } if ON_OTHER_INPUT.contains(&name.as_str()) => {}
        TermKind::Reduce { source: from, .. } | TermKind::Foreach { source: from, .. } => follow(from, source, fields, rewriting),
        TermKind::Define(_, body) => follow(body, source, fields, rewriting),
        TermKind::Try { body, .. } => follow(body, source, fields, rewriting),
        _ => term.parts().into_iter().for_each(|part| follow(part, source, fields, rewriting)),
    }
}

fn apply(term: &Term, written: &str, name: &str, successor: Successor, fields: Fields, rewriting: &mut Rewriting) {
    let (text, reason) = match successor {
        Same(text) => (Some(text), None),
        Near(text, reason) => (Some(text), Some(reason)),
        Nothing(reason) => (None, Some(reason)),
        ByScope { team, other } => {
            let is_of_teams = fields == Fields::Legacy { is_of_teams: true };
            return apply(term, written, name, *if is_of_teams { team } else { other }, fields, rewriting);
        }
    };
    if let Some(text) = text {
        // `{date}` is short for `{date: .date}`.
        let text = if written.starts_with(['.', '(']) { text.to_owned() } else { format!("{written}: {text}") };
        rewriting.replaced.push((term.span.clone(), text));
    }
    if let Some(reason) = reason {
        rewriting.inexact.push(Inexact { span: term.span.clone(), field: name.to_owned(), successor: text, reason });
    }
}

/// Path of a term from the item, such as `.editors[].name`. None for a term that is no path of keys and elements.
fn path_text(term: &Term) -> Option<String> {
    let steps = term.path()?;
    let mut text = String::new();
    for step in steps {
        match step.part {
            Part::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Part::Each => text.push_str("[]"),
            Part::Index(_) | Part::Slice(..) => text.push_str("[?]"),
        }
    }
    Some(text).filter(|text| text.starts_with('.'))
}

/// Name of the field at the beginning of a path, and its successor. None for a path of other fields.
fn successor(path: &str, fields: Fields) -> Option<(&str, Successor)> {
    if fields == Fields::Renamed {
        let renamed = RENAMED.iter().find(|(old, _)| path == *old);
        return renamed.map(|(old, new)| (*old, Same(new)));
    }
    if let Some((name, successor)) = LEGACY.iter().find(|(name, _)| path == *name) {
        return Some((name, *successor));
    }
    let root = path.split_inclusive(['.', '[']).nth(1)?.trim_end_matches(['.', '[']);
    let of_root = LEGACY.iter().find(|(name, _)| name.trim_start_matches('.') == root);
    // Something below `.date` is an error for every item; only objects are longer.
    of_root.map(|(_, successor)| (path, *successor)).filter(|(_, successor)| matches!(successor, Nothing(_)))
}

#[cfg(test)]
mod tests {
    use super::super::super::program::{CompileOptions, read};
    use super::*;

    fn rewritten(source: &str, fields: Fields) -> (String, Vec<String>) {
        let rewriting = rewrite(&read(source, &CompileOptions::default()).unwrap(), source, fields);
        let inexact = rewriting.inexact.iter().map(|inexact| inexact.field.clone()).collect();
        (rewriting.text(source), inexact)
    }

    #[test]
    fn a_field_of_a_legacy_record_becomes_its_successor_wherever_it_is_read_from_the_item() {
        let completions = ".copilot_ide_code_completions.editors[]?.models[]?.languages[]?.total_code_suggestions";
        let suggested = "(.totals_by_feature[]? | select(.feature == \"code_completion\") | .code_generation_activity_count)";
        let table = [
            (".date".to_owned(), ".day".to_owned()),
            ("(.__team.slug + \"@\" + .date)".to_owned(), "(.__team.slug + \"@\" + .day)".to_owned()),
            ("\"\\(.date)T00:00:00Z\"".to_owned(), "\"\\(.day)T00:00:00Z\"".to_owned()),
            (
                "if .total_active_users > 0 then .date else null end".to_owned(),
                "if .members_active > 0 then .day else null end".to_owned(),
            ),
            ("{date, users: .total_active_users}".to_owned(), "{date: .day, users: .members_active}".to_owned()),
            (
                format!("[{completions}] | map(select(. != null) ) | add"),
                format!("[{suggested}] | map(select(. != null) ) | add"),
            ),
            (".date | split(\"-\") | .[0]".to_owned(), ".day | split(\"-\") | .[0]".to_owned()),
            (". as $day | $day.date".to_owned(), ". as $day | $day.date".to_owned()),
            ("[.list[] | .date]".to_owned(), "[.list[] | .date]".to_owned()),
            (".list | map(.date)".to_owned(), ".list | map(.date)".to_owned()),
            ("\".date\"".to_owned(), "\".date\"".to_owned()),
        ];
        for (source, expected) in table {
            assert_eq!(rewritten(&source, Fields::Legacy { is_of_teams: true }), (expected, Vec::new()), "{source}");
        }
    }

    #[test]
    fn a_field_without_an_exact_successor_is_named() {
        let table = [
            (".total_active_users", ".daily_active_users", ".total_active_users"),
            (".total_engaged_users", ".total_engaged_users", ".total_engaged_users"),
            (
                ".copilot_ide_chat.total_engaged_users",
                ".copilot_ide_chat.total_engaged_users",
                ".copilot_ide_chat.total_engaged_users",
            ),
            (".copilot_dotcom_chat.models[0].name", ".copilot_dotcom_chat.models[0].name", ".copilot_dotcom_chat.models[?].name"),
            ("(.copilot_ide_chat | length)", "(.copilot_ide_chat | length)", ".copilot_ide_chat"),
        ];
        for (source, expected, field) in table {
            let fields = Fields::Legacy { is_of_teams: false };
            assert_eq!(rewritten(source, fields), (expected.to_owned(), vec![field.to_owned()]), "{source}");
        }
    }

    #[test]
    fn a_renamed_field_of_a_kind_that_stays_takes_its_new_name() {
        let table = [
            (".used_copilot_coding_agent", ".used_copilot_cloud_agent"),
            (".used_copilot_coding_agent == true", ".used_copilot_cloud_agent == true"),
            (".date", ".date"),
        ];
        for (source, expected) in table {
            assert_eq!(rewritten(source, Fields::Renamed), (expected.to_owned(), Vec::new()), "{source}");
        }
    }
}
