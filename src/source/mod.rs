//! Who is read: what turns kinds and scopes into raw items, slice by slice.
//!
//! | source | file |
//! | --- | --- |
//! | GitHub Copilot | [`copilot`] |
//!
//! [`listings`] remembers between runs which lists came empty, and who was in them.

pub mod copilot;
pub mod listings;
