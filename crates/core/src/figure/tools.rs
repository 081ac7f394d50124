//! Figures of all AI tools together: parts that they share.

use std::collections::{BTreeMap, BTreeSet};

use super::Fold;
use super::context::Context;
use super::facts::DayFacts;
use super::people_by_group::{PeopleByGroup, combinations};
use super::series::{Point, Series};
use super::sums::Sums;
use super::windows::{Held, Newest, Window};
use crate::facts::{PersonSet, ToolOfDay};
use crate::model::day::Day;

/// Days of a window of people.
pub(super) const WINDOW_DAYS: usize = 28;

/// The first day of any tool that is read.
pub(super) const FIRST_DAY: &str = "2025-01-01";

/// What every figure of tools has to say.
pub(super) const CAVEATS: [&str; 3] = [
    "A person is one in all tools if an alias or the e-mail address says so; nobody is guessed. `tool-unmatched-people` counts the others.",
    "A day on which a tool gave no record counts as one on which nobody used it, if another tool gave some.",
    "Tools of all accounts are put together; there is no number of one organization or team.",
];

/// Address of the definition of an active user that the largest tool gives.
pub(super) const SOURCE: &str = "https://docs.github.com/en/copilot/reference/copilot-usage-metrics";

/// People of a set by tool, within 28 days.
pub(super) struct PeopleByTool<'a> {
    context: Context<'a>,
    set: fn(&ToolOfDay) -> &PersonSet,
    /// Days so far, for tools that come later.
    before: usize,
    windows: BTreeMap<String, Window>,
    series: BTreeMap<String, Newest>,
    /// The wanted days so far.
    days: Vec<Day>,
}

impl<'a> PeopleByTool<'a> {
    pub(super) fn new(context: Context<'a>, set: fn(&ToolOfDay) -> &PersonSet) -> Self {
        Self { context, set, before: 0, windows: BTreeMap::new(), series: BTreeMap::new(), days: Vec::new() }
    }
}

impl Fold for PeopleByTool<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        push(&mut self.windows, self.before, facts, self.set);
        self.before += 1;
        let is_wanted = self.context.since.is_none_or(|since| facts.day >= since);
        if !is_wanted {
            return;
        }
        for (name, window) in &self.windows {
            let point = super::windows::count(facts, &window.union(WINDOW_DAYS));
            let begun = || {
                // All series have the same days.
                let mut points = Newest::new(self.context.by);
                self.days.iter().for_each(|day| points.push(Point::not_held(*day)));
                points
            };
            self.series.entry(name.clone()).or_insert_with(begun).push(point);
        }
        self.days.push(facts.day);
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        if self.series.is_empty() {
            let mut points = Newest::new(self.context.by);
            self.days.iter().for_each(|day| points.push(Point::not_held(*day)));
            return vec![points.series(None)];
        }
        self.series.into_iter().map(|(name, points)| points.series(Some(&name))).collect()
    }
}

/// Adds a day to the window of each tool that there was so far. A tool that comes now had nobody on the days before.
pub(super) fn push(
    windows: &mut BTreeMap<String, Window>,
    before: usize,
    facts: &DayFacts<'_>,
    set: fn(&ToolOfDay) -> &PersonSet,
) {
    let names: BTreeSet<&str> = facts.tools.iter().flat_map(|day| day.tools.keys()).map(String::as_str).collect();
    for name in names {
        windows.entry(name.to_owned()).or_insert_with(|| {
            let mut window = Window::new(WINDOW_DAYS);
            (0..before.min(WINDOW_DAYS)).for_each(|_| window.push(Held::People(PersonSet::new())));
            window
        });
    }
    for (name, window) in windows {
        window.push(Held::of(facts, || {
            let day = facts.tools?;
            Some(day.tools.get(name).map(|tool| set(tool).clone()).unwrap_or_default())
        }));
    }
}

/// A sum by tool, by active person and day.
pub(super) struct SumByTool {
    sum: &'static str,
    /// What a unit of the sum is worth in that of the figure.
    factor: f64,
    sums: Sums<String>,
}

impl SumByTool {
    pub(super) fn new(context: Context<'_>, sum: &'static str, factor: f64) -> Self {
        Self { sum, factor, sums: Sums::new(context.by) }
    }
}

impl Fold for SumByTool {
    fn day(&mut self, facts: &DayFacts<'_>) {
        if !self.sums.begin(facts, facts.tools.is_some()) {
            return;
        }
        for (name, tool) in facts.tools.iter().flat_map(|day| &day.tools) {
            // A tool that does not tell has no number, which is not 0.
            if let Some(value) = tool.sums.get(self.sum) {
                self.sums.add(name.clone(), value * self.factor, tool.active.len() as f64);
            }
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        let names: Vec<String> = self.sums.keys().cloned().collect();
        if names.is_empty() {
            return vec![Series { name: None, points: self.sums.ratios(&String::new()) }];
        }
        names.into_iter().map(|name| Series { points: self.sums.ratios(&name), name: Some(name) }).collect()
    }
}

/// People by the combination of tools that they used within 28 days, each in one combination.
pub(super) struct Overlap<'a> {
    context: Context<'a>,
    before: usize,
    windows: BTreeMap<String, Window>,
    people: PeopleByGroup<Vec<String>>,
}

