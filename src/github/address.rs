//! Addresses that requests may go to. Pure: parses addresses, makes no request.

use std::net::IpAddr;

use url::{Host, Url};

use crate::door::reach::{is_or_is_below, is_public};

/// Host names under which clouds serve credentials to machines inside them.
const METADATA_HOSTS: [&str; 3] = ["metadata.google.internal", "metadata.goog", "instance-data"];

/// Addresses with the same purpose that are not link-local.
const METADATA_ADDRESSES: [&str; 3] = ["100.100.100.200", "168.63.129.16", "fd00:ec2::254"];

/// Hosts of report files besides GitHub's own domains.
const REPORT_HOSTS: [&str; 2] = ["b01.azurefd.net", "blob.core.windows.net"];

/// Domain endings that only private networks resolve.
const PRIVATE_ENDINGS: [&str; 8] = ["localhost", "local", "internal", "lan", "intranet", "corp", "home.arpa", "test"];

/// The address of GitHub's API: `https://api.github.com`, `https://api.SUBDOMAIN.ghe.com`, or a server of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiBase(Url);

impl ApiBase {
    /// Parses the address. One trailing slash is accepted. A path is kept, so that `https://host/api/v3` works.
    ///
    /// # Errors
    /// Not an address of HTTP, or one with a user, a query or a fragment. The error says which, without the address.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text.strip_suffix('/').unwrap_or(text)).map_err(|_| "it is not a URL")?;
        match () {
            () if !matches!(url.scheme(), "http" | "https") => Err("it must begin with https:// or http://"),
            () if !url.username().is_empty() || url.password().is_some() => Err("it must not contain a user"),
            () if url.query().is_some() || url.fragment().is_some() => Err("it must not contain a query or a fragment"),
            () => Ok(Self(url)),
        }
    }

    /// Address of a path with its query, such as `/user/orgs?per_page=100`. None for an invalid path, or one with `..`.
    pub fn join(&self, path: &str) -> Option<Url> {
        // `Url` reads `%2E%2E` as `..`: such a name would reach another endpoint.
        let dots = path.split('?').next().unwrap_or_default().replace("%2E", ".").replace("%2e", ".");
        if dots.split('/').any(|segment| matches!(segment, "." | "..")) {
            return None;
        }
        let base = self.0.as_str();
        Url::parse(&format!("{}/{}", base.strip_suffix('/').unwrap_or(base), path.trim_start_matches('/'))).ok()
    }

    /// Host, with its port unless that is the default one.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Host without its port.
    pub fn name(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Checks whether an address has the same scheme, host and port, so that credentials may be sent to it.
    pub fn is_same_origin(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }

    /// Path and query of an address of this API, for messages.
    pub fn path_of(&self, url: &Url) -> String {
        let path = url.path().strip_prefix(self.0.path().trim_end_matches('/')).unwrap_or(url.path());
        url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
    }

    /// Checks whether a file may be fetched from an address that an answer of GitHub names.
    ///
    /// The address must be HTTPS, except for an API over plain HTTP: then the API's own host may serve it, and any port of this
    /// machine when the API runs there. It must not lead from a public API to a private network or this machine. Files of
    /// GitHub's own APIs come from known hosts, see [`ApiBase::file_hosts`]. `allowed` holds further hosts, or endings of
    /// hosts, and lifts these rules for them. Metadata addresses of clouds are never allowed.
    ///
    /// The addresses that a name resolves to are checked at the connection, see [`crate::door::reach`].
    ///
    /// # Errors
    /// The address is not allowed. The error holds no part of the address, which may be signed.
    pub fn check_download(&self, url: &Url, allowed: &[String]) -> Result<(), &'static str> {
        let host = url.host().ok_or("it has no host")?;
        let at_home = self.0.host() == Some(host.clone()) && self.0.scheme() == url.scheme();
        let is_plain_here = self.0.scheme() == "http" && self.0.host().is_some_and(|host| is_loopback(&host));
        let is_below = |name: &str| is_or_is_below(&host.to_string(), name);
        let known = self.file_hosts();
        match () {
            () if !url.username().is_empty() || url.password().is_some() => Err("it holds a user"),
            () if is_internal(&host) => Err("it leads to an address inside of a cloud"),
            () if !(url.scheme() == "https" || url.scheme() == "http" && (at_home || is_plain_here && is_loopback(&host))) => {
                Err("it is not https")
            }
            () if at_home || allowed.iter().any(|name| is_below(name)) => Ok(()),
            () if self.is_public() && is_private(&host) => Err("it leads into a private network or to this machine"),
            () if !known.is_empty() && !known.iter().any(|name| is_below(name)) => Err("its host is not one of GitHub's"),
            () => Ok(()),
        }
    }

    /// Hosts, or endings of hosts, of the files of GitHub's own APIs: those that GitHub's documentation asks firewalls to
    /// allow. Empty for GitHub Enterprise Server, whose files may be anywhere.
    ///
    /// <https://docs.github.com/en/copilot/reference/copilot-allowlist-reference>
    pub fn file_hosts(&self) -> Vec<String> {
        let host = self.0.host_str().unwrap_or_default();
        let own = match host.strip_prefix("api.") {
            Some("github.com") => vec!["github.com", "githubusercontent.com"],
            Some(tenant) if tenant.ends_with(".ghe.com") => vec![tenant, "github.com"],
            _ => return Vec::new(),
        };
        own.into_iter().chain(REPORT_HOSTS).map(str::to_owned).collect()
    }

    /// Checks whether the API is on the public internet: by its name, or by its address where it has no name.
    pub fn is_public(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name.contains('.') && !PRIVATE_ENDINGS.iter().any(|ending| is_or_is_below(name, ending))
            }
            Some(host) => canonical(&host).is_some_and(is_public),
            None => false,
        }
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_or_is_below(name, "localhost"),
        host => canonical(host).is_some_and(|address| address.is_loopback()),
    }
}

