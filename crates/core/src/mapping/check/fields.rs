//! `unknown-field`: the kind's items have no such field, so what asks for it is always null.

use super::Subject;
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::nearest::nearest;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        for unknown in &looked.inference.unknown {
            let (kind, name) = (&subject.resource.kind.text, &unknown.name);
            let finding =
                Finding::warning(codes::UNKNOWN_FIELD, format!("items of `{kind}` have no documented field `{name}` here"))
                    .at(looked.expression.location_of(&unknown.place));
            let known = || unknown.known.iter().map(String::as_str);
            findings.push(match nearest(name, known()) {
                Some(near) => finding.label("always null").help(format!("did you mean `.{near}`?")),
                None => finding.help(format!("`pilotage kinds {kind}` lists the fields")),
            });
        }
    }
}
