//! An upgraded mapping for people: the kinds that were replaced, and the table of what has no exact successor.

use super::table::{Align, Table};
use crate::mapping::upgrade::{Consequence, Upgrade};

/// Report of an upgrade, beside the new mapping.
pub fn report(name: &str, upgrade: &Upgrade) -> String {
    let mut page = String::new();
    for (old, new) in &upgrade.replaced {
        page.push_str(&format!("{old} is replaced by {new}\n"));
    }
    if upgrade.replaced.is_empty() && upgrade.remarks.is_empty() {
        return format!("nothing to upgrade in {name}\n");
    }
    if upgrade.remarks.is_empty() {
        page.push_str("everything has a successor\n");
        return page;
    }
    page.push_str("\nwithout an exact successor:\n");
    let table = Table::new(["line", "key", "field", "now", "because"].map(|header| (header, Align::Left)));
    let table = upgrade.remarks.iter().fold(table, |table, remark| {
        let key = remark.path.rsplit('.').next().unwrap_or_default();
        let now = match remark.consequence {
            Consequence::Near(successor) => short(successor),
            Consequence::Removed => "commented out",
            Consequence::Null => "null",
            Consequence::ResourceKept => "resource kept",
            Consequence::OtherForm => "kept",
        };
        table.row([remark.line.to_string().as_str(), key, short(&remark.field), now, remark.reason])
    });
    format!("{page}{}", table.fits())
}

/// The last key of a path, which tells it from others; the whole path would not fit a line.
fn short(path: &str) -> &str {
    let last = path.rfind('.').filter(|at| *at > 0).and_then(|at| path.get(at..));
    last.unwrap_or(path).trim_end_matches(')')
}
