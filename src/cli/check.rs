//! `pilotage doctor --check`: one request with a credential of the settings, to the host that it belongs to and to no other.

use url::Url;

use super::failure::Failure;
use super::flags::{CheckMethod, DoctorFlags};
use super::process::Process;
use super::sources::{self, Opened};
use super::tools;
use crate::doctor::{ExaminedSource, ExaminedTool, examine_path, examine_request};
use crate::door::client::json::JsonRequest;
use crate::door::http::HttpService;
use crate::kind;
use crate::model::day::Day;
use crate::model::diagnosis::Diagnosis;
use crate::settings::Settings;

/// Variables that may hold GitHub's credential of the single settings.
const OF_GITHUB: [&str; 6] = [
    "GITHUB_TOKEN",
    "OCEAN__INTEGRATION__CONFIG__GITHUB_TOKEN",
    "PILOTAGE_GITHUB_APP_ID",
    "GITHUB_APP_ID",
    "PILOTAGE_GITHUB_SOURCES",
    "OCEAN__INTEGRATION__CONFIG__GITHUB_APP_ID",
];

/// Where a credential may be sent.
struct Place<'a> {
    /// Names of its variables.
    variables: Vec<&'a str>,
    /// The address in the settings.
    base: &'a str,
    whose: Whose<'a>,
}

enum Whose<'a> {
    GitHub(&'a Opened),
    Tool(&'a ExaminedTool<'a>),
}

/// Makes the request.
///
/// # Errors
/// Fails before any request when the address is not below one that the settings name for the credential, and when the method may change
/// something there.
pub(super) async fn run(
    process: &Process,
    settings: &Settings,
    network: &HttpService,
    address: &str,
    DoctorFlags { credential, method, .. }: &DoctorFlags,
) -> Result<Diagnosis, Failure> {
    let credential = credential.as_deref();
    let asked = Url::parse(address).map_err(|error| Failure::wrong(format!("--check {address}: {error}")))?;
    let today = Day::of(process.clock.now());
    let opened = if tools::are_alone(settings) {
        Vec::new()
    } else {
        sources::open(process, settings, network)?.iter().cloned().collect()
    };
    let opened_tools = tools::open(process, settings, network)?;
    let examined = tools::examined(settings, &opened_tools, today);
    let of_github = opened.iter().map(|opened: &Opened| Place {
        variables: OF_GITHUB.to_vec(),
        base: &opened.source.host,
        whose: Whose::GitHub(opened),
    });
    let of_tools = examined.iter().filter(|tool| tool.client.is_some()).map(|tool| Place {
        variables: [tool.vendor.key_variable()].into_iter().chain(tools::other_variables(tool.vendor)).collect(),
        base: tool.address,
        whose: Whose::Tool(tool),
    });
    let places: Vec<Place<'_>> = of_github.chain(of_tools).collect();
    let named: Vec<&Place<'_>> =
        places.iter().filter(|place| credential.is_none_or(|name| place.variables.contains(&name))).collect();
    if let (Some(name), true) = (credential, named.is_empty()) {
        let known: Vec<&str> = places.iter().filter_map(|place| place.variables.first().copied()).collect();
        return Err(Failure::wrong(format!("--credential {name}: no credential of the settings has this variable"))
            .help(format!("there are {}", known.join(", "))));
    }
    let Some((place, path)) = named.iter().find_map(|place| Some((*place, below(place.base, &asked)?))) else {
        let bases: Vec<&str> = named.iter().map(|place| place.base).collect();
        return Err(Failure::wrong(format!(
            "--check {}: a credential is sent only to the host that the settings name for it",
            without_query(&asked)
        ))
        .help(format!("give an address that begins with {}", bases.join(" or "))));
    };
    match &place.whose {
        Whose::GitHub(_) if *method == Some(CheckMethod::Post) => Err(changes("all that is read of GitHub is read with GET")),
        Whose::GitHub(Opened { source, github }) => {
            let selection = sources::selection(source);
            let of_settings = ExaminedSource {
                github,
                address: &source.host,
                label: &source.label,
                credential_source: credential,
                organizations: &[],
                selection: &selection,
                enterprises: &[],
            };
            Ok(examine_path(&of_settings, &path, &process.clock).await)
        }
        Whose::Tool(tool) => {
            // A list that is asked for with POST is asked for as a resync does.
            let without_query = path.split('?').next().unwrap_or_default();
            let of_kind = tool.requests.iter().find(|(kind, _)| kind.path().0 == without_query);
            let kind = of_kind.map_or_else(|| kind::of(tool.vendor).next(), |(kind, _)| Some(*kind));
            let request = match (method, of_kind.filter(|(_, request)| request.body.is_some())) {
                (None | Some(CheckMethod::Post), Some((_, request))) => request.clone(),
                (Some(CheckMethod::Post), None) => return Err(changes("no list of this tool at this address is read with POST")),
                (None | Some(CheckMethod::Get), _) => JsonRequest::get(path),
            };
            let kind = kind.ok_or_else(|| Failure::failed("the tool has no kinds"))?;
            Ok(examine_request(tool, kind, &request, &process.clock).await)
        }
    }
}

/// A method that may change something.
fn changes(reason: &str) -> Failure {
    Failure::wrong(format!("--method POST: {reason}, and doctor changes nothing")).help("leave it out, or give GET")
}

/// The path with its query, when the address is below the base: the same scheme, host and port, and a path that begins with its own.
fn below(base: &str, asked: &Url) -> Option<String> {
    let base = Url::parse(base).ok()?;
    let is_same = base.scheme() == asked.scheme()
        && base.host_str() == asked.host_str()
        && base.port_or_known_default() == asked.port_or_known_default()
        && asked.username().is_empty()
        && asked.password().is_none();
    let path = asked.path().strip_prefix(base.path().trim_end_matches('/')).filter(|path| path.starts_with('/') && is_same)?;
    Some(match asked.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

/// An address without what may be secret in it.
fn without_query(address: &Url) -> String {
    let port = address.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", address.scheme(), address.host_str().unwrap_or_default(), address.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_below_another_only_at_the_same_host_and_without_a_user() {
        let table = [
            ("https://api.github.com", "https://api.github.com/user?x=1", Some("/user?x=1")),
            ("https://github.acme.test/api/v3", "https://github.acme.test/api/v3/user", Some("/user")),
            ("https://github.acme.test/api/v3", "https://github.acme.test/api/v34/user", None),
            ("https://github.acme.test/api/v3", "https://github.acme.test/other", None),
            ("https://api.github.com", "http://api.github.com/user", None),
            ("https://api.github.com", "https://api.github.com:8443/user", None),
            ("https://api.github.com", "https://api.github.com.evil.test/user", None),
            ("https://api.github.com", "https://api.github.com@evil.test/user", None),
            ("https://api.github.com", "https://me@api.github.com/user", None),
        ];
        for (base, asked, expected) in table {
            assert_eq!(below(base, &Url::parse(asked).unwrap()).as_deref(), expected, "{asked}");
        }
    }
}
