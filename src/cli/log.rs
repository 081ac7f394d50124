//! The log: lines on stderr, for people or one JSON object each. What a line looks like is in [`line`]; spans go
//! to a collector when there is one.
//!
//! Dependencies may only warn, whatever the level: at lower levels HTTP libraries write addresses and headers, and those
//! can hold signatures and tokens.

mod line;
#[cfg(feature = "otlp")]
mod spans;
#[cfg(not(feature = "otlp"))]
mod without_spans;
#[cfg(not(feature = "otlp"))]
use without_spans as spans;

use std::io::{self, Write};

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterFn, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, fmt};

use self::line::Line;
use super::flags::{CommonFlags, LogFormat};
use super::progress::Screen;
use super::style::Style;
use crate::settings::LogLevel;
use crate::telemetry::otlp::Tracer;

/// Level and format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// The least important level that is logged.
    pub level: LogLevel,
    /// For people or for programs.
    pub format: LogFormat,
    /// Permission to use colour.
    pub colour: bool,
}

impl LogOptions {
    /// Decides: `-v`, `-q` and `--log-level` over the setting over `otherwise`, which is the verb's own taste.
    pub(super) fn new(flags: &CommonFlags, setting: Option<LogLevel>, otherwise: LogLevel, style: Style) -> Self {
        Self { level: level(flags, setting, otherwise), format: style.log_format(), colour: style.paints_stderr }
    }
}

fn level(flags: &CommonFlags, setting: Option<LogLevel>, otherwise: LogLevel) -> LogLevel {
    match flags.verbose {
        _ if flags.quiet => LogLevel::Error,
        0 => flags.log_level.or(setting).unwrap_or(otherwise),
        1 => LogLevel::Info,
        2 => LogLevel::Debug,
        _ => LogLevel::Trace,
    }
}

/// Starts logging to stderr, around the progress bars of `screen`, and sending spans to a collector if there is one. Starting
/// again changes nothing, and is told.
pub fn start(options: LogOptions, screen: &Screen, tracer: Option<Tracer>) -> bool {
    let screen = screen.clone();
    let subscriber = subscriber(options, move || BetweenBars { screen: screen.clone(), line: Vec::new() }, tracer);
    // Refused only when a log was started before.
    tracing::subscriber::set_global_default(subscriber).is_ok()
}

fn subscriber<W>(options: LogOptions, writer: W, tracer: Option<Tracer>) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // Spans alone: lines of the log stay here, and dependencies tell nobody anything.
    let spans = tracer.map(|tracer| {
        let ours =
            |metadata: &tracing::Metadata<'_>| metadata.is_span() && metadata.target().starts_with(env!("CARGO_CRATE_NAME"));
        spans::layer(tracer).with_filter(FilterFn::new(ours))
    });
    let ours = match options.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let filter = Targets::new().with_target(env!("CARGO_CRATE_NAME"), ours).with_default(ours.min(LevelFilter::WARN));
    let lines = fmt::layer().with_writer(writer).with_ansi(options.colour).fmt_fields(JsonFields::new());
    let lines = lines.event_format(Line { format: options.format });
    tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans)
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
        let subscriber = subscriber(LogOptions { level, format, colour: false }, Mutex::new(Shared(writer)), None);
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

    /// A run that reads a kind of a scope, as the places where that happens spell it.
    fn in_a_run(what: impl FnOnce()) {
        let _run = tracing::error_span!("run", otel.name = "resync", run_id = %"20261121T013126Z-5f3a9c").entered();
        let _kind = tracing::error_span!("kind", kind = "copilot-seats").entered();
        let _slice = tracing::error_span!("slice", scope = "acme").entered();
        let _request = tracing::debug_span!("request", service = "github").entered();
        what();
    }

    #[test]
    fn a_line_of_json_holds_its_fields_and_where_it_stands_however_little_is_logged() {
        for (level, said) in [(LogLevel::Trace, true), (LogLevel::Warn, true), (LogLevel::Error, false)] {
            let text =
                logged(level, LogFormat::Json, || in_a_run(|| tracing::warn!(items = 3, day = "2026-08-01", "read a page")));
            assert_eq!(text.lines().count(), usize::from(said), "{text}");
            let Some(line) = text.lines().next() else { continue };
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            let timestamp = line.as_object_mut().unwrap().shift_remove("timestamp").unwrap();
            assert!(timestamp.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{timestamp}");
            let expected = serde_json::json!({
                "level": "WARN", "message": "read a page", "run_id": "20261121T013126Z-5f3a9c", "kind": "copilot-seats",
                "scope": "acme", "items": 3, "day": "2026-08-01",
            });
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn a_line_for_people_says_what_happened_first_and_where_last() {
        let text = logged(LogLevel::Info, LogFormat::Human, || {
            in_a_run(|| tracing::info!(items = 3, reason = "no report yet", state = "not-ready", "read"));
        });
        let (_, line) = text.split_once(' ').unwrap();
        assert_eq!(
            line,
            "INFO  read  items=3  reason=\"no report yet\"  state=not-ready  run_id=20261121T013126Z-5f3a9c  kind=copilot-seats  scope=acme\n"
        );
    }

    #[test]
    fn what_a_server_sent_can_neither_begin_a_line_nor_move_the_cursor() {
        for format in [LogFormat::Human, LogFormat::Json] {
            let text = logged(LogLevel::Info, format, || tracing::info!(reason = "a\nb\u{1b}[31m", "x\r\ny"));
            assert!(text.lines().count() == 1 && !text.contains('\u{1b}') && !text.contains('\r'), "{text:?}");
        }
    }

    #[test]
    fn a_field_cannot_take_the_place_of_a_column() {
        let text = logged(LogLevel::Info, LogFormat::Json, || tracing::info!(level = "none", "x"));
        assert!(text.contains(r#""level":"INFO""#) && text.contains(r#""level_":"none""#), "{text}");
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
        let named = CommonFlags { log_level: Some(LogLevel::Trace), ..CommonFlags::default() };
        assert_eq!(level(&named, setting, LogLevel::Warn), LogLevel::Trace);
    }
}
