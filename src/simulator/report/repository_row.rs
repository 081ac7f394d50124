//! Writer of pull requests: for a repository's line, and for the day of an organization or the enterprise.

use bytes::Bytes;

use super::super::calendar::{CalendarDay, since};
use super::super::names;
use super::RequestedReport;
use super::repository::{self, COMMENT_TYPES, PullRequests};
use super::text::{Text, close, count, hundredths, raw, word};

const VISIBILITIES: [&str; 3] = ["PRIVATE", "INTERNAL", "PUBLIC"];

/// Lines of a repositories report, one per repository with pull requests.
pub(super) fn lines(report: &RequestedReport) -> Bytes {
    let mut out = Text::new();
    let Some((day, _)) = report.days() else { return Bytes::new() };
    for organization in report.scope.organizations() {
        for number in 0..names::REPOSITORY_COUNT {
            let Some(pull_requests) = repository::of_repository(&report.scope.world, organization, number, day) else {
                continue;
            };
            raw(&mut out, "{");
            word(&mut out, "day", &day.day.to_string());
            word(&mut out, "enterprise_id", &report.scope.world.enterprise().id.to_string());
            word(&mut out, "organization_id", &organization.id.to_string());
            count(&mut out, "repo_id", 900_000_001 + u64::from(organization.number) * 1000 + u64::from(number));
            word(&mut out, "repo_owner_name", &organization.login);
            word(&mut out, "repo_name", names::repository(number));
            word(&mut out, "repo_visibility", VISIBILITIES[number as usize % VISIBILITIES.len()]);
            raw(&mut out, "\"pull_requests\":");
            self::pull_requests(&mut out, &pull_requests);
            raw(&mut out, ",\"pull_request_review_times\":[");
            review_times(&mut out, &pull_requests, day);
            raw(&mut out, "]}\n");
        }
    }
    Bytes::from(out)
}

/// Appends the object of pull requests, without a comma.
pub(super) fn pull_requests(out: &mut Text, day: &PullRequests) {
    let all: u64 = day.suggestions.iter().map(|(all, _)| all).sum();
    let applied: u64 = day.suggestions.iter().map(|(_, applied)| applied).sum();
    let merged_of =
        |which: fn(&repository::MergedPullRequest) -> bool| day.merges.iter().filter(|merged| which(merged)).count() as u64;
    raw(out, "{");
    count(out, "total_created", day.created);
    count(out, "total_reviewed", day.reviewed);
    count(out, "total_merged", day.merged());
    minutes(out, "median_minutes_to_merge", day.median_minutes_to_merge());
    count(out, "total_suggestions", day.human_suggestions + all);
    count(out, "total_applied_suggestions", day.human_suggestions_applied + applied);
    count(out, "total_created_by_copilot", day.created_by_copilot);
    count(out, "total_reviewed_by_copilot", day.reviewed_by_copilot);
    count(out, "total_merged_created_by_copilot", merged_of(|merged| merged.created_by_copilot));
    count(out, "total_merged_reviewed_by_copilot", merged_of(|merged| merged.reviewed_by_copilot));
    minutes(out, "median_minutes_to_merge_copilot_authored", day.median_of(|merged| merged.created_by_copilot));
    minutes(out, "median_minutes_to_merge_copilot_reviewed", day.median_of(|merged| merged.reviewed_by_copilot));
    count(out, "total_copilot_suggestions", all);
    count(out, "total_copilot_applied_suggestions", applied);
    raw(out, "\"copilot_suggestions_by_comment_type\":[");
    for (kind, (all, applied)) in COMMENT_TYPES.iter().zip(day.suggestions).filter(|(_, (all, _))| *all > 0) {
        raw(out, "{");
        word(out, "comment_type", kind);
        count(out, "total_copilot_suggestions", all);
        count(out, "total_copilot_applied_suggestions", applied);
        close(out, "},");
    }
    close(out, "]}");
}

fn minutes(out: &mut Text, key: &str, value: Option<u64>) {
    raw(out, &format!("\"{key}\":"));
    match value {
        Some(value) => hundredths(out, value),
        None => raw(out, "null"),
    }
    out.push(b',');
}

fn review_times(out: &mut Text, day: &PullRequests, calendar_day: CalendarDay) {
    let Some(median) = day.median_minutes_to_merge() else { return };
    if calendar_day.number < since::REVIEW_TIMES {
        return;
    }
    raw(out, "{\"authored_by\":\"human\",\"reviewed_by\":\"human\",");
    count(out, "total_merged", day.merges.iter().filter(|merged| !merged.created_by_copilot).count() as u64);
    for (stage, share) in [("ready_to_first_review", 5), ("first_to_final_review", 3), ("final_review_to_merge", 2)] {
        minutes(out, &format!("median_minutes_{stage}"), Some(median * share / 10));
        minutes(out, &format!("p90_minutes_{stage}"), Some(median * share / 4));
    }
    close(out, "}");
}
