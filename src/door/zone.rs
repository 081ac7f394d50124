//! Time zone that expressions use as local: that of `TZ`, else the machine's. Read once, at the start.

use jiff::tz::TimeZone;

/// Zone of `TZ`, a name such as `Asia/Tokyo` or a rule such as `JST-9`; without `TZ` that of the machine; UTC for an unknown or
/// missing one. The same as in the C library, and so in jq.
pub fn local() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}
