//! `pilotage mapping upgrade`: a mapping of closed kinds to the kinds of today.

use std::path::Path;

use super::console::{self, Written, talk, tell_findings};
use super::failure::{Failure, exit};
use super::mapping_file::read_mapping_text;
use crate::door::stack::on_evaluation_stack;
use crate::kind::{self, ScopeLevel};
use crate::mapping::upgrade::{ClosedKind, UpgradeError, upgrade};
use crate::render;

pub(super) fn run(file: &Path, diff: bool) -> Result<u8, Failure> {
    let (text, name) = read_mapping_text(Some(file))?;
    let upgraded = on_evaluation_stack(|| upgrade(&text, &name, &closed_kinds()))?.map_err(|error| failure(&name, error))?;
    match diff {
        true => console::data(Written::Page, &render::difference::unified((&name, &text), ("upgraded", &upgraded.text)))?,
        false => console::data(Written::File, &upgraded.text)?,
    }
    talk(render::upgrade::report(&name, &upgraded).trim_end());
    Ok(exit::DONE)
}

/// Closed kinds with their successors.
fn closed_kinds() -> Vec<ClosedKind> {
    let closed = |kind: &'static kind::Kind| {
        let is_of_teams = matches!(kind.scope, ScopeLevel::OrganizationTeam | ScopeLevel::EnterpriseTeam);
        Some(ClosedKind { name: kind.name, replacement: kind.sunset?.replacement, is_of_teams })
    };
    kind::ALL.iter().filter_map(closed).collect()
}

fn failure(name: &str, error: UpgradeError) -> Failure {
    match error {
        UpgradeError::Unreadable(findings) => {
            tell_findings(&findings);
            Failure::wrong(format!("{name} cannot be upgraded, because it cannot be read"))
                .help("correct what is named above; `pilotage validate` checks more")
        }
        UpgradeError::Entangled { path } => Failure::wrong(format!(
            "{name} cannot be upgraded: `{path}` shares an anchor with a resource that becomes another kind"
        ))
        .help("write the shared part out in each resource"),
    }
}