impl<'a> Overlap<'a> {
    pub(super) fn new(context: Context<'a>) -> Self {
        Self { context, before: 0, windows: BTreeMap::new(), people: PeopleByGroup::new(context.by) }
    }
}

impl Fold for Overlap<'_> {
    fn day(&mut self, facts: &DayFacts<'_>) {
        push(&mut self.windows, self.before, facts, |tool| &tool.active);
        self.before += 1;
        if self.context.since.is_some_and(|since| facts.day < since) {
            return;
        }
        let (mut names, mut sets) = (Vec::new(), Vec::new());
        for (name, window) in &self.windows {
            match window.union(WINDOW_DAYS) {
                Held::People(people) => {
                    names.push(name);
                    sets.push(people);
                }
                reason => return self.people.push_without(facts, &reason),
            }
        }
        if sets.is_empty() {
            return self.people.push_without(facts, &Held::Missing);
        }
        let named =
            |places: Vec<usize>| places.into_iter().filter_map(|place| names.get(place).map(|name| (*name).clone())).collect();
        self.people.push(facts, combinations(&sets).into_iter().map(|(places, people)| (named(places), people)));
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        self.people.series(|combination| combination.join(" + "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Bucket, find};
    use super::*;
    use crate::facts::ToolsDay;

    fn day(number: i32) -> Day {
        "2026-10-01".parse::<Day>().unwrap().plus_days(number)
    }

    fn of(tools: &[(&str, &[u32], Option<f64>)]) -> ToolsDay {
        let tool = |(name, people, cost): &(&str, &[u32], Option<f64>)| {
            let people: PersonSet = people.iter().copied().collect();
            let sums = cost.iter().map(|cost| ("cost_cents".to_owned(), *cost)).collect();
            let unmatched = people.iter().filter(|person| *person > 90).collect();
            ((*name).to_owned(), ToolOfDay { reported: people.clone(), active: people, unmatched, machines: 0, sums })
        };
        ToolsDay { tools: tools.iter().map(tool).collect() }
    }

    /// The last point of each series of days of which the last one is special.
    fn last(id: &str, usual: &ToolsDay, newest: &ToolsDay) -> Vec<(String, Option<f64>)> {
        let days = (0..28)
            .map(|number| DayFacts { tools: Some(if number == 27 { newest } else { usual }), ..DayFacts::not_held(day(number)) });
        let series = find(id).unwrap().compute(Context::new(Bucket::Day), days);
        series.into_iter().map(|one| (one.name.unwrap_or_default(), one.points.last().unwrap().value)).collect()
    }

    #[test]
    fn people_of_a_tool_are_a_union_of_28_days_and_combinations_can_be_added_up() {
        let usual = of(&[("copilot", &[1, 2, 3], None), ("cursor", &[3, 91], None)]);
        let newest = of(&[("copilot", &[4], None), ("claude-code", &[3, 5], Some(10.0))]);
        let named = |all: &[(&str, f64)]| all.iter().map(|(name, value)| ((*name).to_owned(), Some(*value))).collect::<Vec<_>>();
        assert_eq!(
            last("tool-active-people", &usual, &newest),
            named(&[("claude-code", 2.0), ("copilot", 4.0), ("cursor", 2.0)])
        );
        assert_eq!(
            last("tool-overlap", &usual, &newest),
            named(&[("claude-code", 1.0), ("claude-code + copilot + cursor", 1.0), ("copilot", 3.0), ("cursor", 1.0)])
        );
        assert_eq!(
            last("tool-unmatched-people", &usual, &newest),
            named(&[("claude-code", 0.0), ("copilot", 0.0), ("cursor", 1.0)])
        );
    }

    #[test]
    fn a_cost_is_a_sum_over_person_days_of_the_tools_that_tell() {
        let usual = of(&[("claude-code", &[1, 2], Some(300.0)), ("copilot", &[1], None)]);
        assert_eq!(last("tool-cost-per-person-day", &usual, &usual), [("claude-code".to_owned(), Some(1.5))]);
    }

    #[test]
    fn a_day_that_was_not_read_makes_no_number() {
        let usual = of(&[("copilot", &[1], None)]);
        let days = (0..28).map(|number| DayFacts { tools: (number != 5).then_some(&usual), ..DayFacts::not_held(day(number)) });
        for id in ["tool-active-people", "tool-overlap", "tool-unmatched-people"] {
            let series = find(id).unwrap().compute(Context::new(Bucket::Day), days.clone());
            assert_eq!(series[0].points.last().unwrap().value, None, "{id}");
        }
    }
}
