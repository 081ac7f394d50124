//! `items-without-path`: `itemsToParse` names no path that could be taken out of the item, so that every item is skipped.

use super::Subject;
use crate::mapping::codes;
use crate::mapping::evaluate::deletion_path;
use crate::mapping::finding::Finding;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let port = &subject.resource.port;
    let Some(list) = &port.items_to_parse else {
        return;
    };
    if !port.items_to_parse_top_level_transform || deletion_path(&list.text).is_some() {
        return;
    }
    let finding =
        Finding::error(codes::ITEMS_WITHOUT_PATH, "`itemsToParse` does not begin with a path, so every item is skipped")
            .at(list.location())
            .label("the list is taken out of the item by its path")
            .help("begin with the list's path, as in `.totals_by_ide | map(.)`, or write `itemsToParseTopLevelTransform: false`");
    findings.push(finding);
}
