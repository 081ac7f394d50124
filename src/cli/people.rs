//! Settings to rules of people, for every command that reads or keeps anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::console::talk;
use super::failure::{Failure, exit};
use crate::history::PeopleKept;
use crate::identity::Identity;
use crate::privacy::folder::{self, FolderChange};
use crate::privacy::{self, PeopleRules, PrivacyError};
use crate::reconcile::outcome::Mode;
use crate::settings::Settings;
use crate::source::people::ReadForgotten;

/// The rules that the settings say.
pub(super) fn rules(settings: &Settings) -> Result<PeopleRules, Failure> {
    let people = &settings.privacy;
    PeopleRules::of(people.identity, people.key.as_ref(), &people.drop).map_err(|error| failure(&error))
}

/// What the history keeps of people.
pub(super) fn kept(settings: &Settings) -> PeopleKept {
    PeopleKept { are_kept: settings.privacy.identity != Identity::Nobody, smallest_group: settings.figures.smallest_group }
}

/// Whether there may be people whom nothing in a data folder is to name any more, once their entities are gone.
pub(super) fn may_go_unnamed(identity: Identity, folder: &Path) -> bool {
    // A list that cannot be read may name somebody.
    identity != Identity::Names || !privacy::forgotten(folder).is_ok_and(|people| people.is_none())
}

/// Reads who is to be forgotten in a data folder, for each run.
pub(super) fn forgotten(folder: PathBuf) -> ReadForgotten {
    Arc::new(move || privacy::forgotten(&folder).map_err(|error| error.to_string()))
}

/// Makes a data folder hold people in the way that the settings say, and tells what is done; a plan only tells what a resync will do.
pub(super) fn settle(folder: &Path, rules: &PeopleRules, mode: Mode) -> Result<(), Failure> {
    let failed = |error: PrivacyError| failure(&error);
    match mode {
        Mode::Plan => folder::change(folder, rules)
            .map_err(failed)?
            .iter()
            .for_each(|change| tell(folder, change, "the next resync first changes")),
        Mode::Resync => {
            folder::carry_out(folder, rules).map_err(failed)?.iter().for_each(|change| tell(folder, change, "changed"))
        }
    }
    Ok(())
}

/// What becomes of a folder, a line for each step.
fn tell(folder: &Path, change: &FolderChange, verb: &str) {
    let mut text = format!("people are kept as `{}` in place of `{}`: {verb} {}", change.to, change.from, folder.display());
    for step in &change.steps {
        text += &format!("\n  {}", step.sentence());
    }
    if change.steps.is_empty() {
        text += "\n  nothing in it is about people";
    }
    talk(&text);
}

/// A failure of people.
pub(super) fn failure(error: &PrivacyError) -> Failure {
    let code = if error.is_of_settings() { exit::WRONG } else { exit::FAILED };
    let failure = Failure::from_error(code, error);
    match error {
        PrivacyError::NoKey => failure.help("`openssl rand -hex 32` makes one; name its file in PILOTAGE_PRIVACY_KEY_FILE"),
        PrivacyError::ShortKey => failure.help("`openssl rand -hex 32` makes one that is long enough"),
        PrivacyError::Used { .. } => failure.help("wait for it to end, or stop it"),
        PrivacyError::Unreadable { .. } => failure.help(
            "put back a copy of the file; without it, nobody knows what the folder holds of people, or who is to be forgotten",
        ),
        _ => failure,
    }
}
