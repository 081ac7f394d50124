//! What `pilotage doctor` says, word for word: the transcripts are in `tests/doctor/`, one for each thing that can be missing.
//!
//! They are written anew with `PILOTAGE_UPDATE=1 cargo test --test doctor`; the difference is then to be read as a user would.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use pilotage::catalog::{Catalog, CatalogOptions};
use pilotage::doctor::server_dates::ServerDates;
use pilotage::doctor::{Examination, ExaminedCatalog, ExaminedSource, Prepared, examine_prepared};
use pilotage::door::clock::Clock;
use pilotage::door::http::{HttpService, Request, in_memory};
use pilotage::github::{Credential, GitHub, GitHubApp, GitHubOptions, Selection};
use pilotage::local_catalog::{LocalCatalog, LocalCatalogOptions, Storage};
use pilotage::mapping::file::Mapping;
use pilotage::model::blueprint::{Blueprint, bundled};
use pilotage::model::diagnosis::{Diagnosis, DiagnosisResult};
use pilotage::model::secret::Secret;
use pilotage::render;
use pilotage::simulator::{
    self, Access, App, Faults, Installation, Rule, Simulator, SimulatorSource, Target, TransportFault, World, WorldOptions,
};
use tower::{ServiceExt, service_fn};

const NOW: &str = "2026-11-03T04:00:00Z";
const CLASSIC: &str = "ghp_canary";
const FINE_GRAINED: &str = "github_pat_canary";
const KEY: &str = include_str!("../../src/github/credential/sample/key.pkcs1.pem");
const GITHUB: &str = "https://api.github.com";
const DATA_RESIDENCY: &str = "https://api.fleet.ghe.com";
const CATALOG: &str = "https://api.port.io";

const MAPPING: &str = r#"resources:
  - kind: organization-usage-metrics
    selector: {query: "true"}
    port:
      entity:
        mappings:
          identifier: .__organization.login + "/" + .day
          blueprint: '"githubCopilotOrganizationUsage"'
          properties:
            record_date: .day + "T00:00:00Z"
            daily_active_users: .daily_active_users
  - kind: organization-user-usage-metrics
    selector: {query: "true"}
    port:
      entity:
        mappings:
          identifier: .__organization.login + "/" + .user_login + "/" + .day
          blueprint: '"githubCopilotUserUsage"'
          properties:
            record_date: .day + "T00:00:00Z"
"#;

const ENTERPRISE_MAPPING: &str = r#"resources:
  - kind: enterprise-usage-metrics
    selector: {query: "true"}
    port:
      entity:
        mappings:
          identifier: .day
          blueprint: '"githubCopilotOrganizationUsage"'
"#;

const TEAMS_MAPPING: &str = r#"resources:
  - kind: team-usage-metrics
    selector: {query: "true"}
    port:
      entity:
        mappings:
          identifier: .day
          blueprint: '"githubCopilotOrganizationUsage"'
"#;

/// Everything that may differ between two transcripts. By default all is well.
struct Scene {
    credential: Credential,
    source: &'static str,
    access: Access,
    rules: Vec<Rule>,
    organizations: Vec<String>,
    enterprise: Option<&'static str>,
    mapping: &'static str,
    secret: &'static str,
    blueprints: Vec<Blueprint>,
    all: bool,
    /// The address of GitHub's API, for people.
    address: &'static str,
    /// Another host with a token of its own, where the enterprise is read.
    second: Option<&'static str>,
}

fn classic(scopes: &[&str]) -> simulator::TokenRights {
    let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    simulator::TokenRights::Classic { scopes, is_owner: true, sso_required: Vec::new() }
}

fn known(token: &str, credential: simulator::TokenRights) -> BTreeMap<String, simulator::TokenRights> {
    BTreeMap::from([(token.to_owned(), credential)])
}

fn header(path: &str, name: &str, value: &str) -> Rule {
    let headers = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    Rule { path: path.to_owned(), headers, ..Rule::default() }
}

