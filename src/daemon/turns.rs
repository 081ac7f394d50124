//! Whose turn it is: one resync at a time, never interrupted by the next, which waits; and only one waits. Pure.

use std::fmt;

/// Why a resync is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The program started.
    Start,
    /// The schedule says so.
    Schedule,
    /// Somebody asked at the catalog.
    Request,
    /// The mapping was edited.
    Mapping,
    /// The webhook was called.
    Webhook,
    /// The last one had nothing to go on with.
    Retry,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Start => "the start",
            Self::Schedule => "the schedule",
            Self::Request => "a request at the catalog",
            Self::Mapping => "an edited mapping",
            Self::Webhook => "a call of the webhook",
            Self::Retry => "another try after a failure",
        })
    }
}

/// What becomes of a wish for a resync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It begins now.
    Begin(Reason),
    /// It begins when the running one has ended.
    Queued,
    /// One that waits already will do for it too.
    Joined,
    /// The program is ending, so it does not begin.
    Closed,
}

/// The running resync and the waiting one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    running: Option<Reason>,
    waiting: Option<Reason>,
    closed: bool,
}

impl Turns {
    /// Somebody wants a resync.
    pub fn ask(&mut self, reason: Reason) -> Turn {
        match (self.closed, self.running, self.waiting) {
            (true, ..) => Turn::Closed,
            (false, None, _) => {
                self.running = Some(reason);
                Turn::Begin(reason)
            }
            (false, Some(_), None) => {
                self.waiting = Some(reason);
                Turn::Queued
            }
            (false, Some(_), Some(_)) => Turn::Joined,
        }
    }

    /// The running resync has ended. Gives the one that begins now.
    pub fn ended(&mut self) -> Option<Reason> {
        self.running = if self.closed { None } else { self.waiting.take() };
        self.running
    }

    /// The program is ending: what runs runs to its end, and nothing begins any more.
    pub fn close(&mut self) {
        self.closed = true;
        self.waiting = None;
    }

    /// Whether one runs.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens to the turns.
    #[derive(Clone, Copy, Debug)]
    enum Event {
        Ask(Reason),
        Ended,
        Close,
    }
    use Event::{Ask, Close, Ended};
    use Reason::{Mapping, Request, Schedule, Start, Webhook};

    fn play(events: &[Event]) -> String {
        let mut turns = Turns::default();
        let say = |event: &Event| match *event {
            Ask(reason) => match turns.ask(reason) {
                Turn::Begin(begun) => format!("{begun:?} begins"),
                turn => format!("{reason:?} {turn:?}").to_lowercase(),
            },
            Ended => turns.ended().map_or_else(|| "rests".to_owned(), |reason| format!("{reason:?} begins")),
            Close => {
                turns.close();
                "closes".to_owned()
            }
        };
        events.iter().map(say).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn one_runs_one_waits_and_the_rest_joins_it() {
        let table: &[(&[Event], &str)] = &[
            (&[Ask(Start)], "Start begins"),
            (&[Ask(Start), Ended, Ask(Schedule)], "Start begins, rests, Schedule begins"),
            (&[Ask(Start), Ask(Request)], "Start begins, request queued"),
            (
                &[Ask(Start), Ask(Request), Ask(Mapping), Ask(Schedule), Ended, Ended],
                "Start begins, request queued, mapping joined, schedule joined, Request begins, rests",
            ),
            (
                &[Ask(Start), Ask(Request), Ended, Ask(Webhook), Ended, Ended],
                "Start begins, request queued, Request begins, webhook queued, Webhook begins, rests",
            ),
            (
                &[Ask(Start), Ask(Request), Close, Ask(Schedule), Ended],
                "Start begins, request queued, closes, schedule closed, rests",
            ),
            (&[Close, Ask(Start)], "closes, start closed"),
        ];
        for (events, expected) in table {
            assert_eq!(play(events), *expected, "{events:?}");
        }
    }
}
