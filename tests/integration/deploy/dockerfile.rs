//! Reads a Dockerfile into stages and instructions: enough to hold ours to its rules. A heredoc, or another escape character, is
//! not understood, and not used.

/// One instruction.
#[derive(Debug, PartialEq)]
pub(crate) struct Instruction {
    /// Counted from 1.
    pub(crate) line: usize,
    pub(crate) name: String,
    /// `--from=build` as (`from`, `build`).
    pub(crate) options: Vec<(String, String)>,
    pub(crate) rest: String,
}

/// One stage: what it starts from, its name, and its instructions.
#[derive(Debug, PartialEq)]
pub(crate) struct Stage {
    pub(crate) base: String,
    pub(crate) name: Option<String>,
    pub(crate) instructions: Vec<Instruction>,
}

impl Instruction {
    /// The words of a command that no shell stands before; none when one does.
    pub(crate) fn words(&self) -> Option<Vec<String>> {
        serde_json::from_str(&self.rest).ok()
    }

    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

impl Stage {
    pub(crate) fn all(&self, name: &str) -> Vec<&Instruction> {
        self.instructions.iter().filter(|instruction| instruction.name == name).collect()
    }

    /// The one instruction of that name.
    pub(crate) fn one(&self, name: &str) -> &Instruction {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name}: {all:?}");
        all[0]
    }
}

/// Reads the stages, and the instructions before the first.
pub(crate) fn read(text: &str) -> (Vec<Instruction>, Vec<Stage>) {
    let mut before = Vec::new();
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in instructions(text) {
        if instruction.name == "FROM" {
            let words: Vec<&str> = instruction.rest.split_whitespace().collect();
            let name = words.iter().position(|word| word.eq_ignore_ascii_case("as")).map(|place| words[place + 1].to_owned());
            stages.push(Stage { base: words[0].to_owned(), name, instructions: Vec::new() });
        } else if let Some(stage) = stages.last_mut() {
            stage.instructions.push(instruction);
        } else {
            before.push(instruction);
        }
    }
    (before, stages)
}

fn instructions(text: &str) -> Vec<Instruction> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let mut whole = line.trim().to_owned();
        while let Some(start) = whole.strip_suffix('\\') {
            let (_, next) = lines.next().expect("a line goes on");
            whole = format!("{}{}", start, if next.trim_start().starts_with('#') { "\\" } else { next.trim() });
        }
        let (name, mut rest) = whole.split_once(char::is_whitespace).unwrap_or_else(|| panic!("line {}: {whole}", index + 1));
        let mut options = Vec::new();
        while let Some(option) = rest.trim_start().strip_prefix("--") {
            let (option, after) = option.split_once(' ').unwrap();
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            options.push((key.to_owned(), value.to_owned()));
            rest = after;
        }
        found.push(Instruction { line: index + 1, name: name.to_owned(), options, rest: rest.trim().to_owned() });
    }
    found
}
