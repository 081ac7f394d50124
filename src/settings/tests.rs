//! Precedence of the places that set a value, and the messages about mistakes.

use super::table::KNOWN;
use super::*;

const NO_VARIABLES: &[(&str, &str)] = &[];

/// Files that can be read in a test.
const FILES: &[(&str, &str)] = &[
    ("token", "ghp_from_file\n"),
    ("empty", " \n"),
    ("config.yaml", CONFIG),
    ("broken.yaml", "port:\n  clientId: [a\n"),
    ("twice.yaml", "mapping: a\ndata: b\nmapping: c\n"),
    ("unquoted.yaml", "port:\n  clientId: {{ from env ID }}\n"),
    ("mapping.yaml", "resources:\n  - kind: x\n    selector: {query: 'true'}\n"),
    ("nothing.yaml", "# nothing yet\n"),
    ("list.yaml", "- a\n"),
    ("group.yaml", "port: https://x\n"),
    (
        "tables.yaml",
        "privacy:\n  k: 7\nfigures:\n  prices:\n    - {from: 2026-01-01, plan: business, amount: 19, source: price list}\n  holidays:\n    - days: [2026-12-25, 2026-12-26]\n      source: calendar\n",
    ),
    ("wrong-tables.yaml", "figures:\n  prices:\n    - {from: soon, plan: business, amount: 19, source: price list}\n"),
];

const CONFIG: &str = r#"# settings of a container
initializePortResources: false
scheduledResyncInterval: 120
eventListener:
  type: ONCE
integration:
  identifier: "{{ from env NAME_OF_OURS }}"
  type: github-copilot
  config:
    githubHost: https://api.acme.ghe.com/
    githubToken: "{{ from env THE_TOKEN }}"
    githubOrganizations:
      - acme
      - octo-org
    githubHosts: x
port:
  client_id: id-in-file
  clientSecret: ~
clientTimeout: 30
"#;

fn read_with(variables: &[(&str, &str)], overrides: Overrides) -> Result<Settings, String> {
    let environment: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let read_file = |path: &Path| {
        let file = FILES.iter().find(|(name, _)| Path::new(name) == path);
        file.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    };
    let sources =
        Sources { environment: &environment, overrides, read_file: &read_file, data_folder: PathBuf::from("/home/someone/data") };
    Settings::read(&sources).map_err(|errors| errors.to_string())
}

fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
    read_with(variables, Overrides::default())
}

fn read_file_named(name: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
    read_with(variables, Overrides { config: Some(name.into()), ..Overrides::default() })
}

fn token(settings: &Settings) -> &str {
    settings.github.sources.first().token.as_ref().unwrap().expose()
}

#[test]
fn without_any_setting_the_embedded_catalog_is_meant_and_defaults_hold() {
    let settings = read(NO_VARIABLES).unwrap();
    assert!(matches!(settings.catalog(), Ok(CatalogChoice::Embedded)));
    assert_eq!(settings.github.sources.first().host, "https://api.github.com");
    assert_eq!(settings.integration_identifier, "my-github-copilot-integration");
    assert_eq!(settings.data, Path::new("/home/someone/data"));
    assert_eq!(settings.client_timeout, Duration::from_secs(60));
    assert_eq!(settings.polling_interval, Duration::from_secs(60));
    assert_eq!(settings.event_listener, EventListener::Polling);
    assert_eq!(settings.application_port, 8000);
    assert!(settings.initialize_port_resources && settings.resync_on_start);
    assert!(!settings.partial_ok && !settings.send_raw_data_examples && settings.jq_environment.is_empty());
    assert!(settings.scheduled_resync_interval.is_none());
    assert_eq!((settings.deletion_threshold, settings.log_level), (None, None));
}

