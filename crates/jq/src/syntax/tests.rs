//! The grammar of jq 1.8, as trees.

use proptest::prelude::*;

use super::*;
use crate::{CompileOptions, Program};

fn list(terms: &[Term]) -> String {
    terms.iter().map(form).collect::<Vec<_>>().join(" ")
}

/// The structure in prefix form.
fn form(term: &Term) -> String {
    let patterns = |all: &[Pattern]| all.iter().map(pattern).collect::<Vec<_>>().join(" ?// ");
    match &term.kind {
        TermKind::Identity => ".".into(),
        TermKind::Descent => "..".into(),
        TermKind::Field { of, name, .. } if of.kind == TermKind::Identity => format!(".{name}"),
        TermKind::Field { of, name, .. } => format!("{}.{name}", form(of)),
        TermKind::Iterate(of) => format!("{}[]", form(of)),
        TermKind::Index { of, by } => format!("{}[{}]", form(of), form(by)),
        TermKind::Slice { of, from, upto } => {
            let bound = |bound: &Option<Box<Term>>| bound.as_ref().map_or(String::new(), |bound| form(bound));
            format!("{}[{}:{}]", form(of), bound(from), bound(upto))
        }
        TermKind::Optional(of) => format!("{}?", form(of)),
        TermKind::Literal(Literal::Null) => "null".into(),
        TermKind::Literal(Literal::Boolean(value)) => value.to_string(),
        TermKind::Literal(Literal::Number(digits)) => digits.clone(),
        TermKind::Literal(Literal::Text(text)) => format!("{text:?}"),
        TermKind::Text { format, pieces, parts } => {
            let pieces: Vec<_> = pieces.iter().map(|(piece, _)| piece.as_str()).collect();
            let format = format.as_deref().unwrap_or("");
            format!("{format}\"{}\"<{}>", pieces.join("|"), list(parts))
        }
        TermKind::Format(name) | TermKind::Variable(name) => name.clone(),
        TermKind::Location { line } => format!("line {line}"),
        TermKind::Parentheses(of) => format!("({})", form(of)),
        TermKind::Pipe(left, right) => format!("{{{} | {}}}", form(left), form(right)),
        TermKind::Binary { operator, left, right, .. } => format!("{{{} {} {}}}", form(left), operator.text(), form(right)),
        TermKind::Negate(of) => format!("-{}", form(of)),
        TermKind::Call { name, arguments, .. } if arguments.is_empty() => name.clone(),
        TermKind::Call { name, arguments, .. } => format!("{name}({})", list(arguments)),
        TermKind::Array(None) => "[]".into(),
        TermKind::Array(Some(of)) => format!("[{}]", form(of)),
        TermKind::Object(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|entry| match &entry.value {
                    Some(value) => format!("{}:{}", key(&entry.key), form(value)),
                    None => key(&entry.key),
                })
                .collect();
            format!("{{{}}}", entries.join(","))
        }
        TermKind::If { branches, otherwise } => {
            let branches: Vec<_> =
                branches.iter().map(|(condition, branch)| format!("{}=>{}", form(condition), form(branch))).collect();
            let otherwise = otherwise.as_ref().map_or(String::new(), |other| form(other));
            format!("if<{}><{otherwise}>", branches.join(" "))
        }
        TermKind::Bind { source, patterns: all, body } => format!("<{} as {} | {}>", form(source), patterns(all), form(body)),
        TermKind::Define(definition, body) => {
            format!("<def {}({}): {}; {}>", definition.name, definition.parameters.join(" "), form(&definition.body), form(body))
        }
        TermKind::Reduce { source, patterns: all, init, update } => {
            format!("reduce<{} as {} {} {}>", form(source), patterns(all), form(init), form(update))
        }
        TermKind::Foreach { source, patterns: all, init, update, extract } => format!(
            "foreach<{} as {} {} {} {}>",
            form(source),
            patterns(all),
            form(init),
            form(update),
            extract.as_ref().map_or("-".into(), |extract| form(extract))
        ),
        TermKind::Try { body, catch } => {
            let catch = catch.as_ref().map_or("-".into(), |catch| form(catch));
            format!("try<{} {catch}>", form(body))
        }
        TermKind::Label(name, body) => format!("<label {name} | {}>", form(body)),
        TermKind::Break(name) => format!("break {name}"),
    }
}

fn key(key: &Key) -> String {
    match key {
        Key::Name(name) => name.clone(),
        Key::Computed(term) => format!("({})", form(term)),
    }
}

