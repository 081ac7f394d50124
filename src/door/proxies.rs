//! The proxy for a request, by the environment.

use std::fmt;

use url::Url;

use super::variables::{NetworkError, Variables, first};
use crate::model::secret::Secret;

/// Every variable that is read here. Small letters do as well.
pub const PROXY_VARIABLES: &[&str] = &["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];

/// This machine is reached without a proxy, whatever variables say: a demo's or a test's server is not at the proxy's end.
const NEVER: &str = "localhost,127.0.0.0/8,::1";

/// The proxies of the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `https://`.
    pub(super) https: Option<Proxy>,
    /// For `http://`.
    pub(super) http: Option<Proxy>,
    /// Hosts that are reached without one: names with what ends in them, addresses, networks, with commas between.
    pub(super) exceptions: String,
}

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    /// Variable that names it.
    variable: String,
    /// Scheme, host and port, and no more: this is all that is ever shown.
    pub(super) url: Url,
    /// User and password, when there are any.
    pub(super) credentials: Option<(String, Secret)>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Proxy({} of {})", self.url, self.variable)
    }
}

impl Proxies {
    /// Reads the proxies.
    ///
    /// # Errors
    /// Fails when a variable is not the address of a proxy.
    pub fn read(variables: Variables<'_>) -> Result<Self, NetworkError> {
        let of = |names: &[&str]| first(variables, names).map(|(variable, value)| proxy(variable, &value)).transpose();
        let all = of(&["ALL_PROXY", "all_proxy"])?;
        let https = of(&["HTTPS_PROXY", "https_proxy"])?;
        let http = of(&["HTTP_PROXY", "http_proxy"])?;
        let exceptions = first(variables, &["NO_PROXY", "no_proxy"]).map(|(_, value)| format!("{NEVER},{value}"));
        Ok(Self {
            https: https.or_else(|| all.clone()),
            http: http.or(all),
            exceptions: exceptions.unwrap_or_else(|| NEVER.to_owned()),
        })
    }

    /// True when no variable names a proxy.
    pub(super) fn is_none(&self) -> bool {
        self.https.is_none() && self.http.is_none()
    }

    /// The proxy that requests to an address with that scheme go through, unless its host is an exception.
    pub(super) fn of(&self, scheme: &str) -> Option<&Proxy> {
        if scheme == "http" { self.http.as_ref() } else { self.https.as_ref() }
    }

    /// The variables that name proxies, with their values without credentials.
    pub fn shown(&self) -> Vec<(String, String)> {
        let mut shown: Vec<(String, String)> = Vec::new();
        for proxy in [&self.https, &self.http].into_iter().flatten() {
            if !shown.iter().any(|(variable, _)| *variable == proxy.variable) {
                shown.push((proxy.variable.clone(), proxy.address()));
            }
        }
        shown
    }

    /// The proxy that requests to an address with that scheme go through, unless its host is an exception, without credentials
    /// and with the variable that names it: `http://proxy.example.com:3128/ (HTTPS_PROXY)`.
    pub fn described(&self, scheme: &str) -> Option<String> {
        let proxy = self.of(scheme)?;
        Some(format!("{} ({})", proxy.address(), proxy.variable))
    }
}

impl Proxy {
    /// Without credentials.
    fn address(&self) -> String {
        self.url.to_string()
    }
}

/// Reads `[scheme://][user[:password]@]host[:port][/]`.
///
/// The credentials end at the last `@`, as most tools have it, so that a password may hold any character, escaped or not. An address
/// that cannot be used is not shown if it may hold credentials.
fn proxy(variable: String, value: &str) -> Result<Proxy, NetworkError> {
    let refuse = || {
        // Without an `@` there may still be a password that somebody forgot to end; only what reads as a host and a port is shown.
        let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
        let (host, port) = rest.split_once(':').unwrap_or((rest, ""));
        let is_name = host.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-'));
        let is_harmless = is_name && port.chars().all(|letter| letter.is_ascii_digit()) && value.is_ascii();
        let found = if is_harmless { format!("`{value}`") } else { "something else".to_owned() };
        let expected = "the address of a proxy, such as http://proxy.example.com:3128".to_owned();
        Err(NetworkError::Variable { variable: variable.clone(), found, expected })
    };
    // Tools have long taken an address without a scheme. A password may hold `://`, too.
    let (scheme, rest) = match value.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['@', ':', '/']) => (scheme.to_ascii_lowercase(), rest),
        _ => ("http".to_owned(), value),
    };
    let (credentials, place) = match rest.rsplit_once('@') {
        Some((credentials, place)) => (Some(credentials), place),
        None => (None, rest),
    };
    let Ok(url) = Url::parse(&format!("{scheme}://{}", place.strip_suffix('/').unwrap_or(place))) else { return refuse() };
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || !is_bare || place.contains('\\') {
        return refuse();
    }
    let credentials = credentials.filter(|credentials| !credentials.is_empty()).map(|credentials| {
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        (decoded(user), Secret::new(decoded(password)))
    });
    Ok(Proxy { variable, url, credentials })
}

