//! Text about the mapping of items: each expression with its value, or the reason why it is null.

use std::fmt::Write;

use serde_json::Value;

use crate::mapping::evaluate::{MappedBatch, Nulls, Rejected};
use crate::mapping::explain::{End, Explained};
use crate::model::escape;

/// Characters of a value that are shown. The entities have all of it.
const VALUE_WIDTH: usize = 160;

/// Text of one item: the entity, then each expression with its value, or the reason why it is null.
///
/// ```text
/// item 1: githubCopilotOrganizationUsage/acme@2026-08-01
///   properties.loc_added_sum
///     .loc_added
///     = null: the expression gives null: the item has no key `loc_added`; did you mean `loc_added_sum`?
/// ```
pub fn item(explained: &Explained) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match &explained.end {
        End::Entity(entity) => writeln!(text, "item {}: {}", explained.line, escape::text(&entity.key().to_string())),
        End::Filtered => writeln!(text, "item {}: left out by the selector", explained.line),
        End::Rejected { reason, .. } => {
            writeln!(text, "item {}: rejected: {}", explained.line, escape::text(reason))
        }
    };
    for value in &explained.values {
        let _ = writeln!(text, "{}", escape::line(&format!("  {}", value.path)));
        for line in value.expression.trim_end().lines() {
            let _ = writeln!(text, "{}", escape::line(&format!("    {line}")));
        }
        let _ = match &value.null {
            Some(why) => writeln!(text, "    = null: {}", escape::text(&why.to_string())),
            None => writeln!(text, "    = {}", short(&value.value)),
        };
    }
    text
}

/// Summary of several items: `3 entities of 5 items, 1 left out by the selector`, then rejected items and null values.
pub fn summary(items: usize, mapped: &[MappedBatch]) -> String {
    let entities: usize = mapped.iter().map(|batch| batch.entities.len()).sum();
    let filtered: u64 = mapped.iter().map(|batch| batch.filtered).sum();
    let left_out = if filtered > 0 { format!(", {filtered} left out by the selector") } else { String::new() };
    let mut text = format!("{} of {}{left_out}\n", count(entities, "entity", "entities"), count(items, "item", "items"));
    for Rejected { line, reason, .. } in mapped.iter().flat_map(|batch| batch.rejected.iter().chain(&batch.unparsed)) {
        let _ = writeln!(text, "item {line} is rejected: {}", escape::text(reason));
    }
    let mut nulls: Vec<Nulls> = Vec::new();
    for null in mapped.iter().flat_map(|batch| &batch.nulls) {
        match nulls.iter_mut().find(|known| known.path == null.path) {
            Some(known) => known.count += null.count,
            None => nulls.push(null.clone()),
        }
    }
    for Nulls { path, count, reason, .. } in nulls {
        let told = format!("{path} is null for {count} of {entities}: {reason}");
        let _ = writeln!(text, "{}", escape::line(&told));
    }
    text
}

fn count(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    let text = escape::json(&text);
    match text.char_indices().nth(VALUE_WIDTH) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mapping::evaluate::Cause;
    use crate::mapping::explain::{Explanation, WhyNull};

    #[test]
    fn each_expression_is_shown_with_its_value_or_with_the_reason_for_null() {
        let value = |path: &str, expression: &str, value: Value, null: Option<&str>| Explanation {
            path: path.to_owned(),
            expression: expression.to_owned(),
            value,
            null: null.map(|reason| WhyNull { reason: reason.to_owned(), missing: None }),
        };
        let explained = Explained {
            line: 3,
            end: End::Rejected { cause: Cause::NoIdentifier, reason: "no identifier".to_owned() },
            values: vec![
                value("identifier", "[\n  .a\n] | add\n", Value::Null, Some("the expression gives null")),
                value("title", ".", json!("x".repeat(200)), None),
            ],
        };
        let expected = format!(
            "item 3: rejected: no identifier\n  identifier\n    [\n      .a\n    ] | add\n    = null: the expression gives null\n  \
             title\n    .\n    = \"{}… (202 characters)\n",
            "x".repeat(159)
        );
        assert_eq!(item(&explained), expected);
    }

    #[test]
    fn a_summary_counts_over_batches() {
        let null = |count| Nulls {
            path: "title".to_owned(),
            count,
            failed: 0,
            stopped: 0,
            failure: None,
            missing: None,
            reason: "no output".to_owned(),
            line: 1,
        };
        let rejected = Rejected { line: 7, cause: Cause::Unreadable, reason: "not JSON".to_owned() };
        let batches = [
            MappedBatch { filtered: 1, nulls: vec![null(1)], ..MappedBatch::default() },
            MappedBatch { rejected: vec![rejected], nulls: vec![null(2)], ..MappedBatch::default() },
        ];
        let expected = "\
0 entities of 2 items, 1 left out by the selector
item 7 is rejected: not JSON
title is null for 3 of 0: no output
";
        assert_eq!(summary(2, &batches), expected);
    }
}
