//! A digest for a terminal, and the text that a chat shows in a notification.

use super::{Digest, ScopeDigest};
use crate::model::escape;
use crate::render::table::{Align, Table};

/// The page of a digest.
pub fn page(digest: &Digest) -> String {
    let mut page = digest.scopes.iter().map(of_scope).collect::<Vec<_>>().join("\n");
    if let Some(link) = &digest.link {
        page += &format!("\n{link}\n");
    }
    page
}

/// The heading of a scope's part.
pub fn heading(scope: &ScopeDigest) -> String {
    format!("GitHub Copilot in {}, until {}", escape::line(&scope.scope), scope.day)
}

/// What is withheld, in a sentence; none when nothing is.
pub fn withheld(scope: &ScopeDigest) -> Option<String> {
    let named: Vec<String> = scope.withheld.iter().map(|(title, count)| format!("{count} of {title}")).collect();
    (!named.is_empty()).then(|| format!("withheld, too few people to be shown: {}", named.join(", ")))
}

fn of_scope(scope: &ScopeDigest) -> String {
    let table = Table::new([("", Align::Left), ("value", Align::Right), ("than a week before", Align::Right)]);
    let rows = scope.lines.iter().map(|line| [line.title.clone(), line.value(), line.change().unwrap_or_else(|| "–".to_owned())]);
    let mut page = format!("{}\n\n{}", heading(scope), rows.fold(table, Table::row));
    page.extend(withheld(scope).map(|sentence| format!("\n{sentence}\n")));
    page
}
