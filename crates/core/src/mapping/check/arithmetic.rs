//! `arithmetic-on-null` and `division-by-zero`: `-`, `*`, `/` and `%` raise an error on null, and any field may be null, as is
//! the sum of nothing; a count may be zero.

use super::Subject;
use crate::mapping::codes;
use crate::mapping::finding::Finding;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        let written = |place: &std::ops::Range<usize>| looked.expression.text.get(place.clone()).unwrap_or("…");
        for operand in &looked.inference.nullable_operands {
            let text = written(&operand.place);
            let zero = if operand.dividend.is_some() { " or zero" } else { "" };
            let message = format!("`{text}` may be null{zero}, and `{}` then raises an error", operand.operator);
            let help = match &operand.dividend {
                None => format!("write `({text} // 0)`"),
                Some(dividend) => guarded(written(dividend), operand.operator, text),
            };
            let finding = Finding::warning(codes::ARITHMETIC_ON_NULL, message)
                .at(looked.expression.location_of(&operand.place))
                .label("the whole value is null then")
                .help(help);
            findings.push(finding);
        }
        for (divisor, dividend) in &looked.inference.divisors {
            let text = written(divisor);
            let finding =
                Finding::warning(codes::DIVISION_BY_ZERO, format!("`{text}` may be zero, and a division by zero is an error"))
                    .at(looked.expression.location_of(divisor))
                    .label("the whole value is null then")
                    .help(guarded(written(dividend), "/", without_default(text)));
            findings.push(finding);
        }
    }
}

/// A division that is only done where it can be.
fn guarded(dividend: &str, operator: &str, divisor: &str) -> String {
    format!("write `if ({divisor} // 0) > 0 then {dividend} {operator} {divisor} else null end`")
}

/// `(.d // 0)` as `.d`.
fn without_default(text: &str) -> &str {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    inner.split("//").next().unwrap_or(inner).trim()
}
