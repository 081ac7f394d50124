//! Seats of Copilot, and what an organization has switched on.

use crate::model::field::{Field, FieldType};

const fn count(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Integer, about)
}

const fn text(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Text, about)
}

const fn moment(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::DateTime, about)
}

const ID: Field = count("id", "GitHub's number");

/// One seat. Someone to whom several organizations or teams grant one has several.
pub(in crate::kind) const SEAT: &[Field] = &[
    Field::object(
        "assignee",
        "who has the seat; null when the account is gone",
        &[
            text("login", "the login"),
            ID,
            text("type", "`User`"),
            text("html_url", "the page"),
            text("avatar_url", "the picture"),
        ],
    ),
    Field::object("organization", "the organization that grants it", &[text("login", "the name in addresses"), ID]),
    Field::object(
        "assigning_team",
        "the team by which it was granted; absent or null when it was granted to the person",
        &[text("slug", "the name in addresses"), text("name", "the name for people"), ID],
    ),
    text("plan_type", "`business`, `enterprise` or `unknown`"),
    moment("created_at", "when it was granted"),
    moment("updated_at", "when it was last changed; GitHub is closing this field down"),
    Field::plain("pending_cancellation_date", FieldType::Day, "the day on which it ends; null when it goes on"),
    moment("last_activity_at", "when Copilot was last used; null when never, or too long ago for GitHub to know"),
    text("last_activity_editor", "where, such as `vscode/1.77.3/copilot/1.86.82`"),
    moment("last_authenticated_at", "when its holder last signed in to Copilot"),
];

/// Seats and settings of an organization.
pub(in crate::kind) const BILLING: &[Field] = &[
    Field::object(
        "seat_breakdown",
        "seats of this billing cycle",
        &[
            count("total", "seats that are billed"),
            count("added_this_cycle", "seats granted in this cycle"),
            count("pending_invitation", "seats of people who have not accepted yet"),
            count("pending_cancellation", "seats that end with this cycle"),
            count("active_this_cycle", "seats that were used in this cycle"),
            count("inactive_this_cycle", "seats that were not"),
        ],
    ),
    text("seat_management_setting", "`assign_all`, `assign_selected`, `disabled` or `unconfigured`"),
    text("public_code_suggestions", "`allow`, `block` or `unconfigured`"),
    text("ide_chat", "`enabled`, `disabled` or `unconfigured`"),
    text("platform_chat", "`enabled`, `disabled` or `unconfigured`"),
    text("cli", "`enabled`, `disabled` or `unconfigured`"),
    text("plan_type", "`business` or `enterprise`"),
];
