//! One line of the log: what happened, its particulars, and where it stands: the run, the kind, the scope.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::cli::flags::LogFormat;
use crate::model::escape;

/// Fields of spans that name the place of an event, in the order of a line. Other fields of spans are for traces.
const PLACE: &[&str] = &["run_id", "kind", "scope", "day"];

/// Writes lines in one of the two forms.
pub(super) struct Line {
    pub(super) format: LogFormat,
}

impl<S> FormatEvent<S, JsonFields> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(&self, context: &FmtContext<'_, S, JsonFields>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut place = Map::new();
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let Some(formatted) = extensions.get::<FormattedFields<JsonFields>>() else { continue };
            let Ok(Value::Object(of_span)) = serde_json::from_str(&formatted.fields) else { continue };
            place.extend(of_span.into_iter().filter(|(name, _)| PLACE.contains(&name.as_str())));
        }
        // What the event says of itself is nearer.
        place.retain(|name, _| !fields.others.contains_key(name));
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ");
        let level = *event.metadata().level();
        match self.format {
            LogFormat::Json => {
                let mut line = Map::new();
                line.insert("timestamp".to_owned(), now.to_string().into());
                line.insert("level".to_owned(), level.as_str().into());
                line.insert("message".to_owned(), fields.message.into());
                line.extend(place);
                // A particular that is called like a column must not hide it.
                line.extend(fields.others.into_iter().map(|(name, value)| match name.as_str() {
                    "timestamp" | "level" | "message" => (format!("{name}_"), value),
                    _ => (name, value),
                }));
                writeln!(writer, "{}", escape::json(&Value::Object(line).to_string()))
            }
            LogFormat::Human => {
                let (on, off) = if writer.has_ansi_escapes() { (colour(level), "\u{1b}[0m") } else { ("", "") };
                write!(writer, "{now} {on}{:<5}{off} {}", level.as_str(), escape::text(&fields.message))?;
                for (name, value) in &fields.others {
                    write!(writer, "  {name}={}", shown(value))?;
                }
                for name in PLACE {
                    if let Some(value) = place.get(*name) {
                        write!(writer, "  {name}={}", shown(value))?;
                    }
                }
                writeln!(writer)
            }
        }
    }
}

fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\u{1b}[31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        _ => "\u{1b}[34m",
    }
}

/// A value as people read it: quoted only where it would run into what follows.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() || text.contains([' ', '"', '=']) => Value::from(escape::text(text)).to_string(),
        Value::String(text) => escape::text(text).into_owned(),
        other => escape::json(&other.to_string()).into_owned(),
    }
}

/// Message and fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(message)) => self.message = message,
            (name, value) => {
                self.others.insert(name.to_owned(), value);
            }
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, u64::try_from(value).map_or_else(|_| value.to_string().into(), Value::from));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }
}
