//! Mappings that are built into the program. A word names one where a file could stand; `./usage` is a file.

use std::path::Path;

use super::nearest::nearest;

/// Mapping that is built into the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundledMapping {
    /// Name, as `--mapping` takes it.
    pub name: &'static str,
    /// Path in the repository, its name in messages.
    pub file: &'static str,
    /// YAML.
    pub text: &'static str,
}

/// The default mapping: the three kinds of Ocean's documents.
pub const COPILOT: BundledMapping =
    BundledMapping { name: "copilot", file: "mappings/copilot.yaml", text: include_str!("../../../../mappings/copilot.yaml") };

/// The recommended mapping: today's kinds, a blueprint each.
pub const USAGE: BundledMapping =
    BundledMapping { name: "usage", file: "mappings/usage.yaml", text: include_str!("../../../../mappings/usage.yaml") };

/// AI tools beside GitHub Copilot, and one model of all.
pub const TOOLS: BundledMapping =
    BundledMapping { name: "tools", file: "mappings/tools.yaml", text: include_str!("../../../../mappings/tools.yaml") };

/// Teams, members and repositories of organizations.
pub const ORGANIZATION: BundledMapping = BundledMapping {
    name: "organization",
    file: "mappings/organization.yaml",
    text: include_str!("../../../../mappings/organization.yaml"),
};

/// AI credits that are billed.
pub const CREDITS: BundledMapping =
    BundledMapping { name: "credits", file: "mappings/credits.yaml", text: include_str!("../../../../mappings/credits.yaml") };

/// All of them.
pub const ALL: [BundledMapping; 5] = [COPILOT, USAGE, TOOLS, ORGANIZATION, CREDITS];

/// Bundled mapping that a path names. None: the path is that of a file.
pub fn at(path: &Path) -> Option<&'static BundledMapping> {
    ALL.iter().find(|bundled| path.as_os_str() == bundled.name)
}

/// Remedy for a path of no file. None for a path that cannot be meant as a name, for it has a `/` or a `.`.
pub fn remedy(path: &Path) -> Option<String> {
    let word = path.to_str().filter(|word| !word.is_empty() && !word.contains(['/', '\\', '.']))?;
    let near = nearest(word, ALL.iter().map(|bundled| bundled.name));
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let names: Vec<String> = ALL.iter().map(|bundled| format!("`{}`", bundled.name)).collect();
    Some(format!("{near}no file has that name, and the bundled mappings are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::super::file::Mapping;
    use super::*;

    #[test]
    fn a_bundled_mapping_can_be_used_as_it_is() {
        for bundled in ALL {
            let (mapping, findings) = Mapping::read(bundled.text, bundled.file);
            assert!(mapping.is_some_and(|mapping| !mapping.resources.is_empty()), "{}: {findings:?}", bundled.file);
        }
    }

    #[test]
    fn a_word_is_a_name_and_a_path_is_a_file() {
        let table = [
            ("usage", Some("mappings/usage.yaml"), true),
            ("copilot", Some("mappings/copilot.yaml"), true),
            ("tools", Some("mappings/tools.yaml"), true),
            ("organization", Some("mappings/organization.yaml"), true),
            ("credits", Some("mappings/credits.yaml"), true),
            ("./usage", None, false),
            ("usage.yaml", None, false),
            ("folder/usage", None, false),
            ("Usage", None, true),
            ("usgae", None, true),
        ];
        for (path, file, is_word) in table {
            let path = Path::new(path);
            assert_eq!(at(path).map(|bundled| bundled.file), file, "{path:?}");
            assert_eq!(remedy(path).is_some(), is_word, "{path:?}");
        }
        assert!(remedy(Path::new("usgae")).unwrap().starts_with("did you mean `usage`? "));
        assert!(remedy(Path::new("seats")).unwrap().starts_with(
            "no file has that name, and the bundled mappings are `copilot`, `usage`, `tools`, `organization`, `credits`"
        ));
    }
}
