//! Names of scopes of the history.

use crate::history::ScopeKey;

/// The name of a scope in addresses.
pub(crate) fn key(scope: &ScopeKey) -> String {
    format!("{}/{}/{}", scope.host, scope.level, scope.name)
}

/// The name of a scope for people, with level and host where it alone is not enough.
pub(crate) fn label(scope: &ScopeKey, all: &[ScopeKey]) -> String {
    match all.iter().filter(|other| other.name == scope.name).count() {
        0 | 1 => scope.name.clone(),
        _ => format!("{} ({} at {})", scope.name, scope.level, scope.host),
    }
}