fn pattern(kind: &Pattern) -> String {
    match kind {
        Pattern::Variable(name) => name.clone(),
        Pattern::Array(all) => {
            let all: Vec<_> = all.iter().map(pattern).collect();
            format!("[{}]", all.join(","))
        }
        Pattern::Object(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|entry| {
                    let parts = [Some(key(&entry.key)), entry.variable.clone(), entry.pattern.as_ref().map(pattern)];
                    parts.into_iter().flatten().collect::<Vec<_>>().join(":")
                })
                .collect();
            format!("{{{}}}", entries.join(","))
        }
    }
}

#[test]
fn expressions_have_the_structure_of_jq() {
    let cases = [
        ("", "."),
        ("# only a comment", "."),
        (".a.b[]?.c", ".a.b[]?.c"),
        (".a[\"b\"].\"c d\"", ".a.b.c d"),
        (".a.[0].[]", ".a[0][]"),
        (".[1:2] | .[-1]", "{.[1:2] | .[-1]}"),
        (".[:2], .[1:]", "{.[:2] , .[1:]}"),
        ("1 + 2 * 3 % 4 - 5", "{{1 + {{2 * 3} % 4}} - 5}"),
        ("2 - 3 - 4", "{{2 - 3} - 4}"),
        (".a // .b // 0, 1 | add", "{{{.a // {.b // 0}} , 1} | add}"),
        (".a and .b or .c == 1", "{{.a and .b} or {.c == 1}}"),
        (".a = .b // 1", "{{.a = .b} // 1}"),
        (".a // .b = 1", "{.a // {.b = 1}}"),
        (".a |= . + 1", "{.a |= {. + 1}}"),
        ("-1 + 2", "{-1 + 2}"),
        ("-.a.b?", "-.a.b?"),
        ("- -1", "--1"),
        ("\"x\\(.a + 1)y\\(.b)\"", "\"x|y|\"<{.a + 1} .b>"),
        ("@base64 \"a\\(.b)\"", "@base64\"a|\"<.b>"),
        ("@base64 \"a\"", "\"a\""),
        (".\"a\\(1)\"", ".[\"a|\"<1>]"),
        ("\"\\ud83d\\ude00\\u00e9\\n\"", "\"😀é\\n\""),
        (".5, 5., 1.e2, 1E+3, 01", "{{{{0.5 , 5} , 1e2} , 1E+3} , 01}"),
        ("0..[1]", "0[1]"),
        (".a as $x | $x.b | . + $x", "<.a as $x | {$x.b | {. + $x}}>"),
        ("1 + 2 as $x | $x, 3 | 4", "<{1 + 2} as $x | {{$x , 3} | 4}>"),
        ("1, 2 as $x | $x", "{1 , <2 as $x | $x>}"),
        ("1 | 2 as $x | $x", "{1 | <2 as $x | $x>}"),
        (
            ". as [$a, {b: $c, $d, $e: [$f], \"g\": $h, (.i): $j, if: $k}] | $a",
            "<. as [$a,{b:$c,d:$d,e:$e:[$f],g:$h,(.i):$j,if:$k}] | $a>",
        ),
        (".[] as [$a] ?// {$a} ?// $a | $a", "<.[] as [$a] ?// {a:$a} ?// $a | $a>"),
        ("if .a then 1 elif .b then 2 else 3 end", "if<.a=>1 .b=>2><3>"),
        ("if .a then 1 end.b", "if<.a=>1><>.b"),
        ("reduce .[] as $i (0; . + $i)", "reduce<.[] as $i 0 {. + $i}>"),
        ("reduce .a / 2 as [$i] (0; 1)[0]", "reduce<{.a / 2} as [$i] 0 1>[0]"),
        ("foreach .[] as $i (0; . + $i; [.])", "foreach<.[] as $i 0 {. + $i} [.]>"),
        ("foreach 1 as $i (0; 1)", "foreach<1 as $i 0 1 ->"),
        ("try error(\"x\") catch .", "try<error(\"x\") .>"),
        ("try .a.b? // 1", "{try<.a.b? -> // 1}"),
        ("try -1 catch -2 + 3", "{try<-1 -2> + 3}"),
        ("def f(x; $y): x + $y; f(.a; 1)", "<def f(x $y): {x + $y}; f(.a 1)>"),
        ("1, def f: 2; f, 3", "{1 , <def f(): 2; {f , 3}>}"),
        (
            "{a: 1, b, \"c\": .d, (.e): 2, $f, $g: 3, \"h i\": -1, \"j\\(1)\", @base64 \"x\": 1, end, and: 2, $__loc__,}",
            "{a:1,b:.b,c:.d,(.e):2,f:$f,($g):3,h i:-1,(\"j|\"<1>),x:1,end:.end,and:2,__loc__:line 1}",
        ),
        ("{a: 1 | 2 | 3, b: 1 + 2 // 3}", "{a:{1 | {2 | 3}},b:{{1 + 2} // 3}}"),
        ("label $out | 1, break $out", "<label out | {1 , break out}>"),
        ("..|numbers", "{.. | numbers}"),
        ("...a", "...a"),
        (". # a comment \\\n| .x\n| .a", "{. | .a}"),
        (". # a comment \\\\\n| .a", "{. | .a}"),
        ("\n\n$__loc__.line", "line 3.line"),
        ("input_line_number, @json, $ENV.X", "{{input_line_number , @json} , $ENV.X}"),
        ("true, false, null, true(1)", "{{{true , false} , null} , true(1)}"),
        (".and.if", ".and.if"),
    ];
    for (source, expected) in cases {
        let term = parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        assert_eq!(form(&term), expected, "{source}");
    }
}

