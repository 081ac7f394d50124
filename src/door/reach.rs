//! Public and private addresses. Private are this machine, private networks and the services of a cloud. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that a client may connect to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Any address.
    #[default]
    Anywhere,
    /// Public addresses only, whatever a name resolves to, except for these hosts and hosts below them.
    Public {
        /// Names, or endings of names, in any case: `files.example.com`, `.example.com`.
        except: Vec<String>,
    },
}

impl Reach {
    /// Checks whether a connection to a host may use that address.
    pub fn allows(&self, host: &str, address: IpAddr) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Public { except } => is_public(address) || except.iter().any(|name| is_or_is_below(host, name)),
        }
    }
}

/// Checks whether a host has that name or is below it. A leading `*` or dot of the name is ignored.
pub fn is_or_is_below(host: &str, name: &str) -> bool {
    let (host, name) = (host.trim_end_matches('.').to_ascii_lowercase(), name.to_ascii_lowercase());
    let name = name.trim_start_matches('*').trim_start_matches('.');
    !name.is_empty() && (host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')))
}

/// Checks for a public address. IPv4 inside IPv6 is unwrapped.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    // Shared by carriers and clouds (RFC 6598), and reserved ranges.
    let is_shared = first == 100 && (64..128).contains(&second);
    let is_reserved = first == 0 || first >= 240;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || is_shared
        || is_reserved)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    let bytes = address.octets();
    let v4 = |at: usize| is_public_v4(Ipv4Addr::new(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]));
    match (first, second) {
        // NAT64 (RFC 6052) and 6to4 (RFC 3056) lead to the IPv4 address in them; the local NAT64 prefix to any private one.
        (0x64, 0xff9b) if third == 1 => false,
        (0x64, 0xff9b) => v4(12),
        (0x2002, _) => v4(2),
        _ => {
            let is_compatible = bytes[..12].iter().all(|byte| *byte == 0);
            !(is_compatible
                || address.is_loopback()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                // Site-local (RFC 3879), which is deprecated and still routed in private networks.
                || first & 0xffc0 == 0xfec0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_inside_is_not_public() {
        let inside = [
            "127.0.0.1",
            "127.8.9.1",
            "10.0.0.5",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "0.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "fc00::1",
            "ff02::1",
            "fec0::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.5",
            "::127.0.0.1",
            "64:ff9b::a00:5",
            "64:ff9b:1::1",
            "2002:7f00:1::",
        ];
        for address in inside {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        let outside = [
            "140.82.121.6",
            "20.60.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "198.18.0.5",
            "2606:50c0:8000::153",
            "::ffff:140.82.121.6",
            "64:ff9b::8c52:7906",
        ];
        for address in outside {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn named_hosts_may_lead_inside_and_others_may_not() {
        let reach = Reach::Public { except: vec![".files.example".to_owned(), "GHE.example".to_owned(), "*".to_owned()] };
        let inside: IpAddr = "10.0.0.5".parse().unwrap();
        for (host, expected) in [
            ("a.files.example", true),
            ("files.example", true),
            ("ghe.example.", true),
            ("evilfiles.example", false),
            ("files.example.evil.test", false),
        ] {
            assert_eq!(reach.allows(host, inside), expected, "{host}");
        }
        assert!(reach.allows("evil.test", "140.82.121.6".parse().unwrap()));
        assert!(Reach::Anywhere.allows("evil.test", inside));
    }
}
