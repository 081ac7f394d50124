//! Values to text, JSON and Markdown. Pure: the command line prints the result.

pub mod case;
pub mod chart;
pub mod code;
pub mod counts;
pub mod csv;
pub mod difference;
pub mod digest;
pub mod doctor;
pub mod explain;
pub mod figure;
pub mod finding;
pub mod number;
pub mod openmetrics;
pub mod outcome;
pub mod overview;
pub mod plain;
pub mod plan;
pub mod report;
pub mod seats;
pub mod spark;
pub mod table;
pub mod upgrade;
pub mod why;
pub mod wrap;

#[cfg(test)]
mod hostile;
