//! Outcome of a run as text: problems, then one sentence, then the closing table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::counts::CountTable;
use super::number::{count, counted};
use crate::model::escape;
use crate::model::slice::{FROM_A_FILE, Slice, SliceEnd};
use crate::reconcile::deletion::{WithheldReason, share};
use crate::reconcile::outcome::{BlueprintDeletion, Examples, Mode, Outcome, ResourceOutcome};
use crate::reconcile::totals::Totals;

/// Null expressions that are listed; the rest is counted. They are many when a report lacks a field, and seldom urgent.
const LISTED_NULLS: usize = 12;

/// Beginning of the reason of a slice of which only the days were read that the mapping chooses.
const CHOSEN_DAYS: &str = "only chosen days were read";

/// Slices, entities and items that are listed of one problem; the rest is counted here and listed in the JSON.
const LISTED_PER_PROBLEM: usize = 5;

/// The sentence that says how the run ended and what it changed.
pub fn sentence(outcome: &Outcome) -> String {
    closing(outcome)
}

/// One sentence and the closing table, ending with a line feed. [`problems`] has the problems. `width` is that of the terminal, if
/// there is one.
pub fn summary(outcome: &Outcome, width: Option<usize>) -> String {
    format!("{}\n\n{}", closing(outcome), table(outcome, width))
}

/// Problems and notes beside the counts, each after a blank line; empty when there are none.
pub fn problems(outcome: &Outcome) -> String {
    let mut page = String::new();
    slices(outcome, &mut page);
    for (number, resource) in outcome.resources.iter().enumerate() {
        of_resource(number, resource, outcome.mode, &mut page);
    }
    deletion(outcome, &mut page);
    for broken in &outcome.broken_expressions {
        paragraph(&mut page, &format!("error: {broken}"));
    }
    for warning in &outcome.warnings {
        paragraph(&mut page, &format!("note: {warning}"));
    }
    in_order(&page)
}

/// The problems that are errors, each after a blank line, and how many notes there are besides.
pub fn errors_and_notes(outcome: &Outcome) -> (String, usize) {
    let page = problems(outcome);
    let paragraphs = page.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|paragraph| !paragraph.is_empty());
    let (errors, notes): (Vec<&str>, Vec<&str>) = paragraphs.partition(|paragraph| paragraph.starts_with("error:"));
    (errors.into_iter().map(|error| format!("\n{error}\n")).collect(), notes.len())
}

/// The paragraphs of a page: errors first, and of equal ones only the first.
fn in_order(page: &str) -> String {
    let mut told = BTreeSet::new();
    let all: Vec<&str> = page.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).collect();
    let all = all.into_iter().filter(|paragraph| !paragraph.is_empty() && told.insert(*paragraph));
    let (errors, notes): (Vec<&str>, Vec<&str>) = all.partition(|paragraph| paragraph.starts_with("error:"));
    errors.into_iter().chain(notes).map(|paragraph| format!("\n{paragraph}\n")).collect()
}

