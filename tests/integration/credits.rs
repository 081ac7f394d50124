//! AI credits that are billed, from a simulated GitHub into the catalog and the history.

use std::collections::BTreeMap;

use pilotage::door::clock::Clock;
use pilotage::reconcile::outcome::Outcome;
use pilotage::simulator::{Access, Faults, Rule, TokenRights, WorldOptions};
use pilotage::source::listings::ListingsFile;
use serde_json::{Value, json};

use crate::kinds::harness::{ENTERPRISE, Stage};

const MAPPING: &str = include_str!("../../mappings/credits.yaml");

fn small() -> WorldOptions {
    WorldOptions { organizations: 2, teams: 2, users: 12, days: 28, ..WorldOptions::default() }
}

/// One organization and a few days: a run for each odd answer adds up.
fn one() -> WorldOptions {
    WorldOptions { organizations: 1, days: 4, ..small() }
}

fn mapping() -> String {
    MAPPING.replace("entityDeletionThreshold: 0", "entityDeletionThreshold: 1")
}

/// The sums of a number over the entities of each owner and day.
fn sums(entities: &BTreeMap<String, Value>, name: &str) -> BTreeMap<(String, String), f64> {
    let mut sums = BTreeMap::new();
    for entity in entities.values() {
        let text = |name: &str| entity[name].as_str().unwrap().to_owned();
        *sums.entry((text("owner"), text("record_date")[..10].to_owned())).or_default() += entity[name].as_f64().unwrap();
    }
    sums
}

fn deleted(outcome: &Outcome) -> u64 {
    outcome.deletion.blueprints.iter().map(|deletion| deletion.deleted).sum()
}

#[tokio::test]
async fn what_is_billed_to_an_organization_and_to_its_enterprise_is_what_its_people_used() {
    let mut stage = Stage::new(small());
    stage.enterprise = Some(ENTERPRISE.to_owned());
    let (outcome, asked) = stage.run(&mapping()).await;
    assert!(outcome.slices.iter().all(|slice| slice.end.name() == "complete" && slice.rejected == 0), "{:?}", outcome.slices);
    // A request for each day of two organizations and the enterprise.
    assert_eq!(asked.iter().filter(|path| path.contains("/ai_credit/usage?year=2026&month=")).count(), 3 * 28, "{asked:?}");
    let entities = stage.entities("ai_credit_usage");
    let billed = sums(&entities, "gross_quantity");
    let mut compared = 0;
    let owners = stage.world.organization_logins().into_iter().map(|login| (login, format!("/orgs/{login}")));
    for (owner, path) in owners.chain([(ENTERPRISE, format!("/enterprises/{ENTERPRISE}"))]) {
        let rows = stage.rows(&format!("{path}/copilot/metrics/reports/users-28-day/latest")).await;
        let mut used: BTreeMap<&str, f64> = BTreeMap::new();
        for row in &rows {
            *used.entry(row["day"].as_str().unwrap()).or_default() += row["ai_credits_used"].as_f64().unwrap();
        }
        for (day, used) in used {
            let billed = billed[&(owner.to_owned(), day.to_owned())];
            assert!((billed - used).abs() < 1e-6, "{owner} {day}: {billed} {used}");
            compared += 1;
        }
    }
    assert_eq!(compared, 3 * 28);
    for (identifier, entity) in &entities {
        let number = |name: &str| entity[name].as_f64().unwrap();
        assert!((number("gross_quantity") - number("included_quantity") - number("net_quantity")).abs() < 1e-6, "{identifier}");
        assert!((number("gross_quantity") * number("price_per_unit") - number("gross_amount")).abs() < 1e-6, "{identifier}");
        let is_of_enterprise = entity["level"] == "enterprise";
        assert_eq!(entity["organization"].is_null(), is_of_enterprise, "{identifier}");
    }
    // Nothing changes by itself.
    let (outcome, _) = stage.run(&mapping()).await;
    let resource = &outcome.resources[0];
    assert_eq!((resource.created, resource.updated, deleted(&outcome)), (0, 0, 0));
}

/// A world of one organization, with an answer in place of the second one about its newest day.
fn with_second_answer(status: u16, text: &str) -> Stage {
    let options = one();
    let (year, month, day) = options.until.parts();
    let newest = format!("/organizations/*/settings/billing/ai_credit/usage?year={year}&month={month}&day={day}");
    Stage::with_faults(options, Faults::new([Rule::at(newest).skip(1).status(status).text(text)]))
}

#[tokio::test]
async fn a_line_that_is_gone_is_deleted() {
    let probe = with_second_answer(500, "");
    let (_, asked) = probe.run(&mapping()).await;
    let whole = Stage::new(one()).get(asked.last().unwrap()).await;
    let lines = whole["usageItems"].as_array().unwrap().len();
    assert!(lines > 2, "{whole}");
    let mut fewer = whole.clone();
    fewer["usageItems"].as_array_mut().unwrap().truncate(lines - 1);
    let stage = with_second_answer(200, &fewer.to_string());
    stage.run(&mapping()).await;
    let before = stage.entities("ai_credit_usage").len();
    let (outcome, _) = stage.run(&mapping()).await;
    assert!(outcome.slices.iter().all(|slice| slice.proves_absence()), "{:?}", outcome.slices);
    assert_eq!((outcome.exit_code(false), deleted(&outcome)), (0, 1));
    assert_eq!(stage.entities("ai_credit_usage").len(), before - 1);
}

