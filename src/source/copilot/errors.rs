//! Errors of the client as errors of the source.

use crate::github::{GitHubError, RequestSubject};
use crate::source::{SourceError, SourceName};

/// The source's name.
pub(super) const NAME: SourceName = SourceName { code: "github", title: "GitHub" };

/// An error of the client as the reason that nothing can be read.
pub(super) fn source_error(error: &GitHubError) -> SourceError {
    let end = error.slice_end(RequestSubject::Organizations);
    SourceError::new(NAME, error, end.remedy().unwrap_or_default())
}
