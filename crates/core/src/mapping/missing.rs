//! The first path of an expression that leads nowhere in an item, and the nearest key that is there.

use serde::Serialize;
use serde_json::Value as Json;

use super::nearest::nearest;
use super::program::syntax::{Literal, Part, Step, Term, TermKind};
use super::program::{CompileOptions, read};
use super::quotes::quote_rewriting;

/// So many keys of an object are listed when none of them is like the one that is missing.
const KEYS_LISTED: usize = 8;

/// A path that leads nowhere in an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The path up to the part that is missing: `.copilot_ide_chat.editor`.
    pub path: String,
    /// Value that is there instead, a clause: `.copilot_ide_chat` has no key `editor`.
    pub found: String,
    /// The nearest key that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

/// The first path of an expression that leads nowhere in an item.
pub(super) fn missing(expression: &str, item: &Json) -> Option<Missing> {
    let term = read(&quote_rewriting(expression), &CompileOptions::default()).ok()?;
    let mut paths = Vec::new();
    paths_of_item(&term, &mut paths);
    paths.into_iter().find_map(|path| follow(&path, item).err())
}

/// The paths of an expression that begin at its input, from left to right.
fn paths_of_item<'a>(term: &'a Term, paths: &mut Vec<Vec<Step<'a>>>) {
    match &term.kind {
        // What stands to the right of `|` has another input, unless it is the whole item.
        TermKind::Pipe(left, right) => {
            paths_of_item(left, paths);
            if matches!(left.bare().kind, TermKind::Identity) {
                paths_of_item(right, paths);
            }
        }
        // Only the function knows what it hands to its arguments.
        TermKind::Call { .. }
        | TermKind::Define(..)
        | TermKind::Reduce { .. }
        | TermKind::Foreach { .. }
        | TermKind::Label(..)
        | TermKind::Try { catch: Some(_), .. } => {}
        _ => match term.path() {
            Some(path) if path.iter().all(is_written_out) => paths.push(path),
            _ => term.parts().into_iter().for_each(|part| paths_of_item(part, paths)),
        },
    }
}

/// True for a step that does not depend on the item: a key, a constant index, a constant slice.
fn is_written_out(step: &Step<'_>) -> bool {
    let is_literal = |term: &Term| matches!(term.kind, TermKind::Literal(_));
    match step.part {
        Part::Key(_) | Part::Each => true,
        Part::Index(index) => is_literal(index),
        Part::Slice(from, upto) => from.into_iter().chain(upto).all(is_literal),
    }
}

