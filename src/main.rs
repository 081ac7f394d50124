//! The `pilotage` program.

fn main() {}