#[tokio::test]
async fn a_bill_without_lines_is_proof_only_when_two_runs_an_hour_apart_are_told_the_same() {
    let (_, asked) = with_second_answer(500, "").run(&mapping()).await;
    let whole = Stage::new(one()).get(asked.last().unwrap()).await;
    let lines = whole["usageItems"].as_array().unwrap().len();
    let mut empty = whole.clone();
    empty["usageItems"] = json!([]);
    for remembers in [true, false] {
        let data = tempfile::tempdir().unwrap();
        let mut stage = with_second_answer(200, &empty.to_string());
        stage.listings = remembers.then(|| ListingsFile::in_data_folder(data.path()));
        let mut seen = Vec::new();
        let mut all = Vec::new();
        for minutes in [0, 60, 90, 115, 125, 200] {
            stage.clock = Clock::starting_at(stage.world.now() + jiff::SignedDuration::from_mins(minutes));
            let (outcome, _) = stage.run(&mapping()).await;
            assert!(outcome.slices.iter().all(|slice| slice.end.name() == "complete"), "{:?}", outcome.slices);
            seen.push((outcome.exit_code(false), deleted(&outcome)));
            all.push(stage.entities("ai_credit_usage").len());
            if outcome.exit_code(false) == 5 {
                let reason = outcome.deletion.blueprints[0].reason.as_ref().unwrap().to_string();
                assert!(reason.contains("which alone does not prove that there is nothing"), "{reason}");
            }
        }
        let gone = if remembers { lines } else { 0 };
        let confirmed = if remembers { (0, lines as u64) } else { (5, 0) };
        let later = if remembers { (0, 0) } else { (5, 0) };
        assert_eq!(seen, [(0, 0), (5, 0), (5, 0), (5, 0), confirmed, later], "{remembers}");
        assert_eq!(all, [all[0], all[0], all[0], all[0], all[0] - gone, all[0] - gone], "{remembers}");
    }
}

#[tokio::test]
async fn a_bill_that_has_lines_again_begins_anew() {
    let options = one();
    let (year, month, day) = options.until.parts();
    let newest = format!("/organizations/*/settings/billing/ai_credit/usage?year={year}&month={month}&day={day}");
    let (_, asked) = with_second_answer(500, "").run(&mapping()).await;
    let mut empty = Stage::new(one()).get(asked.last().unwrap()).await;
    empty["usageItems"] = json!([]);
    let once = |skip| Rule::at(&newest).skip(skip).times(1).text(empty.to_string());
    let data = tempfile::tempdir().unwrap();
    // The second and the fourth answer are empty.
    let mut stage = Stage::with_faults(options, Faults::new([once(1), once(2)]));
    stage.listings = Some(ListingsFile::in_data_folder(data.path()));
    let mut seen = Vec::new();
    for minutes in [0, 60, 130, 200, 270] {
        stage.clock = Clock::starting_at(stage.world.now() + jiff::SignedDuration::from_mins(minutes));
        let (outcome, _) = stage.run(&mapping()).await;
        seen.push((outcome.exit_code(false), deleted(&outcome)));
    }
    assert_eq!(seen, [(0, 0), (5, 0), (0, 0), (5, 0), (0, 0)]);
}

