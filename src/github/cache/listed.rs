//! What the report cache holds: whose reports, of which days.

use std::path::Path;

use super::ReportCache;
use super::prune::{entries, is_ours};
use crate::kind::PathTemplate;
use crate::model::day::Day;

/// The cached days of one owner's reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedDays {
    /// The login or the slug, as it stands in the folder's name.
    pub owner: String,
    /// The days, oldest first.
    pub days: Vec<Day>,
}

impl ReportCache {
    /// The owners of whom there are reports of that path, and the days. The name of a folder tells the owner, and its digits that
    /// this is so, and that it is of this cache's host.
    pub(in crate::github) fn days_of(&self, template: PathTemplate) -> Vec<CachedDays> {
        let Some((before, after)) = template.0.split_once("{owner}") else { return Vec::new() };
        let dashed = |text: &str| text.replace('/', "-");
        let (before, after) = (dashed(before.trim_start_matches('/')), dashed(after));
        let folders = entries(&self.folder, std::fs::FileType::is_dir).filter(|folder| is_ours(folder));
        let mut found: Vec<CachedDays> = folders
            .filter_map(|folder| {
                let name = folder.file_name()?.to_string_lossy().into_owned();
                let (path, _) = name.rsplit_once('-')?;
                let owner = path.strip_prefix(&before)?.strip_suffix(&after)?;
                let path = template.fill(owner, None);
                let is_it = self.place(&path, Day::of(jiff::Timestamp::UNIX_EPOCH)).parent() == Some(&folder);
                is_it.then(|| CachedDays { owner: owner.to_owned(), days: days_in(&folder) })
            })
            .collect();
        found.sort_by(|one, other| one.owner.cmp(&other.owner));
        found
    }
}

fn days_in(folder: &Path) -> Vec<Day> {
    let names =
        entries(folder, std::fs::FileType::is_file).filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()));
    let mut days: Vec<Day> = names.filter_map(|name| name.strip_suffix(".gz")?.parse().ok()).collect();
    days.sort_unstable();
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::cache::CacheAccess;

    #[test]
    fn the_owners_of_what_0_1_0_kept_are_found() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/data-folders/0.1.0/reports");
        let of =
            |host: &str, path| ReportCache::new(kept.clone(), host.to_owned(), CacheAccess::Read).days_of(PathTemplate(path));
        let days: Vec<Day> = ["2026-10-25", "2026-10-26"].map(|day| day.parse().unwrap()).to_vec();
        let users = "/orgs/{owner}/copilot/metrics/reports/users-1-day";
        assert_eq!(of("http://127.0.0.1:18431", users), [CachedDays { owner: "harbor".to_owned(), days }]);
        assert_eq!(of("http://127.0.0.1:1", users), [], "of another host");
        assert_eq!(of("http://127.0.0.1:18431", "/enterprises/{owner}/copilot/metrics/reports/users-1-day"), []);
    }
}
