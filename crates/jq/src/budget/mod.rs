//! Limits of an evaluation, and the meter that enforces them.
//!
//! | file | subject |
//! | --- | --- |
//! | `limits` | steps, bytes, depth, stack, time, and the error for each |
//! | `meter` | counts during an evaluation, and unwinds out of it |

pub(crate) mod limits;
pub(crate) mod meter;
