use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

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
    let report =
        on_evaluation_stack(|| run_suite(include_str!("../../../tests/jq/table.txt"), &CompileOptions::default(), &run()));
    assert_eq!(report.failed, []);
    assert!(report.passed > 400);
}

#[test]
#[allow(clippy::print_stderr)]
#[ignore = "needs suites from elsewhere: PILOTAGE_JQ_SUITE=folder"]
fn jq_suite_figures() {
    let folder = std::env::var("PILOTAGE_JQ_SUITE").unwrap();
    on_evaluation_stack(move || {
        let (mut passed, mut total) = (0, 0);
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let report = run_suite(&text, &CompileOptions::default(), &run());
            let failures: Vec<_> = report
                .failed
                .iter()
                .map(|failure| format!("\n  {}: {}\n      {}", failure.line, failure.program, failure.reason))
                .collect();
            eprintln!("{}: {} of {}{}", path.display(), report.passed, report.passed + failures.len(), failures.concat());
            passed += report.passed;
            total += report.passed + failures.len();
        }
        eprintln!("total {passed} of {total}");
    });
}

/// A stopwatch for tests, which are allowed to look at a clock.
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
fn no_hostile_expression_hangs_kills_or_spoils_the_next_item() {
    on_evaluation_stack(|| {
        let next = compile("[.a + 1, (.b | ascii_upcase)]");
        let item = value(r#"{"a": 1, "b": "x"}"#);
        let mut count = 0;
        for source in
            include_str!("../../../tests/jq/hostile.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let start = Instant::now();
            if let Ok(program) = Program::compile(source, &CompileOptions::default()) {
                program.all(&Value::NULL, &small_run(), 1_000);
            }
            assert!(start.elapsed() < Duration::from_secs(8), "{source} took {:?}", start.elapsed());
            assert_eq!(next.first(&item, &run()).unwrap().unwrap().to_jq_text(), r#"[2,"X"]"#, "{source}");
            count += 1;
        }
        assert!(count >= 150);
        // The budget is 32 MiB; the rest is the test program and what its other threads do.
        assert!(peak_memory_kibibytes().is_none_or(|peak| peak < 512 << 10));
    });
}

/// The most memory that this process ever held, where the system tells.
fn peak_memory_kibibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

#[test]
fn hostile_sources_compile_or_are_refused_but_never_kill() {
    on_evaluation_stack(|| {
        let deep =
            |open: &str, inner: &str, close: &str, times: usize| format!("{}{inner}{}", open.repeat(times), close.repeat(times));
        let sources = [
            deep("(", "1", ")", 190),
            deep("(", "1", ")", 8_000),
            deep("[", "", "]", 8_000),
            deep("{a:", "1", "}", 190),
            deep("\"\\(", "1", ")\"", 190),
            deep("\"\\(", "1", ")\"", 3_000),
            deep("-", "1", "", 16_000),
            deep("try ", ".", "", 4_000),
            deep(".|", ".", "", 8_000),
            deep(".,", ".", "", 8_000),
            deep("1+", "1", "", 8_000),
            deep(".a//", "1", "", 4_000),
            deep(".=", "1", "", 2_000),
            deep("if . then ", "1", " end", 1_000),
            deep("if . then . el", "if . then 1 end", "", 1),
            deep("reduce . as $x (.; ", "1", ")", 190),
            deep(". as $x|", "$x", "", 2_000),
            deep(". as [$a,$b]|", "$a", "", 1_200),
            deep("def f: ", "1", "; f", 1_400),
            deep("label $a|", "1", "", 1_700),
            deep(".[", "0", "]", 190),
            ".a".repeat(8_000),
            ".[0]".repeat(4_000),
            ".?".repeat(8_000),
            "\"".to_owned() + &"\\n".repeat(8_000) + "\"",
            "\"\\(".to_owned(),
            "\u{0}".repeat(100),
            "é".repeat(4_000),
            "# \\\n".repeat(4_000),
            "9".repeat(16_000),
            "1e".to_owned() + &"9".repeat(16_000),
            "a".repeat(17_000),
            "def f($a; $b): $a + $b; f(1; ".to_owned(),
            ". as {$a: {$b: {$c: [$d]}}} ?// [$a] ?// $d | $a".to_owned(),
            "{(1): 2}, {(\"a\"): 1, (.b): 2}".to_owned(),
            "% 2, 2 %, (% 3)".to_owned(),
            "?// ?// as ?// $x".to_owned(),
            "reduce reduce reduce as as as".to_owned(),
            "foreach .[] as [$a, $b] ?// $a (0; 1)".to_owned(),
        ];
        for source in sources {
            let start = Instant::now();
            if let Ok(program) = Program::compile(&source, &CompileOptions::default()) {
                program.all(&Value::NULL, &small_run(), 10);
            }
            let shown: String = source.chars().take(40).collect();
            assert!(start.elapsed() < Duration::from_secs(8), "{shown} took {:?}", start.elapsed());
        }
    });
}

#[test]
fn hostile_items_are_errors_of_the_item() {
    let nested = |open: &str, close: &str, times: usize| format!("{}1{}", open.repeat(times), close.repeat(times)).into_bytes();
    let unreadable: [Vec<u8>; 18] = [
        nested("[", "]", 100_000),
        nested("{\"a\":", "}", 100_000),
        nested("[", "]", PARSE_DEPTH + 1),
        b"[".repeat(100_000),
        b"{\"a\":".repeat(100_000),
        b"\"\\ud83d\"".to_vec(),
        b"\"\\ude00\\ud83d\"".to_vec(),
        b"\"\xff\"".to_vec(),
        b"\"\x01\"".to_vec(),
        b"01".to_vec(),
        b"+1".to_vec(),
        b"1.".to_vec(),
        b"NaN".to_vec(),
        b"{\"a\":1,}".to_vec(),
        b"[1 2]".to_vec(),
        b"1 2".to_vec(),
        b"\"abc".to_vec(),
        b"".to_vec(),
    ];
    for text in unreadable {
        assert!(Value::parse(&text).is_err(), "{}", String::from_utf8_lossy(&text[..text.len().min(20)]));
    }
    assert!(Value::parse(&nested("[", "]", PARSE_DEPTH)).is_ok());
    assert_eq!(Value::parse(b"{\"a\": 1,\n \"b\" 2}").unwrap_err().to_string(), "expected `:` at line 2 column 6");
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
        (".foo | mpa(.x) | $y", &[("mpa", "undefined filter mpa/1; the nearest is map/1"), ("$y", "undefined variable $y")]),
        ("{a: (1, 2}", &[("}", "unexpected `}`, expected `)` for the `(` at byte 4")]),
        (".a |", &[("", "expression ends too early, expected term")]),
        ("1 < 2 < 3", &[("3", "comparisons and assignments do not chain; use parentheses")]),
        ("{(0): 1}", &[("0", "cannot use a number as object key")]),
        ("import \"a\" as b; 1", &[("import", "modules (`import`) are not supported")]),
        ("\"\\ud83d\\ude00\" | nopening", &[("nopening", "undefined filter nopening/0")]),
        ("@foo", &[("@foo", "`@foo` is not a format")]),
        ("reduce .[] as $x (0)", &[("reduce", "`reduce` with a wrong number of arguments")]),
        ("foo::bar", &[("foo", "modules (`foo::`) are not supported")]),
        (". as $x ?// | 1", &[("|", "unexpected `|`, expected pattern"), ("1", "unexpected `1`, expected `|`")]),
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

/// Any JSON text, numbers of every spelling included.
fn any_json() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(|number| format!("{number:e}")),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,10})?([eE][+-]?[0-9]{1,3})?",
    ];
    let text = prop_oneof![any::<String>(), "[a-c]{0,3}"].prop_map(|text| serde_json::Value::String(text).to_string());
    let scalar = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), Just("false".to_owned()), number, text.clone()];
    scalar.prop_recursive(4, 24, 4, move |inner| {
        let entry = (text.clone(), inner.clone()).prop_map(|(key, value)| format!("{key}:{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(entry, 0..4).prop_map(|entries| format!("{{{}}}", entries.join(","))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_written_and_read_is_the_same_value(text in any_json()) {
        let value = value(&text);
        let written = value.to_jq_text();
        let again = Value::parse(written.as_bytes()).unwrap();
        prop_assert_eq!(&again, &value);
        prop_assert_eq!(again.to_jq_text(), written.clone());
        prop_assert_eq!(read_leniently::read(&written).map(Value), Ok(value));
    }

    #[test]
    fn order_is_total(left in any_json(), middle in any_json(), right in any_json()) {
        let [left, middle, right] = [&left, &middle, &right].map(|text| value(text));
        prop_assert_eq!(left.0.cmp(&right.0), right.0.cmp(&left.0).reverse());
        prop_assert_eq!(left.0.cmp(&left.0), std::cmp::Ordering::Equal);
        if left.0.cmp(&middle.0).is_le() && middle.0.cmp(&right.0).is_le() {
            prop_assert!(left.0.cmp(&right.0).is_le());
        }
        let rank = |value: &Value| ["null", "boolean", "number", "string", "array", "object"].iter().position(|name| *name == value.type_name());
        if rank(&left) != rank(&right) {
            prop_assert_eq!(left.0.cmp(&right.0), rank(&left).cmp(&rank(&right)));
        }
    }
}
