//! Seats of Copilot: listing, assigning and removing. The only writes of this client.
//!
//! Both changes have the same effect twice, so they are retried like reads. No resync uses this file.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{GitHub, OutgoingRequest};
use super::credential::Owner;
use super::error::GitHubError;
use crate::kind::{Form, persons};
use crate::model::seat::{Seat, SeatBreakdown, SeatHolders, SeatOwner, SeatVerb, Seats};
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
        let (seats, incomplete) = self.listed_seats(&format!("{billing}/seats?per_page=100")).await?;
        let breakdown = billing_object.get("seat_breakdown").and_then(|counts| SeatBreakdown::deserialize(counts).ok());
        Ok(Seats {
            organization: organization.to_owned(),
            is_enterprise: false,
            plan: text("plan_type"),
            setting: text("seat_management_setting"),
            breakdown,
            seats,
            incomplete,
        })
    }

    /// All seats of an enterprise: one for each organization or team that grants it, so that somebody can have several.
    ///
    /// # Errors
    /// The seats cannot be read: the credential must be a classic token with `manage_billing:copilot` or `read:enterprise`, of an owner or
    /// billing manager.
    pub async fn seats_of_enterprise(&self, enterprise: &str) -> Result<Seats, GitHubError> {
        let path = format!("/enterprises/{}/copilot/billing/seats?per_page=100", segment(enterprise));
        let (seats, incomplete) = self.listed_seats(&path).await?;
        // Plans are the organizations' own; where they differ, there is no plan of the whole.
        let plans: BTreeSet<&str> = seats.iter().filter_map(|seat| seat.plan.as_deref()).collect();
        let plan = match plans.iter().collect::<Vec<_>>().as_slice() {
            [plan] => (**plan).to_owned(),
            _ => "unknown".to_owned(),
        };
        let (organization, setting) = (enterprise.to_owned(), String::new());
        Ok(Seats { organization, is_enterprise: true, plan, setting, breakdown: None, seats, incomplete })
    }

    /// The seats of a list, and the reason for which they may not be all.
    async fn listed_seats(&self, path: &str) -> Result<(Vec<Seat>, Option<SliceEnd>), GitHubError> {
        let mut pages = self.pages_of(path, SEATS, &persons::SEATS);
        let mut seats = Vec::new();
        while let Some(items) = pages.next().await? {
            for item in items {
                let seat: Value = serde_json::from_slice(&item.json).map_err(|_| malformed(path))?;
                seats.push(Seat::read(&seat));
            }
        }
        let end = pages.end();
        let incomplete = (!matches!(end, SliceEnd::Complete | SliceEnd::Empty)).then_some(end);
        Ok((seats, incomplete))
    }

    /// The seats of these users, each asked for by login. Who has none is left out.
    ///
    /// # Errors
    /// As [`GitHub::seats`].
    pub async fn seats_of(&self, organization: &str, logins: &[String]) -> Result<Seats, GitHubError> {
        let billing = self.object(&format!("/orgs/{}/copilot/billing", segment(organization))).await?;
        let text = |key: &str| billing.get(key).and_then(Value::as_str).unwrap_or("unknown").to_owned();
        let mut seats = Vec::new();
        for login in logins {
            let path = format!("/orgs/{}/members/{}/copilot", segment(organization), segment(login));
            match self.object(&path).await {
                Ok(seat) => seats.push(Seat::read(&seat)),
                // GitHub answers so to a member without a seat.
                Err(error) if error.status().is_some_and(|status| status == StatusCode::NOT_FOUND) => {}
                Err(error) => return Err(error),
            }
        }
        let (plan, setting) = (text("plan_type"), text("seat_management_setting"));
        let organization = organization.to_owned();
        Ok(Seats { organization, is_enterprise: false, plan, setting, breakdown: None, seats, incomplete: None })
    }

    /// Assigns or removes seats. Returns how many were created or cancelled, as GitHub counts them.
    ///
    /// # Errors
    /// GitHub refuses: the credential needs `manage_billing:copilot`, or `admin:org` at an organization and `admin:enterprise` at an
    /// enterprise.
    pub async fn change_seats(&self, owner: &SeatOwner, verb: SeatVerb, holders: &SeatHolders) -> Result<u64, GitHubError> {
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
        let owners = match owner {
            SeatOwner::Organization(_) => "orgs",
            SeatOwner::Enterprise(_) => "enterprises",
        };
        let path = format!("/{owners}/{}/copilot/billing/{list}", segment(owner.name()));
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
