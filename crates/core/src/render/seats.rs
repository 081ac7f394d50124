//! Copilot seats, and the effect of assigning or removing some, as text.

use crate::model::escape;
use crate::model::reclaim::{IdleSeat, LeftAlone, ReclaimList, ReclaimRules};
use crate::model::seat::{Seat, SeatChange, SeatPlan, SeatVerb, Seats};
use crate::render::number::{count as count_of, counted};
use crate::render::table::{Align, Table};

/// Price of a seat, and where it is from.
#[derive(Clone, Debug, PartialEq)]
pub struct SeatPrice {
    /// US dollars a month.
    pub dollars: f64,
    /// Its origin, such as `list price of 2026-09`.
    pub source: String,
}

/// All seats of an organization or an enterprise. `price` is that of a seat of its plan.
pub fn list(seats: &Seats, price: Option<&SeatPrice>) -> String {
    let table = Table::new(["user", "through", "ends", "last activity", "editor"].map(|header| (header, Align::Left)));
    let row = |seat: &Seat| {
        let or = |text: &Option<String>, other: &str| text.clone().unwrap_or_else(|| other.to_owned());
        [login(seat), or(&seat.team, ""), or(&seat.ends, ""), or(&seat.last_activity, "never"), or(&seat.editor, "")]
    };
    let table = seats.seats.iter().fold(table, |table, seat| table.row(row(seat)));
    let count = counted(seats.seats.len() as u64, "seat", "seats");
    let table = table.fits();
    let management = match seats.setting.as_str() {
        "" => String::new(),
        setting => format!(", seat management {}", escape::text(setting)),
    };
    let mut text = format!(
        "{table}\n{count} of Copilot {} in `{}`{management}\n",
        escape::text(&seats.plan),
        escape::text(&seats.organization)
    );
    if let Some(counts) = &seats.breakdown {
        text += &format!(
            "this cycle: {} billed, {} used, {} not used, {} new, {} invited, {} to end\n",
            count_of(counts.total),
            count_of(counts.active_this_cycle),
            count_of(counts.inactive_this_cycle),
            count_of(counts.added_this_cycle),
            count_of(counts.pending_invitation),
            count_of(counts.pending_cancellation)
        );
        if let Some(SeatPrice { dollars, source }) = price {
            let sum = dollars * counts.total as f64;
            text += &format!("cost: {} USD a month, {} USD a seat ({})\n", money(sum), money(*dollars), escape::text(source));
        }
    }
    text
}

/// Seats that nobody uses, with the evidence and what they cost.
pub fn reclaim(list: &ReclaimList, rules: &ReclaimRules, price: Option<&SeatPrice>) -> String {
    let table = Table::new([
        ("user", Align::Left),
        ("through", Align::Left),
        ("granted", Align::Left),
        ("last activity", Align::Left),
        ("days", Align::Right),
    ]);
    let day = |text: &Option<String>, other: &str| text.as_deref().and_then(|text| text.get(..10)).unwrap_or(other).to_owned();
    let row = |idle: &IdleSeat| {
        let IdleSeat { seat, idle_days, .. } = idle;
        let days = idle_days.map_or_else(String::new, |days| days.to_string());
        [login(seat), seat.team.clone().unwrap_or_default(), day(&seat.granted, ""), day(&seat.last_activity, "never"), days]
    };
    let table = list.seats.iter().fold(table, |table, seat| table.row(row(seat)));
    let table = if list.seats.is_empty() { String::new() } else { format!("{}\n", table.fits()) };
    let unused = counted(list.seats.len() as u64, "unused seat", "unused seats");
    let cost = match (list.dollars_a_month, price) {
        (Some(dollars), Some(price)) => format!(": {} USD a month ({})", money(dollars), escape::text(&price.source)),
        (Some(dollars), None) => format!(": {} USD a month", money(dollars)),
        (None, _) => ": the price of a plan is not known".to_owned(),
    };
    let evidence = match (&list.newest_evidence, list.evidence_age_hours) {
        (Some(at), Some(hours)) => format!(
            "GitHub's newest activity of anybody is of {at}, {} ago",
            counted(hours.max(0).unsigned_abs(), "hour", "hours")
        ),
        _ => "GitHub knows of no activity of anybody, so this list proves nothing".to_owned(),
    };
    let LeftAlone { new, excluded, ending, unreadable } = list.left_alone;
    let unreadable = match unreadable {
        0 => String::new(),
        count => format!(", {} whose last activity cannot be read", count_of(count)),
    };
    format!(
        "{table}{unused} of {} in `{}`, without activity for {} days{cost}\nleft alone: {} new in the last {} days, {} excluded, {} that end anyway{unreadable}\n{evidence}\n",
        count_of(list.seats_total),
        escape::text(&list.organization),
        rules.days,
        count_of(new),
        rules.grace,
        count_of(excluded),
        count_of(ending)
    )
}

fn login(seat: &Seat) -> String {
    if seat.login.is_empty() { "(account is gone)".to_owned() } else { seat.login.clone() }
}

/// An amount with cents only where there are some.
fn money(dollars: f64) -> String {
    if dollars.fract() == 0.0 { format!("{dollars:.0}") } else { format!("{dollars:.2}") }
}

/// The effect of a change of seats, with its cost.
pub fn plan(plan: &SeatPlan) -> String {
    let table = Table::new([("", Align::Left), ("user", Align::Left), ("", Align::Left)]);
    let table = plan.changes.iter().fold(table, |table, (login, change)| {
        let (mark, words) = match change {
            SeatChange::Given => ("+", "gets a seat".to_owned()),
            SeatChange::Kept => ("+", "keeps the seat; its cancellation is withdrawn".to_owned()),
            SeatChange::Ends => ("-", "loses the seat at the end of the billing cycle".to_owned()),
            SeatChange::Unchanged(why) => (" ", format!("no change: {why}")),
        };
        table.row([mark, login, &words])
    });
    let changed = plan.changes.iter().filter(|(_, change)| !matches!(change, SeatChange::Unchanged(_))).count() as u64;
    let seats = counted(changed, "seat", "seats");
    let verb = match plan.verb {
        SeatVerb::Add => "to add",
        SeatVerb::Remove => "to remove",
    };
    let cost = match plan.dollars_a_month {
        Some(0) | None => String::new(),
        Some(dollars) if dollars > 0 => format!(", {dollars} USD a month more at list price"),
        Some(dollars) => format!(", {} USD a month less at list price", dollars.abs()),
    };
    let table = table.fits();
    format!("{table}\n{seats} {verb} in `{}`{cost}\n", escape::text(&plan.organization))
}
