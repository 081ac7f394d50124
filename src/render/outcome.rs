//! What a run did, as text: whatever a person must know, then one sentence, then the closing table.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::figures::{count, counted};
use super::table::{Align, Table};
use crate::model::slice::Slice;
use crate::reconcile::outcome::{BlueprintDeletion, Mode, Named, Outcome, ResourceOutcome};

/// Null expressions that are listed; the rest is counted. They are many when a report lacks a field, and seldom urgent.
const LISTED_NULLS: usize = 12;

/// Entities and items that are named of one trouble; the rest is counted here and named in JSON.
const LISTED_PER_TROUBLE: usize = 5;

/// Prints an outcome for people. Ends with a line feed.
pub fn text(outcome: &Outcome) -> String {
    let troubles = troubles(outcome);
    let gap = if troubles.is_empty() { "" } else { "\n" };
    format!("{}{gap}{}\n\n{}", troubles.trim_start(), closing(outcome), table(outcome))
}

/// What a person must know beside the counts; empty when all went well.
pub fn troubles(outcome: &Outcome) -> String {
    let mut page = String::new();
    slices(outcome, &mut page);
    for (number, resource) in outcome.resources.iter().enumerate() {
        of_resource(number, resource, &mut page);
    }
    deletion(outcome, &mut page);
    for broken in &outcome.broken_expressions {
        line(&mut page, &format!("\nerror: {broken}"));
    }
    for warning in &outcome.warnings {
        line(&mut page, &format!("\nnote: {warning}"));
    }
    page
}

/// The closing table: a row per resource, then a row per blueprint that only deletion touched, then the sum.
fn table(outcome: &Outcome) -> String {
    let counted = ["items", "created", "updated", "unchanged", "skipped", "refused", "deleted", "withheld", "seconds"];
    let columns = std::iter::once(("kind", Align::Left)).chain(counted.map(|header| (header, Align::Right)));
    let mut rows = Vec::new();
    let mut told = BTreeSet::new();
    let mut sums = [0_u64; 8];
    let mut row = |name: &str, counts: [u64; 8], seconds: f64| {
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        rows.push(cells(name, counts, seconds));
    };
    for resource in &outcome.resources {
        // Deletion is decided by blueprint; the first resource that yields a blueprint shows it.
        let own = outcome.deletion.blueprints.iter().filter(|deletion| resource.blueprint.as_ref() == Some(&deletion.blueprint));
        let own: Vec<&BlueprintDeletion> = own.filter(|deletion| told.insert(deletion.blueprint.clone())).collect();
        let deleted = own.iter().map(|deletion| deletion.deleted).sum();
        let withheld = own.iter().map(|deletion| deletion.withheld()).sum();
        let counts = [
            resource.items,
            resource.created,
            resource.updated + resource.sent,
            resource.unchanged,
            resource.skipped(),
            resource.refused.count,
            deleted,
            withheld,
        ];
        row(&resource.kind, counts, resource.seconds);
    }
    for deletion in outcome.deletion.blueprints.iter().filter(|deletion| !told.contains(&deletion.blueprint)) {
        row(&format!("({})", deletion.blueprint), [0, 0, 0, 0, 0, 0, deletion.deleted, deletion.withheld()], 0.0);
    }
    rows.push(cells("total", sums, outcome.seconds));
    rows.iter().fold(Table::new(columns), |table, row| table.row(row)).to_string()
}

fn cells(name: &str, counts: [u64; 8], seconds: f64) -> Vec<String> {
    let numbers = counts.into_iter().map(count);
    std::iter::once(name.to_owned()).chain(numbers).chain([format!("{seconds:.1}")]).collect()
}

