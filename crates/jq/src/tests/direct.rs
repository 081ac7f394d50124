//! Comparison of evaluations without the interpreter, or with only a part of the item, with evaluations by the interpreter on the
//! whole item.

use super::*;
use crate::value::Keys;

/// Expressions of mappings, possible ones, and those that the interpreter must evaluate.
const EXPRESSIONS: &[&str] = &[
    ".",
    ".a",
    ".a.b",
    ".a?.b",
    ".a.b?",
    ".\"a b\"",
    ".[\"a\"]",
    ".a[0]",
    ".a[1:]",
    ".a[.n]",
    ".[.key]",
    ".[\"\\(.key)\"]",
    ".a[]",
    ".a[]?",
    ".[]",
    "..",
    ".a // 0",
    ".a.b // \"x\"",
    ".a // .n",
    "(.a, .n) // 1",
    ".a[]? // 0",
    "\"x\"",
    "5",
    "null",
    "-1",
    "[]",
    "[.a]",
    "{}",
    ".a + \"@\" + .key",
    ".a + .key",
    ".n + 1",
    ".n - .m",
    ".n * 2",
    ".n / .m",
    ".n % 7",
    "1 / 0",
    ".a - 1",
    ".n + null",
    ".key + null",
    "\"\\(.key)-\\(.n)\"",
    "\"\\(.key)-\\(.a)\"",
    "\"\\(.)\"",
    ".key == \"k\"",
    ".n > 3",
    ".n == 4.0",
    ".a == null",
    ".a != null",
    ".a < .n",
    ".n > 3 and .m",
    ".a or .missing",
    ".missing | not",
    "not",
    "(.n, .m) > 3",
    ".n + (.m, 1)",
    "[.a[]?.b[]?.c]",
    "[.a[]?.b]",
    "[.a[]?.b | select(. != null)] | add",
    "[.a[]?.b] | map(select(. != null)) | add",
    "[.a[]?.b // 0] | add",
    "[.l[]] | add",
    ".l | add",
    ".a | add",
    ".s | add",
    "[.a[]?.b, .n] | map(. // 0) | add",
    ".l | map(. + 1)",
    ".l | map(select(. > 2))",
    ".l | map(.x)",
    ".a | map(.b)",
    "[.l[] | . * 2, 1]",
    "[(.l[]? // 0), (.missing[]? // 0)] | map(select(. != null)) | add",
    "if .n > 3 then .a else .key end",
    "if .missing then 1 end",
    "if .n then .l[] else empty end",
    "if (.n, .m) then 1 else 2 end",
    "select(.n > 3)",
    "select(.missing)",
    ".l[] | select(. > 2)",
    "[.l[] | select(. > 2)][0]",
    ".l | length",
    "keys",
    "to_entries",
    "has(\"a\")",
    "has(\"missing\")",
    "length",
    ". as $x | $x.a",
    ".a as $x | .n",
    ".a as [$x] | $x",
    ".l as [$x, $y] | $x + $y",
    ". as {a: $x} | $x",
    "reduce .l[] as $x (0; . + $x)",
    "reduce .l[] as $x (.n; . + $x)",
    "[foreach .l[] as $x (0; . + $x)]",
    "reduce .[] as $x (0; . + 1)",
    "try error(\"x\") catch .",
    "try error catch .a",
    "error(.a)",
    "error",
    "try .a.b.c catch \"no\"",
    ".a.b.c?",
    "(.a | .b)?",
    "def f: .a; f",
    "def f(g): .n | g; f(. + 1)",
    "{a, n}",
    "{a: .n, b: .}",
    "{(.key): .n}",
    "{$__loc__}",
    ".a as $a | {$a}",
    "first(.l[])",
    "first(.l[], .a)",
    "last(.l[])",
    "first",
    "[limit(2; .l[])]",
    "path(.a)",
    "[paths]",
    "del(.a)",
    ".a = 1",
    ".a |= 2",
    ".a += 1",
    "with_entries(.value |= 1)",
    "map_values(1)",
    "any",
    "all",
    "[.l[] | tostring] | join(\",\")",
    ".key | test(\"k\")",
    ".key | ascii_upcase",
    "@base64 \"x\\(.key)\"",
    ".key | @json",
    "@json",
    "tojson",
    "env",
    "$ENV.HOME",
    "input",
    "now | type",
    "infinite",
    "[nan] | sort",
    "nan < nan",
    "label $out | .a, break $out",
    "empty",
    ".a, .n",
    "halt",
    "getpath([\"a\"])",
    "[.a, .a] | map(.[]?) | length",
    "[splits(\"a\")]",
    "[.[] | numbers]",
    "$__loc__",
    ".n as $n | [.l[] | . + $n]",
    "-.n",
    "-(.a)",
    ".l | map(.[])",
    ".a?",
    ".[0]?",
    ".l.x",
    ".l.x?",
    ".key.x?",
    ".key[]?",
    "[.key[]?] | add",
    ".l | map(select(.x == 1))",
    "[.a[]?.b] | add / 2",
    "([.l[]] | add) / (.l | length)",
    "[[.l[]]] | .[0] | add",
    "(.a[]?.b) // (.n)",
    "[.l[] , .l[]] | map(select(. == 1)) | add",
    "isvalid(.a)",
];

