//! `pilotage kinds`: what can be collected, and the fields of one kind's items.

use serde_json::{Value, json};

use super::console;
use super::failure::{Failure, exit};
use super::flags::{KindsFlags, TextOrJson};
use super::style;
use crate::kind::{self, Kind};
use crate::model::field::{Field, FieldType};
use crate::render::table::{Align, Table};

pub(super) fn run(flags: &KindsFlags) -> Result<u8, Failure> {
    let text = match (&flags.kind, flags.output) {
        (None, TextOrJson::Text) => all_as_text(),
        (None, TextOrJson::Json) => format!("{:#}\n", kind::ALL.iter().map(summary).collect::<Value>()),
        (Some(name), output) => {
            let kind = find(name)?;
            match output {
                TextOrJson::Text => one_as_text(kind),
                TextOrJson::Json => format!("{:#}\n", one_as_json(kind)),
            }
        }
    };
    console::data(flags.output, &text)?;
    Ok(exit::DONE)
}

/// The kind of that name, or a failure that names the nearest one.
pub(super) fn find(name: &str) -> Result<&'static Kind, Failure> {
    kind::find(name).ok_or_else(|| {
        let failure = Failure::wrong(format!("there is no kind `{name}`"));
        match kind::nearest(name) {
            Some(near) => failure.help(format!("did you mean `{}`? `pilotage kinds` lists all", near.name)),
            None => failure.help("`pilotage kinds` lists all"),
        }
    })
}

fn all_as_text() -> String {
    let mut table = Table::new([("kind", Align::Left), ("what", Align::Left)]);
    for kind in &kind::ALL {
        let closed = kind.sunset.map(|sunset| format!(" (closed by GitHub on {}, use {})", sunset.closed, sunset.replacement));
        table = table.row([kind.name.to_owned(), format!("{}{}", kind.about, closed.unwrap_or_default())]);
    }
    format!("{}\n`pilotage kinds KIND` shows the fields of its items\n", style::fitted(&table))
}

fn one_as_text(kind: &Kind) -> String {
    let mut page = format!("{}: {}\n", kind.name, kind.about);
    if !kind.aliases.is_empty() {
        page.push_str(&format!("also called {}\n", kind.aliases.join(", ")));
    }
    if let Some(sunset) = kind.sunset {
        page.push_str(&format!("closed by GitHub on {}; use {} instead\n", sunset.closed, sunset.replacement));
    }
    for path in paths(kind) {
        page.push_str(&format!("read from {path}\n"));
    }
    if kind.source.has_days() {
        page.push_str("the selector may choose days: `days`, `since`, `until`\n");
    }
    page.push('\n');
    let table = Table::new(["field", "type", "meaning"].map(|header| (header, Align::Left)));
    let table = kind.item_fields().fold(table, |table, field| with_field(table, "", field));
    format!("{page}{}", style::fitted(&table))
}

/// All paths that a kind is read from, those of an enterprise last.
fn paths(kind: &Kind) -> Vec<&'static str> {
    let sources = std::iter::once(kind.source).chain(kind.of_enterprise);
    sources.flat_map(|source| source.endpoints()).map(|endpoint| endpoint.path.0).collect()
}

/// Adds a row for a field, and for each field within it.
fn with_field(table: Table, prefix: &str, field: &Field) -> Table {
    let path = format!("{prefix}.{}", field.name);
    let table = table.row([path.as_str(), field.kind.name(), field.about]);
    let within = if field.kind == FieldType::List { format!("{path}[]") } else { path };
    field.children.iter().fold(table, |table, child| with_field(table, &within, child))
}

fn summary(kind: &Kind) -> Value {
    json!({
        "name": kind.name,
        "aliases": kind.aliases,
        "about": kind.about,
        "path": kind.path().0,
        "paths": paths(kind),
        "days": kind.source.has_days(),
        "closed": kind.sunset.map(|sunset| sunset.closed),
        "replacement": kind.sunset.map(|sunset| sunset.replacement),
    })
}

fn one_as_json(kind: &Kind) -> Value {
    fn field_as_json(field: &Field) -> Value {
        let children: Vec<Value> = field.children.iter().map(field_as_json).collect();
        json!({ "name": field.name, "type": field.kind.name(), "about": field.about, "fields": children })
    }
    let mut json = summary(kind);
    json["fields"] = kind.item_fields().map(field_as_json).collect();
    json
}
