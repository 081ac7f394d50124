//! Who is read: what turns kinds and scopes into raw items, slice by slice.
//!
//! | source | file |
//! | --- | --- |
//! | GitHub Copilot | [`copilot`] |

pub mod copilot;
