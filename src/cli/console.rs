//! The one place that writes to the terminal: data to stdout, talk to stderr.

use std::io::{self, Write};

/// Prints data.
///
/// # Errors
/// When stdout cannot be written to, except that a reader who left early (`pilotage … | head`) is no error.
pub(super) fn data(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Says something to the person who started the program. A stderr that cannot be written to leaves nobody to tell.
pub(super) fn talk(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
