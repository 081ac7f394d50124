//! Settings of the pages.

use std::net::{IpAddr, SocketAddr};

use super::layers::Layers;
use super::source::Raw;
use super::value::{self, Expected};
use crate::model::secret::Secret;

/// Settings of the pages.
#[derive(Clone, Debug, Default)]
pub struct WebSettings {
    /// Address of the pages; none: `serve` has none, `web` its default.
    pub listen: Option<SocketAddr>,
    /// Names by which they are called besides their address.
    pub allowed_hosts: Vec<String>,
    /// Token that signs in again and again.
    pub token: Option<Secret>,
    /// Roles that the token gives.
    pub roles: Vec<String>,
    /// Addresses of proxies that name the user.
    pub proxies: Vec<IpAddr>,
    /// Header in which a proxy names the user.
    pub proxy_user_header: String,
    /// Header in which a proxy names the user's groups.
    pub proxy_groups_header: String,
    /// Groups with the role people.
    pub people_groups: Vec<String>,
    /// Groups with the role operator.
    pub operator_groups: Vec<String>,
    /// Key of links to charts in frames of other sites; none: there are none.
    pub embed_key: Option<Secret>,
    /// Origins of the sites that may show charts in a frame.
    pub embed_from: Vec<String>,
}

impl WebSettings {
    /// Takes them out. None when one that has a default is wrong.
    pub(super) fn take(layers: &mut Layers<'_>) -> Option<Self> {
        let listen = layers.take("web.listen", socket);
        let allowed_hosts = layers.take("web.allowedHosts", value::list);
        let token = layers.take("web.token", value::secret);
        let roles = layers.take("web.roles", value::list);
        let proxies = layers.take("web.proxies", addresses);
        let proxy_user_header = layers.take("web.proxyUserHeader", value::header_text);
        let proxy_groups_header = layers.take("web.proxyGroupsHeader", value::header_text);
        let people_groups = layers.take("web.peopleGroups", value::list);
        let operator_groups = layers.take("web.operatorGroups", value::list);
        let embed_key = layers.take("web.embedKey", value::secret);
        let embed_from = layers.take("web.embedFrom", value::list);
        Some(Self {
            listen,
            allowed_hosts: allowed_hosts.unwrap_or_default(),
            token,
            roles: roles?,
            proxies: proxies.unwrap_or_default(),
            proxy_user_header: proxy_user_header?,
            proxy_groups_header: proxy_groups_header?,
            people_groups: people_groups.unwrap_or_default(),
            operator_groups: operator_groups.unwrap_or_default(),
            embed_key,
            embed_from: embed_from.unwrap_or_default(),
        })
    }
}

fn socket(raw: &Raw) -> Result<SocketAddr, Expected> {
    value::text(raw)?.trim().parse().map_err(|_| "an address with a port, such as 127.0.0.1:8090".to_owned())
}

fn addresses(raw: &Raw) -> Result<Vec<IpAddr>, Expected> {
    let parse = |text: &String| text.parse().map_err(|_| "IP addresses, such as 10.0.0.7,10.0.0.8".to_owned());
    value::list(raw)?.iter().map(parse).collect()
}
