//! The folder in which the demo keeps its own data, beside that of the user.

use std::path::PathBuf;

/// The demo's subfolder of the data folder, so that it never mixes with a real catalog.
const DEMO_FOLDER: &str = "demo";

/// The data folder that a command looks at, given that of the settings.
pub(super) fn folder(data: PathBuf, is_demo: bool) -> PathBuf {
    if is_demo { data.join(DEMO_FOLDER) } else { data }
}
