//! Variables of the environment that say how the network is reached, and what is wrong with one.

use crate::model::quotes;

/// Answers for variables of the environment, none for one that is not set.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reasons for which the network cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A variable of the environment is wrong, which is the user's to mend.
    #[error("{variable} is {found}, expected {expected}")]
    Variable {
        /// Its name, as it is spelt there.
        variable: String,
        /// Its value between backticks, or a word for it when it may be secret.
        found: String,
        /// Description of the accepted values.
        expected: String,
    },
    /// TLS cannot be set up.
    #[error("cannot use the network: {0}")]
    Client(String),
}

/// The value of the first of these variables that is set, and which one it is. What is blank counts as not set.
pub(super) fn first(variables: Variables<'_>, names: &[&str]) -> Option<(String, String)> {
    names.iter().find_map(|name| {
        let value = variables(name)?;
        let value = match quotes::unquoted(&value) {
            Some(inside) => {
                tracing::warn!("{name} stands in quotes, which are taken off; an env file needs none");
                inside
            }
            None => value,
        };
        let value = value.trim();
        (!value.is_empty()).then(|| ((*name).to_owned(), value.to_owned()))
    })
}
