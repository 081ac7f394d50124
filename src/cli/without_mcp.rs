//! In place of `mcp` in a program without that feature.

use super::failure::Failure;
use super::flags::McpFlags;
use super::process::Process;

/// Refuses.
pub(super) async fn run(_: &Process, _: &McpFlags) -> Result<u8, Failure> {
    let failure = Failure::not_built_in("`pilotage mcp` serves the Model Context Protocol", "mcp");
    Err(failure.help("use a program with it, such as that of a release"))
}