/// The closing table: a row per resource that was to run, then a row per blueprint in which only deletions happened, then the sum.
fn table(outcome: &Outcome, width: Option<usize>) -> String {
    let counted = ["items", "created", "updated", "same", "skipped", "refused", "deleted", "withheld", "s"];
    let mut table = CountTable::new("kind", counted);
    let mut counted_blueprints = BTreeSet::new();
    let mut sums = [0_u64; 8];
    let mut row = |name: &str, counts: [u64; 8], seconds: f64| {
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        table.row(name, cells(counts, seconds));
    };
    for resource in outcome.resources.iter().filter(|resource| !resource.is_left_out) {
        // Deletion is decided by blueprint, so the row of the first resource with that blueprint has its numbers.
        let is_first = resource.blueprint.clone().is_some_and(|blueprint| counted_blueprints.insert(blueprint));
        let own = outcome.deletion.blueprints.iter().filter(|deletion| resource.blueprint.as_ref() == Some(&deletion.blueprint));
        let own: Vec<&BlueprintDeletion> = own.filter(|_| is_first).collect();
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
    for deletion in outcome.deletion.blueprints.iter().filter(|deletion| !counted_blueprints.contains(&deletion.blueprint)) {
        row(&format!("({})", deletion.blueprint), [0, 0, 0, 0, 0, 0, deletion.deleted, deletion.withheld()], 0.0);
    }
    table.row("total", cells(sums, outcome.seconds));
    table.fitted(width)
}

fn cells(counts: [u64; 8], seconds: f64) -> Vec<String> {
    counts.into_iter().map(count).chain([format!("{seconds:.1}")]).collect()
}

/// Slices that were not read completely, by resource and state, with their remedies.
fn slices(outcome: &Outcome, page: &mut String) {
    let mut groups: BTreeMap<(usize, &str), Vec<&Slice>> = BTreeMap::new();
    for slice in outcome.slices.iter().filter(|slice| !slice.proves_absence() && !is_asked_for(slice)) {
        groups.entry((slice.resource, state(slice))).or_default().push(slice);
    }
    // What is the same of several kinds is told once: the rest of the heading and the lines below it, with the kinds.
    let mut told: Vec<(&str, String, String, Vec<&str>)> = Vec::new();
    for ((resource, state), troubled) in groups {
        let total = outcome.slices.iter().filter(|slice| slice.resource == resource).count();
        let Some(first) = troubled.first() else {
            continue;
        };
        let level = if first.is_failure() || outcome.leaves_run_partial(first) { "error" } else { "note" };
        let rest = format!("{} of {total} scopes {state}", troubled.len());
        let body = reasons(&troubled);
        match told.iter_mut().find(|(other, heading, lines, _)| *other == level && *heading == rest && *lines == body) {
            Some((.., kinds)) if kinds.contains(&first.kind.as_str()) => {}
            Some((.., kinds)) => kinds.push(&first.kind),
            None => told.push((level, rest, body, vec![&first.kind])),
        }
    }
    for (level, rest, body, kinds) in told {
        let were = if kinds.len() > 1 { "were" } else { "was" };
        paragraph(page, &format!("{level}: {} {were} not read completely: {rest}", kinds.join(", ")));
        page.push_str(&body);
    }
}

/// Slices that did not end well, each with reason and remedy.
fn reasons(troubled: &[&Slice]) -> String {
    let mut body = String::new();
    for slice in troubled.iter().take(LISTED_PER_PROBLEM) {
        let reason = match slice.end.reason() {
            Some(reason) => reason.to_owned(),
            None => counted(slice.rejected, "item", "items"),
        };
        line(&mut body, &format!("  {}{reason}", place(slice)));
    }
    more(&mut body, troubled.len(), "scopes");
    let remedies: BTreeSet<&str> = troubled.iter().filter_map(|slice| slice.end.remedy()).collect();
    for remedy in remedies.into_iter().filter(|remedy| !remedy.is_empty()).take(LISTED_PER_PROBLEM) {
        line(&mut body, &format!("  help: {remedy}"));
    }
    body
}

/// True when the slice is only incomplete because the mapping chooses days, as its author knows, or because it is a file.
fn is_asked_for(slice: &Slice) -> bool {
    matches!(&slice.end, SliceEnd::NotReady { reason } if reason.starts_with(CHOSEN_DAYS) || reason.starts_with(FROM_A_FILE))
}

/// Words for the state of a slice after "2 of 5 scopes".
fn state(slice: &Slice) -> &'static str {
    match slice.end {
        SliceEnd::Complete | SliceEnd::Empty => "with items that could not be read or mapped",
        SliceEnd::NotReady { .. } => "not ready",
        SliceEnd::Suppressed { .. } => "suppressed",
        SliceEnd::Unconfirmed { .. } => "unconfirmed",
        SliceEnd::Forbidden { .. } => "forbidden",
        SliceEnd::Failed { .. } => "failed",
    }
}

fn place(slice: &Slice) -> String {
    match (slice.scope.as_str(), slice.day) {
        ("", _) => String::new(),
        (scope, None) => format!("{scope}: "),
        (scope, Some(day)) => format!("{scope} on {day}: "),
    }
}

