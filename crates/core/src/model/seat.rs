//! Seats of Copilot: who has one, and what giving or taking one would change. Pure.

use serde::Serialize;
use serde_json::Value;

use super::slice::SliceEnd;

/// A seat, as far as giving and taking seats needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seat {
    /// Who has it; empty when the account is gone and the seat is still billed.
    pub login: String,
    /// Slug of the team that it was given to, when it was not given to the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The day on which it ends, when that is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// When Copilot was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_activity: Option<String>,
    /// In which editor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub editor: Option<String>,
}

/// Seats of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seats {
    /// The organization.
    pub organization: String,
    /// `business`, `enterprise`, or what GitHub says instead.
    pub plan: String,
    /// Who is given seats: `assign_selected` when it is those who are chosen.
    pub setting: String,
    /// In GitHub's order.
    pub seats: Vec<Seat>,
    /// Why these may not be all, when GitHub's answers contradict each other or their own count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<SliceEnd>,
}

/// Giving or taking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatVerb {
    /// Giving.
    Add,
    /// Taking.
    Remove,
}

/// To whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatHolders {
    /// People, by login.
    Users(Vec<String>),
    /// Teams, by slug, with the logins of their members.
    Teams(Vec<(String, Vec<String>)>),
}

/// What would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatPlan {
    /// The organization.
    pub organization: String,
    /// Giving or taking.
    pub verb: SeatVerb,
    /// A line for each person: who, and what becomes of their seat.
    pub changes: Vec<(String, SeatChange)>,
    /// Difference of the monthly bill in US dollars, at list prices; none when the plan's price is not known.
    pub dollars_a_month: Option<i64>,
}

/// What becomes of somebody's seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change", content = "why")]
pub enum SeatChange {
    /// They get one.
    Given,
    /// It was going to end, and does not.
    Kept,
    /// It ends with the billing cycle.
    Ends,
    /// Nothing changes, for this reason.
    Unchanged(String),
}

impl Seat {
    /// Reads a seat as GitHub writes it.
    pub fn read(seat: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            login: text(&seat["assignee"]["login"]).unwrap_or_default(),
            team: text(&seat["assigning_team"]["slug"]),
            ends: text(&seat["pending_cancellation_date"]),
            last_activity: text(&seat["last_activity_at"]),
            editor: text(&seat["last_activity_editor"]),
        }
    }
}

/// List price of a seat in US dollars a month, as of September 2026: `cfb_price_per_month` and `ce_price_per_month` in
/// <https://github.com/github/docs/blob/main/data/variables/copilot.yml>. A contract may say otherwise.
fn list_price(plan: &str) -> Option<i64> {
    match plan {
        "business" => Some(19),
        "enterprise" => Some(39),
        _ => None,
    }
}

impl Seats {
    /// What giving or taking would change. Names are compared without case; each person is listed once, in the order given.
    pub fn plan(&self, verb: SeatVerb, holders: &SeatHolders) -> SeatPlan {
        let mut changes: Vec<(String, SeatChange)> = Vec::new();
        let mut add = |login: &str, change: SeatChange| {
            if !changes.iter().any(|(known, _)| known.eq_ignore_ascii_case(login)) {
                changes.push((login.to_owned(), change));
            }
        };
        match holders {
            SeatHolders::Users(logins) => logins.iter().for_each(|login| add(login, self.change(verb, login, None))),
            SeatHolders::Teams(teams) => {
                for (team, members) in teams {
                    members.iter().for_each(|login| add(login, self.change(verb, login, Some(team))));
                }
            }
        }
        let difference: i64 = changes
            .iter()
            .map(|(_, change)| match change {
                SeatChange::Given | SeatChange::Kept => 1,
                SeatChange::Ends => -1,
                SeatChange::Unchanged(_) => 0,
            })
            .sum();
        let dollars_a_month = list_price(&self.plan).map(|price| price * difference);
        SeatPlan { organization: self.organization.clone(), verb, changes, dollars_a_month }
    }

