//! Seats that nobody uses, with the evidence for it. Pure: the time is an argument.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::seat::{Seat, Seats};

/// Rules by which a seat counts as unused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReclaimRules {
    /// Days without activity.
    pub days: u16,
    /// Days for which a new seat is left alone.
    pub grace: u16,
    /// Logins that are left out; `*` stands for any letters.
    pub exclude: Vec<String>,
}

/// Evidence that a seat is unused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdleBecause {
    /// The account is gone.
    AccountGone,
    /// GitHub knows of no activity: there was none, or none within the time that GitHub remembers.
    NeverActive,
    /// The last activity is too long ago.
    LongAgo,
}

/// A seat that nobody uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdleSeat {
    /// The seat.
    #[serde(flatten)]
    pub seat: Seat,
    /// The evidence.
    pub because: IdleBecause,
    /// Whole days since the last activity, or since the seat was granted where none is known; none where GitHub tells neither.
    pub idle_days: Option<i64>,
}

/// Seats that are not in the list although nobody used them for that long, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeftAlone {
    /// New ones.
    pub new: u64,
    /// Those of people who are left out.
    pub excluded: u64,
    /// Those that end anyway.
    pub ending: u64,
    /// Those of which GitHub tells a last activity whose time cannot be read.
    pub unreadable: u64,
}

/// Seats that nobody uses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReclaimList {
    /// The organization or enterprise.
    pub organization: String,
    /// The plan.
    pub plan: String,
    /// Number of all seats.
    pub seats_total: u64,
    /// The newest activity of anybody: how far GitHub's evidence reaches. A list in which it is days old says little.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_evidence: Option<String>,
    /// Whole hours since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_age_hours: Option<i64>,
    /// The seats, those that are unused for the longest time first.
    pub seats: Vec<IdleSeat>,
    /// Seats that are left alone.
    pub left_alone: LeftAlone,
    /// What the seats cost in US dollars a month; none when a price is not known. Somebody with several seats is paid for once, so only
    /// people count of whom every seat is in the list: the others are paid for all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dollars_a_month: Option<f64>,
}

impl ReclaimList {
    /// The unused ones of these seats. `price` gives the price of a plan in US dollars a month.
    pub fn of(seats: &Seats, rules: &ReclaimRules, now: Timestamp, price: impl Fn(&str) -> Option<f64>) -> Self {
        let moment = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
        let days_since = |at: Timestamp| now.duration_since(at).as_hours().div_euclid(24);
        let newest = seats.seats.iter().filter_map(|seat| moment(&seat.last_activity)).max();
        let mut left_alone = LeftAlone::default();
        let mut idle = Vec::new();
        for seat in &seats.seats {
            let granted_days = moment(&seat.granted).map(days_since);
            let (because, idle_days) = match (&seat.last_activity, moment(&seat.last_activity)) {
                _ if seat.login.is_empty() => (IdleBecause::AccountGone, granted_days),
                (_, Some(at)) => (IdleBecause::LongAgo, Some(days_since(at))),
                (None, None) => (IdleBecause::NeverActive, granted_days),
                // There was some activity, and it is not known when.
                (Some(_), None) => {
                    left_alone.unreadable += 1;
                    continue;
                }
            };
            if because == IdleBecause::LongAgo && idle_days.is_some_and(|days| days < i64::from(rules.days)) {
                continue;
            }
            // Of a seat whose age is not known, it is not known that it is new.
            let is_new = because != IdleBecause::AccountGone && granted_days.is_some_and(|days| days < i64::from(rules.grace));
            match () {
                () if seat.ends.is_some() => left_alone.ending += 1,
                () if rules.exclude.iter().any(|pattern| fits(pattern, &seat.login)) => left_alone.excluded += 1,
                () if is_new => left_alone.new += 1,
                () => idle.push(IdleSeat { seat: seat.clone(), because, idle_days }),
            }
        }
        idle.sort_by(|one, other| other.idle_days.cmp(&one.idle_days).then_with(|| one.seat.login.cmp(&other.seat.login)));
        // Seats by login that are not in the list.
        let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
        seats.seats.iter().for_each(|seat| *kept.entry(&seat.login).or_default() += 1);
        for IdleSeat { seat, .. } in &idle {
            kept.entry(&seat.login).and_modify(|seats| *seats = seats.saturating_sub(1));
        }
        let mut counted: BTreeSet<&str> = BTreeSet::new();
        let mut dollars = Some(0.0);
        for IdleSeat { seat, .. } in &idle {
            let is_paid_for_otherwise = || kept.get(seat.login.as_str()).is_some_and(|seats| *seats > 0);
            if !seat.login.is_empty() && (is_paid_for_otherwise() || !counted.insert(&seat.login)) {
                continue;
            }
            let plan = seat.plan.as_deref().filter(|plan| *plan != "unknown").unwrap_or(&seats.plan);
            dollars = dollars.zip(price(plan)).map(|(sum, price)| sum + price);
        }
        Self {
            organization: seats.organization.clone(),
            plan: seats.plan.clone(),
            seats_total: seats.seats.len() as u64,
            newest_evidence: newest.map(|at| at.to_string()),
            evidence_age_hours: newest.map(|at| now.duration_since(at).as_hours()),
            seats: idle,
            left_alone,
            dollars_a_month: dollars,
        }
    }
}

