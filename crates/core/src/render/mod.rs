//! Values to text, JSON and Markdown. Pure: the command line prints the result.

pub mod case;
pub mod difference;
pub mod doctor;
pub mod explain;
pub mod figure;
pub mod finding;
pub mod number;
pub mod outcome;
pub mod overview;
pub mod plan;
pub mod seats;
pub mod spark;
pub mod table;
pub mod upgrade;

#[cfg(test)]
mod hostile;