/// Slices that did not end well, with what to do.
fn slices(outcome: &Outcome, page: &mut String) {
    let troubled: Vec<&Slice> = outcome.slices.iter().filter(|slice| !slice.proves_absence()).collect();
    if troubled.is_empty() {
        return;
    }
    let total = outcome.slices.len();
    line(page, &format!("\n{} of {total} slices were not read completely:", troubled.len()));
    let mut last_remedy = "";
    for slice in troubled {
        let day = slice.day.map(|day| format!(" on {day}")).unwrap_or_default();
        let scope = if slice.scope.is_empty() { String::new() } else { format!(" of {}", slice.scope) };
        line(page, &format!("  {:<10} {}{scope}{day}", slice.end.name(), slice.kind));
        if let Some(reason) = slice.end.reason() {
            line(page, &format!("             {reason}"));
        }
        if slice.rejected > 0 {
            line(page, &format!("             {} could not be mapped", counted(slice.rejected, "item", "items")));
        }
        // Neighbours often have the same remedy; saying it once is enough.
        let remedy = slice.end.remedy().unwrap_or_default();
        if !remedy.is_empty() && remedy != last_remedy {
            line(page, &format!("             help: {remedy}"));
        }
        last_remedy = remedy;
    }
}

fn of_resource(number: usize, resource: &ResourceOutcome, page: &mut String) {
    let kind = format!("resources[{number}] {}", resource.kind);
    named(page, &format!("{kind}: refused by the catalog"), &resource.refused, |refusal| {
        format!("{}: {}", refusal.entity, refusal.reason)
    });
    named(page, &format!("{kind}: rejected"), &resource.rejected, String::clone);
    named(
        page,
        &format!("{kind}: not sent, an earlier entity has the same identifier"),
        &resource.duplicates,
        ToString::to_string,
    );
    if resource.nulls.is_empty() {
        return;
    }
    line(page, &format!("\n{kind}: expressions that came out null"));
    for (path, null) in resource.nulls.iter().take(LISTED_NULLS) {
        line(page, &format!("  {path}: {}, first because {}", counted(null.count, "time", "times"), null.reason));
    }
    if let Some(more) = resource.nulls.len().checked_sub(LISTED_NULLS).filter(|more| *more > 0) {
        line(page, &format!("  and {more} more expressions"));
    }
}

fn named<T>(page: &mut String, title: &str, named: &Named<T>, show: impl Fn(&T) -> String) {
    if named.count == 0 {
        return;
    }
    line(page, &format!("\n{title}: {}", count(named.count)));
    for one in named.first.iter().take(LISTED_PER_TROUBLE) {
        line(page, &format!("  {}", show(one)));
    }
    if let Some(more) = named.count.checked_sub(LISTED_PER_TROUBLE as u64).filter(|more| *more > 0) {
        line(page, &format!("  and {} more", count(more)));
    }
}

fn deletion(outcome: &Outcome, page: &mut String) {
    if let Some(error) = &outcome.deletion.listing_error {
        line(page, &format!("\nerror: {error}"));
    }
    let withheld: Vec<_> = outcome.deletion.blueprints.iter().filter(|deletion| deletion.reason.is_some()).collect();
    for deletion in withheld {
        let BlueprintDeletion { blueprint, candidates, reason, .. } = deletion;
        let Some(reason) = reason else { continue };
        let entities = counted(*candidates, "entity", "entities");
        line(page, &format!("\nkept: {entities} of {blueprint} that nothing desires any more\n  because {reason}"));
    }
    named(page, "the catalog refused to delete", &outcome.deletion.refused, |refusal| {
        format!("{}: {}", refusal.entity, refusal.reason)
    });
}

fn closing(outcome: &Outcome) -> String {
    let verb = match outcome.mode {
        Mode::Resync => "resync",
        Mode::Plan => "plan",
    };
    let changes = match outcome.changes() {
        0 => "nothing changed".to_owned(),
        changes => counted(changes, "change", "changes"),
    };
    match (outcome.aborted, outcome.is_whole()) {
        (true, _) => format!("{verb} stopped before it was done: {changes}, nothing deleted"),
        (false, true) => format!("{verb} done: {changes}"),
        (false, false) => format!("{verb} done in part: {changes}"),
    }
}

fn line(page: &mut String, text: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(page, "{text}");
}
