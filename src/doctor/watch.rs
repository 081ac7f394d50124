//! What time it is at a server: remembers the `Date` of its last answer, and what time it was here.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use tower::ServiceExt;

use crate::door::clock::Clock;
use crate::door::http::{HttpService, Response};

/// The moment of the last answer, by the server's clock and by ours.
#[derive(Clone, Debug, Default)]
pub struct Dates(Arc<Mutex<Option<(Timestamp, Timestamp)>>>);

impl Dates {
    /// The same service, whose answers are remembered.
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

    /// What time it was there, and here. None when the server does not tell, or was not asked.
    pub fn last(&self) -> Option<(Timestamp, Timestamp)> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
