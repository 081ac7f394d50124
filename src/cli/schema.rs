//! `pilotage schema`: the JSON Schema of mapping files, for editors.

use super::console;
use super::failure::{Failure, exit};
use crate::kind::{self, Kind};
use crate::mapping;

pub(super) fn run() -> Result<u8, Failure> {
    let names =
        |kind: &'static Kind| std::iter::once(kind.name).chain(kind.aliases.iter().copied()).map(|name| (name, kind.about));
    let kinds: Vec<_> = kind::ALL.iter().flat_map(names).collect();
    console::data(console::Written::Json, &format!("{:#}\n", mapping::schema::schema(&kinds)))?;
    Ok(exit::DONE)
}
