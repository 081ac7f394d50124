//! Which proxy a request goes through, as the environment says.

use url::Url;

use super::network::{NetworkError, Variables, first};

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

/// One proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    /// Who named it.
    variable: String,
    /// May hold credentials.
    pub(super) url: Url,
}

impl Proxies {
    /// Reads the proxies.
    ///
    /// # Errors
    /// When a variable holds no address of a proxy.
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

    /// Whether no variable names a proxy.
    pub(super) fn is_none(&self) -> bool {
        self.https.is_none() && self.http.is_none()
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
        let proxy = if scheme == "http" { self.http.as_ref()? } else { self.https.as_ref()? };
        Some(format!("{} ({})", proxy.address(), proxy.variable))
    }
}

impl Proxy {
    /// Without credentials.
    fn address(&self) -> String {
        let mut url = self.url.clone();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    }
}

fn proxy(variable: String, value: &str) -> Result<Proxy, NetworkError> {
    let expected = "the address of a proxy, such as http://proxy.example.com:3128";
    // Tools have long taken an address without a scheme.
    let address = if value.contains("://") { value.to_owned() } else { format!("http://{value}") };
    match Url::parse(&address) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.host_str().is_some() => Ok(Proxy { variable, url }),
        _ => {
            // What stands before the host may be a password.
            let found = if value.contains('@') { "something else".to_owned() } else { format!("`{value}`") };
            Err(NetworkError::Variable { variable, found, expected: expected.to_owned() })
        }
    }
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
        ];
        for (variable, start) in table {
            assert_eq!(read(&[variable]).unwrap_err(), format!("{start}{expected}"));
        }
    }
}
