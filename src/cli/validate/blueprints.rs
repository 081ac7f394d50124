//! The blueprints that mappings are checked against: the bundled ones, those of files, or the catalog's.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::authoring::findings::KnownBlueprints;
use crate::cli::failure::{Failure, exit};
use crate::cli::flags::ValidateFlags;
use crate::cli::mapping_file::read_text;
use crate::cli::network::open_network;
use crate::cli::open_catalog::{catalog_failure, open_catalog};
use crate::cli::process::Process;
use crate::cli::{bundled, on_runtime};
use crate::model::blueprint::Blueprint;
use crate::reconcile::outcome::Mode;

pub(super) fn blueprints(process: &Process, flags: &ValidateFlags) -> Result<KnownBlueprints, Failure> {
    let (blueprints, are_bundled) = match &flags.blueprints {
        _ if flags.catalog => (catalog_blueprints(process)?, false),
        Some(path) => (read_blueprints(path)?, false),
        None => (bundled::blueprints()?, true),
    };
    Ok(KnownBlueprints { blueprints, are_bundled })
}

fn catalog_blueprints(process: &Process) -> Result<Vec<Blueprint>, Failure> {
    on_runtime(process, async {
        let settings = process.settings(process.common.overrides(None, false))?;
        let network = open_network(&settings)?;
        let (catalog, _embedded, destination) = open_catalog(process, &settings, &network, Mode::Plan)?;
        let blueprints = catalog.blueprints().await.map_err(|error| catalog_failure(exit::FAILED, &error))?;
        if blueprints.is_empty() {
            let failure = Failure::wrong(format!("{destination} has no blueprint to check against"));
            return Err(failure.help("a resync creates the bundled ones; without --catalog, those are checked against"));
        }
        Ok(blueprints)
    })
}

/// The blueprints of a JSON file, or of each `*.json` in a folder.
fn read_blueprints(path: &Path) -> Result<Vec<Blueprint>, Failure> {
    if !path.is_dir() {
        return read_blueprint_file(path);
    }
    let cannot = |error: std::io::Error| Failure::wrong(format!("cannot read the folder `{}`: {error}", path.display()));
    let entries = std::fs::read_dir(path).map_err(cannot)?;
    let files = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<PathBuf>, _>>().map_err(cannot)?;
    let mut files: Vec<_> = files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    if files.is_empty() {
        return Err(Failure::wrong(format!("there is no blueprint in `{}`: no file ends in .json", path.display())));
    }
    let blueprints = files.iter().map(|file| read_blueprint_file(file)).collect::<Result<Vec<_>, _>>()?;
    Ok(blueprints.concat())
}

/// One blueprint, a list of them, or the catalog's own answer `{"blueprints": [..]}`.
fn read_blueprint_file(file: &Path) -> Result<Vec<Blueprint>, Failure> {
    let text = read_text(file)?;
    let wrong = |error: serde_json::Error| {
        Failure::wrong(format!("`{}` holds no blueprint: {error}", file.display()))
            .help("a blueprint is what the catalog exports: an object with `identifier` and `schema`, or a list of them")
    };
    let mut json: Value = serde_json::from_str(&text).map_err(wrong)?;
    if let Some(list) = json.get_mut("blueprints").map(Value::take) {
        json = list;
    }
    match json {
        Value::Array(list) => list.into_iter().map(serde_json::from_value).collect::<Result<_, _>>().map_err(wrong),
        one => serde_json::from_value(one).map(|blueprint| vec![blueprint]).map_err(wrong),
    }
}