#[test]
fn settings_of_people_and_figures_are_read_and_wrong_ones_are_refused_with_a_sentence() {
    let settings =
        read(&[("PILOTAGE_IDENTITY", "Names"), ("PILOTAGE_PRIVACY_K", "8"), ("PILOTAGE_HISTORY_KEEP", "400")]).unwrap();
    assert_eq!(
        (settings.privacy.identity, settings.figures.smallest_group, settings.history_keep),
        (Identity::Names, 8, Some(400))
    );
    let settings = read(&[("PILOTAGE_IDENTITY", "None"), ("PILOTAGE_PRIVACY_DROP", "a, b")]).unwrap();
    assert_eq!((settings.privacy.identity, settings.privacy.drop), (Identity::Nobody, vec!["a".to_owned(), "b".to_owned()]));
    let settings = read_file_named("tables.yaml", NO_VARIABLES).unwrap();
    let inputs = &settings.figures.inputs;
    assert_eq!((inputs.prices.len(), inputs.prices[0].amount, inputs.holidays.len()), (1, 19.0, 2));
    assert_eq!(settings.figures.smallest_group, 7);
    let told = read_file_named("wrong-tables.yaml", NO_VARIABLES).unwrap_err();
    assert!(told.contains("wrong-tables.yaml:3 is a list whose item 1 has `soon` for `from`"), "{told}");
    let group = [("OCEAN__FIGURES", r#"{"holidays":[{"day":"2026-12-25","source":"calendar"}]}"#)];
    assert_eq!(read(&group).unwrap().figures.inputs.holidays.len(), 1);
    let settings = read(&[("OCEAN__HISTORY__KEEP", "30"), ("OCEAN__PRIVACY__K", "5")]).unwrap();
    assert_eq!((settings.history, settings.history_keep), (true, Some(30)));
    let settings = read(&[("PILOTAGE_HISTORY_KEEP_PEOPLE", "90")]).unwrap();
    assert_eq!((settings.history_keep, settings.history_keep_people), (None, Some(90)));
    for (variable, value, expected) in [
        ("PILOTAGE_IDENTITY", "some", "expected names, pseudonyms or none"),
        ("PILOTAGE_PRIVACY_DROP", "totals_by_ide,user_id", "and `user_id` is one; for people there is `identity`"),
        ("PILOTAGE_FIGURES_PRICES", r#"[{"from":"2026-01-01","plan":"business","amount":19}]"#, "item 1 has no `source`"),
        ("PILOTAGE_PRIVACY_K", "0", "expected a number of people, from 1 to 10000"),
        ("PILOTAGE_HISTORY_KEEP", "0", "expected a number of days, from 1 to 36525"),
        ("PILOTAGE_HISTORY_KEEP", "a year", "expected a number of days, from 1 to 36525"),
    ] {
        let told = read(&[(variable, value)]).unwrap_err();
        assert!(told.contains(expected) && told.contains(variable), "{value}: {told}");
    }
}

#[test]
fn the_environment_of_an_ocean_container_is_understood() {
    let settings = read(&[
        ("OCEAN__PORT__CLIENT_ID", "id"),
        ("OCEAN__PORT__CLIENT_SECRET", "word"),
        ("OCEAN__PORT__BASE_URL", "https://api.us.port.io/"),
        ("OCEAN__EVENT_LISTENER", r#"{"type":"ONCE"}"#),
        ("OCEAN__INITIALIZE_PORT_RESOURCES", "true"),
        ("OCEAN__SEND_RAW_DATA_EXAMPLES", "true"),
        ("OCEAN__INTEGRATION__IDENTIFIER", "Ours"),
        ("OCEAN__INTEGRATION__TYPE", "github-copilot"),
        ("OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN", "ghp_x"),
        ("APPLICATION__LOG_LEVEL", "DEBUG"),
        ("PATH", "/bin"),
        ("OCEAN__LIVE_EVENTS__REDIS__URL", "x"),
    ])
    .unwrap();
    let Ok(CatalogChoice::Port { base_url, client_id, client_secret }) = settings.catalog() else { panic!("embedded") };
    assert_eq!((base_url, client_id, client_secret.expose()), ("https://api.us.port.io", "id", "word"));
    assert_eq!(settings.event_listener, EventListener::Once);
    assert_eq!((settings.integration_identifier.as_str(), token(&settings)), ("Ours", "ghp_x"));
    assert_eq!(settings.log_level, Some(LogLevel::Debug));
    assert_eq!(settings.ignored, ["OCEAN__INTEGRATION__TYPE", "OCEAN__LIVE_EVENTS__REDIS__URL"]);
    assert_eq!(settings.warnings, []);
}

#[test]
fn of_several_spellings_of_the_token_the_best_one_holds() {
    // From best to worst: with one more left out, the next holds.
    let spellings = [
        ("OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN", "documented"),
        ("ocean__integration__config__githubtoken", "squeezed"),
        ("OCEAN__INTEGRATION__CONFIG", r#"{"githubToken":"json"}"#),
        ("GITHUB_TOKEN", "plain"),
    ];
    for (index, expected) in ["documented", "squeezed", "json", "plain"].iter().enumerate() {
        let mut variables = spellings[index..].to_vec();
        assert_eq!(token(&read(&variables).unwrap()), *expected);
        variables.reverse();
        assert_eq!(token(&read(&variables).unwrap()), *expected, "whatever their order");
    }
}

#[test]
fn flags_go_over_environment_over_file_over_defaults() {
    let file = Overrides { config: Some("config.yaml".into()), ..Overrides::default() };
    let host = |variables: &[(&str, &str)], flag: Option<&str>| {
        let overrides = Overrides { github_host: flag.map(str::to_owned), ..file.clone() };
        let settings = read_with(variables, overrides).unwrap();
        let described = settings.describe().iter().find(|described| described.key == "integration.config.githubHost").unwrap();
        (settings.github.sources.first().host.clone(), described.source.to_string())
    };
    let variable = ("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", "https://variable");
    assert_eq!(host(&[variable], Some("https://flag")), ("https://flag".into(), "--github-host".into()));
    assert_eq!(host(&[variable], None), ("https://variable".into(), variable.0.into()));
    assert_eq!(host(&[], None), ("https://api.acme.ghe.com".into(), "config.yaml:10".into()));
    assert_eq!(read(&[]).unwrap().describe()[0].source.to_string(), "default");
}

#[test]
fn a_settings_file_of_oceans_is_understood() {
    let settings = read_file_named("config.yaml", &[("THE_TOKEN", "ghp_x"), ("PORT_CLIENT_SECRET", "word")]).unwrap();
    assert_eq!(token(&settings), "ghp_x");
    assert_eq!(settings.integration_identifier, "my-github-copilot-integration", "a placeholder of nothing sets nothing");
    assert_eq!(settings.github.sources.first().organizations, ["acme", "octo-org"]);
    assert!(matches!(settings.scheduled_resync_interval, Some(Recurrence::Every(every)) if every == Duration::from_secs(7200)));
    assert_eq!((settings.event_listener, settings.initialize_port_resources), (EventListener::Once, false));
    assert!(matches!(settings.catalog(), Ok(CatalogChoice::Port { client_id: "id-in-file", .. })));
    assert_eq!(settings.ignored, ["integration.type (config.yaml:8)"]);
    let warnings: Vec<_> = settings.warnings.iter().map(|warning| (warning.message.as_str(), warning.help.as_deref())).collect();
    let expected =
        ("config.yaml:15: `integration.config.githubHosts` is no setting", Some("did you mean `integration.config.githubHost`?"));
    assert_eq!(warnings, [expected]);
    assert!(read_file_named("nothing.yaml", NO_VARIABLES).is_ok());
}

#[test]
fn a_secret_can_be_in_a_file() {
    for name in
        ["GITHUB_TOKEN_FILE", "OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN_FILE", "OCEAN__INTEGRATION__CONFIG__GITHUBTOKEN_FILE"]
    {
        assert_eq!(token(&read(&[(name, "token")]).unwrap()), "ghp_from_file", "{name}");
    }
    let better = read(&[("OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN_FILE", "token"), ("GITHUB_TOKEN", "ghp_plain")]);
    assert_eq!(token(&better.unwrap()), "ghp_from_file", "a better name wins, in a file or not");
}

#[test]
fn what_is_blank_counts_as_not_set() {
    let settings = read(&[("OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN", " "), ("GITHUB_TOKEN", "ghp_x"), ("PORT_CLIENT_ID", "")]);
    let settings = settings.unwrap();
    assert_eq!(token(&settings), "ghp_x");
    assert!(matches!(settings.catalog(), Ok(CatalogChoice::Embedded)));
}

#[test]
fn listeners_that_never_resync_and_origins_are_understood() {
    let read = |variables: &[(&str, &str)]| read(variables).unwrap();
    for listener in ["WEBHOOKS_ONLY", "ACTIONS_ONLY"] {
        assert_eq!(read(&[("OCEAN__EVENT_LISTENER__TYPE", listener)]).event_listener, EventListener::Never);
    }
    let json = read(&[("OCEAN__EVENT_LISTENER", r#"{"type":"POLLING","should_resync":false}"#)]);
    assert_eq!((json.event_listener, json.warnings), (EventListener::Never, vec![]));
    let once = [("OCEAN__EVENT_LISTENER__TYPE", "ONCE"), ("OCEAN__EVENT_LISTENER__SHOULD_RESYNC", "false")];
    assert_eq!(read(&once).event_listener, EventListener::Once, "it would have nothing to do, and never end");
    for (text, origin) in [("Empty", Origin::Empty), ("Default", Origin::Default), ("Port", Origin::Default)] {
        let settings = read(&[("OCEAN__CREATE_PORT_RESOURCES_ORIGIN", text)]);
        assert_eq!((settings.create_port_resources_origin, settings.warnings), (origin, vec![]));
    }
    assert_eq!(read(&[]).create_port_resources_origin, Origin::Default);
}

#[test]
fn half_of_a_catalog_is_told_and_not_replaced_by_the_embedded_one() {
    let table = [
        (vec![("PORT_CLIENT_ID", "x")], "no client secret for the catalog: set OCEAN__PORT__CLIENT_SECRET or PORT_CLIENT_SECRET"),
        (vec![("PORT_CLIENT_SECRET", "x")], "no client id for the catalog: set OCEAN__PORT__CLIENT_ID or PORT_CLIENT_ID"),
        (
            vec![("PORT_BASE_URL", "http://127.0.0.1:1")],
            "no credentials for the catalog at http://127.0.0.1:1 (PORT_BASE_URL): set PORT_CLIENT_ID and PORT_CLIENT_SECRET",
        ),
    ];
    for (variables, expected) in table {
        assert_eq!(read(&variables).unwrap().catalog().unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_verb_that_needs_the_token_says_how_to_set_it() {
    let error = read(NO_VARIABLES).unwrap().github.check_logins().unwrap_err().to_string();
    assert_eq!(error, "no token for GitHub: set OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN or GITHUB_TOKEN");
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_what_was_expected() {
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("OCEAN__CLIENT_TIMEOUT", "soon")], "OCEAN__CLIENT_TIMEOUT is `soon`, expected a number of seconds above 0"),
        (
            &[("OCEAN__PORT__BASE_URL", "api.port.io")],
            "OCEAN__PORT__BASE_URL is `api.port.io`, expected an address such as https://api.example.com",
        ),
        (
            &[("OCEAN__INTEGRATION__CONFIG__GITHUB_HOST", "https://me:ghp_x@host")],
            "OCEAN__INTEGRATION__CONFIG__GITHUB_HOST is something else, expected an address without credentials in it",
        ),
        (&[("GITHUB_TOKEN", "ghp x")], "GITHUB_TOKEN is something else, expected a secret of one line, without spaces"),
        (&[("GITHUB_TOKEN_FILE", "gone")], "cannot read gone, the file that GITHUB_TOKEN_FILE names: no such file"),
        (&[("GITHUB_TOKEN_FILE", "empty")], "cannot read empty, the file that GITHUB_TOKEN_FILE names: it is empty"),
        (
            &[("GITHUB_TOKEN_FILE", "token"), ("GITHUB_TOKEN", "x")],
            "both GITHUB_TOKEN_FILE and GITHUB_TOKEN are set, so it is not clear which one holds; unset one of them",
        ),
        (
            &[("OCEAN__EVENT_LISTENER", "ONCE")],
            "OCEAN__EVENT_LISTENER is something else, expected a JSON object with settings, such as {\"type\":\"ONCE\"}",
        ),
        (
            &[("OCEAN__EVENT_LISTENER__TYPE", "NEVER")],
            "OCEAN__EVENT_LISTENER__TYPE is `NEVER`, expected POLLING, ONCE, WEBHOOK, KAFKA, WEBHOOKS_ONLY or ACTIONS_ONLY",
        ),
        (&[("PILOTAGE_DELETION_THRESHOLD", "90")], "PILOTAGE_DELETION_THRESHOLD is `90`, expected a number from 0 to 1"),
        (
            &[("PILOTAGE_JQ_ENVIRONMENT", "HOME,GITHUB_TOKEN")],
            "PILOTAGE_JQ_ENVIRONMENT is a list with `GITHUB_TOKEN`, expected names of variables that hold no secret of ours: mappings could write it into entities",
        ),
        (
            &[("PILOTAGE_PARTIAL_OK", "x"), ("APPLICATION__PORT", "x")],
            "PILOTAGE_PARTIAL_OK is `x`, expected true or false\nAPPLICATION__PORT is `x`, expected a port, from 0 to 65535",
        ),
    ];
    for (variables, expected) in table {
        assert_eq!(read(variables).unwrap_err(), *expected);
    }
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line() {
    let table = [
        ("gone.yaml", "cannot read the settings file gone.yaml of --config: no such file"),
        ("twice.yaml", "twice.yaml:3: `mapping` stands here twice"),
        ("list.yaml", "list.yaml:1: expected settings as `key: value`"),
        ("group.yaml", "group.yaml:1: `port` is a plain value, expected settings below it"),
        ("unquoted.yaml", "unquoted.yaml:2: a key that is no text; a placeholder needs quotes: \"{{ from env NAME }}\""),
    ];
    for (file, expected) in table {
        assert_eq!(read_file_named(file, NO_VARIABLES).unwrap_err(), expected);
    }
    assert!(read_file_named("broken.yaml", NO_VARIABLES).unwrap_err().starts_with("broken.yaml:3: not YAML: "));
    let warnings = read_file_named("mapping.yaml", NO_VARIABLES).unwrap().warnings;
    assert_eq!(warnings[0].help.as_deref(), Some("a mapping goes to --mapping, settings to --config"));
}

#[test]
fn a_misspelt_variable_is_answered_with_the_nearest_one() {
    let table = [
        ("OCEAN__PORT__CLIENT_SECRTE", "OCEAN__PORT__CLIENT_SECRTE is no setting", "did you mean OCEAN__PORT__CLIENT_SECRET?"),
        ("OCEAN_PORT_CLIENT_ID", "OCEAN_PORT_CLIENT_ID is no setting", "did you mean OCEAN__PORT__CLIENT_ID?"),
        ("PILOTAGE_DATUM", "PILOTAGE_DATUM is no setting", "did you mean PILOTAGE_DATA?"),
        ("OCEAN__FROBNICATE", "OCEAN__FROBNICATE is no setting", "it has no effect"),
    ];
    for (name, message, help) in table {
        let expected = SettingsWarning { message: message.to_owned(), help: Some(help.to_owned()) };
        assert_eq!(read(&[(name, "x")]).unwrap().warnings, [expected]);
    }
    let in_json = read(&[("OCEAN__INTEGRATION", r#"{"config":{"githubTokn":"ghp_canary"}}"#)]).unwrap().warnings;
    assert_eq!(in_json[0].message, "OCEAN__INTEGRATION holds `integration.config.githubtokn`, which is no setting");
    assert_eq!(in_json[0].help.as_deref(), Some("did you mean `integration.config.githubToken`?"));
}

#[test]
fn what_kubernetes_says_of_a_service_of_that_name_is_no_slip() {
    let names = ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_OCEAN_PORT", "PORT", "PORT_8000_TCP", "PORT_8000_TCP_ADDR"];
    for name in names {
        for service in ["PILOTAGE", "OCEAN_GITHUB_COPILOT"] {
            let name = format!("{service}_{name}");
            assert_eq!(read(&[(&name, "tcp://10.0.0.1:8000")]).unwrap().warnings, [], "{name}");
        }
    }
    assert_eq!(read(&[("PILOTAGE_PORT", "8000")]).unwrap().warnings.len(), 1, "that was meant for us");
}

#[test]
fn what_ocean_would_do_and_we_do_not_is_told() {
    let table = [
        (("OCEAN__SSL__PORT__VERIFY", "False"), "OCEAN__SSL__PORT__VERIFY is `False`, which is not obeyed"),
        (
            ("OCEAN__SSL", r#"{"thirdParty":{"verify":false}}"#),
            "OCEAN__SSL (ssl.thirdparty.verify) is `false`, which is not obeyed",
        ),
        (
            ("OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED", "true"),
            "OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED is `true`, which is not obeyed",
        ),
    ];
    for (variable, message) in table {
        let settings = read(&[variable]).unwrap();
        assert_eq!(settings.warnings[0].message, message);
        assert_eq!((settings.warnings.len(), settings.ignored.len()), (1, 1));
    }
    assert_eq!(read(&[("OCEAN__SSL__PORT__VERIFY", "true")]).unwrap().warnings, []);
}

#[test]
fn a_container_can_name_its_settings_file_and_a_flag_goes_over_it() {
    let variables = [("PILOTAGE_CONFIG", "config.yaml"), ("THE_TOKEN", "ghp_x")];
    let settings = read(&variables).unwrap();
    assert_eq!(settings.github.sources.first().host, "https://api.acme.ghe.com");
    assert_eq!(settings.config_file, Some((PathBuf::from("config.yaml"), SettingOrigin::Variable("PILOTAGE_CONFIG".to_owned()))));
    let flag = Overrides { config: Some("nothing.yaml".into()), ..Overrides::default() };
    assert_eq!(read_with(&variables, flag).unwrap().github.sources.first().host, "https://api.github.com");
    let gone = read(&[("pilotage_config", "gone.yaml")]).unwrap_err();
    assert_eq!(gone, "cannot read the settings file gone.yaml of pilotage_config: no such file");
}

#[test]
fn mappings_see_listed_variables_and_only_when_that_is_allowed() {
    let listed = [("PILOTAGE_JQ_ENVIRONMENT", "REGION,STAGE"), ("REGION", "eu"), ("HOME", "/root")];
    let allow = ("OCEAN__ALLOW_ENVIRONMENT_VARIABLES_JQ_ACCESS", "true");
    assert!(read(&listed).unwrap().jq_environment.is_empty());
    let allowed = read(&[listed.as_slice(), &[allow]].concat()).unwrap();
    assert_eq!(allowed.jq_environment, BTreeMap::from([("REGION".to_owned(), "eu".to_owned())]));
    assert_eq!(allowed.warnings, []);
    let nothing_listed = read(&[allow]).unwrap();
    assert!(nothing_listed.jq_environment.is_empty());
    assert!(nothing_listed.warnings[0].message.contains("no variable is listed"));
}

#[test]
fn no_description_error_or_warning_shows_a_secret() {
    let canary = "canary-4711";
    let places = [
        "OCEAN__PORT__CLIENT_SECRET",
        "PORT_CLIENT_SECRET",
        "OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN",
        "OCEAN__INTEGRATION__CONFIG__GITHUBTOKEN",
        "GITHUB_TOKEN",
        "OCEAN__INTEGRATION__CONFIG__GITHUB_TOKNE",
        "OCEAN__INTEGRATION__CONFIG",
        "OCEAN__PORT",
        "OCEAN__ACTIONS_PROCESSOR__KEY",
    ];
    let shapes = [
        canary.to_owned(),
        format!("{canary} {canary}"),
        format!(r#"{{"githubToken":"{canary}","clientSecret":"{canary}","other":{{"x":"{canary}"}}}}"#),
        format!(r#"{{"githubToken":["{canary}"],"clientSecret":{{"x":"{canary}"}}}}"#),
        format!(r#"{{"githubHost":"https://{canary}@host","baseUrl":"https://host?sig={canary}""#),
        format!(r#"{{"githubHost":"https://{canary}@host","baseUrl":"https://host?sig={canary}"}}"#),
    ];
    for place in places {
        for value in &shapes {
            let shown = match read(&[(place, value)]) {
                Ok(settings) => format!("{settings:?}{:?}{:?}", settings.describe(), settings.catalog().map(|_| ())),
                Err(errors) => errors,
            };
            assert!(!shown.contains(canary), "{place}={value}: {shown}");
        }
    }
}

#[test]
fn every_setting_is_described_with_its_source() {
    let settings = read(&[("GITHUB_TOKEN", "ghp_x"), ("PILOTAGE_DATA", "/data")]).unwrap();
    let keys: Vec<_> = settings.describe().iter().map(|described| described.key).collect();
    let documented: Vec<_> = KNOWN.iter().map(|known| known.key).collect();
    assert_eq!(keys, documented);
    let shown = |key: &str| {
        let described = settings.describe().iter().find(|described| described.key == key).unwrap();
        format!("{} ({})", described.value.as_deref().unwrap_or("not set"), described.source)
    };
    assert_eq!(shown("integration.config.githubToken"), "[secret] (GITHUB_TOKEN)");
    assert_eq!(shown("data"), "/data (PILOTAGE_DATA)");
    assert_eq!(shown("port.clientId"), "not set (default)");
    assert_eq!(shown("clientTimeout"), "60 (default)");
}

#[test]
fn an_app_needs_both_halves_and_comes_before_a_token() {
    let id = ("PILOTAGE_GITHUB_APP_ID", "Iv23li");
    let key = ("OCEAN__INTEGRATION__CONFIG__GITHUB_APP_PRIVATE_KEY", "-----BEGIN\\nx\\n-----END");
    let file = ("PILOTAGE_GITHUB_APP_PRIVATE_KEY_FILE", "config.yaml");
    for key in [key, file] {
        let settings = read(&[id, key, ("GITHUB_TOKEN", "ghp_x")]).unwrap();
        assert!(matches!(settings.github.sources.first().login().unwrap(), GitHubLogin::App { id: "Iv23li", .. }), "{key:?}");
        assert!(!format!("{settings:?}").contains("BEGIN"));
    }
    for (set, missing) in [(id, "PILOTAGE_GITHUB_APP_PRIVATE_KEY"), (key, "PILOTAGE_GITHUB_APP_ID")] {
        let error = read(&[set]).unwrap().github.check_logins().unwrap_err().to_string();
        assert!(error.contains(missing), "{error}");
    }
}