/// A user or a password without the escapes of an address. A percent sign that begins none is meant as it stands.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Proxies, String> {
        let look_up = |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        Proxies::read(&look_up).map_err(|error| error.to_string())
    }

    #[test]
    fn each_scheme_has_its_variable_and_both_have_one_together() {
        type Row<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>, Option<&'a str>);
        let table: &[Row<'_>] = &[
            (&[], None, None),
            (&[("HTTPS_PROXY", "http://p:3128")], Some("http://p:3128/ (HTTPS_PROXY)"), None),
            (&[("https_proxy", "p:3128")], Some("http://p:3128/ (https_proxy)"), None),
            (&[("HTTP_PROXY", "https://p")], None, Some("https://p/ (HTTP_PROXY)")),
            (
                &[("ALL_PROXY", "http://a"), ("http_proxy", "http://h")],
                Some("http://a/ (ALL_PROXY)"),
                Some("http://h/ (http_proxy)"),
            ),
            (&[("HTTPS_PROXY", " "), ("all_proxy", "http://a")], Some("http://a/ (all_proxy)"), Some("http://a/ (all_proxy)")),
            (&[("HTTPS_PROXY", "http://me:word@p:3128")], Some("http://p:3128/ (HTTPS_PROXY)"), None),
        ];
        for (variables, https, http) in table {
            let proxies = read(variables).unwrap();
            assert_eq!(proxies.described("https").as_deref(), *https, "{variables:?}");
            assert_eq!(proxies.described("http").as_deref(), *http, "{variables:?}");
        }
    }

    #[test]
    fn this_machine_is_always_an_exception() {
        assert_eq!(read(&[]).unwrap().exceptions, "localhost,127.0.0.0/8,::1");
        assert_eq!(read(&[("no_proxy", "acme.test")]).unwrap().exceptions, "localhost,127.0.0.0/8,::1,acme.test");
    }

    #[test]
    fn what_is_no_address_of_a_proxy_is_named_without_its_password() {
        let expected = "expected the address of a proxy, such as http://proxy.example.com:3128";
        let table = [
            (("HTTPS_PROXY", "socks5://p:1080"), "HTTPS_PROXY is `socks5://p:1080`, "),
            (("all_proxy", "http://"), "all_proxy is `http://`, "),
            (("HTTP_PROXY", "socks5://me:word@p"), "HTTP_PROXY is something else, "),
            (("HTTPS_PROXY", "http://p:3128/path"), "HTTPS_PROXY is something else, "),
            (("HTTPS_PROXY", "http://me:wo?rd"), "HTTPS_PROXY is something else, "),
            (("HTTPS_PROXY", "http://p:3128/?token=word"), "HTTPS_PROXY is something else, "),
            (("HTTPS_PROXY", "http://CORP\\me:word"), "HTTPS_PROXY is something else, "),
        ];
        for (variable, start) in table {
            assert_eq!(read(&[variable]).unwrap_err(), format!("{start}{expected}"));
        }
    }

    #[test]
    fn credentials_end_at_the_last_at_sign_and_may_hold_any_character() {
        let table = [
            ("http://CORP\\me:S3cretPw@p:9", "CORP\\me", "S3cretPw"),
            ("http://me:12/S3cretPw@p:9", "me", "12/S3cretPw"),
            ("http://me:12#S3cretPw@p:9", "me", "12#S3cretPw"),
            ("http://me:12?S3cretPw@p:9/", "me", "12?S3cretPw"),
            ("http://me:a@b:c@p:9", "me", "a@b:c"),
            ("http://me:a%40b%23c@p:9", "me", "a@b#c"),
            ("http://me:100%@p:9", "me", "100%"),
            ("http://me:%zz%@p:9", "me", "%zz%"),
            ("http://me:x://y@p:9", "me", "x://y"),
            ("me:12/S3cretPw@p:9", "me", "12/S3cretPw"),
            ("http://me@p:9", "me", ""),
            ("http://me:pass word[]{}|^`\"<>@p:9", "me", "pass word[]{}|^`\"<>"),
            ("http://ü:ñ@p:9", "ü", "ñ"),
        ];
        for (address, user, password) in table {
            let proxies = read(&[("HTTPS_PROXY", address)]).unwrap();
            let proxy = proxies.https.as_ref().unwrap();
            let (found_user, found_password) = proxy.credentials.as_ref().unwrap();
            assert_eq!((found_user.as_str(), found_password.expose()), (user, password), "{address}");
            let shown = [proxies.described("https").unwrap(), format!("{:?}", proxies.shown()), format!("{proxies:?}")].concat();
            assert!(shown.contains("http://p:9/") && !shown.contains(['@', '\\', '%']) && !shown.contains("S3cretPw"), "{shown}");
        }
        assert_eq!(read(&[("HTTPS_PROXY", "http://p:9")]).unwrap().https.unwrap().credentials, None);
    }
}
