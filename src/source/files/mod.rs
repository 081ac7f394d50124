//! Stored reports as a source: files that somebody downloaded or exported, read in place of a system.
//!
//! A file proves nothing about what it lacks, so no slice of it ends as complete, and a run over files deletes nothing. Rows are
//! checked as those of a download are; a row that is refused is named with its file and line.
//!
//! | subject | file |
//! | --- | --- |
//! | the source: which files, of which kind, about whom | here |
//! | records of a file with their lines: NDJSON, JSON, lists | `records` |
//! | items of a record, and the kind that a file holds | `shape` |
//! | one run: slices and batches | `reading` |

mod reading;
mod records;
mod shape;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use self::reading::FilesRun;
use self::records::{Record, Records};
use super::{Source, SourceName, SourceRun, WrongChoice};
use crate::kind::{self, Kind, KindNames, ScopeLevel, Source as KindSource, Vendor, persons};
use crate::model::field::Field;
use crate::model::item::Enrichment;
use crate::model::person_fields::PersonFields;
use crate::model::usage::Usage;

/// The source's name.
const NAME: SourceName = SourceName { code: "files", title: "stored files" };

/// Endings of the names of files that are read in a folder.
const ENDINGS: [&str; 3] = ["json", "ndjson", "jsonl"];

/// Records of a file that are looked at to find out what it holds.
const LOOKED_AT: usize = 20;

/// Choice of files.
#[derive(Clone, Debug)]
pub struct FileChoice {
    /// Files and folders.
    pub paths: Vec<PathBuf>,
    /// The kind of all of them; when none is given, each file's own is found out.
    pub kind: Option<String>,
    /// Whose reports they are.
    pub owner: FileOwner,
    /// The team that they are about, by slug.
    pub team: Option<String>,
}

/// Owner of stored reports. A row does not name it as mappings do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOwner {
    /// An organization, by login.
    Organization(String),
    /// An enterprise, by slug.
    Enterprise(String),
}

/// Stored reports of one owner.
#[derive(Clone, Debug)]
pub struct FileSource {
    files: Arc<[StoredFile]>,
    about: Arc<About>,
    /// Files without a record.
    empty: Vec<PathBuf>,
}

/// A file and what it holds.
#[derive(Clone, Debug)]
struct StoredFile {
    path: PathBuf,
    kind: &'static Kind,
}

/// Whom the files are about.
#[derive(Debug)]
struct About {
    owner: FileOwner,
    team: Option<String>,
}

impl About {
    fn is_enterprise(&self) -> bool {
        matches!(self.owner, FileOwner::Enterprise(_))
    }

    /// The scope of slices: `acme` or `acme/platform`.
    fn scope(&self) -> String {
        let (FileOwner::Organization(owner) | FileOwner::Enterprise(owner)) = &self.owner;
        self.team.as_ref().map_or_else(|| owner.clone(), |team| format!("{owner}/{team}"))
    }

    /// What is added to each item. A file has less of it than a listing has.
    fn enrichment(&self) -> Enrichment {
        let team = self.team.as_ref().map(|team| json!({"slug": team, "name": team}));
        let (level, owner) = match &self.owner {
            FileOwner::Organization(login) => (ScopeLevel::OrganizationTeam, json!({ "login": login })),
            FileOwner::Enterprise(slug) => (ScopeLevel::EnterpriseTeam, json!({ "slug": slug })),
        };
        level.enrichment(owner, team)
    }

    /// The field with the owner's id in reports.
    fn id_field(&self) -> &'static str {
        if self.is_enterprise() { "enterprise_id" } else { "organization_id" }
    }

    /// Tells whether rows of the kind can be of this owner. Records of teams are made of two reports, so no file has them; only the
    /// closed endpoints served days of a team.
    fn has(&self, kind: &Kind) -> bool {
        let is_of_owner =
            kind.scope.is_enterprise() == self.is_enterprise() || self.is_enterprise() && kind.of_enterprise.is_some();
        kind.vendor() == Vendor::GitHub
            && is_of_owner
            && kind.scope.has_teams() == self.team.is_some()
            && !matches!(kind.source, KindSource::Teams(_))
    }
}

impl FileSource {
    /// Finds the files and what each holds. Of a folder, the files that end in `.json`, `.ndjson` or `.jsonl` are read, the last name
    /// first: where names have dates, and two files have the same row, the newer one stands.
    ///
    /// # Errors
    /// Fails when a path cannot be read, a folder has no such file, the kind cannot be read from files, or what a file holds cannot be
    /// told.
    pub fn open(choice: FileChoice) -> Result<Self, WrongChoice> {
        let FileChoice { paths, kind, owner, team } = choice;
        let about = About { owner, team };
        let kind = kind.map(|name| chosen(&name, &about)).transpose()?;
        let (mut files, mut empty) = (Vec::new(), Vec::new());
        for path in paths {
            for path in expanded(&path)? {
                match held(&path, kind, &about)? {
                    Some(kind) => files.push(StoredFile { path, kind }),
                    None => empty.push(path),
                }
            }
        }
        Ok(Self { files: files.into(), about: Arc::new(about), empty })
    }

