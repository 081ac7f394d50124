//! Nothing listed is not nothing there: what runs conclude from lists that are empty, and from organizations that are listed no more.

use crate::kinds::harness;

use std::collections::BTreeSet;

use harness::{ENTERPRISE, Stage, whole};
use pilotage::door::clock::Clock;
use pilotage::github::{Credential, GitHubApp, Selection};
use pilotage::model::secret::Secret;
use pilotage::reconcile::outcome::Outcome;
use pilotage::resync::ResyncError;
use pilotage::simulator::{Access, App, Faults, Installation, Rule, Target, WorldOptions};
use pilotage::source::listings::ListingsFile;
use serde_json::{Value, json};
use tempfile::TempDir;

const KEY: &str = include_str!("../../src/github/credential/sample/key.pkcs1.pem");
const TOTALS: &str = r#".__organization.login + "@" + .day"#;
const TEAM_DAY: &str = r#".__organization.login + "/" + .__team.slug + "@" + .date"#;
const SEES: (&str, &str) = ("x-oauth-scopes", "repo, read:org");

fn small() -> WorldOptions {
    WorldOptions { organizations: 2, teams: 2, users: 20, days: 28, legacy: true, ..WorldOptions::default() }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The first request at that path is answered truly, later ones with this list.
fn then(path: &str, list: Value, header: (&str, &str)) -> Faults {
    Faults::new([Rule::at(path).skip(1).json(list).header(header.0, header.1)])
}

fn totals() -> String {
    format!("entityDeletionThreshold: 1\n{}", whole("organization-usage-metrics", "", TOTALS))
}

fn teams() -> String {
    format!("entityDeletionThreshold: 1\n{}", whole("copilot-team-metrics", "", TEAM_DAY))
}

/// State and scope of every slice.
fn told(outcome: &Outcome) -> Vec<String> {
    outcome.slices.iter().map(|slice| format!("{} {}", slice.end.name(), slice.scope)).collect()
}

fn deleted(outcome: &Outcome) -> u64 {
    outcome.deletion.blueprints.iter().map(|deletion| deletion.deleted).sum()
}

/// Whose entities there are.
fn owners(stage: &Stage) -> BTreeSet<String> {
    let entities = stage.entities("any");
    entities.keys().map(|identifier| identifier.split(['/', '@']).next().unwrap().to_owned()).collect()
}

fn owned(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A run some minutes after the beginning.
async fn run_after(stage: &mut Stage, minutes: i64, mapping: &str) -> Outcome {
    stage.clock = Clock::starting_at(stage.world.now() + jiff::SignedDuration::from_mins(minutes));
    stage.run(mapping).await.0
}

struct Remembering {
    stage: Stage,
    _data: TempDir,
}

fn remembering(mut stage: Stage) -> Remembering {
    let data = tempfile::tempdir().unwrap();
    stage.listings = Some(ListingsFile::in_data_folder(data.path()));
    Remembering { stage, _data: data }
}

#[tokio::test]
async fn an_empty_list_of_organizations_is_proof_only_when_two_runs_an_hour_apart_agree() {
    let faults = then("/user/orgs*", json!([]), SEES);
    let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), faults));
    run_after(&mut stage, 0, &totals()).await;
    assert_eq!(owners(&stage), owned(&["harbor", "tidewater"]));
    for minutes in [60, 90, 115] {
        let outcome = run_after(&mut stage, minutes, &totals()).await;
        assert_eq!((told(&outcome), outcome.exit_code(false), deleted(&outcome)), (vec!["unconfirmed ".to_owned()], 5, 0));
        let remedy = outcome.slices[0].end.remedy().unwrap();
        assert!(remedy.contains("proves it, and `--accept-empty 'organizations'` says so at once"), "{remedy}");
        assert!(remedy.contains("name the organizations in the settings, or give the token the scope `read:org`"), "{remedy}");
        assert_eq!(owners(&stage), owned(&["harbor", "tidewater"]));
    }
    let outcome = run_after(&mut stage, 125, &totals()).await;
    assert_eq!((outcome.exit_code(false), deleted(&outcome), owners(&stage)), (0, 56, owned(&[])));
}

