//! The one place that writes to the terminal: data to stdout, talk to stderr.
//!
//! Whoever prints data says what it is, because that decides how text from elsewhere is kept from moving a cursor or giving GitHub
//! Actions a command ([`crate::model::escape`]). Renderers escape the values in their lines; here nothing passes that they forgot.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use super::flags::TextOrJson;
use crate::mapping::finding::{Finding, Severity};
use crate::model::escape;
use crate::render;

/// Kinds of printed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Lines for people.
    Page,
    /// JSON, one value or several.
    Json,
    /// Workflow commands of GitHub Actions, whose values are escaped already.
    Commands,
    /// A file's content, byte for byte; on a terminal, which no program reads, as a page.
    File,
}

impl From<TextOrJson> for Written {
    fn from(form: TextOrJson) -> Self {
        match form {
            TextOrJson::Text => Self::Page,
            TextOrJson::Json => Self::Json,
        }
    }
}

/// Prints data.
///
/// # Errors
/// Fails when stdout cannot be written to. A reader that ends early (`pilotage … | head`) is no error.
pub(super) fn data(written: impl Into<Written>, text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let fit = match written.into() {
        Written::Json => escape::json(text),
        Written::Page => escape::page(text),
        Written::File if stdout.is_terminal() => escape::page(text),
        Written::Commands | Written::File => Cow::Borrowed(text),
    };
    match stdout.write_all(fit.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Prints a message for the person who started the program. An error of stderr is ignored: there is no other place for it.
pub(super) fn talk(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escape::page(text));
}

/// Prints a question and leaves the cursor after it.
///
/// # Errors
/// Fails when stderr cannot be written to.
pub(super) fn ask(question: &str) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{} [y/N] ", escape::page(question))?;
    stderr.flush()
}

/// Says what is wrong with a mapping, errors and warnings; notes are for `validate`.
pub(super) fn tell_findings(findings: &[Finding]) {
    for finding in findings.iter().filter(|finding| finding.severity != Severity::Note) {
        talk(&render::finding::text(finding));
    }
}
