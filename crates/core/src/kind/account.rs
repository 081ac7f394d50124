//! Kinds of other vendors than GitHub: lists about the whole account that a key belongs to.

use super::catalogue::Right;
use super::path::PathTemplate;
use super::vendor::Vendor;

/// A list about the whole account that a key belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountList {
    /// Whose interface it is.
    pub vendor: Vendor,
    /// Method of its requests.
    pub method: &'static str,
    /// Its path, without parameters.
    pub path: PathTemplate,
    /// Right that a key needs for it.
    pub right: Right,
    /// The first day of which there can be something, `YYYY-MM-DD`; none for a list without days.
    pub since: Option<&'static str>,
}
