//! Difference of clocks: remembers the `Date` of a server's last answer, and the local time of it.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use tower::ServiceExt;

use crate::door::clock::Clock;
use crate::door::http::{HttpService, Response};

/// Time of the last answer, by the server's clock and by the local one.
#[derive(Clone, Debug, Default)]
pub struct ServerDates(Arc<Mutex<Option<(Timestamp, Timestamp)>>>);

impl ServerDates {
    /// Service that records the dates of answers.
    pub fn of(&self, service: HttpService, clock: &Clock) -> HttpService {
        let (dates, clock) = (self.clone(), clock.clone());
        HttpService::new(service.map_response(move |response: Response| {
            let date = response.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
            let date = date.and_then(|date| DateTimeParser::new().relaxed_weekday(true).parse_timestamp(date).ok());
            if let Some(date) = date {
                *dates.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((date, clock.now()));
            }
            response
        }))
    }

    /// Server's time and local time. None without an answer or without a date in it.
    pub fn last(&self) -> Option<(Timestamp, Timestamp)> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
