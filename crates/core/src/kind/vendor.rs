//! Vendors whose interfaces kinds are read from.

/// Vendors whose interfaces kinds are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Vendor {
    /// GitHub.
    GitHub,
    /// Anthropic, for Claude Code.
    ClaudeCode,
    /// Cursor.
    Cursor,
    /// None of its own: items are made of those of other kinds.
    Several,
}

impl Vendor {
    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::ClaudeCode => "Claude Code",
            Self::Cursor => "Cursor",
            Self::Several => "the AI tools",
        }
    }

    /// The environment variable that holds the key. Empty where there is none.
    pub fn key_variable(self) -> &'static str {
        match self {
            Self::GitHub => "GITHUB_TOKEN",
            Self::ClaudeCode => "PILOTAGE_CLAUDE_CODE_ADMIN_KEY",
            Self::Cursor => "PILOTAGE_CURSOR_ADMIN_KEY",
            Self::Several => "",
        }
    }
}
