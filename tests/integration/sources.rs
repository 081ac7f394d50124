//! Several hosts and credentials in one run, and what the settings leave out of it.

use crate::kinds::harness;

use std::collections::{BTreeMap, BTreeSet};

use harness::{ENTERPRISE, Stage, whole};
use pilotage::github::{Credential, GitHub, GitHubApp, Selection};
use pilotage::model::secret::Secret;
use pilotage::reconcile::outcome::Outcome;
use pilotage::simulator::{self, Access, App, Installation, Target, WorldOptions};
use pilotage::source::copilot::{Host, Owners};
use serde_json::Value;

const KEY: &str = include_str!("../../src/github/credential/sample/key.pkcs1.pem");
const TEAM_DAY: &str = r#".__organization.login + "/" + .__team.slug + "@" + .day"#;

fn small() -> WorldOptions {
    WorldOptions { organizations: 2, teams: 3, users: 20, days: 10, lines_per_part: 15, ..WorldOptions::default() }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn token(text: &str) -> Credential {
    Credential::Token(Secret::new(text))
}

/// A host where organizations are read.
fn host(github: GitHub, label: &str, organizations: &[&str]) -> Host {
    let owners = Owners { organizations: texts(organizations), enterprise: None };
    Host { owners, label: label.to_owned(), ..Host::new(github) }
}

/// State and scope of every slice.
fn told(outcome: &Outcome) -> Vec<String> {
    outcome.slices.iter().map(|slice| format!("{} {}", slice.end.name(), slice.scope)).collect()
}

fn identifiers(stage: &Stage) -> BTreeSet<String> {
    stage.entities("any").into_keys().collect()
}

/// What the run says about itself, but for the blueprint that it made.
fn notes(outcome: &Outcome) -> Vec<&str> {
    outcome.warnings.iter().map(String::as_str).filter(|note| !note.contains("was created")).collect()
}

/// The items of every entity, without the organization: one that is listed tells less of itself than one that is named.
fn items(stage: &Stage) -> BTreeMap<String, Value> {
    let mut entities = stage.entities("any");
    for entity in entities.values_mut() {
        entity["item"].as_object_mut().unwrap().remove("__organization");
    }
    entities
}

fn deleted(outcome: &Outcome) -> u64 {
    outcome.deletion.blueprints.iter().map(|blueprint| blueprint.deleted).sum()
}

const TOTALS: &str = r#".__organization.login + "@" + .day"#;

#[tokio::test]
async fn two_hosts_are_read_in_one_run_and_a_credential_that_is_refused_at_one_stops_not_the_other() {
    let access = Access { refused: texts(&["ghp_old"]), ..Access::default() };
    let other = Stage::with_access(WorldOptions { seed: 8, organizations: 3, ..small() }, access);
    let mut stage = Stage::new(small());
    let fleet = |text: &str| host(other.github_as(token(text), "http://api.fleet.localhost"), "fleet", &["lighthouse"]);
    (stage.label, stage.further) = ("cloud".to_owned(), vec![fleet("ghp_new")]);
    let mapping = whole("organization-usage-metrics", "", TOTALS);
    let (outcome, _) = stage.run(&mapping).await;
    let here = stage.host();
    let expected = ["harbor", "tidewater"].map(|login| format!("complete {login} at {here}"));
    assert_eq!(told(&outcome), [&expected[..], &["complete lighthouse at api.fleet.localhost".to_owned()]].concat());
    assert_eq!(identifiers(&stage).len(), 30);
    assert_eq!(notes(&outcome), Vec::<&str>::new());

    stage.further = vec![fleet("ghp_old")];
    let (outcome, _) = stage.run(&mapping).await;
    assert_eq!(told(&outcome)[2], "forbidden fleet");
    assert!(outcome.slices[2].end.reason().unwrap().contains("Bad credentials"), "{:?}", outcome.slices[2]);
    assert_eq!((outcome.resources[0].unchanged, outcome.exit_code(false)), (20, 5));
    // What could not be read stays.
    assert_eq!(identifiers(&stage).len(), 30);
    let alone = Stage::with_access(small(), Access { refused: texts(&["token"]), ..Access::default() });
    assert!(alone.try_run(&mapping).await.is_err());
}

#[tokio::test]
async fn whoever_two_sources_have_is_read_once_with_the_one_that_names_them() {
    let access = || {
        let owner = simulator::TokenRights::Classic { scopes: texts(&["read:org"]), is_owner: true, sso_required: Vec::new() };
        let member = simulator::TokenRights::Classic { scopes: texts(&["read:org"]), is_owner: false, sso_required: Vec::new() };
        Access { known: [("ghp_owner".to_owned(), owner), ("ghp_member".to_owned(), member)].into(), ..Access::default() }
    };
    let mapping = whole("organization-usage-metrics", "", TOTALS);
    // The first sees both and may read neither; the second names one of them.
    let mut stage = Stage::with_access(small(), access());
    stage.credential = token("ghp_member");
    let second = host(stage.github_as(token("ghp_owner"), harness::GITHUB), "second", &["Tidewater"]);
    (stage.label, stage.further) = ("first".to_owned(), vec![second.clone()]);
    let (outcome, _) = stage.run(&mapping).await;
    assert_eq!(told(&outcome), ["forbidden harbor", "complete tidewater"]);
    assert_eq!(notes(&outcome), Vec::<&str>::new());
    // Both name it: the first one named reads it.
    stage.owners.organizations = texts(&["tidewater"]);
    let (outcome, asked) = stage.run(&mapping).await;
    assert_eq!(told(&outcome), ["forbidden tidewater"]);
    assert_eq!(
        notes(&outcome),
        ["organization `Tidewater` is named by two sources; it is read once, with first, and not with second"]
    );
    assert_eq!(asked.iter().filter(|path| path.contains("/reports/")).count(), 1);
    // Neither names it.
    stage.owners = Owners::default();
    stage.further = vec![Host { owners: Owners::default(), ..second }];
    let (outcome, _) = stage.run(&mapping).await;
    assert_eq!(told(&outcome), ["forbidden harbor", "forbidden tidewater"]);
    assert_eq!(notes(&outcome).len(), 2, "{:?}", outcome.warnings);
}

#[tokio::test]
async fn organizations_and_enterprises_of_one_host_have_each_their_own_credential() {
    let installation =
        |id, target, permissions: &[&str]| Installation { id, target, permissions: texts(permissions), is_suspended: false };
    let app = App {
        id: 4242,
        client_id: "Iv23liSimulated".to_owned(),
        slug: "metrics".to_owned(),
        installations: vec![installation(
            1,
            Target::Organization("harbor".to_owned()),
            &["organization_copilot_metrics", "members"],
        )],
    };
    let classic =
        simulator::TokenRights::Classic { scopes: texts(&["read:enterprise"]), is_owner: true, sso_required: Vec::new() };
    let access = Access { app: Some(app), known: [("ghp_fleet".to_owned(), classic)].into(), ..Access::default() };
    let mut stage = Stage::with_access(small(), access);
    stage.credential = Credential::App(GitHubApp::new("Iv23liSimulated", &Secret::new(KEY)).unwrap());
    let owners = Owners { organizations: Vec::new(), enterprise: Some(ENTERPRISE.to_owned()) };
    let github = stage.github_as(token("ghp_fleet"), harness::GITHUB);
    let fleet = Host { owners, label: "fleet".to_owned(), ..Host::new(github) };
    (stage.label, stage.further) = ("app".to_owned(), vec![fleet]);
    let (outcome, _) = stage.run(&whole("team-usage-metrics", "", TEAM_DAY)).await;
    assert!(
        told(&outcome)
            .iter()
            .all(|slice| ["complete harbor", "suppressed harbor/", "not-ready harbor"].iter().any(|it| slice.starts_with(it))),
        "{outcome:?}"
    );
    let (outcome, _) = stage.run(&whole("enterprise-usage-metrics", "", r#""fleet@" + .day"#)).await;
    assert_eq!(told(&outcome), ["complete fleet"]);
    // Nobody is named for organizations at a place of an enterprise, and another place has them: nothing is said of that.
    stage.owners.organizations = texts(&["harbor"]);
    let (outcome, _) = stage.run(&whole("organization-usage-metrics", "", TOTALS)).await;
    assert_eq!(told(&outcome), ["complete harbor"]);
}

/// Slugs of the teams in identifiers.
fn slugs(stage: &Stage) -> BTreeSet<String> {
    identifiers(stage).iter().map(|identifier| identifier.split(['/', '@']).nth(1).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn teams_that_are_left_out_are_in_no_kind_and_what_they_left_goes() {
    let legacy = |legacy| WorldOptions { legacy, ..small() };
    let cases = [
        (small(), "team-usage-metrics", TEAM_DAY),
        (small(), "copilot-team-metrics", r#".__organization.login + "/" + .__team.slug + "@" + .date"#),
        (legacy(true), "copilot-team-metrics", r#".__organization.login + "/" + .__team.slug + "@" + .date"#),
        (small(), "enterprise-team-usage-metrics", r#".__enterprise.slug + "/" + .__team.slug + "@" + .day"#),
        (small(), "copilot-enterprise-team-metrics", r#".__enterprise.slug + "/" + .__team.slug + "@" + .date"#),
    ];
    for (options, kind, identifier) in cases {
        let mut stage = Stage::new(options);
        if kind.contains("enterprise") {
            stage.enterprise = Some(ENTERPRISE.to_owned());
        }
        let mapping = format!("entityDeletionThreshold: 1\n{}", whole(kind, "", identifier));
        stage.run(&mapping).await;
        let all = slugs(&stage);
        let (first, rest) = (all.first().unwrap().clone(), all.iter().skip(1).cloned().collect::<BTreeSet<_>>());
        assert!(!rest.is_empty(), "{kind}: {all:?}");

        stage.selection = Selection { exclude_teams: vec![format!("*/{}", first.to_uppercase())], ..Selection::default() };
        let (outcome, asked) = stage.run(&mapping).await;
        // The days that this world does not have withhold deletion, as without a selection.
        assert_eq!(outcome.slices.iter().filter(|slice| slice.is_failure()).count(), 0, "{kind}");
        assert!(!asked.iter().any(|path| path.contains(&format!("/team/{first}/"))), "{kind}: {asked:?}");
        let desired = outcome.resources[0].items;
        let mut only = Stage::new(stage.world.options().clone());
        only.enterprise.clone_from(&stage.enterprise);
        only.selection = Selection { teams: rest.iter().cloned().collect(), ..Selection::default() };
        let (chosen, _) = only.run(&mapping).await;
        assert_eq!((slugs(&only), chosen.resources[0].items), (rest, desired), "{kind}");
        assert_eq!(chosen.warnings.iter().filter(|warning| warning.contains("matches")).count(), 0, "{:?}", chosen.warnings);
    }
}

#[tokio::test]
async fn what_is_left_out_is_no_longer_desired_and_goes_within_the_threshold() {
    let mut stage = Stage::new(WorldOptions { days: 40, ..small() });
    let mapping = format!("entityDeletionThreshold: 1\n{}", whole("team-usage-metrics", "", TEAM_DAY));
    stage.run(&mapping).await;
    let all = slugs(&stage);
    let first = all.first().unwrap().clone();
    // A team of fewer than five is no slice that could withhold anything once it is left out, too.
    let suppressed = |outcome: &Outcome| outcome.slices.iter().filter(|slice| slice.end.name() == "suppressed").count();
    let (before, _) = stage.run(&mapping).await;
    assert_eq!((suppressed(&before), deleted(&before)), (1, 0));
    let hidden = before.slices.iter().find(|slice| slice.end.name() == "suppressed").unwrap().scope.clone();
    stage.selection = Selection { exclude_teams: vec![hidden, first.clone()], ..Selection::default() };
    let (outcome, _) = stage.run(&mapping).await;
    assert!(deleted(&outcome) > 0, "{:?}", outcome.deletion);
    assert!(!slugs(&stage).contains(&first));
    stage.selection.exclude_organizations = texts(&["TIDE*"]);
    stage.run(&mapping).await;
    assert!(identifiers(&stage).iter().all(|identifier| identifier.starts_with("harbor/")));
}

#[tokio::test]
async fn a_choice_that_meets_nobody_is_told_and_deletes_nothing() {
    let mut stage = Stage::new(WorldOptions { days: 40, ..small() });
    let mapping = format!("entityDeletionThreshold: 1\n{}", whole("team-usage-metrics", "", TEAM_DAY));
    stage.run(&mapping).await;
    let before = identifiers(&stage);
    let team = slugs(&stage).first().unwrap().clone();
    stage.selection.teams = texts(&["no-such-*"]);
    let error = stage.try_run(&mapping).await.unwrap_err();
    assert_eq!(error.to_string(), "no team matches `no-such-*`, which the settings name to be read");
    assert_eq!(identifiers(&stage), before);
    stage.selection = Selection { exclude_teams: texts(&["*"]), ..Selection::default() };
    let (outcome, _) = stage.run(&mapping).await;
    assert_eq!((told(&outcome), identifiers(&stage)), (vec!["not-ready ".to_owned()], before.clone()));
    stage.selection = Selection::default();
    // It meets teams of organizations and none of the enterprise: those of the enterprise are not gone for that.
    stage.enterprise = Some(ENTERPRISE.to_owned());
    stage.mixes_levels = true;
    stage.selection.teams = vec![format!("*/{team}")];
    let both = whole("enterprise-team-usage-metrics", "", TEAM_DAY).replace("resources:\n", "");
    let (outcome, _) = stage.run(&format!("{}{both}", whole("team-usage-metrics", "", TEAM_DAY))).await;
    assert_eq!(told(&outcome).last().unwrap(), "not-ready ", "{:?}", told(&outcome));
    assert_eq!((notes(&outcome), deleted(&outcome)), (Vec::new(), 0));
    stage.enterprise = None;
    stage.selection.teams = texts(&["no-such-*"]);
    // One of several meets nobody: that is told, and the others are read.
    stage.selection.teams.push(team);
    let (outcome, _) = stage.run(&mapping).await;
    assert_eq!(notes(&outcome), ["no team matches `no-such-*`, which the settings name to be read"]);
    assert!(outcome.resources[0].items > 0);

    let mut stage = Stage::new(WorldOptions { days: 40, ..small() });
    let mapping = format!("entityDeletionThreshold: 1\n{}", whole("organization-usage-metrics", "", TOTALS));
    stage.owners.organizations = texts(&["har*"]);
    let (outcome, _) = stage.run(&mapping).await;
    assert_eq!((told(&outcome), notes(&outcome).len()), (vec!["complete harbor".to_owned()], 0));
    stage.owners.organizations = texts(&["ha-r*"]);
    let error = stage.try_run(&mapping).await.unwrap_err();
    assert_eq!(error.to_string(), "no organization matches `ha-r*`, which the settings name to be read");
    assert_eq!(identifiers(&stage).len(), 28);
    // One of several meets nobody: that is told, and the others are read.
    stage.owners.organizations = texts(&["ha-r*", "harbor"]);
    let (outcome, _) = stage.run(&mapping).await;
    assert_eq!(notes(&outcome), ["no organization matches `ha-r*`, which the settings name to be read"]);
}

#[tokio::test]
async fn an_app_reads_the_join_with_the_cache_and_renews_a_token_in_the_middle_of_it() {
    let installation = Installation {
        id: 1,
        target: Target::Organization("harbor".to_owned()),
        permissions: texts(&["organization_copilot_metrics", "members"]),
        is_suspended: false,
    };
    let app =
        App { id: 4242, client_id: "Iv23liSimulated".to_owned(), slug: "metrics".to_owned(), installations: vec![installation] };
    let world = WorldOptions { organizations: 1, days: 28, ..small() };
    let mapping = whole("team-usage-metrics", "", TEAM_DAY);
    let mut plain = Stage::new(world.clone());
    plain.run(&mapping).await;
    plain.credential = token("any");
    // The tokens that were given out end after some days were read, as when an hour is over.
    let refused =
        simulator::Rule::at("/orgs/harbor/copilot/metrics/reports/users-1-day*").skip(9).times(1).error(401, "Bad credentials");
    let mut stage = Stage::with(world, Access { app: Some(app), ..Access::default() }, simulator::Faults::new([refused]));
    stage.credential = Credential::App(GitHubApp::new("Iv23liSimulated", &Secret::new(KEY)).unwrap());
    stage.keeps_reports = true;
    let (outcome, asked) = stage.run(&mapping).await;
    assert_eq!(outcome.slices.iter().filter(|slice| slice.is_failure()).count(), 0, "{:?}", outcome.slices);
    assert_eq!(asked.iter().filter(|path| path.ends_with("/access_tokens")).count(), 2);
    assert!(items(&stage) == items(&plain));
    let reports = |asked: &[String]| asked.iter().filter(|path| path.contains("-1-day")).count();
    assert_eq!(reports(&asked), 2 * 28 + 1);
    // Another run needs the newest days only.
    let (again, asked) = stage.run(&mapping).await;
    assert_eq!((reports(&asked), again.resources[0].updated), (2 * 4, 0));
    assert!(items(&stage) == items(&plain));
}
