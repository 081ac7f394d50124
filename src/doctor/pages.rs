//! Addresses of GitHub's settings pages. Pure.

use url::Url;

use crate::github::CredentialKind;
use crate::model::segment::segment;

/// Name of an App that is proposed. GitHub asks for another where somebody has it.
const APP_NAME: &str = "pilotage";
/// Homepage of such an App, escaped; GitHub requires one.
const APP_HOMEPAGE: &str = "https%3A%2F%2Fdocs.github.com%2Frest%2Fcopilot";

/// Web address of an API's GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pages(String);

impl Pages {
    /// Web address for an API: `https://github.com`, `https://SUBDOMAIN.ghe.com` or that of a server.
    pub(super) fn of(api: &str) -> Self {
        let url = Url::parse(api).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
        let of_data_residency = host.strip_prefix("api.").filter(|host| host.ends_with(".ghe.com"));
        Self(match (of_data_residency, url.as_ref().map(Url::path)) {
            (Some(host), _) => format!("https://{host}"),
            (None, Some(path)) if path.starts_with("/api/v3") => format!("https://{host}"),
            (None, _) => "https://github.com".to_owned(),
        })
    }

    /// Page for making tokens of that type.
    pub(super) fn tokens(&self, kind: CredentialKind) -> String {
        match kind {
            CredentialKind::FineGrained => format!("{}/settings/personal-access-tokens", self.0),
            CredentialKind::App | CredentialKind::Installation => format!("{}/settings/apps", self.0),
            _ => format!("{}/settings/tokens", self.0),
        }
    }

    /// Page of the Copilot policies of an organization or an enterprise.
    pub(super) fn policies(&self, owner: &str, is_enterprise: bool) -> String {
        match is_enterprise {
            true => format!("{}/enterprises/{owner}/ai-controls/copilot", self.0),
            false => format!("{}/organizations/{owner}/settings/copilot/policies", self.0),
        }
    }

    /// Page on which an owner registers an App, filled in with these permissions, without a webhook and for nobody else.
    /// <https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-using-url-parameters>
    pub(super) fn new_app(&self, owner: &str, is_enterprise: bool, permissions: &[&str]) -> String {
        let owners = if is_enterprise { "enterprises" } else { "organizations" };
        let name = format!("name={APP_NAME}&url={APP_HOMEPAGE}&public=false&webhook_active=false");
        let permissions: String = permissions.iter().map(|permission| format!("&{permission}=read")).collect();
        format!("{}/{owners}/{}/settings/apps/new?{name}{permissions}", self.0, segment(owner))
    }

    /// Page of the installed Apps.
    pub(super) fn installations(&self, owner: &str, is_enterprise: bool) -> String {
        let owners = if is_enterprise { "enterprises" } else { "organizations" };
        format!("{}/{owners}/{owner}/settings/installations", self.0)
    }

    /// Page of the IP allow list.
    pub(super) fn security(&self, owner: &str, is_enterprise: bool) -> String {
        let owners = if is_enterprise { "enterprises" } else { "organizations" };
        format!("{}/{owners}/{owner}/settings/security", self.0)
    }

    /// Page of what is billed.
    pub(super) fn billing(&self, owner: &str, is_enterprise: bool) -> String {
        match is_enterprise {
            true => format!("{}/enterprises/{owner}/billing", self.0),
            false => format!("{}/organizations/{owner}/settings/billing", self.0),
        }
    }

    /// Page of members with their roles.
    pub(super) fn people(&self, owner: &str, is_enterprise: bool) -> String {
        let owners = if is_enterprise { "enterprises" } else { "orgs" };
        format!("{}/{owners}/{owner}/people", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_registered_by_its_owner_with_what_is_needed_and_no_more() {
        let pages = Pages::of("https://api.github.com");
        let page = pages.new_app("acme", false, &["members", "organization_copilot_metrics"]);
        assert!(
            page.starts_with("https://github.com/organizations/acme/settings/apps/new?name=pilotage&url=https%3A%2F%2F"),
            "{page}"
        );
        assert!(page.ends_with("&public=false&webhook_active=false&members=read&organization_copilot_metrics=read"), "{page}");
        assert!(pages.new_app("fl eet", true, &[]).contains("/enterprises/fl%20eet/settings/apps/new?"));
    }

    #[test]
    fn every_api_has_its_pages() {
        let table = [
            ("https://api.github.com", "https://github.com/settings/tokens"),
            ("https://api.octo.ghe.com", "https://octo.ghe.com/settings/tokens"),
            ("https://ghes.acme.test/api/v3", "https://ghes.acme.test/settings/tokens"),
            ("http://127.0.0.1:8080", "https://github.com/settings/tokens"),
        ];
        for (api, page) in table {
            assert_eq!(Pages::of(api).tokens(CredentialKind::Classic), page);
        }
    }
}
