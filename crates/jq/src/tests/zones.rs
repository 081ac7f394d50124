//! Local time in the zone of the run.

use jiff::tz::TimeZone;

use super::*;

fn in_zone(zone: &str, source: &str) -> String {
    let run = Run { zone: TimeZone::posix(zone).unwrap(), ..run() };
    match compile(source).first(&Value::NULL, &run) {
        Ok(Some(value)) => value.to_jq_text(),
        other => format!("{other:?}"),
    }
}

#[test]
fn local_time_is_that_of_the_zone_and_the_rest_is_universal() {
    let tokyo = "JST-9";
    let new_york = "EST5EDT,M3.2.0,M11.1.0";
    for (zone, source, expected) in [
        (
            tokyo,
            r#""2026-03-05T23:30:00Z" | fromdate | strflocaltime("%Y-%m-%dT%H:%M:%S%z %Z")"#,
            r#""2026-03-06T08:30:00+0900 JST""#,
        ),
        (
            "UTC0",
            r#""2026-03-05T23:30:00Z" | fromdate | strflocaltime("%Y-%m-%dT%H:%M:%S%z %Z")"#,
            r#""2026-03-05T23:30:00+0000 UTC""#,
        ),
        (tokyo, "0 | localtime", "[1970,0,1,9,0,0,4,0]"),
        (tokyo, "0 | localtime | mktime", "32400"),
        (tokyo, "0 | gmtime | mktime", "0"),
        (tokyo, "0 | todate", r#""1970-01-01T00:00:00Z""#),
        (tokyo, r#"0 | strftime("%H %z %Z %s")"#, r#""00 +0000 GMT -32400""#),
        (tokyo, r#""0" | strptime("%s") | mktime"#, "32400"),
        (tokyo, r#"[2024, 1, 30] | strflocaltime("%F %s")"#, r#""2024-03-01 1709218800""#),
        (new_york, r#"1720000000.5 | localtime"#, "[2024,6,3,5,46,40.5,3,184]"),
        (new_york, r#"1730610000, 1730613600 | strflocaltime("%H:%M %Z %z %s")"#, r#""01:00 EDT -0400 1730610000""#),
        (new_york, r#"1730613600 | strflocaltime("%H:%M %Z %z %s")"#, r#""01:00 EST -0500 1730613600""#),
        (new_york, r#"1720000000 | strftime("%s")"#, r#""1720018000""#),
        (new_york, r#"1e11 | strflocaltime("%Y %Z")"#, r#""5138 EST""#),
        (new_york, r#"1e12 | strflocaltime("%Y")"#, r#""33658""#),
    ] {
        assert_eq!(in_zone(zone, source), expected, "{zone} {source}");
    }
}
