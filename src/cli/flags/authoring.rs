//! Flags of the verbs that help to write a mapping: all of them work offline.

use std::path::PathBuf;

use clap::Args;

use super::TextOrJson;
use super::names::kinds;

/// Flags of `kinds`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage kinds
  pilotage kinds organization-usage-metrics")]
pub struct KindsFlags {
    /// Show the fields of this kind's items
    #[arg(value_parser = kinds(), hide_possible_values = true)]
    pub kind: Option<String>,
    /// How it is printed
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: TextOrJson,
}

/// Flags of `validate`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage validate copilot.yaml
  pilotage validate copilot.yaml --blueprints blueprints/ --deny-warnings
  pilotage validate copilot.yaml --output sarif > findings.sarif
  pilotage validate copilot.yaml --fix
  pilotage validate --explain unknown-field

A comment `# pilotage: ignore[CODE]` on the line, or on the line above, ignores a finding.

Exit codes: 0 nothing wrong or only warnings, 2 something wrong")]
pub struct ValidateFlags {
    /// Mapping files, or `copilot` or `usage` for a bundled one [default: `copilot`]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Blueprints to check against: a JSON file, or a folder of them [default: the bundled ones]
    #[arg(long, value_name = "PATH", conflicts_with = "catalog")]
    pub blueprints: Option<PathBuf>,
    /// Check against the blueprints of the catalog, the one check that is not offline
    #[arg(long)]
    pub catalog: bool,
    /// Exit 2 for warnings too
    #[arg(long)]
    pub deny_warnings: bool,
    /// Correct in the files what can only be meant in one way, then say what is left
    #[arg(long)]
    pub fix: bool,
    /// With --fix: show the corrections, and change nothing
    #[arg(long, requires = "fix")]
    pub diff: bool,
    /// Print what a code means
    #[arg(long, value_name = "CODE", conflicts_with_all = ["files", "fix", "catalog", "blueprints"])]
    pub explain: Option<String>,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: FindingFormat,
}

/// Formats of findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum FindingFormat {
    /// For people, with a caret under the place
    #[default]
    Text,
    /// For programs
    Json,
    /// For code scanning
    Sarif,
    /// As annotations of a GitHub Actions run
    Github,
}

/// Flags of `test`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage test copilot.yaml           runs copilot.test.yaml beside it
  pilotage test copilot.yaml --update  writes the golden files of cases that fail anew

`now` is 2026-01-01T00:00:00Z in a test.
Exit codes: 0 all pass, 2 some fail")]
pub struct TestFlags {
    /// Mapping files; each has its cases in NAME.test.yaml beside it [default: every *.test.yaml here]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Run only cases whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Where something else comes out than a case's `expectFile` holds, write that file anew
    #[arg(long)]
    pub update: bool,
    /// How the results are printed
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: TextOrJson,
}

/// Flags of `preview`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage preview copilot.yaml
  pilotage preview copilot.yaml --kind copilot-seats --input seats.json --explain
  pilotage preview usage --kind copilot-seats --limit 1")]
#[command(group(clap::ArgGroup::new("items").args(["input", "sample"])))]
pub struct PreviewFlags {
    /// Mapping file, or `copilot` or `usage` for a bundled one [default: `copilot`]
    #[arg(value_name = "MAPPING")]
    pub mapping_file: Option<PathBuf>,
    /// The same as MAPPING
    #[arg(long, value_name = "FILE", conflicts_with = "mapping_file")]
    pub mapping: Option<PathBuf>,
    /// The kind of the items [default: each kind of the mapping]
    #[arg(long, value_name = "KIND", value_parser = kinds(), hide_possible_values = true)]
    pub kind: Option<String>,
    /// Items: a JSON value, a list of them, or one per line; `-` reads stdin [default: items of a simulated GitHub]
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Take items from a simulated GitHub, as without --input
    #[arg(long)]
    pub sample: bool,
    /// Show expression and value of each property, or why it is null; with --output json as one object per item
    #[arg(long)]
    pub explain: bool,
    /// Run again whenever a file changes
    #[arg(long)]
    pub watch: bool,
    /// How many items of a kind are taken; 0 takes all
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub limit: usize,
    /// How entities are printed: text is indented JSON, json one entity per line
    #[arg(long, value_name = "FORMAT", default_value_t)]
    pub output: TextOrJson,
}

impl PreviewFlags {
    /// The mapping that is named, in either way.
    pub fn mapping(&self) -> Option<&PathBuf> {
        self.mapping_file.as_ref().or(self.mapping.as_ref())
    }
}

/// Flags of `eval`.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pilotage eval '1 + 1'
  pilotage eval '.day' --kind organization-usage-metrics
  pilotage eval --run-tests cases.test

Every output is printed on a line of its own, as the engine gives it.
Without items the expression runs on null.

Exit codes: 0 done, 1 the expression raised an error or ran into a limit on some item,
2 it does not compile, or some cases of --run-tests fail")]
pub struct EvalFlags {
    /// The jq expression
    #[arg(value_name = "EXPRESSION", required_unless_present = "run_tests")]
    pub expression: Option<String>,
    /// Items: a JSON value, a list of them, or one per line; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Run on items of this kind, from a simulated GitHub
    #[arg(long, value_name = "KIND", conflicts_with = "input", value_parser = kinds(), hide_possible_values = true)]
    pub kind: Option<String>,
    /// The same as --kind alone
    #[arg(long, requires = "kind", hide = true)]
    pub sample: bool,
    /// How many items of the sample are taken; 0 takes all
    #[arg(long, value_name = "COUNT", default_value_t = 10, requires = "kind")]
    pub limit: usize,
    /// Run a file of cases in jq's own format: program, input and outputs on lines, blank lines between cases
    #[arg(long, value_name = "FILE", conflicts_with_all = ["expression", "input", "sample", "kind"])]
    pub run_tests: Option<PathBuf>,
}

/// Flags of `init`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage init && pilotage test copilot.yaml
  pilotage init teams.yaml --template teams")]
pub struct InitFlags {
    /// The mapping file to write; its test is written beside it
    #[arg(value_name = "FILE", default_value = "copilot.yaml")]
    pub file: PathBuf,
    /// What the mapping brings into the catalog
    #[arg(long, value_enum, default_value_t = InitTemplate::Starter, value_name = "NAME")]
    pub template: InitTemplate,
    /// Overwrite files that exist
    #[arg(long)]
    pub force: bool,
}

/// Templates of `init`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum InitTemplate {
    /// One kind with explanations, to learn from
    Starter,
    /// Days of teams, without people
    Teams,
    /// Seats and billing
    Seats,
    /// The recommended mapping: all of today's kinds
    All,
}
