//! The stages of a review of a pull request.

use super::definition::{Definition, Unit};
use super::facts::{DayFacts, Reads};
use super::medians::{self, Medians};
use super::series::Series;
use super::{Figure, Fold};
use serde::Deserialize;

pub(super) const FIGURE: Figure = Figure {
    definition: Definition {
        id: "review-stages",
        title: "Stages of reviews",
        sentence: "Minutes from ready to the first review, from the first to the final review, and from the final review to the merge: the middle of the repositories' medians and of their 90th percentiles, by merged pull requests.",
        unit: Unit::Minutes,
        numerator: "the middle of the repositories, each weighted by its merged pull requests",
        denominator: None,
        population: "repositories with a row in `repos-1-day` that has review times",
        fields: &[
            "pull_request_review_times[].total_merged",
            "pull_request_review_times[].median_minutes_ready_to_first_review",
            "pull_request_review_times[].p90_minutes_ready_to_first_review",
            "pull_request_review_times[].median_minutes_first_to_final_review",
            "pull_request_review_times[].p90_minutes_first_to_final_review",
            "pull_request_review_times[].median_minutes_final_review_to_merge",
            "pull_request_review_times[].p90_minutes_final_review_to_merge",
        ],
        first_day: "2026-09-21",
        caveats: &[
            "GitHub gives times by repository. The middle of repositories is not the median of all pull requests.",
            "The point of a week or a month is the middle of its days.",
            "Pull requests that were ready before 2026-09-21 are not in.",
            "A day without such pull requests has no value, which is not 0.",
        ],
        smallest_group: None,
        source: "https://docs.github.com/en/copilot/reference/copilot-usage-metrics",
    },
    reads: Reads { repositories: true, ..Reads::NOTHING },
    days_before: 0,
    begin: |context| Box::new(ReviewStages { series: STAGES.map(|_| Medians::new(context.by)) }),
};

/// Names of the series, in the order of [`Times::stages`].
const STAGES: [&str; 6] = [
    "ready to first review, median",
    "ready to first review, p90",
    "first to final review, median",
    "first to final review, p90",
    "final review to merge, median",
    "final review to merge, p90",
];

#[derive(Deserialize)]
struct Repository {
    pull_request_review_times: Option<Vec<Times>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Times {
    total_merged: Option<f64>,
    median_minutes_ready_to_first_review: Option<f64>,
    p90_minutes_ready_to_first_review: Option<f64>,
    median_minutes_first_to_final_review: Option<f64>,
    p90_minutes_first_to_final_review: Option<f64>,
    median_minutes_final_review_to_merge: Option<f64>,
    p90_minutes_final_review_to_merge: Option<f64>,
}

impl Times {
    fn stages(&self) -> [Option<f64>; 6] {
        [
            self.median_minutes_ready_to_first_review,
            self.p90_minutes_ready_to_first_review,
            self.median_minutes_first_to_final_review,
            self.p90_minutes_first_to_final_review,
            self.median_minutes_final_review_to_merge,
            self.p90_minutes_final_review_to_merge,
        ]
    }
}

struct ReviewStages {
    series: [Medians; 6],
}

impl Fold for ReviewStages {
    fn day(&mut self, facts: &DayFacts<'_>) {
        let mut stages: [Vec<(f64, f64)>; 6] = Default::default();
        for line in facts.repositories.unwrap_or_default().lines() {
            let times = serde_json::from_str::<Repository>(line).ok().and_then(|row| row.pull_request_review_times);
            for times in times.into_iter().flatten() {
                let weight = times.total_merged.unwrap_or(1.0);
                for (stage, minutes) in stages.iter_mut().zip(times.stages()) {
                    stage.extend(minutes.map(|minutes| (minutes, weight)));
                }
            }
        }
        for (series, mut minutes) in self.series.iter_mut().zip(stages) {
            series.day(facts, facts.repositories.is_some(), medians::middle(&mut minutes));
        }
    }

    fn finish(self: Box<Self>) -> Vec<Series> {
        STAGES.iter().zip(self.series).map(|(name, medians)| medians.series(name)).collect()
    }
}
