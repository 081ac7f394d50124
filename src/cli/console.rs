//! The one place that writes to the terminal: data to stdout, talk to stderr.
//!
//! Whoever prints data says what it is, because that decides how text from elsewhere is kept from moving a cursor or giving GitHub
//! Actions a command ([`crate::model::escape`]). Renderers escape the values in their lines; here nothing passes that they forgot.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use super::colour;
use super::flags::TextOrJson;
use super::style::Style;
use crate::mapping::finding::{Finding, Severity};
use crate::model::escape;
use crate::render::{self, wrap};

/// Kinds of printed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Lines for people.
    Page,
    /// Lines of the program's own about what it did or would do, which may have colour.
    Report,
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
            TextOrJson::Text => Self::Report,
            TextOrJson::Json => Self::Json,
        }
    }
}

/// Prints data.
///
/// # Errors
/// Fails when stdout cannot be written to. A reader that ends early (`pilotage … | head`) is no error.
pub(super) fn data(written: impl Into<Written>, text: &str) -> io::Result<()> {
    piece(written, text).map(drop)
}

/// Prints a piece of data that is longer than memory. False when nobody reads it any more.
///
/// # Errors
/// As [`data`].
pub(super) fn piece(written: impl Into<Written>, text: &str) -> io::Result<bool> {
    let mut stdout = io::stdout().lock();
    let fit = match written.into() {
        Written::Json => escape::json(text),
        Written::Report => {
            let Style { paints_stdout, stdout_width, .. } = Style::current();
            shown(escape::page(text), stdout_width, paints_stdout)
        }
        Written::Page => escape::page(text),
        Written::File if stdout.is_terminal() => escape::page(text),
        Written::Commands | Written::File => Cow::Borrowed(text),
    };
    match stdout.write_all(fit.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}

/// Bytes after which a piece is printed.
const PIECE_BYTES: usize = 64 << 10;

/// Data that is printed as it is written, in pieces that end with a line.
pub(super) struct Pieces {
    written: Written,
    waiting: Vec<u8>,
}

impl Pieces {
    pub(super) fn new(written: Written) -> Self {
        Self { written, waiting: Vec::with_capacity(2 * PIECE_BYTES) }
    }

    /// Prints what is left.
    ///
    /// # Errors
    /// As [`data`]; with [`io::ErrorKind::BrokenPipe`] when nobody reads it any more, see [`is_unread`].
    pub(super) fn end(mut self) -> io::Result<()> {
        self.print(self.waiting.len())
    }

    fn print(&mut self, bytes: usize) -> io::Result<()> {
        let text = std::str::from_utf8(self.waiting.get(..bytes).unwrap_or_default()).map_err(io::Error::other)?;
        if !piece(self.written, text)? {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.waiting.drain(..bytes);
        Ok(())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE_BYTES
            && let Some(end) = self.waiting.iter().rposition(|byte| *byte == b'\n')
        {
            self.print(end + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader that ended early is no error.
///
/// # Errors
/// The one that was given, if it is another.
pub(super) fn is_unread(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

/// Prints a message for the person who started the program: paragraphs, parted by a blank line. With JSON logs each is a line of the
/// log; with `--quiet` only errors are printed. An error of stderr is ignored: there is no other place for it.
pub(super) fn talk(text: &str) {
    // Nobody is left to tell when stderr is gone.
    let _ = io::stderr().lock().write_all(message(text, Style::current(), jiff::Timestamp::now()).as_bytes());
}

fn message(text: &str, style: Style, now: jiff::Timestamp) -> String {
    let paragraphs =
        || text.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|paragraph| !paragraph.is_empty());
    let is_wanted = |paragraph: &&str| !style.is_quiet || paragraph.starts_with(Severity::Error.name());
    if style.is_json {
        return paragraphs().filter(is_wanted).map(|paragraph| log_line(paragraph, now)).collect();
    }
    let text = match style.is_quiet {
        true => paragraphs().filter(is_wanted).collect::<Vec<_>>().join("\n\n"),
        false => text.to_owned(),
    };
    if style.is_quiet && text.is_empty() {
        return text;
    }
    format!("{}\n", shown(escape::page(&text), style.stderr_width, style.paints_stderr))
}

/// A page as a terminal shows it best: its longer lines broken between words, with colour.
fn shown(page: Cow<'_, str>, width: Option<usize>, has_colour: bool) -> Cow<'_, str> {
    let page = match width {
        Some(width) => Cow::Owned(wrap::rewrapped(&page, width)),
        None => page,
    };
    if has_colour { Cow::Owned(colour::painted(&page)) } else { page }
}

/// A paragraph as a line of the log. Its label becomes the level, and a remedy a field.
fn log_line(paragraph: &str, now: jiff::Timestamp) -> String {
    let labels = [("error: ", "ERROR"), ("error", "ERROR"), ("warning: ", "WARN"), ("warning", "WARN"), ("note: ", "INFO")];
    let known = labels.iter().find(|(label, _)| paragraph.starts_with(label));
    let level = known.map_or("INFO", |(_, level)| level);
    let text = known.map_or(paragraph, |(label, _)| if label.ends_with(' ') { &paragraph[label.len()..] } else { paragraph });
    let (text, help) = text.split_once("\nhelp: ").map_or((text, None), |(text, help)| (text, Some(help)));
    let mut line = serde_json::json!({
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "level": level,
        "message": escape::page(text),
    });
    if let Some(help) = help {
        line["help"] = escape::page(help).into();
    }
    format!("{}\n", escape::json(&line.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "resync from a into b\n\nerror: no\nhelp: do\n\nnote: so\n  and so";

    fn said(style: Style) -> String {
        message(TEXT, style, "2026-11-21T01:31:26.5Z".parse().unwrap())
    }

    #[test]
    fn a_message_is_printed_as_it_is_and_with_colour_where_that_is_wanted() {
        assert_eq!(said(Style::default()), format!("{TEXT}\n"));
        let painted = said(Style { paints_stderr: true, ..Style::default() });
        assert!(
            painted.contains("\u{1b}[1;31merror\u{1b}[0m: no\n") && painted.contains("\u{1b}[1;36mnote\u{1b}[0m: so\n"),
            "{painted}"
        );
        assert_eq!(said(Style { paints_stdout: true, ..Style::default() }), format!("{TEXT}\n"));
    }

    #[test]
    fn when_quiet_only_errors_are_printed() {
        assert_eq!(said(Style { is_quiet: true, ..Style::default() }), "error: no\nhelp: do\n");
        assert_eq!(message("note: x", Style { is_quiet: true, ..Style::default() }, jiff::Timestamp::UNIX_EPOCH), "");
    }

    #[test]
    fn with_json_logs_each_paragraph_is_a_line_of_json_with_its_level() {
        let lines = said(Style { is_json: true, ..Style::default() });
        let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told = |line: &serde_json::Value| (line["level"].clone(), line["message"].clone(), line["help"].clone());
        let null = serde_json::Value::Null;
        assert_eq!(
            lines.iter().map(told).collect::<Vec<_>>(),
            [
                ("INFO".into(), "resync from a into b".into(), null.clone()),
                ("ERROR".into(), "no".into(), "do".into()),
                ("INFO".into(), "so\n  and so".into(), null),
            ]
        );
        assert_eq!(lines[0]["timestamp"], "2026-11-21T01:31:26.500Z");
        assert_eq!(said(Style { is_json: true, is_quiet: true, ..Style::default() }).lines().count(), 1);
    }
}
