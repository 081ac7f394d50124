//! Answers that must have arrived for something to be known, worked out by asking the simulator directly: an account of
//! completeness that shares no line with the one under test.

use pilotage::door::http::{HttpService, Request, read_whole};
use serde_json::Value;
use tower::ServiceExt;

use super::generated_mapping::Shape;
use super::github_wire::{Log, LogKey};
use super::simulated_run::{API, FILES, Prepared};

/// One slice of a resource.
pub(crate) struct TrueSlice {
    pub(crate) scope: String,
    /// Paths that must arrive whole.
    pub(crate) paths: Vec<String>,
    /// The list of teams that names it, if one does.
    named_by: Option<String>,
    /// Paths that must arrive whole instead where GitHub says that the endpoint is closed, when there is anything in its place.
    pub(crate) instead: Vec<String>,
    /// Tells whether GitHub says that there is no report, which proves nothing of its content; then the same of the report in its place.
    has_no_report: bool,
    has_none_instead: bool,
    /// Tells whether an endpoint that GitHub has closed still answers, and with an empty list, which proves nothing.
    pub(crate) is_empty_list: bool,
}

impl TrueSlice {
    fn new(scope: String, paths: Vec<String>) -> Self {
        Self {
            scope,
            paths,
            named_by: None,
            instead: Vec::new(),
            has_no_report: false,
            has_none_instead: false,
            is_empty_list: false,
        }
    }

    /// Tells whether it was read from what is in the place of a closed endpoint.
    pub(crate) fn is_replaced(&self, number: usize, log: &Log) -> bool {
        let is_closed = |path: &String| log.closed.contains(&(number, path.clone()));
        !self.instead.is_empty() && self.paths.iter().any(is_closed)
    }

    /// Paths that had to arrive whole, after what was answered.
    fn needed(&self, number: usize, log: &Log) -> &[String] {
        if self.is_replaced(number, log) { &self.instead } else { &self.paths }
    }

    /// Tells whether all of it arrived whole, and the list that names it.
    fn arrived(&self, number: usize, log: &Log) -> bool {
        self.named_by.iter().all(|path| log.whole.contains(&(number, path.clone()))) && self.was_read(number, log)
    }

    /// Tells whether all of it arrived whole. The list that names it need not have.
    pub(crate) fn was_read(&self, number: usize, log: &Log) -> bool {
        let has_none = if self.is_replaced(number, log) { self.has_none_instead } else { self.has_no_report };
        !has_none && self.needed(number, log).iter().all(|path| log.whole.contains(&(number, path.clone())))
    }
}

/// One resource of the mapping.
pub(crate) struct TrueResource {
    pub(crate) blueprint: Option<String>,
    /// Tells whether some of its items cannot be mapped.
    pub(crate) is_picky: bool,
    /// Tells whether the mapping says that what it no longer makes is kept.
    pub(crate) keeps: bool,
    /// Lists that tell which slices there are: of organizations, then of teams.
    pub(crate) organizations: Vec<String>,
    pub(crate) teams: Vec<String>,
    pub(crate) slices: Vec<TrueSlice>,
}

pub(crate) struct Truth(pub(crate) Vec<TrueResource>);

