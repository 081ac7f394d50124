//! The names by which the pages may be called. A page of another site that resolves its own name to this machine ("DNS
//! rebinding") reaches a server here from a user's browser, with that name as `Host`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Names and addresses of a server.
#[derive(Clone, Debug)]
pub(super) struct OwnHosts {
    listening: SocketAddr,
    named: Vec<Authority>,
}

/// A host with its port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Authority {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    Name(String),
}

impl OwnHosts {
    /// The names of a server that listens on that address. `named` are further ones, as `name` or `name:port`.
    ///
    /// # Errors
    /// The text that is no host.
    pub(super) fn new(listening: SocketAddr, named: &[String]) -> Result<Self, String> {
        let named = named.iter().map(|text| authority(text).ok_or_else(|| text.clone())).collect::<Result<_, _>>()?;
        Ok(Self { listening, named })
    }

    /// Whether a value of `Host` names this server.
    pub(super) fn is_own(&self, text: &str) -> bool {
        let Some(asked) = authority(text) else { return false };
        let is_named = |named: &Authority| named.host == asked.host && (named.port.is_none() || named.port == asked.port);
        let has_own_port = asked.port.unwrap_or(80) == self.listening.port();
        let here = self.listening.ip().to_canonical();
        let is_here = match &asked.host {
            // An address cannot be rebound, so a server that listens on all of them may be called by any.
            Host::Address(address) => is_loopback(*address) || *address == here || here.is_unspecified(),
            Host::Name(name) => name == "localhost",
        };
        has_own_port && is_here || self.named.iter().any(is_named)
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address == IpAddr::from([127, 0, 0, 1]) || address == IpAddr::V6(Ipv6Addr::LOCALHOST)
}

/// Reads `host`, `host:port`, `[address]` or `[address]:port`.
fn authority(text: &str) -> Option<Authority> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            (Host::Address(IpAddr::V6(address).to_canonical()), rest)
        }
        None => {
            let (host, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            match host.parse::<IpAddr>() {
                Ok(address) => (Host::Address(address), port),
                Err(_) => (Host::Name(name(host)?), port),
            }
        }
    };
    let port = match port {
        "" => None,
        port => {
            let digits = port.strip_prefix(':').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            Some(digits.parse().ok()?)
        }
    };
    Some(Authority { host, port })
}

/// A name in lower case, without a dot at its end.
fn name(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (!text.is_empty() && text.bytes().all(is_fit)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_addresses_with_the_own_port_and_given_names_are_own() {
        let named = ["copilot.example.com".to_owned(), "Pages.internal:8443".to_owned(), "10.1.1.1:9000".to_owned()];
        for (listening, host, expected) in [
            ("127.0.0.1:8090", "127.0.0.1:8090", true),
            ("127.0.0.1:8090", "LocalHost:8090", true),
            ("127.0.0.1:8090", "localhost.:8090", true),
            ("127.0.0.1:8090", "[::1]:8090", true),
            ("127.0.0.1:8090", "[0:0:0:0:0:0:0:1]:8090", true),
            ("127.0.0.1:80", "127.0.0.1", true),
            ("127.0.0.1:8090", "127.0.0.1", false),
            ("127.0.0.1:8090", "127.0.0.1:8091", false),
            ("127.0.0.1:8090", "127.0.0.1.evil.com:8090", false),
            ("127.0.0.1:8090", "127.0.0.1:8090.evil.com", false),
            ("127.0.0.1:8090", "127.0.0.1:8090@evil.com", false),
            ("127.0.0.1:8090", "localhost.evil.com:8090", false),
            ("127.0.0.1:8090", "evil.com", false),
            ("127.0.0.1:8090", "evil.com:8090", false),
            ("127.0.0.1:8090", "user@localhost:8090", false),
            ("127.0.0.1:8090", "", false),
            ("127.0.0.1:8090", ":8090", false),
            ("127.0.0.1:8090", "localhost:", false),
            ("127.0.0.1:8090", "localhost:+8090", false),
            ("127.0.0.1:8090", "[::1:8090", false),
            ("127.0.0.1:8090", "10.0.0.5:8090", false),
            ("127.0.0.1:8090", "0.0.0.0:8090", false),
            ("10.0.0.5:8090", "10.0.0.5:8090", true),
            ("10.0.0.5:8090", "10.0.0.6:8090", false),
            ("0.0.0.0:8090", "10.0.0.5:8090", true),
            ("0.0.0.0:8090", "pages:8090", false),
            ("0.0.0.0:8090", "copilot.example.com", true),
            ("0.0.0.0:8090", "COPILOT.example.com:443", true),
            ("0.0.0.0:8090", "evil.copilot.example.com", false),
            ("127.0.0.1:8090", "pages.internal:8443", true),
            ("127.0.0.1:8090", "pages.internal:8444", false),
            ("127.0.0.1:8090", "10.1.1.1:9000", true),
        ] {
            let hosts = OwnHosts::new(listening.parse().unwrap(), &named).unwrap();
            assert_eq!(hosts.is_own(host), expected, "{listening} called {host}");
        }
    }

    #[test]
    fn what_is_no_host_is_no_setting() {
        let listening = "127.0.0.1:1".parse().unwrap();
        for wrong in ["http://x", "a b", "x:y", ""] {
            assert_eq!(OwnHosts::new(listening, &[wrong.to_owned()]).unwrap_err(), wrong);
        }
    }
}
