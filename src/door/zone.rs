//! The time zone that expressions take for local: that of `TZ`, else the machine's. Read once, at the start.

use jiff::tz::TimeZone;

/// What `TZ` says, a name such as `Asia/Tokyo` or a rule such as `JST-9`; without it the machine's zone, and UTC when there is
/// none, or none by that name. As in C's library, so as in jq.
pub fn local() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}
