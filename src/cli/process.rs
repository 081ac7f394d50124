//! The process: what all of it shares, and how it begins.

use std::ffi::OsString;

use super::failure::Failure;
use super::flags::CommonFlags;
use super::log::{self, LogOptions};
use super::network::{open_network, variable};
use super::progress::Screen;
use super::style::Style;
use crate::door::clock::Clock;
use crate::settings::{LogLevel, Overrides, Settings, Sources, platform_data_folder};
use crate::telemetry::Telemetry;
use crate::telemetry::collector;
use crate::telemetry::otlp::{self, Collector};

/// Values that the whole process shares. Made once, in [`super::run`], and passed down.
pub(super) struct Process {
    /// The flags of every verb.
    pub(super) common: CommonFlags,
    /// The time of day.
    pub(super) clock: Clock,
    /// Metrics of its runs. A daemon's counters must outlive each of its runs.
    pub(super) telemetry: Telemetry,
    /// Terminal for log and progress.
    pub(super) screen: Screen,
}

impl Process {
    /// Begins a process. `is_service` says that it runs where usually nobody looks at a terminal.
    pub(super) fn new(common: &CommonFlags, is_service: bool) -> Self {
        let style = Style::of(common, is_service);
        style.adopt();
        Self { common: common.clone(), clock: Clock::system(), telemetry: Telemetry::default(), screen: Screen::stderr(style) }
    }

    /// Reads the settings that flags, environment and settings file give, and starts the log.
    pub(super) fn settings(&self, overrides: Overrides) -> Result<Settings, Failure> {
        self.settings_logging(overrides, LogLevel::Warn)
    }

    /// Reads the settings; `otherwise` is the level of the log when neither flag nor setting has one.
    pub(super) fn settings_logging(&self, overrides: Overrides, otherwise: LogLevel) -> Result<Settings, Failure> {
        let settings = read(overrides)?;
        if !otlp::IS_BUILT_IN && collector::is_named(&variable) {
            let asked = "an OTEL_EXPORTER_OTLP_* variable asks for traces or metrics at a collector";
            return Err(Failure::not_built_in(asked, "otlp").help("use a program with it, or set OTEL_SDK_DISABLED=true"));
        }
        let collector = open_collector(&settings);
        let tracer = collector.as_ref().ok().and_then(|collector| collector.as_ref()?.tracer());
        let is_first =
            log::start(LogOptions::new(&self.common, settings.log_level, otherwise, Style::current()), &self.screen, tracer);
        match collector {
            Ok(Some(collector)) if is_first => self.telemetry.send_to(collector),
            Ok(_) => {}
            Err(problem) => tracing::warn!(%problem, "the collector that the OTEL_EXPORTER_OTLP_* variables name cannot be used"),
        }
        for warning in &settings.warnings {
            tracing::warn!("{warning}");
        }
        if !settings.ignored.is_empty() {
            tracing::debug!(names = settings.ignored.join(", "), "settings of Ocean's that have no meaning here");
        }
        Ok(settings)
    }
}

fn read(overrides: Overrides) -> Result<Settings, Failure> {
    // A variable that is no Unicode is none of ours.
    let unicode = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let environment: Vec<(String, String)> = std::env::vars_os().filter_map(unicode).collect();
    Settings::read(&Sources {
        environment: &environment,
        overrides,
        read_file: &|path| std::fs::read_to_string(path),
        data_folder: platform_data_folder(),
    })
    .map_err(|errors| {
        let failure = Failure::wrong(errors.to_string());
        let slips: Vec<String> = errors.warnings.iter().map(ToString::to_string).collect();
        if slips.is_empty() { failure } else { failure.help(slips.join("\n      ")) }
    })
}

/// Opens the collector that `OTEL_*` variables name. A mistake in them becomes a warning, never a failure.
fn open_collector(settings: &Settings) -> Result<Option<Collector>, String> {
    // Looked at first, so that without one not even a connection pool is made.
    if !collector::is_named(&variable) {
        return Ok(None);
    }
    let network = open_network(settings).map_err(|failure| failure.to_string())?;
    Collector::open(&variable, network)
}
