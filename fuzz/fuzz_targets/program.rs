//! Any text as a jq expression: it compiles or is refused, and runs to an output, an error or a limit. It never hangs or kills.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pilotage::mapping::program::{Budget, CompileOptions, EVALUATION_STACK_BYTES, Program, Run, Value};

const ITEM: &[u8] = br#"{"a": [1, null, "x", {"b": 2.5}], "day": "2026-08-01", "n": -3, "t": true}"#;

fuzz_target!(|text: &str| {
    let text = text.to_owned();
    let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES);
    let evaluated = thread.spawn(move || {
        let Ok(program) = Program::compile(&text, &CompileOptions::default()) else { return };
        let budget = Budget { steps: 50_000, bytes: 16 << 20, ..Budget::default() };
        let run = Run { budget, ..Run::new(jiff::Timestamp::UNIX_EPOCH) };
        let item = Value::parse(ITEM).expect("the item is JSON");
        for output in program.all(&item, &run, 10).0 {
            // What comes out can be written as JSON and as jq writes it.
            serde_free(&output);
        }
        // The next expression evaluates correctly.
        let next = Program::compile(".n", &CompileOptions::default()).expect("a path compiles");
        assert_eq!(next.first(&item, &run).expect("a path gives a value").expect("one").to_jq_text(), "-3");
    });
    evaluated.expect("a thread").join().expect("no panic");
});

fn serde_free(output: &Value) {
    let _ = output.to_json();
    let _ = output.to_jq_text();
}