#[tokio::test]
async fn an_empty_list_proves_nothing_to_a_token_that_may_not_list_or_when_nothing_is_remembered() {
    let faults = then("/user/orgs*", json!([]), ("x-oauth-scopes", "repo"));
    let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), faults));
    run_after(&mut stage, 0, &totals()).await;
    for minutes in [60, 600] {
        let outcome = run_after(&mut stage, minutes, &totals()).await;
        assert_eq!((told(&outcome), outcome.exit_code(false), deleted(&outcome)), (vec!["forbidden ".to_owned()], 5, 0));
        assert!(outcome.slices[0].end.remedy().unwrap().contains("`read:org`"));
    }
    let mut stage = Stage::with_faults(small(), then("/user/orgs*", json!([]), SEES));
    run_after(&mut stage, 0, &totals()).await;
    for minutes in [60, 600] {
        let outcome = run_after(&mut stage, minutes, &totals()).await;
        assert_eq!((told(&outcome), outcome.exit_code(false), deleted(&outcome)), (vec!["unconfirmed ".to_owned()], 5, 0));
        assert!(!outcome.slices[0].end.remedy().unwrap().contains("proves it"), "nothing is remembered that could prove it");
    }
    // One run in between that may not list begins anew.
    let sees = Rule::at("/user/orgs*").skip(1).json(json!([])).header(SEES.0, SEES.1);
    let may_not = Rule::at("/user/orgs*").skip(1).times(1).json(json!([])).header("x-oauth-scopes", "repo");
    let faults = Faults::new([sees.clone().times(1), may_not, sees]);
    let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), faults));
    let mut seen = Vec::new();
    for minutes in [0, 60, 130, 200, 250, 265] {
        let outcome = run_after(&mut stage, minutes, &totals()).await;
        seen.push((outcome.exit_code(false), deleted(&outcome)));
    }
    assert_eq!(seen, [(0, 0), (5, 0), (5, 0), (5, 0), (5, 0), (0, 56)]);
}

#[tokio::test]
async fn a_first_run_that_lists_nobody_is_not_done() {
    for (header, state) in [(SEES, "unconfirmed "), (("x-other", "none"), "forbidden ")] {
        let faults = Faults::new([Rule::at("/user/orgs*").json(json!([])).header(header.0, header.1)]);
        let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), faults));
        let outcome = run_after(&mut stage, 0, &totals()).await;
        assert_eq!((told(&outcome), outcome.exit_code(false)), (vec![state.to_owned()], 5));
        // Only chosen days are read: that is told as well, and hides nothing.
        let days = totals().replace("query: 'true'", "query: 'true', days: 2");
        let outcome = run_after(&mut stage, 1, &days).await;
        assert_eq!((told(&outcome), outcome.exit_code(false)), (vec![state.to_owned(), "not-ready ".to_owned()], 5));
    }
}

#[tokio::test]
async fn whoever_knows_that_nobody_is_there_says_so() {
    let faults = then("/user/orgs*", json!([]), ("x-oauth-scopes", "repo"));
    let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), faults));
    run_after(&mut stage, 0, &totals()).await;
    stage.accept_empty = texts(&["organizations"]);
    let outcome = run_after(&mut stage, 1, &totals()).await;
    assert_eq!((outcome.exit_code(false), deleted(&outcome)), (0, 56));
}

#[tokio::test]
async fn an_app_that_is_installed_nowhere_any_more_deletes_nothing_at_first() {
    let installation = |id, login: &str| Installation {
        id,
        target: Target::Organization(login.to_owned()),
        permissions: texts(&["organization_copilot_metrics", "members"]),
        is_suspended: false,
    };
    let installations = vec![installation(1, "harbor"), installation(2, "tidewater")];
    let app = App { id: 4242, client_id: "Iv23liSimulated".to_owned(), slug: "metrics".to_owned(), installations };
    let access = Access { app: Some(app), ..Access::default() };
    let faults = then("/app/installations?*", json!([]), ("x-any", "1"));
    let Remembering { mut stage, _data } = remembering(Stage::with(small(), access, faults));
    stage.credential = Credential::App(GitHubApp::new("Iv23liSimulated", &Secret::new(KEY)).unwrap());
    run_after(&mut stage, 0, &totals()).await;
    assert_eq!(owners(&stage), owned(&["harbor", "tidewater"]));
    let outcome = run_after(&mut stage, 1, &totals()).await;
    assert_eq!((told(&outcome), outcome.exit_code(false), deleted(&outcome)), (vec!["unconfirmed ".to_owned()], 5, 0));
    assert!(outcome.slices[0].end.reason().unwrap().contains("the GitHub App is installed in no organization"));
    let outcome = run_after(&mut stage, 65, &totals()).await;
    assert_eq!((outcome.exit_code(false), deleted(&outcome)), (0, 56));
}

