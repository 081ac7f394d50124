//! Attempts that a failure without an answer is worth, by its type and by whether the server has ever answered.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::door::http::TransportErrorKind;

/// Attempts when a proxy answers with a page. A load balancer's page may be gone in a second; a web filter's stays for hours.
const ATTEMPTS_AT_A_PAGE: u32 = 3;

/// Contact with a server, shared by all requests to it.
#[derive(Debug)]
pub struct Contact {
    has_answered: AtomicBool,
    attempts_before: u32,
}

impl Contact {
    /// Contact with a server that has not answered yet. `attempts_before` limits the attempts to connect to it: most often its name
    /// is wrong, and more attempts only delay the error.
    pub fn new(attempts_before: u32) -> Self {
        Self { has_answered: AtomicBool::new(false), attempts_before }
    }

    /// Records an answer, with any status.
    pub fn answered(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Limit of attempts that end in such a failure: 1 where another attempt would end the same way, none for the usual limit.
    pub fn attempts_at_most(&self, failure: TransportErrorKind) -> Option<u32> {
        match failure {
            // A retry changes neither the certificate, nor the size of the answer, nor the request.
            TransportErrorKind::Certificate
            | TransportErrorKind::TooLarge
            | TransportErrorKind::PrivateAddress
            | TransportErrorKind::Unsendable => Some(1),
            TransportErrorKind::Page => Some(ATTEMPTS_AT_A_PAGE),
            TransportErrorKind::Connect if !self.has_answered.load(Ordering::Relaxed) => Some(self.attempts_before),
            TransportErrorKind::Connect | TransportErrorKind::Timeout | TransportErrorKind::Broken => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_worth_more_attempts_the_more_likely_it_passes() {
        // Attempts before the first answer of the server, and after it.
        let table = [
            (TransportErrorKind::Certificate, Some(1), Some(1)),
            (TransportErrorKind::TooLarge, Some(1), Some(1)),
            (TransportErrorKind::PrivateAddress, Some(1), Some(1)),
            (TransportErrorKind::Unsendable, Some(1), Some(1)),
            (TransportErrorKind::Page, Some(3), Some(3)),
            (TransportErrorKind::Connect, Some(7), None),
            (TransportErrorKind::Timeout, None, None),
            (TransportErrorKind::Broken, None, None),
        ];
        for (failure, before, after) in table {
            let contact = Contact::new(7);
            assert_eq!(contact.attempts_at_most(failure), before, "{failure:?} before");
            contact.answered();
            assert_eq!(contact.attempts_at_most(failure), after, "{failure:?} after");
        }
    }
}
