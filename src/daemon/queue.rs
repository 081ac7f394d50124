//! Queue of resyncs: one runs, at most one waits, and no running one is interrupted. Pure.

use std::fmt;

/// Reason for a resync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Start of the program.
    Start,
    /// Schedule.
    Schedule,
    /// Schedules of single kinds: a bit for each, counted from the first. Such a resync reads these kinds only.
    Kinds(u64),
    /// Request at the catalog.
    Request,
    /// Edited mapping.
    Mapping,
    /// Call of the webhook.
    Webhook,
    /// Wish of somebody who looks at the pages.
    Page,
    /// Retry after a resync that could not begin.
    Retry,
}

impl Trigger {
    /// True for a resync of the whole mapping. One of some kinds tells nothing of the rest, and stands in for none.
    pub fn is_of_everything(self) -> bool {
        !matches!(self, Self::Kinds(_))
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Start => "the start",
            Self::Schedule => "the schedule",
            Self::Kinds(_) => "the schedule of some kinds",
            Self::Request => "a request at the catalog",
            Self::Mapping => "an edited mapping",
            Self::Webhook => "a call of the webhook",
            Self::Page => "a request on the pages",
            Self::Retry => "a retry after a failure",
        })
    }
}

/// Answer of the queue to a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueAnswer {
    /// The resync begins now.
    Begin(Trigger),
    /// The resync begins when the running one has ended.
    Queued,
    /// A waiting resync covers this trigger too.
    Joined,
    /// The program is stopping, so no resync begins.
    Closed,
}

/// Running resync and waiting resync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResyncQueue {
    running: Option<Trigger>,
    waiting: Option<Trigger>,
    closed: bool,
}

impl ResyncQueue {
    /// Adds a trigger.
    pub fn ask(&mut self, trigger: Trigger) -> QueueAnswer {
        match (self.closed, self.running, self.waiting) {
            (true, ..) => QueueAnswer::Closed,
            (false, None, _) => {
                self.running = Some(trigger);
                QueueAnswer::Begin(trigger)
            }
            (false, Some(_), None) => {
                self.waiting = Some(trigger);
                QueueAnswer::Queued
            }
            (false, Some(_), Some(Trigger::Kinds(waiting))) => {
                // A resync of everything covers some kinds, and not the other way round.
                self.waiting = Some(match trigger {
                    Trigger::Kinds(more) => Trigger::Kinds(waiting | more),
                    whole => whole,
                });
                QueueAnswer::Joined
            }
            (false, Some(_), Some(_)) => QueueAnswer::Joined,
        }
    }

    /// Ends the running resync. Returns the trigger of the one that begins now.
    pub fn ended(&mut self) -> Option<Trigger> {
        self.running = if self.closed { None } else { self.waiting.take() };
        self.running
    }

    /// Drops the waiting resync and accepts no further ones. A running one is left alone.
    pub fn close(&mut self) {
        self.closed = true;
        self.waiting = None;
    }

    /// True while a resync runs.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Event {
        Ask(Trigger),
        Ended,
        Close,
    }
    use Event::{Ask, Close, Ended};
    use Trigger::{Kinds, Mapping, Request, Schedule, Start, Webhook};

    fn play(events: &[Event]) -> String {
        let mut queue = ResyncQueue::default();
        let say = |event: &Event| match *event {
            Ask(trigger) => match queue.ask(trigger) {
                QueueAnswer::Begin(begun) => format!("{begun:?} begins"),
                answer => format!("{trigger:?} {answer:?}").to_lowercase(),
            },
            Ended => queue.ended().map_or_else(|| "rests".to_owned(), |trigger| format!("{trigger:?} begins")),
            Close => {
                queue.close();
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
            (
                &[Ask(Start), Ask(Kinds(1)), Ask(Kinds(6)), Ended, Ended],
                "Start begins, kinds(1) queued, kinds(6) joined, Kinds(7) begins, rests",
            ),
            (
                &[Ask(Kinds(1)), Ask(Kinds(1)), Ask(Schedule), Ask(Kinds(2)), Ended, Ended],
                "Kinds(1) begins, kinds(1) queued, schedule joined, kinds(2) joined, Schedule begins, rests",
            ),
        ];
        for (events, expected) in table {
            assert_eq!(play(events), *expected, "{events:?}");
        }
    }
}
