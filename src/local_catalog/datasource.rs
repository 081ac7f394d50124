//! Who wrote an entity, as the API's `$datasource`. Pure.
//!
//! The API stores the `User-Agent` of the request that wrote an entity last. An integration of Ocean sends
//! `port-ocean/<type>/<version>/<identifier>/exporter` and finds what is its own by how that begins and ends, so that an
//! upgrade keeps it. The same integration sends the text without `/exporter` for requests that are not about entities; what
//! such a request writes is not found that way.

/// Longer user agents are cut.
const LENGTH: usize = 512;

/// What stands as `$datasource` when a request has no user agent.
const NONE: &str = "API";

/// The `$datasource` of what a request with this user agent writes.
pub(crate) fn of_user_agent(user_agent: Option<&str>) -> &str {
    let text = user_agent.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(NONE);
    &text[..text.floor_char_boundary(LENGTH)]
}

/// Whether something with this datasource is owned by whoever asks with this prefix and suffix.
pub(crate) fn is_owned(datasource: &str, prefix: &str, suffix: &str) -> bool {
    // Prefix and suffix may not share characters, or `port-ocean/x/` would own itself.
    datasource.strip_prefix(prefix).is_some_and(|rest| rest.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ownership_survives_an_upgrade_and_needs_the_exporter() {
        let cases = [
            ("port-ocean/github-copilot/0.3.104/mine/exporter", true),
            ("port-ocean/github-copilot/9.9/mine/exporter", true),
            ("port-ocean/github-copilot/0.3.104/mine", false),
            ("port-ocean/github-copilot/0.3.104/not-mine/exporter", false),
            ("port-ocean/github/0.3.104/mine/exporter", false),
            ("curl/8.0", false),
        ];
        for (user_agent, owned) in cases {
            let datasource = of_user_agent(Some(user_agent));
            assert_eq!(is_owned(datasource, "port-ocean/github-copilot/", "/mine/exporter"), owned, "{user_agent}");
        }
    }

    #[test]
    fn a_request_without_user_agent_has_a_datasource() {
        assert_eq!(of_user_agent(None), "API");
        assert_eq!(of_user_agent(Some(" ")), "API");
        assert_eq!(of_user_agent(Some(&"ü".repeat(600))).len(), 512);
    }
}
