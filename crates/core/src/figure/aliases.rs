//! Names of one thing that GitHub writes in several ways, put together. What is not in these tables stays as GitHub writes it.

/// Languages: a name, and the name under which it is counted.
pub const LANGUAGES: &[(&str, &str)] = &[
    ("csharp", "c#"),
    ("cpp", "c++"),
    ("fsharp", "f#"),
    ("golang", "go"),
    ("javascriptreact", "javascript"),
    ("typescriptreact", "typescript"),
    ("shell", "shellscript"),
    ("bash", "shellscript"),
    ("sh", "shellscript"),
    ("yml", "yaml"),
    ("jsonc", "json"),
    ("text", "plaintext"),
];

/// Models: a name, and the name under which it is counted.
pub const MODELS: &[(&str, &str)] = &[
    ("claude-4.6-sonnet", "claude-sonnet-4.6"),
    ("claude-4.6-opus", "claude-opus-4.6"),
    ("claude-4.5-sonnet", "claude-sonnet-4.5"),
    ("claude-4.5-opus", "claude-opus-4.5"),
    ("claude-4.5-haiku", "claude-haiku-4.5"),
    ("claude-4.0-sonnet", "claude-sonnet-4"),
];

pub(super) fn language(name: &str) -> String {
    alias(LANGUAGES, name)
}

pub(super) fn model(name: &str) -> String {
    alias(MODELS, name)
}

fn alias(table: &[(&str, &str)], name: &str) -> String {
    let name = name.to_lowercase();
    table.iter().find(|(from, _)| *from == name).map_or(name, |(_, to)| (*to).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_of_one_thing_are_one_and_an_alias_leads_to_no_alias() {
        assert_eq!((language("CSharp"), language("c#"), language("rust")), ("c#".into(), "c#".into(), "rust".into()));
        assert_eq!(model("claude-4.6-sonnet"), model("claude-sonnet-4.6"));
        for table in [LANGUAGES, MODELS] {
            assert!(table.iter().all(|(_, to)| table.iter().all(|(from, _)| from != to)));
        }
    }
}