/// True when a login fits a pattern, in any case. `*` stands for any letters.
fn fits(pattern: &str, login: &str) -> bool {
    let (pattern, login) = (pattern.to_ascii_lowercase(), login.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| login.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(login: &str, granted: &str, active: Option<&str>) -> Seat {
        let moment = |day: &str| format!("{day}T08:00:00Z");
        let (granted, last_activity) = (Some(moment(granted)), active.map(moment));
        Seat { login: login.to_owned(), plan: Some("business".to_owned()), granted, last_activity, ..Seat::default() }
    }

    fn list(seats: Vec<Seat>, rules: &ReclaimRules) -> ReclaimList {
        let (organization, plan, setting) = ("acme".to_owned(), "business".to_owned(), "assign_selected".to_owned());
        let seats = Seats { organization, is_enterprise: false, plan, setting, breakdown: None, seats, incomplete: None };
        let price = |plan: &str| (plan == "business").then_some(19.0);
        ReclaimList::of(&seats, rules, "2026-11-20T08:00:00Z".parse().unwrap(), price)
    }

    fn rules() -> ReclaimRules {
        ReclaimRules { days: 30, grace: 14, exclude: vec!["Bot-*".to_owned(), "eve".to_owned()] }
    }

    #[test]
    fn unused_seats_are_those_without_activity_for_the_days_and_past_the_grace() {
        let found = list(
            vec![
                seat("active", "2026-01-01", Some("2026-10-22")),
                seat("lapsed", "2026-01-01", Some("2026-10-21")),
                seat("never", "2026-03-01", None),
                seat("new", "2026-11-10", None),
                seat("eve", "2026-01-01", None),
                seat("bot-7", "2026-01-01", None),
                seat("", "2026-11-19", None),
                Seat { ends: Some("2026-12-01".to_owned()), ..seat("ends", "2026-01-01", None) },
            ],
            &rules(),
        );
        let shown: Vec<_> = found.seats.iter().map(|idle| (idle.seat.login.as_str(), idle.because, idle.idle_days)).collect();
        assert_eq!(
            shown,
            [
                ("never", IdleBecause::NeverActive, Some(264)),
                ("lapsed", IdleBecause::LongAgo, Some(30)),
                ("", IdleBecause::AccountGone, Some(1)),
            ]
        );
        assert_eq!(found.left_alone, LeftAlone { new: 1, excluded: 2, ending: 1, unreadable: 0 });
        assert_eq!((found.seats_total, found.dollars_a_month), (8, Some(57.0)));
        assert_eq!((found.newest_evidence.as_deref(), found.evidence_age_hours), (Some("2026-10-22T08:00:00Z"), Some(29 * 24)));
    }

    #[test]
    fn somebody_with_two_seats_costs_one_and_an_unknown_price_gives_no_sum() {
        let twice = vec![seat("ada", "2026-01-01", None), seat("ada", "2026-01-01", None)];
        let found = list(twice, &rules());
        assert_eq!((found.seats.len(), found.dollars_a_month), (2, Some(19.0)));
        let other = Seat { plan: Some("new".to_owned()), ..seat("ada", "2026-01-01", None) };
        assert_eq!(list(vec![other], &rules()).dollars_a_month, None);
        assert_eq!(list(Vec::new(), &rules()).dollars_a_month, Some(0.0));
    }

    #[test]
    fn somebody_with_a_seat_that_is_not_listed_is_paid_for_all_the_same() {
        let used = seat("ada", "2026-01-01", Some("2026-11-19"));
        let ends = Seat { ends: Some("2026-12-01".to_owned()), ..seat("ben", "2026-01-01", None) };
        let seats =
            vec![used, seat("ada", "2026-01-01", None), ends, seat("ben", "2026-01-01", None), seat("cleo", "2026-01-01", None)];
        let found = list(seats, &rules());
        assert_eq!((found.seats.len(), found.dollars_a_month), (3, Some(19.0)));
    }

    #[test]
    fn an_activity_whose_time_cannot_be_read_is_no_evidence() {
        let odd = Seat { last_activity: Some("yesterday".to_owned()), ..seat("ada", "2026-01-01", None) };
        let gone = Seat { login: String::new(), ..odd.clone() };
        let found = list(vec![odd, gone], &rules());
        let shown: Vec<_> = found.seats.iter().map(|idle| (idle.seat.login.as_str(), idle.because)).collect();
        assert_eq!(shown, [("", IdleBecause::AccountGone)]);
        assert_eq!((found.left_alone.unreadable, found.newest_evidence), (1, None));
    }

    #[test]
    fn a_star_stands_for_any_letters() {
        let table = [
            ("ada", "ADA", true),
            ("ada", "adam", false),
            ("*-bot", "ci-bot", true),
            ("a*c*e", "abcde", true),
            ("a*c", "ab", false),
        ];
        for (pattern, login, expected) in table {
            assert_eq!(fits(pattern, login), expected, "{pattern} {login}");
        }
    }
}
