//! Colour of pages for people. Pages are made without it and painted last, after everything from elsewhere was escaped, so no text
//! of a server can bring colour of its own.

use std::ffi::OsString;

use super::flags::ColorChoice;

const RED: &str = "31";
const YELLOW: &str = "33";
const GREEN: &str = "32";
const CYAN: &str = "36";
const BOLD_RED: &str = "1;31";
const BOLD_YELLOW: &str = "1;33";
const BOLD_CYAN: &str = "1;36";

/// First words of lines, up to `:` or `[`.
const LABELS: [(&str, &str); 5] =
    [("error", BOLD_RED), ("warning", BOLD_YELLOW), ("note", BOLD_CYAN), ("help", CYAN), ("FAIL", BOLD_RED)];

/// Whole cells of tables that are states.
const STATES: [(&str, &str); 12] = [
    ("ok", GREEN),
    ("completed", GREEN),
    ("complete", GREEN),
    ("partial", YELLOW),
    ("aborted", YELLOW),
    ("skipped", YELLOW),
    ("failed", RED),
    ("forbidden", RED),
    ("FAILED", BOLD_RED),
    ("FAIL", BOLD_RED),
    ("NO ANSWER", BOLD_RED),
    ("suppressed", YELLOW),
];

/// Beginnings of the sentence that says how a run ended.
const ENDINGS: [(&str, &str); 6] = [
    ("resync done", GREEN),
    ("plan: no changes", GREEN),
    ("resync finished with problems (partial)", YELLOW),
    ("plan (partial)", YELLOW),
    ("resync stopped before the end", YELLOW),
    ("plan (stopped before the end)", YELLOW),
];

/// Signs of changes, of a plan and of `diff -u`.
const SIGNS: [(char, &str); 4] = [('+', GREEN), ('~', YELLOW), ('-', RED), ('!', YELLOW)];

