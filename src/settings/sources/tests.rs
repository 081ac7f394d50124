//! Meaning of a list of sources, and the messages about a wrong one.

use std::io;
use std::path::{Path, PathBuf};

use super::*;
use crate::settings::{Overrides, Settings};

const FILE: &str = r#"
github:
  sources:
    - name: cloud
      token: "{{ from env CLOUD_TOKEN }}"
      organizations: [acme, "octo-*"]
      excludeTeams: contractors-*
    - host: https://api.fleet.ghe.com/
      app_id: Iv1.abc
      appPrivateKeyFile: key.pem
      enterprises:
        - fleet
    - organizations: beta
"#;

fn read_all(variables: &[(&str, &str)], config: Option<&str>) -> Result<Settings, String> {
    let environment: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let read_file = |path: &Path| match path.to_str() {
        Some("config.yaml") => Ok(config.unwrap_or_default().to_owned()),
        Some("key.pem") => Ok("-----BEGIN KEY-----".to_owned()),
        _ => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
    };
    let overrides = Overrides { config: config.map(|_| "config.yaml".into()), ..Overrides::default() };
    let sources = Sources { environment: &environment, overrides, read_file: &read_file, data_folder: PathBuf::from("/data") };
    Settings::read(&sources).map_err(|errors| errors.to_string())
}

fn told(settings: &Settings) -> Vec<String> {
    let login = |source: &GitHubSource| match source.login().unwrap() {
        GitHubLogin::Token(token) => token.expose().to_owned(),
        GitHubLogin::App { id, .. } => id.to_owned(),
    };
    let line = |source: &GitHubSource| {
        let whom = [&source.organizations[..], &source.enterprises].concat().join("+");
        format!("{} {} {} {whom}", source.label, source.host, login(source))
    };
    settings.github.check_logins().unwrap();
    settings.github.sources.iter().map(line).collect()
}

#[test]
fn each_source_of_a_file_has_its_own_host_and_credential_and_borrows_only_at_the_same_host() {
    let settings = read_all(&[("CLOUD_TOKEN", "ghp_cloud"), ("GITHUB_TOKEN", "ghp_single")], Some(FILE)).unwrap();
    assert_eq!(
        told(&settings),
        [
            "cloud https://api.github.com ghp_cloud acme+octo-*",
            "api.fleet.ghe.com https://api.fleet.ghe.com Iv1.abc fleet",
            "source 3 (api.github.com) https://api.github.com ghp_single beta",
        ]
    );
    assert_eq!(settings.warnings, []);
    assert_eq!(settings.github.sources.first().exclude_teams, ["contractors-*"]);
    let without = read_all(&[("CLOUD_TOKEN", "ghp_cloud")], Some(FILE)).unwrap();
    let error = without.github.check_logins().unwrap_err().to_string();
    assert_eq!(
        error,
        "no credential for the source `source 3 (api.github.com)`: set `token` of that source in `github.sources` or `tokenFile` of \
         that source in `github.sources` or `appId` of that source in `github.sources`"
    );
}

#[test]
fn oceans_single_settings_are_the_first_source_when_they_name_somebody() {
    let json = r#"[{"host": "https://api.fleet.ghe.com", "token": "ghp_fleet", "enterprise": "fleet"}]"#;
    let single = [("GITHUB_TOKEN", "ghp_single"), ("PILOTAGE_GITHUB_SOURCES", json)];
    let alone = read_all(&single, None).unwrap();
    assert_eq!(told(&alone), ["api.fleet.ghe.com https://api.fleet.ghe.com ghp_fleet fleet"]);
    assert!(alone.warnings[0].message.contains("is not used"), "{:?}", alone.warnings);
    let named = [&single[..], &[("OCEAN__INTEGRATION__CONFIG__GITHUB_ORGANIZATIONS", "acme")]].concat();
    assert_eq!(
        told(&read_all(&named, None).unwrap()),
        ["api.github.com https://api.github.com ghp_single acme", "api.fleet.ghe.com https://api.fleet.ghe.com ghp_fleet fleet"]
    );
    assert_eq!(told(&read_all(&single[..1], None).unwrap()), [" https://api.github.com ghp_single "]);
}

#[test]
fn what_is_wrong_with_a_source_is_told_and_no_secret_is_shown() {
    let table = [
        (r#"{"token": "ghp_canary"}"#, "is something else, expected a list of objects"),
        (r#"["ghp_canary"]"#, "is a list whose item 1 is no object, expected an object such as"),
        (r#"[{}, {"tokn": "ghp_canary"}]"#, "is a list whose item 2 has `tokn`, expected `token`"),
        (r#"[{"zzzzzzzz": "ghp_canary"}]"#, "has `zzzzzzzz`, expected `name`, `host`, `token`"),
        (r#"[{"host": "ghp_canary"}]"#, "has something else for `host`, expected an address such as"),
        (r#"[{"token": {"a": "ghp_canary"}}]"#, "has something else for `token`, expected a plain value"),
        (r#"[{"tokenFile": "none"}]"#, "cannot read none, the file that `tokenFile` in `github.sources` names"),
    ];
    for (json, expected) in table {
        let error = read_all(&[("PILOTAGE_GITHUB_SOURCES", json)], None).unwrap_err();
        assert!(error.contains(expected) && !error.contains("canary"), "{json}: {error}");
    }
    let half = read_all(&[("PILOTAGE_GITHUB_SOURCES", r#"[{"appId": "1"}]"#)], None).unwrap();
    assert!(half.github.check_logins().unwrap_err().to_string().contains("private key of the GitHub App"));
    let described = half.describe().iter().find(|described| described.key == KEY).unwrap();
    assert_eq!(described.value.as_deref(), Some("[secret]"));
}

#[test]
fn the_list_is_in_the_schema_and_a_file_may_hold_it_wrongly_once() {
    assert_eq!(schema()["items"]["properties"]["teams"]["type"][0], "array");
    let twice = "github:\n  sources:\n    - token: a\n      token: b\n";
    assert!(read_all(&[], Some(twice)).unwrap_err().contains("config.yaml:4: `token` stands here twice"));
    let empty = read_all(&[], Some("github:\n  sources: []\nmapping: x\n")).unwrap();
    assert_eq!(empty.github.sources.iter().map(|source| source.is_listed).collect::<Vec<_>>(), [false]);
}
