//! Credentials that would go over a network unencrypted. Pure: reads addresses, makes no request.

use url::{Host, Url};

use super::error::SettingsWarning;
use super::source::SettingOrigin;
use super::sources::{GitHubSource, KEY};

/// Warns of a catalog's address that is not encrypted, when there is a secret to send there.
pub(super) fn of_port(base_url: Option<&str>, source: &SettingOrigin, has_secret: bool) -> Option<SettingsWarning> {
    let host = open_host(base_url.filter(|_| has_secret)?)?;
    Some(warning(&format!("{source} is not https, so the client secret and the catalog's token go unencrypted to `{host}`")))
}

/// Warns of GitHub's addresses that are not encrypted, when there is a credential to send there. `written` names the settings of the
/// single host and of the list.
pub(super) fn of_github(single: &GitHubSource, listed: &[GitHubSource], written: &[SettingOrigin; 2]) -> Vec<SettingsWarning> {
    let [single_source, list_source] = written;
    let told = |source: &SettingOrigin, what: &str, host: &str| {
        let host = open_host(host)?;
        Some(warning(&format!("{source} is not https{what}, so GitHub's token goes unencrypted to `{host}`")))
    };
    let has_login = |source: &GitHubSource| source.token.is_some() || source.app_id.is_some();
    let of_single = told(single_source, "", &single.host).filter(|_| has_login(single));
    let of_list = |source: &GitHubSource| {
        let is_told = source.host == single.host && of_single.is_some();
        told(list_source, &format!(" for a host in `{KEY}`"), &source.host).filter(|_| has_login(source) && !is_told)
    };
    let mut warnings: Vec<SettingsWarning> = listed.iter().filter_map(of_list).collect();
    warnings.extend(of_single);
    warnings.dedup();
    warnings
}

fn warning(message: &str) -> SettingsWarning {
    SettingsWarning { message: message.to_owned(), help: Some("anybody on the way can read it: use https://".to_owned()) }
}

/// The host of an address that is plain http and leads away from this machine.
fn open_host(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|url| url.scheme() == "http")?;
    let host = url.host()?;
    let is_this_machine = match &host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    };
    (!is_this_machine).then(|| host.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_way_to_another_machine_is_told() {
        let told =
            |address: &str| of_port(Some(address), &SettingOrigin::Flag("--base-url"), true).map(|warning| warning.to_string());
        for address in [
            "https://api.port.io",
            "http://localhost:8080",
            "http://demo.localhost",
            "http://127.0.0.9",
            "http://[::1]:80",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert_eq!(told(address), None, "{address}");
        }
        let expected = "--base-url is not https, so the client secret and the catalog's token go unencrypted to `vm`; \
                        anybody on the way can read it: use https://";
        assert_eq!(told("http://vm:8080/base").as_deref(), Some(expected));
        assert!(told("http://10.0.0.1").is_some());
        assert_eq!(of_port(Some("http://vm"), &SettingOrigin::Default, false), None);
        assert_eq!(of_port(None, &SettingOrigin::Default, true), None);
    }
}
