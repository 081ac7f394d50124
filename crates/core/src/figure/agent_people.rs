//! People who use agents.

use super::aggregate::AggregateRow;
use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::series::Point;
use super::series::Series;
use super::windows::{self, Held, Newest, Window};
use super::{Figure, Fold};
use crate::facts::PeopleSet;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "agent-people",
        title: "People who use agents",
        sentence: "The share of the people active within the 28 days that end with the day who used an agent within them.",
        unit: Unit::Share,
        numerator: "people with `used_agent` within 28 days",
        denominator: Some("people active within 28 days, by GitHub's definition"),
        population: "everybody in the organization, the enterprise or the team",
        fields: &["used_agent", "users-1-day", "monthly_active_agent_users", "monthly_active_users"],
        first_day: "2025-10-10",
        caveats: &[
            "The series `by GitHub` divides GitHub's own numbers. Its dashboard counts the calendar month.",
            "`used_agent` is the agent mode of editors. The command line and the cloud agent are in `surfaces`.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/concepts/copilot-usage-metrics/copilot-metrics",
    },
    reads: Reads { aggregate: true, lists: Some(&[]), people: Some(is_read), ..Reads::NOTHING },
    days_before: 27,
    begin: |context| {
        Box::new(AgentPeople {
            is_team: context.is_team,
            agents: Window::new(28),
            active: Window::new(28),
            ours: Newest::new(context.by),
            githubs: Newest::new(context.by),
        })
    },
};

fn is_read(set: &PeopleSet) -> bool {
    *set == PeopleSet::Reported || matches!(set, PeopleSet::Flag(flag) if flag == "used_agent")
}

struct AgentPeople {
    is_team: bool,
    agents: Window,
    active: Window,
    ours: Newest,
    githubs: Newest,
}

impl Fold for AgentPeople {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let set = |set: &PeopleSet| Held::of(facts, || facts.people.map(|people| people.people(set)));
        self.agents.push(set(&PeopleSet::flag("used_agent")));
        self.active.push(set(&PeopleSet::Reported));
        self.ours.push(windows::share(facts, &self.agents.union(28), &self.active.union(28)));
        let row = facts.aggregate.and_then(AggregateRow::read).unwrap_or_default();
        self.githubs.push(match row.monthly_active_agent_users.zip(row.monthly_active_users) {
            Some((agents, active)) => Point::ratio(facts.day, agents, active, facts.is_provisional),
            None => Point::not_held(facts.day),
        });
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let mut series = vec![self.ours.series(Some("within 28 days"))];
        if !self.is_team {
            series.push(self.githubs.series(Some("by GitHub")));
        }
        series
    }
}