/// Decides whether a stream gets colour: by the flag, else on a terminal that can show it, unless `NO_COLOR` is set.
pub(super) fn is_wanted(choice: ColorChoice, is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let is_refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
            is_terminal && !is_refused && variable("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

/// The choice in arguments that were not read yet, for messages about arguments that cannot be read.
pub(super) fn choice_in(arguments: &[OsString]) -> ColorChoice {
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let values = texts.iter().enumerate().filter_map(|(index, text)| match *text {
        "--color" => texts.get(index + 1).copied(),
        text => text.strip_prefix("--color="),
    });
    let choice = |value: &str| <ColorChoice as clap::ValueEnum>::from_str(value, false).ok();
    values.filter_map(choice).next_back().unwrap_or_default()
}

/// A page with colour.
pub(super) fn painted(page: &str) -> String {
    page.split_inclusive('\n').map(line).collect()
}

fn line(line: &str) -> String {
    let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
    let painted = labelled(text).or_else(|| ended(text)).or_else(|| changed(text)).or_else(|| underlined(text));
    format!("{}{end}", painted.unwrap_or_else(|| cells(text)))
}

/// `error: …`, `warning[code]: …`, also indented.
fn labelled(text: &str) -> Option<String> {
    let rest = text.trim_start();
    let indent = &text[..text.len() - rest.len()];
    let (label, colour) = LABELS.iter().find(|(label, _)| rest.starts_with(label))?;
    let length = match rest[label.len()..].chars().next()? {
        ':' => label.len(),
        '[' => rest.find(']')? + 1,
        _ => return None,
    };
    Some(format!("{indent}{}{}", paint(&rest[..length], colour), &rest[length..]))
}

fn ended(text: &str) -> Option<String> {
    let (beginning, colour) = ENDINGS.iter().find(|(beginning, _)| text.starts_with(beginning))?;
    Some(format!("{}{}", paint(beginning, colour), &text[beginning.len()..]))
}

/// A line that begins with a sign: in the first column as of a diff, in the third as of a plan.
fn changed(text: &str) -> Option<String> {
    let rest = text.strip_prefix("  ").unwrap_or(text);
    let is_indented = rest.len() < text.len();
    let first = rest.chars().next()?;
    let (_, colour) = SIGNS.iter().find(|(sign, _)| *sign == first)?;
    // A plan has a space behind the sign; a diff has no `~` and no `!`.
    let fits = if is_indented { rest[1..].starts_with(' ') } else { matches!(first, '+' | '-') };
    fits.then(|| if is_indented { format!("  {}{}", paint(&rest[..1], colour), &rest[1..]) } else { paint(text, colour) })
}

/// The carets below a line of a file.
fn underlined(text: &str) -> Option<String> {
    let (before, rest) = text.split_once("   |  ").filter(|(before, _)| before.is_empty())?;
    let caret = rest.find('^')?;
    let marked = rest[caret..].trim_start_matches('^');
    let is_below = rest[..caret].trim().is_empty();
    let length = rest.len() - caret - marked.len();
    is_below.then(|| format!("{before}   |  {}{}{marked}", &rest[..caret], paint(&rest[caret..caret + length], BOLD_RED)))
}

/// Cells are parted by two spaces or more.
fn cells(text: &str) -> String {
    let mut painted = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        painted.push_str(&rest[..spaces]);
        rest = &rest[spaces..];
        let end = rest.find("  ").unwrap_or(rest.len());
        let cell = &rest[..end];
        match STATES.iter().find(|(state, _)| *state == cell.trim_end()) {
            Some((_, colour)) => painted.push_str(&paint(cell, colour)),
            None => painted.push_str(cell),
        }
        rest = &rest[end..];
    }
    painted
}

fn paint(text: &str, colour: &str) -> String {
    format!("\u{1b}[{colour}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Colour as a person would write it.
    fn shown(page: &str) -> String {
        painted(page).replace("\u{1b}[0m", ">").replace("\u{1b}[", "<")
    }

    #[test]
    fn words_and_signs_that_matter_are_painted_and_the_rest_stays() {
        let table = [
            ("error: no\nhelp: do\n", "<1;31merror>: no\n<36mhelp>: do\n"),
            ("warning[unknown-key]: x", "<1;33mwarning[unknown-key]>: x"),
            ("  help: y", "  <36mhelp>: y"),
            ("errors: 3", "errors: 3"),
            ("notes of a run", "notes of a run"),
            ("resync done: 3 created", "<32mresync done>: 3 created"),
            ("  + harbor", "  <32m+> harbor"),
            ("  - harbor", "  <31m-> harbor"),
            ("  -v what is done", "  -v what is done"),
            ("+new: 1", "<32m+new: 1>"),
            ("! x", "! x"),
            ("   |      ^^ expected", "   |      <1;31m^^> expected"),
            ("   |  a ^ b", "   |  a ^ b"),
            ("  ok         harbor  members", "  <32mok>         harbor  members"),
            ("20261121T013126Z-5f3a9c  2026-11-21  partial     5", "20261121T013126Z-5f3a9c  2026-11-21  <33mpartial>     5"),
            ("all is ok here", "all is ok here"),
            ("", ""),
        ];
        for (page, expected) in table {
            assert_eq!(shown(page), expected);
        }
    }

    #[test]
    fn painting_changes_no_letter() {
        let page = "error[a]: ü\n  + ö  failed\n東京  ok\n\n   |  ^^^\nplan (partial): x\n";
        let mut plain = String::new();
        let mut rest = painted(page);
        while let Some((before, after)) = rest.clone().split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1.to_owned();
        }
        assert_eq!(plain + &rest, page);
    }

    #[test]
    fn the_flag_goes_over_the_terminal_and_the_variables() {
        use ColorChoice::{Always, Auto, Never};
        type Variables = &'static [(&'static str, &'static str)];
        let table: [(ColorChoice, bool, Variables, bool); 8] = [
            (Auto, true, &[], true),
            (Auto, false, &[], false),
            (Auto, true, &[("NO_COLOR", "1")], false),
            (Auto, true, &[("NO_COLOR", "")], true),
            (Auto, true, &[("TERM", "dumb")], false),
            (Auto, true, &[("TERM", "xterm")], true),
            (Always, false, &[("NO_COLOR", "1")], true),
            (Never, true, &[], false),
        ];
        for (choice, is_terminal, variables, expected) in table {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value));
            assert_eq!(is_wanted(choice, is_terminal, variable), expected, "{choice:?} {is_terminal} {variables:?}");
        }
    }

    #[test]
    fn the_choice_is_found_in_arguments_that_cannot_be_read() {
        for (arguments, expected) in [
            (&["pilotage", "--color=never", "nonsense"][..], ColorChoice::Never),
            (&["pilotage", "x", "--color", "always"], ColorChoice::Always),
            (&["pilotage", "--color"], ColorChoice::Auto),
            (&["pilotage", "--color", "blue"], ColorChoice::Auto),
        ] {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            assert_eq!(choice_in(&arguments), expected, "{arguments:?}");
        }
    }
}
