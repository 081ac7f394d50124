//! Errors in settings. The user can correct each of them, so a program that ends because of one exits with 2.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::source::SettingOrigin;

/// One thing that is wrong with the settings. Holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {} of {source_name}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Origin of the file's path.
        source_name: SettingOrigin,
        /// Cause.
        #[source]
        error: io::Error,
    },
    /// The file of `--config` is not YAML, or not of a shape that settings have.
    #[error("{file}:{line}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// Counted from 1.
        line: usize,
        /// Value that was found, and the expected one.
        message: String,
    },
    /// A value is not what its setting takes.
    #[error("{source_name} is {found}, expected {expected}")]
    Value {
        /// The flag, variable, or file and line.
        source_name: SettingOrigin,
        /// The value between backticks, or a word for it when it is secret.
        found: String,
        /// Description of the accepted values.
        expected: String,
    },
    /// The file that a `*_FILE` variable names cannot be read.
    #[error("cannot read {}, the file that {source_name} names", .path.display())]
    SecretFile {
        /// The variable, or file and line.
        source_name: SettingOrigin,
        /// The file that it names.
        path: PathBuf,
        /// Cause.
        #[source]
        error: io::Error,
    },
    /// A secret is given both directly and by a file.
    #[error("both {0} and {1} are set, so it is not clear which one holds; unset one of them")]
    Both(SettingOrigin, SettingOrigin),
    /// A setting that is needed is not set.
    #[error("no {what}: set {}", .variables.join(" or "))]
    Missing {
        /// The setting, in people's words.
        what: String,
        /// The variables that would do.
        variables: Vec<String>,
    },
}

/// Everything that is wrong with the settings, at least one thing.
#[derive(Debug)]
pub struct SettingsErrors {
    /// Errors, at least one.
    pub errors: Vec<SettingsError>,
    /// Probable mistakes, which may explain an error.
    pub warnings: Vec<SettingsWarning>,
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{error}")?;
            let mut cause = std::error::Error::source(error);
            while let Some(inner) = cause {
                write!(formatter, ": {inner}")?;
                cause = inner.source();
            }
        }
        Ok(())
    }
}

impl std::error::Error for SettingsErrors {}

/// Something in the settings that is probably not meant, and does no harm by itself. Prints as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsWarning {
    /// Value that was found, and its place.
    pub message: String,
    /// Remedy.
    pub help: Option<String>,
}

impl fmt::Display for SettingsWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(formatter, "; {help}"))
    }
}
