//! Matching of people across tools: which names of different tools are one person. Pure; nobody is ever guessed.
//!
//! The rule, in this order:
//! 1. An alias that the user wrote: a person with the names that they have in tools. It decides, whatever the name looks like.
//! 2. An e-mail address is the person itself, in lower case. Tools that report the same address mean the same person.
//! 3. A login is a person of its own, `github:LOGIN`, and counts as not matched: no rule leads from a login to an address.
//! 4. A key or a service account is no person.

use std::collections::BTreeMap;

/// What stands before a login of GitHub that is a person of its own.
pub const GITHUB_LOGIN: &str = "github:";

/// Forms of names by which tools call people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameForm {
    /// An e-mail address.
    Email,
    /// A login of GitHub.
    Login,
    /// A key or a service account, which is no person.
    Machine,
}

/// A person, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedPerson {
    /// The same text for one person, in whatever tool.
    pub id: String,
    /// How it was found.
    pub by: MatchedBy,
}

/// How a person was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchedBy {
    /// The user said so.
    Alias,
    /// By the e-mail address.
    Email,
    /// By nothing: a login that no alias names.
    Nothing,
    /// It is no person.
    NoPerson,
}

impl MatchedBy {
    /// Its name in items.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Email => "email",
            Self::Nothing => "none",
            Self::NoPerson => "no-person",
        }
    }
}

/// People with the names that they have in tools, as the user wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonAliases {
    /// The person of each name, in lower case.
    people: BTreeMap<String, String>,
}

/// Error for aliases that do not say who is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AliasError {
    /// A name belongs to two people.
    #[error("`{name}` is a name of `{one}` and of `{other}`")]
    TwoPeople {
        /// The name.
        name: String,
        /// A person.
        one: String,
        /// Another one.
        other: String,
    },
    /// A name or a person is empty.
    #[error("`{person}` has a name that is empty, or is empty itself")]
    Empty {
        /// The person.
        person: String,
    },
}

impl PersonAliases {
    /// Aliases of these people, each with its names: logins and e-mail addresses. The person's own text is one of its names.
    ///
    /// # Errors
    /// Fails when a name belongs to two people, or is empty.
    pub fn new<'a>(people: impl IntoIterator<Item = (&'a str, Vec<&'a str>)>) -> Result<Self, AliasError> {
        let mut known = Self::default();
        for (person, names) in people {
            let person = folded(person);
            for name in std::iter::once(person.as_str()).chain(names) {
                let name = folded(name);
                if name.is_empty() {
                    return Err(AliasError::Empty { person });
                }
                match known.people.insert(name.clone(), person.clone()) {
                    Some(other) if other != person => return Err(AliasError::TwoPeople { name, one: other, other: person }),
                    _ => {}
                }
            }
        }
        Ok(known)
    }

    /// These aliases, and each name in other words too: a source that has rewritten its people calls them so.
    pub fn also_called(mut self, other: impl Fn(&str) -> String) -> Self {
        let others: Vec<(String, String)> =
            self.people.iter().map(|(name, person)| (folded(&other(name)), person.clone())).collect();
        self.people.extend(others);
        self
    }

    /// The other names of the person who has that name; none when no alias says of it.
    pub fn others(&self, name: &str) -> Vec<&str> {
        let name = folded(name);
        let Some(person) = self.people.get(&name) else { return Vec::new() };
        let names = self.people.iter().filter(|(other, of)| *of == person && **other != name);
        names.map(|(other, _)| other.as_str()).collect()
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// True without a name.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// The person that a tool calls so.
    pub fn find(&self, name: &str, form: NameForm) -> MatchedPerson {
        let folded = folded(name);
        match (self.people.get(&folded), form) {
            (_, NameForm::Machine) => MatchedPerson { id: name.trim().to_owned(), by: MatchedBy::NoPerson },
            (Some(person), _) => MatchedPerson { id: person.clone(), by: MatchedBy::Alias },
            (None, NameForm::Email) => MatchedPerson { id: folded, by: MatchedBy::Email },
            (None, NameForm::Login) => MatchedPerson { id: format!("{GITHUB_LOGIN}{folded}"), by: MatchedBy::Nothing },
        }
    }
}

/// A name as it is compared. Neither logins nor e-mail addresses are told apart by case in practice.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aliases() -> PersonAliases {
        PersonAliases::new([("Ada@Acme.example", vec!["ada-acme", "ada@home.example"]), ("bo@acme.example", vec!["bo"])]).unwrap()
    }

    #[test]
    fn a_person_is_found_by_the_rule_and_by_nothing_else() {
        let table = [
            ("ada-acme", NameForm::Login, "ada@acme.example", MatchedBy::Alias),
            ("ADA@home.example", NameForm::Email, "ada@acme.example", MatchedBy::Alias),
            (" ada@acme.example ", NameForm::Email, "ada@acme.example", MatchedBy::Alias),
            ("Cy@acme.example", NameForm::Email, "cy@acme.example", MatchedBy::Email),
            // The part before the @ is no login.
            ("cy", NameForm::Login, "github:cy", MatchedBy::Nothing),
            ("ada@other.example", NameForm::Email, "ada@other.example", MatchedBy::Email),
            ("bo", NameForm::Machine, "bo", MatchedBy::NoPerson),
        ];
        for (name, form, id, by) in table {
            assert_eq!(aliases().find(name, form), MatchedPerson { id: id.to_owned(), by }, "{name}");
        }
    }

    #[test]
    fn the_other_names_of_a_person_are_those_of_the_alias_file() {
        let aliases = aliases();
        assert_eq!(aliases.others("ADA-acme"), ["ada@acme.example", "ada@home.example"]);
        assert_eq!(aliases.others("bo@acme.example"), ["bo"]);
        assert_eq!(aliases.others("cy"), [""; 0]);
        // A source that rewrites its people calls them otherwise.
        let also = aliases.also_called(|name| format!("p-{name}"));
        assert_eq!(also.find("p-ada-acme", NameForm::Login).id, "ada@acme.example");
        assert_eq!(also.find("ada-acme", NameForm::Login).id, "ada@acme.example");
    }

    #[test]
    fn a_name_of_two_people_is_an_error_and_never_a_choice() {
        let twice = PersonAliases::new([("a@x.example", vec!["shared"]), ("b@x.example", vec!["SHARED"])]);
        assert_eq!(twice.unwrap_err().to_string(), "`shared` is a name of `a@x.example` and of `b@x.example`");
        assert!(PersonAliases::new([("a@x.example", vec![" "])]).is_err());
        assert!(
            PersonAliases::new([("a@x.example", vec!["a", "A"])]).is_ok(),
            "the same name of one person twice is no contradiction"
        );
    }
}
