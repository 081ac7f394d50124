//! Reports of an organization's days that leave out a day between others, or that are older than those before: what is known of the
//! days that they do not cover stays, and the rest goes on.

use std::time::Duration;

use pilotage::reconcile::outcome::Outcome;
use pilotage::resync::observe::NoObserver;
use serde_json::{Value, json};

use crate::fourteen_answers::{FILE, GitHubPlayed, WHOLE, WHOLE_MAPPING, manifest, whole};
use crate::support::World;

fn days_of(days: &[u32]) -> String {
    let day = |day: &u32| json!({ "day": format!("2026-08-{day:02}"), "organization_id": "1", "daily_active_users": day });
    whole(days.iter().map(day).collect::<Vec<Value>>().into())
}

/// Runs once with some days and then with others. The exit code, the outcome, and the days that the catalog holds then.
async fn second_run(mapping: &str, first: &[u32], second: &[u32]) -> (u8, Outcome, Vec<u32>) {
    let (world, played) = (World::new(), GitHubPlayed::new());
    let run = async |days: &[u32]| {
        played.say(FILE, days_of(days));
        tokio::time::advance(Duration::from_secs(3600)).await;
        world.resync_of(world.github(played.service(), played.service()), mapping, &NoObserver).await
    };
    assert_eq!(run(first).await.exit_code(false), 0);
    let outcome = run(second).await;
    let held = world.owned().await;
    let held = held.iter().map(|identifier| identifier[identifier.len() - 2..].parse().unwrap()).collect();
    (outcome.exit_code(false), outcome, held)
}

#[tokio::test(start_paused = true)]
async fn a_day_that_is_left_out_between_others_keeps_its_entities_and_the_run_says_so() {
    let (code, outcome, held) = second_run(WHOLE_MAPPING, &[1, 2, 3, 4, 5], &[2, 4]).await;
    assert_eq!((code, held), (5, vec![2, 3, 4]), "{outcome:?}");
    let reason = outcome.deletion.blueprints.iter().find_map(|part| part.reason.clone()).unwrap().to_string();
    let expected = "the report of organization-usage-metrics of acme leaves out 2026-08-03, which alone does not prove that there is nothing; run again later";
    assert_eq!(reason, expected);
}

#[tokio::test(start_paused = true)]
async fn days_that_are_missing_at_the_ends_are_gone_and_a_day_of_which_nothing_is_known_is_no_trouble() {
    let (code, outcome, held) = second_run(WHOLE_MAPPING, &[1, 2, 3, 5], &[2, 3]).await;
    assert_eq!((code, held), (0, vec![2, 3]), "{outcome:?}");
    let (code, outcome, held) = second_run(WHOLE_MAPPING, &[1, 2, 5], &[2, 5, 6]).await;
    assert_eq!((code, held), (0, vec![2, 5, 6]), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn days_that_an_older_or_a_shorter_report_does_not_cover_stay() {
    let (world, played) = (World::new(), GitHubPlayed::new());
    let run = async |days: &[u32], (start, end): (&str, &str)| {
        let ending =
            |text: String| text.replace("start_day\":\"2026-08-01", &format!("start_day\":\"{start}")).replace("2026-08-28", end);
        played.say(FILE, ending(days_of(days)));
        played.say(WHOLE, ending(manifest(&[FILE]).to_string()));
        tokio::time::advance(Duration::from_secs(3600)).await;
        let outcome = world.resync_of(world.github(played.service(), played.service()), WHOLE_MAPPING, &NoObserver).await;
        let held: Vec<String> =
            world.owned().await.iter().map(|identifier| identifier[identifier.len() - 2..].to_owned()).collect();
        (outcome.exit_code(false), held.join(" "), outcome)
    };
    let whole = ("2026-08-01", "2026-08-28");
    assert_eq!(run(&[1, 2, 26, 27], whole).await.0, 0);
    let (code, held, outcome) = run(&[2], ("2026-08-01", "2026-08-20")).await;
    assert_eq!((code, held.as_str()), (5, "02 26 27"), "{outcome:?}");
    let reason = outcome.deletion.blueprints.iter().find_map(|part| part.reason.clone()).unwrap().to_string();
    assert!(
        reason.starts_with("the report of organization-usage-metrics of acme covers 2026-08-01 to 2026-08-20 and not"),
        "{reason}"
    );
    let (code, held, outcome) = run(&[26, 27], ("2026-08-25", "2026-08-28")).await;
    assert_eq!((code, held.as_str()), (5, "02 26 27"), "a report of four days: {outcome:?}");
    let (code, held, outcome) = run(&[2, 27], whole).await;
    assert_eq!((code, held.as_str()), (5, "02 26 27"), "26 is left out between others: {outcome:?}");
    let (code, held, outcome) = run(&[26, 27], whole).await;
    assert_eq!((code, held.as_str()), (0, "26 27"), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn an_entity_whose_identifier_names_no_day_may_be_of_one_that_is_left_out() {
    let mapping = WHOLE_MAPPING.replace("(.day // \"\")", "(.day[8:])");
    let (code, outcome, held) = second_run(&mapping, &[1, 2, 3, 4], &[2, 4]).await;
    assert_eq!((code, held), (5, vec![1, 2, 3, 4]), "{outcome:?}");
    let (code, outcome, held) = second_run(&mapping, &[1, 2, 3, 4], &[2, 3, 4]).await;
    assert_eq!((code, held), (0, vec![2, 3, 4]), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_closed_endpoint_that_answers_without_a_day_keeps_what_it_gave() {
    const LEGACY: &str = "/orgs/acme/copilot/metrics";
    let mapping = WHOLE_MAPPING
        .replace("organization-usage-metrics", "copilot-organization-metrics")
        .replace("(.day // \"\")", "(.date // \"\")")
        .replace(".daily_active_users", ".total_active_users");
    let (world, played) = (World::new(), GitHubPlayed::new());
    let run = async |answer: &str| {
        played.say(LEGACY, answer);
        tokio::time::advance(Duration::from_secs(3600)).await;
        world.resync_of(world.github(played.service(), played.service()), &mapping, &NoObserver).await
    };
    let days = json!([{ "date": "2026-03-01", "total_active_users": 3 }, { "date": "2026-03-02", "total_active_users": 2 }]);
    assert_eq!(run(&days.to_string()).await.exit_code(false), 0);
    let owned = world.owned().await;
    assert_eq!(owned.len(), 2);
    for answer in ["[]", "", "null"] {
        let outcome = run(answer).await;
        assert_eq!((outcome.exit_code(false), world.owned().await), (5, owned.clone()), "{answer}: {outcome:?}");
    }
}
