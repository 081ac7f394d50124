//! A verb that could not do its work, and the exit code that says why.

use std::error::Error;
use std::fmt;

use crate::authoring::sample::SampleError;
use crate::door::stack::NoThread;
use crate::model::escape;

/// Exit codes, the documented table.
pub mod exit {
    /// Done.
    pub const DONE: u8 = 0;
    /// Failed or aborted.
    pub const FAILED: u8 = 1;
    /// Wrong usage, configuration or mapping.
    pub const WRONG: u8 = 2;
    /// `plan --exit-code` found changes.
    pub const CHANGES: u8 = 3;
    /// Done in part.
    pub const PARTIAL: u8 = 5;
}

/// Failure of a command. Printed as `error:` with the chain of causes, then `help:`.
#[derive(Debug)]
pub struct Failure {
    /// Exit code, one of [`exit`].
    pub code: u8,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// Something the user wrote is wrong.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self { code: exit::WRONG, message: message.into(), help: None }
    }

    /// Something that was asked for needs a part of the program that this one was built without.
    pub fn not_built_in(asked: &str, feature: &str) -> Self {
        Self::wrong(format!("{asked}, and this program was built without the feature `{feature}`"))
    }

    /// Something that was attempted failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { code: exit::FAILED, message: message.into(), help: None }
    }

    /// An error with all its causes.
    pub fn from_error(code: u8, error: &(dyn Error + 'static)) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let inner_message = inner.to_string();
            // Some libraries repeat their cause in their own words.
            if !message.contains(&inner_message) {
                message = format!("{message}: {inner_message}");
            }
            cause = inner.source();
        }
        // A foreign text among the causes must not begin a line of its own.
        Self { code, message: escape::text(&message).into_owned(), help: None }
    }

    /// The message, without causes and remedy.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Failure {
    /// The message and what to do about it, for a log.
    pub fn in_one_line(&self) -> String {
        let help = self.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        let line = format!("{}{help}", self.message).replace('\n', " ");
        escape::text(&line).into_owned()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: {}", escape::page(&self.message))?;
        match &self.help {
            Some(help) => write!(formatter, "\nhelp: {}", escape::page(help)),
            None => Ok(()),
        }
    }
}

impl From<NoThread> for Failure {
    fn from(error: NoThread) -> Self {
        Self::from_error(exit::FAILED, &error)
    }
}

impl From<SampleError> for Failure {
    fn from(error: SampleError) -> Self {
        Self::from_error(exit::FAILED, &error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::failed(format!("cannot write: {error}"))
    }
}
