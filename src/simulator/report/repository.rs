//! Pull requests of a repository on a day, and sums over repositories.

use super::super::calendar::CalendarDay;
use super::super::names::REPOSITORY_COUNT;
use super::super::random::{RandomStream, Stream, StreamPosition};
use super::super::world::{World, WorldOrganization};
use super::Scope;

/// Types of Copilot's suggestions in reviews.
pub(super) const COMMENT_TYPES: [&str; 3] = ["bug_risk", "security", "maintainability"];
/// People for each merged pull request per repository and working day.
const PEOPLE_PER_PULL_REQUEST: u32 = 32;

/// A merged pull request.
#[derive(Clone, Copy, Debug)]
pub(super) struct MergedPullRequest {
    /// Time from opening to merge, in hundredths of a minute.
    pub(super) minutes: u64,
    pub(super) created_by_copilot: bool,
    pub(super) reviewed_by_copilot: bool,
}

/// Pull requests of a day.
#[derive(Clone, Debug, Default)]
pub(super) struct PullRequests {
    pub(super) created: u64,
    pub(super) created_by_copilot: u64,
    pub(super) reviewed: u64,
    pub(super) reviewed_by_copilot: u64,
    pub(super) merges: Vec<MergedPullRequest>,
    /// Suggestions by people.
    pub(super) human_suggestions: u64,
    pub(super) human_suggestions_applied: u64,
    /// Copilot's suggestions and the number of applied ones, by [`COMMENT_TYPES`].
    pub(super) suggestions: [(u64, u64); COMMENT_TYPES.len()],
}

impl PullRequests {
    pub(super) fn merged(&self) -> u64 {
        self.merges.len() as u64
    }

    /// Median in hundredths of a minute. None without a merge.
    pub(super) fn median_minutes_to_merge(&self) -> Option<u64> {
        self.median_of(|_| true)
    }

    pub(super) fn median_of(&self, which: impl Fn(&MergedPullRequest) -> bool) -> Option<u64> {
        let mut minutes: Vec<u64> = self.merges.iter().filter(|merged| which(merged)).map(|merged| merged.minutes).collect();
        minutes.sort_unstable();
        let (low, high) = (minutes.get(minutes.len().checked_sub(1)? / 2)?, minutes.get(minutes.len() / 2)?);
        Some((low + high) / 2)
    }

    fn add(&mut self, more: Self) {
        self.created += more.created;
        self.created_by_copilot += more.created_by_copilot;
        self.reviewed += more.reviewed;
        self.reviewed_by_copilot += more.reviewed_by_copilot;
        self.merges.extend(more.merges);
        self.human_suggestions += more.human_suggestions;
        self.human_suggestions_applied += more.human_suggestions_applied;
        for (sum, (all, applied)) in self.suggestions.iter_mut().zip(more.suggestions) {
            *sum = (sum.0 + all, sum.1 + applied);
        }
    }
}

/// Pull requests of a repository on a day. None without any.
pub(super) fn of_repository(
    world: &World,
    organization: &WorldOrganization,
    repository: u32,
    day: CalendarDay,
) -> Option<PullRequests> {
    let place = StreamPosition {
        organization: organization.number,
        index: repository,
        day: day.number,
        revision: world.revision(organization.number, day.number),
    };
    let mut stream = Stream::new(world.options().seed, RandomStream::Repository, place);
    let people = organization.reported.len() as u32;
    let usual = (people / PEOPLE_PER_PULL_REQUEST + 1).min(60) * (REPOSITORY_COUNT - repository);
    let count = usual * stream.between(20, 180) / 400;
    let count = if day.weekday > 5 { count / 8 } else { count };
    if people == 0 || count == 0 {
        return None;
    }
    let part =
        |stream: &mut Stream, whole: u64, first: u32, last: u32| (whole * u64::from(stream.between(first, last)) + 50) / 100;
    let created = u64::from(count) + u64::from(stream.below(4));
    let created_by_copilot = part(&mut stream, created, 0, 35);
    let reviewed = created + u64::from(stream.below(count + 3));
    let reviewed_by_copilot = part(&mut stream, reviewed, 20, 60);
    let merges = (0..count)
        .map(|_| {
            let created_by_copilot = stream.chance(15);
            let hours = 1 + stream.below(8) * stream.below(8);
            MergedPullRequest {
                minutes: u64::from(hours * 6000 - stream.below(5900)),
                created_by_copilot,
                reviewed_by_copilot: stream.chance(45),
            }
        })
        .collect();
    let human_suggestions = part(&mut stream, reviewed, 30, 140);
    let human_suggestions_applied = part(&mut stream, human_suggestions, 20, 70);
    let suggestions = [70, 25, 50].map(|percent| {
        let all = part(&mut stream, reviewed_by_copilot, percent / 2, percent * 2);
        (all, part(&mut stream, all, 15, 65))
    });
    Some(PullRequests {
        created,
        created_by_copilot,
        reviewed,
        reviewed_by_copilot,
        merges,
        human_suggestions,
        human_suggestions_applied,
        suggestions,
    })
}

/// Pull requests of all repositories of a scope.
pub(super) fn of_scope(scope: &Scope, day: CalendarDay) -> PullRequests {
    let mut sum = PullRequests::default();
    for organization in scope.organizations() {
        for repository in 0..REPOSITORY_COUNT {
            if let Some(more) = of_repository(&scope.world, organization, repository, day) {
                sum.add(more);
            }
        }
    }
    sum
}