#[tokio::test]
async fn an_organization_that_is_listed_no_more_is_gone_an_hour_later_or_when_it_has_another_name() {
    let harbor = Stage::new(small()).get("/orgs/harbor").await;
    let list = || Rule::at("/user/orgs*").skip(1).json(json!([harbor.clone()])).header(SEES.0, SEES.1);
    let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), Faults::new([list()])));
    run_after(&mut stage, 0, &totals()).await;
    let outcome = run_after(&mut stage, 1, &totals()).await;
    assert_eq!(told(&outcome), ["complete harbor", "unconfirmed tidewater"]);
    assert_eq!((outcome.exit_code(false), deleted(&outcome)), (5, 0));
    let reason = outcome.slices[1].end.reason().unwrap();
    assert_eq!(
        reason,
        "organization `tidewater` was listed before and is not any more, although GitHub still has it: the credential no longer sees it"
    );
    assert_eq!(owners(&stage), owned(&["harbor", "tidewater"]));
    let outcome = run_after(&mut stage, 65, &totals()).await;
    assert_eq!((told(&outcome), outcome.exit_code(false)), (vec!["complete harbor".to_owned()], 0));
    assert!(outcome.warnings.iter().any(|note| note.contains("`tidewater` was listed before")), "{:?}", outcome.warnings);
    assert_eq!(owners(&stage), owned(&["harbor"]));
    // It is forgotten, and not told again.
    let outcome = run_after(&mut stage, 66, &totals()).await;
    assert_eq!((told(&outcome), outcome.warnings.len()), (vec!["complete harbor".to_owned()], 0));

    // What GitHub says of its name, whether that proves at once that it is gone, and how it is told. To whoever may not see it GitHub
    // says that there is none; only the same id under another name proves something.
    let tidewater = Stage::new(small()).get("/orgs/tidewater").await;
    let called = |login: &str, id: Value| {
        let mut organization = tidewater.clone();
        organization["login"] = login.into();
        organization["id"] = id;
        Rule::at("/orgs/tidewater").json(organization)
    };
    let table = [
        (Rule::at("/orgs/tidewater").error(404, "Not Found"), false, "and GitHub shows none of that name"),
        (Rule::at("/orgs/tidewater").error(410, "Gone"), false, "and GitHub shows none of that name"),
        (called("spring", tidewater["id"].clone()), true, "because it is called `spring` now"),
        (called("spring", json!(987_654_321)), false, "GitHub answers to its name with `spring`"),
        (called("spring", Value::Null), false, "GitHub answers to its name with `spring`"),
        (called("tidewater", json!(987_654_321)), false, "although GitHub still has it"),
    ];
    for (rule, is_proof, how) in table {
        let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), Faults::new([list(), rule])));
        run_after(&mut stage, 0, &totals()).await;
        let outcome = run_after(&mut stage, 1, &totals()).await;
        let expected: (u8, &[&str]) = if is_proof { (0, &["harbor"]) } else { (5, &["harbor", "tidewater"]) };
        assert_eq!((outcome.exit_code(false), owners(&stage)), (expected.0, owned(expected.1)), "{how}");
        let reasons = outcome.slices.iter().filter_map(|slice| slice.end.reason()).map(str::to_owned);
        let told: Vec<String> = outcome.warnings.iter().cloned().chain(reasons).collect();
        assert!(told.iter().any(|text| text.contains(how)), "{how}: {told:?}");
        let outcome = run_after(&mut stage, 65, &totals()).await;
        assert_eq!((outcome.exit_code(false), owners(&stage)), (0, owned(&["harbor"])), "{how}");
    }

    // The user knows, or has left it out: nobody is asked.
    for is_left_out in [true, false] {
        let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), Faults::new([list()])));
        run_after(&mut stage, 0, &totals()).await;
        match is_left_out {
            true => stage.selection = Selection { exclude_organizations: texts(&["tide*"]), ..Selection::default() },
            false => stage.accept_empty = texts(&["Tidewater"]),
        }
        let outcome = run_after(&mut stage, 1, &totals()).await;
        assert_eq!((outcome.exit_code(false), owners(&stage)), (0, owned(&["harbor"])));
    }
}

