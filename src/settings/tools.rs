//! Settings of AI tools beside GitHub Copilot, and of the people who use several.

use std::path::PathBuf;

use super::layers::Layers;
use super::source::SettingOrigin;
use super::value;
use crate::model::secret::Secret;

/// Settings of the tools.
#[derive(Clone, Debug, Default)]
pub struct ToolsSettings {
    /// Claude Code.
    pub claude_code: ToolSettings,
    /// Cursor.
    pub cursor: ToolSettings,
    /// The file that says which names of different tools are one person.
    pub people_aliases: Option<PathBuf>,
}

/// One account of one tool.
#[derive(Clone, Debug, Default)]
pub struct ToolSettings {
    /// The name of the account in slices and entities.
    pub name: String,
    /// The address of its interface, without a slash at its end.
    pub host: String,
    /// The key; none when the tool is not read.
    pub admin_key: Option<Secret>,
    /// Where the key was found, for people.
    pub key_source: Option<SettingOrigin>,
}

impl ToolsSettings {
    /// Takes them out. None when one that has a default is wrong.
    pub(super) fn take(layers: &mut Layers<'_>) -> Option<Self> {
        let claude_code = ToolSettings::take(layers, ["claudeCode.adminKey", "claudeCode.host", "claudeCode.name"]);
        let cursor = ToolSettings::take(layers, ["cursor.adminKey", "cursor.host", "cursor.name"]);
        let people_aliases = layers.take("people.aliases", value::text).map(PathBuf::from);
        Some(Self { claude_code: claude_code?, cursor: cursor?, people_aliases })
    }

    /// True when no tool has a key.
    pub fn are_unset(&self) -> bool {
        self.claude_code.admin_key.is_none() && self.cursor.admin_key.is_none()
    }
}

impl ToolSettings {
    fn take(layers: &mut Layers<'_>, [key, host, name]: [&'static str; 3]) -> Option<Self> {
        let admin_key = layers.take(key, value::secret);
        let host = layers.take(host, value::url);
        let name = layers.take(name, value::header_text);
        let key_source = admin_key.is_some().then(|| layers.source(key));
        Some(Self { name: name?, host: host?, admin_key, key_source })
    }
}
