//! Events that are no items: notes of the run, and slices that were not read, each after the slices that began before it.

use super::directory::Owner;
use super::hosts::{Host, HostRun, Owners};
use super::owners::OwnerCheck;
use super::sink::Context;
use super::{Extraction, Reading, send_slice};
use crate::model::slice::{Slice, SliceEnd};
use crate::source::Event;

impl Reading<'_> {
    /// A kind without any scope to read, at all hosts. Not a failure; but entities of earlier scopes are not gone because they are
    /// no longer read.
    pub(super) async fn report_without_scope(&mut self) {
        let kind = self.extraction.kind;
        let mut owners = self.extraction.run.hosts.iter().map(|host| &host.host.owners);
        let has_enterprise = owners.clone().any(|owners| owners.enterprise.is_some());
        let has_organizations = owners.any(Owners::wants_organizations);
        let reason = match kind.scope.is_enterprise() {
            true if !has_enterprise => "no enterprise is named in the settings",
            false if !has_organizations && kind.of_enterprise.is_none() => {
                "an enterprise is named in the settings and no organization"
            }
            _ => return,
        };
        self.report_kind(SliceEnd::NotReady { reason: reason.to_owned() }).await;
    }

    /// Teams of which the settings leave none to be read: most likely a name is wrong, so nothing is proven.
    pub(super) async fn tell_of_no_team(&mut self) {
        let HostRun { host, listed, .. } = self.host;
        let scope = self.extraction.kind.scope;
        if scope.has_teams() && listed.reads_no_team(scope.is_enterprise()) {
            let reason = match host.selection.teams.as_slice() {
                [] => "the settings leave out every team that there is to read".to_owned(),
                teams => format!("no team matches {}, which the settings name to be read", quoted(teams)),
            };
            self.tell("", SliceEnd::NotReady { reason }).await;
        }
    }

    pub(super) async fn note_closed(&mut self) {
        let kind = self.extraction.kind;
        let closed = kind.sunset.map(|sunset| format!(" on {}; `{}` has more", sunset.closed, sunset.replacement));
        let note = format!(
            "`{}` is made from today's reports in the shape of 2024, because GitHub closed its endpoint{}",
            kind.name,
            closed.unwrap_or_default()
        );
        self.note(note).await;
    }

    /// Says something about the run, after what was begun before.
    pub(super) async fn note(&mut self, note: String) {
        self.running.drain(&self.out).await;
        let _ = self.out.send(Event::Note(note)).await;
    }

    /// A list that may have left something out is a slice of its own, so that nothing it could have held is deleted.
    pub(super) async fn tell_unproven(&mut self, scope: &str, end: &SliceEnd) {
        if !matches!(end, SliceEnd::Complete | SliceEnd::Empty) {
            self.tell(scope, end.clone()).await;
        }
    }

    /// Reports a slice of this host that could not be read, after those that began before it.
    pub(super) async fn tell(&mut self, scope: &str, end: SliceEnd) {
        self.running.drain(&self.out).await;
        send_slice(&self.out, self.slice(scope), end).await;
    }

    /// Reports a result of the kind as a whole.
    pub(super) async fn report_kind(&mut self, end: SliceEnd) {
        self.running.drain(&self.out).await;
        send_slice(&self.out, self.extraction.slice(String::new()), end).await;
    }

    /// A slice of this host.
    pub(super) fn slice(&self, scope: &str) -> Slice {
        self.extraction.slice(self.host.naming.of(scope))
    }

    /// Compares whose the rows are.
    pub(super) fn owner_check(&self, owner: &Owner) -> OwnerCheck {
        OwnerCheck::new(&self.extraction.run.lists, &self.host.host, owner)
    }

    pub(super) fn context(&self) -> Context {
        let Extraction { run, kind, .. } = self.extraction;
        let HostRun { host: Host { github, .. }, naming, .. } = self.host;
        Context { github: github.clone(), kind, stop: run.stop.clone(), naming: naming.clone() }
    }
}

/// Texts as people read them in a sentence.
pub(super) fn quoted(texts: &[String]) -> String {
    texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(" or ")
}