#[tokio::test]
async fn teams_that_are_not_listed_keep_their_days_and_an_organization_without_any_is_no_trouble() {
    let none = || Rule::at("/orgs/harbor/teams?*").json(json!([])).header(SEES.0, SEES.1);
    let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), Faults::new([none().skip(1)])));
    run_after(&mut stage, 0, &teams()).await;
    assert_eq!(owners(&stage), owned(&["harbor", "tidewater"]));
    let outcome = run_after(&mut stage, 1, &teams()).await;
    assert!(told(&outcome).contains(&"unconfirmed harbor/*".to_owned()), "{:?}", told(&outcome));
    assert_eq!((outcome.exit_code(false), deleted(&outcome)), (5, 0));
    let outcome = run_after(&mut stage, 65, &teams()).await;
    assert_eq!((outcome.exit_code(false), owners(&stage)), (0, owned(&["tidewater"])), "{:?}", told(&outcome));

    // It never had teams: nothing is kept because of it, and others were read.
    let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), Faults::new([none()])));
    let outcome = run_after(&mut stage, 0, &teams()).await;
    assert!(told(&outcome).contains(&"unconfirmed harbor/*".to_owned()));
    assert_eq!((outcome.exit_code(false), owners(&stage)), (0, owned(&["tidewater"])));

    // Not without the right to list, and at once when the user says so.
    let silent = Rule::at("/orgs/harbor/teams?*").json(json!([])).header("x-oauth-scopes", "repo");
    let Remembering { mut stage, _data } = remembering(Stage::with_faults(small(), Faults::new([silent.skip(1)])));
    run_after(&mut stage, 0, &teams()).await;
    let outcome = run_after(&mut stage, 90, &teams()).await;
    assert!(told(&outcome).contains(&"forbidden harbor/*".to_owned()), "{:?}", told(&outcome));
    assert_eq!((outcome.exit_code(false), deleted(&outcome)), (5, 0));
    stage.accept_empty = texts(&["harbor/*"]);
    let outcome = run_after(&mut stage, 91, &teams()).await;
    assert_eq!((outcome.exit_code(false), owners(&stage)), (0, owned(&["tidewater"])), "{:?}", told(&outcome));
}