impl Truth {
    pub(crate) async fn of(prepared: &Prepared) -> Self {
        let Prepared { api, files, .. } = prepared;
        let mut resources = Vec::new();
        let listed: Vec<String> = logins(&ask(api, "/user/orgs").await, "login");
        let named = &prepared.owners.organizations;
        for generated in &prepared.state.mapping.resources {
            let is_enterprise = generated.shape == Shape::EnterpriseDays;
            let mut resource = TrueResource {
                blueprint: generated.blueprint(),
                is_picky: false,
                keeps: generated.keeps,
                organizations: match (is_enterprise, named.is_empty()) {
                    (true, _) => Vec::new(),
                    (false, true) => vec!["/user/orgs".to_owned()],
                    (false, false) => named.iter().map(|login| format!("/orgs/{login}")).collect(),
                },
                teams: Vec::new(),
                slices: Vec::new(),
            };
            let owners = if is_enterprise { vec![prepared.state.world.enterprise.clone()] } else { listed.clone() };
            // Seats are read of the organizations and of the enterprise, when the settings name one.
            if let (Shape::Seats, Some(enterprise)) = (generated.shape, &prepared.owners.enterprise) {
                let paths = vec![format!("/enterprises/{enterprise}/copilot/billing/seats")];
                resource.slices.push(TrueSlice::new(enterprise.clone(), paths));
            }
            for owner in owners {
                let report = match generated.shape {
                    Shape::OrganizationDays | Shape::Organizations => "organization",
                    Shape::EnterpriseDays => "enterprise",
                    Shape::UserDays | Shape::DaysByUse | Shape::People | Shape::Ides | Shape::Picky => "users",
                    Shape::LegacyDays => {
                        let paths = vec![format!("/orgs/{owner}/copilot/metrics")];
                        let (instead, links) = report_paths("orgs", &owner, "users", api).await;
                        let has_none_instead = links.is_empty();
                        let is_empty_list = is_empty(&ask(api, &paths[0]).await);
                        resource.slices.push(TrueSlice {
                            instead,
                            has_none_instead,
                            is_empty_list,
                            ..TrueSlice::new(owner, paths)
                        });
                        continue;
                    }
                    Shape::Seats => {
                        let paths = vec![format!("/orgs/{owner}/copilot/billing/seats")];
                        resource.slices.push(TrueSlice::new(owner, paths));
                        continue;
                    }
                    Shape::LegacyTeamDays => {
                        let list = format!("/orgs/{owner}/teams");
                        for slug in logins(&ask(api, &list).await, "slug") {
                            let paths = vec![format!("/orgs/{owner}/team/{slug}/copilot/metrics")];
                            let is_empty_list = is_empty(&ask(api, &paths[0]).await);
                            let slice = TrueSlice::new(format!("{owner}/{slug}"), paths);
                            resource.slices.push(TrueSlice { named_by: Some(list.clone()), is_empty_list, ..slice });
                        }
                        resource.teams.push(list);
                        continue;
                    }
                };
                let level = if is_enterprise { "enterprises" } else { "orgs" };
                let (paths, links) = report_paths(level, &owner, report, api).await;
                if generated.shape == Shape::Picky {
                    for link in &links {
                        let text = fetch(files, link).await;
                        let users = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
                        resource.is_picky |= users.into_iter().any(|user| is_refused_by_the_selector(&user));
                    }
                }
                resource.slices.push(TrueSlice { has_no_report: links.is_empty(), ..TrueSlice::new(owner, paths) });
            }
            resources.push(resource);
        }
        Self(resources)
    }

    /// Tells whether there are items that cannot be mapped.
    pub(crate) fn is_picky(&self) -> bool {
        self.0.iter().any(|resource| resource.is_picky)
    }

    /// Tells whether there is anything that no run deletes, although it is not there any more.
    pub(crate) fn keeps_some(&self) -> bool {
        let keeps = |resource: &TrueResource| {
            resource.keeps || resource.slices.iter().any(|slice| slice.has_no_report || slice.is_empty_list)
        };
        self.is_picky() || self.0.iter().any(keeps)
    }

    /// Tells whether anything was read from what is in the place of a closed endpoint.
    pub(crate) fn is_replaced(&self, log: &Log) -> bool {
        let mut slices =
            self.0.iter().enumerate().flat_map(|(number, resource)| resource.slices.iter().map(move |slice| (number, slice)));
        slices.any(|(number, slice)| slice.is_replaced(number, log))
    }

