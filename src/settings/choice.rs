//! Settings that are one of several words.

/// Triggers of a resync in `serve`, besides start and schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventListener {
    /// A request that is found at the catalog.
    Polling,
    /// The start, and then no more.
    Once,
    /// A call from outside.
    Webhook,
    /// Nothing: `serve` only says that it lives.
    Never,
}

/// Initial content of a new integration at the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built-in mapping, blueprints and page.
    Default,
    /// Nothing: no mapping, no blueprint, no page.
    Empty,
}

/// Levels of the log, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Failures only.
    Error,
    /// And what is suspicious.
    Warn,
    /// And what is done.
    Info,
    /// And why.
    Debug,
    /// And every step.
    Trace,
}

impl LogLevel {
    /// The level of that name, in any case, as Ocean and its logger call them.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "TRACE" => Some(Self::Trace),
            "DEBUG" => Some(Self::Debug),
            "INFO" | "SUCCESS" => Some(Self::Info),
            "WARNING" | "WARN" => Some(Self::Warn),
            "ERROR" | "CRITICAL" | "FATAL" => Some(Self::Error),
            _ => None,
        }
    }
}