/// What is wrong with a choice, and what had been asked for by then; none when the run goes on.
async fn wrong(stage: &Stage, mapping: &str) -> Option<String> {
    match stage.try_run(mapping).await {
        Ok(_) => None,
        Err(ResyncError::Choice(wrong)) => Some(format!("{wrong}; {}", wrong.help)),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_choice_that_meets_nobody_is_wrong_usage_and_nothing_is_written() {
    type Choose = fn(&mut Stage);
    let table: &[(Choose, Option<&str>)] = &[
        (|stage| stage.only = texts(&["HARBOR"]), None),
        (
            |stage| stage.only = texts(&["harbor", "nope"]),
            Some("`--org nope` is none of the 2 organizations that are read; GitHub lists `harbor`, `tidewater`"),
        ),
        (|stage| stage.owners.organizations = texts(&["har*"]), None),
        (|stage| stage.owners.organizations = texts(&["ha-r*", "nope-*"]), Some("no organization matches `ha-r*` or `nope-*`")),
        (|stage| stage.selection.exclude_organizations = texts(&["*"]), Some("leave out every organization")),
        (|stage| stage.selection.exclude_organizations = texts(&["harbor"]), None),
        (|stage| stage.selection.teams = texts(&["no-such-*"]), Some("no team matches `no-such-*`")),
        (|stage| stage.accept_empty = texts(&["nope"]), Some("`--accept-empty nope` is no scope of this run")),
        (|stage| stage.accept_empty = texts(&["nope/*"]), Some("there are `harbor`, `tidewater`")),
        (|stage| stage.accept_empty = texts(&["organizations", "Harbor/*", "tidewater"]), None),
        (
            |stage| {
                stage.owners.organizations = texts(&["harbor"]);
                stage.accept_empty = texts(&["organizations"]);
            },
            Some("`--accept-empty organizations` is no scope"),
        ),
    ];
    for (choose, expected) in table {
        let mut stage = Stage::new(small());
        choose(&mut stage);
        let told = wrong(&stage, &teams()).await;
        match expected {
            None => assert_eq!(told, None),
            Some(part) => {
                assert!(told.as_ref().is_some_and(|told| told.contains(part)), "{part}: {told:?}");
                assert!(stage.blueprints().is_empty(), "{part}: something was written");
            }
        }
    }
    // A list that is not whole tells no name to be wrong, but for those that must be on it.
    let faults = Faults::new([Rule::at("/user/orgs*").json(json!([])).header(SEES.0, SEES.1)]);
    let mut stage = Stage::with_faults(small(), faults);
    stage.accept_empty = texts(&["harbor/*"]);
    assert_eq!(wrong(&stage, &teams()).await, None);
    stage.only = texts(&["harbor"]);
    let told = wrong(&stage, &teams()).await.unwrap();
    assert!(told.contains("`--org harbor` is none of the 0") && told.contains("read:org"), "{told}");
    // An enterprise's teams are chosen by its own lists.
    let mut stage = Stage::new(small());
    stage.enterprise = Some(ENTERPRISE.to_owned());
    stage.accept_empty = vec![format!("{ENTERPRISE}/*")];
    assert_eq!(wrong(&stage, &totals()).await, None);
}

#[tokio::test]
async fn a_scope_that_is_accepted_as_empty_is_no_reason_to_ask_for_organizations_that_are_not_read() {
    let day = r#".__enterprise.slug + "@" + .day"#;
    let mapping = format!("entityDeletionThreshold: 1\n{}", whole("enterprise-usage-metrics", "", day));
    let broken = Faults::new([Rule::at("/orgs/*").json(json!({"error": "busy"}))]);
    let mut stage = Stage::with_faults(small(), broken);
    stage.enterprise = Some(ENTERPRISE.to_owned());
    stage.accept_empty = texts(&["harbor/*"]);
    let (outcome, asked) = stage.run(&mapping).await;
    let of_organizations: Vec<_> = asked.iter().filter(|path| path.starts_with("/orgs") || path.starts_with("/user")).collect();
    assert!(of_organizations.is_empty(), "{of_organizations:?}");
    assert_eq!((told(&outcome), outcome.exit_code(false)), (vec![format!("complete {ENTERPRISE}")], 0));
}

#[tokio::test]
async fn elements_that_are_never_a_list_are_no_reason_to_delete() {
    let mut stage = Stage::new(small());
    run_after(&mut stage, 0, &totals()).await;
    let renamed = totals().replace("    port:\n", "    port:\n      itemsToParse: .totals_by_editor\n");
    let outcome = run_after(&mut stage, 1, &renamed).await;
    assert_eq!((outcome.exit_code(false), deleted(&outcome), owners(&stage)), (5, 0, owned(&["harbor", "tidewater"])));
    assert!(
        outcome
            .slices
            .iter()
            .any(|slice| slice.end.reason().is_some_and(|reason| reason.contains("`itemsToParse` gives no list")))
    );
}

#[tokio::test]
async fn an_answer_that_is_no_list_of_teams_keeps_their_days_and_is_no_success() {
    for odd in ["null", "", " ", r#""No data""#, "{}"] {
        let odd_teams = || Rule::at("/orgs/harbor/teams?*").status(200).text(odd).header(SEES.0, SEES.1);
        let mut stage = Stage::with_faults(small(), Faults::new([odd_teams().skip(1)]));
        run_after(&mut stage, 0, &teams()).await;
        for minutes in [1, 65] {
            let outcome = run_after(&mut stage, minutes, &teams()).await;
            assert_eq!((outcome.exit_code(false), deleted(&outcome)), (5, 0), "{odd}: {:?}", told(&outcome));
            assert!(told(&outcome).contains(&"failed harbor/*".to_owned()), "{odd}: {:?}", told(&outcome));
        }
        assert_eq!(owners(&stage), owned(&["harbor", "tidewater"]), "{odd}");
    }
}
