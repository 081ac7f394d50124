//! Questions to the person at the terminal.

use std::io::{self, BufRead, IsTerminal};

use tokio_util::sync::CancellationToken;

use super::console::{self, talk};
use super::failure::Failure;
use super::serving;

/// Asks on the terminal. Without one there is nobody to ask, and the flag must say it.
pub(super) fn agreed(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::wrong("there is no terminal to ask on").help("say --yes"));
    }
    console::ask(question)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Asks the same where the process may be told to end meanwhile, which is a no.
pub(super) async fn agreed_before_end(end: &CancellationToken, question: &'static str) -> Result<bool, Failure> {
    let asked = tokio::task::spawn_blocking(|| agreed(question));
    match serving::unless_ended(end, asked).await {
        None => {
            talk("");
            Ok(false)
        }
        Some(answer) => answer.map_err(|_| Failure::failed("the question broke off"))?,
    }
}
