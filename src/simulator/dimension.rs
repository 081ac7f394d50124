//! Dimensions of Copilot's metrics: editors, features, languages and models.
//!
//! The order is part of every world's bytes. Both `c#` and `csharp`, and both `claude-sonnet-4.6` and `claude-4.6-sonnet` are
//! intended: real reports hold such pairs.

/// Editor: GitHub's name, the plugin that reports from it, and their versions.
pub(super) struct Ide {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) plugin: &'static str,
    pub(super) plugin_version: &'static str,
    pub(super) weight: u32,
}

const fn ide(name: &'static str, version: &'static str, plugin: &'static str, plugin_version: &'static str, weight: u32) -> Ide {
    Ide { name, version, plugin, plugin_version, weight }
}

pub(super) const IDES: [Ide; 8] = [
    ide("vscode", "1.139.0", "copilot-chat", "0.46.1", 56),
    ide("intellij", "2026.2.3", "copilot-intellij", "1.9.2-252", 20),
    ide("visualstudio", "18.2.1", "copilot-vs", "18.2.114", 9),
    ide("neovim", "0.12.1", "copilot.vim", "1.62.0", 5),
    ide("xcode", "27.0", "copilot-xcode", "0.49.0", 4),
    ide("eclipse", "2026-09", "copilot-eclipse", "0.18.0", 3),
    ide("zed", "0.214.5", "zed", "0.214.5", 2),
    ide("others", "unknown", "unknown", "unknown", 1),
];
pub(super) const VSCODE: u8 = 0;

/// Feature of Copilot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Feature {
    CodeCompletion,
    ChatInline,
    ChatAsk,
    ChatEdit,
    ChatAgent,
    ChatPlan,
    ChatCustom,
    AgentEdit,
    Cli,
    App,
}

pub(super) const FEATURES: [&str; 10] = [
    "code_completion",
    "chat_inline",
    "chat_panel_ask_mode",
    "chat_panel_edit_mode",
    "chat_panel_agent_mode",
    "chat_panel_plan_mode",
    "chat_panel_custom_mode",
    "agent_edit",
    "copilot_cli",
    "copilot_app",
];

impl Feature {
    /// Checks for a chat feature in an editor.
    pub(super) fn is_chat(self) -> bool {
        matches!(self, Self::ChatInline | Self::ChatAsk | Self::ChatEdit | Self::ChatAgent | Self::ChatPlan | Self::ChatCustom)
    }
}

pub(super) const LANGUAGES: [(&str, u32); 18] = [
    ("typescript", 17),
    ("python", 16),
    ("java", 12),
    ("go", 8),
    ("csharp", 7),
    ("c#", 2),
    ("javascript", 8),
    ("rust", 3),
    ("kotlin", 4),
    ("ruby", 4),
    ("cpp", 4),
    ("swift", 2),
    ("sql", 3),
    ("yaml", 4),
    ("markdown", 3),
    ("shellscript", 2),
    ("terraform", 2),
    ("others", 1),
];

pub(super) const MODELS: [(&str, u32); 9] = [
    ("claude-sonnet-4.6", 28),
    ("gpt-5.4", 26),
    ("auto", 18),
    ("claude-opus-4.6", 8),
    ("gpt-5.4-mini", 8),
    ("gemini-3-pro", 6),
    ("claude-4.6-sonnet", 3),
    ("unknown", 2),
    ("others", 1),
];

/// The names of [`MODELS`] in bills.
pub(super) const BILLED_MODELS: [&str; MODELS.len()] = [
    "Claude Sonnet 4.6",
    "GPT-5.4",
    "Auto: GPT-5.4",
    "Claude Opus 4.6",
    "GPT-5.4 mini",
    "Gemini 3 Pro",
    "Claude Sonnet 4.6",
    "Auto: Claude Haiku 4.5",
    "Auto: Claude Haiku 4.5",
];

/// Third-party agents at GitHub: name and id.
pub(super) const THIRD_PARTY_AGENTS: [(&str, &str); 2] = [("Claude (Anthropic)", "2246796"), ("Codex (OpenAI)", "2248422")];

/// Customizations of the command line: GitHub's word, and the names that it shows. The last name stands for all of the
/// customer's own, which GitHub masks.
pub(super) const CUSTOMIZATIONS: [(&str, [&str; 4]); 5] = [
    ("skill", ["code-review", "create-pr", "write-tests", "other"]),
    ("custom_agent", ["explore", "task", "research", "other"]),
    ("mcp", ["github-mcp-server", "playwright", "context7", "other"]),
    ("slash_cmd", ["/plan", "/review", "/model", "custom"]),
    ("plugin", ["copilot-extras", "security-pack", "docs-pack", "other"]),
];

pub(super) const CLI_VERSIONS: [&str; 3] = ["1.0.88", "1.0.91", "1.0.94"];

/// Counts of most breakdowns, in the order of the reports.
pub(super) const METRICS: [&str; 7] = [
    "user_initiated_interaction_count",
    "code_generation_activity_count",
    "code_acceptance_activity_count",
    "loc_suggested_to_add_sum",
    "loc_suggested_to_delete_sum",
    "loc_added_sum",
    "loc_deleted_sum",
];

/// Values of [`METRICS`].
pub(super) type Metrics = [u64; 7];

/// Adoption phases.
pub(super) const PHASES: [&str; 4] = ["No Cohort", "Phase 1", "Phase 2", "Phase 3"];

/// Adds `more` to `sum`.
pub(super) fn add(sum: &mut Metrics, more: &Metrics) {
    for (total, part) in sum.iter_mut().zip(more) {
        *total += part;
    }
}
