//! Tests of the public interface; hostile expressions and properties have files of their own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use super::*;

mod direct;
mod hostile;
mod properties;
mod tables;
mod zones;

/// Runs on a thread with the stack of an evaluation.
fn on_evaluation_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES).spawn(work).unwrap().join().unwrap()
}

fn run() -> Run {
    Run::new("2024-06-24T10:11:12Z".parse().unwrap())
}

fn compile(source: &str) -> Program {
    Program::compile(source, &CompileOptions::default()).unwrap()
}

fn value(text: &str) -> Value {
    Value::parse(text.as_bytes()).unwrap()
}

fn texts(source: &str, input: &str) -> Vec<String> {
    let (outputs, failure) = compile(source).all(&value(input), &run(), 100);
    let failure = failure.map(|failure| format!("error: {failure}"));
    outputs.iter().map(Value::to_jq_text).chain(failure).collect()
}

fn spans(source: &str) -> Vec<(&str, String)> {
    let errors = Program::compile(source, &CompileOptions::default()).unwrap_err();
    errors.into_iter().map(|error| (&source[error.span], error.message)).collect()
}

#[test]
fn every_line_of_the_table_means_what_it_means_in_jq() {
    let report = on_evaluation_stack(|| run_suite(include_str!("../../tests/table.txt"), &CompileOptions::default(), &run()));
    assert_eq!(report.failed, []);
    assert!(report.passed > 400);
}

/// Stopwatch for tests.
fn stopwatch() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Budgets small enough that a whole corpus of hostile expressions ends in seconds without optimization.
fn small_run() -> Run {
    let budget = Budget { steps: 200_000, bytes: 32 << 20, time: Duration::from_secs(2), ..Budget::default() };
    Run { budget, stopwatch: Some(stopwatch), ..run() }
}

#[test]
fn a_budget_that_is_used_up_says_which() {
    on_evaluation_stack(|| {
        let what = |source: &str, run: &Run| match compile(source).first(&Value::NULL, run) {
            Err(Failure::Budget { what, .. }) => Some(what),
            _ => None,
        };
        assert_eq!(what("def f: f; f", &small_run()), Some(Limit::Steps));
        let few_bytes = Run { budget: Budget { bytes: 1 << 20, ..Budget::default() }, ..run() };
        assert_eq!(what("[limit(900; repeat(\"x\" * 9000 + \"y\"))]", &few_bytes), Some(Limit::Bytes));
        assert_eq!(what("reduce range(20000) as $i (.; [.])", &small_run()), Some(Limit::Depth));
        let small_stack = Run { budget: Budget { stack: 1 << 20, ..Budget::default() }, ..run() };
        assert_eq!(what("def f: 1 + f; f", &small_stack), Some(Limit::Stack));
        let no_time = Run { budget: Budget { time: Duration::ZERO, ..Budget::default() }, stopwatch: Some(stopwatch), ..run() };
        assert_eq!(what("def f: f; f", &no_time), Some(Limit::Time));
        assert_eq!(what("reduce range(600) as $i (.; [.])", &run()), Some(Limit::Depth));
    });
}

#[test]
fn live_bytes_count_and_not_all_that_ever_lived() {
    on_evaluation_stack(|| {
        let run = Run { budget: Budget { bytes: 1 << 20, ..Budget::default() }, ..run() };
        let outputs = compile("reduce range(20000) as $i (0; (\"x\" * 1000 | length))").first(&Value::NULL, &run);
        assert_eq!(outputs.unwrap().unwrap().to_jq_text(), "1000");
    });
}

#[test]
fn everything_that_an_evaluation_made_is_counted_back() {
    on_evaluation_stack(|| {
        let source = r#"[range(50)] | map({a: ., b: "x\(.)"}) | group_by(.a % 3) | (.[0][0].a |= [.]) | del(.[1]) | tojson | fromjson | [paths] | length"#;
        let program = compile(source);
        program.first(&Value::NULL, &run()).unwrap();
        let left = (0..5).map(|_| {
            program.first(&Value::NULL, &run()).unwrap();
            meter::live_bytes()
        });
        let left: Vec<i64> = left.collect();
        assert_eq!(left, [0; 5]);
    });
}

#[test]
fn a_cancelled_run_ends() {
    on_evaluation_stack(|| {
        let flag = Arc::new(AtomicBool::new(true));
        let cancelled = Run { cancel: Some(flag), ..run() };
        assert_eq!(compile("def f: f; f").first(&Value::NULL, &cancelled), Err(Failure::Cancelled));
        assert_eq!(compile(".").first(&Value::NULL, &cancelled), Err(Failure::Cancelled));
    });
}

