//! `operand-types`: operands that do not go together, such as a number and a text under `+`, and fields of what has no fields.
//! The expression fails for every item.

use super::infer::{Clash, Known, Types};
use super::{Looked, Role, Subject};
use crate::mapping::codes;
use crate::mapping::finding::{Finding, Severity};

/// Names that stand for the length in other languages.
const LENGTHS: &[&str] = &["length", "size", "count", "len"];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    for looked in &subject.expressions {
        // Without what is needed nothing comes of an item; a property is null.
        let severity = match looked.role {
            Role::Selector | Role::ItemsToParse | Role::Identifier | Role::Blueprint => Severity::Error,
            _ => Severity::Warning,
        };
        findings.extend(looked.inference.clashes.iter().map(|clash| finding(looked, clash, severity)));
    }
}

fn finding(looked: &Looked<'_>, clash: &Clash, severity: Severity) -> Finding {
    let expression = looked.expression;
    let written = |place: &std::ops::Range<usize>| expression.text.get(place.clone()).unwrap_or("…");
    let always = |message: String| Finding::new(severity, codes::OPERAND_TYPES, message).label("always an error");
    match clash {
        Clash::Operands { operator, place, left, right } => {
            let words = |known: &Known| known.types.without(Types::NULL).words();
            let what = match *operator {
                "+" => "added",
                "-" => "subtracted",
                "*" => "multiplied",
                _ => "divided",
            };
            let finding =
                always(format!("{} and {} cannot be {what}", words(&left.1), words(&right.1))).at(expression.location_of(place));
            let is = |known: &Known, types: Types| known.types.without(Types::NULL) == types;
            for (one, other) in [(left, right), (right, left)] {
                if *operator == "+" && is(&one.1, Types::NUMBER) && is(&other.1, Types::TEXT) {
                    let meant = format!("({} | tostring)", written(&one.0));
                    return finding.help(format!("write `{meant}`")).fix(expression.edited(&[(one.0.clone(), meant)]));
                }
                if *operator != "+" && is(&one.1, Types::TEXT) && is(&other.1, Types::NUMBER) {
                    return finding.help(as_number(written(&one.0), &one.1));
                }
                if is(&one.1, Types::LIST) && is(&other.1, Types::NUMBER) {
                    let list = written(&one.0);
                    return finding
                        .help(format!("write `({list} | length)`, or the sum of a field: `([{list}[]?.field] | add)`"));
                }
            }
            match (is(&left.1, Types::TEXT), is(&right.1, Types::TEXT)) {
                (true, true) if left.1.is_day || left.1.is_moment => finding.help(format!(
                    "write `({}) - ({})`",
                    moment(written(&left.0), &left.1),
                    moment(written(&right.0), &right.1)
                )),
                _ => finding.help("convert one of them: `tostring`, `tonumber`, `length`"),
            }
        }
        Clash::Field { owner, name, place, is_of_elements } => {
            let of = written(&owner.0);
            let message = format!("`{of}` is {}, which has no field `{name}`", owner.1.words());
            let help = if *is_of_elements && owner.1 == Types::LIST {
                format!("for the values of all elements write `[{of}[]?.{name}]`, for their sum `[{of}[]?.{name}] | add`")
            } else if LENGTHS.contains(&name.as_str()) {
                format!("write `{of} | length`")
            } else if owner.1 == Types::LIST {
                format!("`{of}[]?` are its elements, `{of} | length` is their number")
            } else {
                format!("write `{of}`")
            };
            let is_length = LENGTHS.contains(&name.as_str()) && !is_of_elements;
            let whole = owner.0.start..place.end;
            let fix =
                is_length.then(|| expression.edited(&[(whole.clone(), piped(expression.text.as_str(), &whole, of))])).flatten();
            always(message).at(expression.location_of(place)).help(help).fix(fix)
        }
        Clash::Elements { owner, place } => {
            let of = written(&owner.0);
            always(format!("`{of}` is {}, which has no elements", owner.1.words()))
                .at(expression.location_of(place))
                .help(format!("write `{of}`"))
        }
    }
}

/// `.list | length`, in parentheses where it is a part.
fn piped(text: &str, place: &std::ops::Range<usize>, of: &str) -> String {
    let is_whole = text.get(..place.start).is_some_and(|before| before.trim().is_empty())
        && text.get(place.end..).is_some_and(|after| after.trim().is_empty());
    if is_whole { format!("{of} | length") } else { format!("({of} | length)") }
}

fn as_number(text: &str, known: &Known) -> String {
    if known.is_day || known.is_moment {
        return format!("`{text}` is a text; in seconds it is `({})`", moment(text, known));
    }
    format!("write `({text} | tonumber)`")
}

fn moment(text: &str, known: &Known) -> String {
    match known.is_day {
        true => format!("{text} | strptime(\"%Y-%m-%d\") | mktime"),
        false => format!("{text} | fromdate"),
    }
}
