//! Tests that no expression and no item hangs the process, takes all memory or aborts it.

use std::time::{Duration, Instant};

use super::super::*;
use super::{compile, on_evaluation_stack, run, small_run, value};

#[test]
fn no_hostile_expression_hangs_kills_or_spoils_the_next_item() {
    on_evaluation_stack(|| {
        let next = compile("[.a + 1, (.b | ascii_upcase)]");
        let item = value(r#"{"a": 1, "b": "x"}"#);
        let mut count = 0;
        for source in include_str!("../../tests/hostile.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
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

#[test]
fn an_output_that_is_short_in_memory_and_endless_in_print_is_refused() {
    on_evaluation_stack(|| {
        for (source, fits) in [
            ("reduce range(60) as $i (1; [.,.])", false),
            ("reduce range(60) as $i (1; {a: ., b: .})", false),
            ("range(1000) | reduce range(16) as $i (1; [.,.])", false),
            ("reduce range(10) as $i (1; [.,.])", true),
            ("reduce range(60) as $i (1; [.,.]) | length", true),
        ] {
            let (outputs, failure) = compile(source).all(&Value::NULL, &small_run(), 1_000);
            assert_eq!(failure.is_none(), fits, "{source}");
            assert!(outputs.iter().all(|output| output.to_jq_text().len() < 32 << 20), "{source}");
        }
    });
}

/// Peak memory of this process; none where the system does not provide it.
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
    let unreadable: [Vec<u8>; 16] = [
        nested("[", "]", 100_000),
        nested("{\"a\":", "}", 100_000),
        nested("[", "]", PARSE_DEPTH + 1),
        b"[".repeat(100_000),
        b"{\"a\":".repeat(100_000),
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
