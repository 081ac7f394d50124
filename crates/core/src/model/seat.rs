//! Copilot seats, and the effect of assigning or removing some. Pure.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::slice::SliceEnd;

/// A seat, as GitHub lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seat {
    /// Login of the user; empty when the account is gone and the seat is still billed.
    pub login: String,
    /// GitHub's number of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The organization that grants it, where GitHub names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// `business`, `enterprise` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Time at which it was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted: Option<String>,
    /// Time of its last change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// Time at which the user last signed in to Copilot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_authenticated: Option<String>,
    /// Slug of the team through which the seat was assigned; none when it was assigned to the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Last day of the seat, when a cancellation is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// Time of the last use of Copilot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_activity: Option<String>,
    /// Editor of the last use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub editor: Option<String>,
}

/// Seats of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seats {
    /// The organization or enterprise.
    pub organization: String,
    /// Whether it is an enterprise, whose list also has the seats that its organizations grant.
    #[serde(skip)]
    pub is_enterprise: bool,
    /// `business`, `enterprise`, or another value of GitHub.
    pub plan: String,
    /// GitHub's `seat_management_setting`: `assign_selected` when seats go to selected users and teams. Empty for an enterprise, of which
    /// GitHub does not tell it.
    pub setting: String,
    /// GitHub's counts of this billing cycle; none for an enterprise, and where only some seats were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breakdown: Option<SeatBreakdown>,
    /// Seats in GitHub's order.
    pub seats: Vec<Seat>,
    /// Reason why these may not be all, when GitHub's answers contradict each other or their own count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<SliceEnd>,
}

/// GitHub's counts of the seats of a billing cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeatBreakdown {
    /// Seats that are billed.
    pub total: u64,
    /// Seats granted in this cycle.
    pub added_this_cycle: u64,
    /// Seats of people who have not accepted yet.
    pub pending_invitation: u64,
    /// Seats that end with this cycle.
    pub pending_cancellation: u64,
    /// Seats that were used in this cycle.
    pub active_this_cycle: u64,
    /// Seats that were not.
    pub inactive_this_cycle: u64,
}

/// Whose seats change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeatOwner {
    /// An organization, by login.
    Organization(String),
    /// An enterprise, by slug.
    Enterprise(String),
}

impl SeatOwner {
    /// Login or slug.
    pub fn name(&self) -> &str {
        match self {
            Self::Organization(name) | Self::Enterprise(name) => name,
        }
    }
}

/// Change of seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatVerb {
    /// Assigns seats.
    Add,
    /// Removes seats.
    Remove,
}

/// Users or teams whose seats change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatHolders {
    /// Users, by login.
    Users(Vec<String>),
    /// Teams, by slug, with the logins of their members.
    Teams(Vec<(String, Vec<String>)>),
}

/// Effect of a change of seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatPlan {
    /// The organization.
    pub organization: String,
    /// Change that is planned.
    pub verb: SeatVerb,
    /// Login and effect, one entry for each user.
    pub changes: Vec<(String, SeatChange)>,
    /// Difference of the monthly bill in US dollars at list prices; none when the plan's price is not known.
    pub dollars_a_month: Option<i64>,
}

/// Effect on the seat of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change", content = "why")]
pub enum SeatChange {
    /// The user gets a seat.
    Given,
    /// The pending cancellation is withdrawn.
    Kept,
    /// The seat ends with the billing cycle.
    Ends,
    /// Nothing changes; the text is the reason.
    Unchanged(String),
}

impl Seat {
    /// Reads a seat from GitHub's JSON.
    pub fn read(seat: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            login: text(&seat["assignee"]["login"]).unwrap_or_default(),
            id: seat["assignee"]["id"].as_u64(),
            organization: text(&seat["organization"]["login"]),
            plan: text(&seat["plan_type"]),
            granted: text(&seat["created_at"]),
            changed: text(&seat["updated_at"]),
            last_authenticated: text(&seat["last_authenticated_at"]),
            team: text(&seat["assigning_team"]["slug"]),
            ends: text(&seat["pending_cancellation_date"]),
            last_activity: text(&seat["last_activity_at"]),
            editor: text(&seat["last_activity_editor"]),
        }
    }
}

/// A list price of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ListPrice {
    /// The plan.
    pub plan: &'static str,
    /// US dollars a month.
    pub dollars: i64,
    /// The month in which it was looked up.
    pub as_of: &'static str,
}

/// List prices: `cfb_price_per_month` and `ce_price_per_month` in
/// <https://github.com/github/docs/blob/main/data/variables/copilot.yml>. A contract may say otherwise.
pub const LIST_PRICES: [ListPrice; 2] = [
    ListPrice { plan: "business", dollars: 19, as_of: "2026-09" },
    ListPrice { plan: "enterprise", dollars: 39, as_of: "2026-09" },
];

/// List price of a seat of a plan in US dollars a month.
pub fn list_price(plan: &str) -> Option<i64> {
    LIST_PRICES.iter().find(|price| price.plan == plan).map(|price| price.dollars)
}