    /// Number of files, for messages.
    pub fn len(&self) -> usize {
        self.files.len() + self.empty.len()
    }

    /// True without a file.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The kind that was asked for.
fn chosen(name: &str, about: &About) -> Result<&'static Kind, WrongChoice> {
    let wrong = |sentence: String, help: &str| WrongChoice { sentence, help: help.to_owned() };
    let kind = kind::find(name)
        .ok_or_else(|| wrong(format!("there is no kind `{name}`"), "`pilotage kinds` lists the kinds there are"))?;
    if about.has(kind) {
        return Ok(kind);
    }
    let sentence = format!("items of `{}` cannot be read from files of this owner", kind.name);
    Err(wrong(
        sentence,
        match (kind.source, kind.scope.has_teams(), kind.scope.is_enterprise()) {
            (KindSource::Teams(_), ..) => "they are made of the reports of users and of their teams; import the users' report",
            (_, true, _) if about.team.is_none() => "give the team with --team SLUG",
            (_, false, _) if about.team.is_some() => "leave out --team",
            (_, _, true) => "give the enterprise with --enterprise SLUG",
            (_, _, false) => "give the organization with --org LOGIN",
        },
    ))
}

/// The files that a path stands for.
fn expanded(path: &Path) -> Result<Vec<PathBuf>, WrongChoice> {
    let unreadable = |error: &io::Error| unreadable(path, error);
    if !fs::metadata(path).map_err(|error| unreadable(&error))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| unreadable(&error))? {
        let file = entry.map_err(|error| unreadable(&error))?.path();
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        let sentence = format!("the folder `{}` has no file that ends in .json, .ndjson or .jsonl", path.display());
        return Err(WrongChoice { sentence, help: "name the files themselves, or another folder".to_owned() });
    }
    files.sort_unstable_by(|one, other| other.cmp(one));
    Ok(files)
}

/// What a file holds; none when it has no record.
fn held(path: &Path, chosen: Option<&'static Kind>, about: &About) -> Result<Option<&'static Kind>, WrongChoice> {
    let mut records = Records::open(path).map_err(|error| unreadable(path, &error))?;
    let mut first = None;
    for _ in 0..LOOKED_AT {
        let Some(record) = records.next().map_err(|error| unreadable(path, &error))? else { break };
        if chosen.is_some() {
            return Ok(chosen);
        }
        let Record::Json(record) = record else { continue };
        if let Some(kind) = shape::kind_of(&record, |kind| about.has(kind)) {
            return Ok(Some(kind));
        }
        first.get_or_insert(record);
    }
    let Some(first) = first else { return Ok(None) };
    let sentence = format!("cannot tell what `{}` holds: line {}: {}", path.display(), first.line, shape::described(&first));
    let help = match (shape::kind_of(&first, |_| true), &about.team) {
        (Some(kind), None) if kind.scope.is_enterprise() => {
            format!("it looks like `{}`; give --enterprise SLUG instead of --org", kind.name)
        }
        (Some(kind), None) => format!("it looks like `{}`; give --org LOGIN instead of --enterprise", kind.name),
        (Some(kind), Some(_)) => format!("it looks like `{}`, which has no teams; leave out --team", kind.name),
        (None, _) => {
            "name the kind with --only KIND to see what is wrong with each row; `pilotage kinds KIND` shows what an item has"
                .to_owned()
        }
    };
    Err(WrongChoice { sentence, help })
}

fn unreadable(path: &Path, error: &io::Error) -> WrongChoice {
    let help = "--input takes files and folders with reports as GitHub wrote them".to_owned();
    WrongChoice { sentence: format!("cannot read `{}`: {error}", path.display()), help }
}

impl Source for FileSource {
    fn name(&self) -> SourceName {
        NAME
    }

    fn kinds(&self) -> Vec<KindNames> {
        kind::of(Vendor::GitHub).map(Kind::names).collect()
    }

    fn item_fields(&self, name: &str) -> Vec<&'static Field> {
        kind::find(name).map(|kind| kind.item_fields().collect()).unwrap_or_default()
    }

    fn persons(&self, name: &str) -> &'static PersonFields {
        kind::find(name).map_or(&persons::NOBODY, |kind| &kind.persons)
    }

    /// Files are never all there is.
    fn is_restricted(&self) -> bool {
        true
    }

    fn begin(&self, _integration: &str, stop: &CancellationToken) -> Arc<dyn SourceRun> {
        Arc::new(FilesRun {
            files: Arc::clone(&self.files),
            about: Arc::clone(&self.about),
            empty: self.empty.clone(),
            stop: stop.clone(),
        })
    }

    fn spent(&self) -> Vec<(String, Usage)> {
        Vec::new()
    }
}
