//! `pilotage schema`: the JSON Schema of mapping files, for editors.

use super::console;
use super::failure::{Failure, exit};
use crate::kind;
use crate::mapping;

pub(super) fn run() -> Result<u8, Failure> {
    let kinds: Vec<_> = kind::ALL.iter().map(|kind| (kind.name, kind.about)).collect();
    console::data(&format!("{:#}\n", mapping::schema::schema(&kinds)))?;
    Ok(exit::DONE)
}