fn of_resource(number: usize, resource: &ResourceOutcome, mode: Mode, page: &mut String) {
    let kind = format!("{} (resources[{number}])", resource.kind);
    let entities = |count| counted(count, "entity", "entities");
    let refused = &resource.refused;
    let refuses = if mode == Mode::Plan { "will refuse" } else { "refused" };
    named(page, &format!("error: the catalog {refuses} {} of {kind}", entities(refused.count)), refused, |refusal| {
        format!("{}: {}", refusal.entity, refusal.reason)
    });
    if refused.count > 0 {
        line(
            page,
            "  help: correct the mapping or the blueprint; the next resync sends refused entities again, and they are not deleted",
        );
    }
    let rejected = &resource.rejected;
    let title = format!("error: {} of {kind} could not be read or mapped", counted(rejected.count, "item", "items"));
    named(page, &title, rejected, String::clone);
    let duplicates = &resource.duplicates;
    let title = format!("note: {} of {kind} not sent: duplicate identifiers", entities(duplicates.count));
    named(page, &title, duplicates, ToString::to_string);
    let remarked: Vec<_> = resource.nulls.iter().filter_map(|(path, null)| Some((path, null.remark.as_ref()?))).collect();
    if remarked.is_empty() {
        return;
    }
    paragraph(page, &format!("note: {kind} has no value for these expressions"));
    for (path, remark) in remarked.iter().take(LISTED_NULLS) {
        line(page, &format!("  {path}: {remark}"));
    }
    if let Some(more) = remarked.len().checked_sub(LISTED_NULLS).filter(|more| *more > 0) {
        line(page, &format!("  and {more} more expressions"));
    }
    line(page, "  help: `pilotage validate` names the place; null because GitHub has no value is not told");
}

fn named<T>(page: &mut String, title: &str, named: &Examples<T>, show: impl Fn(&T) -> String) {
    if named.count == 0 {
        return;
    }
    paragraph(page, title);
    for one in named.first.iter().take(LISTED_PER_PROBLEM) {
        line(page, &format!("  {}", show(one)));
    }
    more(page, usize::try_from(named.count).unwrap_or(usize::MAX), "");
}

fn more(page: &mut String, all: usize, what: &str) {
    if let Some(more) = all.checked_sub(LISTED_PER_PROBLEM).filter(|more| *more > 0) {
        line(page, format!("  and {} more {what}", count(more as u64)).trim_end());
    }
}

fn deletion(outcome: &Outcome, page: &mut String) {
    if let Some(error) = &outcome.deletion.listing_error {
        paragraph(page, &format!("error: {error}"));
    }
    let refused = &outcome.deletion.refused;
    let title = format!("error: the catalog refused to delete {}", counted(refused.count, "entity", "entities"));
    named(page, &title, refused, |refusal| format!("{}: {}", refusal.entity, refusal.reason));
    for deletion in &outcome.deletion.blueprints {
        let Some(reason) = &deletion.reason else {
            continue;
        };
        let entities = counted(deletion.withheld(), "entity", "entities");
        paragraph(
            page,
            &format!("note: deletion of {entities} of {} is withheld: not in the data that was read", deletion.blueprint),
        );
        // A plan lists each of them with the reason.
        if outcome.mode == Mode::Resync {
            line(page, &format!("  because {reason}"));
        }
        if let WithheldReason::Threshold { deleted, owned, threshold } = reason
            && *threshold > 0.0
        {
            // Rounded up, so that the suggested threshold allows the deletion.
            let enough = (share(*deleted, *owned) * 100.0).ceil() / 100.0;
            line(page, &format!("  help: to delete them, run `pilotage resync --deletion-threshold {enough}` once"));
        }
    }
}

fn closing(outcome: &Outcome) -> String {
    let verb = match outcome.mode {
        Mode::Resync => "resync",
        Mode::Plan => "plan",
    };
    let Totals { create, update, send, delete, withheld, unchanged: _, refused } = Totals::of(outcome);
    let part = |number: u64, what: &str| (number > 0).then(|| format!("{} {what}", count(number)));
    let done = [part(create, "created"), part(update + send, "updated"), part(delete, "deleted")];
    let left = [part(refused, "refused"), part(withheld, "withheld")];
    let mut parts: Vec<String> = done.into_iter().flatten().collect();
    if parts.is_empty() {
        parts.push("nothing changed".to_owned());
    }
    if outcome.aborted && delete == 0 {
        parts.push("nothing deleted".to_owned());
    }
    parts.extend(left.into_iter().flatten());
    let how = match (outcome.aborted, outcome.is_complete()) {
        (true, _) => "stopped before the end",
        (false, true) => "done",
        (false, false) => "finished with problems (partial)",
    };
    format!("{verb} {how}: {}", parts.join(", "))
}

/// Adds one escaped line: text of servers cannot end it or move the cursor.
fn line(page: &mut String, text: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(page, "{}", escape::line(text));
}

/// Adds one escaped line after a blank line.
fn paragraph(page: &mut String, text: &str) {
    page.push('\n');
    line(page, text);
}

#[cfg(test)]
mod tests;
