//! The newest days of every team: who of its members was active. Each person of a team has a bit for each day, so that a day costs a step
//! for each member and not a union of sets.

use std::collections::BTreeMap;

use super::facts::DayFacts;
use crate::facts::PersonSet;

/// Most days that are looked at together.
const DAYS_AT_MOST: usize = 63;

/// The bit of who is a member on the newest day.
const IS_MEMBER: u64 = 1 << 63;

/// The newest days of every team.
pub(super) struct ActiveMembers {
    length: usize,
    /// The days that were held, the newest in the lowest bit.
    held: u64,
    teams: BTreeMap<u64, ActiveTeam>,
    /// A bit for each person who is active on the newest day.
    active: Vec<u64>,
}

/// A team's newest days, the newest in the lowest bit.
#[derive(Default)]
struct ActiveTeam {
    /// Days on which it was in the report and may be shown.
    shown: u64,
    /// Members on the newest of these days.
    members: PersonSet,
    /// Members and those who were lately, ascending.
    people: Vec<u32>,
    /// Days on which each of them was active while a member, and whether one is a member.
    days: Vec<u64>,
}

impl ActiveMembers {
    /// At most 63 days.
    pub(super) fn new(length: usize) -> Self {
        Self { length: length.min(DAYS_AT_MOST), held: 0, teams: BTreeMap::new(), active: Vec::new() }
    }

    /// The bits of these days, counted from the oldest.
    fn days(&self, days: std::ops::Range<usize>) -> u64 {
        days.map(|day| self.length - 1 - day.min(self.length - 1)).fold(0, |bits, back| bits | 1 << back)
    }

    /// Takes a day: the active members of each team.
    pub(super) fn push(&mut self, facts: &DayFacts<'_>, active: Option<&PersonSet>) {
        let window = self.days(0..self.length);
        let day = facts.teams.zip(active);
        self.held = (self.held << 1 | u64::from(day.is_some())) & window;
        for team in self.teams.values_mut() {
            team.shown = team.shown << 1 & window;
            team.days.iter_mut().for_each(|days| *days = *days << 1 & window | *days & IS_MEMBER);
        }
        let Some((teams, active)) = day else { return };
        self.active.fill(0);
        for person in active {
            let place = person as usize / 64;
            if place >= self.active.len() {
                self.active.resize(place + 1, 0);
            }
            self.active[place] |= 1 << (person % 64);
        }
        for (entry, members) in teams.index.teams.iter().zip(teams.members).filter(|(entry, _)| !entry.is_withheld) {
            let team = self.teams.entry(entry.id).or_default();
            team.shown |= 1;
            if team.members != *members {
                team.change(members);
            }
            for (person, days) in team.people.iter().zip(&mut team.days) {
                let word = self.active.get(*person as usize / 64).copied().unwrap_or_default();
                let is_active = word >> (person % 64) & 1;
                *days |= is_active & *days >> 63;
            }
        }
    }

    /// Whether every one of the days is held.
    pub(super) fn is_whole(&self) -> bool {
        self.held == self.days(0..self.length)
    }

    /// How many people of a team were active over these of the days, counted from the oldest. None when the team is withheld on any of
    /// the days.
    pub(super) fn count(&self, team: u64, days: std::ops::Range<usize>) -> Option<u64> {
        let bits = self.days(days);
        let team = self.shown(team, bits)?;
        Some(team.days.iter().map(|days| u64::from(days & bits != 0)).sum())
    }

    /// As [`ActiveMembers::count`], of those who are members on the newest day, and how many members there are then.
    pub(super) fn count_members(&self, team: u64, days: std::ops::Range<usize>) -> Option<(u64, u64)> {
        let bits = self.days(days);
        let team = self.shown(team, bits)?;
        let active = team.days.iter().map(|days| u64::from(days & bits != 0 && days & IS_MEMBER != 0)).sum();
        Some((active, team.members.len()))
    }

    fn shown(&self, team: u64, bits: u64) -> Option<&ActiveTeam> {
        self.teams.get(&team).filter(|team| team.shown & bits == bits)
    }
}

impl ActiveTeam {
    /// Makes these people its members. Those who were are still counted on the days on which they were.
    fn change(&mut self, members: &PersonSet) {
        let before = std::mem::take(&mut self.people).into_iter().zip(std::mem::take(&mut self.days));
        let kept = before.map(|(person, days)| (person, days & !IS_MEMBER)).filter(|(_, days)| *days != 0);
        let mut all: BTreeMap<u32, u64> = kept.collect();
        members.iter().for_each(|person| *all.entry(person).or_default() |= IS_MEMBER);
        (self.people, self.days) = all.into_iter().unzip();
        self.members = members.clone();
    }
}