impl Default for Scene {
    fn default() -> Self {
        let told = header("/user", "date", "Tue, 03 Nov 2026 04:00:00 GMT");
        let expiry = ("github-authentication-token-expiration".to_owned(), "2026-12-03 04:00:00 UTC".to_owned());
        let told = Rule { headers: told.headers.into_iter().chain([expiry]).collect(), ..told };
        Self {
            credential: Credential::Token(Secret::new(CLASSIC)),
            source: "GITHUB_TOKEN",
            access: Access { known: known(CLASSIC, classic(&["read:org"])), ..Access::default() },
            rules: vec![told],
            organizations: Vec::new(),
            enterprise: None,
            mapping: MAPPING,
            secret: "secret",
            blueprints: vec![blueprint("githubCopilotOrganizationUsage"), blueprint("githubCopilotUserUsage")],
            all: false,
            address: GITHUB,
            second: None,
        }
    }
}

fn blueprint(name: &str) -> Blueprint {
    let mut blueprint = bundled(name).unwrap();
    // Calculations and relations have no part in what is looked at here.
    blueprint.other.clear();
    blueprint.relations.clear();
    blueprint
}

fn app(target: Target, permissions: &[&str]) -> (Credential, Access) {
    let permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
    let installation = Installation { id: 71, target, permissions, is_suspended: false };
    let app = App { id: 4242, client_id: "Iv23liSimulated".into(), slug: "metrics".into(), installations: vec![installation] };
    let credential = Credential::App(GitHubApp::new("Iv23liSimulated", &Secret::new(KEY)).unwrap());
    (credential, Access { app: Some(app), ..Access::default() })
}

async fn diagnose(scene: Scene) -> Diagnosis {
    diagnose_as_probe(scene).await.0
}

/// The diagnosis, the kinds of its mapping, and the paths that the catalog was asked for meanwhile.
async fn diagnose_as_probe(scene: Scene) -> (Diagnosis, Vec<&'static str>, Vec<String>) {
    let clock = Clock::starting_at(NOW.parse().unwrap());
    let world = World::new(WorldOptions { organizations: 3, teams: 2, users: 5, days: 28, ..WorldOptions::default() });
    let faults = Faults::new(scene.rules);
    let simulator = Simulator::new(SimulatorSource::World(world), "https://copilot-reports.github.com").unwrap();
    let simulator = simulator.with_access(scene.access).with_faults(faults.clone()).with_clock(clock.clone());
    let github = |credential: Credential, address: &str| {
        GitHub::new(GitHubOptions {
            api: faults.on_the_way_to(in_memory(simulator.api_router())),
            downloads: in_memory(simulator.signed_router()),
            base_url: address.to_owned(),
            credential,
            download_hosts: Vec::new(),
            clock: clock.clone(),
            seed: 7,
        })
        .unwrap()
    };
    let second = scene.second.map(|token| github(Credential::Token(Secret::new(token)), DATA_RESIDENCY));
    let github = github(scene.credential, GITHUB);
    let mut options = LocalCatalogOptions::new(Storage::Memory, clock.clone());
    options.credentials = Some(("id".into(), Secret::new("secret")));
    let local = LocalCatalog::open(options).unwrap();
    let router = in_memory(local.router(CATALOG));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let service = {
        let asked = Arc::clone(&asked);
        HttpService::new(service_fn(move |request: Request| {
            asked.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
            router.clone().oneshot(request)
        }))
    };
    let client = |secret: &str, dates: &ServerDates| {
        Catalog::new(CatalogOptions {
            http: dates.of(service.clone(), &clock),
            base_url: CATALOG.to_owned(),
            client_id: "id".to_owned(),
            client_secret: Secret::new(secret),
            integration_identifier: "my-github-copilot-integration".to_owned(),
            integration_type: "github-copilot".to_owned(),
            version: "0.1.0".to_owned(),
            clock: clock.clone(),
            seed: 7,
        })
        .unwrap()
    };
    let dates = ServerDates::default();
    for blueprint in &scene.blueprints {
        client("secret", &dates).create_blueprint(blueprint).await.unwrap();
    }
    let catalog = client(scene.secret, &dates);
    let (mapping, _) = Mapping::read(scene.mapping, "copilot.yaml");
    let mapping = mapping.unwrap();
    let enterprises: Vec<String> = scene.enterprise.map(str::to_owned).into_iter().collect();
    let first = ExaminedSource {
        github: &github,
        address: scene.address,
        label: if second.is_some() { "api.github.com" } else { "" },
        credential_source: Some(scene.source).filter(|_| second.is_none()),
        organizations: &scene.organizations,
        selection: &Selection::default(),
        enterprises: if second.is_some() { &[] } else { &enterprises },
    };
    let second = second.as_ref().map(|github| ExaminedSource {
        github,
        address: DATA_RESIDENCY,
        label: "fleet",
        credential_source: None,
        organizations: &[],
        selection: first.selection,
        enterprises: &enterprises,
    });
    let sources: Vec<_> = std::iter::once(first).chain(second).collect();
    let examination = Examination {
        mixes_levels: false,
        sources: &sources,
        tools: &[],
        proxy: None,
        all: scene.all,
        clock: &clock,
        catalog: ExaminedCatalog::Remote { catalog: &catalog, dates: &dates, client_id: "id" },
        catalog_address: CATALOG,
        mapping: Some((&mapping, "copilot.yaml")),
        bundled_mapping: &mapping,
        default_blueprints: &[],
    };
    asked.lock().unwrap().clear();
    let prepared = Prepared::of(&examination).await;
    let kinds = prepared.kinds();
    let diagnosis = examine_prepared(&examination, prepared).await;
    let asked = asked.lock().unwrap().clone();
    (diagnosis, kinds, asked)
}