#[test]
fn what_is_no_jq_is_refused_where_it_ceases_to_be() {
    let cases = [
        (".a |", "", "expression ends too early, expected term"),
        ("(", "", "expression ends too early, expected `)` for the `(` at character 1"),
        (".a)", ")", "unexpected `)`"),
        ("(1 2)", "2", "unexpected `2`, expected an operator or `)` for the `(`"),
        ("[1", "", "expression ends too early, expected `]` for the `[` at character 1"),
        ("{a: }", "}", "unexpected `}`, expected term"),
        ("{1: 2}", "1", "cannot use a number as object key"),
        ("{(1 + 1): 2}", "1 + 1", "cannot use a number as object key"),
        ("{([]): 2}", "[]", "cannot use an array as object key"),
        ("\"x", "", "expression ends too early, expected `\"` for the `\"` at character 1"),
        ("\"\\(.a\"", "", "expression ends too early, expected `\"` for the `\"` at character 6"),
        ("\"\\ud83d\"", "\\ud83d", "half of a surrogate pair, which is no character"),
        ("\"\\u12\"", "\"", "unexpected `\"`, expected a code point in four hexadecimal digits"),
        ("if . then 1", "", "expression ends too early, expected `elif`, `else` or `end` for the `if`"),
        (".a && .b", "&&", "unexpected `&&`; jq writes `and`"),
        (".a || .b", "||", "unexpected `||`; jq writes `or`"),
        (".a == .b == .c", "==", "comparisons and assignments do not chain; use parentheses"),
        (".a = .b |= .c", "|=", "comparisons and assignments do not chain; use parentheses"),
        (".[1:2:3]", ":", "unexpected `:`, expected an operator or `]` for the `[`"),
        (".a.[1:]", ":", "unexpected `:`, expected an operator or `]` for the `[`"),
        (". as [] | 1", "]", "unexpected `]`, expected pattern"),
        (". as {a} | 1", "}", "unexpected `}`, expected `:`"),
        ("def f: 1;", "", "expression ends too early, expected term"),
        ("def if: 1; 2", "if", "unexpected `if`, expected a name"),
        ("break", "", "expression ends too early, expected variable"),
        ("$", "", "expression ends too early, expected a name"),
        (".a\u{a0}+ 1", "\u{a0}", "unexpected `\u{a0}` (U+00A0)"),
        ("include \"a\"; 1", "include", "modules (`include`) are not supported"),
        ("reduce . as $x (1; 2; 3)", "reduce", "`reduce` with a wrong number of arguments"),
    ];
    for (source, place, message) in cases {
        let error = parse(source).expect_err(source);
        assert_eq!((&source[error.span], error.message.as_str()), (place, message), "{source}");
    }
}

/// Tokens that can occur anywhere in an expression.
const WORDS: &str = "[a-c]{1,2}|\\.[a-c]{0,2}|[0-9]{1,2}|\\.[0-9]|\"[a-zé]{0,3}\"|\"a\\\\\\(.\\)\"|\\$x|@csv|if|then|else|end|as|reduce|foreach|try|catch|def f:|label|break|and|or|map\\(|select\\(|path\\(|first\\(|\\?//|\\|=|[-+*/%|,;:(){}\\[\\]?.\"é# ]|//|==|<";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    /// No text makes the parser panic, every position in a tree or an error is within the text, and a parsed text compiles.
    #[test]
    fn any_text_is_read_and_compiled_or_refused_with_a_place(words in prop::collection::vec(WORDS, 0..14)) {
        let text = words.join(" ");
        match crate::read(&text, &CompileOptions::default()) {
            Ok(term) => {
                let mut places = Vec::new();
                term.walk(&mut |part| places.push(part.span.clone()));
                for place in places {
                    prop_assert!(text.get(place.clone()).is_some(), "{}: {:?}", text, place);
                }
                prop_assert_eq!(Program::compile(&text, &CompileOptions::default()).err(), None, "{}", text);
            }
            Err(errors) => {
                for error in errors {
                    prop_assert!(text.get(error.span.clone()).is_some(), "{}: {:?}", text, error);
                }
            }
        }
    }
}
