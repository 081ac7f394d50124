//! `template-text` and `invisible-character`: what stands in constant texts and is not what it seems.

use std::ops::Range;

use super::{Role, Subject};
use crate::mapping::characters::{self, look_alike};
use crate::mapping::codes;
use crate::mapping::file::Expression;
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::{Literal, Term, TermKind};

/// Start and end of a placeholder in other template languages.
const TEMPLATES: &[(&str, &str)] = &[("{{", "}}"), ("${", "}"), ("#{", "}")];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        // In an identifier, a space that is none is as invisible as a character without width.
        let is_name = matches!(looked.role, Role::Identifier | Role::Blueprint);
        looked.term.walk(&mut |term| {
            if !matches!(term.kind, TermKind::Literal(Literal::Text(_)) | TermKind::Text { .. }) {
                return;
            }
            findings.extend(template(looked.expression, term));
            findings.extend(invisible(looked.expression, &term.span, is_name));
        });
    }
}

fn template(expression: &Expression, term: &Term) -> Option<Finding> {
    let text = expression.text.get(term.span.clone())?;
    let (open, close) = TEMPLATES.iter().find(|(open, close)| text.find(open).is_some_and(|at| text[at..].contains(close)))?;
    let start = text.find(open)?;
    let end = start + text.get(start..)?.find(close)? + close.len();
    let part = text.get(start..end)?;
    let inner = part.get(open.len()..part.len() - close.len())?.trim();
    let place = term.span.start + start..term.span.start + end;
    let path = if inner.starts_with('.') { inner.to_owned() } else { format!(".{inner}") };
    let finding = Finding::warning(codes::TEMPLATE_TEXT, format!("`{part}` stays as it is: jq does not fill it in"))
        .at(expression.location_of(&place))
        .help(format!("write `\\({path})` in the text"));
    let filled = templates(text).map(|changed| (term.span.clone(), changed));
    Some(finding.fix(filled.and_then(|change| expression.edited(&[change]))))
}

/// The text with every template that names a path as jq writes it; none when another one is among them.
fn templates(text: &str) -> Option<String> {
    let mut filled = text.to_owned();
    for (open, close) in TEMPLATES {
        while let Some(start) = filled.find(open) {
            let end = start + filled.get(start..)?.find(close)? + close.len();
            let inner = filled.get(start + open.len()..end - close.len())?.trim();
            let is_path =
                inner.starts_with('.') && inner.chars().all(|letter| letter.is_ascii_alphanumeric() || "._".contains(letter));
            let part = is_path.then(|| format!("\\({inner})"))?;
            filled.replace_range(start..end, &part);
        }
    }
    Some(filled)
}

fn invisible(expression: &Expression, span: &Range<usize>, is_name: bool) -> Option<Finding> {
    let text = expression.text.get(span.clone())?;
    let is_meant = |letter: char| {
        look_alike(letter).is_none_or(|alike| if is_name { !alike.meant.trim().is_empty() } else { !alike.meant.is_empty() })
    };
    let found: Vec<(usize, char)> = text.char_indices().filter(|(_, letter)| !is_meant(*letter)).collect();
    let (at, letter) = found.first().copied()?;
    let place = |at: usize, letter: char| span.start + at..span.start + at + letter.len_utf8();
    let changes: Vec<_> = found
        .iter()
        .map(|(at, letter)| (place(*at, *letter), look_alike(*letter).map_or("", |alike| alike.meant).to_owned()))
        .collect();
    let finding =
        Finding::warning(codes::INVISIBLE_CHARACTER, format!("the text holds {}, which nobody sees", characters::named(letter)))
            .at(expression.location_of(&place(at, letter)))
            .help(if look_alike(letter).is_some_and(|alike| alike.meant == " ") { "write a plain space" } else { "remove it" });
    Some(finding.fix(expression.edited(&changes)))
}
