//! Writer of an entity, as the API's `$datasource`. Pure.
//!
//! The API stores the `User-Agent` of the last request that wrote an entity. An integration of Ocean sends
//! `port-ocean/<type>/<version>/<identifier>/exporter`, and finds its entities by the beginning and the end of that, so that it
//! keeps them after an upgrade. For requests that are not about entities it leaves out `/exporter`; entities written by those
//! are not found that way.

/// Characters of a user agent that are kept.
const LENGTH: usize = 512;

/// Value of `$datasource` for a request without user agent.
const NONE: &str = "API";

/// Value of `$datasource` for a request with this user agent.
pub(crate) fn of_user_agent(user_agent: Option<&str>) -> &str {
    let text = user_agent.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(NONE);
    match text.char_indices().find(|(start, character)| start + character.len_utf8() > LENGTH) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// Checks whether a datasource has this prefix and suffix, and so belongs to the caller.
pub(crate) fn is_owned(datasource: &str, prefix: &str, suffix: &str) -> bool {
    // Prefix and suffix must not overlap, or `port-ocean/x/` would match itself.
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
