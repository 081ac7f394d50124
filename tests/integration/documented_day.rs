//! The day that GitHub's documentation shows, through the documents' mapping, through the whole pipeline, into the catalog.

use crate::support::{World, repository};
use pilotage::resync::observe::NoObserver;
use serde_json::json;

#[tokio::test]
async fn the_documented_day_arrives_in_the_catalog_with_the_documented_numbers() {
    let world = World::new();
    let mapping = std::fs::read_to_string(repository("mappings/copilot.yaml")).unwrap();
    let outcome = world.resync(&repository("tests/worlds/documented-day"), &mapping, &NoObserver).await;
    assert_eq!(outcome.resources[1].created, 1, "{outcome:#?}");

    let entity = world.entity("github_copilot_usage", "octo-org@2024-06-24").await.expect("the day is in the catalog");
    let expected = json!({
        "total_suggestions_count": 989,
        "total_acceptances_count": 499,
        "total_lines_suggested": 1042,
        "total_lines_accepted": 538,
        "total_active_users": 24,
        "total_chat_acceptances": 42,
        "total_chat_turns": 55,
        "total_active_chat_users": 13,
        "git_hub_org": "octo-org",
        "record_date": "2024-06-24T00:00:00Z",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&entity["properties"][name], value, "{name}");
    }
    assert_eq!(entity["title"], "octo-org copilot-metrics 2024-06-24");
    assert_eq!(entity["properties"]["breakdown"]["total_engaged_users"], 20);
}

#[tokio::test]
async fn a_second_resync_of_the_documented_day_writes_nothing() {
    let world = World::new();
    let mapping = std::fs::read_to_string(repository("mappings/copilot.yaml")).unwrap();
    let recording = repository("tests/worlds/documented-day");
    world.resync(&recording, &mapping, &NoObserver).await;
    let again = world.resync(&recording, &mapping, &NoObserver).await;
    assert_eq!((again.changes(), again.resources[1].unchanged), (0, 1));
}
