//! `unknown-kind`: a kind that cannot be collected.

use super::Subject;
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::nearest::nearest;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kind = subject.resource.kind.text.as_str();
    let kinds = subject.world.kinds;
    let names = || kinds.iter().flat_map(|kind| std::iter::once(kind.name).chain(kind.aliases.iter().copied()));
    if kinds.is_empty() || names().any(|name| name == kind) {
        return;
    }
    let finding = Finding::error(codes::UNKNOWN_KIND, format!("there is no kind `{kind}`")).at(subject.resource.kind.location());
    findings.push(match nearest(kind, names()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("`pilotage kinds` lists the kinds"),
    });
}
