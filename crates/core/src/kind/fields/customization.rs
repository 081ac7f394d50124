//! Fields about extensions of the command line: skills, agents, tool servers, commands and plugins.

use crate::model::field::{Field, FieldType};

const COUNT: Field = Field::plain("interaction_count", FieldType::Integer, "times used");

pub(super) const DISTINCT_SKILLS: Field =
    Field::plain("distinct_skill_use_count", FieldType::Integer, "how many different skills were used; not additive");
pub(super) const DISTINCT_AGENTS: Field =
    Field::plain("distinct_custom_agent_use_count", FieldType::Integer, "how many different agents of their own; not additive");
pub(super) const DISTINCT_SERVERS: Field =
    Field::plain("distinct_mcp_use_count", FieldType::Integer, "how many different MCP servers were used; not additive");
pub(super) const DISTINCT_COMMANDS: Field =
    Field::plain("distinct_slash_cmd_use_count", FieldType::Integer, "how many different slash commands were used; not additive");
pub(super) const DISTINCT_PLUGINS: Field =
    Field::plain("distinct_plugin_use_count", FieldType::Integer, "how many different plugins were used; not additive");

pub(super) const BY_SKILL: Field = Field::list(
    "totals_by_skill",
    "the five most used skills",
    &[Field::plain("skill", FieldType::Text, "the skill; names of one's own are masked"), COUNT],
);
pub(super) const BY_AGENT: Field = Field::list(
    "totals_by_custom_agent",
    "the five most used agents of their own",
    &[Field::plain("custom_agent", FieldType::Text, "the agent; names of one's own are masked"), COUNT],
);
pub(super) const BY_SERVER: Field = Field::list(
    "totals_by_mcp",
    "the five most used MCP servers",
    &[Field::plain("mcp", FieldType::Text, "the server; names of one's own are masked"), COUNT],
);
pub(super) const BY_COMMAND: Field = Field::list(
    "totals_by_slash_cmd",
    "the five most used slash commands",
    &[Field::plain("slash_cmd", FieldType::Text, "the command; names of one's own are masked"), COUNT],
);
pub(super) const BY_PLUGIN: Field = Field::list(
    "totals_by_plugin",
    "the five most used plugins; their skills are counted under skills too",
    &[Field::plain("plugin", FieldType::Text, "the plugin; names of one's own are masked"), COUNT],
);
