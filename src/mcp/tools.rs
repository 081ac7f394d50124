//! The tools as data: name, description, arguments. All of them only read.

use serde_json::{Map, Value, json};

/// What a tool does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    ListFigures,
    DefineFigure,
    ShowFigure,
    ListRuns,
    ShowRun,
    ListKinds,
    ShowKind,
    ValidateMapping,
    PreviewMapping,
}

/// A tool.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    title: &'static str,
    description: &'static str,
    arguments: &'static [Argument],
    /// What to do when the result is too large.
    pub(super) smaller: &'static str,
    pub(super) call: Call,
}

/// An argument: its name, the schema's type, whether it is needed, and what it is.
type Argument = (&'static str, &'static str, bool, &'static str);

const ASK_OTHERWISE: &str = "ask for something else";

/// All tools.
pub(super) const ALL: &[Tool] = &[
    Tool {
        name: "list_figures",
        title: "List figures",
        description: "All figures with title, unit and sentence, and the organizations and enterprises of which numbers are kept.",
        arguments: &[],
        smaller: ASK_OTHERWISE,
        call: Call::ListFigures,
    },
    Tool {
        name: "define_figure",
        title: "Define a figure",
        description: "The whole definition of a figure: numerator, denominator, population, fields, first day, caveats, smallest group, source.",
        arguments: &[("figure", "string", true, "id, such as active-people")],
        smaller: ASK_OTHERWISE,
        call: Call::DefineFigure,
    },
    Tool {
        name: "show_figure",
        title: "Show a figure",
        description: "A figure of one scope: its definition and its points, each with a state. Without `since` the last 28 days.",
        arguments: &[
            ("figure", "string", true, "id, such as active-people"),
            ("scope", "string", false, "organization or enterprise; needed when there are several"),
            ("team", "string", false, "slug of a team"),
            ("since", "string", false, "first day, YYYY-MM-DD"),
            ("by", "string", false, "width of a point: day, week or month"),
        ],
        smaller: "begin with a later `since`, or ask by week or month",
        call: Call::ShowFigure,
    },
    Tool {
        name: "list_runs",
        title: "List runs",
        description: "The newest resyncs: when, how they ended, what they changed.",
        arguments: &[("limit", "integer", false, "how many, 10 unless said, 100 at most")],
        smaller: "ask for fewer with `limit`",
        call: Call::ListRuns,
    },
    Tool {
        name: "show_run",
        title: "Show a run",
        description: "One resync: counts of each kind, and every slice that was not read completely with its reason and remedy. Entities are counted, not named.",
        arguments: &[("id", "string", false, "id of the run or the beginning of it; the newest unless said")],
        smaller: ASK_OTHERWISE,
        call: Call::ShowRun,
    },
    Tool {
        name: "list_kinds",
        title: "List kinds",
        description: "What a mapping can collect: kinds with what each is about.",
        arguments: &[],
        smaller: ASK_OTHERWISE,
        call: Call::ListKinds,
    },
    Tool {
        name: "show_kind",
        title: "Show a kind",
        description: "The fields of a kind's items, which expressions of a mapping read.",
        arguments: &[("kind", "string", true, "name, such as organization-usage-metrics")],
        smaller: ASK_OTHERWISE,
        call: Call::ShowKind,
    },
    Tool {
        name: "validate_mapping",
        title: "Validate a mapping",
        description: "Findings of a mapping with places and remedies, as `pilotage validate` prints them. It is tried on simulated items.",
        arguments: &[
            ("mapping", "string", true, "text of the mapping, YAML"),
            ("name", "string", false, "file name in findings"),
        ],
        smaller: "mend the first findings, and validate again",
        call: Call::ValidateMapping,
    },
    Tool {
        name: "preview_mapping",
        title: "Preview a mapping",
        description: "What a mapping makes of items of a kind: each expression with its value or the reason for a null, and the entity. The items are simulated unless some are handed in.",
        arguments: &[
            ("mapping", "string", true, "text of the mapping, YAML"),
            ("kind", "string", true, "kind of the items"),
            ("first", "integer", false, "number of the first item, from 0"),
            ("limit", "integer", false, "items, 1 unless said, 5 at most"),
            ("items", "string", false, "items of your own, as JSON or a record a line"),
        ],
        smaller: "ask for fewer items with `limit`",
        call: Call::PreviewMapping,
    },
];

/// The tool of that name.
pub(super) fn find(name: &str) -> Option<&'static Tool> {
    ALL.iter().find(|tool| tool.name == name)
}

impl Tool {
    /// The tool as `tools/list` shows it.
    pub(super) fn json(&self) -> Value {
        let property = |(name, kind, _, about): &Argument| ((*name).to_owned(), json!({"type": kind, "description": about}));
        let properties: Map<String, Value> = self.arguments.iter().map(property).collect();
        let required: Vec<&str> =
            self.arguments.iter().filter(|(_, _, is_needed, _)| *is_needed).map(|(name, ..)| *name).collect();
        json!({
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": {"type": "object", "properties": properties, "required": required, "additionalProperties": false},
            "annotations": {"title": self.title, "readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false},
        })
    }

    /// An argument that the tool does not have.
    pub(super) fn unknown<'a>(&self, arguments: &'a Value) -> Option<&'a str> {
        let names = arguments.as_object()?.keys();
        names.map(String::as_str).find(|name| !self.arguments.iter().any(|(known, ..)| known == name))
    }
}
