//! Functions and methods of other languages, and calls with the wrong arguments.

use std::ops::Range;

use super::code::{Code, is_name, path_start};
use super::{Remedy, Setting};
use crate::mapping::program::{CompileError, CompileOptions, read};
use crate::mapping::quotes::quote_rewriting;

/// Names of other languages, how jq does the same with the arguments `{0}`, `{1}`, and whether that is exactly the same.
const FUNCTIONS: &[(&[&str], &str, bool)] = &[
    (&["upper", "ucase", "toupper", "touppercase", "upcase", "uppercase"], "({0} | ascii_upcase)", true),
    (&["lower", "lcase", "tolower", "tolowercase", "downcase", "lowercase"], "({0} | ascii_downcase)", true),
    (&["len", "size", "count", "length", "strlen", "cardinality"], "({0} | length)", true),
    (&["sum", "total"], "({0} | add)", true),
    (&["avg", "average", "mean"], "({0} | add / length)", false),
    (&["str", "string", "text", "to_string", "tostring", "tochar"], "({0} | tostring)", true),
    (&["int", "integer", "float", "number", "num", "parseint", "parsefloat", "to_number", "tonumber"], "({0} | tonumber)", true),
    (&["replace", "replaceall", "regexp_replace"], "({0} | gsub({1}; {2}))", false),
    (&["split"], "({0} | split({1}))", true),
    (&["join"], "({0} | join({1}))", true),
    (&["startswith"], "({0} | startswith({1}))", true),
    (&["endswith"], "({0} | endswith({1}))", true),
    (&["includes", "contains"], "({0} | contains({1}))", false),
    (&["trim", "strip"], "({0} | trim)", true),
    (&["round"], "({0} | round)", true),
    (&["floor"], "({0} | floor)", true),
    (&["ceil", "ceiling"], "({0} | ceil)", true),
    (&["abs"], "({0} | abs)", true),
    (&["max"], "([{*}] | max)", false),
    (&["min"], "([{*}] | min)", false),
    (&["keys"], "({0} | keys)", true),
    (&["isnull", "is_null"], "({0} == null)", true),
    (&["exists", "defined", "isset"], "({0} != null)", false),
    (&["slice", "substring", "substr"], "{0}[{1}:{2}]", false),
];

/// Functions whose arguments are joined by an operator.
const JOINED: &[(&[&str], &str)] = &[(&["concat"], " + "), (&["coalesce", "ifnull", "nvl", "default"], " // ")];

/// `.day.replace("-", "/")`: a method.
pub(super) fn method(code: &Code<'_>, _: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    for open in code.all("(") {
        let before = code.text.get(..open)?;
        let name_start = before.rfind(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).map_or(0, |at| at + 1);
        let name = before.get(name_start..)?;
        let owner_end = name_start.checked_sub(1).filter(|at| before[*at..].starts_with('.') && is_name(name));
        let Some(owner_end) = owner_end else { continue };
        let start = match before[..owner_end].ends_with(')') {
            true => code.all("(").into_iter().find(|at| code.inside(*at).is_some_and(|inside| inside.end + 1 == owner_end))?,
            false => path_start(code.text, owner_end),
        };
        let owner = code.text.get(start..owner_end).filter(|owner| !owner.is_empty() && *owner != "$")?;
        let Some(inside) = code.inside(open) else {
            return Some(Remedy::help("jq has no methods: pipe into a function, as `.day | length`").label("jq has no methods"));
        };
        let mut arguments = vec![owner.to_owned()];
        arguments.extend(given(code, &inside));
        let end = inside.end + 1;
        return Some(match written(name, &arguments) {
            Some((meant, is_same)) => {
                let remedy =
                    Remedy::help(format!("jq has no methods, but functions after a pipe: `{meant}`")).label("jq has no methods");
                if is_same { remedy.certainly(vec![(start..end, meant)]) } else { remedy }
            }
            None => Remedy::help(format!("jq has no methods, but functions after a pipe: `{owner} | {name}`"))
                .label("jq has no methods"),
        });
    }
    None
}

/// `sub("a", "b")`: jq separates arguments with `;`.
pub(super) fn arguments(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let (name, inside) = call(code, &error.span)?;
    let parts = code.split(&inside, ',');
    if parts.len() < 2 {
        return None;
    }
    let arguments: Vec<&str> = parts.iter().map(|part| code.at(part).trim()).collect();
    let meant = format!("{name}({})", arguments.join("; "));
    let compiles = read(&quote_rewriting(&meant), &CompileOptions::default()).is_ok();
    let changes = parts.iter().skip(1).map(|part| (part.start - 1..part.start, ";".to_owned())).collect();
    compiles.then(|| Remedy::help(format!("arguments are separated by `;`: `{meant}`")).certainly(changes))
}

/// `upper(.login)`, `length(.list)`, `concat(a, b)`
pub(super) fn function(code: &Code<'_>, error: &CompileError, _: &Setting<'_>) -> Option<Remedy> {
    let (name, inside) = call(code, &error.span)?;
    let (meant, is_same) = written(name, &given(code, &inside))?;
    let remedy = Remedy::help(format!("jq writes `{meant}`"));
    Some(if is_same { remedy.certainly(vec![(error.span.start..inside.end + 1, meant)]) } else { remedy })
}

/// The function that is called at a place, and the inside of its parentheses.
fn call<'a>(code: &Code<'a>, span: &Range<usize>) -> Option<(&'a str, Range<usize>)> {
    let name = code.at(span);
    let open = span.end;
    (is_name(name) && code.text.get(open..)?.starts_with('(')).then_some(())?;
    Some((name, code.inside(open)?))
}

/// The arguments between the parentheses of a call, with double quotes.
fn given(code: &Code<'_>, inside: &Range<usize>) -> Vec<String> {
    let separator = if code.split(inside, ';').len() > 1 { ';' } else { ',' };
    let parts = code.split(inside, separator);
    let texts = parts.iter().map(|part| code.at(part).trim()).filter(|text| !text.is_empty());
    texts.map(|text| if text.contains('"') { text.to_owned() } else { text.replace('\'', "\"") }).collect()
}

/// Expression in jq for a function of another language. True when it means exactly the same.
fn written(name: &str, arguments: &[String]) -> Option<(String, bool)> {
    let name = name.to_lowercase();
    if let Some((_, operator)) = JOINED.iter().find(|(names, _)| names.contains(&name.as_str())) {
        return (arguments.len() > 1).then(|| (format!("({})", arguments.join(operator)), true));
    }
    let (_, template, is_same) = FUNCTIONS.iter().find(|(names, ..)| names.contains(&name.as_str()))?;
    let mut meant = (*template).replace("{*}", &arguments.join(", "));
    for (index, argument) in arguments.iter().enumerate() {
        meant = meant.replace(&format!("{{{index}}}"), argument);
    }
    let lacks = (0..3).any(|index| meant.contains(&format!("{{{index}}}")));
    let wanted = (0..3).filter(|index| template.contains(&format!("{{{index}}}"))).count();
    let fits = template.contains("{*}") || arguments.len() == wanted;
    (!lacks && fits).then_some((meant, *is_same))
}
