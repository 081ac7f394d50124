//! Holds `docs/settings.md` to the table of settings: a page that lags behind fails here.
//!
//! `UPDATE_SETTINGS_PAGE=1 cargo test --lib settings::page` writes the generated parts anew.

use std::fs;
use std::path::Path;

use super::table::{KNOWN, Known, Shape, WITHOUT_MEANING, ocean_variable};

fn row(known: &Known) -> String {
    let file = (known.shape == Shape::Secret).then(|| format!("`{}_FILE`", known.variable));
    let names = [known.variable].into_iter().chain(known.plain.iter().copied()).map(|name| format!("`{name}`"));
    let names: Vec<String> = names.chain(file).collect();
    let default = if known.default.is_empty() { String::new() } else { format!("`{}`", known.default) };
    format!("| `{}` | {} | {} | {default} | {} |", known.key, names.join(", "), takes(known.shape), known.about)
}

fn takes(shape: Shape) -> String {
    let words = match shape {
        Shape::Text => "text",
        Shape::Secret => "secret",
        Shape::Url => "address",
        Shape::Boolean => "true, false",
        Shape::Seconds => "seconds",
        Shape::Interval => "minutes, or `2h 30m`",
        Shape::Recurrence => "minutes, `2h 30m`, or cron: `0 */6 * * *`",
        Shape::Part => "0 to 1",
        Shape::Days => "days",
        Shape::People => "people",
        Shape::Address => "IP address",
        Shape::PortNumber => "port",
        Shape::Table(_) => "list of objects",
        Shape::List => "list: `a,b`",
        Shape::Choice(choices) => return choices.join(", "),
    };
    words.to_owned()
}

/// Parts of the page between two marks, with their generated text.
fn parts() -> [(&'static str, String); 2] {
    let rows: Vec<String> = KNOWN.iter().map(row).collect();
    let header = "| setting | variable | takes | default | meaning |\n| --- | --- | --- | --- | --- |\n";
    let names: Vec<String> = WITHOUT_MEANING.iter().map(|key| format!("`{}`", ocean_variable(key))).collect();
    [("settings", format!("{header}{}\n", rows.join("\n"))), ("without meaning", format!("{}\n", names.join(",\n")))]
}

#[test]
fn the_page_of_settings_says_what_the_table_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
    let mut page = fs::read_to_string(&file).unwrap();
    for (name, expected) in parts() {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
        let start = page.find(&begin).unwrap_or_else(|| panic!("the page lacks {begin}")) + begin.len();
        let length = page[start..].find(&end).unwrap_or_else(|| panic!("the page lacks {end}"));
        if std::env::var_os("UPDATE_SETTINGS_PAGE").is_some() {
            page.replace_range(start..start + length, &expected);
        } else {
            assert_eq!(page[start..start + length], expected, "UPDATE_SETTINGS_PAGE=1 writes the page anew");
        }
    }
    if std::env::var_os("UPDATE_SETTINGS_PAGE").is_some() {
        fs::write(file, page).unwrap();
    }
}
