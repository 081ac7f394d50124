//! The counters that usage records and their breakdowns share, and the breakdowns.

use crate::model::field::{Field, FieldType};

pub(super) const INTERACTIONS: Field = Field::plain(
    "user_initiated_interaction_count",
    FieldType::Integer,
    "prompts that people sent; opening a panel or switching modes does not count",
);
pub(super) const GENERATIONS: Field =
    Field::plain("code_generation_activity_count", FieldType::Integer, "pieces of code that Copilot produced, comments included");
pub(super) const ACCEPTANCES: Field =
    Field::plain("code_acceptance_activity_count", FieldType::Integer, "pieces of code that people took over");
pub(super) const SUGGESTED_TO_ADD: Field =
    Field::plain("loc_suggested_to_add_sum", FieldType::Integer, "lines of code that Copilot suggested to add");
pub(super) const SUGGESTED_TO_DELETE: Field =
    Field::plain("loc_suggested_to_delete_sum", FieldType::Integer, "lines of code that Copilot suggested to delete");
pub(super) const ADDED: Field = Field::plain(
    "loc_added_sum",
    FieldType::Integer,
    "lines of code added with Copilot, by agents too, so it may exceed what was suggested",
);
pub(super) const DELETED: Field =
    Field::plain("loc_deleted_sum", FieldType::Integer, "lines of code deleted with Copilot, by agents too");

/// A list of the given fields, then the counters of code.
macro_rules! with_code_counters {
    ($($field:expr),* $(,)?) => {{
        use $crate::kind::fields::breakdown as counters;
        &[
            $($field,)*
            counters::GENERATIONS,
            counters::ACCEPTANCES,
            counters::SUGGESTED_TO_ADD,
            counters::SUGGESTED_TO_DELETE,
            counters::ADDED,
            counters::DELETED,
        ]
    }};
}

/// A list of the given fields, then all counters.
macro_rules! with_counters {
    ($($field:expr),* $(,)?) => {
        $crate::kind::fields::breakdown::with_code_counters![$($field,)* $crate::kind::fields::breakdown::INTERACTIONS]
    };
}

pub(super) use {with_code_counters, with_counters};

const FEATURE: Field =
    Field::plain("feature", FieldType::Text, "where in Copilot, such as `code_completion` or `agent_edit`; an open set");
const LANGUAGE: Field = Field::plain("language", FieldType::Text, "the programming language as the editor calls it");
const MODEL: Field = Field::plain("model", FieldType::Text, "the language model, `auto`, `unknown` or `others`");
const IDE: Field = Field::plain("ide", FieldType::Text, "the editor, such as `vscode`; an open set");

pub(super) const BY_FEATURE: Field = Field::list("totals_by_feature", "the counters by feature", with_counters![FEATURE]);
pub(super) const BY_LANGUAGE_FEATURE: Field = Field::list(
    "totals_by_language_feature",
    "the counters of code by language and feature",
    with_code_counters![LANGUAGE, FEATURE],
);
pub(super) const BY_LANGUAGE_MODEL: Field = Field::list(
    "totals_by_language_model",
    "the counters of code by language and model: chat, command line and app; completions have no model",
    with_code_counters![LANGUAGE, MODEL],
);
pub(super) const BY_MODEL_FEATURE: Field = Field::list(
    "totals_by_model_feature",
    "the counters by model and feature: chat, command line and app; completions have no model",
    with_counters![MODEL, FEATURE],
);
pub(super) const BY_IDE: Field =
    Field::list("totals_by_ide", "the counters by editor; the command line and the app are not editors", with_counters![IDE]);

const SAMPLED_AT: Field = Field::plain("sampled_at", FieldType::DateTime, "when it was seen");

/// [`BY_IDE`] of a user, with the versions in use.
pub(super) const BY_IDE_OF_USER: Field = Field::list(
    "totals_by_ide",
    "the counters by editor; the command line and the app are not editors",
    with_counters![
        IDE,
        Field::object(
            "last_known_ide_version",
            "the editor's version last seen",
            &[Field::plain("ide_version", FieldType::Text, "the version"), SAMPLED_AT],
        ),
        Field::object(
            "last_known_plugin_version",
            "the version of Copilot's plugin last seen",
            &[
                Field::plain("plugin", FieldType::Text, "the plugin's name"),
                Field::plain("plugin_version", FieldType::Text, "the version"),
                SAMPLED_AT,
            ],
        ),
    ],
);

const TOKENS: Field = Field::object(
    "token_usage",
    "tokens that were used",
    &[
        Field::plain("output_tokens_sum", FieldType::Integer, "tokens that came out"),
        Field::plain("prompt_tokens_sum", FieldType::Integer, "tokens that went in"),
        Field::plain("avg_tokens_per_request", FieldType::Number, "tokens per request; null without requests"),
    ],
);
const SESSIONS: Field = Field::plain("session_count", FieldType::Integer, "sessions");
const REQUESTS: Field = Field::plain("request_count", FieldType::Integer, "requests to models");
const PROMPTS: Field = Field::plain("prompt_count", FieldType::Integer, "prompts that people sent");

pub(super) const BY_CLI: Field =
    Field::object("totals_by_cli", "use of the command line; absent when there was none", &[SESSIONS, REQUESTS, PROMPTS, TOKENS]);

/// [`BY_CLI`] of a user, with the version in use.
pub(super) const BY_CLI_OF_USER: Field = Field::object(
    "totals_by_cli",
    "use of the command line; absent when there was none",
    &[
        SESSIONS,
        REQUESTS,
        PROMPTS,
        TOKENS,
        Field::object(
            "last_known_cli_version",
            "the version of the command line last seen",
            &[Field::plain("cli_version", FieldType::Text, "the version"), SAMPLED_AT],
        ),
    ],
);
pub(super) const BY_COPILOT_APP: Field = Field::object(
    "totals_by_copilot_app",
    "use of the Copilot app; absent or null when there was none",
    &[SESSIONS, REQUESTS, PROMPTS, TOKENS],
);
pub(super) const BY_VSCODE_AGENT: Field = Field::object(
    "totals_by_vscode_agent",
    "use of the window for agents in Visual Studio Code",
    &[SESSIONS, Field::plain("total_user_messages", FieldType::Integer, "messages that people sent there")],
);
pub(super) const BY_THIRD_PARTY_AGENT: Field = Field::list(
    "totals_by_3rd_party_agent",
    "use of agents of others; not part of the counters above",
    &[
        Field::plain("agent_name", FieldType::Text, "the agent's name"),
        Field::plain("agent_id", FieldType::Text, "what tells agents apart"),
        Field::plain("user_initiated_interaction_count", FieldType::Integer, "jobs that were started"),
        SESSIONS,
    ],
);