/// Checks whether a host is private, without resolving it.
fn is_private(host: &Host<&str>) -> bool {
    is_loopback(host) || canonical(host).is_some_and(|address| !is_public(address))
}

fn is_internal(host: &Host<&str>) -> bool {
    if let Host::Domain(name) = host {
        return METADATA_HOSTS.contains(&name.trim_end_matches('.'));
    }
    let Some(address) = canonical(host) else { return false };
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    link_local
        || address.is_unspecified()
        || address.is_multicast()
        || METADATA_ADDRESSES.iter().any(|known| known.parse() == Ok(address))
}

/// IP address of a host. IPv4 written inside IPv6 is unwrapped.
fn canonical(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address).to_canonical()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_name_that_climbs_joins_to_nothing() {
        let base = ApiBase::parse("https://api.github.com").unwrap();
        for name in [".", "..", "%2E%2E", "%2e.", ".%2E"] {
            assert_eq!(base.join(&format!("/orgs/{name}/teams?per_page=100")), None, "{name}");
        }
        assert!(base.join("/orgs/a..b/teams?x=..").is_some());
    }

    #[test]
    fn a_path_is_joined_to_every_form_of_base() {
        let cases = [
            ("https://api.github.com", "https://api.github.com/user/orgs?per_page=100"),
            ("https://api.github.com/", "https://api.github.com/user/orgs?per_page=100"),
            ("https://api.octo.ghe.com", "https://api.octo.ghe.com/user/orgs?per_page=100"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/user/orgs?per_page=100"),
            ("https://host/api/v3/", "https://host/api/v3/user/orgs?per_page=100"),
        ];
        for (base, expected) in cases {
            let base = ApiBase::parse(base).unwrap();
            let joined = base.join("/user/orgs?per_page=100").unwrap();
            assert_eq!(joined.as_str(), expected);
            assert_eq!(base.path_of(&joined), "/user/orgs?per_page=100");
            assert!(base.is_same_origin(&joined));
        }
    }

    #[test]
    fn a_base_that_is_no_address_of_http_is_refused() {
        for wrong in ["", "api.github.com", "ftp://api.github.com", "https://u:p@host", "https://host?x=1", "https://"] {
            assert!(ApiBase::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn home_is_the_same_scheme_host_and_port() {
        let base = ApiBase::parse("https://api.github.com").unwrap();
        assert!(base.is_same_origin(&url("https://API.github.com:443/x")));
        for elsewhere in ["http://api.github.com/x", "https://api.github.com:8443/x", "https://api.github.com.evil.test/x"] {
            assert!(!base.is_same_origin(&url(elsewhere)), "{elsewhere}");
        }
    }

    #[test]
    fn files_of_github_are_fetched_from_its_own_hosts_over_https_only() {
        let base = ApiBase::parse("https://api.github.com").unwrap();
        let allowed = [
            "https://copilot-reports.github.com/a?sig=1",
            "https://copilot-reports-x.b01.azurefd.net/a",
            "https://usagereports7.blob.core.windows.net/a",
            "https://objects.githubusercontent.com/a",
            "https://api.github.com/a",
        ];
        for link in allowed {
            assert_eq!(base.check_download(&url(link), &[]), Ok(()), "{link}");
        }
        let refused = [
            "http://copilot-reports.github.com/a",
            "http://127.0.0.1:9000/a",
            "http://localhost:9000/a",
            "http://[::1]:9000/a",
            "https://127.0.0.1:9000/a",
            "https://localhost/a",
            "https://10.0.0.5/a",
            "https://[::ffff:192.168.0.1]/a",
            "https://[fd00::1]/a",
            "https://evil.test/a",
            "https://evilgithub.com/a",
            "https://copilot-reports.github.com.evil.test/a",
            "file:///etc/passwd",
            "ftp://host/a",
            "https://169.254.169.254/latest/meta-data",
            "http://169.254.169.254/latest/meta-data",
            "https://2852039166/",
            "https://[fe80::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[fd00:ec2::254]/",
            "https://metadata.google.internal/",
            "https://0.0.0.0/",
            "https://user:pass@copilot-reports.github.com/a",
        ];
        for link in refused {
            assert!(base.check_download(&url(link), &[]).is_err(), "{link}");
        }
    }

    #[test]
    fn a_server_of_ones_own_over_http_may_serve_its_files_itself() {
        let base = ApiBase::parse("http://simulator:8080").unwrap();
        assert_eq!(base.check_download(&url("http://simulator:8081/a"), &[]), Ok(()));
        assert!(base.check_download(&url("http://other:8081/a"), &[]).is_err());
    }

    #[test]
    fn with_data_residency_files_are_at_the_tenants_hosts_too() {
        let base = ApiBase::parse("https://api.octo.ghe.com").unwrap();
        let check = |link| base.check_download(&url(link), &[]).is_ok();
        assert!(check("https://copilot-reports.octo.ghe.com/a") && check("https://copilot-reports-7.b01.azurefd.net/a"));
        assert!(!check("https://copilot-reports.other.ghe.com/a") && !check("https://evil.test/a"));
    }

    #[test]
    fn where_files_may_be_depends_on_where_the_api_is() {
        // The API, a file, and whether it is fetched.
        let table = [
            ("http://127.0.0.1:8080", "http://127.0.0.2:9000/a", true),
            ("http://localhost:8080", "http://[::1]:9000/a", true),
            ("http://127.0.0.1:8080", "http://10.0.0.5/a", false),
            ("http://127.0.0.1:8080", "https://10.0.0.5/a", true),
            ("https://127.0.0.1:8080", "http://127.0.0.1:9000/a", false),
            ("https://127.0.0.1:8080", "https://127.0.0.2:9000/a", true),
            ("http://simulator:8080", "http://127.0.0.1:9000/a", false),
            ("https://ghe", "https://10.0.0.5/a", true),
            ("https://github.acme.example", "https://files.acme.example/a", true),
            ("https://github.acme.example", "https://127.0.0.1/a", false),
            ("https://github.acme.example", "https://10.0.0.5/a", false),
            ("https://github.acme.example", "http://github.acme.example/a", false),
            ("https://140.82.121.6", "https://192.168.0.1/a", false),
            ("https://10.0.0.9", "https://10.0.0.5/a", true),
        ];
        for (api, link, expected) in table {
            assert_eq!(ApiBase::parse(api).unwrap().check_download(&url(link), &[]).is_ok(), expected, "{api} {link}");
        }
    }

    #[test]
    fn hosts_that_the_settings_name_are_allowed_beside_the_known_ones() {
        let base = ApiBase::parse("https://api.github.com").unwrap();
        let allowed =
            ["files.acme.example".to_owned(), "*.mirror.example".to_owned(), "10.0.0.5".to_owned(), "169.254.169.254".to_owned()];
        let check = |link| base.check_download(&url(link), &allowed).is_ok();
        assert!(check("https://files.acme.example/a") && check("https://a.mirror.example/a") && check("https://10.0.0.5/a"));
        assert!(check("https://copilot-reports.github.com/a"));
        assert!(!check("http://files.acme.example/a") && !check("https://evilfiles.acme.example.test/a"));
        assert!(!check("https://169.254.169.254/a"), "never");
    }
}
