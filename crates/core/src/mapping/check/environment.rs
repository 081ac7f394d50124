//! `unknown-variable`: a variable of the environment that mappings do not see, so that it is null.

use std::collections::BTreeMap;

use super::{Looked, Subject};
use crate::mapping::codes;
use crate::mapping::finding::Finding;
use crate::mapping::program::syntax::{Term, TermKind};

/// Looks at the variables that expressions name. `environment` has those that they see.
pub(super) fn check(subject: &Subject<'_>, environment: &BTreeMap<String, String>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        looked.term.walk(&mut |term| {
            if let TermKind::Field { of, name, .. } = &term.kind
                && is_environment(of)
                && !environment.contains_key(name)
            {
                findings.push(finding(looked, term, name));
            }
        });
    }
}

fn is_environment(term: &Term) -> bool {
    term.is_call("env") || matches!(&term.bare().kind, TermKind::Variable(name) if name == "$ENV")
}

fn finding(looked: &Looked<'_>, term: &Term, name: &str) -> Finding {
    Finding::warning(codes::UNKNOWN_VARIABLE, format!("mappings do not see the variable `{name}`"))
        .at(looked.expression.location_of(&term.span))
        .label("always null")
        .help(format!("name it in the setting `jqEnvironment`, or write its value here; without the setting `{name}` is null"))
}