fn compare(name: &str, text: &str) {
    for secret in ["canary", "ghs_", "BEGIN"] {
        assert!(!text.contains(secret), "{name} shows a secret: {text}");
    }
    let path = format!("{}/tests/doctor/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("PILOTAGE_UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{path} differs; write it anew with PILOTAGE_UPDATE=1 and read the difference");
}

async fn transcript(name: &str, verdict: DiagnosisResult, scene: Scene) {
    let diagnosis = diagnose(scene).await;
    compare(&format!("{name}.txt"), &render::doctor::text(&diagnosis));
    assert_eq!(diagnosis.verdict, verdict, "{name}");
}

#[tokio::test(start_paused = true)]
async fn all_is_well() {
    transcript("all-well", DiagnosisResult::Well, Scene::default()).await;
}

const LISTS_MAPPING: &str = r#"resources:
  - kind: github-repositories
    selector: {query: "true"}
    port:
      entity:
        mappings:
          identifier: .full_name
          blueprint: '"githubCopilotOrganizationUsage"'
  - kind: github-teams
    selector: {query: "true"}
    port:
      entity:
        mappings:
          identifier: .slug
          blueprint: '"githubCopilotOrganizationUsage"'
"#;

#[tokio::test(start_paused = true)]
async fn a_probe_tells_of_kinds_whose_requests_lead_to_others_too() {
    let organizations = vec!["harbor".to_owned()];
    let scene = Scene { mapping: LISTS_MAPPING, organizations, ..Scene::default() };
    let (diagnosis, kinds, asked) = diagnose_as_probe(scene).await;
    let shown = |diagnosis: &Diagnosis, kinds: &[&str]| -> Vec<String> {
        let results = pilotage::model::probe::results(diagnosis, kinds);
        results.iter().map(|it| format!("{} {} {:?}", it.kind, serde_json::Value::Object(it.scopes.clone()), it.status)).collect()
    };
    let in_harbor = |kind: &str, status: &str| format!(r#"{kind} {{"organization":"harbor"}} {status}"#);
    let both = |status: &str| vec![in_harbor("github-repositories", status), in_harbor("github-teams", status)];
    assert_eq!(shown(&diagnosis, &kinds), both("Success"));
    // The kinds are known before the checks, and nothing is asked twice for that.
    let mut distinct = asked.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), asked.len(), "{asked:?}");
    let organizations = vec!["harbor".to_owned()];
    let rules = vec![Rule::at("/orgs/harbor/repos*").status(403)];
    let (diagnosis, kinds, _) =
        diagnose_as_probe(Scene { mapping: LISTS_MAPPING, organizations, rules, ..Scene::default() }).await;
    assert_eq!(shown(&diagnosis, &kinds), [in_harbor("github-repositories", "Failure"), in_harbor("github-teams", "Success")]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_off() {
    let scene = Scene::default();
    let access = Access { policy_off: vec!["tidewater".to_owned()], ..scene.access.clone() };
    transcript("policy-off", DiagnosisResult::Missing, Scene { access, ..scene }).await;
}

#[tokio::test(start_paused = true)]
async fn a_classic_token_has_no_scope() {
    let access = Access { known: known(CLASSIC, classic(&[])), ..Access::default() };
    transcript("no-scope", DiagnosisResult::Missing, Scene { access, ..Scene::default() }).await;
    let access = Access { known: known(CLASSIC, classic(&["repo"])), ..Access::default() };
    let organizations = vec!["harbor".to_owned()];
    transcript("wrong-scope", DiagnosisResult::Missing, Scene { access, organizations, ..Scene::default() }).await;
}

fn fine_grained(permissions: &[&str]) -> Scene {
    let permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
    let credential = simulator::TokenRights::FineGrained { organization: "harbor".to_owned(), permissions };
    let access = Access { known: known(FINE_GRAINED, credential), ..Access::default() };
    Scene { credential: Credential::Token(Secret::new(FINE_GRAINED)), access, rules: Vec::new(), ..Scene::default() }
}

#[tokio::test(start_paused = true)]
async fn a_fine_grained_token_lists_no_organizations() {
    transcript("fine-grained", DiagnosisResult::Missing, fine_grained(&["organization_copilot_metrics"])).await;
}

#[tokio::test(start_paused = true)]
async fn a_fine_grained_token_lacks_a_permission() {
    let organizations = vec!["harbor".to_owned()];
    transcript("no-permission", DiagnosisResult::Missing, Scene { organizations, ..fine_grained(&["members"]) }).await;
}

#[tokio::test(start_paused = true)]
async fn an_enterprise_is_read_with_an_installation_in_an_organization() {
    let target = Target::Organization("harbor".to_owned());
    let (credential, access) = app(target, &["organization_copilot_metrics", "members"]);
    let enterprise = Some("fleet");
    let scene = Scene {
        source: "PILOTAGE_GITHUB_APP_ID",
        credential,
        access,
        enterprise,
        mapping: ENTERPRISE_MAPPING,
        ..Scene::default()
    };
    transcript("enterprise-app", DiagnosisResult::Missing, scene).await;
}

#[tokio::test(start_paused = true)]
async fn single_sign_on_is_required() {
    let sso_required = vec!["lighthouse".to_owned()];
    let credential = simulator::TokenRights::Classic { scopes: vec!["read:org".to_owned()], is_owner: true, sso_required };
    let access = Access { known: known(CLASSIC, credential), ..Access::default() };
    let organizations = vec!["harbor".to_owned(), "lighthouse".to_owned()];
    transcript("single-sign-on", DiagnosisResult::Missing, Scene { access, organizations, ..Scene::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn the_credentials_of_the_catalog_are_wrong() {
    transcript("catalog-credentials", DiagnosisResult::Missing, Scene { secret: "wrong-canary", ..Scene::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn a_blueprint_lacks_a_mapped_property() {
    let mut poorer = blueprint("githubCopilotOrganizationUsage");
    poorer.schema.properties.shift_remove("daily_active_users");
    let blueprints = vec![poorer];
    transcript("blueprint", DiagnosisResult::Missing, Scene { blueprints, ..Scene::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn the_token_is_refused() {
    let access = Access { refused: vec![CLASSIC.to_owned()], ..Access::default() };
    transcript("bad-token", DiagnosisResult::Missing, Scene { access, ..Scene::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_billed_is_well_refused_without_right_and_limited() {
    let scene = |scopes: &[&str]| Scene {
        access: Access { known: known(CLASSIC, classic(scopes)), ..Access::default() },
        organizations: vec!["harbor".to_owned()],
        enterprise: Some("fleet"),
        mapping: include_str!("../../mappings/credits.yaml"),
        blueprints: vec![blueprint("ai_credit_usage")],
        ..Scene::default()
    };
    let all = ["read:org", "admin:org", "manage_billing:enterprise"];
    transcript("credits-well", DiagnosisResult::Well, scene(&all)).await;
    let access = Access { refused: vec![CLASSIC.to_owned()], ..Access::default() };
    transcript("credits-wrong-token", DiagnosisResult::Missing, Scene { access, ..scene(&all) }).await;
    transcript("credits-no-right", DiagnosisResult::Missing, scene(&["read:org"])).await;
    let limited = Rule::at("/*/*/settings/billing/*").error(429, "Too many requests").header("retry-after", "30");
    transcript("credits-rate-limit", DiagnosisResult::Missing, Scene { rules: vec![limited], ..scene(&all) }).await;
}

#[tokio::test(start_paused = true)]
async fn an_enterprise_server_has_no_copilot_api() {
    let missing = serde_json::json!({ "message": "Not Found" });
    let rules = vec![
        header("/user", "x-github-enterprise-version", "3.19.1"),
        Rule { path: "/orgs/*/copilot/*".to_owned(), status: Some(404), body: Some(missing), ..Rule::default() },
    ];
    let organizations = vec!["harbor".to_owned()];
    let address = "https://github.acme.test/api/v3";
    let mapping = TEAMS_MAPPING;
    transcript(
        "enterprise-server",
        DiagnosisResult::Missing,
        Scene { rules, organizations, address, mapping, ..Scene::default() },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn two_hosts_are_looked_at_each_with_its_own_credential() {
    let known =
        BTreeMap::from([(CLASSIC.to_owned(), classic(&["read:org"])), ("ghp_fleet_canary".to_owned(), classic(&["read:org"]))]);
    let access = Access { known, ..Access::default() };
    let organizations = vec!["harbor".to_owned()];
    let mapping = Box::leak(format!("{MAPPING}{}", ENTERPRISE_MAPPING.replace("resources:\n", "")).into_boxed_str());
    let scene =
        Scene { access, organizations, mapping, enterprise: Some("fleet"), second: Some("ghp_fleet_canary"), ..Scene::default() };
    transcript("two-hosts", DiagnosisResult::Missing, scene).await;
}

#[tokio::test(start_paused = true)]
async fn github_gives_no_answer() {
    let rules = vec![Rule { path: "*".to_owned(), transport: Some(TransportFault::Refused), ..Rule::default() }];
    transcript("no-answer", DiagnosisResult::Unreachable, Scene { rules, ..Scene::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn an_address_is_not_on_the_list_and_a_clock_is_wrong() {
    let refused = serde_json::json!({
        "message": "Although you appear to have the correct authorization credentials, the `harbor` organization has an IP allow \
                    list enabled, and your IP address is not permitted to access this resource."
    });
    let rules = vec![
        Rule { path: "/orgs/harbor*".to_owned(), status: Some(403), body: Some(refused), ..Rule::default() },
        header("/user", "date", "Tue, 03 Nov 2026 04:10:00 GMT"),
    ];
    let organizations = vec!["harbor".to_owned()];
    transcript("ip-allow-list", DiagnosisResult::Missing, Scene { rules, organizations, ..Scene::default() }).await;
}

#[tokio::test(start_paused = true)]
async fn everything_is_tried_when_asked_for_and_what_is_not_needed_breaks_nothing() {
    let organizations = vec!["harbor".to_owned()];
    let scene = Scene { organizations, enterprise: Some("fleet"), all: true, ..Scene::default() };
    transcript("all", DiagnosisResult::Well, scene).await;
}

#[tokio::test(start_paused = true)]
async fn programs_read_the_same_with_the_named_errors() {
    let access = Access { known: known(CLASSIC, classic(&["repo"])), policy_off: Vec::new(), ..Access::default() };
    let organizations = vec!["harbor".to_owned(), "nowhere".to_owned()];
    let diagnosis = diagnose(Scene { access, organizations, secret: "wrong", ..Scene::default() }).await;
    let json = serde_json::to_value(&diagnosis).unwrap();
    compare("named-errors.json", &format!("{json:#}\n"));
    let names: Vec<_> = json["problems"].as_array().unwrap().iter().map(|problem| problem["error"].as_str().unwrap()).collect();
    assert_eq!(names, ["invalid_permissions", "no_resource", "invalid_credentials"]);
}
