//! The log: lines on stderr, for people on a terminal, else one JSON object each.
//!
//! Dependencies may only warn, whatever the level: at lower levels HTTP libraries write addresses and headers, and those
//! can hold signatures and tokens.

use std::io::{self, IsTerminal, Write};

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, fmt};

use super::flags::{CommonFlags, LogFormat};
use super::progress::Screen;
use crate::settings::LogLevel;

/// What is logged, and how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// The least important level that is logged.
    pub level: LogLevel,
    /// For people or for programs.
    pub format: LogFormat,
    /// Whether colour may be used.
    pub colour: bool,
}

impl LogOptions {
    /// Decides: `-v` and `-q` over the setting over `otherwise`, which is the verb's own taste.
    pub fn new(flags: &CommonFlags, setting: Option<LogLevel>, otherwise: LogLevel) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            level: level(flags, setting, otherwise),
            format: flags.log_format.unwrap_or(if is_terminal { LogFormat::Human } else { LogFormat::Json }),
            colour: is_terminal && !no_colour,
        }
    }
}

fn level(flags: &CommonFlags, setting: Option<LogLevel>, otherwise: LogLevel) -> LogLevel {
    match flags.verbose {
        _ if flags.quiet => LogLevel::Error,
        0 => setting.unwrap_or(otherwise),
        1 => LogLevel::Info,
        2 => LogLevel::Debug,
        _ => LogLevel::Trace,
    }
}

/// Starts logging to stderr, around the progress bars of `screen`. Starting again changes nothing.
pub fn start(options: LogOptions, screen: &Screen) {
    let screen = screen.clone();
    let subscriber = subscriber(options, move || BetweenBars { screen: screen.clone(), line: Vec::new() });
    // Refused only when a log was started before.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

fn subscriber<W>(options: LogOptions, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let ours = match options.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let filter = Targets::new().with_target(env!("CARGO_CRATE_NAME"), ours).with_default(ours.min(LevelFilter::WARN));
    let lines = fmt::layer().with_writer(writer).with_ansi(options.colour).with_target(false);
    let lines = match options.format {
        LogFormat::Human => lines.compact().boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter))
}

/// Writes whole lines to stderr while no progress bar is drawn.
struct BetweenBars {
    screen: Screen,
    line: Vec<u8>,
}

impl Write for BetweenBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.screen.without_bars(|| io::stderr().lock().write_all(&line))
    }
}

impl Drop for BetweenBars {
    fn drop(&mut self) {
        // A log that cannot be written has nowhere to say so.
        let _ = self.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn logged(level: LogLevel, format: LogFormat, events: impl FnOnce()) -> String {
        let buffer: Arc<Mutex<Vec<u8>>> = Arc::default();
        struct Shared(Arc<Mutex<Vec<u8>>>);
        impl Write for Shared {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let writer = Arc::clone(&buffer);
        let subscriber = subscriber(LogOptions { level, format, colour: false }, Mutex::new(Shared(writer)));
        tracing::subscriber::with_default(subscriber, events);
        String::from_utf8(buffer.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn dependencies_may_only_warn_however_much_we_say() {
        let text = logged(LogLevel::Trace, LogFormat::Human, || {
            tracing::trace!("ours");
            tracing::info!(target: "hyper::client", "https://signed.example/?sig=canary");
            tracing::warn!(target: "hyper::client", "odd");
        });
        assert!(text.contains("ours") && text.contains("odd") && !text.contains("canary"), "{text}");
    }

    #[test]
    fn quiet_logs_errors_only_of_dependencies_too() {
        let text = logged(LogLevel::Error, LogFormat::Human, || {
            tracing::warn!("ours");
            tracing::warn!(target: "hyper::client", "theirs");
            tracing::error!("broken");
        });
        assert!(text.lines().count() == 1 && text.contains("broken"), "{text}");
    }

    #[test]
    fn a_line_of_json_holds_its_fields_and_its_scope() {
        let text = logged(LogLevel::Info, LogFormat::Json, || {
            let _scope = tracing::info_span!("read", kind = "copilot-seats").entered();
            tracing::info!(items = 3, "read a page");
        });
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["message"], &line["items"], &line["level"]), (&"read a page".into(), &3.into(), &"INFO".into()));
        assert_eq!(line["spans"][0]["kind"], "copilot-seats");
    }

    #[test]
    fn flags_go_over_the_setting_over_the_verbs_taste() {
        let flags = |verbose, quiet| CommonFlags { verbose, quiet, ..CommonFlags::default() };
        let setting = Some(LogLevel::Debug);
        assert_eq!(level(&flags(0, false), None, LogLevel::Warn), LogLevel::Warn);
        assert_eq!(level(&flags(0, false), setting, LogLevel::Warn), LogLevel::Debug);
        assert_eq!(level(&flags(1, false), setting, LogLevel::Warn), LogLevel::Info);
        assert_eq!(level(&flags(9, false), setting, LogLevel::Warn), LogLevel::Trace);
        assert_eq!(level(&flags(0, true), setting, LogLevel::Warn), LogLevel::Error);
    }
}
