//! Fields of items and of rows by which people are known, see [`PersonFields`].

use crate::model::person_fields::{PersonFields, PersonRole};

/// Items about organizations, enterprises, teams and repositories.
pub const NOBODY: PersonFields = PersonFields::NOBODY;

/// Rows of users, and memberships of users in teams.
pub const USER_ROWS: PersonFields =
    PersonFields { fields: &[("user_id", PersonRole::Id), ("user_login", PersonRole::Login)], except: &[], searches: true };

/// Seats. The organization's `login` is no person's.
pub const SEATS: PersonFields =
    PersonFields { fields: &[("assignee", PersonRole::Object)], except: &["organization", "assigning_team"], searches: true };

/// Teams and repositories. The `login` of an owner is an organization's.
pub const TEAMS_AND_REPOSITORIES: PersonFields =
    PersonFields { fields: &[], except: &["owner", "organization", "parent"], searches: true };

/// Users as lists of members have them. Addresses of pages and of further lists have the login or the number in them.
pub const GITHUB_USERS: PersonFields = PersonFields {
    fields: &[
        ("login", PersonRole::Login),
        ("id", PersonRole::Id),
        ("name", PersonRole::Dropped),
        ("node_id", PersonRole::Dropped),
        ("url", PersonRole::Dropped),
        ("html_url", PersonRole::Dropped),
        ("followers_url", PersonRole::Dropped),
        ("following_url", PersonRole::Dropped),
        ("gists_url", PersonRole::Dropped),
        ("starred_url", PersonRole::Dropped),
        ("subscriptions_url", PersonRole::Dropped),
        ("organizations_url", PersonRole::Dropped),
        ("repos_url", PersonRole::Dropped),
        ("events_url", PersonRole::Dropped),
        ("received_events_url", PersonRole::Dropped),
    ],
    except: &[],
    searches: true,
};

/// Days of people and keys with Claude Code.
pub const CLAUDE_CODE_DAYS: PersonFields = PersonFields { fields: &[("actor", PersonRole::Object)], except: &[], searches: true };

/// Members of a Cursor team, with what each did or spent.
pub const CURSOR_MEMBERS: PersonFields = PersonFields {
    fields: &[
        ("email", PersonRole::Mail),
        ("id", PersonRole::Id),
        ("userId", PersonRole::Id),
        ("name", PersonRole::Dropped),
        ("profilePictureUrl", PersonRole::Dropped),
    ],
    except: &[],
    searches: true,
};

/// Uses of models by the people and service accounts of a Cursor team.
pub const CURSOR_EVENTS: PersonFields = PersonFields {
    fields: &[
        ("userEmail", PersonRole::Mail),
        ("serviceAccountId", PersonRole::Person),
        ("serviceAccountName", PersonRole::Dropped),
    ],
    except: &[],
    searches: true,
};

/// People's days with any tool, by the name that a person has in all tools and the one in this tool.
pub const TOOL_DAYS: PersonFields =
    PersonFields { fields: &[("person", PersonRole::Person), ("identity", PersonRole::Person)], except: &[], searches: true };
