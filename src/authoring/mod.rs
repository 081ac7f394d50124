//! Writing a mapping: what it is tried on before anything is written.
//!
//! | subject | file |
//! | --- | --- |
//! | items of a simulated GitHub, or of a text that a person hands in | [`sample`] |

pub mod sample;
