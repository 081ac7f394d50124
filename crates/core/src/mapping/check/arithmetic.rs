//! `arithmetic-on-null`: `-`, `*`, `/` and `%` raise an error on null, and any field may be null, as is the sum
//! of nothing.

use super::Subject;
use crate::mapping::codes;
use crate::mapping::finding::Finding;

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        for operand in &looked.inference.nullable_operands {
            let text = looked.expression.text.get(operand.place.clone()).unwrap_or("…");
            let message = format!("`{text}` may be null, and `{}` then raises an error", operand.operator);
            let finding = Finding::warning(codes::ARITHMETIC_ON_NULL, message)
                .at(looked.expression.location_of(&operand.place))
                .label("the whole value is null then")
                .help(format!("write `({text} // 0)`"));
            findings.push(finding);
        }
    }
}
