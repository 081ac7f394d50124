//! Any bytes as an item: they are JSON or an error, and what was read is written and read again as the same value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pilotage::mapping::program::{EVALUATION_STACK_BYTES, Value};

fuzz_target!(|bytes: &[u8]| {
    let bytes = bytes.to_owned();
    let thread = std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES);
    let read = thread.spawn(move || {
        let Ok(value) = Value::parse(&bytes) else { return };
        let again = Value::parse(value.to_jq_text().as_bytes()).expect("what was written can be read");
        assert_eq!(again.to_jq_text(), value.to_jq_text());
    });
    read.expect("a thread").join().expect("no panic");
});
