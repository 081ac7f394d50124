//! Fields of raw items by which a person is known. Each kind has a table of its own; [`crate::identity`] rewrites by it.

/// The meaning of a field about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonRole {
    /// A login, in any case.
    Login,
    /// A number that the source gave the person, as a number or as text.
    Id,
    /// An e-mail address.
    Mail,
    /// The name of a person in several tools, see [`super::person`]: an e-mail address, a login, or a login behind `github:`. One that is
    /// a pseudonym already stays as it is.
    Person,
    /// An object about a person, of which only `login`, `id`, `email_address`, `api_key_name` and `type` are kept.
    Object,
    /// Something that tells who it is and is of no further use, such as the address of a picture.
    Dropped,
}

/// The fields of one sort of records that are about people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonFields {
    /// Names of fields of the record itself, each with its meaning.
    pub fields: &'static [(&'static str, PersonRole)],
    /// Fields of the record that are not about people whatever stands in them, such as the organization, whose `login` is no person's.
    pub except: &'static [&'static str],
    /// Whether fields elsewhere in the record that are named as such fields usually are ([`NAMED_LIKE_PEOPLE`]) are about people, too.
    /// False for records about organizations and teams only.
    pub searches: bool,
}

/// Names of fields that are about people wherever they stand, so that a field which a source adds one day does not pass.
pub const NAMED_LIKE_PEOPLE: &[(&str, PersonRole)] = &[
    ("login", PersonRole::Login),
    ("user_login", PersonRole::Login),
    ("user_name", PersonRole::Login),
    ("username", PersonRole::Login),
    ("user_id", PersonRole::Id),
    ("email", PersonRole::Mail),
    ("mail", PersonRole::Mail),
    ("user_email", PersonRole::Mail),
    ("userEmail", PersonRole::Mail),
    ("email_address", PersonRole::Mail),
    ("avatar_url", PersonRole::Dropped),
    ("gravatar_id", PersonRole::Dropped),
];

impl PersonFields {
    /// Records about nobody, in which fields that a source adds one day are looked for all the same.
    pub const NOBODY: Self = Self { fields: &[], except: &[], searches: true };

    /// Organizations, enterprises and teams: their names are no people's. Addresses of theirs may be those of single people.
    pub const SCOPES: Self =
        Self { fields: &[("email", PersonRole::Dropped), ("billing_email", PersonRole::Dropped)], except: &[], searches: false };

    /// Users, as lists of members have them.
    pub const USERS: Self = Self { fields: &[("login", PersonRole::Login), ("id", PersonRole::Id)], except: &[], searches: true };

    /// Whether each record is about a person.
    pub fn are_of_people(&self) -> bool {
        self.searches && !self.fields.is_empty()
    }
}
