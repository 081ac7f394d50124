use super::*;

/// Runs on a thread with the stack of an evaluation.
fn on_evaluation_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(EVALUATION_STACK_BYTES).spawn(work).unwrap().join().unwrap()
}

#[test]
#[ignore = "needs jq's own suite, which is not in the repository: PILOTAGE_JQ_SUITE=folder"]
fn jq_suite_figures() {
    let folder = std::env::var("PILOTAGE_JQ_SUITE").unwrap();
    on_evaluation_stack(move || {
        let (mut passed, mut total) = (0, 0);
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let report = run_suite(&text, &CompileOptions::default(), &Run::new(jiff::Timestamp::UNIX_EPOCH));
            eprintln!("{}: {} of {}", path.display(), report.passed, report.passed + report.failed.len());
            for failure in &report.failed {
                eprintln!("  {}: {}\n      {}", failure.line, failure.program, failure.reason);
            }
            passed += report.passed;
            total += report.passed + report.failed.len();
        }
        eprintln!("total {passed} of {total}");
    });
}
