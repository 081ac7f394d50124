//! Where requests may go. Pure: reads addresses, visits none.

use std::net::IpAddr;

use url::{Host, Url};

/// Names under which clouds hand out credentials to whoever asks from within.
const METADATA_HOSTS: [&str; 3] = ["metadata.google.internal", "metadata.goog", "instance-data"];

/// Addresses with the same purpose that are not link-local.
const METADATA_ADDRESSES: [&str; 3] = ["100.100.100.200", "168.63.129.16", "fd00:ec2::254"];

/// The address of GitHub's API: `https://api.github.com`, `https://api.SUBDOMAIN.ghe.com`, or a server of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiBase(Url);

impl ApiBase {
    /// Reads the address. One slash at the end is tolerated; a path is kept, so that `https://host/api/v3` works.
    ///
    /// # Errors
    /// When it is not an address of HTTP, or holds a user, a query or a fragment. The error says which, without the address.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text.strip_suffix('/').unwrap_or(text)).map_err(|_| "it is not a URL")?;
        match () {
            () if !matches!(url.scheme(), "http" | "https") => Err("it must begin with https:// or http://"),
            () if !url.username().is_empty() || url.password().is_some() => Err("it must not hold a user"),
            () if url.query().is_some() || url.fragment().is_some() => Err("it must not hold a query or a fragment"),
            () => Ok(Self(url)),
        }
    }

    /// The address of a path with its query, such as `/user/orgs?per_page=100`. None when it is none, or climbs.
    pub fn join(&self, path: &str) -> Option<Url> {
        // An address takes `%2E%2E` for `..`: a name that climbs would reach another endpoint.
        let dots = path.split('?').next().unwrap_or_default().replace("%2E", ".").replace("%2e", ".");
        if dots.split('/').any(|segment| matches!(segment, "." | "..")) {
            return None;
        }
        let base = self.0.as_str();
        Url::parse(&format!("{}/{}", base.strip_suffix('/').unwrap_or(base), path.trim_start_matches('/'))).ok()
    }

    /// The host, with its port where that is not the usual one.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether an address is at the same scheme, host and port, so that credentials may go there.
    pub fn is_home_of(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }

    /// An address of ours as people know it: path and query, without the host.
    pub fn path_of(&self, url: &Url) -> String {
        let path = url.path().strip_prefix(self.0.path().trim_end_matches('/')).unwrap_or(url.path());
        url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
    }

    /// Whether a file may be fetched from an address that an answer of GitHub named, or why not.
    ///
    /// It must be HTTPS, or this machine, or the API's own host; never an address that only machines inside a cloud should
    /// reach. When `suffixes` is not empty, the host must moreover be one of them or end with one.
    ///
    /// # Errors
    /// When it may not. The error names no part of the address, which may be signed.
    pub fn check_download(&self, url: &Url, suffixes: &[String]) -> Result<(), &'static str> {
        let host = url.host().ok_or("it has no host")?;
        let at_home = self.0.host() == Some(host.clone()) && self.0.scheme() == url.scheme();
        match () {
            () if !url.username().is_empty() || url.password().is_some() => Err("it holds a user"),
            () if is_internal(&host) => Err("it leads to an address inside of a cloud"),
            () if !(url.scheme() == "https" || url.scheme() == "http" && (is_loopback(&host) || at_home)) => {
                Err("it is not https")
            }
            () if !suffixes.is_empty() && !suffixes.iter().any(|suffix| ends_with(&host, suffix)) => {
                Err("its host is not among those allowed")
            }
            () => Ok(()),
        }
    }
}

fn ends_with(host: &Host<&str>, suffix: &str) -> bool {
    let (host, suffix) = (host.to_string().to_ascii_lowercase(), suffix.trim_start_matches("*").to_ascii_lowercase());
    let name = suffix.trim_start_matches('.');
    host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(_) => canonical(host).is_some_and(|address| address.is_loopback()),
    }
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

/// The address meant, also where IPv4 is written within IPv6.
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
            assert!(base.is_home_of(&joined));
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
        assert!(base.is_home_of(&url("https://API.github.com:443/x")));
        for elsewhere in ["http://api.github.com/x", "https://api.github.com:8443/x", "https://api.github.com.evil.test/x"] {
            assert!(!base.is_home_of(&url(elsewhere)), "{elsewhere}");
        }
    }

    #[test]
    fn files_are_fetched_from_https_or_from_this_machine_only() {
        let base = ApiBase::parse("https://api.github.com").unwrap();
        let allowed = [
            "https://copilot-reports.github.com/a?sig=1",
            "https://copilot-reports-x.b01.azurefd.net/a",
            "http://127.0.0.1:9000/a",
            "http://localhost:9000/a",
            "http://[::1]:9000/a",
        ];
        for link in allowed {
            assert_eq!(base.check_download(&url(link), &[]), Ok(()), "{link}");
        }
        let refused = [
            "http://copilot-reports.github.com/a",
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
    fn a_list_of_suffixes_narrows_the_hosts() {
        let base = ApiBase::parse("https://api.github.com").unwrap();
        let suffixes = ["copilot-reports.github.com".to_owned(), ".b01.azurefd.net".to_owned()];
        let check = |link| base.check_download(&url(link), &suffixes).is_ok();
        assert!(check("https://copilot-reports.github.com/a"));
        assert!(check("https://copilot-reports-7.b01.azurefd.net/a"));
        assert!(!check("https://evilcopilot-reports.github.com/a"));
        assert!(!check("https://copilot-reports.github.com.evil.test/a"));
    }
}
