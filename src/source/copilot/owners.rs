//! Owners in the rows of a report, compared with those that this run and earlier ones saw. [`crate::reconcile::report_owner`]
//! decides.

use std::sync::Arc;

use super::directory::Owner;
use super::hosts::Host;
use super::lists::Lists;
use crate::copilot::refusal::RowRefusal;
use crate::github::Doubt;
use crate::reconcile::listing::ListName;

/// Compares the owner that the rows of one report, or of one slice, name.
#[derive(Clone)]
pub(super) struct OwnerCheck {
    lists: Arc<Lists>,
    name: ListName,
    field: &'static str,
    /// The id that GitHub lists.
    listed: Option<String>,
    /// The id that was found to be right.
    right: Option<String>,
    refused: Option<Doubt>,
}

impl OwnerCheck {
    pub(super) fn new(lists: &Arc<Lists>, host: &Host, owner: &Owner) -> Self {
        let lists = Arc::clone(lists);
        let name = lists.name(host, &format!("{}/reports", owner.name));
        Self { lists, name, field: owner.in_reports().id_field(), listed: owner.id(), right: None, refused: None }
    }

    /// Compares the owner's id in the rows so far.
    ///
    /// # Errors
    /// Fails when the id is another owner's.
    pub(super) fn check(&mut self, found: Option<&str>) -> Result<(), RowRefusal> {
        let Some(found) = found.filter(|found| self.right.as_deref() != Some(*found)) else { return Ok(()) };
        match self.lists.check_owner(&self.name, self.field, self.listed.as_deref(), found) {
            Ok(()) => {
                self.right = Some(found.to_owned());
                Ok(())
            }
            Err(expected) => {
                let (field, found) = (self.field, found.to_owned());
                self.refused = Some(Doubt::OtherOwner { field, expected: expected.clone(), found: found.clone() });
                Err(RowRefusal::OtherOwner { field, expected, found })
            }
        }
    }

    /// Doubt about a report whose rows are another owner's. Returned once.
    pub(super) fn take_doubt(&mut self) -> Option<Doubt> {
        self.refused.take()
    }
}