impl Seats {
    /// Computes the effect of a change. Logins are compared without case; each user is listed once, in the given order.
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
        let mut seats = self.seats.iter().filter(|seat| seat.login.eq_ignore_ascii_case(login));
        // The seats that an enterprise grants itself name no organization.
        let is_own = |seat: &&Seat| !self.is_enterprise || seat.organization.is_none();
        let seat = seats.clone().find(is_own).or_else(|| seats.next());
        let unchanged = |why: String| SeatChange::Unchanged(why);
        match (verb, seat) {
            (_, Some(seat)) if !is_own(&seat) => {
                let granting = seat.organization.as_deref().unwrap_or_default();
                unchanged(format!("has one of the organization `{granting}`"))
            }
            (SeatVerb::Add, None) => SeatChange::Given,
            (SeatVerb::Add, Some(Seat { ends: Some(_), .. })) => SeatChange::Kept,
            (SeatVerb::Add, Some(_)) => unchanged("has a seat".to_owned()),
            (SeatVerb::Remove, None) => unchanged("has no seat".to_owned()),
            (SeatVerb::Remove, Some(Seat { ends: Some(day), .. })) => unchanged(format!("already ends on {day}")),
            (SeatVerb::Remove, Some(seat)) => match (team, &seat.team) {
                (None, Some(given)) => unchanged(format!("has it through the team `{given}`")),
                (Some(_), None) => unchanged("has it directly, not through a team".to_owned()),
                (Some(team), Some(given)) if !given.eq_ignore_ascii_case(team) => {
                    unchanged(format!("has it through the team `{given}`"))
                }
                _ => SeatChange::Ends,
            },
        }
    }
}

impl SeatPlan {
    /// Reduces the holders to those that need a request: GitHub refuses a list of users as a whole when the seat of one of them
    /// cannot change. A team always stays, because it counts for users who join it later.
    pub fn holders_to_change(&self, holders: SeatHolders) -> SeatHolders {
        match holders {
            SeatHolders::Users(_) => {
                let changed = self.changes.iter().filter(|(_, change)| !matches!(change, SeatChange::Unchanged(_)));
                SeatHolders::Users(changed.map(|(login, _)| login.clone()).collect())
            }
            teams @ SeatHolders::Teams(_) => teams,
        }
    }

    /// Tells whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|(_, change)| matches!(change, SeatChange::Unchanged(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(login: &str, team: Option<&str>, ends: Option<&str>) -> Seat {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Seat { login: login.to_owned(), team: own(team), ends: own(ends), ..Seat::default() }
    }

    fn seats() -> Seats {
        let seats = vec![seat("ada", None, None), seat("ben", Some("core"), None), seat("cy", None, Some("2026-12-01"))];
        Seats {
            organization: "acme".into(),
            is_enterprise: false,
            plan: "business".into(),
            setting: "assign_selected".into(),
            breakdown: None,
            seats,
            incomplete: None,
        }
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
        assert_eq!(plan.holders_to_change(users(&["Ada", "cy", "dee", "dee"])), users(&["cy", "dee"]));
    }

    #[test]
    fn a_seat_is_taken_only_the_way_it_was_given() {
        let plan = seats().plan(SeatVerb::Remove, &users(&["ada", "ben", "cy", "dee"]));
        let ends = plan.changes.iter().filter(|(_, change)| *change == SeatChange::Ends).map(|(login, _)| login.as_str());
        assert_eq!(ends.collect::<Vec<_>>(), ["ada"]);
        assert_eq!(plan.dollars_a_month, Some(-19));
        let core = SeatHolders::Teams(vec![("core".into(), vec!["ada".into(), "ben".into()])]);
        let plan = seats().plan(SeatVerb::Remove, &core);
        assert_eq!(plan.changes[0].1, SeatChange::Unchanged("has it directly, not through a team".into()));
        assert_eq!(plan.changes[1].1, SeatChange::Ends);
    }

    #[test]
    fn an_enterprise_changes_the_seats_that_it_grants_itself() {
        let of =
            |login: &str, organization: &str| Seat { organization: Some(organization.to_owned()), ..seat(login, None, None) };
        let listed = vec![of("ada", "acme"), seat("ada", None, None), of("ben", "acme"), seat("cy", None, None)];
        let seats = Seats { is_enterprise: true, seats: listed, ..seats() };
        let of_acme = || SeatChange::Unchanged("has one of the organization `acme`".into());
        let changes = |verb| {
            let plan = seats.plan(verb, &users(&["ada", "ben", "cy", "dee"]));
            plan.changes.into_iter().map(|(_, change)| change).collect::<Vec<_>>()
        };
        let has_one = || SeatChange::Unchanged("has a seat".into());
        assert_eq!(changes(SeatVerb::Add), [has_one(), of_acme(), has_one(), SeatChange::Given]);
        let has_none = SeatChange::Unchanged("has no seat".into());
        assert_eq!(changes(SeatVerb::Remove), [SeatChange::Ends, of_acme(), SeatChange::Ends, has_none]);
    }

    #[test]
    fn a_plan_of_unknown_price_claims_none() {
        let seats = Seats { plan: "unknown".into(), ..seats() };
        let plan = seats.plan(SeatVerb::Add, &users(&["ada"]));
        assert!(plan.is_empty());
        assert_eq!(plan.dollars_a_month, None);
    }
}