#[tokio::test]
async fn an_answer_that_is_not_about_the_day_or_not_whole_deletes_nothing() {
    let (_, asked) = with_second_answer(500, "").run(&mapping()).await;
    let whole = Stage::new(one()).get(asked.last().unwrap()).await;
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut of = whole.clone();
        of["usageItems"].as_array_mut().unwrap().truncate(1);
        change(&mut of);
        of.to_string()
    };
    let odd = [
        (200, changed(&|of| of["timePeriod"]["day"] = json!(1)), "was asked for"),
        (200, changed(&|of| drop(of["timePeriod"].as_object_mut().unwrap().remove("day"))), "an answer about one day"),
        (200, changed(&|of| drop(of.as_object_mut().unwrap().remove("usageItems"))), "an answer about one day"),
        (200, changed(&|of| of["usageItems"] = json!([{"sku": "a"}])), "grossQuantity"),
        (200, changed(&|of| of["usageItems"] = json!([3])), "objects"),
        (200, r#"{"timePeriod":{"year":2026,"month":6,"day":1},"usageItems":[]}"#.to_owned(), "was asked for"),
        (200, whole.to_string()[..whole.to_string().len() / 2].to_owned(), ""),
        (200, changed(&|of| of["user"] = json!("ada")), "not about one user"),
        (200, changed(&|of| of["organization"] = json!("somebody-else")), "the bill of organization somebody-else"),
        (200, "{}".to_owned(), "an answer about one day"),
        (200, "[]".to_owned(), "an object"),
        (200, "null".to_owned(), "null"),
        (200, r#"{"message":"Not now"}"#.to_owned(), "an answer about one day"),
        (400, r#"{"message":"Bad Request"}"#.to_owned(), "Bad Request"),
        (403, r#"{"message":"Forbidden"}"#.to_owned(), "admin:org"),
        (404, r#"{"message":"Not Found"}"#.to_owned(), "only the enterprise has its billing"),
    ];
    // All at once, because some of them are asked for again after a wait.
    let tried = odd.map(|(status, text, expected)| async move {
        let stage = with_second_answer(status, &text);
        stage.run(&mapping()).await;
        let before = stage.entities("ai_credit_usage");
        let (outcome, _) = stage.run(&mapping()).await;
        let newest = outcome.slices.iter().max_by_key(|slice| slice.day).unwrap();
        assert!(!newest.proves_absence(), "{status} {text}: {newest:?}");
        let told = format!("{:?} {:?}", newest.end, outcome.resources[0].rejected.first);
        assert!(told.contains(expected), "{status} {text}: {told}");
        assert_eq!(deleted(&outcome), 0, "{status} {text}");
        assert_eq!(stage.entities("ai_credit_usage"), before, "{status} {text}");
    });
    futures_util::future::join_all(tried).await;
}

#[tokio::test]
async fn a_credential_without_the_right_is_told_which_it_needs() {
    let classic = |scopes: &[&str]| TokenRights::Classic {
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        is_owner: true,
        sso_required: Vec::new(),
    };
    for (scopes, of_organizations, of_enterprise) in [
        (&["read:org", "manage_billing:enterprise"][..], "admin:org", ""),
        (&["admin:org"], "", "manage_billing:enterprise"),
        (&["admin:org", "manage_billing:enterprise"], "", ""),
    ] {
        let access = Access { known: BTreeMap::from([("token".to_owned(), classic(scopes))]), ..Access::default() };
        let mut stage = Stage::with_access(WorldOptions { organizations: 1, days: 2, ..small() }, access);
        stage.enterprise = Some(ENTERPRISE.to_owned());
        let (outcome, _) = stage.run(&mapping()).await;
        for slice in outcome.slices.iter().filter(|slice| slice.day.is_some()) {
            let expected = if slice.scope == ENTERPRISE { of_enterprise } else { of_organizations };
            let state = if expected.is_empty() { "complete" } else { "forbidden" };
            assert_eq!(slice.end.name(), state, "{scopes:?}: {slice:?}");
            assert!(slice.end.remedy().unwrap_or_default().contains(expected), "{scopes:?}: {slice:?}");
        }
    }
}

#[tokio::test]
async fn lines_that_differ_in_price_or_unit_only_are_entities_of_their_own() {
    let options = one();
    let (year, month, day) = options.until.parts();
    let newest = format!("/organizations/*/settings/billing/ai_credit/usage?year={year}&month={month}&day={day}");
    let (_, asked) = Stage::new(one()).run(&mapping()).await;
    let mut bill = Stage::new(one()).get(asked.last().unwrap()).await;
    let line = bill["usageItems"][0].clone();
    let with = |changes: Value| {
        let mut line = line.clone();
        changes.as_object().unwrap().iter().for_each(|(name, value)| line[name] = value.clone());
        line
    };
    let lines = [json!({}), json!({"pricePerUnit": 0.04}), json!({"unitType": "requests"}), json!({"pricePerUnit": null})];
    bill["usageItems"] = lines.map(with).into_iter().collect();
    let stage = Stage::with_faults(options, Faults::new([Rule::at(newest).text(bill.to_string())]));
    let (outcome, _) = stage.run(&mapping()).await;
    let duplicates = outcome.resources[0].duplicates.count;
    assert_eq!((outcome.resources[0].rejected.count, duplicates), (0, 0), "{:?}", outcome.resources[0]);
    let on_that_day = format!("@{year}-{month:02}-{day:02}");
    let names: Vec<String> = stage.entities("ai_credit_usage").into_keys().filter(|name| name.ends_with(&on_that_day)).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    // As docs/ai-credits.md shows it.
    let page = include_str!("../../docs/ai-credits.md");
    let shown = page.split("`harbor/Copilot-AI-Credits/").nth(1).unwrap().split('`').next().unwrap();
    let form = |name: &str| name.split('/').skip(2).collect::<Vec<_>>().join("/").replace(&on_that_day, "");
    let first = names.iter().find(|name| name.contains("/ai-credits/0.01@")).unwrap();
    assert!(first.starts_with("harbor/Copilot-AI-Credits/"), "{first}");
    assert!(shown.contains("/ai-credits/0.01@") && form(first).ends_with("/ai-credits/0.01"), "{first} {shown}");
}
