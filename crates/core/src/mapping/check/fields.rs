//! `unknown-field`: the kind's items have no such field, so what asks for it is always null.

use super::infer::UnknownField;
use super::{Looked, Role, Subject};
use crate::mapping::codes;
use crate::mapping::file::DEFAULT_ITEM_NAME;
use crate::mapping::finding::Finding;
use crate::mapping::nearest::{nearest, squeezed};
use crate::mapping::program::syntax::TermKind;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        for unknown in &looked.inference.unknown {
            findings.push(finding(subject, looked, unknown));
        }
    }
}

fn finding(subject: &Subject<'_>, looked: &Looked<'_>, unknown: &UnknownField) -> Finding {
    let (kind, name) = (&subject.resource.kind.text, &unknown.name);
    let expression = looked.expression;
    if looked.role == Role::Blueprint
        && matches!(&looked.term.bare().kind, TermKind::Field { of, .. } if matches!(of.bare().kind, TermKind::Identity))
    {
        let message = format!("items of `{kind}` have no field `{name}`, so the blueprint is null and no item becomes an entity");
        let known = subject.world.blueprints.is_some_and(|all| all.iter().any(|blueprint| blueprint.identifier == *name));
        let text = format!("\"{name}\"");
        return Finding::error(codes::NO_ENTITY, message)
            .at(expression.location_of(&unknown.place))
            .help(format!("a blueprint is named by a constant text, quoted twice: `blueprint: '{text}'`"))
            .fix(known.then(|| expression.rewritten(&text)).flatten());
    }
    let finding = Finding::warning(codes::UNKNOWN_FIELD, format!("items of `{kind}` have no documented field `{name}` here"))
        .at(expression.location_of(&unknown.place))
        .label("always null");
    if name == DEFAULT_ITEM_NAME && subject.resource.port.items_to_parse.is_none() && unknown.known.len() > 1 {
        return finding.help(
            "`.item` is an element of the list that `itemsToParse` names: add `itemsToParse: .list` to `port`, or remove `.item`",
        );
    }
    let known = || unknown.known.iter().map(String::as_str);
    match nearest(name, known()) {
        Some(near) => {
            // Only another spelling of the same word is certain.
            let is_same = squeezed(near) == squeezed(name);
            let fix = is_same.then(|| expression.edited(&[(unknown.place.clone(), format!(".{near}"))])).flatten();
            finding.help(format!("did you mean `.{near}`?")).fix(fix)
        }
        None => finding.help(format!("`pilotage kinds {kind}` lists the fields")),
    }
}