#[test]
fn errors_point_at_what_is_wrong() {
    let cases: [(&str, &[(&str, &str)]); 12] = [
        (".foo | mpa(.x) | $y", &[("mpa", "undefined function `mpa`; did you mean `map`?"), ("$y", "undefined variable $y")]),
        ("{a: (1, 2}", &[("}", "unexpected `}`, expected `)` for the `(` at character 5")]),
        (".a |", &[("", "expression ends too early, expected term")]),
        ("1 < 2 < 3", &[("<", "comparisons and assignments do not chain; use parentheses")]),
        ("{(0): 1}", &[("0", "cannot use a number as object key")]),
        ("import \"a\" as b; 1", &[("import", "modules (`import`) are not supported")]),
        ("\"\\ud83d\\ude00\" | nopening", &[("nopening", "undefined function `nopening`")]),
        ("@foo", &[("@foo", "`@foo` is not a format")]),
        ("reduce .[] as $x (0)", &[("reduce", "`reduce` with a wrong number of arguments")]),
        ("foo::bar", &[("foo", "modules (`foo::`) are not supported")]),
        (". as $x ?// | 1", &[("|", "unexpected `|`, expected pattern")]),
        ("\"a\\qb\"", &[("q", "unexpected `q`, expected an escape sequence")]),
    ];
    for (source, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|(piece, message)| (*piece, (*message).to_owned())).collect();
        assert_eq!(spans(source), expected, "{source}");
    }
}

#[test]
fn the_environment_is_empty_unless_names_are_allowed() {
    on_evaluation_stack(|| {
        assert_eq!(texts("env, $ENV, env.PATH", "null"), ["{}", "{}", "null"]);
        let options =
            CompileOptions { environment: BTreeMap::from([("TEAM".to_owned(), "a".to_owned())]), ..CompileOptions::default() };
        let program = Program::compile("[env.TEAM, $ENV.TEAM]", &options).unwrap();
        assert_eq!(program.first(&Value::NULL, &run()).unwrap().unwrap().to_jq_text(), r#"["a","a"]"#);
    });
}

#[test]
fn halting_only_ends_the_outputs() {
    on_evaluation_stack(|| {
        assert_eq!(texts("1, halt, 2", "null"), ["1"]);
        assert_eq!(texts("1, (\"x\" | halt_error), 2", "null"), ["1"]);
        assert_eq!(texts("now, (now | todate)", "null"), ["1719223872", "\"2024-06-24T10:11:12Z\""]);
    });
}

#[test]
fn constants_and_paths_are_known_without_running() {
    assert_eq!(compile("\"copilot\"").constant(), Some(value("\"copilot\"")));
    assert_eq!(compile(" ( 5 ) ").constant(), Some(value("5")));
    assert_eq!(compile("\"a\\(1)\"").constant(), None);
    assert_eq!(compile(".a.b | .c").plain_path(), Some(vec!["a", "b", "c"]));
    assert_eq!(compile(".a[\"b c\"] // 0").plain_path(), Some(vec!["a", "b c"]));
    assert_eq!(compile(".").plain_path(), Some(vec![]));
    assert_eq!(compile(".a[0]").plain_path(), None);
    // A path without the interpreter fails and yields exactly like one with it.
    for source in [".a.b", ".a?.b", ".a.b?", ".a // 1", ".a? // 1", ".a.b // \"x\""] {
        for input in ["null", "{}", r#"{"a":{"b":false}}"#, r#"{"a":5}"#, "[1]", "\"x\""] {
            let slow = format!("({source}) | (., empty)");
            assert_eq!(texts(source, input), texts(&slow, input), "{source} and {slow} on {input}");
        }
    }
}

#[test]
fn a_program_and_its_values_may_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Program>();
    crosses::<Value>();
}

#[test]
fn json_out_has_no_number_that_json_lacks() {
    let out = |source: &str| compile(source).first(&Value::NULL, &run()).unwrap().unwrap().to_json().to_string();
    on_evaluation_stack(move || {
        assert_eq!(out("[nan, infinite, -infinite]"), "[null,1.7976931348623157e+308,-1.7976931348623157e+308]");
        assert_eq!(out("[1.0, 10/2, 0.5, 1e300, 9007199254740993]"), "[1,5,0.5,1e+300,9007199254740992]");
    });
}
