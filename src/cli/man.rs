//! `pilotage man`: manual pages of all commands, for packages.

use std::path::Path;

use super::console::talk;
use super::failure::{Failure, exit};
use super::flags;

pub(super) fn run(folder: &Path) -> Result<u8, Failure> {
    let cannot = |error| Failure::failed(format!("cannot write manual pages to `{}`: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(cannot)?;
    clap_mangen::generate_to(flags::command(), folder).map_err(cannot)?;
    talk(&format!("wrote the manual pages to {}; `man -l {0}/pilotage.1` shows the first", folder.display()));
    Ok(exit::DONE)
}