/// Follows a path in an item. The error is the step that leads nowhere.
fn follow(path: &[Step<'_>], item: &Json) -> Result<(), Missing> {
    let (mut values, mut written) = (vec![item], String::new());
    for step in path {
        let owner = if written.is_empty() { ".".to_owned() } else { written.clone() };
        let nothing = |path: String| {
            let what = values.first().map_or("nothing".to_owned(), |value| what(value));
            Missing { path, found: format!("`{owner}` is {what}"), nearest: None }
        };
        let (path, found): (_, Vec<_>) = match step.part {
            Part::Key(name) => {
                let path = super::read::join(&written, name);
                let path = if path.starts_with('.') { path } else { format!(".{path}") };
                let found = values.iter().filter_map(|value| value.get(name));
                let found: Vec<_> = found.filter(|value| !value.is_null()).collect();
                if found.is_empty() {
                    return Err(no_key(&values, &written, name, path));
                }
                (path, found)
            }
            Part::Each => {
                let found = values.iter().flat_map(|value| elements(value)).collect();
                (format!("{owner}[]"), found)
            }
            Part::Index(index) => {
                let Some(Literal::Number(digits)) = index.literal() else {
                    return Ok(());
                };
                let found = values.iter().filter_map(|value| value.get(digits.parse::<f64>().ok()? as usize));
                (format!("{owner}[{digits}]"), found.collect())
            }
            // A slice is of the whole; an element is one of them.
            Part::Slice(..) => continue,
        };
        if found.is_empty() {
            return Err(nothing(path));
        }
        (values, written) = (found, path);
    }
    Ok(())
}

fn elements(value: &Json) -> Vec<&Json> {
    match value {
        Json::Array(list) => list.iter().collect(),
        Json::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

fn no_key(values: &[&Json], written: &str, name: &str, path: String) -> Missing {
    let owner = if written.is_empty() { "the item".to_owned() } else { format!("`{written}`") };
    let objects: Vec<_> = values.iter().filter_map(|value| value.as_object()).collect();
    if objects.iter().any(|object| object.contains_key(name)) {
        return Missing { found: format!("`{path}` is null"), path, nearest: None };
    }
    let Some(first) = objects.first() else {
        let what = values.first().map_or("nothing".to_owned(), |value| what(value));
        return Missing { found: format!("{owner} is {what}"), path, nearest: None };
    };
    let near = nearest(name, first.keys().map(String::as_str)).map(str::to_owned);
    let mut found = format!("{owner} has no key `{name}`");
    if near.is_none() {
        let keys: Vec<_> = first.keys().take(KEYS_LISTED).map(|key| format!("`{key}`")).collect();
        let more = if first.len() > KEYS_LISTED { ", …" } else { "" };
        found = match keys.is_empty() {
            true => format!("{owner} is an empty object"),
            false => format!("{found}, but {}{more}", keys.join(", ")),
        };
    }
    Missing { path, found, nearest: near }
}

fn what(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => format!("the number {number}"),
        Json::String(_) => "a text".to_owned(),
        Json::Array(list) if list.is_empty() => "an empty list".to_owned(),
        Json::Array(list) => format!("a list of {}", list.len()),
        Json::Object(map) if map.is_empty() => "an empty object".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_part_of_a_path_that_is_missing_is_named_with_the_nearest_key() {
        let item = json!({
            "daily_active_users": 5, "nothing": null, "text": "x", "empty": [],
            "chat": {"editors": [{"name": "vscode", "models": [{"total_chats": 1}]}, {"name": "vim"}]},
        });
        let cases: &[(&str, &str, &str, Option<&str>)] = &[
            (
                ".dayly_active_users",
                ".dayly_active_users",
                "the item has no key `dayly_active_users`",
                Some("daily_active_users"),
            ),
            (
                ".chat.editors[]?.modles[]?.total_chats",
                ".chat.editors[].modles",
                "`.chat.editors[]` has no key `modles`",
                Some("models"),
            ),
            (
                "[.chat.editors[].models[]?.total_chat] | add",
                ".chat.editors[].models[].total_chat",
                "`.chat.editors[].models[]` has no key `total_chat`",
                Some("total_chats"),
            ),
            (".nothing.at.all", ".nothing", "`.nothing` is null", None),
            (".text.more", ".text.more", "`.text` is a text", None),
            (".empty[].x", ".empty[]", "`.empty` is an empty list", None),
            (".chat.editors[7].name", ".chat.editors[7]", "`.chat.editors` is a list of 2", None),
            (". | .zzz", ".zzz", "the item has no key `zzz`, but `daily_active_users`, `nothing`, `text`, `empty`, `chat`", None),
            (".daily_active_users - .nothing", ".nothing", "`.nothing` is null", None),
        ];
        for (expression, path, found, near) in cases {
            let missing = missing(expression, &item).unwrap_or_else(|| panic!("{expression}"));
            let told = (missing.path.as_str(), missing.found.as_str(), missing.nearest.as_deref());
            assert_eq!(told, (*path, *found, *near), "{expression}");
        }
        for present in [".text", ".chat.editors[].name", ".chat.editors[].models", "map(.zzz)", "$__loc__.zzz"] {
            assert_eq!(missing(present, &item), None, "{present}");
        }
    }
}
