//! People of AI tools, who are known by e-mail addresses, and by one name in all of them.

use super::*;

/// Keys of two simulated tools.
const KEYS: [(&str, &str); 2] = [("PILOTAGE_CLAUDE_CODE_ADMIN_KEY", "any"), ("PILOTAGE_CURSOR_ADMIN_KEY", "any")];

/// A simulated GitHub that is the tools, too, and the file of aliases of its people.
struct Tools {
    github: Simulated,
    data: TempDir,
    aliases: String,
}

impl Tools {
    fn new() -> Self {
        let (github, data) = (Simulated::new(), TempDir::new().unwrap());
        let aliases = data.path().join("people.yaml").display().to_string();
        fs::write(&aliases, "{}").unwrap();
        Self { github, data, aliases }
    }

    fn folder(&self) -> std::path::PathBuf {
        self.data.path().join("data")
    }

    /// Gives everybody with an address the login before its `@`, as the simulated people have it.
    fn write_aliases(&self) {
        let addresses = names(&self.folder()).into_iter().filter(|name| name.contains('@'));
        let lines = addresses.map(|address| format!("{address}: [{}]\n", login_of(&address)));
        fs::write(&self.aliases, lines.collect::<String>()).unwrap();
    }

    fn way<'a>(&'a self, way: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let hosts = ["PILOTAGE_CLAUDE_CODE_HOST", "PILOTAGE_CURSOR_HOST"].map(|name| (name, self.github.url.as_str()));
        let aliases = [("PILOTAGE_PEOPLE_ALIASES", self.aliases.as_str()), ("PILOTAGE_PARTIAL_OK", "true")];
        way.iter().copied().chain(KEYS).chain(hosts).chain(aliases).collect()
    }

    /// Reads all tools. What is printed is without the log of each request.
    fn resync(&self, way: &[(&str, &str)]) -> String {
        let said =
            self.github.run(&self.folder(), &self.way(way), &["resync", "--mapping", "tools", "--deletion-threshold", "1"]);
        said.lines().filter(|line| !line.contains(" DEBUG ")).collect::<Vec<_>>().join("\n")
    }

    fn command(&self, way: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
        run(pilotage(&self.folder(), &self.way(way)).args(arguments))
    }

    fn overlap(&self, way: &[(&str, &str)]) -> Value {
        let (code, stdout, stderr) = self.command(way, &["figures", "show", "tool-overlap", "--output", "json"]);
        assert_eq!(code, Some(0), "{stderr}");
        serde_json::from_str(&stdout).unwrap()
    }
}

fn login_of(address: &str) -> &str {
    address.split('@').next().unwrap()
}

/// The names that the history has of people: logins, and addresses of the people of tools.
fn names(folder: &Path) -> BTreeSet<String> {
    people(folder).into_iter().map(|person| person.login.trim_start_matches("github:").to_owned()).collect()
}

/// Files that hold one of these names.
fn holding(names: &BTreeSet<String>, folder: &Path) -> Vec<String> {
    let holds = |content: &[u8], name: &String| memchr::memmem::find(content, name.as_bytes()).is_some();
    let places = bytes(folder).into_iter();
    places.filter_map(|(place, content)| Some(format!("{place}: {}", names.iter().find(|name| holds(&content, name))?))).collect()
}

#[test]
fn addresses_go_with_the_names_and_a_person_of_three_tools_stays_one() {
    let tools = Tools::new();
    tools.resync(NAMES);
    tools.write_aliases();
    // Who is matched now was somebody else before.
    fs::remove_dir_all(tools.folder()).unwrap_or_default();
    tools.resync(NAMES);
    let (known, by_name) = (names(&tools.folder()), tools.overlap(NAMES));
    assert!(known.iter().any(|name| name.contains('@')), "{known:?}");
    let series: BTreeSet<&str> =
        by_name["points"].as_array().unwrap().iter().filter_map(|point| point["series"].as_str()).collect();
    assert!(series.contains("claude-code + copilot + cursor"), "{series:?}");
    let held = people(&tools.folder()).len();

    let said = tools.resync(PSEUDONYMS);
    assert!(said.contains("in place of `names`") && !said.contains("restated"), "{said}");
    assert_eq!(people(&tools.folder()).len(), held, "nobody is there twice");
    assert_eq!(tools.overlap(PSEUDONYMS), by_name);
    // A day without events proves nothing, so entities keep the old names there, and the run says that they are withheld.
    let places = holding(&known, &tools.folder());
    let (catalog, elsewhere): (Vec<_>, Vec<_>) = places.into_iter().partition(|place| place.contains("catalog.sqlite"));
    assert_eq!(elsewhere, [""; 0]);
    assert_eq!(catalog.is_empty(), !said.contains("is withheld"), "{catalog:?} {said}");

    tools.resync(NOBODY);
    assert_eq!(people(&tools.folder()), BTreeSet::new());
    let (code, _, stderr) = tools.command(NOBODY, &["figures", "show", "tool-overlap"]);
    assert_eq!(code, Some(2), "{stderr}");
}

#[test]
fn somebody_who_is_forgotten_goes_with_every_name_of_the_alias_file() {
    let tools = Tools::new();
    tools.resync(NAMES);
    let address = names(&tools.folder()).into_iter().find(|name| name.contains('@')).unwrap();
    let login = login_of(&address);
    tools.write_aliases();
    let both = BTreeSet::from([address.clone(), login.to_owned()]);
    assert!(!holding(&both, &tools.folder()).is_empty());

    let (code, stdout, stderr) = tools.command(NAMES, &["forget", login]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains(&format!("\n{address}\n")) && stdout.contains(", from "), "{stdout}");
    assert_eq!(holding(&both, &tools.folder()), [""; 0]);
    tools.resync(NAMES);
    assert_eq!(holding(&both, &tools.folder()), [""; 0], "nothing brings them back");
}