    fn change(&self, verb: SeatVerb, login: &str, team: Option<&str>) -> SeatChange {
        let seat = self.seats.iter().find(|seat| seat.login.eq_ignore_ascii_case(login));
        let unchanged = |why: String| SeatChange::Unchanged(why);
        match (verb, seat) {
            (SeatVerb::Add, None) => SeatChange::Given,
            (SeatVerb::Add, Some(Seat { ends: Some(_), .. })) => SeatChange::Kept,
            (SeatVerb::Add, Some(_)) => unchanged("has a seat".to_owned()),
            (SeatVerb::Remove, None) => unchanged("has no seat".to_owned()),
            (SeatVerb::Remove, Some(Seat { ends: Some(day), .. })) => unchanged(format!("ends on {day} already")),
            (SeatVerb::Remove, Some(seat)) => match (team, &seat.team) {
                (None, Some(given)) => unchanged(format!("has it through the team `{given}`")),
                (Some(_), None) => unchanged("has it in person".to_owned()),
                (Some(team), Some(given)) if !given.eq_ignore_ascii_case(team) => {
                    unchanged(format!("has it through the team `{given}`"))
                }
                _ => SeatChange::Ends,
            },
        }
    }
}

impl SeatPlan {
    /// Of those who were named, the ones who are worth a request: GitHub refuses a list of people as a whole when one of them cannot
    /// be given or lose a seat. A team stays named, because it counts for whoever joins it later.
    pub fn concerned(&self, holders: SeatHolders) -> SeatHolders {
        match holders {
            SeatHolders::Users(_) => {
                let changed = self.changes.iter().filter(|(_, change)| !matches!(change, SeatChange::Unchanged(_)));
                SeatHolders::Users(changed.map(|(login, _)| login.clone()).collect())
            }
            teams @ SeatHolders::Teams(_) => teams,
        }
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|(_, change)| matches!(change, SeatChange::Unchanged(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(login: &str, team: Option<&str>, ends: Option<&str>) -> Seat {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Seat { login: login.to_owned(), team: own(team), ends: own(ends), last_activity: None, editor: None }
    }

    fn seats() -> Seats {
        let seats = vec![seat("ada", None, None), seat("ben", Some("core"), None), seat("cy", None, Some("2026-12-01"))];
        Seats { organization: "acme".into(), plan: "business".into(), setting: "assign_selected".into(), seats, incomplete: None }
    }

    fn users(logins: &[&str]) -> SeatHolders {
        SeatHolders::Users(logins.iter().map(|login| (*login).to_owned()).collect())
    }

    #[test]
    fn giving_counts_only_who_has_none_or_was_to_lose_it() {
        let plan = seats().plan(SeatVerb::Add, &users(&["Ada", "cy", "dee", "dee"]));
        let changes: Vec<_> = plan.changes.iter().map(|(_, change)| change.clone()).collect();
        assert_eq!(changes, [SeatChange::Unchanged("has a seat".into()), SeatChange::Kept, SeatChange::Given]);
        assert_eq!(plan.dollars_a_month, Some(38));
        assert_eq!(plan.concerned(users(&["Ada", "cy", "dee", "dee"])), users(&["cy", "dee"]));
    }

    #[test]
    fn a_seat_is_taken_only_the_way_it_was_given() {
        let plan = seats().plan(SeatVerb::Remove, &users(&["ada", "ben", "cy", "dee"]));
        let ends = plan.changes.iter().filter(|(_, change)| *change == SeatChange::Ends).map(|(login, _)| login.as_str());
        assert_eq!(ends.collect::<Vec<_>>(), ["ada"]);
        assert_eq!(plan.dollars_a_month, Some(-19));
        let core = SeatHolders::Teams(vec![("core".into(), vec!["ada".into(), "ben".into()])]);
        let plan = seats().plan(SeatVerb::Remove, &core);
        assert_eq!(plan.changes[0].1, SeatChange::Unchanged("has it in person".into()));
        assert_eq!(plan.changes[1].1, SeatChange::Ends);
    }

    #[test]
    fn a_plan_of_unknown_price_claims_none() {
        let seats = Seats { plan: "unknown".into(), ..seats() };
        let plan = seats.plan(SeatVerb::Add, &users(&["ada"]));
        assert!(plan.is_empty());
        assert_eq!(plan.dollars_a_month, None);
    }
}
