//! Seats of Copilot: listing, assigning and removing. The only writes of this client.
//!
//! Both changes have the same effect twice, so they are retried like reads. No resync uses this file.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::client::{GitHub, OutgoingRequest};
use super::credential::Owner;
use super::error::GitHubError;
use crate::kind::Form;
use crate::model::seat::{Seat, SeatHolders, SeatVerb, Seats};
use crate::model::segment::segment;
use crate::model::slice::SliceEnd;

/// A page of seats, which says how many there are on all pages together.
const SEATS: Form = Form::Within { list: "seats", count: "total_seats" };

impl GitHub {
    /// All seats of an organization.
    ///
    /// # Errors
    /// The seats cannot be read: the credential needs `manage_billing:copilot` or `read:org`, and an owner's role.
    pub async fn seats(&self, organization: &str) -> Result<Seats, GitHubError> {
        let billing = format!("/orgs/{}/copilot/billing", segment(organization));
        let billing_object = self.object(&billing).await?;
        let text = |key: &str| billing_object.get(key).and_then(Value::as_str).unwrap_or("unknown").to_owned();
        let path = format!("{billing}/seats?per_page=100");
        let mut pages = self.pages_of(&path, SEATS);
        let mut seats = Vec::new();
        while let Some(items) = pages.next().await? {
            for item in items {
                let seat: Value = serde_json::from_slice(&item.json).map_err(|_| malformed(&path))?;
                seats.push(Seat::read(&seat));
            }
        }
        let end = pages.end();
        let incomplete = (!matches!(end, SliceEnd::Complete | SliceEnd::Empty)).then_some(end);
        Ok(Seats {
            organization: organization.to_owned(),
            plan: text("plan_type"),
            setting: text("seat_management_setting"),
            seats,
            incomplete,
        })
    }

    /// Assigns or removes seats. Returns how many were created or cancelled, as GitHub counts them.
    ///
    /// # Errors
    /// GitHub refuses: the credential needs `manage_billing:copilot` or `admin:org`.
    pub async fn change_seats(&self, organization: &str, verb: SeatVerb, holders: &SeatHolders) -> Result<u64, GitHubError> {
        let (list, body) = match holders {
            SeatHolders::Users(logins) => ("selected_users", json!({ "selected_usernames": logins })),
            SeatHolders::Teams(teams) => {
                let slugs: Vec<&str> = teams.iter().map(|(slug, _)| slug.as_str()).collect();
                ("selected_teams", json!({ "selected_teams": slugs }))
            }
        };
        let (method, count) = match verb {
            SeatVerb::Add => (Method::POST, "seats_created"),
            SeatVerb::Remove => (Method::DELETE, "seats_cancelled"),
        };
        let path = format!("/orgs/{}/copilot/billing/{list}", segment(organization));
        let outgoing = OutgoingRequest::new(method, self.address(&path)?, Owner::of(&path));
        let answer = self.ask_for(OutgoingRequest { body: Bytes::from(body.to_string()), ..outgoing }).await?;
        let told: Value = serde_json::from_slice(&answer.body).map_err(|_| malformed(&path))?;
        told.get(count).and_then(Value::as_u64).ok_or_else(|| malformed(&path))
    }

    async fn object(&self, path: &str) -> Result<Value, GitHubError> {
        let answer = self.ask(self.address(path)?).await?;
        let object: Option<Value> = serde_json::from_slice(&answer.body).ok().filter(Value::is_object);
        object.ok_or_else(|| malformed(path))
    }
}

fn malformed(path: &str) -> GitHubError {
    GitHubError::Malformed { what: path.to_owned(), problem: "it differs from GitHub's documentation".to_owned() }
}

#[cfg(test)]
mod tests;
