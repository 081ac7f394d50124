//! `unknown-kind`: a kind that cannot be collected.

use super::Subject;
use crate::mapping::characters;
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::nearest::{nearest, squeezed};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let kind = subject.resource.kind.text.as_str();
    let kinds = subject.world.kinds;
    let names = || kinds.iter().flat_map(|kind| std::iter::once(kind.name).chain(kind.aliases.iter().copied()));
    if kinds.is_empty() || names().any(|name| name == kind) {
        return;
    }
    let name = &subject.resource.kind;
    let plain = characters::plain(kind);
    if let Some(meant) = names().find(|name| *name == plain) {
        let letter = kind.chars().find(|letter| characters::look_alike(*letter).is_some()).unwrap_or_default();
        let finding =
            Finding::error(codes::INVISIBLE_CHARACTER, format!("the name of the kind holds {}", characters::named(letter)))
                .at(name.location())
                .help(format!("write `{meant}`"))
                .fix(name.rewritten(meant));
        return findings.push(finding);
    }
    let finding = Finding::error(codes::UNKNOWN_KIND, format!("there is no kind `{kind}`")).at(name.location());
    let same = names().find(|name| squeezed(name) == squeezed(kind));
    findings.push(match same.or_else(|| nearest(kind, names())) {
        Some(near) => finding.help(format!("did you mean `{near}`?")).fix(same.and_then(|same| name.rewritten(same))),
        None => finding.help("`pilotage kinds` lists the kinds"),
    });
}
