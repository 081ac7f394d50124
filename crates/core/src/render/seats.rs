//! Copilot seats, and the effect of assigning or removing some, as text.

use crate::model::escape;
use crate::model::seat::{Seat, SeatChange, SeatPlan, SeatVerb, Seats};
use crate::render::number::counted;
use crate::render::table::{Align, Table};

/// All seats of an organization.
pub fn list(seats: &Seats) -> String {
    let table = Table::new(["user", "through", "ends", "last activity", "editor"].map(|header| (header, Align::Left)));
    let row = |seat: &Seat| {
        let or = |text: &Option<String>, other: &str| text.clone().unwrap_or_else(|| other.to_owned());
        let login = if seat.login.is_empty() { "(account is gone)".to_owned() } else { seat.login.clone() };
        [login, or(&seat.team, ""), or(&seat.ends, ""), or(&seat.last_activity, "never"), or(&seat.editor, "")]
    };
    let table = seats.seats.iter().fold(table, |table, seat| table.row(row(seat)));
    let count = counted(seats.seats.len() as u64, "seat", "seats");
    let table = table.fits();
    format!(
        "{table}\n{count} of Copilot {} in `{}`, seat management {}\n",
        escape::text(&seats.plan),
        escape::text(&seats.organization),
        escape::text(&seats.setting)
    )
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
