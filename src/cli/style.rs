//! The manner in which this process speaks: decided once from the flags, before anything is printed.

use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use terminal_size::{Height, Width, terminal_size_of};

use super::colour;
use super::flags::{CommonFlags, LogFormat};
use crate::render::table::Table;

/// Manner of a process. By default plain text without colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// Colour on stdout.
    pub(super) paints_stdout: bool,
    /// Colour on stderr.
    pub(super) paints_stderr: bool,
    /// Width of the terminal at stdout. None: it is none.
    pub(super) stdout_width: Option<usize>,
    /// Width of the terminal at stderr. None: it is none.
    pub(super) stderr_width: Option<usize>,
    /// Everything on stderr is JSON, one object a line.
    pub(super) is_json: bool,
    /// Only errors are printed on stderr.
    pub(super) is_quiet: bool,
}

/// The two streams belong to the process, and so does the manner of writing to them.
static STYLE: OnceLock<Style> = OnceLock::new();

/// A table as wide as the terminal, or as a pipe wants it.
pub(super) fn fitted(table: &Table) -> String {
    Style::current().stdout_width.map_or_else(|| table.fits(), |width| table.fitted(width))
}

/// The narrowest terminal in which lines are broken; below it they are left to the terminal.
const NARROWEST: usize = 40;

fn width(size: Option<(Width, Height)>) -> Option<usize> {
    size.map(|(Width(columns), _)| usize::from(columns)).filter(|columns| *columns >= NARROWEST)
}

impl Style {
    /// Decides. A command that runs as a service logs JSON when nobody sits at a terminal.
    pub(super) fn of(flags: &CommonFlags, is_service: bool) -> Self {
        let (stdout, stderr) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let variable = |name: &str| std::env::var_os(name);
        let format = flags.log_format.unwrap_or(if is_service && !stderr { LogFormat::Json } else { LogFormat::Human });
        let is_json = format == LogFormat::Json;
        Self {
            paints_stdout: colour::is_wanted(flags.color, stdout, variable),
            paints_stderr: !is_json && colour::is_wanted(flags.color, stderr, variable),
            stdout_width: stdout.then(|| width(terminal_size_of(io::stdout()))).flatten(),
            stderr_width: stderr.then(|| width(terminal_size_of(io::stderr()))).flatten(),
            is_json,
            is_quiet: flags.quiet,
        }
    }

    /// Makes it the manner of this process. Only the first one counts.
    pub(super) fn adopt(self) {
        let _ = STYLE.set(self);
    }

    /// The manner of this process.
    pub(super) fn current() -> Self {
        STYLE.get().copied().unwrap_or_default()
    }

    /// Format of log lines.
    pub(super) fn log_format(self) -> LogFormat {
        if self.is_json { LogFormat::Json } else { LogFormat::Human }
    }
}
