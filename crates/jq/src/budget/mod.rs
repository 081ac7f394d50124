//! What an evaluation may use up, and counting it.
//!
//! | file | subject |
//! | --- | --- |
//! | `limits` | steps, bytes, depth, stack, time, and what it is called when one of them is used up |
//! | `meter` | counts while an evaluation runs, and unwinds out of it |

pub(crate) mod limits;
pub(crate) mod meter;