    /// Paths whose latest answer was a success that proves nothing, and that were not sent whole at any time. Where GitHub says
    /// that the endpoint is closed, its earlier answers do not matter.
    pub(crate) fn doubtful<'log>(&self, log: &'log Log) -> impl Iterator<Item = &'log LogKey> {
        log.doubtful.iter().filter(|key| !log.whole.contains(*key) && !log.closed.contains(*key))
    }

    /// The resource that an entity came from.
    pub(crate) fn origin(&self, blueprint: &str, scope: Option<&str>) -> Option<usize> {
        let yields = |resource: &TrueResource| match &resource.blueprint {
            Some(constant) => constant == blueprint,
            None => blueprint.starts_with("agent_day") || blueprint.starts_with("plain_day"),
        };
        let has = |resource: &TrueResource| scope.is_none_or(|scope| resource.slices.iter().any(|slice| slice.scope == scope));
        self.0.iter().position(|resource| yields(resource) && has(resource))
    }

    /// Paths that a run without faults asks for.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for resource in &self.0 {
            let slices = resource.slices.iter().flat_map(|slice| &slice.paths);
            paths.extend(resource.organizations.iter().chain(&resource.teams).chain(slices).cloned());
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// Tells whether a slice arrived whole.
    pub(crate) fn arrived(&self, number: usize, slice: &TrueSlice, log: &Log) -> bool {
        let login = slice.scope.split('/').next().unwrap_or_default();
        let owner = format!("/orgs/{login}");
        let listed = self.0[number].organizations.iter().filter(|path| *path == "/user/orgs" || **path == owner);
        listed.into_iter().all(|path| was_listed(number, path, log)) && slice.arrived(number, log)
    }

    /// Tells whether something of a slice arrived that GitHub did not send.
    pub(crate) fn was_harmed(number: usize, slice: &TrueSlice, log: &Log) -> bool {
        slice.needed(number, log).iter().any(|path| log.harmed.contains(&(number, path.clone())))
    }

    /// Tells whether all of a resource arrived, and all of it can be mapped.
    pub(crate) fn proves(&self, number: usize, log: &Log) -> bool {
        let resource = &self.0[number];
        let whole = |path: &String| log.whole.contains(&(number, path.clone()));
        !resource.is_picky
            && resource.organizations.iter().all(|path| was_listed(number, path, log))
            && resource.teams.iter().all(whole)
            && resource.slices.iter().all(|slice| slice.arrived(number, log))
    }

    /// Tells whether entities of a blueprint that were not read are known to be gone.
    pub(crate) fn proves_absence(&self, blueprint: &str, log: &Log) -> bool {
        let yields = |resource: &TrueResource| resource.blueprint.as_deref().is_none_or(|constant| constant == blueprint);
        let is_orphan = !self.0.iter().any(yields);
        let concerned = (0..self.0.len()).filter(|number| is_orphan || yields(&self.0[*number]));
        !self.0.is_empty() && concerned.into_iter().all(|number| !self.0[number].keeps && self.proves(number, log))
    }
}

/// Organizations are listed once, for all resources from then on.
fn was_listed(number: usize, path: &str, log: &Log) -> bool {
    (0..=number).any(|number| log.whole.contains(&(number, path.to_owned())))
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_some_and(Vec::is_empty)
}

fn logins(list: &Value, name: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|object| object[name].as_str().unwrap().to_owned()).collect()
}

/// Tells whether the selector of [`Shape::Picky`] fails for a user.
fn is_refused_by_the_selector(user: &Value) -> bool {
    user["user_id"].as_u64().unwrap().is_multiple_of(3)
}

/// The paths of the report of the last 28 days, its manifest first, and the links to its files.
async fn report_paths(level: &str, owner: &str, report: &str, api: &HttpService) -> (Vec<String>, Vec<String>) {
    let manifest = format!("/{level}/{owner}/copilot/metrics/reports/{report}-28-day/latest");
    let links = ask(api, &manifest).await["download_links"].as_array().cloned().unwrap_or_default();
    let links: Vec<String> = links.iter().map(|link| link.as_str().unwrap().to_owned()).collect();
    let file = |link: &String| link.strip_prefix(FILES).unwrap().split('?').next().unwrap().to_owned();
    (std::iter::once(manifest).chain(links.iter().map(file)).collect(), links)
}

async fn ask(api: &HttpService, path: &str) -> Value {
    serde_json::from_str(&fetch(api, &format!("{API}{path}?per_page=100")).await).unwrap_or_default()
}

async fn fetch(service: &HttpService, address: &str) -> String {
    let mut request = http::Request::get(address).header("user-agent", "test");
    if address.starts_with(API) {
        request = request.header("authorization", "Bearer x");
    }
    let request: Request = request.body(bytes::Bytes::new()).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    String::from_utf8(read_whole(response.into_body(), 64 << 20).await.unwrap().to_vec()).unwrap()
}