const INPUTS: &[&str] = &[
    "{}",
    r#"{"a":null,"n":null,"l":null,"key":null}"#,
    r#"{"a":{"b":1,"c":{"d":2}},"n":4,"m":2,"key":"k","l":[1,2,3],"s":["x","y"],"a b":7}"#,
    r#"{"a":[{"b":1},{"b":null},{"b":3.5},{"x":9}],"n":4.0,"m":0,"key":"a","l":[],"missing":false}"#,
    r#"{"a":[{"b":[{"c":1},{"c":2}]},{"b":[{"c":null}]}],"n":"4","m":[],"key":"l","l":[1,null,"x"],"s":{"p":1,"q":2}}"#,
    r#"{"a":"text","n":1e400,"m":-7,"key":"ä\"\\","l":{"x":1,"y":2},"s":[[1],[2]]}"#,
    r#"{"a":true,"n":12345678901234567890,"m":1.10,"key":5,"l":[{"x":1},{"x":2}],"k":1}"#,
    r#"{"a":[1,2],"a":[3],"n":3,"m":5,"key":"n","l":[3,4,5],"deep":{"a":{"a":[]}}}"#,
];

fn told(outcome: Result<Option<Value>, Failure>) -> String {
    match outcome {
        Ok(Some(value)) => value.to_jq_text(),
        Ok(None) => "no output".to_owned(),
        Err(failure) => format!("error: {failure}"),
    }
}

#[test]
fn what_the_interpreter_says_is_said_without_it_and_with_only_the_keys_that_are_looked_at() {
    let (mut direct, mut partial) = (0, 0);
    for expression in EXPRESSIONS {
        let Ok(program) = Program::compile(expression, &CompileOptions::default()) else {
            continue;
        };
        for input in INPUTS {
            let whole = value(input);
            let by_itself = told(program.first(&whole, &run()));
            if program.code.filter.is_some() {
                let (mut outputs, failure) = program.metered(&whole, &run(), 1);
                let interpreted = match (outputs.pop(), failure) {
                    (None, Some(failure)) => Err(failure),
                    (output, _) => Ok(output),
                };
                assert_eq!(by_itself, told(interpreted), "{expression} on {input}");
                direct += usize::from(program.code.fast.as_ref().is_some_and(|fast| fast.first(&whole.0).is_some()));
            }
            if let Some(touched) = program.touched() {
                let keys: Keys = touched.iter().map(String::as_str).collect();
                let part = Value::parse_keys(input.as_bytes(), &keys).unwrap();
                assert_eq!(told(program.first(&part, &run())), by_itself, "{expression} on {touched:?} of {input}");
                partial += 1;
            }
        }
    }
    // Both optimizations must apply to some expressions.
    assert!(direct > 150 && partial > 600, "{direct} {partial}");
}

#[test]
fn an_expression_that_may_look_anywhere_gets_the_whole_item() {
    for expression in [
        ".",
        "..",
        ".[]",
        "keys",
        "to_entries",
        ".[.key]",
        ". as $x | $x.a",
        "if .a then 1 end",
        "def f: .a; f",
        "error",
        "tojson",
        "\"\\(.)\"",
    ] {
        assert_eq!(compile(expression).touched(), None, "{expression}");
    }
    for (expression, keys) in
        [(".a.b + \"@\" + .c", &["a", "c"][..]), ("[.a[]?.b] | map(.x) | add", &["a"]), ("\"x\"", &[]), (".a[.b]", &["a", "b"])]
    {
        let program = compile(expression);
        let touched: Vec<&str> = program.touched().unwrap().iter().map(String::as_str).collect();
        assert_eq!(touched, keys, "{expression}");
    }
}

#[test]
fn what_would_hand_around_too_much_is_left_to_the_interpreter_and_its_limits() {
    let doubled = format!(".l{}", " | map(., .)".repeat(30));
    let limited = Run { budget: Budget { steps: 200_000, ..Budget::default() }, ..run() };
    let failure = compile(&doubled).first(&value(r#"{"l":[1,2]}"#), &limited).unwrap_err();
    assert!(matches!(failure, Failure::Budget { .. }), "{failure}");
}
