//! Questions to the person at the terminal.

use std::io::{self, BufRead, IsTerminal};

use tokio_util::sync::CancellationToken;

use super::console::{self, talk};
use super::failure::Failure;
use super::serving;

/// Asks on the terminal. Without a terminal, the flag must give the answer.
pub(super) fn agreed(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::wrong("there is no terminal to ask on").help("say --yes"));
    }
    console::ask(question)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Asks on the terminal. A signal to stop means no.
pub(super) async fn agreed_unless_stopped(end: &CancellationToken, question: &'static str) -> Result<bool, Failure> {
    let asked = tokio::task::spawn_blocking(|| agreed(question));
    match serving::unless_ended(end, asked).await {
        None => {
            talk("");
            Ok(false)
        }
        Some(answer) => answer.map_err(|_| Failure::failed("the question broke off"))?,
    }
}
