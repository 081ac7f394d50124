//! Fields of the enrichment. The objects are whole ones of GitHub; listed are the keys that mappings need.

use crate::model::field::{Field, FieldType};

const ID: Field = Field::plain("id", FieldType::Integer, "GitHub's number");
const NODE_ID: Field = Field::plain("node_id", FieldType::Text, "GitHub's identifier in its other API");
const URL: Field = Field::plain("url", FieldType::Text, "the address in GitHub's API");
const DESCRIPTION: Field = Field::plain("description", FieldType::Text, "what people wrote about it");

const ORGANIZATION_OBJECT: Field = Field::object(
    "__organization",
    "the organization that the item was read for",
    &[
        Field::plain("login", FieldType::Text, "the name in addresses"),
        ID,
        NODE_ID,
        URL,
        DESCRIPTION,
        Field::plain("avatar_url", FieldType::Text, "the picture"),
        Field::plain("repos_url", FieldType::Text, "the address of its repositories in GitHub's API"),
        Field::plain("events_url", FieldType::Text, "the address of its events in GitHub's API"),
        Field::plain("hooks_url", FieldType::Text, "the address of its webhooks in GitHub's API"),
        Field::plain("issues_url", FieldType::Text, "the address of its issues in GitHub's API"),
        Field::plain("members_url", FieldType::Text, "the address of its members in GitHub's API"),
        Field::plain("public_members_url", FieldType::Text, "the address of its public members in GitHub's API"),
        Field::plain("name", FieldType::Text, "the name for people; only of organizations that settings name"),
        Field::plain("html_url", FieldType::Text, "the page; only of organizations that settings name"),
    ],
);

pub(super) const TEAM_KEYS: &[Field] = &[
    Field::plain("slug", FieldType::Text, "the name in addresses"),
    Field::plain("name", FieldType::Text, "the name for people"),
    ID,
    NODE_ID,
    URL,
    Field::plain("html_url", FieldType::Text, "the page"),
    DESCRIPTION,
    Field::plain("privacy", FieldType::Text, "`closed` or `secret`"),
    Field::plain("notification_setting", FieldType::Text, "whether mentions notify members"),
    Field::plain("permission", FieldType::Text, "the permission on its repositories"),
    Field::object("permissions", "the permissions on its repositories", &[]),
    Field::plain("members_url", FieldType::Text, "the address of its members in GitHub's API"),
    Field::plain("repositories_url", FieldType::Text, "the address of its repositories in GitHub's API"),
    Field::plain("type", FieldType::Text, "`organization` or `enterprise`"),
    Field::plain("access_source", FieldType::Text, "`direct`, `organization` or `enterprise`"),
    Field::plain("organization_id", FieldType::Integer, "the number of its organization"),
    Field::plain("enterprise_id", FieldType::Integer, "the number of its enterprise"),
    Field::object(
        "parent",
        "the team above, or null",
        &[
            Field::plain("slug", FieldType::Text, "its name in addresses"),
            Field::plain("name", FieldType::Text, "its name for people"),
            ID,
        ],
    ),
];

const TEAM_OBJECT: Field = Field::object("__team", "the team that the item was read for", TEAM_KEYS);

const ENTERPRISE_OBJECT: Field = Field::object(
    "__enterprise",
    "the enterprise that the item was read for",
    &[Field::plain("slug", FieldType::Text, "the name in addresses")],
);

const ACCOUNT_OBJECT: Field = Field::object(
    "__account",
    "the account that the item was read of",
    &[
        Field::plain("name", FieldType::Text, "the name that the settings give it"),
        Field::plain("vendor", FieldType::Text, "the vendor's name"),
    ],
);

const DAY_OF_SLICE: Field =
    Field::plain("__day", FieldType::Day, "the day in UTC that was asked for; only of kinds that are read by day");

pub(in crate::kind) const ACCOUNT: &[Field] = &[ACCOUNT_OBJECT];
pub(in crate::kind) const ACCOUNT_DAY: &[Field] = &[ACCOUNT_OBJECT, DAY_OF_SLICE];
pub(in crate::kind) const ORGANIZATION: &[Field] = &[ORGANIZATION_OBJECT];
pub(in crate::kind) const ORGANIZATION_TEAM: &[Field] = &[ORGANIZATION_OBJECT, TEAM_OBJECT];
pub(in crate::kind) const ENTERPRISE: &[Field] = &[ENTERPRISE_OBJECT];
pub(in crate::kind) const ENTERPRISE_TEAM: &[Field] = &[ENTERPRISE_OBJECT, TEAM_OBJECT];
