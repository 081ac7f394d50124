//! What people and programs read: values to text. Pure: who prints it, and where to, is the command line's business.

pub mod case;
pub mod difference;
pub mod doctor;
pub mod explain;
pub mod finding;
pub mod number;
pub mod outcome;
pub mod plan;
pub mod seats;
pub mod table;

#[cfg(test)]
mod hostile;
