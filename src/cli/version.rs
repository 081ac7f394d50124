//! Version of the program, with what it was built from. `build.rs` gives the parts.

/// Text of `--version` after the program's name.
pub(super) const LONG: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit: ",
    env!("BUILD_COMMIT"),
    "\nbuilt:  ",
    env!("BUILD_DAY"),
    "\ntarget: ",
    env!("BUILD_TARGET"),
);
