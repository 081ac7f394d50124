//! Flags of `digest` and of `mcp`.

use std::path::PathBuf;

use clap::Args;

use crate::render::digest::chat::ChatForm;

/// Flags of `digest`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage digest
  pilotage digest --to-webhook-file slack-webhook --link https://copilot.example.com/
  pilotage digest --to-webhook-file teams-webhook --dry-run

A digest has the newest numbers of each organization, how they differ from the week before, and
what is withheld. It names nobody. The address of a webhook is a secret: whoever has it can
write into the chat. It is read from a file and shown nowhere.

Exit codes: 0 done, 1 the webhook refused it or did not answer, 2 wrong usage or nothing read")]
pub struct DigestFlags {
    /// File with the address of a webhook, to which the digest is sent [default: it is printed]
    #[arg(long, value_name = "FILE")]
    pub to_webhook_file: Option<PathBuf>,
    /// Form of the message [default: that of the webhook's host; text when it is printed]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<DigestFormat>,
    /// Only this organization or enterprise [default: all that were read]
    #[arg(long, value_name = "NAME")]
    pub scope: Option<String>,
    /// Address of the pages, for a link in the message
    #[arg(long, value_name = "URL")]
    pub link: Option<String>,
    /// Print the message and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The numbers of `pilotage demo` instead of yours
    #[arg(long)]
    pub demo: bool,
}

/// Forms of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum DigestFormat {
    /// For a terminal
    Text,
    /// Blocks of Slack
    Slack,
    /// An adaptive card of Teams
    Teams,
}

impl DigestFormat {
    /// The chat's form; none for a terminal.
    pub(in crate::cli) fn chat(self) -> Option<ChatForm> {
        match self {
            Self::Text => None,
            Self::Slack => Some(ChatForm::Slack),
            Self::Teams => Some(ChatForm::Teams),
        }
    }
}

/// Flags of `mcp`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pilotage mcp
  claude mcp add pilotage -- pilotage mcp
  pilotage mcp --demo

An assistant starts this program and speaks to it over stdin and stdout. Its tools read figures
and runs of the data folder, and try mappings on simulated items. They write nothing, ask nobody
on the network, and name nobody.

Exit codes: 0 stdin ended, 1 failed, 2 wrong settings or usage")]
pub struct McpFlags {
    /// The numbers of `pilotage demo` instead of yours
    #[arg(long)]
    pub demo: bool,
}
